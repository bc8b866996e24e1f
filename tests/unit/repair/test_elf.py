"""Tests of the repair of ELF files."""

from __future__ import annotations

import pytest

from ferrule.errors.repair import DataProgramError, MissingLibrariesError
from ferrule.formats.elf import read_elf
from ferrule.repair.planning import Promises

MODULE = "demo/_core.so"


def test_libraries_get_hashed_names_and_are_found(
    plan_for, add_library, elf_image, contents_after
):
    add_library("libb.so.2", elf_image(needed=["libc.so.6"], soname="libb.so.2"))
    add_library("liba.so", elf_image(needed=["libb.so.2"], soname="liba.so"))
    files = {MODULE: elf_image(needed=["liba.so", "libc.so.6"], rpath="/build")}
    plan = plan_for(files)
    names = {item.asked: item.path for item in plan.grafts}
    assert set(names) == {"liba.so", "libb.so.2"}
    assert names["libb.so.2"].startswith("demo.libs/libb-")
    after, _ = contents_after(plan, files)
    module = read_elf(after[MODULE])
    assert module.rpath == ("$ORIGIN/../demo.libs",)
    assert module.needed == (names["liba.so"].rpartition("/")[2], "libc.so.6")
    first = read_elf(after[names["liba.so"]])
    assert first.rpath == ("$ORIGIN",)
    assert first.needed == (names["libb.so.2"].rpartition("/")[2],)
    assert first.soname == names["liba.so"].rpartition("/")[2]
    assert plan.grafts[1].needed_by == ("liba.so",)


def test_a_wheel_that_needs_nothing_has_an_empty_plan(plan_for, elf_image):
    libs = "demo.libs/liba-0123abcd.so"
    files = {
        MODULE: elf_image(needed=["liba-0123abcd.so"], rpath="$ORIGIN/../demo.libs"),
        libs: elf_image(soname="liba-0123abcd.so", needed=["libc.so.6"]),
    }
    assert plan_for(files).is_empty


def test_an_own_library_that_no_path_reaches_gets_one(plan_for, elf_image):
    files = {
        MODULE: elf_image(needed=["libown.so"]),
        "demo/lib/libown.so": elf_image(soname="libown.so"),
    }
    plan = plan_for(files)
    assert plan.grafts == ()
    assert plan.edits[MODULE].rpath == ("$ORIGIN/lib",)


def test_search_paths_that_leave_the_wheel_are_dropped(
    plan_for, add_library, elf_image
):
    add_library("liba.so", elf_image())
    files = {
        MODULE: elf_image(
            needed=["liba.so"], runpath="/x:$ORIGIN/sub:$ORIGIN/../../out:${ORIGIN}"
        )
    }
    rpath = plan_for(files).edits[MODULE].rpath
    assert rpath == ("$ORIGIN/sub", "$ORIGIN", "$ORIGIN/../demo.libs")


def test_folders_below_data_schemes_are_where_they_are_installed(
    plan_for, add_library, elf_image
):
    add_library("liba.so", elf_image())
    path = "demo-1.data/platlib/demo/_core.so"
    plan = plan_for({path: elf_image(needed=["liba.so"])})
    assert plan.edits[path].rpath == ("$ORIGIN/../demo.libs",)


def test_programs_move_and_leave_a_script(
    plan_for, add_library, elf_image, contents_after
):
    add_library("liba.so", elf_image())
    path = "demo-1.data/scripts/tool"
    files = {path: elf_image(needed=["liba.so"], interpreter="/lib64/ld-linux.so.2")}
    plan = plan_for(files)
    after, executable = contents_after(plan, files)
    assert after[path].startswith(b"#!python\n")
    assert read_elf(after["demo.scripts/tool"]).rpath == ("$ORIGIN/../demo.libs",)
    assert executable == {"demo.scripts/tool"}


def test_files_at_no_fixed_distance_are_refused(plan_for, add_library, elf_image):
    add_library("liba.so", elf_image())
    path = "demo-1.data/data/lib/x.so"
    with pytest.raises(DataProgramError) as caught:
        plan_for({path: elf_image(needed=["liba.so"])})
    assert str(caught.value) == (
        f"{path} cannot be given its libraries\n"
        "  it needs liba.so\n"
        "  files of `data` and `headers` are installed at no fixed distance from the "
        "packages\n"
        "  fix: pack it into a package or into `scripts`, or leave the libraries out "
        "with --exclude"
    )


def test_libpython_is_dropped_from_modules_only(plan_for, elf_image):
    name = "libpython3.12.so.1.0"
    tool = elf_image(needed=[name], interpreter="/lib64/ld-linux.so.2")
    plan = plan_for({MODULE: elf_image(needed=[name]), "demo/tool": tool})
    assert plan.edits[MODULE].needed == {name: ""}
    assert "demo/tool" not in plan.edits


def test_all_missing_libraries_are_told_together(plan_for, elf_image, tmp_path):
    with pytest.raises(MissingLibrariesError) as caught:
        plan_for({MODULE: elf_image(needed=["libx.so", "liby.so"], rpath="/r")})
    lib = tmp_path / "lib"
    assert str(caught.value) == (
        "2 libraries that the wheel needs cannot be found: libx.so, liby.so\n"
        f"  libx.so, needed by {MODULE}; looked for it in:\n"
        "      /r\n"
        f"      {lib}\n"
        f"  liby.so, needed by {MODULE}; looked for it in:\n"
        "      /r\n"
        f"      {lib}\n"
        "  fix: name its folder with --lib-path, or a root with --sysroot; leave out "
        "with --exclude what the system of the user has"
    )
    assert caught.value.details()["libraries"][0]["name"] == "libx.so"


