"""`ferrule new` and `ferrule init` as they are typed."""

from __future__ import annotations

import io
import json
import sys

import pytest

from ferrule.cli import main
from ferrule.starters.kinds import KINDS


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def answer(monkeypatch):
    def answer(*lines):
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{x}\n" for x in lines)))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    return answer


def test_a_project_is_written_and_listed(somewhere, capsys):
    assert main(["new", "in/word-tools", "--vcs", "none"]) == 0

    out = capsys.readouterr().out
    assert "create  src/lib.rs" in out
    assert "next:\n  cd in/word-tools\n  ferrule develop\n  ferrule test\n" in out
    assert (somewhere / "in/word-tools/word_tools.pyi").is_file()


def test_the_result_as_json(somewhere, capsys):
    command = ["new", "calc", "--kind", "program", "--dry-run", "--json"]

    assert main(command) == 0

    result = json.loads(capsys.readouterr().out)
    assert (result["kind"], result["written"]) == ("program", False)
    assert {"path": "src/main.rs", "action": "create"} in result["files"]
    assert not (somewhere / "calc").exists()


def test_kinds_are_listed(capsys):
    assert main(["new", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(KINDS)

    assert main(["init", "--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [item["kind"] for item in listed] == list(KINDS)


def test_on_a_terminal_everything_is_asked(somewhere, answer, capsys):
    answer("class", "word-tools", "mixt", "mixed", "0.19", "0.22", "Ann <a@b.org>")

    assert main(["new", "--vcs", "none"]) == 0

    out = capsys.readouterr().out
    assert "`class` is a keyword of Python" in out
    assert 'did you mean "mixed"?' in out
    assert "PyO3 0.19 is too old" in out
    manifest = (somewhere / "word-tools/Cargo.toml").read_text()
    assert 'pyo3 = "0.22"' in manifest
    assert 'authors = ["Ann <a@b.org>"]' in manifest


def test_defaults_are_taken_where_the_answers_end(somewhere, answer):
    answer("word-tools")

    assert main(["new", "--vcs", "none"]) == 0

    assert (somewhere / "word-tools/word_tools.pyi").is_file()


def test_yes_asks_nothing(somewhere, answer):
    answer()

    assert main(["new", "x2", "--yes", "--vcs", "none", "--author", "Ann"]) == 0

    assert 'authors = ["Ann"]' in (somewhere / "x2/Cargo.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "ferrule new needs the name of the project"),
        (["json"], '"json" cannot be the name of a project'),
        (["x2", "--kind", "mixd"], 'there is no starter "mixd"'),
        (["x2", "--license", "Foo"], "is no SPDX expression"),
        (["x2", "--pyo3", "0.19"], "PyO3 0.19 is too old"),
        (["used"], "is there already, and not empty"),
    ],
    ids=["no name", "name", "kind", "licence", "pyo3", "folder"],
)
def test_wrong_input_is_explained_and_nothing_written(
    arguments, text, somewhere, capsys
):
    (somewhere / "used").mkdir()
    (somewhere / "used" / "file").touch()

    assert main(["new", *arguments]) == 2

    assert text in capsys.readouterr().err
    assert [path.name for path in somewhere.iterdir()] == ["used"]


def test_a_folder_is_completed_with_a_diff_before(somewhere, capsys):
    (somewhere / "src").mkdir()
    (somewhere / "src" / "lib.rs").write_text("fn one() {}\n")
    (somewhere / "Cargo.toml").write_text(
        '[package]\nname = "word-tools"\nversion = "0.1.0"\n'
    )

    assert main(["init", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert '+pyo3 = "' in out
    assert "+mod python;" in out
    assert "nothing was written (--dry-run)" in out
    assert not (somewhere / "pyproject.toml").exists()

    assert main(["init", "--vcs", "none"]) == 0
    assert (somewhere / "pyproject.toml").is_file()
    assert main(["init", "missing"]) == 6
