"""Errors about pyproject.toml, Cargo.toml and the metadata in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, SeveralError, did_you_mean

__all__ = [
    "EntryPointError",
    "FieldTypeError",
    "FieldValueError",
    "InvalidTomlError",
    "LicenseExpressionError",
    "LicenseFileError",
    "MetadataError",
    "MissingManifestError",
    "MissingNameError",
    "ProjectError",
    "ReadmeError",
    "RequirementError",
    "VersionError",
    "VirtualWorkspaceError",
]

COMMON_LICENSES = (
    *("MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC"),
    *("MPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only"),
    *("GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only"),
    *("LGPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later", "Unlicense"),
    *("BSL-1.0", "CC0-1.0", "Zlib", "PSF-2.0", "Python-2.0", "EUPL-1.2"),
)


class ProjectError(FerruleError):
    """Something that a project's own files say is wrong."""

    exit_code = 2


class MetadataError(SeveralError):
    """Several problems of one project's metadata."""

    exit_code = 2

    def __init__(self, problems: Sequence[FerruleError]) -> None:
        super().__init__(f"the metadata has {len(problems)} problems", problems)


class InvalidTomlError(ProjectError):
    """A file is not valid TOML."""

    url = "https://toml.io/en/v1.0.0"

    def __init__(
        self, path: Path, reason: str, *, line: int = 0, column: int = 0, text: str = ""
    ) -> None:
        why = [reason]
        if text:
            why.append(f"line {line}: {text}")
        if text and column:
            why.append(" " * (len(f"line {line}: ") + column - 1) + "^")
        where = f"{path}:{line}" if line else str(path)
        super().__init__(
            f"{where} is not valid TOML",
            why=why,
            fix="correct the file at that line" if line else "save the file as UTF-8",
        )
        self.path = path
        self.line = line
        self.column = column


class MissingManifestError(ProjectError):
    """There is no Cargo.toml to build."""

    exit_code = 3

    def __init__(
        self, looked_at: Sequence[Path], *, given_by: str | None = None
    ) -> None:
        if given_by:
            what = f"{given_by} names a Cargo.toml that does not exist"
            fix = f"correct {given_by}"
        else:
            what = "no Cargo.toml was found"
            fix = (
                "run ferrule in the project's folder, pass --manifest-path, or set "
                "`manifest-path` in [tool.ferrule]"
            )
        super().__init__(what, why=[f"looked at {path}" for path in looked_at], fix=fix)
        self.looked_at = tuple(looked_at)


class VirtualWorkspaceError(ProjectError):
    """The Cargo.toml describes a workspace and no package."""

    exit_code = 3

    def __init__(
        self,
        manifest_path: Path,
        cdylibs: Sequence[tuple[str, str]],
        programs: Sequence[str] = (),
    ) -> None:
        why = [
            "a workspace without [package] has no crate of its own that could be built"
        ]
        why += [
            f'package `{name}` builds a cdylib: manifest-path = "{path}"'
            for name, path in cdylibs
        ]
        if cdylibs:
            fix = f'set `manifest-path = "{cdylibs[0][1]}"` in [tool.ferrule]'
        else:
            why.append("none of its packages builds a cdylib")
            fix = (
                'add `crate-type = ["cdylib"]` to [lib] of the package that holds the '
                "Python module, and set `manifest-path` in [tool.ferrule] to its "
                "Cargo.toml"
            )
        if len(cdylibs) > 1:
            fix += " (or to one of the others)"
        if programs:
            why += [f"package `{name}` has a program" for name in programs]
            fix += f"; to bundle or run a program, name its package: -p {programs[0]}"
        super().__init__(
            f"{manifest_path} is a virtual workspace", why=why, fix=f"{fix}"
        )
        self.cdylibs = tuple(cdylibs)


class MissingNameError(ProjectError):
    """`[project]` has no name."""

    url = "https://packaging.python.org/en/latest/specifications/pyproject-toml/#name"

    def __init__(self, crate_name: str, *, is_dynamic: bool = False) -> None:
        reason = (
            "`name` is the one key that may not be listed in `dynamic`"
            if is_dynamic
            else "the [project] table has no `name`, which is required"
        )
        super().__init__(
            "project.name is missing in pyproject.toml",
            why=[reason],
            fix=f'add `name = "{crate_name}"` to [project], or drop the whole table to '
            "take everything from Cargo.toml",
        )


