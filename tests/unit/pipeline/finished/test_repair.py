"""Tests of repairing whole wheels."""

from __future__ import annotations

import json
import runpy
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.errors import SeveralError
from ferrule.errors.repair import (
    MissingLibrariesError,
    PatternError,
    SearchFolderError,
    WheelInputError,
    WheelTagError,
)
from ferrule.errors.wheel_file import WrongRecordError
from ferrule.pipeline.finished.repair import (
    RepairOptions,
    environment_folders,
    make_wishes,
    read_epoch,
    repair_wheel,
    repair_wheels,
)
from ferrule.repair.wishes import RepairWishes
from tests.unit.made_wheels import wheel_bytes

MODULE = "a/_core.abi3.so"
_FORMATS = runpy.run_path(str(Path(__file__).parents[2] / "formats" / "conftest.py"))
pe_image = _FORMATS["pe_image"]


@pytest.fixture
def make_wheel(tmp_path, elf_image):
    """Give a function that writes a wheel whose module has these properties."""

    def make(*, tag="cp39-abi3-linux_x86_64", files=None, **content):
        image = elf_image(**{"needed": ["libc.so.6"], "stack": 6, **content})
        path = tmp_path / "dist" / f"a-1.0-{tag}.whl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wheel_bytes({MODULE: image, **(files or {})}, tag=tag))
        return path

    return make


@pytest.fixture
def options(tmp_path, elf_image):
    """Return options that find `liba.so`."""
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "liba.so").write_bytes(elf_image(needed=["libc.so.6"], stack=6))
    return RepairOptions(RepairWishes(lib_paths=(folder,), uses_host=False))


def test_a_repaired_wheel_has_a_true_tag(make_wheel, options, tmp_path):
    path = make_wheel(needed=["liba.so", "libc.so.6"])
    done = repair_wheel(path, tmp_path / "out", options)
    tag = "manylinux1_x86_64.manylinux_2_5_x86_64"
    assert done.path.name == f"a-1.0-cp39-abi3-{tag}.whl"
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        wheel = archive.read("a-1.0.dist-info/WHEEL").decode()
        names = archive.namelist()
        document = json.loads(archive.read("a-1.0.dist-info/sboms/ferrule.cdx.json"))
    assert "Tag: cp39-abi3-manylinux_2_5_x86_64" in wheel
    assert any(name.startswith("a.libs/liba-") for name in names)
    assert len(document["components"]) == 1
    assert list((tmp_path / "out").iterdir()) == [done.path]


def test_a_wheel_that_needs_nothing_is_copied(make_wheel, options, tmp_path):
    tag = "cp39-abi3-manylinux_2_28_x86_64"
    path = make_wheel(tag=tag)
    done = repair_wheel(path, tmp_path / "out", options)
    assert not done.is_changed
    assert done.path.read_bytes() == path.read_bytes()
    again = repair_wheel(path, path.parent, options)
    assert again.path == path


def test_a_false_claim_is_corrected(make_wheel, options, tmp_path):
    path = make_wheel(
        tag="cp39-abi3-manylinux_2_17_x86_64",
        versions={"libc.so.6": ["GLIBC_2.28"]},
        symbols=[("f", False, False, "GLIBC_2.28")],
    )
    done = repair_wheel(path, tmp_path / "out", options)
    assert done.path.name == "a-1.0-cp39-abi3-manylinux_2_28_x86_64.whl"
    assert "promises more than is true" in done.plan.notes[-1]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (True, "manylinux_2_28_x86_64"),
        (False, "manylinux1_x86_64.manylinux_2_28_x86_64.manylinux_2_5_x86_64"),
    ],
)
def test_a_named_platform_is_insisted_on(only, expected, make_wheel, tmp_path):
    options = RepairOptions(platform="manylinux_2_28", only_platform=only)
    done = repair_wheel(make_wheel(), tmp_path / "out", options)
    assert done.path.name == f"a-1.0-cp39-abi3-{expected}.whl"


def test_a_platform_that_is_not_satisfied_is_refused(make_wheel, tmp_path):
    path = make_wheel(
        versions={"libc.so.6": ["GLIBC_2.28"]},
        symbols=[("f", False, False, "GLIBC_2.28")],
    )
    options = RepairOptions(platform="manylinux_2_17_x86_64")
    with pytest.raises(WheelTagError) as caught:
        repair_wheel(path, tmp_path / "out", options)
    text = str(caught.value)
    assert text.startswith("the repaired wheel does not satisfy manylinux_2_17_x86_64")
    assert "GLIBC_2.28" in text
    assert not (tmp_path / "out").exists()


