"""METADATA: valid, complete, and what package indexes take.

Standards: core metadata 2.5, PEP 639 (licenses). Validity is judged by
`packaging`, which the package index uses, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.checks.fields import is_same_version
from ferrule.audit.finding import Finding, Severity
from ferrule.wheel.file_name import normalized_name

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata
    from packaging.specifiers import SpecifierSet

    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_metadata"]

_LICENSE_NAMES = ("license", "licence", "copying", "unlicense", "notice")
_FIX = "correct pyproject.toml and build anew"
_FORMER = {"metadata-version": "2.0", "description-content-type": "UNKNOWN"}
"""What wheel and setuptools wrote before the standard had another word for it."""
_LATEST_MINOR = 40
"""No Python 3 has more minor or patch releases."""


def check_metadata(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield what is wrong with METADATA and with the files that it names."""
    from packaging.metadata import parse_email

    path = f"{wheel.dist_info}/METADATA"
    content = wheel.read(path)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"it is not UTF-8: byte {error.start} is {content[error.start]:#04x}"
        yield Finding("metadata", "error", path, what, _FIX)
        return
    raw, unparsed = parse_email(content)
    for name, values in sorted(unparsed.items()):
        shown = f"{name}: {values[0]}" if values else name
        what = f"the field {shown[:120]!r} is unknown or cannot be read"
        yield Finding("metadata", "warning", path, what, _FIX)
    yield from _check_validity(raw, path)
    yield from _check_release(wheel, raw, path)
    yield from _check_licenses(wheel, raw)
    yield from _check_index(raw, path)
    yield from _check_python(wheel, raw, path)
    yield from _check_description(raw, path)


def _check_validity(raw: RawMetadata, path: str) -> Iterator[Finding]:
    from packaging.metadata import InvalidMetadata, Metadata

    try:
        Metadata.from_raw(raw)
    except Exception as problem:  # noqa: BLE001  # its class differs by Python
        # An ExceptionGroup, which Python has since 3.11; packaging brings its own.
        for item in getattr(problem, "exceptions", (problem,)):
            field = item.field if isinstance(item, InvalidMetadata) else ""
            if field == "license-file" and "introduced" in str(item):
                # setuptools wrote the field years before it was standard.
                continue
            what = str(item).replace("\n", " ")
            if field and field not in what:
                what = f"{field}: {what}"
            severity: Severity = "error"
            if raw.get(field.replace("-", "_")) == _FORMER.get(field, item):
                severity = "warning"
                what += "; tools wrote it until 2018, and installers take it"
            yield Finding("metadata", severity, path, what, _FIX)


def _check_release(
    wheel: OpenedWheel, raw: RawMetadata, path: str
) -> Iterator[Finding]:
    name, version = raw.get("name", ""), raw.get("version", "")
    told = wheel.filename
    if name and normalized_name(name) != normalized_name(told.distribution):
        what = f"it is about {name[:100]}, and the file name says {told.distribution}"
        yield Finding("name-mismatch", "error", path, what, "build the wheel anew")
    elif version and not is_same_version(version, told.version.replace("_", "-")):
        shown = version[:100]
        what = f"it is about version {shown}, and the file name says {told.version}"
        yield Finding("name-mismatch", "error", path, what, "build the wheel anew")


# -------------------------------------------------------------------- licenses


def _check_licenses(wheel: OpenedWheel, raw: RawMetadata) -> Iterator[Finding]:
    named = raw.get("license_files", [])
    # Since 2.4 they have a folder of their own; tools wrote the field before that.
    is_strict = _number(raw.get("metadata_version", "")) >= (2, 4)
    for name in named:
        places = [f"{wheel.dist_info}/licenses/{name}"]
        if not is_strict:
            places += [
                f"{wheel.dist_info}/{name}",
                f"{wheel.dist_info}/{name.rpartition('/')[2]}",
            ]
        if not any(place in wheel.entries for place in places):
            what = f"METADATA names the license file {name}, and it is not in the wheel"
            fix = "build with a tool that knows PEP 639"
            severity: Severity = "error" if is_strict else "warning"
            yield Finding("license-file", severity, places[0], what, fix)
    if not named and not _has_license(wheel):
        what = "the wheel has no license file"
        fix = "add one, and name it in `project.license-files`"
        yield Finding("no-license", "note", "", what, fix)


