"""Arguments for cargo as words, sorted into what ferrule has settings for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["CargoWords", "read_cargo_words"]

_SWITCHES = ("locked", "frozen", "offline", "no-default-features", "all-features")
_LISTS = {"--config": "config", "-Z": "unstable-flags"}
_VALUES = {
    "--jobs": "jobs",
    "-j": "jobs",
    "--target": "target",
    "--target-dir": "target-dir",
}
_OF_FERRULE = ("-q", "--quiet", "-v", "-vv", "--verbose", "--lib", "--crate-type")
"""What ferrule says itself, or what changes the output only."""


@dataclass
class CargoWords:
    """What a list of cargo arguments says."""

    features: list[str] = field(default_factory=list)
    profile: str | None = None
    switches: set[str] = field(default_factory=set)
    """Keys such as `locked`."""
    values: dict[str, object] = field(default_factory=dict)
    """Values of `jobs`, `target` and `target-dir`."""
    lists: dict[str, list[str]] = field(default_factory=dict)
    """Values of `config` and `unstable-flags`."""
    others: list[str] = field(default_factory=list)
    """Words that cargo itself shall see."""
    ignored: list[str] = field(default_factory=list)


def read_cargo_words(words: Sequence[str]) -> CargoWords:
    """Sort arguments of `cargo rustc` into settings.

    >>> read_cargo_words(["--profile", "lto", "--features=a b", "--locked"]).profile
    'lto'
    """
    found = CargoWords()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        if word[:2] in ("-Z", "-F", "-j") and len(word) > 2:
            flag, value = word[:2], word[2:].lstrip("=")
        elif _needs_value(flag) and not equals:
            value = rest.pop(0) if rest else ""
        _sort(flag, value, word, found)
    return found


def _needs_value(flag: str) -> bool:
    return flag in (
        *("--features", "-F", "--profile", "--crate-type"),
        *_LISTS,
        *_VALUES,
    )


def _sort(flag: str, value: str, word: str, found: CargoWords) -> None:
    if flag in ("--features", "-F"):
        found.features += value.replace(",", " ").split()
    elif flag == "--profile":
        found.profile = value
    elif flag in ("--release", "-r"):
        found.profile = "release"
    elif flag[2:] in _SWITCHES and flag.startswith("--"):
        found.switches.add(flag[2:])
    elif flag in _VALUES:
        key = _VALUES[flag]
        is_number = key == "jobs" and value.isdecimal()
        found.values[key] = int(value) if is_number else value
    elif flag in _LISTS:
        found.lists.setdefault(_LISTS[flag], []).append(value)
    elif flag in _OF_FERRULE:
        if flag == "--crate-type" and value != "cdylib":
            found.ignored.append(f"{flag} {value}")
    else:
        found.others.append(word)
