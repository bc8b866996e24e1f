"""Core metadata: from `[project]` (PEP 621, PEP 639) and from the crate.

Every problem of the table is gathered before one error is raised. What is
written, and how, is decided in `core_metadata`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.project import (
    FieldTypeError,
    FieldValueError,
    MissingNameError,
)
from ferrule.project.core_metadata import CoreMetadata
from ferrule.project.dependencies import read_dependencies, read_requires_python
from ferrule.project.entrypoints import (
    Entries,
    read_entry_points,
    read_scripts,
)
from ferrule.project.license import (
    License,
    read_crate_license,
    read_project_license,
)
from ferrule.project.people import read_crate_authors, read_people
from ferrule.project.readme import Readme, read_crate_readme, read_project_readme
from ferrule.project.table import Findings, ProjectTable
from ferrule.project.version import normalize_version

if TYPE_CHECKING:
    from ferrule.project.crate import Crate

__all__ = ["CoreMetadata", "read_core_metadata"]


def read_core_metadata(
    pyproject: Mapping[str, Any] | None, root: Path, crate: Crate
) -> tuple[CoreMetadata, tuple[str, ...]]:
    """Return the metadata of a project, and warnings about it.

    `root` is the folder that paths in pyproject.toml start from. Without a
    `[project]` table everything comes from the crate. Raises an error of
    `ferrule.errors.project`, or `MetadataError` where there are several.
    """
    findings = Findings(is_lenient=_is_made_for_maturin(pyproject))
    table = (pyproject or {}).get("project")
    if table is not None and not isinstance(table, dict):
        raise FieldTypeError("project", "a table", table)
    if table is None:
        metadata = _from_crate(crate, root, findings)
    else:
        metadata = _from_project(ProjectTable(table, findings), root, crate)
    findings.raise_errors()
    return metadata, tuple(findings.warnings)


def _is_made_for_maturin(pyproject: Mapping[str, Any] | None) -> bool:
    # maturin looks at no licence: its projects keep building, with a warning.
    tool = (pyproject or {}).get("tool")
    return isinstance(tool, dict) and "maturin" in tool and "ferrule" not in tool


def _from_crate(crate: Crate, root: Path, findings: Findings) -> CoreMetadata:
    author, author_email = read_crate_authors(crate.authors)
    readme = read_crate_readme(crate, findings)
    license_ = read_crate_license(crate, root, findings)
    return CoreMetadata(
        name=crate.name,
        version=_crate_version(crate, findings),
        summary=_one_line(crate.description),
        keywords=crate.keywords,
        author=author,
        author_email=author_email,
        home_page=crate.homepage,
        project_urls=_crate_urls(crate),
        **_readme_fields(readme),
        **_license_fields(license_),
    )


def _from_project(project: ProjectTable, root: Path, crate: Crate) -> CoreMetadata:
    findings = project.findings
    project.warn_about_keys()
    author, author_email = read_people(project, "authors")
    if project.is_dynamic("authors"):
        author, author_email = read_crate_authors(crate.authors)
    maintainer, maintainer_email = read_people(project, "maintainers")
    summary, keywords = project.text("description"), project.texts("keywords")
    readme = read_project_readme(project, root)
    urls, home_page = _read_urls(project), None
    if project.is_dynamic("description"):
        summary = crate.description
    if project.is_dynamic("keywords"):
        keywords = crate.keywords
    if project.is_dynamic("readme"):
        readme = read_crate_readme(crate, findings)
    if project.is_dynamic("urls"):
        urls, home_page = _crate_urls(crate), crate.homepage
    license_ = read_project_license(project, root, crate)
    requires_dist, provides_extra = read_dependencies(project)
    metadata = CoreMetadata(
        name=_read_name(project, crate),
        version=_read_version(project, crate),
        summary=_one_line(summary),
        keywords=keywords,
        classifiers=project.texts("classifiers"),
        author=author,
        author_email=author_email,
        maintainer=maintainer,
        maintainer_email=maintainer_email,
        requires_python=read_requires_python(project),
        requires_dist=requires_dist,
        provides_extra=provides_extra,
        home_page=home_page,
        project_urls=urls,
        scripts=read_scripts(project, "scripts"),
        gui_scripts=read_scripts(project, "gui-scripts"),
        entry_points=read_entry_points(project),
        dynamic=project.dynamic,
        **_readme_fields(readme),
        **_license_fields(license_),
    )
    _warn_about_fields(metadata, project)
    return metadata


def _readme_fields(readme: Readme | None) -> dict[str, Any]:
    if readme is None:
        return {}
    return {
        "description": readme.text,
        "description_content_type": readme.content_type,
        "readme_path": readme.path,
    }


def _license_fields(license_: License) -> dict[str, Any]:
    return {
        "license_expression": license_.expression,
        "license_text": license_.text,
        "license_files": license_.files,
    }


def _read_name(project: ProjectTable, crate: Crate) -> str:
    is_dynamic = "name" in project.dynamic
    if is_dynamic or "name" not in project:
        project.findings.error(MissingNameError(crate.name, is_dynamic=is_dynamic))
        return crate.name
    name = project.text("name")
    pattern = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
    if name is not None and not re.fullmatch(pattern, name):
        problem = FieldValueError(
            "project.name",
            name,
            "a name consists of ASCII letters, digits, `-`, `_` and `.`, and begins "
            "and ends with a letter or digit",
            "choose another name; the module can still be named with `module-name`",
        )
        project.findings.error(problem)
    return name or crate.name


def _read_version(project: ProjectTable, crate: Crate) -> str:
    version = project.text("version")
    if version is None:
        if "version" not in project and "version" not in project.dynamic:
            project.findings.warn(
                "[project] neither has `version` nor lists it in `dynamic`: "
                f"{crate.version} of Cargo.toml is used; say so with "
                '`dynamic = ["version"]`'
            )
        return _crate_version(crate, project.findings)
    return project.findings.attempt(
        lambda: normalize_version(version, origin="project.version")
    )


def _crate_version(crate: Crate, findings: Findings) -> str:
    origin = "package.version in Cargo.toml"
    return findings.attempt(lambda: normalize_version(crate.version, origin=origin))


def _read_urls(project: ProjectTable) -> Entries:
    urls = project.text_mapping("urls")
    for label in urls:
        if len(label) > 32:
            project.findings.warn(
                f'project.urls has the label "{label}": package indexes accept at '
                "most 32 characters"
            )
        if "," in label:
            problem = FieldValueError(
                "a label in project.urls",
                label,
                "a comma ends the label in the metadata",
                "write the label without a comma",
            )
            project.findings.error(problem)
    return tuple(sorted(urls.items()))


def _crate_urls(crate: Crate) -> Entries:
    found = (
        ("Documentation", crate.documentation),
        ("Homepage", crate.homepage),
        ("Source Code", crate.repository),
    )
    return tuple((label, url) for label, url in found if url)


def _warn_about_fields(metadata: CoreMetadata, project: ProjectTable) -> None:
    if metadata.license_expression and any(
        item.startswith("License ::") for item in metadata.classifiers
    ):
        project.findings.warn(
            "project.license is an SPDX expression: `License ::` classifiers say the "
            "same again and are deprecated (PEP 639)"
        )
    values = {
        "description": metadata.summary,
        "readme": metadata.description,
        "authors": metadata.author or metadata.author_email,
        "keywords": metadata.keywords,
        "urls": metadata.project_urls,
        "license": metadata.license_text or metadata.license_files,
    }
    for key, value in values.items():
        if project.is_dynamic(key) and not value:
            project.findings.warn(
                f'project.dynamic has "{key}", but Cargo.toml does not set it: '
                "the field stays empty"
            )


def _one_line(text: str | None) -> str | None:
    if text is None:
        return None
    return " ".join(line.strip() for line in text.strip().splitlines())
