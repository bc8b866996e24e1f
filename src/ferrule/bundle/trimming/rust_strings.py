"""What Rust sources say about Python: names of modules, and code.

Read are the literals of a source, not its syntax: `import("x")`, code in
strings and in files that are included, and any other text that is the name of a
module. Comments do not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

__all__ = ["RustMention", "read_folder", "read_rust"]

Kind = Literal["import", "text", "code", "unknown"]

_SKIPPED: Final = frozenset({"target", "tests", "benches", "examples", ".git"})
_NAME: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_WINDOW: Final = 200
"""How many characters before a literal decide what it is."""


@dataclass(frozen=True)
class RustMention:
    """One thing that a source says."""

    kind: Kind
    """`import`: the name of a module that is imported; `text`: perhaps one;
    `code`: Python; `unknown`: a call whose text is not in the source."""
    text: str
    line: int


def read_folder(folder: Path) -> Iterator[tuple[str, RustMention]]:
    """Yield what the sources of a crate say, with their paths below its folder.

    Tests, benches and examples are other programs. Files that cannot be read say
    nothing.
    """
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(
            item
            for item in folders
            if item not in _SKIPPED and not Path(above, item, "Cargo.toml").is_file()
        )
        for name in sorted(names):
            if not name.endswith(".rs") or name == "build.rs":
                continue
            path = Path(above, name)
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            below = path.relative_to(folder).as_posix()
            for item in read_rust(text, path, folder):
                yield below, item


def read_rust(text: str, path: Path, folder: Path) -> Iterator[RustMention]:
    """Yield what one source says; `folder` is that of its Cargo.toml."""
    tokens, calls, plain = _patterns()
    bare: list[str] = []
    end = 0
    for token in tokens.finditer(text):
        bare.append(text[end : token.start()])
        end = token.end()
        literal = _literal(token)
        if literal is None:
            bare.append("\n" * token[0].count("\n"))
            continue
        line = text.count("\n", 0, token.start()) + 1
        before = "".join(bare)[-_WINDOW:] if len(bare) < 8 else "".join(bare[-8:])
        bare.append('""' + "\n" * token[0].count("\n"))
        yield from _judge(literal, before, line, path, folder)
    bare.append(text[end:])
    code = "".join(bare)
    for found in calls.finditer(code):
        line = code.count("\n", 0, found.start()) + 1
        yield RustMention("unknown", found[1], line)
    if "python!" in code:
        for found in plain.finditer(code):
            line = code.count("\n", 0, found.start()) + 1
            yield RustMention("code", found[0].strip(), line)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    tokens = re.compile(
        r'//[^\n]*|/\*.*?\*/|(?:br|cr|r)(?P<hash>#*)"(?P<raw>.*?)"(?P=hash)'
        r'|[bc]?"(?P<text>(?:\\.|[^"\\])*)"|\'(?:\\.[^\']*|[^\'\\])\'',
        re.DOTALL,
    )
    # Literals are "" here, and `intern!`, `c_str!` and the like stand before them.
    calls = re.compile(
        r"(?<![\w:])(?:\w+\.|PyModule::)(import|import_bound|run|run_bound|eval|"
        r"eval_bound|from_code|from_code_bound)\(\s*(?:py\s*,\s*)?"
        r'(?!\s*(?:&?\w*(?:::\w+)*!\s*\([^")]*)?"|&?\*?c"|\)|move\b|\|)'
        r"(?!\s*(?:&?\w*(?:::\w+)*!\s*\(\s*)?[A-Z_]+\b)"
        r"(?=[a-z_&*(])(?!py\s*[,)])"
    )
    plain = re.compile(
        rf"^\s*(?:from\s+{_NAME}\s+)?import\s+{_NAME}[\w., ]*$", re.MULTILINE
    )
    return tokens, calls, plain


def _literal(token: re.Match[str]) -> str | None:
    """Return the value of a string; None for comments and characters."""
    if token["raw"] is not None:
        return token["raw"]
    if token["text"] is None:
        return None
    text = re.sub(r"\\\r?\n\s*", "", token["text"])
    simple = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
    return re.sub(r"\\(.)", lambda found: simple.get(found[1], found[1]), text)


def _judge(
    literal: str, before: str, line: int, path: Path, folder: Path
) -> Iterator[RustMention]:
    if re.search(r"\binclude_(?:str|bytes)!\s*\([^;]*$", before):
        for place in (path.parent / literal, folder / literal.lstrip("/")):
            if place.suffix != ".rs" and place.is_file():
                try:
                    text = place.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                yield RustMention("code", text, line)
                return
    if re.fullmatch(_NAME, literal):
        # import("x"), import(py, "x"), import(py, intern!(py, "x")), c_str!("x")
        call = (
            r"\b(?:import|import_bound)\s*\(\s*(?:[^()\";]*,\s*)?"
            r"(?:&?[\w:]+!\s*\(\s*(?:[^()\";]*,\s*)?)?$"
        )
        kind: Kind = "import" if re.search(call, before) else "text"
        yield RustMention(kind, literal, line)
    elif "import" in literal:
        yield RustMention("code", literal, line)