def test_libraries_of_newer_platforms_are_packed_for_older_ones(
    make_wheel, tmp_path, elf_image
):
    # libexpat.so.1 is promised from manylinux_2_12 on.
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "libexpat.so.1").write_bytes(elf_image(stack=6))
    path = make_wheel(needed=["libexpat.so.1", "libc.so.6"])
    wishes = RepairWishes(lib_paths=(folder,), uses_host=False)
    auto = repair_wheel(path, tmp_path / "out", RepairOptions(wishes), is_dry=True)
    assert auto.plan.grafts == ()
    assert auto.plan.platforms == ("manylinux2010_x86_64", "manylinux_2_12_x86_64")
    options = RepairOptions(wishes, platform="manylinux1")
    old = repair_wheel(path, tmp_path / "out", options, is_dry=True)
    assert [item.asked for item in old.plan.grafts] == ["libexpat.so.1"]
    assert not (tmp_path / "out").exists()


def test_excluded_libraries_do_not_spoil_the_tag(make_wheel, tmp_path):
    path = make_wheel(needed=["libcuda.so.1", "libc.so.6"])
    options = RepairOptions(RepairWishes(exclude=("cuda",), uses_host=False))
    done = repair_wheel(path, tmp_path / "out", options)
    assert "manylinux_2_5" in done.path.name


def test_tags_stay_on_request(make_wheel, tmp_path):
    path = make_wheel()
    done = repair_wheel(path, tmp_path / "out", RepairOptions(updates_tags=False))
    assert done.path.name == path.name


def test_files_for_other_machines_are_left_alone(make_wheel, tmp_path, elf_image):
    foreign = elf_image(machine=183, needed=["libnone.so"])
    path = make_wheel(files={"a/tool-aarch64": foreign})
    options = RepairOptions(RepairWishes(uses_host=False))
    assert repair_wheel(path, tmp_path / "out", options).plan.edits == {}


def test_dlls_for_other_processors_are_left_alone(pe_image, tmp_path):
    other = pe_image(imports=[("libnone.dll", ("f",))], machine=0x8664)
    files = {
        "a/core.pyd": pe_image(
            imports=[("KERNEL32.dll", ("f",))], machine=0x14C, wide=False
        ),
        "a/inject_amd64.dll": other,
    }
    options = RepairOptions(RepairWishes(uses_host=False))
    for platform, is_own in (("win32", False), ("win_amd64", True)):
        tag = f"cp312-cp312-{platform}"
        path = tmp_path / f"a-1.0-{tag}.whl"
        path.write_bytes(wheel_bytes(files, tag=tag))
        if is_own:
            with pytest.raises(MissingLibrariesError):
                repair_wheel(path, tmp_path / "out", options)
        else:
            done = repair_wheel(path, tmp_path / "out", options)
            assert not done.is_changed


def test_a_failed_repair_writes_nothing(make_wheel, tmp_path):
    path = make_wheel(needed=["libnone.so"])
    options = RepairOptions(RepairWishes(uses_host=False))
    with pytest.raises(MissingLibrariesError):
        repair_wheel(path, tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


def test_each_wheel_is_tried(make_wheel, options, tmp_path):
    good = make_wheel()
    bad = make_wheel(tag="cp39-abi3-linux_aarch64", machine=183, needed=["libnone.so"])
    other = make_wheel(tag="cp310-abi3-linux_x86_64", needed=["libnone.so"])
    out = tmp_path / "out"
    with pytest.raises(MissingLibrariesError):
        repair_wheels([bad, good], out, options)
    assert len(list(out.iterdir())) == 1
    with pytest.raises(SeveralError, match="2 of 3 wheels were not repaired"):
        repair_wheels([bad, good, other], out, options)


def test_in_place_the_old_name_goes(make_wheel, options):
    path = make_wheel()
    (done,) = repair_wheels([path], None, options)
    assert list(path.parent.iterdir()) == [done.path]
    assert done.path != path
    (again,) = repair_wheels([done.path], None, options)
    assert again.path == done.path
    assert again.path.exists()


def test_what_is_no_wheel_is_told(tmp_path, options):
    with pytest.raises(WheelInputError) as caught:
        repair_wheel(tmp_path / "none.whl", tmp_path, options)
    assert str(caught.value) == (
        f"{tmp_path}/none.whl is no wheel file\n"
        "  it does not exist\n"
        "  fix: name files that end with .whl"
    )
    with pytest.raises(WheelInputError, match="it is a folder"):
        repair_wheel(tmp_path, tmp_path, options)


def test_folders_that_are_none_are_told(tmp_path):
    wishes = RepairWishes(lib_paths=(tmp_path / "none",))
    with pytest.raises(SearchFolderError) as caught:
        make_wishes(wishes, (), tmp_path)
    assert str(caught.value) == (
        f"--lib-path {tmp_path}/none is no folder\n"
        "  it does not exist\n"
        "  fix: correct the path"
    )


def test_includes_that_are_not_found_are_told(make_wheel, options, tmp_path):
    wishes = RepairWishes(
        include=("libnone.so",), lib_paths=options.wishes.lib_paths, uses_host=False
    )
    with pytest.raises(PatternError) as caught:
        repair_wheel(make_wheel(), tmp_path / "out", RepairOptions(wishes))
    assert str(caught.value) == (
        "--include libnone.so: there is no such library for this wheel\n"
        f"  looked for {tmp_path}/lib\n"
        "  fix: write a path, or name its folder with --lib-path"
    )


def test_variables_name_folders():
    env = {"LD_LIBRARY_PATH": "/a::/b", "AUDITWHEEL_LD_LIBRARY_PATH": "/c"}
    assert environment_folders(env) == (Path("/c"), Path("/a"), Path("/b"))
    assert environment_folders({}) == ()


def test_the_epoch_is_a_number():
    assert read_epoch({"SOURCE_DATE_EPOCH": "12"}) == 12
    assert read_epoch({"SOURCE_DATE_EPOCH": "x"}) is None
    assert read_epoch({}) is None


def test_a_second_bill_of_materials_stands_beside_the_first(
    make_wheel, options, tmp_path
):
    name = "a-1.0.dist-info/sboms/ferrule.cdx.json"
    path = make_wheel(needed=["liba.so", "libc.so.6"], files={name: b"{}"})
    done = repair_wheel(path, tmp_path / "out", options)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.read(name) == b"{}"
        second = archive.read("a-1.0.dist-info/sboms/ferrule-2.cdx.json")
    assert len(json.loads(second)["components"]) == 1


# ---------------------------------------------------------------------- memory


@pytest.fixture
def env(tmp_path):
    """Return an environment with a cache of its own."""
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}


