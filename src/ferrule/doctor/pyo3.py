"""Findings about the release of PyO3 and its features."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final

from ferrule.doctor.finding import Finding
from ferrule.errors import FerruleError
from ferrule.python.releases import NEWEST_RELEASE, OLDEST_MINOR, Pyo3Release

if TYPE_CHECKING:
    from ferrule.cargo.survey import Survey
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "check_abi3",
    "check_features",
    "check_interpreter",
    "check_release",
    "report_several",
]

_VARIABLE_SINCE: Final = 26
"""From 0.26 on a variable does what the feature `extension-module` does."""


def report_several(text: str) -> Finding:
    """Return the finding for cargo's refusal of two releases of PyO3."""
    return Finding(
        "pyo3-several",
        "error",
        "the dependency graph holds two releases of PyO3",
        tuple(line.strip() for line in text.splitlines()[:6] if line.strip()),
        "one program can link one libpython only, so cargo refuses",
        ("cargo tree -i pyo3-ffi   # who wants which release",),
    )


def check_release(survey: Survey) -> tuple[Pyo3Release | None, list[Finding]]:
    """Return the release of PyO3, and what to say about it."""
    if survey.pyo3_version is None:
        return None, []
    try:
        release = Pyo3Release.parse(survey.pyo3_version)
    except FerruleError as error:
        remedy = ("# Cargo.toml", f'pyo3 = "0.{NEWEST_RELEASE.minor}"')
        why = f"the oldest release that ferrule builds is 0.{OLDEST_MINOR}"
        finding = Finding(
            "pyo3-release", "error", error.what, tuple(error.why), why, remedy
        )
        return None, [finding]
    features = ", ".join(sorted(survey.pyo3_features - {"default"})) or "none"
    findings = [
        Finding("pyo3-release", "ok", f"PyO3 {release}", (f"features: {features}",))
    ]
    if release.broken_config_file:
        findings.append(
            Finding(
                "pyo3-release",
                "warning",
                f"PyO3 {release} does not notice a changed configuration file",
                why="a module for one Python may be packed for another one (PyO3 "
                "issue 4757)",
                remedy=("cargo update -p pyo3 --precise 0.23.5",),
            )
        )
    return release, findings


# --- the interpreter --------------------------------------------------------------


def check_interpreter(
    release: Pyo3Release,
    features: AbstractSet[str],
    chosen: Interpreter,
    env: Mapping[str, str],
) -> list[Finding]:
    """Return what PyO3 would say about the interpreter of a build."""
    problem, warnings = _ask(release, features, chosen, env)
    if problem is None:
        return [
            Finding("pyo3-interpreter", "warning", warning, why=_EXPERIMENTAL)
            for warning in warnings
            if "experimental" in warning
        ]
    what, *details = problem.what.splitlines()
    better = next(
        (
            item
            for item in _later_releases(release)
            if _ask(item, frozenset(), chosen, env)[0] is None
        ),
        None,
    )
    remedy = []
    if better is not None:
        details.append(f"PyO3 0.{better.minor} is the first release that supports it")
        remedy += ["# Cargo.toml", f'pyo3 = "0.{better.minor}"']
    usable = _usable(release, chosen)
    if usable:
        remedy.append(f"ferrule build -i {usable}   # or another Python")
    return [
        Finding(
            "pyo3-interpreter",
            "error",
            f"PyO3 {release}: {what}",
            tuple(line.removeprefix("= help: ") for line in details),
            f"no build for {chosen.display_name} can succeed",
            tuple(remedy),
        )
    ]


_EXPERIMENTAL: Final = "such builds are for trying out, not for publishing"


def _ask(
    release: Pyo3Release,
    features: AbstractSet[str],
    chosen: Interpreter,
    env: Mapping[str, str],
) -> tuple[FerruleError | None, tuple[str, ...]]:
    from ferrule.python.resolve import resolve_config
    from ferrule.target.triple import guess_host

    # What decides by something else than the interpreter plays no part here.
    kept = {
        name: value
        for name, value in env.items()
        if not name.startswith("PYO3_") or "FORWARD_COMPATIBILITY" in name
    }
    host = guess_host(env)
    try:
        resolution = resolve_config(
            release,
            env=kept,
            target=host,
            host=host,
            features={*features, "extension-module"},
            find_interpreter=lambda: chosen,
            check=False,
        )
    except FerruleError as error:
        return error, ()
    return resolution.problem, resolution.warnings


def _later_releases(release: Pyo3Release) -> Iterator[Pyo3Release]:
    for minor in range(release.minor + 1, NEWEST_RELEASE.minor + 1):
        yield Pyo3Release(0, minor, 3)


def _usable(release: Pyo3Release, chosen: Interpreter) -> str:
    """Return the version that comes closest to the interpreter's and is supported."""
    lowest, highest = release.cpython_range
    if chosen.implementation != "CPython":
        return f"{lowest[0]}.{lowest[1]}-{highest[0]}.{highest[1]}"
    nearest = min(max(chosen.minor_version, lowest), highest)
    if nearest == chosen.minor_version:
        return ""
    return f"{nearest[0]}.{nearest[1]}"


