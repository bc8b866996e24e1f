"""The metadata of a distribution, and its text (core metadata 2.4).

The text is the same for METADATA in a wheel and for PKG-INFO in an sdist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.project.entrypoints import Entries, EntryGroups
    from ferrule.project.license import LicenseFiles

__all__ = ["CoreMetadata"]


@dataclass(frozen=True)
class CoreMetadata:
    """The metadata of a distribution, ready to be written."""

    name: str
    """As the author spells it."""
    version: str
    """In the normal form of PEP 440."""
    summary: str | None = None
    description: str | None = None
    description_content_type: str | None = None
    readme_path: Path | None = None
    """The file that the description came from."""
    keywords: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    author: str | None = None
    author_email: str | None = None
    maintainer: str | None = None
    maintainer_email: str | None = None
    license_expression: str | None = None
    license_text: str | None = None
    license_files: LicenseFiles = ()
    """Path below `licenses/` in the dist-info folder, and the file itself."""
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    home_page: str | None = None
    project_urls: Entries = ()
    scripts: Entries = ()
    gui_scripts: Entries = ()
    entry_points: EntryGroups = ()
    """Groups other than scripts, each with its entries."""
    dynamic: tuple[str, ...] = ()
    """`project.dynamic` of pyproject.toml; not written, as nothing stays open."""

    @property
    def distribution_name(self) -> str:
        """Return the name as it stands in file names (`My.Pkg` is `my_pkg`)."""
        return re.sub(r"[-_.]+", "_", self.name).lower()

    @property
    def file_version(self) -> str:
        """Return the version as it stands in file names."""
        return self.version.replace("-", "_")

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers of METADATA in the order in which they are written."""
        yield "Metadata-Version", "2.4"
        yield "Name", self.name
        yield "Version", self.version
        for name, values in (
            ("Classifier", self.classifiers),
            ("Requires-Dist", self.requires_dist),
            ("Provides-Extra", self.provides_extra),
            ("License-File", tuple(path for path, _ in self.license_files)),
        ):
            for value in values:
                yield name, value
        for name, text in (
            ("Summary", self.summary),
            ("Keywords", ",".join(self.keywords)),
            ("Home-Page", self.home_page),
            ("Author", self.author),
            ("Author-email", self.author_email),
            ("Maintainer", self.maintainer),
            ("Maintainer-email", self.maintainer_email),
            ("License-Expression", self.license_expression),
            ("License", self.license_text),
            ("Requires-Python", self.requires_python),
            ("Description-Content-Type", self.description_content_type),
        ):
            if text:
                yield name, text
        for label, url in self.project_urls:
            yield "Project-URL", f"{label}, {url}"

    def to_metadata_text(self) -> str:
        """Return the text of METADATA or PKG-INFO."""
        lines = [f"{name}: {_fold(name, value)}\n" for name, value in self.headers()]
        if self.description is not None:
            lines.append(f"\n{self.description}\n")
        return "".join(lines)

    def entry_points_text(self) -> str:
        """Return the text of entry_points.txt, empty where there is none."""
        groups = (
            ("console_scripts", self.scripts),
            ("gui_scripts", self.gui_scripts),
            *self.entry_points,
        )
        lines = []
        for group, entries in groups:
            if entries:
                lines.append(f"[{group}]\n")
                lines += [f"{name}={value}\n" for name, value in entries]
        return "".join(lines)


def _fold(name: str, value: str) -> str:
    # A line end inside a value would begin a new header. Only the text of a
    # licence has lines that matter: they become continuation lines (RFC 822).
    if name != "License":
        return " ".join(value.split()) if _has_line_end(value) else value.strip()
    return "\n        ".join(value.strip().splitlines())


def _has_line_end(value: str) -> bool:
    return len(value.splitlines()) > 1
