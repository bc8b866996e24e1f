"""What an override's `if` can ask, and the facts that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal, Union

from ferrule.records import dataclass
from ferrule.settings.model import Implementation  # noqa: TC001  # shapes reads it
from ferrule.settings.python_condition import matches_python, python_name

__all__ = ["PLATFORMS", "Condition", "Conditions", "find_match"]

State = Literal["sdist", "wheel", "editable"]
EnvTest = Union[bool, str]

PLATFORMS = (
    "aix",
    "android",
    "cygwin",
    "darwin",
    "emscripten",
    "freebsd",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "sunos",
    "wasi",
    "win32",
)
"""Values of `sys.platform`, without the version that some systems append."""

_MACHINES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Conditions:
    """The facts of one build that overrides may depend on."""

    state: State
    """What is being made."""
    from_sdist: bool
    """Whether the project root holds PKG-INFO: it is an unpacked sdist."""
    platform: str
    """The target's `sys.platform`: `linux`, `darwin`, `win32`, ..."""
    machine: str
    """The target's `platform.machine()`, in any usual spelling."""
    python_version: str | None
    """Full version of the Python to build for; None where there is none."""
    implementation: str | None
    """Implementation of that Python, in any usual spelling."""
    env: Mapping[str, str]


@dataclass(frozen=True)
class Condition:
    """When an override counts: every key that is given must hold."""

    platform: tuple[str, ...] = field(default=(), metadata={"single": True})
    """`linux`, `darwin`, `win32`, ... (Python's `sys.platform`), or a list of them."""
    machine: tuple[str, ...] = field(default=(), metadata={"single": True})
    """`x86_64`, `aarch64`, ..., or a list; `AMD64` and `arm64` mean the same."""
    python_version: str | None = None
    """Version specifier (PEP 440) for the Python to build for, such as `>=3.11`."""
    implementation: tuple[Implementation, ...] = field(
        default=(), metadata={"single": True}
    )
    """`cpython`, `pypy` or `graalpy`, or a list."""
    state: tuple[State, ...] = field(default=(), metadata={"single": True})
    """What is being made: `sdist`, `wheel` or `editable`, or a list."""
    from_sdist: bool | None = None
    """Whether the project is an unpacked sdist, that is, whether a user compiles
    a release from source."""
    env: dict[str, EnvTest] = field(default_factory=dict)
    """Environment variables: `true` wants the variable set to anything but
    nothing, `0`, `false`, `no` or `off`; `false` the opposite; a string is a
    regular expression for the whole value."""


def find_match(condition: Condition, facts: Conditions) -> tuple[str, ...] | None:
    """Return why a condition holds, one text per key, or None if it does not."""
    reasons = []
    for text, holds in _tests(condition, facts):
        if not holds:
            return None
        reasons.append(text)
    return tuple(reasons)


def _tests(condition: Condition, facts: Conditions) -> Iterator[tuple[str, bool]]:
    if condition.state:
        yield f"state = {facts.state}", facts.state in condition.state
    if condition.from_sdist is not None:
        text = "true" if condition.from_sdist else "false"
        yield f"from-sdist = {text}", condition.from_sdist is facts.from_sdist
    if condition.platform:
        holds = any(map(facts.platform.startswith, condition.platform))
        yield f"platform = {facts.platform}", holds
    if condition.machine:
        wanted = {_machine(name) for name in condition.machine}
        yield f"machine = {facts.machine}", _machine(facts.machine) in wanted
    if condition.implementation:
        name = python_name(facts.implementation or "")
        yield f"implementation = {name}", name in condition.implementation
    for variable, test in condition.env.items():
        yield _environment_test(variable, test, facts.env)
    # Last, because only this one imports packaging.
    if condition.python_version is not None:
        specifier = condition.python_version
        text = f"python-version {specifier} ({facts.python_version})"
        yield text, matches_python(specifier, facts.python_version)


def _environment_test(
    variable: str, test: EnvTest, env: Mapping[str, str]
) -> tuple[str, bool]:
    value = env.get(variable)
    if isinstance(test, bool):
        off = ("", "0", "false", "no", "off")
        is_on = value is not None and value.strip().lower() not in off
        state = "set" if test else "not set"
        return f"env.{variable} is {state}", is_on is test
    import re

    holds = value is not None and re.fullmatch(test, value) is not None
    return f"env.{variable} = {value}", holds


def _machine(name: str) -> str:
    return _MACHINES.get(name.lower(), name.lower())