def test_missing_libraries_are_notes_where_that_is_wished(plan_for, elf_image):
    plan = plan_for({MODULE: elf_image(needed=["libx.so"])}, names_missing=True)
    assert plan.is_empty
    assert "libx.so, needed by demo/_core.so, was not found in" in plan.notes[0]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"machine": 183}, "it is for aarch64"),
        ({"bits": 32, "machine": 3}, "it is for i686"),
        ({"needed": ["libc.musl-x86_64.so.1"]}, "it is linked to musl"),
    ],
    ids=["machine", "class", "libc"],
)
def test_libraries_of_other_systems_are_refused(
    wrong, reason, plan_for, add_library, elf_image
):
    add_library("liba.so", elf_image(**wrong))
    with pytest.raises(MissingLibrariesError, match=reason):
        plan_for({MODULE: elf_image(needed=["liba.so", "libc.so.6"])})


def test_the_float_abi_must_be_the_same(plan_for, add_library, elf_image):
    arm = {"bits": 32, "machine": 40}
    add_library("liba.so", elf_image(**arm, flags=0x5000200))
    with pytest.raises(MissingLibrariesError, match="its float ABI is another one"):
        plan_for({MODULE: elf_image(**arm, flags=0x5000400, needed=["liba.so"])})


def test_other_files_are_passed_over(plan_for, add_library, elf_image, tmp_path):
    add_library("liba.so", b"GROUP ( /x/liba.so.1 )\n", "first")
    add_library("liba.so", elf_image())
    paths = (tmp_path / "first", tmp_path / "lib")
    plan = plan_for({MODULE: elf_image(needed=["liba.so"])}, lib_paths=paths)
    assert plan.grafts[0].source == tmp_path / "lib" / "liba.so"


def test_search_paths_of_libraries_lead_on(plan_for, add_library, elf_image):
    add_library("liba.so", elf_image(needed=["libb.so"], runpath="$ORIGIN/deep"))
    deep = add_library("libb.so", elf_image(), "lib/deep")
    plan = plan_for({MODULE: elf_image(needed=["liba.so"])})
    assert [item.source for item in plan.grafts][1] == deep


def test_absolute_search_paths_are_below_the_sysroot(
    plan_for, add_library, elf_image, tmp_path
):
    path = add_library("liba.so", elf_image(), "root/opt/x")
    files = {MODULE: elf_image(needed=["liba.so"], rpath="/opt/x")}
    plan = plan_for(files, lib_paths=(), sysroots=(tmp_path / "root",))
    assert plan.grafts[0].source == path


def test_equal_libraries_join_once(plan_for, add_library, elf_image):
    add_library("liba.so.1", elf_image(soname="liba.so.1"))
    add_library("liba.so", elf_image(soname="liba.so.1"))
    plan = plan_for({MODULE: elf_image(needed=["liba.so", "liba.so.1"])})
    assert len(plan.grafts) == 1
    assert len(set(plan.edits[MODULE].needed.values())) == 1


def test_included_libraries_keep_their_names(plan_for, add_library, elf_image):
    add_library("libplugin.so.1", elf_image(needed=["libdep.so"]))
    add_library("libdep.so", elf_image())
    symbols = [("dlopen", False, False, "")]
    files = {MODULE: elf_image(symbols=symbols), "demo/other.so": elf_image()}
    plan = plan_for(files, include=("libplugin.so*",))
    paths = [item.path for item in plan.grafts]
    assert paths[0] == "demo.libs/libplugin.so.1"
    assert paths[1].startswith("demo.libs/libdep-")
    assert plan.edits[MODULE].rpath == ("$ORIGIN/../demo.libs",)
    assert "demo/other.so" not in plan.edits


def test_android_uses_its_own_search_path(plan_for, add_library, elf_image):
    add_library("liba.so", elf_image())
    promises = Promises(frozenset({"libc.so"}), is_android=True)
    plan = plan_for({MODULE: elf_image(needed=["liba.so", "libc.so"])}, promises)
    assert plan.edits[MODULE].is_runpath


def test_names_stay_where_that_is_wished(plan_for, add_library, elf_image):
    add_library("liba.so", elf_image(soname="liba.so"))
    files = {MODULE: elf_image(needed=["liba.so"])}
    plan = plan_for(files, no_mangle=("liba*",))
    assert [item.path for item in plan.grafts] == ["demo.libs/liba.so"]
    assert plan.edits[MODULE].needed == {}


def test_executable_stacks_are_cleared_on_request(plan_for, elf_image):
    files = {MODULE: elf_image(stack=7)}
    assert plan_for(files).is_empty
    plan = plan_for(files, clear_executable_stack=True)
    assert plan.edits[MODULE].clear_executable_stack


def test_grafts_find_libraries_of_the_wheel(plan_for, add_library, elf_image):
    add_library("liba.so", elf_image(needed=["libown.so"]))
    files = {
        MODULE: elf_image(needed=["liba.so", "libown.so"], rpath="$ORIGIN"),
        "demo/libown.so": elf_image(soname="libown.so"),
    }
    plan = plan_for(files)
    (graft,) = plan.grafts
    assert plan.edits[graft.path].rpath == ("$ORIGIN/../demo",)


def test_libraries_without_a_name_are_needed_by_their_path(
    plan_for, add_library, elf_image
):
    path = str(add_library("liba.so", elf_image()))
    files = {MODULE: elf_image(needed=[path])}
    plan = plan_for(files, lib_paths=(), uses_host=True)
    assert plan.grafts[0].path.startswith("demo.libs/liba-")
    assert list(plan.edits[MODULE].needed) == [path]
    excluded = plan_for(files, exclude=("liba.so",))
    assert excluded.left_out == {"liba.so": "excluded by liba.so"}
