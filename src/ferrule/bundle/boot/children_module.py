"""Runs what `multiprocessing` starts this program for, instead of its `main`.

`multiprocessing` starts `sys.executable` with the arguments of a Python: for a
process of `spawn`, for the server of `forkserver`, and for the tracker of shared
resources. Exactly these calls are recognised, and their arguments are read as
literals; everything else belongs to the program.

Written for Python 3.9 and later.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["find_call", "run"]

MARK = "--multiprocessing-fork"
FORM = (
    r"(?:import sys; )?from multiprocessing\.(spawn|resource_tracker|forkserver) "
    r"import (main|spawn_main); ?\2\((.*)\)"
)
OTHER_WORDS = "sys.argv[1:]"
"""What newer servers of `forkserver` call the words behind their code."""


def run(words: "list[str]") -> None:
    """Do what the arguments ask for and end the process; else do nothing."""
    call = find_call(words)
    if call is None:
        return
    module, name, positional, named = call
    # As Python itself sets it for `-c`; `multiprocessing` looks at it.
    mark = [MARK] if MARK in words else []
    sys.argv = ["-c", *named.get("sys_argv", mark)]
    function = getattr(
        __import__("multiprocessing." + module, None, None, [name]), name
    )
    try:
        status = function(*positional, **named)
    except Exception:  # noqa: BLE001 - the program is not damaged, as if boot failed
        sys.excepthook(*sys.exc_info())
        status = 1
    raise SystemExit(status)


def find_call(
    words: "list[str]",
) -> "tuple[str, str, list[Any], dict[str, Any]] | None":
    """Return module, function and arguments of a call; None if it is none."""
    if len(words) > 1 and words[1] == MARK:
        return _frozen_call(words[2:])
    place = _place_of_code(words)
    if place is None:
        return None
    import re

    code, rest = words[place], words[place + 1 :]
    found = re.fullmatch(FORM, code, re.DOTALL)
    if found is None or (found[1] == "spawn") != (found[2] == "spawn_main"):
        return None
    arguments = _literals(found[3], rest)
    if arguments is None or (
        "sys_argv" not in arguments[1] and rest not in ([], [MARK])
    ):
        return None
    return (found[1], found[2], *arguments)


def _frozen_call(
    words: "list[str]",
) -> "tuple[str, str, list[Any], dict[str, Any]] | None":
    """Return the call of a program that calls itself frozen (`freeze_support`)."""
    named: dict[str, Any] = {}
    for word in words:
        name, _, value = word.partition("=")
        if value != "None" and not value.isdigit():
            return None
        named[name] = None if value == "None" else int(value)
    if not set(named) <= {"tracker_fd", "pipe_handle", "parent_pid"}:
        return None
    return "spawn", "spawn_main", [], named


def _place_of_code(words: "list[str]") -> "int | None":
    """Return the place of what follows `-c` behind nothing but options of Python."""
    place = 1
    while place < len(words) and words[place] != "-c":
        if words[place] in ("-X", "-W"):
            place += 1
        elif not words[place].startswith("-") or words[place].startswith("--"):
            return None
        place += 1
    return place + 1 if place + 1 < len(words) else None


def _literals(
    text: str, other_words: "list[str]"
) -> "tuple[list[Any], dict[str, Any]] | None":
    """Return the arguments of a call; None if they are more than literals."""
    import ast

    try:
        call = ast.parse("call(" + text + ")", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        positional = [ast.literal_eval(item) for item in call.args]
        named: dict[str, Any] = {}
        for item in call.keywords:
            if item.arg == "sys_argv" and ast.unparse(item.value) == OTHER_WORDS:
                named["sys_argv"] = other_words
                continue
            value = ast.literal_eval(item.value)
            named.update(value if item.arg is None else {item.arg: value})
    except (SyntaxError, TypeError, ValueError):
        return None
    return positional, named
