"""What a project requires and its environment lacks, without starting pip.

Markers are evaluated for the environment's interpreter (PEP 508). That nothing
is missing is remembered, under the state of the folders that packages are
installed into, so that an unchanged environment costs no parsing at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrule import cache as disk
from ferrule.editable.distributions import find_distributions
from ferrule.errors.editable import PythonNotAllowedError, UnknownExtraError
from ferrule.identity import file_identity
from ferrule.project.names import normal_name

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from ferrule.editable.distributions import Distribution
    from ferrule.editable.environment import Environment
    from ferrule.project.core_metadata import CoreMetadata

__all__ = ["check_python", "missing_requirements"]

_SECTION = "requirements"


def missing_requirements(
    metadata: CoreMetadata,
    environment: Environment,
    *,
    extras: Sequence[str],
    further: Sequence[str],
    env: Mapping[str, str],
) -> list[str]:
    """Return the requirements that are not satisfied, without their markers.

    `extras` are the project's own, `further` the requirements of dependency
    groups. Raises `UnknownExtraError`.
    """
    known = {normal_name(name): name for name in metadata.provides_extra}
    for extra in extras:
        if normal_name(extra) not in known:
            raise UnknownExtraError(extra, metadata.provides_extra)
    wanted = [*metadata.requires_dist, *further]
    if not wanted:
        return []
    key = _memory_key(wanted, environment, extras)
    if disk.read_json(env, _SECTION, key) is True:
        return []
    inspection = _Inspection(
        environment, normal_name(metadata.name), metadata.requires_dist
    )
    missing = inspection.run(wanted, [*map(normal_name, extras)])
    if not missing:
        disk.write_json(env, _SECTION, key, value=True, label=str(environment.prefix))
    return missing


def check_python(
    requires_python: str | None, environment: Environment, *, env: Mapping[str, str]
) -> None:
    """Raise `PythonNotAllowedError` where requires-python excludes the environment."""
    if not requires_python:
        return
    interpreter = environment.interpreter
    key = f"{interpreter.version_text} in {requires_python}"
    if disk.read_json(env, _SECTION, key) is True:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return  # reported where the metadata is read
    if not allowed.contains(interpreter.version_text, prereleases=True):
        raise PythonNotAllowedError(
            interpreter.version_text, interpreter.executable, requires_python
        )
    disk.write_json(env, _SECTION, key, value=True, label=key)


def _memory_key(
    wanted: Iterable[str], environment: Environment, extras: Iterable[str]
) -> str:
    interpreter = environment.interpreter
    states = [
        f"{folder} {file_identity(folder)}" for folder in interpreter.site_packages
    ]
    parts = [interpreter.executable, interpreter.version_text, *states]
    return "\n".join([*parts, ",".join(extras), *wanted])


@dataclass
class _Inspection:
    environment: Environment
    own_name: str
    own_requirements: Sequence[str]
    missing: list[str] = field(default_factory=list)
    _installed: dict[str, Distribution] | None = None
    _seen: set[str] = field(default_factory=set)

    def run(self, wanted: Sequence[str], extras: Sequence[str]) -> list[str]:
        self._check(wanted, extras)
        return list(dict.fromkeys(self.missing))

    def _check(
        self,
        wanted: Iterable[str],
        extras: Sequence[str],
        *,
        by_extras_alone: bool = False,
    ) -> None:
        from packaging.requirements import InvalidRequirement, Requirement

        variables = self._marker_variables()
        for text in wanted:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                self.missing.append(text)  # pip says what is wrong with it
                continue
            marker = requirement.marker
            if marker is None:
                if not by_extras_alone:
                    self._check_one(requirement)
                continue
            without = marker.evaluate({**variables, "extra": ""})
            if (without and not by_extras_alone) or (
                not without
                and any(marker.evaluate({**variables, "extra": x}) for x in extras)
            ):
                self._check_one(requirement)

    def _check_one(self, requirement: Requirement) -> None:
        name = normal_name(requirement.name)
        extras = sorted(map(normal_name, requirement.extras))
        if str(requirement) in self._seen:
            return
        self._seen.add(str(requirement))
        if name == self.own_name:
            # A project may require itself, to join several of its extras.
            self._check(self.own_requirements, extras)
            return
        found = self.installed.get(name)
        is_missing = found is None or not _is_satisfied(requirement, found)
        if not is_missing and extras and found is not None:
            count = len(self.missing)
            requires = found.headers("Requires-Dist")
            self._check(requires, extras, by_extras_alone=True)
            is_missing = len(self.missing) > count
            del self.missing[count:]
        if is_missing:
            requirement.marker = None
            self.missing.append(str(requirement))

    @property
    def installed(self) -> dict[str, Distribution]:
        if self._installed is None:
            found = find_distributions(self.environment.interpreter.site_packages)
            self._installed = {item.name: item for item in found}
        return self._installed

    def _marker_variables(self) -> dict[str, str]:
        from packaging.markers import default_environment

        interpreter = self.environment.interpreter
        name = interpreter.implementation
        short = {"GraalVM": "graalpy"}.get(name, name.lower())
        release = interpreter.implementation_version
        version = (
            interpreter.version_text
            if name == "CPython"
            else ".".join(map(str, release))
        )
        return {
            **{key: str(value) for key, value in default_environment().items()},
            "implementation_name": short,
            "implementation_version": version,
            "platform_python_implementation": name,
            "python_full_version": interpreter.version_text,
            "python_version": ".".join(map(str, interpreter.minor_version)),
        }


def _is_satisfied(requirement: Requirement, found: Distribution) -> bool:
    from packaging.version import InvalidVersion, Version

    if requirement.url:
        return _is_from(requirement.url, found)
    if not len(requirement.specifier):
        return True
    version = found.version or next(iter(found.headers("Version")), "")
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _is_from(url: str, found: Distribution) -> bool:
    """Whether a distribution was installed from a URL (PEP 610)."""
    import json

    text = found.text("direct_url.json")
    try:
        origin = json.loads(text) if text else {}
    except ValueError:
        return False
    known = str(origin.get("url", ""))
    vcs = origin.get("vcs_info", {})
    if vcs:
        known = f"{vcs.get('vcs')}+{known}"
        wanted, _, revision = url.partition("#")[0].rpartition("@")
        if wanted and "/" not in revision:
            given = vcs.get("requested_revision"), vcs.get("commit_id")
            return known == wanted and revision in given
    return os.path.normcase(known.rstrip("/")) == os.path.normcase(
        url.partition("#")[0].rstrip("/")
    )
