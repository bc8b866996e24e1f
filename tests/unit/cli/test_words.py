from __future__ import annotations

import argparse
import importlib
import random

import pytest

from ferrule.cli import COMMANDS
from ferrule.cli.words import Declaration, NotPlainError, Options, read_words

WORDS = ["x", "3.9", "a=b", "", "7", "both", "-1", "-", "--", "gnu", "auto", "."]
KNOWN = {"trailing": [], "words": ["build"]}


def declared_by(configure) -> Declaration:
    declared = Declaration()
    configure(declared)
    return declared


def read(configure, words) -> dict[str, object] | None:
    """Return what is read without argparse; None where it is asked."""
    options = Options(**KNOWN)
    try:
        read_words(declared_by(configure), words, options)
    except NotPlainError:
        return None
    return vars(options)


def parse(configure, words) -> dict[str, object] | None:
    """Return what argparse reads; None where it refuses."""
    parser = argparse.ArgumentParser()
    configure(parser)
    try:
        return vars(parser.parse_args(words, argparse.Namespace(**KNOWN)))
    except SystemExit:
        return None


def command_lines(declared: Declaration, seed: str) -> list[list[str]]:
    """Return command lines, right and wrong ones, of a command."""
    some = random.Random(seed)
    lines = []
    for _ in range(150):
        words: list[str] = []
        for _ in range(some.randint(0, 4)):
            kind = some.random()
            if kind < 0.4 or not declared.options:
                words.append(some.choice(WORDS))
                continue
            name = some.choice(list(declared.options))
            choices = declared.options[name].choices
            value = some.choice([*(choices or WORDS), some.choice(WORDS)])
            if kind < 0.5:
                words.append(f"{name}={value}")
            else:
                words += [name, str(value)] if kind < 0.8 else [name]
        lines.append(words)
    return lines


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_read_is_what_argparse_reads(command, capsys):
    module = importlib.import_module(f"ferrule.cli.{command}")
    try:
        declared = declared_by(module.configure)
    except NotPlainError:
        pytest.skip("argparse reads all command lines of this command")
    plain = 0
    for words in command_lines(declared, command):
        found = read(module.configure, words)
        plain += found is not None
        assert found is None or found == parse(module.configure, words), words
    assert plain
    capsys.readouterr()


def declare(parser):
    parser.add_argument("path", nargs="?", default="7", type=int)
    parser.add_argument("--word", "-w", default="4", type=int)
    parser.add_argument("--list", "-l", action="append", nargs="+", default=[["d"]])
    parser.add_argument("--maybe", nargs="?", const="c", default="d")
    group = parser.add_argument_group("group")
    only = group.add_mutually_exclusive_group()
    only.add_argument("--yes", action="store_true")
    only.add_argument("--no", action="store_false", dest="yes")
    parser.add_argument("-v", "--verbose", action="count", default=0)


@pytest.mark.parametrize(
    "words",
    [
        *([], ["3"], ["-w", "3"], ["--word=3", "8"], ["8", "--word", "3"]),
        *(["--list", "a", "b", "-l", "c"], ["--maybe"], ["--maybe", "x"]),
        *(["--maybe=", "--yes"], ["--no"], ["-v", "-v", "--verbose"]),
    ],
)
def test_whole_options_are_read(words):
    found = read(declare, words)
    assert found is not None
    assert found == parse(declare, words)


@pytest.mark.parametrize(
    "words",
    [
        *(["--help"], ["-h"], ["--verb"], ["-vv"], ["-w3"], ["--", "3"], ["-"]),
        *(["--word"], ["--word", "--yes"], ["--word", "x"], ["1", "2"]),
        *(["--yes", "--no"], ["--yes=1"], ["--unknown"], ["-w=3"]),
    ],
)
def test_others_are_left_to_argparse(words):
    assert read(declare, words) is None


@pytest.mark.parametrize(
    "details",
    [{"action": "version"}, {"action": argparse.Action}, {"nargs": 2}, {"new": 1}],
)
def test_what_argparse_alone_can_do_is_left_to_it(details):
    with pytest.raises(NotPlainError):
        Declaration().add_argument("--x", **details)
    with pytest.raises(NotPlainError):
        Declaration().add_subparsers()


def test_one_of_a_required_group_must_be_there():
    def declare_group(parser):
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--a", action="store_true")
        group.add_argument("--b", choices=["1"])

    assert read(declare_group, []) is None
    assert read(declare_group, ["--b", "2"]) is None
    assert read(declare_group, ["--b", "1"]) == {**KNOWN, "a": False, "b": "1"}
