"""Tests of the repair of Mach-O files."""

from __future__ import annotations

import pytest

from ferrule.errors.repair import DataProgramError, MissingLibrariesError
from ferrule.formats.macho import read_macho
from ferrule.formats.macho_signature import verify_signature

MODULE = "demo/_core.so"
SYSTEM = ("/usr/lib/libSystem.B.dylib", 0xC)


def module(macho_image, *names, kind=0xC, **options):
    """Return a module that needs libraries."""
    libraries = (SYSTEM, *((name, kind) for name in names))
    return macho_image(name="", file_type=8, libraries=libraries, **options)


def test_libraries_join_the_package(plan_for, macho_image, contents_after, add_library):
    add_library("libb.dylib", macho_image(name="/opt/x/libb.dylib"))
    content = macho_image(
        name="/opt/x/liba.dylib",
        libraries=(SYSTEM, ("@rpath/libb.dylib", 0xC)),
        rpaths=("/opt/x",),
    )
    add_library("liba.dylib", content)
    files = {
        "demo/__init__.py": b"",
        MODULE: module(macho_image, "/opt/x/liba.dylib", rpaths=("/opt/x",)),
    }
    plan = plan_for(files)
    after, _ = contents_after(plan, files)
    assert sorted(after) == [
        "demo/.dylibs/liba.dylib",
        "demo/.dylibs/libb.dylib",
        MODULE,
    ]
    (part,) = read_macho(after[MODULE]).slices
    assert part.needed == (SYSTEM[0], "@loader_path/.dylibs/liba.dylib")
    assert part.rpaths == ()
    assert verify_signature(part.image)
    (library,) = read_macho(after["demo/.dylibs/liba.dylib"]).slices
    assert library.needed == (SYSTEM[0], "@loader_path/libb.dylib")
    assert library.install_name == "/DLC/demo/.dylibs/liba.dylib"
    assert library.rpaths == ()
    assert verify_signature(library.image)


def test_modules_of_several_packages_share_a_folder(plan_for, macho_image, add_library):
    add_library("liba.dylib", macho_image())
    files = {
        "one/__init__.py": b"",
        "one/_core.so": module(macho_image, "/opt/liba.dylib"),
        "_two.so": module(macho_image, "/opt/liba.dylib"),
    }
    plan = plan_for(files)
    assert [item.path for item in plan.grafts] == ["demo.dylibs/liba.dylib"]
    names = plan.edits["_two.so"].libraries
    assert names == {"/opt/liba.dylib": "@loader_path/demo.dylibs/liba.dylib"}


def test_different_libraries_of_one_name_are_told_apart(
    plan_for, macho_image, add_library, tmp_path
):
    add_library("libx.dylib", macho_image(code=b"\x01" * 8192), "root/one")
    add_library("libx.dylib", macho_image(code=b"\x02" * 8192), "root/two")
    files = {MODULE: module(macho_image, "/one/libx.dylib", "/two/libx.dylib")}
    plan = plan_for(files, lib_paths=(), sysroots=(tmp_path / "root",))
    paths = sorted(item.path for item in plan.grafts)
    assert len(paths) == 2
    assert all(path.startswith("demo.dylibs/libx-") for path in paths)


def test_all_slices_must_be_there(plan_for, fat_image, macho_image, add_library):
    arm, intel = (0x0100000C, 0), (0x01000007, 3)

    def fat(content):
        return fat_image(
            (*arm, content(macho_image, cpu=arm)),
            (*intel, content(macho_image, cpu=intel)),
        )

    def needing(image, cpu):
        return module(image, "/opt/liba.dylib", cpu=cpu)

    files = {MODULE: fat(needing)}
    add_library("liba.dylib", macho_image(cpu=intel))
    with pytest.raises(MissingLibrariesError, match="for x86_64, not for arm64"):
        plan_for(files)
    add_library("liba.dylib", fat(lambda image, cpu: image(cpu=cpu)))
    assert len(plan_for(files).grafts) == 1


def test_python_and_the_system_stay_out(plan_for, macho_image):
    names = (
        "/Library/Frameworks/Python.framework/Versions/3.12/Python",
        "/opt/lib/libpython3.12.dylib",
        "/System/Library/Frameworks/Security.framework/Security",
    )
    assert plan_for({MODULE: module(macho_image, *names)}).is_empty


def test_own_libraries_are_found_through_any_search_path(plan_for, macho_image):
    files = {
        MODULE: module(
            macho_image, "@rpath/liba.dylib", rpaths=("@loader_path/../lib",)
        ),
        "lib/liba.dylib": macho_image(
            name="@rpath/liba.dylib", libraries=(SYSTEM, ("@loader_path/b.dylib", 0xC))
        ),
        "lib/b.dylib": macho_image(),
    }
    assert plan_for(files).is_empty


def test_weak_libraries_may_be_missing(plan_for, macho_image):
    plan = plan_for({MODULE: module(macho_image, "/opt/w.dylib", kind=0x80000018)})
    assert plan.left_out == {"w.dylib": "not found, and optional"}


def test_frameworks_are_found_by_their_inner_path(plan_for, macho_image, add_library):
    inner = "Qt.framework/Versions/A/Qt"
    add_library(inner, macho_image())
    plan = plan_for({MODULE: module(macho_image, f"/opt/{inner}")})
    assert [item.path for item in plan.grafts] == ["demo.dylibs/Qt"]


def test_programs_move_and_leave_a_script(plan_for, macho_image, add_library):
    add_library("liba.dylib", macho_image())
    path = "demo-1.data/scripts/tool"
    plan = plan_for({path: module(macho_image, "/opt/liba.dylib")})
    assert plan.moves == {path: "demo.scripts/tool"}
    names = plan.edits[path].libraries
    assert names["/opt/liba.dylib"] == "@loader_path/../demo.dylibs/liba.dylib"
    path = "demo-1.data/data/tool"
    with pytest.raises(DataProgramError):
        plan_for({path: module(macho_image, "/opt/liba.dylib")})


def test_grafts_find_libraries_of_the_wheel(plan_for, macho_image, add_library):
    needs = (SYSTEM, ("@rpath/libown.dylib", 0xC))
    add_library("liba.dylib", macho_image(libraries=needs))
    files = {
        MODULE: module(macho_image, "/opt/liba.dylib", rpaths=("@loader_path",)),
        "demo/libown.dylib": macho_image(name="@rpath/libown.dylib"),
    }
    plan = plan_for(files)
    (graft,) = plan.grafts
    assert plan.edits[graft.path].libraries == {
        "@rpath/libown.dylib": "@loader_path/../demo/libown.dylib"
    }
