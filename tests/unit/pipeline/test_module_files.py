from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ferrule.formats.elf import read_elf
from ferrule.pipeline.module_files import (
    place_library,
    remove_others,
    without_libpython,
)


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_a_copy_without_libpython_is_made_once(tmp_path, elf_image, kind):
    source, target = tmp_path / "libcore.so", tmp_path / "shared" / "libcore.so"
    needed = ["libgcc_s.so.1", "libpython3.12.so.1.0", "libc.so.6"]
    source.write_bytes(elf_image(needed=needed))
    before = source.read_bytes()
    given = kind(target)
    assert without_libpython(kind(source), given) is given
    assert read_elf(target).needed == ("libgcc_s.so.1", "libc.so.6")
    assert source.read_bytes() == before
    status = target.stat()
    assert status.st_mtime_ns == source.stat().st_mtime_ns
    assert os.access(target, os.X_OK)
    without_libpython(source, target)
    assert target.stat() == status
    os.utime(source, ns=(5, 5))
    without_libpython(source, target)
    assert target.stat().st_ino != status.st_ino


def test_a_library_without_libpython_is_copied_as_it_is(tmp_path, elf_image):
    source, target = tmp_path / "libcore.so", tmp_path / "copy.so"
    source.write_bytes(elf_image(needed=["libc.so.6"]))
    without_libpython(source, target)
    assert target.read_bytes() == source.read_bytes()


def test_only_other_builds_of_the_same_module_are_removed(tmp_path):
    target = tmp_path / "core.abi3.so"
    target.write_bytes(b"x")
    os.utime(target, ns=(0x1234, 0x1234))
    kept = ["core.abi3.so", "core.1234-1.abi3.so", "core.notes-1.abi3.so"]
    kept += ["core.12.abi3.so", "other.12-1.abi3.so", "core.12-1.so", "core.so"]
    for name in [*kept[1:], "core.12-1.abi3.so", "core.99-ff.abi3.so"]:
        (tmp_path / name).touch()
    remove_others(target)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


@pytest.mark.skipif(os.name == "nt", reason="copied there")
def test_a_placed_library_is_the_built_one(tmp_path):
    source, target = tmp_path / "built.so", tmp_path / "a" / "b" / "core.so"
    source.write_bytes(b"x")
    place_library(source, target)
    assert target.samefile(source)
    assert os.listdir(target.parent) == ["core.so"]


def test_an_edit_in_development_imports_little():
    modules = [
        "ferrule.cli.console",
        "ferrule.cli.replaying",
        "ferrule.cargo.process",
        "ferrule.editable.freshness",
        "ferrule.editable.installed_rebuilder",
        "ferrule.formats.elf_needed",
        "ferrule.pipeline.module_files",
    ]
    heavy = ("json", "re", "hashlib", "pathlib", "typing", "subprocess", "threading")
    heavy += ("contextlib", "enum", "signal", "shutil", "dataclasses")
    code = (
        "import sys; before = set(sys.modules)\n"
        f"import {', '.join(modules)}\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert not set(heavy) & set(done.stdout.decode().split())
