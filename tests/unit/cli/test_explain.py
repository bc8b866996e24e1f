from __future__ import annotations

import io
import json
import sys

import pytest

from ferrule.cli import main
from ferrule.diagnosis.rules import all_rules

LOG = b"\x1b[31merror\x1b[0m: linker `cc` not found\r\n"


@pytest.fixture
def piped(monkeypatch):
    def pipe(content: bytes) -> None:
        stream = io.TextIOWrapper(io.BytesIO(content))
        monkeypatch.setattr(sys, "stdin", stream)

    return pipe


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("words", [[], ["-"]])
def test_a_log_is_read_from_standard_input(piped, capsys, words):
    piped(LOG)
    assert main(["explain", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "The linker is not installed"
    assert "  seen: error: linker `cc` not found" in lines
    assert any(line.startswith("  fix: apt install gcc") for line in lines)


def test_an_unknown_failure_is_said_so(piped, capsys):
    piped(b"all is well")
    assert main(["explain"]) == 1
    assert capsys.readouterr().out.startswith("nothing that ferrule knows")


def test_without_anything_the_failures_are_listed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.id for rule in all_rules()]


def test_the_list_as_json(piped, capsys):
    piped(b"")
    assert main(["explain", "--list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(all_rules())


def test_the_page_of_a_failure(capsys):
    assert main(["explain", "pyinit-mismatch"]) == 0
    text = capsys.readouterr().out
    assert "PyInit_name" in text
    assert "what ends it:" in text


def test_the_page_as_json(capsys):
    assert main(["explain", "pyinit-mismatch", "--json"]) == 0
    (page,) = json.loads(capsys.readouterr().out)
    assert page["id"] == "pyinit-mismatch"
    assert page["fixes"]


def test_files_are_read_and_their_failures_joined(tmp_path, capsys):
    (tmp_path / "a.log").write_bytes(LOG)
    wide = "error: no library targets found in package `x`\n".encode("utf-16")
    (tmp_path / "b.log").write_bytes(wide)
    names = [str(tmp_path / name) for name in ("a.log", "b.log", "a.log")]
    assert main(["explain", "--json", *names]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in found] == ["linker-not-found", "no-library-target"]


def test_binary_garbage_is_nothing(tmp_path, capsys):
    path = tmp_path / "core"
    path.write_bytes(bytes(range(256)) * 4096)
    assert main(["explain", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_a_wrong_name_has_a_suggestion(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "pyinit-mismach"]) == 2
    text = capsys.readouterr().err
    assert "`pyinit-mismach` is no failure that ferrule knows" in text
    assert '(did you mean "pyinit-mismatch"?)' in text


def test_a_part_of_a_name_has_a_suggestion(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "dlltool"]) == 2
    assert '(did you mean "dlltool-missing"?)' in capsys.readouterr().err
