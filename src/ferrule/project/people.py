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
    value = project.table.get(key, [])
    if not isinstance(value, list):
        wanted = "an array of tables with `name` and `email`"
        project.findings.error(FieldTypeError(f"project.{key}", wanted, value))
        value = []
    for number, person in enumerate(value, 1):
        field = f"project.{key}[{number}]"
        table = project.check_mapping(person, field)
        for unknown in sorted(table.keys() - {"name", "email"}):
            hint = did_you_mean(unknown, ("name", "email"))
            message = f'{field} has a key "{unknown}" that no standard knows{hint}'
            project.findings.warn(f"{message}: it is ignored")
        known = {key: table[key] for key in ("name", "email") if key in table}
        found = project.check_text_mapping(known, field)
        name, email = found.get("name", "").strip(), found.get("email", "").strip()
        if email:
            emails.append(_address(name, email))
        elif name:
            names.append(name)
    return ", ".join(names) or None, ", ".join(emails) or None


def read_crate_authors(authors: Sequence[str]) -> tuple[str | None, str | None]:
    """Return Cargo's authors, and those of them who have an address."""
    emails = [author for author in authors if "@" in author]
    return ", ".join(authors) or None, ", ".join(emails) or None


def _address(name: str, email: str) -> str:
    if not name:
        return email
    if _SPECIALS.isdisjoint(name):
        return f"{name} <{email}>"
    # RFC 822, section 3.3: such names are quoted strings.
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{email}>'
