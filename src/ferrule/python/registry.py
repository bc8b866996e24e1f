"""Pythons of other machines that the user has registered: `ferrule python add-target`.

They are kept in one private file of the user's configuration folder. It holds where
they lie and what they are, so that a build reads it only when it needs one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.python import RegistryError, UnregisteredPythonError

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = [
    "RegisteredPython",
    "add_registered",
    "find_registered",
    "read_registered",
    "registry_path",
    "remove_registered",
]


@dataclass(frozen=True)
class RegisteredPython:
    """One registered Python."""

    name: str
    """The word that the user calls it by."""
    target: str
    """Its Rust target."""
    python: str
    """What `--interpreter` selects it: `3.11`, `3.14t`, `pypy3.11`."""
    path: str
    """The folder that was registered."""


def registry_path(env: Mapping[str, str]) -> Path:
    """Return the file of registered Pythons, which need not exist.

    `FERRULE_CONFIG_DIR` wins; otherwise the rule is the platform's: the XDG base
    directory specification, `~/Library/Application Support`, or `%APPDATA%`.
    """
    chosen = env.get("FERRULE_CONFIG_DIR")
    home = env.get("HOME") or os.path.expanduser("~")
    xdg = env.get("XDG_CONFIG_HOME", "")
    if chosen:
        folder = Path(os.path.abspath(chosen))
    elif os.name == "nt":
        base = env.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
        folder = Path(base, "ferrule")
    elif sys.platform == "darwin":
        folder = Path(home, "Library", "Application Support", "ferrule")
    else:
        base = xdg if os.path.isabs(xdg) else os.path.join(home, ".config")
        folder = Path(base, "ferrule")
    return folder / "pythons.json"


def read_registered(env: Mapping[str, str]) -> tuple[RegisteredPython, ...]:
    """Return the registered Pythons, sorted by name.

    Raises `RegistryError` for a file that ferrule did not write.
    """
    import json

    path = registry_path(env)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        reason = error.strerror or str(error)
        raise RegistryError(path, reason, is_refused=True) from error
    try:
        rows = [RegisteredPython(**row) for row in json.loads(text)["pythons"]]
        for row in rows:
            _check(row)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RegistryError(path, f"{type(error).__name__}: {error}") from error
    return tuple(sorted(rows, key=lambda row: row.name))


def _check(row: RegisteredPython) -> None:
    """Raise `ValueError` for what ferrule did not write."""
    from ferrule.errors.configuration import UnknownTripleError
    from ferrule.target.triple import parse_triple

    for name, value in asdict(row).items():
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name} is {value!r}, and not text")
    try:
        parse_triple(row.target)
    except UnknownTripleError as error:
        raise ValueError(error.what) from error


def find_registered(
    env: Mapping[str, str], target: Triple, python: str
) -> RegisteredPython | None:
    """Return the registered Python of a target and a name such as `3.14t`.

    For Windows it serves every toolchain of its processor. Raises `RegistryError`.
    """
    for row in read_registered(env):
        if row.python == python and _serves(row.target, target):
            return row
    return None


def _serves(given: str, target: Triple) -> bool:
    from ferrule.target.triple import parse_triple

    other = parse_triple(given)
    if target.is_windows and other.is_windows:
        return target.architecture == other.architecture or (
            target.is_x86_32 and other.is_x86_32
        )
    return given == target.text


def add_registered(env: Mapping[str, str], row: RegisteredPython) -> Path:
    """Register a Python in the place of one with the same name; return the file.

    Raises `RegistryError`.
    """
    rows = [item for item in read_registered(env) if item.name != row.name]
    return _write(env, [*rows, row])


def remove_registered(env: Mapping[str, str], word: str) -> list[RegisteredPython]:
    """Forget the Pythons with a name, a target or a folder; return them.

    Raises `UnregisteredPythonError` where there are none, and `RegistryError`.
    """
    rows = read_registered(env)
    folder = os.path.abspath(word)
    gone = [row for row in rows if word in (row.name, row.target) or folder == row.path]
    if not gone:
        raise UnregisteredPythonError(word, [row.name for row in rows])
    _write(env, [row for row in rows if row not in gone])
    return gone


def _write(env: Mapping[str, str], rows: list[RegisteredPython]) -> Path:
    import json

    from ferrule import atomic

    path = registry_path(env)
    rows = sorted(rows, key=lambda row: row.name)
    text = json.dumps({"pythons": [asdict(row) for row in rows]}, indent=1)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.write_text(path, text + "\n", mode=0o600)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RegistryError(path, reason, is_refused=True) from error
    return path
