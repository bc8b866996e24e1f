"""What a template says differently for each release of PyO3.

Read from PyO3's changelog and migration guide, and checked by building the
starters with the releases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release

if TYPE_CHECKING:
    from ferrule.python.releases import Version

__all__ = ["DEFAULT_REQUIREMENT", "python_versions", "release_values"]

DEFAULT_REQUIREMENT: Final = f"{NEWEST_RELEASE.major}.{NEWEST_RELEASE.minor}"
"""What Cargo.toml asks for when nobody chose a release of PyO3."""

_OLDEST_PYTHON: Final = 9
_NEWEST_PYTHON: Final = 14


def release_values(requirement: str) -> Mapping[str, str]:
    """Return the placeholders that depend on PyO3, such as `attach`.

    `requirement` is a version as in Cargo.toml (`0.22` or `0.22.6`). Raises
    `UnknownReleaseError` for anything else and for releases before 0.20.
    """
    release = Pyo3Release.parse(requirement)
    has_attach = release.at_least(26)
    arguments = "module: &Bound<'_, PyModule>"
    if not release.at_least(21):
        arguments = "_py: Python<'_>, module: &PyModule"
    pythons = python_versions(release)
    return {
        "attach": "attach" if has_attach else "with_gil",
        "initialize": "Python::initialize"
        if has_attach
        else "pyo3::prepare_freethreaded_python",
        "module_arguments": arguments,
        "from_code": "from_code_bound" if release.at_least(21) else "from_code",
        # Their macros write code that edition 2024 refuses.
        "edition": "2024" if has_attach else "2021",
        "resolver": "3" if has_attach else "2",
        "rust_version": "1.85" if has_attach else "1.74",
        "python_minimum": _text(pythons[0]),
        "python_newest": _text(pythons[-1]),
        "python_matrix": ", ".join(f'"{_text(version)}"' for version in pythons),
        "abi3_feature": f"abi3-py3{pythons[0][1]}",
        **_lint_values(release),
    }


def _lint_values(release: Pyo3Release) -> dict[str, str]:
    """Return tables that allow what today's rustc and clippy find in PyO3's macros."""
    allowed = {20: "rust.non_local_definitions", 22: "clippy.useless_conversion"}
    lint = allowed.get(release.minor) if release.major == 0 else None
    if lint is None:
        return {"lints": "", "workspace_lints": "", "lints_inherited": ""}
    tool, _, name = lint.partition(".")
    line = f'{name} = "allow" # is in the code of PyO3\'s macros\n'
    return {
        "lints": f"[lints.{tool}]\n{line}",
        "workspace_lints": f"[workspace.lints.{tool}]\n{line}",
        "lints_inherited": "[lints]\nworkspace = true\n",
    }


def python_versions(release: Pyo3Release) -> list[Version]:
    """Return the CPythons that a new project is tested with, oldest first."""
    lowest, highest = release.cpython_range
    first = max(lowest[1], _OLDEST_PYTHON)
    return [(3, minor) for minor in range(first, min(highest[1], _NEWEST_PYTHON) + 1)]


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