@pytest.fixture
def never_opened(monkeypatch):
    """Give a function after which no wheel can be opened."""

    def forbid():
        def fail(path):
            pytest.fail(f"{path} was opened")

        monkeypatch.setattr("ferrule.wheel.reading.open_wheel", fail)

    return forbid


def test_a_wheel_that_needs_nothing_is_known_the_next_time(
    make_wheel, env, never_opened, tmp_path
):
    path = make_wheel(tag="cp39-abi3-manylinux_2_28_x86_64")
    first = repair_wheel(path, tmp_path / "one", RepairOptions(), env=env)
    never_opened()
    again = repair_wheel(path, tmp_path / "two", RepairOptions(), env=env)
    assert again == replace(first, path=tmp_path / "two" / path.name)
    assert again.path.read_bytes() == path.read_bytes()
    dry = repair_wheel(path, tmp_path / "three", RepairOptions(), is_dry=True, env=env)
    assert not dry.is_changed
    assert not (tmp_path / "three").exists()


def test_a_wheel_that_was_replaced_is_looked_at_again(make_wheel, env, tmp_path):
    tag = "cp39-abi3-manylinux_2_17_x86_64"
    out = tmp_path / "out"
    assert not repair_wheel(
        make_wheel(tag=tag), out, RepairOptions(), env=env
    ).is_changed
    path = make_wheel(
        tag=tag,
        versions={"libc.so.6": ["GLIBC_2.28"]},
        symbols=[("f", False, False, "GLIBC_2.28")],
    )
    assert repair_wheel(path, out, RepairOptions(), env=env).is_changed


def test_other_wishes_are_other_questions(make_wheel, env, tmp_path):
    path = make_wheel(tag="cp39-abi3-manylinux_2_28_x86_64")
    repair_wheel(path, tmp_path / "out", RepairOptions(), env=env)
    wishes = RepairWishes(include=("libnone.so",), uses_host=False)
    with pytest.raises(PatternError):
        repair_wheel(path, tmp_path / "out", RepairOptions(wishes), env=env)
    options = RepairOptions(platform="manylinux_2_5", only_platform=True)
    assert repair_wheel(path, tmp_path / "out", options, env=env).is_changed


def test_a_changed_wheel_is_not_remembered(make_wheel, options, env, tmp_path):
    path = make_wheel(needed=["liba.so", "libc.so.6"])
    first = repair_wheel(path, tmp_path / "out", options, env=env)
    again = repair_wheel(path, tmp_path / "out", options, env=env)
    assert first.is_changed
    assert again.plan.grafts


def test_a_wrong_record_is_refused_and_not_renewed(make_wheel, options, tmp_path):
    path = make_wheel()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("a/added.py", "added = True\n")
    with pytest.raises(WrongRecordError, match=r"a/added\.py: RECORD does not list it"):
        repair_wheel(path, tmp_path / "out", options)
    assert not (tmp_path / "out").exists()