def _number(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit())


def _has_license(wheel: OpenedWheel) -> bool:
    for path in wheel.entries:
        name = path.rpartition("/")[2].lower()
        if name.startswith(_LICENSE_NAMES) and not name.endswith((".py", ".pyi")):
            return True
    return False


# ----------------------------------------------------------------------- index


def _check_index(raw: RawMetadata, path: str) -> Iterator[Finding]:
    fix = "change it before you publish on PyPI"
    version = raw.get("version", "")
    if "+" in version:
        what = f"PyPI takes no local version such as {version}"
        yield Finding("index-metadata", "warning", path, what, fix)
    for requirement in raw.get("requires_dist", []):
        if "@" in requirement.partition(";")[0]:
            what = f"PyPI takes no dependency by URL: {requirement}"
            yield Finding("index-metadata", "warning", path, what, fix)
    classifiers = raw.get("classifiers", [])
    for item in classifiers:
        if item.startswith("Private ::"):
            what = f"the classifier {item!r} makes PyPI refuse the upload"
            yield Finding("index-metadata", "note", path, what)
    licenses = [item for item in classifiers if item.startswith("License ::")]
    if raw.get("license_expression") and licenses:
        what = "License-Expression takes the place of license classifiers (PEP 639)"
        fix = "leave the classifiers out"
        yield Finding("index-metadata", "note", path, what, fix, tuple(licenses))


def _check_python(wheel: OpenedWheel, raw: RawMetadata, path: str) -> Iterator[Finding]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = raw.get("requires_python")
    try:
        allowed = SpecifierSet(text or "")
    except InvalidSpecifier:
        return
    pythons = wheel.filename.tag.python.split(".")
    refused = [name for name in pythons if not _is_allowed(name, allowed)]
    if text and refused:
        # Installers look at Requires-Python first: too many tags do no harm.
        severity: Severity = "error" if len(refused) == len(pythons) else "note"
        what = f"Requires-Python is {text!r}, which excludes {', '.join(refused)}"
        fix = "leave these tags out, or correct `project.requires-python`"
        yield Finding("requires-python", severity, path, what, fix)


def _is_allowed(tag: str, allowed: SpecifierSet) -> bool:
    """Return whether some release that a Python tag names is allowed."""
    digits = tag[2:]
    if tag[:2] not in ("py", "cp", "pp") or not digits.isdecimal():
        return True
    releases = [f"{digits[0]}.{digits[1:]}.{number}" for number in range(_LATEST_MINOR)]
    if len(digits) == 1:
        releases = [f"{digits}.{number}.20" for number in range(_LATEST_MINOR)]
    return any(allowed.contains(item, prereleases=True) for item in releases)


# ----------------------------------------------------------------- description


def _check_description(raw: RawMetadata, path: str) -> Iterator[Finding]:
    text = raw.get("description", "").strip()
    if text in ("", "UNKNOWN"):
        what = "there is no description, so the project's page stays empty"
        fix = "name the README in `project.readme`"
        yield Finding("description", "note", path, what, fix)
        return
    kind = raw.get("description_content_type", "")
    problem = ""
    if kind.partition(";")[0].strip().lower() in ("", "text/x-rst"):
        problem = _rst_problem(text)
    if not problem and not kind and text.startswith(("# ", "<", "[!")):
        problem = "it looks like Markdown, and without a content type it is taken for "
        problem += "reStructuredText"
    if problem:
        fix = "correct the README, or set its content type in `project.readme`"
        yield Finding("description", "warning", path, problem, fix)


def _rst_problem(text: str) -> str:
    """Return why reStructuredText cannot be rendered, if what renders it is there."""
    from importlib.util import find_spec

    if find_spec("readme_renderer") is None:
        return ""
    from importlib import import_module
    from io import StringIO

    told = StringIO()
    try:
        page = import_module("readme_renderer.rst").render(text, stream=told)
    except Exception as error:  # noqa: BLE001  # docutils has defects of its own
        return f"its reStructuredText cannot be rendered: {error}"
    if page is not None:
        return ""
    first = told.getvalue().strip().partition("\n")[0]
    return f"its reStructuredText cannot be rendered: {first}"
