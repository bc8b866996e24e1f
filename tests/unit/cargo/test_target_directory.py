"""What ferrule puts into a target directory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.cargo.target_directory import link_libpython, mark_as_cache
from ferrule.python.probe import running_interpreter


def test_target_directory_is_marked_once(tmp_path: Path) -> None:
    mark_as_cache(tmp_path / "target")
    tag = tmp_path / "target" / "CACHEDIR.TAG"
    assert tag.read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    tag.write_text("the user's own")
    mark_as_cache(tmp_path / "target")
    assert tag.read_text() == "the user's own"


@pytest.fixture
def interpreter(tmp_path: Path):
    folder = tmp_path / "python" / "lib"
    folder.mkdir(parents=True)
    for name in ("libpython3.12.so", "libpython3.12.so.1.0", "libpython3.so"):
        (folder / name).write_text("")
    values = {"system": "Linux", "shared": True, "ld_version": "3.12"}
    return replace(running_interpreter(), lib_dir=str(folder), **values)


def test_libpython_is_linked_into_both_profiles(tmp_path, interpreter) -> None:
    target = tmp_path / "target"
    lines = link_libpython(target, interpreter)
    assert link_libpython(target, interpreter) == lines
    for line, profile in zip(lines, ("debug", "release")):
        place = Path(line.rpartition("=")[2])
        assert place.parent == target / profile
        names = sorted(path.name for path in place.iterdir())
        assert names == ["libpython3.12.so", "libpython3.12.so.1.0"]


@pytest.mark.parametrize(
    "changes",
    [
        {"system": "Darwin"},
        {"shared": False},
        {"lib_dir": "/usr/lib/x86_64-linux-gnu"},
        {"lib_dir": "/nowhere"},
        {"lib_dir": ""},
    ],
    ids=str,
)
def test_nothing_is_linked_where_it_is_no_use(tmp_path, interpreter, changes) -> None:
    assert not link_libpython(tmp_path / "target", replace(interpreter, **changes))
    assert not (tmp_path / "target").exists()
