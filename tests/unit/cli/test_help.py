"""Help and pages speak of the options that there are."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path

import pytest

from ferrule.cli import COMMANDS

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CALL = re.compile(r"(?<![\w-])ferrule ([a-z]+)((?: +[^\s`|&#;]+)*)")


def options_of(command: str) -> dict[str, set[str]]:
    """Return the options of a command, and of its actions by name."""
    parser = argparse.ArgumentParser()
    import_module(f"ferrule.cli.{command}").configure(parser)
    found: dict[str, set[str]] = {"": set()}
    for action in parser._actions:
        found[""].update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                found[name] = {*inner._option_string_actions}
    return found


OPTIONS = {command: options_of(command) for command in COMMANDS}


def unknown(text: str) -> list[str]:
    """Return the calls in a text with an option that the command does not have."""
    wrong = []
    for match in CALL.finditer(text):
        command, rest = match.groups()
        words = rest.split(" -- ")[0].split()
        if command not in OPTIONS:
            continue
        actions = OPTIONS[command]
        known = actions[""] | actions.get(words[0] if words else "", set())
        for word in words:
            found = re.match(r"--[a-z][a-z0-9-]*", word)
            if found and found[0] not in known:
                wrong.append(f"{match[0]}: {found[0]}")
    return wrong


def test_unknown_options_are_seen():
    assert unknown("`ferrule build --targt x`") != []
    assert unknown("ferrule target list --ready --jsn") != []
    assert unknown("ferrule run -- --port 1 and ferrule cache show --all") == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_with_options_that_there_are(command):
    module = import_module(f"ferrule.cli.{command}")
    parser = argparse.ArgumentParser(
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.configure(parser)
    text = parser.format_help()
    assert f"\n  ferrule {command}" in text
    assert unknown(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_options_that_there_are(page):
    assert unknown(page.read_text("utf-8")) == []
