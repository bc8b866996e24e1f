"""The `[project]` table that keywords of `setup()` stand for.

Fields of the old metadata without a place in `[project]` (PEP 621) take the
nearest one: `url` becomes the URL called Homepage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ferrule.project.setuptools.setup_cfg import parse_lines
from ferrule.project.setuptools.values import Keywords, known

__all__ = ["FIELD_KEYWORDS", "parse_entry_points", "project_field"]

FIELD_KEYWORDS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "version": ("version",),
    "description": ("description",),
    "readme": ("long_description", "long_description_content_type"),
    "requires-python": ("python_requires",),
    "license": ("license",),
    "license-files": ("license_files", "license_file"),
    "authors": ("author", "author_email"),
    "maintainers": ("maintainer", "maintainer_email"),
    "keywords": ("keywords",),
    "classifiers": ("classifiers",),
    "urls": ("url", "download_url", "project_urls"),
    "scripts": ("entry_points",),
    "gui-scripts": ("entry_points",),
    "entry-points": ("entry_points",),
    "dependencies": ("install_requires",),
    "optional-dependencies": ("extras_require",),
}
"""Keywords of `setup()` for each field of `[project]`, in the usual order."""

_CONTENT_TYPES = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "txt": "text/plain",
}


def project_field(keywords: Keywords, name: str) -> Any:  # noqa: PLR0911 - one each
    """Return the value of a `[project]` field, or None where nothing is said.

    Raises `SetupCodeError` where setup.py computes the value.
    """
    found = {key: known(keywords, key) for key in FIELD_KEYWORDS[name]}
    values = {key: value for key, value in found.items() if value not in (None, "")}
    if not values:
        return None
    first = next(iter(values.values()))
    if name in ("authors", "maintainers"):
        return _people(values, name[:-1])
    if name == "urls":
        return _urls(values) or None
    if name == "readme":
        return _readme(values)
    if name == "license":
        return {"text": str(first)}
    if name == "license-files":
        return [first] if isinstance(first, str) else list(first)
    if name == "keywords":
        return _words(first)
    if name == "dependencies":
        return _requirements(first) + _conditional(keywords)
    if name == "optional-dependencies":
        return _extras(first) or None
    if name.endswith(("scripts", "entry-points")):
        return parse_entry_points(first).get(name)
    if name == "classifiers":
        return first.split("\n") if isinstance(first, str) else list(first)
    return _one_line(str(first)) if name == "description" else str(first)


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines())


def _people(values: Mapping[str, Any], role: str) -> list[dict[str, str]]:
    # Apart, as setuptools writes them: two fields of the metadata.
    parts = str(values.get(role, "")).split(",")
    found = [{"name": part.strip()} for part in parts if part.strip()]
    for part in str(values.get(f"{role}_email", "")).split(","):
        matched = re.fullmatch(r"(.*?)\s*<(.+)>", part.strip())
        if matched:
            name = matched[1].strip('"')
            found.append(
                {"name": name, "email": matched[2]} if name else {"email": matched[2]}
            )
        elif part.strip():
            found.append({"email": part.strip()})
    return found


def _urls(values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    if "url" in values:
        found["Homepage"] = str(values["url"])
    if "download_url" in values:
        found["Download"] = str(values["download_url"])
    urls = values.get("project_urls", {})
    if isinstance(urls, Mapping):
        found.update({str(key): str(url) for key, url in urls.items()})
    return found


def _readme(values: Mapping[str, Any]) -> Any:
    text = values.get("long_description")
    content_type = values.get("long_description_content_type")
    if text is None:
        return None
    files = file_names(text)
    if files and len(files) == 1:
        suffix = files[0].rpartition(".")[2].lower()
        guessed = _CONTENT_TYPES.get(suffix, "text/x-rst")
        return {"file": files[0], "content-type": content_type or guessed}
    return {"text": str(text), "content-type": content_type or "text/x-rst"}


def file_names(text: object) -> list[str]:
    """Return the files that a `file:` directive names."""
    if not isinstance(text, str) or not text.startswith("file:"):
        return []
    return [part.strip() for part in text[len("file:") :].split(",") if part.strip()]


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        parts = value.split(",") if "," in value else value.split()
        return [part.strip() for part in parts if part.strip()]
    return [str(item) for item in value]


def _requirements(value: Any) -> list[str]:
    return parse_lines(value) if isinstance(value, str) else [str(x) for x in value]


def _conditional(keywords: Keywords) -> list[str]:
    """Return the dependencies that old `extras_require` keys like `:marker` give."""
    found = []
    for key, value in _extras_table(known(keywords, "extras_require")).items():
        if key.startswith(":"):
            found += [f"{item}; {key[1:]}" for item in _requirements(value)]
    return found


def _extras(value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, items in _extras_table(value).items():
        name, _, marker = key.partition(":")
        if name:
            requirements = _requirements(items)
            if marker:
                requirements = [f"{item}; {marker}" for item in requirements]
            found.setdefault(name, []).extend(requirements)
    return found


def _extras_table(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def parse_entry_points(value: Any) -> dict[str, Any]:
    """Return `scripts`, `gui-scripts` and `entry-points` of an `entry_points`.

    It is a table of groups, or the text of an entry_points.txt.
    """
    groups = _parse_groups(value) if isinstance(value, str) else dict(value)
    result: dict[str, Any] = {}
    names = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}
    for group, items in groups.items():
        entries = _entries(items)
        if group in names:
            result[names[group]] = entries
        elif entries:
            result.setdefault("entry-points", {})[group] = entries
    return result


def _entries(items: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(items, Mapping):
        return {str(key): str(value) for key, value in items.items()}
    lines = items.splitlines() if isinstance(items, str) else items
    pairs = (line.partition("=") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip()}


def _parse_groups(text: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("[") and word.endswith("]"):
            current = groups.setdefault(word[1:-1].strip(), [])
        elif word and not word.startswith(("#", ";")):
            current.append(word)
    return groups
