"""Workflows that ferrule writes or recommends: YAML whose lines can run."""

from __future__ import annotations

import argparse
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from ferrule.cli import COMMANDS
from ferrule.starters.kinds import KINDS, find_kind
from ferrule.starters.names import choose_names
from ferrule.starters.rendering import Starter, render_starter
from ferrule.toml import parse_toml

REPOSITORY = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KNOWN_EXTRAS = parse_toml((REPOSITORY / "pyproject.toml").read_text("utf-8"))[
    "project"
]["optional-dependencies"].keys()
EXTRAS = re.compile(r"ferrule\[([\w,]+)\]")


def find_documented():
    for path in sorted((REPOSITORY / "docs").glob("*.md")):
        for number, text in enumerate(BLOCK.findall(path.read_text("utf-8")), 1):
            if re.search(r"^jobs:", text, re.MULTILINE):
                yield pytest.param(text, id=f"{path.name}-{number}")


def run_lines(text):
    """Return the commands of a workflow's steps, without expressions in them."""
    lines = []
    for job in yaml.safe_load(text)["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            lines += step.get("run", "").splitlines()
    return [re.sub(r"\$\{\{.*?\}\}", "x", line) for line in lines]


def check_line(line):
    words = shlex.split(line)
    if words[:1] != ["ferrule"]:
        return
    assert words[1] in COMMANDS, line
    module = import_module(f"ferrule.cli.{words[1]}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.configure(parser)
    own = words[2 : words.index("--")] if "--" in words else words[2:]
    _, unknown = parser.parse_known_args(own)
    assert not unknown, line


def check_workflow(text):
    document = yaml.safe_load(text)
    # YAML 1.1 reads the key `on` as true.
    assert document["name"]
    assert document[True]
    lines = run_lines(text)
    assert any(line.startswith("ferrule ") for line in lines)
    for line in lines:
        check_line(line)
        for extras in EXTRAS.findall(line):
            assert set(extras.split(",")) <= KNOWN_EXTRAS


@pytest.mark.parametrize("kind", KINDS)
def test_the_workflows_of_starters_can_run(kind):
    names = choose_names("word-tools")
    files = render_starter(Starter(find_kind(kind), names, "0.30"))
    workflows = [path for path in files if path.endswith((".yml", ".yaml"))]
    assert workflows
    for path in workflows:
        check_workflow(files[path])


@pytest.mark.parametrize("text", list(find_documented()))
def test_documented_workflows_can_run(text):
    check_workflow(text)


def test_the_page_about_publishing_has_a_workflow_with_trusted_publishing():
    text = (REPOSITORY / "docs" / "publish.md").read_text("utf-8")
    [workflow] = BLOCK.findall(text)
    job = yaml.safe_load(workflow)["jobs"]["publish"]
    assert job["permissions"] == {"id-token": "write"}
    assert job["steps"][-1] == {"run": "ferrule publish"}


@pytest.mark.parametrize(
    "line",
    [
        "ferrule bild",
        "ferrule build --no-such-flag",
        "ferrule publish --attestations maybe",
    ],
)
def test_a_line_that_cannot_run_is_noticed(line):
    with pytest.raises((AssertionError, argparse.ArgumentError)):
        check_line(line)
