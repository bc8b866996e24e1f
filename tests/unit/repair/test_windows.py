"""Tests of the repair of PE files."""

from __future__ import annotations

import re

import pytest

from ferrule.errors.repair import DataProgramError, MissingLibrariesError
from ferrule.formats.pe import read_pe

KERNEL = ("KERNEL32.dll", ("Sleep",))


def image(pe_image, *names, **options):
    """Return a file that needs DLLs."""
    return pe_image(imports=(KERNEL, *((name, ("f",)) for name in names)), **options)


def test_dlls_lie_in_one_folder_that_is_announced(
    plan_for, pe_image, add_library, contents_after
):
    add_library("B.dll", image(pe_image))
    add_library("a.dll", image(pe_image, "b.dll"))
    files = {"demo/__init__.py": b"x = 1\n", "demo/_core.pyd": image(pe_image, "A.DLL")}
    plan = plan_for(files)
    after, _ = contents_after(plan, files)
    first, second = sorted(path for path in after if path.endswith((".dll", ".DLL")))
    assert re.fullmatch(r"demo\.libs/A-[0-9a-f]{16}\.DLL", first)
    assert re.fullmatch(r"demo\.libs/b-[0-9a-f]{16}\.dll", second)
    needed = read_pe(after["demo/_core.pyd"]).needed
    assert needed == ("KERNEL32.dll", first.rpartition("/")[2])
    assert read_pe(after[first]).needed == ("KERNEL32.dll", second.rpartition("/")[2])
    assert b"os.add_dll_directory" in after["demo/__init__.py"]


def test_names_tell_the_contents_of_all_that_is_needed(plan_for, pe_image, add_library):
    add_library("a.dll", image(pe_image, "b.dll"))
    names = set()
    for text in ("one", "two"):
        add_library("b.dll", image(pe_image, exports=(text,)))
        plan = plan_for({"_core.pyd": image(pe_image, "a.dll")})
        names.add(next(item.path for item in plan.grafts if item.asked == "a.dll"))
    assert len(names) == 2


@pytest.mark.parametrize("place", ["", "space/deep/"])
def test_without_a_package_dlls_lie_beside_the_module(
    place, plan_for, pe_image, add_library
):
    add_library("a.dll", image(pe_image))
    plan = plan_for({f"{place}_core.pyd": image(pe_image, "a.dll")})
    assert [item.path.rpartition("/")[0] for item in plan.grafts] == [place.rstrip("/")]
    assert plan.texts == {}


def test_an_inner_package_is_announced_for_itself(plan_for, pe_image, add_library):
    add_library("a.dll", image(pe_image))
    files = {
        "space/inner/__init__.py": b"",
        "space/inner/_core.pyd": image(pe_image, "a.dll"),
    }
    plan = plan_for(files)
    assert b"os.pardir, os.pardir, 'demo.libs'" in plan.texts["space/inner/__init__.py"]


def test_a_source_that_is_not_understood_is_left_alone(plan_for, pe_image, add_library):
    add_library("a.dll", image(pe_image))
    files = {
        "demo/__init__.py": b"def (:\n",
        "demo/_core.pyd": image(pe_image, "a.dll"),
    }
    plan = plan_for(files)
    assert plan.texts == {}
    assert plan.grafts[0].path.startswith("demo/a-")


def test_programs_have_dlls_beside_them(plan_for, pe_image, add_library):
    add_library("a.dll", image(pe_image))
    path = "demo-1.data/scripts/tool.exe"
    plan = plan_for({path: image(pe_image, "a.dll")})
    assert plan.grafts[0].path.startswith("demo-1.data/scripts/a-")
    with pytest.raises(DataProgramError):
        plan_for({"demo-1.data/data/tool.exe": image(pe_image, "a.dll")})


def test_dlls_of_another_machine_are_refused(plan_for, pe_image, add_library):
    add_library("a.dll", image(pe_image, machine=0xAA64))
    with pytest.raises(MissingLibrariesError, match="it is for arm64"):
        plan_for({"_core.pyd": image(pe_image, "a.dll")})


def test_the_folder_beside_lib_is_searched(plan_for, pe_image, add_library):
    path = add_library("a.dll", image(pe_image), "bin")
    add_library("a.lib", b"")
    plan = plan_for({"_core.pyd": image(pe_image, "a.dll")})
    assert plan.grafts[0].source == path


def test_delayed_dlls_may_be_missing(plan_for, pe_image):
    files = {"_core.pyd": pe_image(imports=(KERNEL,), delayed=(("a.dll", ("f",)),))}
    assert plan_for(files).left_out == {"a.dll": "not found, and optional"}


def test_own_dlls_python_and_windows_stay_as_they_are(plan_for, pe_image):
    files = {
        "demo/_core.pyd": image(pe_image, "OWN.dll", "python312.dll", "python3.dll"),
        "demo/own.dll": image(pe_image),
    }
    assert plan_for(files).is_empty


def test_included_dlls_are_announced(plan_for, pe_image, add_library):
    add_library("plugin.dll", image(pe_image))
    files = {"demo/__init__.py": b"", "demo/_core.pyd": image(pe_image)}
    plan = plan_for(files, include=("plugin.dll",))
    assert [item.path for item in plan.grafts] == ["demo.libs/plugin.dll"]
    assert set(plan.texts) == {"demo/__init__.py"}
