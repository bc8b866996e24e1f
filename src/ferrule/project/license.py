"""Licences: SPDX expressions and licence files (PEP 639), and what was before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.project import (
    LicenseExpressionError,
    LicenseFileError,
)

if TYPE_CHECKING:
    from ferrule.project.crate import Crate
    from ferrule.project.table import Findings, ProjectTable

__all__ = ["License", "LicenseFiles", "read_crate_license", "read_project_license"]

LicenseFiles = tuple[tuple[str, Path], ...]

_DEFAULT_PREFIXES = (("LICENSE", "LICENCE"), "COPYING", "NOTICE", "AUTHORS")


@dataclass(frozen=True)
class License:
    """What the core metadata says about the licence."""

    expression: str | None = None
    text: str | None = None
    files: LicenseFiles = ()
    """Path below `licenses/` in the dist-info folder, and the file itself."""


def read_project_license(project: ProjectTable, root: Path, crate: Crate) -> License:
    """Return the licence of `[project]`, or the crate's where it is dynamic."""
    expression, text, files = _read_license_key(project, root)
    if project.is_dynamic("license"):
        text = crate.license
    if project.is_dynamic("license") or project.is_dynamic("license-files"):
        files += _crate_license_file(crate, root, project.findings)
    if "license-files" in project:
        for pattern in project.texts("license-files"):
            files += _match_files(root, pattern, project.findings)
    else:
        files += _default_files(root)
    return License(expression, text, tuple(dict.fromkeys(files)))


def read_crate_license(crate: Crate, root: Path, findings: Findings) -> License:
    """Return the licence of a project that has no `[project]` table."""
    files = _crate_license_file(crate, root, findings)
    return License(text=crate.license, files=files)


def _read_license_key(
    project: ProjectTable, root: Path
) -> tuple[str | None, str | None, LicenseFiles]:
    value = project.table.get("license")
    if value is None:
        return None, None, ()
    if isinstance(value, str):
        expression = _normalize_expression(value, project.findings)
        # Free text has its own header; the one for expressions would be invalid.
        return expression, None if expression else value.strip() or None, ()
    table = project.file_or_text("license", "an SPDX expression (a string)")
    file = table.get("file")
    if file is None:
        return None, table.get("text"), ()
    return None, None, _named_file(root, file, "project.license", project.findings)


def _normalize_expression(expression: str, findings: Findings) -> str | None:
    from packaging.licenses import (
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    try:
        return canonicalize_license_expression(expression)
    except InvalidLicenseExpression as error:
        findings.complain(LicenseExpressionError(expression, str(error)))
        return None


def _crate_license_file(crate: Crate, root: Path, findings: Findings) -> LicenseFiles:
    if not crate.license_file:
        return ()
    path = os.path.normpath(crate.folder / crate.license_file)
    if not os.path.isfile(path):
        field = "package.license-file in Cargo.toml"
        reason = f"there is no file {path}"
        findings.error(LicenseFileError(field, crate.license_file, reason))
        return ()
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    if relative.startswith("../"):
        relative = os.path.basename(path)
    return ((relative, Path(path)),)


def _named_file(root: Path, name: str, field: str, findings: Findings) -> LicenseFiles:
    path = os.path.normpath(root / name)
    if os.path.isabs(name) or not os.path.isfile(path):
        reason = (
            "the path must be relative"
            if os.path.isabs(name)
            else f"there is no file {path}"
        )
        findings.error(LicenseFileError(field, name, reason))
        return ()
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    # A file of the workspace above the project has no place of its own inside
    # the archive: it goes to the top.
    while relative.startswith("../"):
        relative = relative[3:]
    return ((relative, Path(path)),)


def _default_files(root: Path) -> LicenseFiles:
    present = sorted(os.listdir(root))
    names = [
        name
        for prefixes in _DEFAULT_PREFIXES
        for name in present
        if name.startswith(prefixes)
    ]
    return tuple((name, root / name) for name in names if os.path.isfile(root / name))


def _match_files(root: Path, pattern: str, findings: Findings) -> LicenseFiles:
    field = "project.license-files"
    reason = _explain_bad_pattern(pattern)
    if reason:
        findings.error(LicenseFileError(field, pattern, reason))
        return ()
    if not any(character in pattern for character in "*?["):
        if not os.path.isfile(root / pattern):
            reason = f"there is no file {root / pattern}"
            findings.complain(LicenseFileError(field, pattern, reason))
            return ()
        return _named_file(root, pattern, field, findings)
    import glob

    full = os.path.join(glob.escape(str(root)), pattern)
    found = sorted(glob.glob(full, recursive=True))
    files = [path for path in found if os.path.isfile(path)]
    if not files:
        reason = f"it matches no file below {root}"
        findings.complain(LicenseFileError(field, pattern, reason))
    return tuple(
        (os.path.relpath(path, root).replace(os.sep, "/"), Path(path)) for path in files
    )


def _explain_bad_pattern(pattern: str) -> str | None:
    """Return what PEP 639 has against a pattern."""
    if not pattern or pattern[0] == "/":
        return "patterns are relative paths: not empty, and without a first slash"
    if ".." in pattern.split("/"):
        return "`..` is not allowed in patterns: licence files lie below the project"
    if "\\" in pattern:
        return "the separator is `/`, also on Windows"
    outside = {mark for mark in pattern if not (mark.isalnum() or mark in "_-./*?[]")}
    if outside:
        return f"not allowed in patterns: {' '.join(sorted(outside))}"
    return None
