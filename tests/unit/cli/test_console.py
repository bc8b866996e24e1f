"""Colour only on a terminal, and only as much log as wanted."""

from __future__ import annotations

import argparse
import json

import pytest

from ferrule import log
from ferrule.cli.console import run_reporting, showing_log, use_colour


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "stream", "expected"),
    [
        ({}, Terminal(), True),
        ({}, object(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"FORCE_COLOR": "1"}, object(), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ({"TERM": "dumb"}, Terminal(), False),
    ],
)
def test_colour(monkeypatch, variables, stream, expected) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert use_colour(stream) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"quiet": True}, ["warning: w"]),
        ({}, ["s", "i", "warning: w"]),
        ({"verbose": 1}, ["s", "i", "warning: w", "$ A=1 run 'a b'"]),
        ({"verbose": 2}, ["s", "i", "d", "warning: w", "$ A=1 run 'a b'"]),
    ],
)
def test_verbosity(options, expected, capsys) -> None:
    with showing_log(argparse.Namespace(**options)):
        log.step("s")
        log.info("i")
        log.debug("d")
        log.warn("w")
        log.command(["run", "a b"], {"A": "1"})
    assert capsys.readouterr().err.splitlines() == expected


def test_without_a_sink_nothing_is_printed(capsys) -> None:
    log.warn("nobody listens")
    assert capsys.readouterr() == ("", "")


def test_json_tells_what_an_error_knows(capsys):
    from ferrule.diagnosis import diagnose
    from ferrule.errors.cargo import CompileError

    def fail() -> int:
        found = diagnose("error: linker `cc` not found")
        raise CompileError("cargo build", 101, found)

    assert run_reporting(fail, as_json=True) == 5
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "CompileError"
    assert error["diagnoses"][0]["id"] == "linker-not-found"
