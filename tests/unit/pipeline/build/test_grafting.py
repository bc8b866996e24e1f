"""Tests of the libraries that join the wheel of a build."""

from __future__ import annotations

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ferrule.errors.repair import SearchFolderError
from ferrule.formats.elf import read_elf
from ferrule.pipeline.build import grafting
from ferrule.pipeline.build.grafting import graft_libraries
from ferrule.settings.model import RepairSettings, SbomSettings, Settings
from ferrule.wheel.member import Member

PATH = "demo/_core.so"


@pytest.fixture
def compiled(tmp_path, elf_image):
    """Return what compiling gave: a module that needs `liba.so`."""
    library = tmp_path / "target" / "libcore.so"
    library.parent.mkdir()
    library.write_bytes(elf_image(needed=["liba.so", "libc.so.6"], stack=6))
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "liba.so").write_bytes(elf_image(stack=6))
    metadata = SimpleNamespace(
        distribution_name="demo", file_version="1.0", version="1.0"
    )
    project = SimpleNamespace(settings=Settings(), root=tmp_path, metadata=metadata)
    key = SimpleNamespace(target_directory=tmp_path / "target", triple="")
    build = SimpleNamespace(
        project=project,
        env={"FERRULE_CACHE_DIR": str(tmp_path / "cache")},
        keys=[key],
        modules=[],
    )
    run = SimpleNamespace(link_paths=[folder])
    return SimpleNamespace(
        build=build, results={key.__class__: SimpleNamespace(run=run)}, repaired={}
    )


def graft(compiled, tmp_path, **settings):
    """Return what is packed under these settings."""
    compiled.build.project.settings = replace(Settings(), **settings)
    library = tmp_path / "target" / "libcore.so"
    members = [Member("demo/__init__.py", b""), Member(PATH, library, executable=True)]
    return graft_libraries(compiled, members, [library])


def test_what_the_build_linked_to_is_packed(compiled, tmp_path):
    done = graft(compiled, tmp_path)
    paths = {member.path: member for member in done.members}
    assert sorted(paths)[:2] == [
        "demo-1.0.dist-info/sboms/ferrule.cdx.json",
        next(path for path in paths if path.startswith("demo.libs/liba-")),
    ]
    module = paths[PATH]
    assert module.executable
    assert read_elf(module.source).rpath == ("$ORIGIN/../demo.libs",)
    assert done.built == [module.source]
    assert compiled.repaired == {tmp_path / "target" / "libcore.so": module.source}
    assert not done.notes


def test_an_unchanged_build_plans_nothing_anew(compiled, tmp_path, monkeypatch):
    first = graft(compiled, tmp_path)
    monkeypatch.setattr(grafting._Job, "answer", lambda _: pytest.fail("planned"))
    assert graft(compiled, tmp_path) == first


def test_a_changed_library_is_packed_anew(compiled, tmp_path, elf_image):
    first = graft(compiled, tmp_path)
    library = tmp_path / "lib" / "liba.so"
    library.write_bytes(elf_image(soname="liba.so.2", stack=6))
    os.utime(library, ns=(1, 1))
    second = graft(compiled, tmp_path)
    assert {item.path for item in first.members} != {
        item.path for item in second.members
    }


@pytest.mark.parametrize(
    "settings",
    [
        {"audit": "warn"},
        {"audit": "check"},
        {"audit": "skip"},
        {"compatibility": "linux"},
        {"compatibility": "off"},
    ],
    ids=str,
)
def test_nothing_is_packed_where_that_is_not_meant(settings, compiled, tmp_path):
    done = graft(compiled, tmp_path, **settings)
    assert [item.path for item in done.members] == ["demo/__init__.py", PATH]


def test_settings_choose(compiled, tmp_path):
    done = graft(compiled, tmp_path, repair=RepairSettings(exclude=("liba.so",)))
    assert done.left_out == ("liba.so",)
    assert len(done.members) == 2
    done = graft(compiled, tmp_path, sbom=SbomSettings(repair=False))
    assert not any("sboms" in item.path for item in done.members)
    with pytest.raises(SearchFolderError, match=r"repair\.lib-paths .*/none is no"):
        graft(compiled, tmp_path, repair=RepairSettings(lib_paths=("none",)))


def test_what_is_missing_is_told_each_time(compiled, tmp_path):
    (tmp_path / "lib" / "liba.so").unlink()
    for _ in range(2):
        done = graft(compiled, tmp_path)
        assert done.notes[0].startswith("liba.so, needed by demo/_core.so, was not")
        assert len(done.members) == 2
