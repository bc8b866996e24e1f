"""Dependencies, extras and the required Python of `[project]`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ferrule.errors.project import FieldValueError
from ferrule.project.names import normal_name
from ferrule.project.requirements import (
    add_extra,
    normalize_requirement,
    normalize_specifier,
)

if TYPE_CHECKING:
    from ferrule.project.table import Findings, ProjectTable

__all__ = ["read_dependencies", "read_requires_python"]


def read_requires_python(project: ProjectTable) -> str | None:
    """Return `requires-python` in normal form."""
    specifier = project.text("requires-python")
    if not specifier:
        return None
    field = "project.requires-python"
    return project.findings.attempt(lambda: normalize_specifier(specifier, field=field))


def read_dependencies(
    project: ProjectTable,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the requirements, those of extras included, and the extras."""
    field = "project.dependencies"
    texts = project.texts("dependencies")
    requirements = _normalize_all(texts, field, project.findings)
    extras: dict[str, str] = {}
    for name, values in project.mapping("optional-dependencies").items():
        field = f"project.optional-dependencies.{name}"
        extra = _normalize_extra(name, extras, project.findings)
        texts = project.check_texts(values, field)
        optional = _normalize_all(texts, field, project.findings)
        requirements += [add_extra(text, extra) for text in optional]
    return tuple(requirements), tuple(extras)


def _normalize_all(texts: tuple[str, ...], field: str, findings: Findings) -> list[str]:
    normalize = partial(normalize_requirement, field=field)
    found = [findings.attempt(partial(normalize, text)) for text in texts]
    return [text for text in found if text]


def _normalize_extra(name: str, known: dict[str, str], findings: Findings) -> str:
    """Return the name in the form of PEP 685; two spellings of one are an error."""
    field = "an extra in project.optional-dependencies"
    extra = normal_name(name)
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", extra):
        reason = "an extra consists of ASCII letters, digits, `-`, `_` and `.`"
        findings.error(FieldValueError(field, name, reason, "choose another name"))
    elif extra in known:
        reason = f'it is the same as "{known[extra]}": both are written "{extra}"'
        findings.error(FieldValueError(field, name, reason, "join the two lists"))
    known[extra] = name
    return extra
