"""Authors and maintainers: tables in pyproject.toml, strings in Cargo.toml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.errors import did_you_mean
from ferrule.errors.project import FieldTypeError

if TYPE_CHECKING:
    from ferrule.project.table import ProjectTable

__all__ = ["read_crate_authors", "read_people"]

_SPECIALS = frozenset('()<>@,;:\\".[]')


def read_people(project: ProjectTable, key: str) -> tuple[str | None, str | None]:
    """Return the names without an address, and the addresses, as header values.

    Unknown keys inside a person are a warning: published projects have them.
    """
    names: list[str] = []
    emails: list[str] = []
    unknown: dict[str, list[int]] = {}
    value = project.table.get(key, [])
    if not isinstance(value, list):
        wanted = "an array of tables with `name` and `email`"
        project.findings.error(FieldTypeError(f"project.{key}", wanted, value))
        value = []
    for number, person in enumerate(value, 1):
        field = f"project.{key}[{number}]"
        table = project.check_mapping(person, field)
        for word in sorted(table.keys() - {"name", "email"}):
            unknown.setdefault(word, []).append(number)
        known = {key: table[key] for key in ("name", "email") if key in table}
        found = project.check_text_mapping(known, field)
        name, email = found.get("name", "").strip(), found.get("email", "").strip()
        if email:
            emails.append(_address(name, email))
        elif name:
            names.append(name)
    for word, numbers in unknown.items():
        project.findings.warn(_explain_unknown(f"project.{key}", word, numbers))
    return ", ".join(names) or None, ", ".join(emails) or None


def read_crate_authors(authors: Sequence[str]) -> tuple[str | None, str | None]:
    """Return Cargo's authors, and those of them who have an address."""
    emails = [author for author in authors if "@" in author]
    return ", ".join(authors) or None, ", ".join(emails) or None


def _explain_unknown(field: str, word: str, numbers: Sequence[int]) -> str:
    """Say once what may be wrong with every person of a long list."""
    hint = did_you_mean(word, ("name", "email"))
    more = f" (and {len(numbers) - 1} more)" if len(numbers) > 1 else ""
    return (
        f'{field}[{numbers[0]}]{more} has a key "{word}" that no standard knows{hint}: '
        "it is ignored"
    )


def _address(name: str, email: str) -> str:
    if not name:
        return email
    if _SPECIALS.isdisjoint(name):
        return f"{name} <{email}>"
    # RFC 822, section 3.3: such names are quoted strings.
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{email}>'
