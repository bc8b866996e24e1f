"""Requirements and version specifiers (PEP 508, PEP 440) in normal form.

The texts are those of the `packaging` library. Its parser takes longer to
import than everything else here, so texts that are plainly right are put into
the same form without it.
"""

from __future__ import annotations

import re

from ferrule.errors.project import FieldValueError, RequirementError

__all__ = ["add_extra", "normalize_requirement", "normalize_specifier"]

_CLAUSE = (
    r"(?:==|!=)\s*\d+(?:\.\d+)*(?:\.\*)?|(?:<=?|>=?)\s*\d+(?:\.\d+)*|~=\s*\d+(?:\.\d+)+"
)
_SPECIFIER = rf"(?:{_CLAUSE})\s*(?:,\s*(?:{_CLAUSE})\s*)*"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"


def normalize_specifier(specifier: str, *, field: str) -> str:
    """Return a version specifier in normal form; empty allows every version.

    Raises `FieldValueError` if it is not one (PEP 440).
    """
    text = specifier.strip()
    plain = _sort_clauses(text) if re.fullmatch(_SPECIFIER, text, re.ASCII) else None
    if plain is not None:
        return plain
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier as error:
        raise FieldValueError(
            field, specifier, str(error), 'write for example ">=3.9" or ">=3.9,<4"'
        ) from error


def normalize_requirement(requirement: str, *, field: str) -> str:
    """Return a requirement in normal form.

    Raises `RequirementError` if it is not one (PEP 508).
    """
    text = requirement.strip()
    plain = re.fullmatch(rf"({_NAME})\s*({_SPECIFIER})?", text, re.ASCII)
    specifier = _sort_clauses(plain[2] or "") if plain else None
    if plain and specifier is not None:
        return plain[1] + specifier
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return str(Requirement(requirement))
    except InvalidRequirement as error:
        raise RequirementError(field, requirement, str(error)) from error


def add_extra(requirement: str, extra: str) -> str:
    """Return a normal requirement that holds only for `extra` of the project."""
    condition = f'extra == "{extra}"'
    if ";" not in requirement:
        # A space ends the address of a direct reference.
        space = " " if " @ " in requirement else ""
        return f"{requirement}{space}; {condition}"
    from packaging.requirements import Requirement

    parsed = Requirement(requirement)
    marker = str(parsed.marker or "")
    if not marker:
        return f"{requirement} ; {condition}"
    if " or " in marker:
        marker = f"({marker})"
    parsed.marker = None
    space = " " if parsed.url else ""
    return f"{parsed}{space}; {marker} and {condition}"


def _sort_clauses(specifier: str) -> str | None:
    """Return plain clauses sorted, or None where `packaging` has to judge.

    It drops clauses that say the same, such as ==1.0 and ==1.00: clauses with
    different operators never do.
    """
    clauses = ["".join(part.split()) for part in specifier.split(",")]
    operators = {clause.rstrip("0123456789.*") for clause in clauses}
    return ",".join(sorted(clauses)) if len(operators) == len(clauses) else None
