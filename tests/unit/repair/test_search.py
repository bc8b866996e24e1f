"""Tests of search roots."""

from __future__ import annotations

from pathlib import Path

from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes


def test_a_root_has_the_folders_of_its_loader(tmp_path):
    for name in ("etc/conf.d", "opt/a", "opt/b", "usr/lib/x86_64-linux-gnu", "lib"):
        (tmp_path / name).mkdir(parents=True)
    text = "include /etc/conf.d/*.conf\ninclude conf.d/none\n/opt/a # text\nhwcap 0\n"
    (tmp_path / "etc" / "ld.so.conf").write_text(text)
    loop = "/opt/b\n/absent\ninclude /etc/ld.so.conf\n"
    (tmp_path / "etc" / "conf.d" / "x.conf").write_text(loop)
    (tmp_path / "etc" / "ld-musl-x86_64.path").write_text("/opt/b:/lib\n")
    wishes = RepairWishes(sysroots=(tmp_path,), uses_host=False)
    folders = Search(wishes, ("x86_64-linux-gnu",)).folders
    assert [item.relative_to(tmp_path).as_posix() for item in folders] == [
        "opt/b",
        "lib",
        "opt/a",
        "usr/lib/x86_64-linux-gnu",
        "usr/lib",
        ".",
    ]


def test_given_folders_come_first(tmp_path):
    wishes = RepairWishes(
        lib_paths=(Path("a"),), build_paths=(Path("b"),), environment=(Path("c"),)
    )
    found = Search(wishes).folders
    assert found[:3] == [Path("a"), Path("b"), Path("c")]
    assert Path("/usr/lib") in found
    assert Search(wishes.without_host()).folders == [Path("a"), Path("b")]


def test_toolchains_for_windows_are_found_by_their_triple(tmp_path):
    name = "x86_64-w64-mingw32"
    for folder in (f"usr/{name}/bin", f"usr/lib/gcc/{name}/12-win32", "usr/lib/x"):
        (tmp_path / folder).mkdir(parents=True)
    wishes = RepairWishes(sysroots=(tmp_path,), uses_host=False)
    found = Search(wishes, (name,), has_generic_folders=False).folders
    assert found == [
        tmp_path / "usr" / name / "bin",
        tmp_path / "usr" / "lib" / "gcc" / name / "12-win32",
        tmp_path,
    ]


def test_absolute_paths_are_below_each_root():
    wishes = RepairWishes(sysroots=(Path("/r"),), uses_host=False)
    assert list(Search(wishes).below_roots("/opt/x")) == [Path("/r/opt/x")]
    assert list(Search(RepairWishes()).below_roots("/opt/x")) == [Path("/opt/x")]
