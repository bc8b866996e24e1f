"""Scripts and entry points of `[project]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.errors.project import EntryPointError

if TYPE_CHECKING:
    from ferrule.project.table import Findings, ProjectTable

__all__ = ["Entries", "EntryGroups", "read_entry_points", "read_scripts"]

Entries = tuple[tuple[str, str], ...]
EntryGroups = tuple[tuple[str, Entries], ...]

_RESERVED = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}


def read_scripts(project: ProjectTable, key: str) -> Entries:
    """Return `scripts` or `gui-scripts`, sorted by name."""
    field = f"project.{key}"
    table = project.text_mapping(key)
    for name, value in table.items():
        problem = _explain_bad_script(name, value)
        _report(problem, field, name, value, project.findings)
    return tuple(sorted(table.items()))


def read_entry_points(project: ProjectTable) -> EntryGroups:
    """Return the groups of `entry-points`, sorted."""
    groups = []
    for group, content in project.mapping("entry-points").items():
        field = f"project.entry-points.{group}"
        table = project.check_text_mapping(content, field)
        if group in _RESERVED:
            problem = EntryPointError(
                "project.entry-points",
                group,
                "...",
                "this group has a key of its own in [project]",
                fix=f"move its entries to [project.{_RESERVED[group]}]",
            )
            project.findings.error(problem)
            continue
        if not group.strip() or any(mark in group for mark in "[]=\r\n"):
            problem = EntryPointError(
                "project.entry-points",
                group,
                "...",
                "a group is named with letters, digits, `_` and dots",
                fix='write for example `[project.entry-points."tool.plugins"]`',
            )
            project.findings.error(problem)
            continue
        for name, value in table.items():
            reason = _explain_bad_name(name) or _explain_bad_reference(value)
            _report(reason, field, name, value, project.findings)
        groups.append((group, tuple(sorted(table.items()))))
    return tuple(sorted(groups))


def _report(
    reason: str | None, field: str, name: str, value: str, findings: Findings
) -> None:
    if reason:
        findings.error(EntryPointError(field, name, value, reason))


def _explain_bad_script(name: str, value: str) -> str | None:
    if "/" in name or "\\" in name:
        return "a script is a file name: separators are not allowed"
    if ":" not in value:
        return "a script needs a function: `module:function`"
    return _explain_bad_name(name) or _explain_bad_reference(value)


def _explain_bad_name(name: str) -> str | None:
    if not name or name != name.strip() or name[0] in "[#;":
        return "a name is not empty, and begins with neither a blank nor a bracket"
    if any(mark in name for mark in "=\r\n"):
        return "a name may not contain `=` or line ends"
    return None


def _explain_bad_reference(value: str) -> str | None:
    reference, bracket, extras = value.strip().partition("[")
    if bracket and not extras.endswith("]"):
        return "the list of extras is not closed"
    module, colon, attribute = (part.strip() for part in reference.partition(":"))
    if not _is_dotted(module):
        return f'"{module}" is not the name of a module'
    if colon and not _is_dotted(attribute):
        return f'"{attribute}" is not the name of an object in `{module}`'
    return None


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
