from __future__ import annotations

import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.sdist import NoPyprojectError
from ferrule.sdist.writer import DEFAULT_EPOCH, build_sdist, write_archive

LONG = "folder/" * 30 + "ü.rs"


def no_cargo(arguments, folder):
    raise AssertionError(arguments)


def write(folder: Path, epoch: int | None = None) -> Path:
    program = folder / "run.sh"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o751)
    path = folder / "x-1.tar.gz"
    members = {"b": b"b", LONG: b"long", "PKG-INFO": b"p", "run.sh": program}
    write_archive(path, members, top="x-1", epoch=epoch)
    return path


def test_same_files_same_bytes(tmp_path):
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[4:8] == b"\0\0\0\0"


@pytest.mark.parametrize(("epoch", "expected"), [(None, DEFAULT_EPOCH), (7, 7)])
def test_members_are_sorted_and_anonymous(tmp_path, epoch, expected):
    with tarfile.open(write(tmp_path, epoch)) as archive:
        members = archive.getmembers()
    assert [item.name for item in members] == [
        f"x-1/{name}" for name in ("PKG-INFO", "b", LONG, "run.sh")
    ]
    assert [item.mode for item in members] == [0o644, 0o644, 0o644, 0o755]
    owners = {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members}
    assert owners == {(0, 0, "", "", expected)}


def test_nothing_is_left_after_a_failure(tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(ReadError, match=r"cannot read .*missing"):
        write_archive(tmp_path / "out/x.tar.gz", {"a": missing}, top="x")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_project_without_pyproject_is_refused(tmp_path):
    project = SimpleNamespace(pyproject=None, root=tmp_path)
    with pytest.raises(NoPyprojectError) as error:
        build_sdist(
            project,
            {},
            tmp_path,
            metadata_text="",
            distribution="x",
            version="1",
            run_cargo=no_cargo,
        )
    assert str(error.value) == (
        f"cannot make an sdist of {tmp_path}\n"
        "  it has no pyproject.toml, so no tool would know how to build it\n"
        "  fix: add a pyproject.toml with [build-system] and [project] tables"
    )
