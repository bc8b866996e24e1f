"""The readme: the description of the core metadata and its content type."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.project import ReadmeError

if TYPE_CHECKING:
    from ferrule.project.crate import Crate
    from ferrule.project.table import Findings, ProjectTable

__all__ = ["Readme", "read_crate_readme", "read_project_readme"]

_CONTENT_TYPES = {
    ".md": "text/markdown; charset=UTF-8; variant=GFM",
    ".markdown": "text/markdown; charset=UTF-8; variant=GFM",
    ".rst": "text/x-rst; charset=UTF-8",
}


@dataclass(frozen=True)
class Readme:
    """A description with its type, and the file it came from."""

    text: str
    content_type: str | None
    path: Path | None = None


def read_project_readme(project: ProjectTable, root: Path) -> Readme | None:
    """Return the readme that `[project]` names as a file or holds as text."""
    value = project.table.get("readme")
    if value is None:
        return None
    if isinstance(value, str):
        return _read_file(root, value, "project.readme", project.findings)
    table = project.file_or_text("readme", "a string or a table")
    file, content_type = table.get("file"), table.get("content-type")
    if file is not None:
        found = _read_file(root, file, "project.readme.file", project.findings)
        return replace(found, content_type=content_type or found.content_type)
    if "text" not in table:
        return None
    if content_type is None:
        project.findings.warn(
            "project.readme has `text` without `content-type`: say text/markdown, "
            "text/x-rst or text/plain"
        )
    return Readme(_unify_lines(table["text"]), content_type)


def read_crate_readme(crate: Crate, findings: Findings) -> Readme | None:
    """Return the crate's readme.

    cargo fills in the usual names, except for README.rst, and reports none
    where the manifest says `readme = false`.
    """
    if crate.readme:
        field = "package.readme in Cargo.toml"
        return _read_file(crate.folder, crate.readme, field, findings)
    if os.path.isfile(crate.folder / "README.rst"):
        return _read_file(crate.folder, "README.rst", "Cargo.toml", findings)
    return None


def _read_file(folder: Path, name: str, field: str, findings: Findings) -> Readme:
    path = Path(os.path.normpath(folder / name))
    suffix = os.path.splitext(name)[1].lower()
    content_type = _CONTENT_TYPES.get(suffix, "text/plain; charset=UTF-8")
    text = ""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = f"the system says: {error.strerror or error}"
        findings.error(ReadmeError(field, path, reason))
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
        findings.error(ReadmeError(field, path, reason))
    if os.path.isabs(name):
        findings.error(ReadmeError(field, path, "the path must be relative"))
    return Readme(_unify_lines(text), content_type, path)


def _unify_lines(text: str) -> str:
    # git may check the same file out with other line ends elsewhere.
    return text.replace("\r\n", "\n")
