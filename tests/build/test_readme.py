"""The console commands of README and manual do what the text says: they run.

Every block that starts with ```` ```console ```` is a script: its lines with `$ `
run one after the other in a copy of the repository. A comment on the line before
changes that: `<!-- not run: reason -->` leaves the block out, and
`<!-- run in: folder -->` starts it in another folder.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

REPOSITORY = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"(?:^<!-- (?P<key>not run|run in): (?P<value>[^>]+) -->\n)?"
    r"^```console\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COPIED = ("benchmarks", "docs", "examples", "src", "tests", "tools")


@dataclass(frozen=True)
class Block:
    """One runnable block of a document."""

    document: str
    line: int
    folder: str
    commands: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def find_blocks(path: Path) -> list[Block]:
    """Return the runnable blocks of a document in their order."""
    text = path.read_text(encoding="utf-8")
    document = path.relative_to(REPOSITORY).as_posix()
    blocks = []
    for match in BLOCK.finditer(text):
        if match["key"] == "not run":
            continue
        line = text.count("\n", 0, match.start()) + 1
        folder = match["value"] if match["key"] else "."
        joined = match["text"].replace("\\\n", " ")
        commands = [item[2:] for item in joined.splitlines() if item.startswith("$ ")]
        blocks.append(Block(document, line, folder, tuple(commands)))
    return blocks


def find_documents() -> list[Path]:
    return [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


BLOCKS = [block for path in find_documents() for block in find_blocks(path)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """Copy the repository, without what building leaves behind."""
    folder = tmp_path_factory.mktemp("checkout") / "ferrule"
    folder.mkdir()
    leftovers = {"examples": ("target", "dist", "wheels", "*.so")}
    for name in COPIED:
        ignore = shutil.ignore_patterns("__pycache__", *leftovers.get(name, ()))
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    for path in REPOSITORY.iterdir():
        if path.is_file():
            shutil.copy2(path, folder)
    return folder


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_commands_run(block, checkout, user_env, run_command):
    assert block.commands, "a console block without a `$ ` line"
    path = os.pathsep.join([str(Path(sys.executable).parent), user_env["PATH"]])
    script = "\n".join(["set -euo pipefail", *block.commands])

    run_command(
        *("bash", "-c", script),
        cwd=checkout / block.folder,
        env={**user_env, "PATH": path},
    )


def test_readme_has_a_first_screen():
    first, second, *_ = find_blocks(REPOSITORY / "README.md")
    assert len(first.commands) == 1
    assert "pip install" in first.commands[0]
    assert "ferrule build" in first.commands[0]
    assert len(second.commands) == 1
    assert "pytest" in second.commands[0]