# --- features ---------------------------------------------------------------------


def check_features(survey: Survey, release: Pyo3Release) -> list[Finding]:
    """Return features of PyO3 that do harm where the crate switches them on."""
    library = survey.root.library
    is_module = library is not None and "cdylib" in library.kind
    findings = []
    where = _always_on(survey, "extension-module")
    if where:
        findings.append(_extension_module(where, release))
    where = _always_on(survey, "auto-initialize")
    if where and is_module and not survey.root.binaries:
        findings.append(
            Finding(
                "pyo3-auto-initialize",
                "warning",
                "the feature `auto-initialize` is on in an extension module",
                (where,),
                "it starts a Python inside of a program; a module is loaded by one. "
                "Other crates that depend on this one get it, too",
                ("# Cargo.toml: only for tests", *_dev_dependency(release)),
            )
        )
    return findings


def _dev_dependency(release: Pyo3Release) -> tuple[str, str]:
    return (
        "[dev-dependencies]",
        f'pyo3 = {{ version = "0.{release.minor}", features = ["auto-initialize"] }}',
    )


def _extension_module(where: str, release: Pyo3Release) -> Finding:
    why = (
        "libpython is never linked: plain `cargo test`, programs and examples of the "
        "crate end with undefined symbols such as `PyExc_TypeError`; `ferrule test` "
        "links it nevertheless"
    )
    if release.at_least(_VARIABLE_SINCE):
        remedy: tuple[str, ...] = (
            "# Cargo.toml: take `extension-module` out of pyo3's features;",
            f"# from PyO3 0.{_VARIABLE_SINCE} on the build tool says it by a variable",
        )
    else:
        remedy = (
            "# Cargo.toml: take it out of pyo3's features, and add",
            "[features]",
            'extension-module = ["pyo3/extension-module"]',
            "# pyproject.toml",
            "[tool.ferrule]",
            'features = ["extension-module"]',
        )
    return Finding(
        "pyo3-extension-module",
        "warning",
        "the feature `extension-module` of PyO3 is always on",
        (where,),
        why,
        remedy,
    )


def _always_on(survey: Survey, feature: str) -> str:
    """Return where a feature of pyo3 is switched on without being asked for."""
    for item in survey.declarations:
        if item.kind == "normal" and feature in item.features and not item.optional:
            return f"{survey.root.manifest_path}: dependency {item.key}"
    keys = {item.key for item in survey.declarations}
    wanted = {f"{key}/{feature}" for key in keys} | {
        f"{key}?/{feature}" for key in keys
    }
    chain = _lead(survey.features, "default", wanted)
    if not chain:
        return ""
    return f"{survey.root.manifest_path}: [features] {' -> '.join(chain)}"


def _lead(
    features: Mapping[str, Sequence[str]], start: str, wanted: AbstractSet[str]
) -> list[str]:
    """Return the way from a feature to one of the wanted entries."""
    waiting, seen = [[start]], set()
    while waiting:
        path = waiting.pop(0)
        for item in features.get(path[-1], ()):
            if item in wanted:
                return [*path, item]
            if item not in seen:
                seen.add(item)
                waiting.append([*path, item])
    return []


# --- abi3 -------------------------------------------------------------------------


def check_abi3(features: AbstractSet[str], project: Mapping[str, Any]) -> list[Finding]:
    """Compare the minimum Python of abi3 with what the project promises."""
    minors = sorted(
        int(name[len("abi3-py3") :])
        for name in features
        if re.fullmatch(r"abi3-py3\d+", name)
    )
    requires = project.get("requires-python")
    if not minors or not isinstance(requires, str):
        return []
    # With several such features PyO3 takes the lowest.
    floor, promised = minors[0], _lowest_minor(requires)
    if promised is None or promised == floor:
        return []
    if promised < floor:
        return [
            Finding(
                "pyo3-abi3",
                "warning",
                f"abi3-py3{floor} needs Python 3.{floor}, but requires-python is "
                f'"{requires}"',
                why=f"installers find no wheel for Python 3.{promised} and try to "
                "build the sdist, which gives a module that needs a newer Python",
                remedy=(
                    "# pyproject.toml, [project]",
                    f'requires-python = ">=3.{floor}"',
                ),
            )
        ]
    return [
        Finding(
            "pyo3-abi3",
            "note",
            f"abi3-py3{floor} allows Python 3.{floor}, requires-python begins with "
            f"3.{promised}",
            why=f"with abi3-py3{promised} PyO3 could use what is newer than 3.{floor}",
            remedy=(f"# Cargo.toml: abi3-py3{promised} in place of abi3-py3{floor}",),
        )
    ]


def _lowest_minor(requires: str) -> int | None:
    """Return the lowest minor version of Python 3 that a specifier allows."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return None
    for minor in range(30):
        # Some micro release of the minor version has to be allowed.
        if any(wanted.contains(f"3.{minor}.{micro}") for micro in (0, 1, 2, 5, 10, 30)):
            return minor
    return None
