from __future__ import annotations

import pytest

from ferrule.audit.ignoring import parse_ignore_list
from ferrule.errors.check import NoWheelError, UnknownRuleError
from ferrule.errors.files import ReadError
from ferrule.errors.settings import InvalidSettingsError
from ferrule.pipeline.finished.checking import (
    check_files,
    check_wheel,
    find_wheels,
    read_ignore_list,
)
from tests.unit.made_wheels import Member, archive, wheel_bytes, wheel_text

MODULE = "a/_x.cpython-312-x86_64-linux-gnu.so"
LINUX = "cp312-cp312-manylinux_2_17_x86_64"


@pytest.fixture
def wheel(tmp_path):
    def make(files=None, *, name="", **options):
        tag = options.get("tag", "py3-none-any")
        path = tmp_path / (name or f"a-1.0-{tag}.whl")
        data = files if isinstance(files, bytes) else wheel_bytes(files, **options)
        path.write_bytes(data)
        return path

    return make


def brief(findings):
    return [(item.severity, item.rule, item.path) for item in findings]


def test_a_good_wheel(wheel):
    assert check_wheel(wheel()) == []


def test_errors_come_first(wheel):
    found = check_wheel(
        wheel(
            {"a/__init__.py": b"", "a/b.pyc": b"", "setup.py": b""},
            RECORD="a/__init__.py,sha256=x,0\n",
        )
    )
    order = [item.severity for item in found]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    assert {"record-mismatch", "bytecode", "top-level-name"} <= {
        item.rule for item in found
    }


@pytest.mark.parametrize(
    ("data", "member"),
    [
        (b"no zip", ""),
        (archive(Member("../evil.py", b"x")), "../evil.py"),
        (archive(Member("a.py", b"x")), ""),
    ],
)
def test_archives_that_are_refused(wheel, data, member):
    (item,) = check_wheel(wheel(data))
    assert brief([item]) == [("error", "unreadable-wheel", member)]
    assert item.what
    assert item.fix


def test_damaged_content_is_found(wheel):
    data = wheel_bytes()
    place = data.index(b"a/__init__.py") + len("a/__init__.py")
    damaged = data[:place] + b"\xff" + data[place + 1 :]
    (item,) = check_wheel(wheel(damaged))
    assert brief([item]) == [("error", "unreadable-wheel", "a/__init__.py")]


def test_a_file_with_another_name(wheel):
    (item,) = check_wheel(wheel(name="a.whl"))
    assert brief([item]) == [("error", "file-name", "")]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ReadError):
        check_wheel(tmp_path / "a-1.0-py3-none-any.whl")


def test_tags_and_abi_are_judged(wheel, elf_image):
    image = elf_image(
        needed=["libc.so.6", "libfoo.so.1"],
        symbols=[("PyInit_y", True, False, ""), ("f", False, False, "GLIBC_2.38")],
        versions={"libc.so.6": ["GLIBC_2.38"]},
    )
    found = check_wheel(wheel({MODULE: image}, tag=LINUX))
    (claim,) = (item for item in found if item.rule == "platform-claim")
    assert "libfoo.so.1" in claim.details[0]
    assert "GLIBC_2.38" in claim.details[1]
    assert "missing-init" in {item.rule for item in found}


def test_programs_in_wheels_for_any_platform_are_data(wheel, elf_image):
    image = elf_image(needed=["libfoo.so.1"])
    assert check_wheel(wheel({"a/run": image})) == []


def test_leaked_paths_are_found(wheel):
    text = b"BUILD = '/home/jane/work/a/src'\n"
    found = check_wheel(wheel({"a/__init__.py": text}))
    assert ("leaked-path", "a/__init__.py") in [
        (item.rule, item.path) for item in found
    ]


def test_a_binary_that_breaks_when_it_is_looked_into(wheel, elf_image):
    image = bytearray(elf_image(symbols=[("PyInit__x", True, False, "")]))
    place = next(
        place
        for place in range(0, len(image) - 16, 8)
        if image[place : place + 8] == b"\6" + bytes(7)
    )
    image[place + 8 : place + 16] = b"\xff\xff\xff\x7f" + bytes(4)
    found = check_wheel(wheel({MODULE: bytes(image)}, tag=LINUX))
    (broken,) = (item for item in found if item.rule == "broken-binary")
    assert (broken.severity, broken.path) == ("error", MODULE)
    assert broken.what.startswith("it is damaged: ")


def test_a_file_that_only_begins_like_a_binary(wheel):
    text = b"\x7fELF is the mark of programs for Linux." + bytes(20)
    assert check_wheel(wheel({"a/x.py": b"", "a/notes.bin": text})) == []


def test_ignored_findings_are_counted(wheel):
    path = wheel({"a/__init__.py": b"", "a/b.pyc": b"", "c/d.pyc": b""})
    (checked,) = check_files([path], parse_ignore_list(["bytecode:c/*"], ""))
    assert brief(checked.findings) == [("warning", "bytecode", "a/b.pyc")]
    assert checked.ignored == 1
    assert checked.count("warning") == 1
    assert checked.to_json() == {
        "path": str(path),
        "errors": 0,
        "warnings": 1,
        "notes": 0,
        "ignored": 1,
        "findings": [
            {
                "rule": "bytecode",
                "severity": "warning",
                "path": "a/b.pyc",
                "message": "it is Python bytecode",
                "fix": "leave it out with `exclude`, or delete it before the build",
                "details": [],
            }
        ],
    }


def test_wheels_of_a_folder(wheel, tmp_path):
    first, second = wheel(), wheel(tag="py2-none-any", WHEEL=wheel_text("py2-none-any"))
    (tmp_path / "a.tar.gz").touch()
    both = sorted([first, second])
    assert find_wheels([str(tmp_path)]) == both
    assert find_wheels([str(first), str(tmp_path)]) == list(
        dict.fromkeys([first, *both])
    )
    assert find_wheels([str(tmp_path / "gone.whl")]) == [tmp_path / "gone.whl"]


def test_no_wheels(tmp_path):
    with pytest.raises(NoWheelError) as caught:
        find_wheels([str(tmp_path)])
    fix = "  fix: name files that end in .whl, or a folder that holds some"
    assert str(caught.value) == f"there is no wheel in {tmp_path}\n{fix}"
    with pytest.raises(NoWheelError) as caught:
        find_wheels([])
    assert str(caught.value) == f"no wheel is named\n{fix}"


@pytest.mark.parametrize(
    ("text", "rules", "places"),
    [
        ("", set(), ()),
        ("[tool.ferrule]\nstrip = true\n", set(), ()),
        (
            '[tool.ferrule.check]\nignore = ["bytecode", "debug-info:a/*"]\n',
            {"bytecode"},
            (("debug-info", "a/*"),),
        ),
    ],
)
def test_the_list_in_a_pyproject(tmp_path, text, rules, places):
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    found = read_ignore_list(path)
    assert (set(found.rules), found.places) == (rules, places)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('ignore = ["bytcode"]', UnknownRuleError, "tool.ferrule.check.ignore: there"),
        ('ignored = ["bytecode"]', InvalidSettingsError, 'did you mean "ignore"'),
        ("ignore = 3", InvalidSettingsError, "must be a list of strings"),
    ],
)
def test_a_list_that_is_wrong(tmp_path, text, error, message):
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.ferrule.check]\n{text}\n")
    with pytest.raises(error) as caught:
        read_ignore_list(path)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
