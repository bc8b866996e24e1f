from __future__ import annotations

import pytest

from ferrule.audit.checks import archive
from ferrule.audit.checks.archive import check_archive
from tests.unit.made_wheels import METADATA

CHECK = check_archive
OK = b"x = 1\n"
WINDOWS = "cp312-cp312-win_amd64"
LINUX = "cp312-cp312-linux_x86_64"


def test_a_good_wheel(told):
    assert told() == []


@pytest.mark.parametrize(
    ("first", "second", "severity", "named"),
    [
        ("a/B.py", "a/b.py", "error", "a/b.py"),
        ("a/\u00e9.py", "a/e\u0301.py", "error", "a/e\u0301.py"),
        ("A/x.py", "a/y.py", "warning", "a"),
        ("a/ß/x.py", "a/SS/y.py", "warning", "a/SS"),
    ],
)
def test_case_collision(told, first, second, severity, named):
    other = first if severity == "error" else first.rpartition("/")[0]
    assert told({first: OK, second: OK}) == [
        (
            "case-collision",
            severity,
            named,
            f"it is one with {other} where case and Unicode forms do not count",
        )
    ]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("a/b:c.py", "Windows allows no : in names"),
        ("a/<b?>", "Windows allows no < > ? in names"),
        ("a/b.", "Windows takes away the dot or blank at the end of a name"),
        ("a/b /c.py", "Windows takes away the dot or blank at the end of a name"),
        ("a/Nul.txt", "Nul.txt is the name of a device on Windows"),
        ("a/com3/x.py", "com3 is the name of a device on Windows"),
    ],
)
def test_unportable_name(told, path, what):
    assert told({path: OK}) == [("unportable-name", "warning", path, what)]
    assert told({path: OK}, tag=WINDOWS) == [("unportable-name", "error", path, what)]
    assert told({path: OK}, tag=LINUX) == []


def test_long_path(told):
    path = f"a/{'x' * 200}.py"
    what = "its path has 205 characters"
    assert told({path: OK}) == [("long-path", "warning", path, what)]
    assert told({path: OK}, tag=LINUX) == []
    assert told({path[:-8] + ".py": OK}) == []


@pytest.mark.parametrize(
    ("mode", "severity", "what"),
    [
        (0o4755, "error", "4755: it would run with the rights of its owner or group"),
        (0o2755, "error", "2755: it would run with the rights of its owner or group"),
        (0o666, "note", "666: everyone could change it"),
        (0o000, "warning", "000: nobody could read it"),
    ],
)
def test_unsafe_mode(told, mode, severity, what):
    modes = {"a/x.py": 0o100000 | mode}
    expected = ("unsafe-mode", severity, "a/x.py", f"its mode is {what}")
    assert told({"a/x.py": OK}, modes=modes) == [expected]


@pytest.mark.parametrize(
    ("path", "severity", "what"),
    [
        ("a-1.0.data/scripts/x", "", ""),
        ("a-1.0.data/data/share/x", "", ""),
        (
            "a-1.0.data/include/x.h",
            "error",
            "installers know no place for what lies in a-1.0.data as include",
        ),
        (
            "a-1.0.data/x",
            "error",
            "installers know no place for what lies in a-1.0.data as x",
        ),
        (
            "b-1.0.data/platlib/b.py",
            "warning",
            "it lies in b-1.0.data, and the folder of this wheel is a-1.0.data",
        ),
    ],
)
def test_data_folder(told, path, severity, what):
    expected = [("data-folder", severity, path, what)] if severity else []
    assert told({"a/x.py": OK, path: OK}) == expected


def test_files_that_everyone_could_change_are_one_finding(found):
    names = ["a/x.py", "a/y.py", "a/z.py"]
    modes = dict.fromkeys(names, 0o100777)
    (item,) = found(dict.fromkeys(names, OK), modes=modes)
    assert item.sentence == (
        "a/x.py: its mode is 777: everyone could change it, and 2 other files"
    )
    assert item.details == ("a/y.py", "a/z.py")


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o775, 0o444])
def test_ordinary_modes(told, mode):
    assert told({"a/x.py": OK}, modes={"a/x.py": 0o100000 | mode}) == []


def test_modes_of_windows_are_made_up(told):
    options = {"modes": {"a/x.py": 0o100666}, "systems": {"a/x.py": 0}}
    assert told({"a/x.py": OK}, **options) == []


@pytest.mark.parametrize(
    ("path", "rule", "severity"),
    [
        ("a/__pycache__/x.cpython-312.pyc", "bytecode", "warning"),
        ("a/x.pyc", "bytecode", "warning"),
        ("a/.DS_Store", "junk-file", "warning"),
        ("__MACOSX/a/x.py", "junk-file", "warning"),
        ("a/.git/config", "junk-file", "warning"),
        ("a/x.py.orig", "junk-file", "warning"),
        ("a/x.py~", "junk-file", "warning"),
        ("a/.mypy_cache/x.json", "junk-file", "warning"),
        ("a/.pypirc", "junk-file", "error"),
        ("a/.env", "junk-file", "error"),
        ("a/x.pdb", "debug-info", "warning"),
        ("a/x.so.dSYM/Contents/x", "debug-info", "warning"),
    ],
)
def test_leftovers(found, path, rule, severity):
    (item,) = found({"a/__init__.py": OK, path: OK})
    assert (item.rule, item.severity, item.path) == (rule, severity, path)


def test_an_empty_wheel(told):
    what = "the wheel has no file besides its metadata"
    assert told({}) == [("empty-wheel", "warning", "", what)]


def test_a_wheel_that_only_requires_others_is_meant_so(told):
    text = METADATA + "License-File: LICENSE\nRequires-Dist: b\n\nText\n"
    assert told({}, METADATA=text) == []


@pytest.mark.parametrize(
    ("path", "top", "what"),
    [
        ("tests/test_a.py", "tests/", "the folder would lie in site-packages under"),
        ("docs/index.rst", "docs/", "the folder would lie in site-packages under"),
        ("setup.py", "setup.py", "the module would lie in site-packages under a"),
        ("__init__.py", "__init__.py", "the module would lie in site-packages under"),
        ("README.md", "README.md", "the file would lie beside all packages in site-"),
    ],
)
def test_top_level_name(found, path, top, what):
    (item,) = found({"a/__init__.py": OK, path: OK})
    assert (item.rule, item.severity, item.path) == ("top-level-name", "warning", top)
    assert item.what.startswith(what)


def test_names_at_the_top_that_are_fine(told):
    names = ("a.py", "_a.abi3.so", "a.pth", "a_stubs/x.pyi", "liba.so.1", "b.dll")
    data = "a-1.0.data/data/share/README.md"
    assert told(dict.fromkeys((*names, data), OK)) == []


def test_a_package_may_have_its_own_name(told):
    info = "tools-1.0.dist-info"
    files = {"tools/__init__.py": OK}
    assert told(files, info=info, name="tools-1.0-py3-none-any.whl") == []


def test_repeated_library(found, elf_image):
    image = elf_image() + bytes(1 << 16)
    files = {"a/libx.so": image, "a/libx.so.1": image, "a/y.bin": image}
    (item,) = found(files)
    assert (item.rule, item.path, item.details) == (
        "repeated-library",
        "a/libx.so",
        ("a/libx.so.1",),
    )
    assert item.what == f"2 files have the same {len(image)} bytes"


def test_size_limit(told, monkeypatch):
    monkeypatch.setattr(archive, "SIZE_LIMIT", 0)
    what = "the wheel has 0 MiB, and PyPI takes 0"
    assert told() == [("size-limit", "warning", "", what)]
