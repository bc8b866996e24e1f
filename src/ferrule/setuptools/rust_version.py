"""Rust compilers: their versions, and ranges such as `>=1.70` and `^1.65`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.toolchain import identify_toolchain
from ferrule.errors.cargo import (
    CargoNotFoundError,
    RustcError,
    ToolchainMissingError,
)
from ferrule.errors.setuptools import RustVersionError
from ferrule.settings.rust_version import matches_rust, rust_version_problem

if TYPE_CHECKING:
    from ferrule.setuptools.extension import Env

__all__ = [
    "RustVersion",
    "VersionRange",
    "check_rust_version",
    "get_rust_host",
    "get_rust_version",
    "parse_version",
]


@dataclass(frozen=True, order=True)
class RustVersion:
    """The release of a compiler, with the attributes of a semantic version."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    """For example `("nightly",)` or `("beta", "3")`."""

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{'.'.join(self.prerelease)}" if self.prerelease else core

    @property
    def core(self) -> tuple[int, int, int]:
        """Return the three numbers."""
        return self.major, self.minor, self.patch


def parse_version(text: str) -> RustVersion:
    """Return the version in a text such as `1.80.0-nightly`."""
    core, _, prerelease = text.partition("-")
    numbers = [int(part) for part in core.split(".")]
    major, minor, patch = (*numbers, 0, 0)[:3]
    return RustVersion(major, minor, patch, tuple(filter(None, prerelease.split("."))))


class VersionRange:
    """Versions that satisfy a requirement such as `>=1.70,<2`.

    A prerelease counts like its release, so that a nightly compiler is new
    enough. Raises ValueError for a text that is no requirement.
    """

    def __init__(self, text: str) -> None:
        if rust_version_problem(text):
            message = f"cannot parse the Rust version {text!r}"
            raise ValueError(message)
        self.text = text

    def __contains__(self, version: RustVersion) -> bool:
        return matches_rust(self.text, version.core)

    def match(self, version: RustVersion) -> bool:
        """Return whether a version is in the range."""
        return version in self

    def __str__(self) -> str:
        return self.text


def get_rust_version(
    env: Mapping[str, str] | Env | None = None,
) -> RustVersion | None:
    """Return the version of the compiler, or None where there is none."""
    release = _compiler_facts(env).get("release")
    return parse_version(release) if release else None


def get_rust_host(env: Mapping[str, str] | Env | None = None) -> str:
    """Return the host triple of the compiler; empty where there is none."""
    return _compiler_facts(env).get("host", "")


def _compiler_facts(env: Mapping[str, str] | Env | None) -> dict[str, str]:
    variables: Mapping[str, str] = (
        env if isinstance(env, Mapping) else (env.env if env else None)
    ) or {}
    try:
        text = identify_toolchain(
            {**os.environ, **variables}, Path.cwd()
        ).verbose_version
    except (CargoNotFoundError, ToolchainMissingError, RustcError):
        return {}
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def check_rust_version(extension: str, wanted: VersionRange | None, text: str) -> None:
    """Raise `RustVersionError` unless the compiler of `rustc -vV` fits."""
    if wanted is None:
        return
    facts = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    if parse_version(facts["release"]) not in wanted:
        raise RustVersionError(extension, facts["release"], str(wanted))