class FieldTypeError(ProjectError):
    """A field holds a value of the wrong type."""

    def __init__(self, field: str, wanted: str, value: object) -> None:
        super().__init__(
            f"{field} must be {wanted}",
            why=[f"it is {_describe(value)}"],
            fix=f"write {wanted}",
        )
        self.field = field


class FieldValueError(ProjectError):
    """A field holds a value that its standard does not allow."""

    def __init__(self, field: str, value: str, reason: str, fix: str) -> None:
        super().__init__(f'{field} is "{value}"', why=[reason], fix=fix)
        self.field = field
        self.value = value


class VersionError(ProjectError):
    """A version that Python's packaging cannot express."""

    url = "https://packaging.python.org/en/latest/specifications/version-specifiers/"

    def __init__(self, version: str, origin: str) -> None:
        super().__init__(
            f'{origin} is "{version}", which is not a Python version',
            why=("PEP 440 knows the pre-releases alpha, beta and rc, with one number",),
            fix="use for example 1.2.0-alpha.1, 1.2.0-beta.2, 1.2.0-rc.3 or "
            '1.2.0-dev.4, or set `version = "..."` in [project] of pyproject.toml',
        )
        self.version = version


class ReadmeError(ProjectError):
    """The readme cannot be used."""

    def __init__(self, field: str, path: Path, reason: str) -> None:
        super().__init__(
            f'{field} names "{path}", which cannot be used',
            why=[reason],
            fix=f"create the file as UTF-8 text, or correct {field}",
        )
        self.path = path


class LicenseExpressionError(ProjectError):
    """The licence is no SPDX expression."""

    url = "https://spdx.org/licenses/"

    def __init__(self, expression: str, reason: str) -> None:
        unknown = reason.partition("Unknown license: ")[2].strip("'\"")
        fix = "write an SPDX expression such as `MIT` or `MIT OR Apache-2.0`"
        if "/" in expression:
            parts = [part.strip() for part in expression.split("/")]
            fix = f'write "{" OR ".join(parts)}"'
        hint = _similar_license(unknown) if unknown else ""
        super().__init__(
            f'project.license is "{expression}", which is no SPDX expression{hint}',
            why=[reason],
            fix=f"{fix}; for other licences use LicenseRef-<name>, with the text in "
            "`license-files`",
        )
        self.expression = expression


class LicenseFileError(ProjectError):
    """A licence file that the project names cannot be used."""

    url = "https://peps.python.org/pep-0639/#add-license-files-key"

    def __init__(self, field: str, pattern: str, reason: str) -> None:
        super().__init__(
            f'{field} has "{pattern}"',
            why=[reason],
            fix="name files that exist, relative to pyproject.toml, for example "
            '`license-files = ["LICENSE*"]`',
        )
        self.pattern = pattern


class RequirementError(ProjectError):
    """A dependency that is not written as PEP 508 wants it."""

    url = "https://packaging.python.org/en/latest/specifications/dependency-specifiers/"

    def __init__(self, field: str, requirement: str, reason: str) -> None:
        super().__init__(
            f'{field} has "{requirement}", which is no valid requirement',
            why=reason.splitlines(),
            fix='write for example "name>=1.2", "name[extra]~=1.0" or '
            "\"name; python_version < '3.11'\"",
        )
        self.requirement = requirement


class EntryPointError(ProjectError):
    """A script or entry point that no installer could make."""

    url = "https://packaging.python.org/en/latest/specifications/entry-points/"

    def __init__(
        self, field: str, name: str, value: str, reason: str, *, fix: str = ""
    ) -> None:
        super().__init__(
            f'{field} has `{name} = "{value}"`',
            why=[reason],
            fix=fix or 'write for example `name = "package.module:function"`',
        )
        self.field = field
        self.name = name


def _similar_license(unknown: str) -> str:
    by_lower = {name.lower(): name for name in COMMON_LICENSES}
    hint = did_you_mean(unknown, tuple(by_lower))
    for lower, name in by_lower.items():
        hint = hint.replace(f'"{lower}"', f'"{name}"')
    return hint


def _describe(value: object) -> str:
    kinds = {
        bool: "a boolean",
        str: "a string",
        int: "an integer",
        float: "a float",
        list: "an array",
        dict: "a table",
    }
    kind = kinds.get(type(value), "a date or time")
    return kind if isinstance(value, (list, dict)) else f"{kind}: {value!r}"
