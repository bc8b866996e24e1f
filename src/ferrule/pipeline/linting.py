"""Linting a build's sources before cargo runs.

The answer is kept with the identity of every file and folder behind it, so an
unchanged build reads no source.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ferrule import __version__, cache
from ferrule.pipeline.opening import open_project, warn_once

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ferrule.cargo.compile import CompileKey, Pyo3Config
    from ferrule.lint.finding import Finding
    from ferrule.lint.stable_abi import StableAbi
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.plan.build import Build

__all__ = ["is_linted", "lint_build", "lint_project"]

_ANSWER = 2
"""Raised whenever the lint finds something else than before."""


def lint_build(opened: OpenProject, build: Build) -> None:
    """Warn about the sources of a build, as the setting `lint` wants it.

    Raises `LintError`. The sources of an sdist are not looked at: who installs
    it cannot change them.
    """
    settings = build.project.settings
    if settings.lint == "off" or opened.is_from_sdist:
        return
    findings = _find(opened, build, everything=False)
    if not findings:
        return
    texts = [_located(item, opened.location.root) for item in findings]
    if settings.lint == "error":
        from ferrule.errors.lint import LintError

        raise LintError(texts)
    for text in texts:
        warn_once(text)


def lint_project(request: Request) -> list[Finding]:
    """Return what the lint finds in a project, tests and examples included.

    Whatever the setting `lint` is; raises what planning a build raises.
    """
    from ferrule.pipeline.build.wheels import plan_builds

    opened = open_project(request)
    opened.refuse_setup_py()
    found: dict[tuple[str, int, int, str], Finding] = {}
    for build, _ in plan_builds(opened):
        for item in _find(opened, build, everything=True):
            found.setdefault((item.path, item.line, item.column, item.rule), item)
    return [found[key] for key in sorted(found)]


def is_linted(build: Build) -> bool:
    """Whether the sources of a build may be worth a warning."""
    return build.project.settings.lint != "off" and any(
        key.pyo3 is not None
        and key.own_crates
        and (key.kind == "binary" or _stable_version(build, key) is not None)
        for key in build.keys
    )


def _find(opened: OpenProject, build: Build, *, everything: bool) -> list[Finding]:
    allowed = build.project.settings.lint_allow
    found: list[Finding] = []
    for key in dict.fromkeys(build.keys):
        pyo3 = key.pyo3
        if pyo3 is None or not key.own_crates:
            continue
        stable = _stable_version(build, key) is not None
        if everything or key.kind == "binary" or stable:
            found += _ask(opened, build, key, everything=everything)
    return [item for item in found if item.rule not in allowed]


def _ask(
    opened: OpenProject, build: Build, key: CompileKey, *, everything: bool
) -> list[Finding]:
    """Return the findings of one compile key, from the cache if they hold."""
    pyo3, env = key.pyo3, opened.request.env
    if pyo3 is None:
        return []
    roots = _roots(key, everything=everything)
    crates = [
        (own.crate.id, str(own.crate.manifest_path), sorted(own.features))
        for own in key.own_crates
    ]
    minimum = _stable_version(build, key)
    facts = (pyo3.text, pyo3.use.version, sorted(pyo3.use.features), minimum)
    question = repr(
        (__version__, _ANSWER, roots, crates, facts, key.crate.id, _setting(build))
    )
    stored = cache.read_tracked(env, "answers", question)
    if stored is None:
        stored = _look(opened, build, key, roots)
        inputs = {*stored["inputs"], *(path for _, path, _ in crates)}
        stored = {"findings": stored["findings"]}
        cache.write_tracked(env, "answers", question, stored, inputs=sorted(inputs))
    if not stored["findings"]:
        return []
    from ferrule.lint.finding import Finding

    return [Finding.from_json(item) for item in stored["findings"]]


def _roots(key: CompileKey, *, everything: bool) -> tuple[str, ...]:
    """Return the root files of the targets to look at."""
    return tuple(
        str(target.src_path)
        for target in key.crate.targets
        if "custom-build" not in target.kind
        and (everything or target.is_library or target.name in key.binaries)
    )


def _look(
    opened: OpenProject, build: Build, key: CompileKey, roots: tuple[str, ...]
) -> dict[str, Any]:
    from ferrule.lint.check import Question, lint_sources

    pyo3 = key.pyo3
    if pyo3 is None:
        return {"findings": [], "inputs": []}
    findings, inputs = lint_sources(
        Question(
            crates=key.own_crates,
            main=key.crate.id,
            targets=roots,
            python=_python_version(pyo3),
            host=opened.toolchain.host,
            free_threaded=_is_free_threaded(pyo3),
            stable=_stable_abi(build, key, pyo3),
            auto_initialize="auto-initialize" in pyo3.use.features,
        )
    )
    return {"findings": [item.to_json() for item in findings], "inputs": inputs}


def _values(pyo3: Pyo3Config) -> dict[str, str]:
    pairs = (line.partition("=") for line in pyo3.text.splitlines())
    return {name: value for name, _, value in pairs}


def _python_version(pyo3: Pyo3Config) -> tuple[int, int]:
    return _version(_values(pyo3).get("version", "")) or (3, 0)


def _is_free_threaded(pyo3: Pyo3Config) -> bool:
    values = _values(pyo3)
    abi = values.get("target_abi", "").rpartition("-")
    return (
        abi[0].endswith("-abi3t")
        or abi[2].endswith("t")
        or ("Py_GIL_DISABLED" in values.get("build_flags", ""))
    )


def _version(text: str) -> tuple[int, int] | None:
    parts = text.rstrip("td").split(".")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts[:2]):
        return None
    return int(parts[0]), int(parts[1])


def _stable_version(build: Build, key: CompileKey) -> tuple[int, int] | None:
    """Return the minimum Python of the stable ABI; None where it is not used.

    A module's ABI is planned. For programs the configuration says it, with
    `target_abi=CPython-abi3-3.9` or `abi3=true`; from PyO3 0.29 on a file without
    `target_abi` leaves it to the features. PyO3's build script lowers the version
    to that of the `abi3-py3*` features.
    """
    for module in build.modules:
        if module.key == key:
            stable = module.abi.kind in ("abi3", "abi3t")
            return module.abi.version if stable else None
    pyo3 = key.pyo3
    values = _values(pyo3) if pyo3 else {}
    if pyo3 is None or values.get("implementation") != "CPython":
        return None
    if "target_abi" in values:
        _, _, abi = values["target_abi"].partition("-")
        kind, _, version = abi.partition("-")
        return _version(version) if kind in ("abi3", "abi3t") else None
    names = pyo3.use.features
    prefix = "abi3-py3"
    minors = [
        int(name[len(prefix) :])
        for name in names
        if name.startswith(prefix) and name[len(prefix) :].isdecimal()
    ]
    if values.get("abi3") != "true":
        from ferrule.python.releases import Pyo3Release

        by_features = Pyo3Release.parse(pyo3.use.version).has_target_abi
        if (
            not by_features
            or _is_free_threaded(pyo3)
            or not (minors or "abi3" in names)
        ):
            return None
    return min([_python_version(pyo3), *((3, minor) for minor in minors)])


def _setting(build: Build) -> str | None:
    return build.project.settings.abi3


def _stable_abi(build: Build, key: CompileKey, pyo3: Pyo3Config) -> StableAbi | None:
    minimum = _stable_version(build, key)
    if minimum is None:
        return None
    from ferrule.lint.stable_abi import StableAbi
    from ferrule.python.releases import Pyo3Release

    return StableAbi(
        version=pyo3.use.version,
        minimum=minimum,
        newest=Pyo3Release.parse(pyo3.use.version).abi3_maximum,
        origin=_origin(build, key, minimum),
    )


def _origin(build: Build, key: CompileKey, minimum: tuple[int, int]) -> str:
    """Return where the minimum comes from, for people."""
    wanted = f"{minimum[0]}{minimum[1]}"
    names = (f"abi3-py{wanted}", f"abi3t-py{wanted}")
    if _setting(build) and f"pyo3/{names[0]}" in key.selection.features:
        return "the setting abi3"
    manifests = [key.crate.manifest_path]
    manifests += [own.crate.manifest_path for own in key.own_crates]
    folder = key.crate.manifest_path.parent
    manifests += [parent / "Cargo.toml" for parent in folder.parents]
    for path in dict.fromkeys(manifests):
        found = _line_with(path, names)
        if found is not None:
            name, line = found
            return f"{name}, {_shown(str(path), build.project.root)}:{line}"
    if any(item.endswith(names) for item in key.selection.features):
        return f"feature {names[0]}"
    return "the Python that the configuration names"


def _line_with(path: Path, names: Iterable[str]) -> tuple[str, int] | None:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for number, line in enumerate(lines, 1):
        code = line.partition("#")[0]
        for name in names:
            if f'{name}"' in code or f"{name}'" in code:
                return name, number
    return None


def _located(finding: Finding, root: Path) -> str:
    return replace(finding, path=_shown(finding.path, root)).located()


def _shown(path: str, root: Path) -> str:
    """Return a path as short as it can be told from the project's folder."""
    inside = os.path.join(root, "")
    return path.removeprefix(inside)
