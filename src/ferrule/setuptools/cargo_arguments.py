"""The `args` of an extension: words for `cargo rustc`, sorted by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ferrule.errors.setuptools import CargoArgumentError

__all__ = ["CargoArguments", "read_arguments"]

_WITH_VALUE = {
    "--bin": "",
    "--color": "",
    "--config": "config",
    "--crate-type": "",
    "--features": "features",
    "--jobs": "jobs",
    "--manifest-path": "",
    "--message-format": "",
    "--package": "package",
    "--profile": "profile",
    "--target": "target",
    "--target-dir": "target_dir",
    "-F": "features",
    "-Z": "unstable_flags",
    "-j": "jobs",
    "-p": "package",
}
"""Options with a value, and where it goes; ferrule itself says what "" does."""
_SWITCHES = {
    "--all-features": "all_features",
    "--frozen": "frozen",
    "--locked": "locked",
    "--no-default-features": "no_default_features",
    "--offline": "offline",
}
_IGNORED = frozenset(
    ("--bins", "--lib", "--quiet", "--verbose", "-q", "-v", "-vv", "--")
)


@dataclass
class CargoArguments:
    """What some words for cargo ask for."""

    profile: str | None = None
    features: list[str] = field(default_factory=list)
    switches: set[str] = field(default_factory=set)
    """Names of boolean settings, for example `locked`."""
    config: list[str] = field(default_factory=list)
    unstable_flags: list[str] = field(default_factory=list)
    jobs: str | None = None
    package: str | None = None
    target: str | None = None
    target_dir: str | None = None
    rest: list[str] = field(default_factory=list)
    """Words that only cargo itself understands."""

    def _take(self, name: str, value: str) -> None:
        if name == "features":
            self.features += value.replace(",", " ").split()
        elif name in ("config", "unstable_flags"):
            getattr(self, name).append(value)
        elif name:
            setattr(self, name, value)


def read_arguments(words: Sequence[str]) -> CargoArguments:
    """Return what the words mean. Raises `CargoArgumentError`."""
    found = CargoArguments()
    waiting = iter(words)
    for word in waiting:
        option, value = _split(word)
        if option in _WITH_VALUE:
            given = value if value is not None else _next(waiting, option, words)
            if not given:
                raise CargoArgumentError(option, words)
            found._take(_WITH_VALUE[option], given)  # noqa: SLF001
        elif word in _SWITCHES:
            found.switches.add(_SWITCHES[word])
        elif word in ("--release", "-r"):
            found.profile = "release"
        elif word not in _IGNORED:
            found.rest.append(word)
    return found


def _split(word: str) -> tuple[str, str | None]:
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return option, value if equals else None
    if word[:2] in _WITH_VALUE and len(word) > 2:
        return word[:2], word[2:].lstrip("=")
    return word, None


def _next(waiting: Iterator[str], option: str, words: Sequence[str]) -> str:
    for word in waiting:
        return word
    raise CargoArgumentError(option, words)
