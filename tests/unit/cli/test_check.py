from __future__ import annotations

import json

import pytest

from ferrule.audit.rules import RULES
from ferrule.cli import main
from tests.unit.made_wheels import wheel_bytes

NAME = "a-1.0-py3-none-any.whl"
OK = {"a/__init__.py": b"x = 1\n"}
FIX = "fix: leave it out with `exclude`, or delete it before the build"


@pytest.fixture(autouse=True)
def _plain(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def check(capsys, tmp_path):
    """Give a function that makes a wheel, runs the command and returns the output."""

    def run(*options, files=OK, **changes):
        (tmp_path / NAME).write_bytes(wheel_bytes(files, **changes))
        code = main(["check", NAME, *options])
        return code, capsys.readouterr().out

    return run


def test_nothing_found(check):
    assert check() == (0, f"{NAME}: nothing found\n")


def test_warnings_are_shown_and_fail_if_asked(check):
    files = {**OK, "a/b.pyc": b""}
    text = (
        f"{NAME}: 1 warning\n  warning bytecode\n    a/b.pyc: it is Python bytecode\n"
    )
    assert check(files=files) == (0, f"{text}    {FIX}\n")
    assert check("--strict", files=files)[0] == 1


def test_errors_fail(check):
    code, text = check(RECORD="a/__init__.py,sha256=x,6\n")
    assert code == 1
    assert "  error record-unlisted\n" in text
    assert "    a/__init__.py: its content has another sha256 than RECORD says" in text


def test_many_files_are_shortened(check):
    files = {**OK, **{f"a/{number}.pyc": b"" for number in range(7)}}
    _, text = check(files=files)
    assert text.count("it is Python bytecode") == 4
    assert "    and 3 more (-v shows them)\n" in text
    assert check("-v", files=files)[1].count("it is Python bytecode") == 7
    del files["a/6.pyc"], files["a/5.pyc"]
    assert check(files=files)[1].count("it is Python bytecode") == 5


def test_a_wheel_cannot_steer_the_terminal(check):
    text = b"[x]\na = \x1b31mred\xe2\x80\xae:b\n"
    files = {**OK, "a-1.0.dist-info/entry_points.txt": text}
    assert "x: a = \\x1b31mred\\u202e:b: that is no name" in check(files=files)[1]


def test_notes_and_details(check):
    options = {
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2.py3-none-any"
    }
    code, text = check(**options)
    assert code == 1
    assert "      only in WHEEL: py2-none-any\n" in text
    assert "  note compressed-tag\n" in text
    assert "note compressed-tag" not in check("-q", **options)[1]


def test_details_are_shortened(check):
    pythons = ".".join(f"py3{number}" for number in range(9))
    text = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {pythons}-none-any\n"
    assert "      and 5 more\n" in check(WHEEL=text)[1]
    assert check("-v", WHEEL=text)[1].count("only in WHEEL") == 9


def test_ignoring(check, tmp_path):
    files = {**OK, "a/b.pyc": b"", "a/c.orig": b""}
    code, text = check("--ignore", "bytecode,junk-file:a/*", "--strict", files=files)
    assert (code, text) == (0, f"{NAME}: nothing found (2 ignored)\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ferrule.check]\nignore = ["bytecode"]\n'
    )
    _, text = check(files=files)
    assert text.startswith(f"{NAME}: 1 warning (1 ignored)\n")
    (tmp_path / "other.toml").write_text("")
    _, text = check("--pyproject", "other.toml", files=files)
    assert text.startswith(f"{NAME}: 2 warnings\n")


def test_unknown_rules(check, capsys):
    assert main(["check", NAME, "--ignore", "bytcode"]) == 2
    assert 'did you mean "bytecode"?' in capsys.readouterr().err


def test_several_wheels(check, tmp_path, capsys):
    check(files={**OK, "a/b.pyc": b""})
    (tmp_path / "b.whl").write_bytes(b"x")
    assert main(["check", "."]) == 1
    text = capsys.readouterr().out
    assert text.endswith("2 wheels: 1 error, 1 warning\n")
    assert "b.whl: 1 error\n  error unreadable-wheel\n    it has only 1 bytes" in text


def test_json(check):
    code, text = check("--json", files={**OK, "a/b.pyc": b""})
    found = json.loads(text)
    assert code == 0
    assert (found["schema"], found["ok"]) == (1, True)
    (wheel,) = found["wheels"]
    assert (wheel["path"], wheel["errors"], wheel["warnings"]) == (NAME, 0, 1)
    assert wheel["findings"][0]["rule"] == "bytecode"
    assert (
        json.loads(check("--json", "--strict", files={"setup.py": b""})[1])["ok"]
        is False
    )


def test_colour(check, monkeypatch):
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert check()[1] == f"{NAME}: \033[1;32mnothing found\033[0m\n"


def test_no_wheel(capsys):
    assert main(["check"]) == 2
    assert "no wheel is named" in capsys.readouterr().err
    assert main(["check", "gone.whl"]) == 6
    assert "cannot read gone.whl" in capsys.readouterr().err


def test_rules(capsys):
    assert main(["check", "--rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
