"""Typed reading of the `[project]` table, gathering every problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.project import (
    FieldTypeError,
    FieldValueError,
    MetadataError,
    ProjectError,
)

__all__ = ["Findings", "ProjectTable"]

KNOWN_KEYS = (
    *("name", "version", "description", "readme", "requires-python", "license"),
    *("license-files", "authors", "maintainers", "keywords", "classifiers", "urls"),
    *("scripts", "gui-scripts", "entry-points", "dependencies"),
    *("optional-dependencies", "dynamic", "import-names", "import-namespaces"),
)
CARGO_KEYS = (
    *("version", "description", "readme", "authors", "keywords", "urls"),
    *("license", "license-files"),
)
"""What `dynamic` can take from Cargo.toml."""

_URL_KEYS = ("url", "homepage", "home-page", "home_page", "repository", "documentation")


@dataclass
class Findings:
    """Problems and warnings, gathered so that one run reports them all."""

    errors: list[FerruleError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_lenient: bool = False
    """Whether the project was made for a backend that checks less."""

    def complain(self, problem: FerruleError) -> None:
        """Remember what breaks a standard, as a warning where lenient."""
        if self.is_lenient:
            self.warn(str(problem))
        else:
            self.error(problem)

    def error(self, problem: FerruleError) -> None:
        """Remember a problem."""
        self.errors.append(problem)

    def warn(self, message: str) -> None:
        """Remember a warning."""
        self.warnings.append(message)

    def attempt(self, read: Callable[[], str]) -> str:
        """Return what `read` returns, or remember its error and return nothing."""
        try:
            return read()
        except ProjectError as problem:
            self.errors.append(problem)
            return ""

    def raise_errors(self) -> None:
        """Raise what was gathered: one error as it is, several together."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise MetadataError(self.errors)


class ProjectTable:
    """The `[project]` table, read key by key; wrong types become findings."""

    def __init__(self, table: Mapping[str, Any], findings: Findings) -> None:
        self.table = table
        self.findings = findings
        self.dynamic = self.texts("dynamic")

    def __contains__(self, key: str) -> bool:
        return key in self.table

    def is_dynamic(self, key: str) -> bool:
        """Whether `dynamic` asks for the value of Cargo.toml and none is given."""
        return key in self.dynamic and key not in self.table

    def text(self, key: str) -> str | None:
        """Return a string."""
        value = self.table.get(key)
        if value is None or isinstance(value, str):
            return value
        self.findings.error(FieldTypeError(f"project.{key}", "a string", value))
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of strings."""
        return self.check_texts(self.table.get(key, []), f"project.{key}")

    def check_texts(self, value: object, name: str) -> tuple[str, ...]:
        """Return `value` as strings, where it is an array of them."""
        if isinstance(value, list):
            wrong = [item for item in value if not isinstance(item, str)]
            if not wrong:
                return tuple(value)
            value = wrong[0]
            name += " (one of its values)"
            self.findings.error(FieldTypeError(name, "a string", value))
        else:
            self.findings.error(FieldTypeError(name, "an array of strings", value))
        return ()

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a table of anything."""
        return self.check_mapping(self.table.get(key, {}), f"project.{key}")

    def check_mapping(self, value: object, name: str) -> dict[str, Any]:
        """Return `value`, where it is a table."""
        if isinstance(value, dict):
            return value
        self.findings.error(FieldTypeError(name, "a table", value))
        return {}

    def text_mapping(self, key: str) -> dict[str, str]:
        """Return a table of strings."""
        return self.check_text_mapping(self.table.get(key, {}), f"project.{key}")

    def check_text_mapping(self, value: object, name: str) -> dict[str, str]:
        """Return `value` where it is a table of strings, without other values."""
        found = {}
        for key, item in self.check_mapping(value, name).items():
            if isinstance(item, str):
                found[key] = item
            else:
                problem = FieldTypeError(f"{name}.{key}", "a string", item)
                self.findings.error(problem)
        return found

    def file_or_text(self, key: str, wanted: str) -> dict[str, str]:
        """Return a table with either `file` or `text`, empty if it is wrong."""
        value, name = self.table[key], f"project.{key}"
        if not isinstance(value, dict):
            self.findings.error(FieldTypeError(name, wanted, value))
            return {}
        found = self.check_text_mapping(value, name)
        if ("file" in found) != ("text" in found):
            return found
        self.findings.error(
            FieldValueError(
                name,
                ", ".join(sorted(found)),
                "exactly one of `file` and `text` is allowed",
                f"write {wanted}, or keep one of the two",
            )
        )
        return {}

    def warn_about_keys(self) -> None:
        """Warn about keys that mean nothing, and `dynamic` that finds nothing."""
        for key in self.table:
            if key not in KNOWN_KEYS:
                self.findings.warn(_explain_unknown(key))
        for key in ("import-names", "import-namespaces"):
            if self.table.get(key):
                self.findings.warn(
                    f"project.{key} is not written: core metadata 2.4 has no such field"
                )
        for key in self.dynamic:
            self._warn_about_dynamic(key)

    def _warn_about_dynamic(self, key: str) -> None:
        if key == "name":
            return
        if key not in KNOWN_KEYS:
            hint = did_you_mean(key, CARGO_KEYS)
            self.findings.warn(f'project.dynamic has "{key}", which is no field{hint}')
        elif key in self.table:
            self.findings.warn(
                f"project.{key} is set and also listed in `dynamic`: "
                "the value of pyproject.toml is used"
            )
        elif key not in CARGO_KEYS:
            self.findings.warn(
                f'project.dynamic has "{key}", but Cargo.toml has nothing to '
                "take it from: the field stays empty"
            )


def _explain_unknown(key: str) -> str:
    if key in _URL_KEYS:
        hint = " (addresses belong into [project.urls])"
    elif key in {"author", "author_email", "author-email"}:
        hint = ' (write `authors = [{ name = "...", email = "..." }]`)'
    else:
        hint = did_you_mean(key, KNOWN_KEYS)
    return f'project has a key "{key}" that no standard knows{hint}: it is ignored'
