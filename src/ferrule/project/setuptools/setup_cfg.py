"""setup.cfg: the declarative form of `setup()`, and options of commands.

The sections and the types of their values are those of setuptools' user guide,
"Configuring setuptools using setup.cfg files".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferrule.errors.setuptools_project import SetupConfigError
from ferrule.project.setuptools.values import Find, Keywords

__all__ = ["SetupConfig", "merged_commands", "parse_lines", "read_setup_cfg"]

_TEXTS = (
    *("name", "version", "url", "download_url", "author", "author_email"),
    *("maintainer", "maintainer_email", "license", "description"),
    *("long_description", "long_description_content_type"),
)
_LISTS = ("keywords", "classifiers", "license_files", "platforms")
_ALIASES = {
    "home_page": "url",
    "summary": "description",
    "classifier": "classifiers",
    "license_file": "license_files",
    "platform": "platforms",
}
_MARKERS = (
    *("python_", "sys_platform", "platform_", "os_name", "implementation_"),
    *("extra", "("),
)
_OPTION_LISTS = (
    *("py_modules", "scripts", "install_requires", "setup_requires"),
    *("namespace_packages", "tests_require"),
)


@dataclass
class SetupConfig:
    """What setup.cfg files say."""

    keywords: Keywords = field(default_factory=dict)
    """In the words of `setup()`; `file:` and `attr:` are kept as text."""
    commands: dict[str, dict[str, str]] = field(default_factory=dict)
    """Options of commands such as `bdist_wheel`."""
    paths: tuple[Path, ...] = ()


def read_setup_cfg(paths: Sequence[Path]) -> SetupConfig:
    """Return what the files say together; later ones win, absent ones are none.

    Raises `SetupConfigError`.
    """
    import configparser

    result = SetupConfig()
    for path in paths:
        if not path.is_file():
            continue
        parser = configparser.RawConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # keeps case
        try:
            parser.read_string(path.read_text(encoding="utf-8-sig"), str(path))
        except (configparser.Error, UnicodeDecodeError) as error:
            raise SetupConfigError(path, str(error)) from error
        result.paths += (path,)
        for section in parser.sections():
            _read_section(section, dict(parser.items(section)), result)
    return result


def _read_section(section: str, values: dict[str, str], result: SetupConfig) -> None:
    keywords = result.keywords
    if section == "metadata":
        for given, text in values.items():
            key = given.replace("-", "_").lower()
            key = _ALIASES.get(key, key)
            if key in _TEXTS:
                keywords[key] = text.strip()
            elif key in _LISTS:
                is_file = text.strip().startswith("file:")
                keywords[key] = text.strip() if is_file else parse_list(text)
            elif key == "project_urls":
                keywords[key] = parse_table(text)
    elif section == "options":
        for given, text in values.items():
            _read_option(given.replace("-", "_").lower(), text, keywords)
    elif section.startswith("options."):
        _read_part(section.partition(".")[2], values, keywords)
    else:
        options = {key.replace("-", "_"): value for key, value in values.items()}
        result.commands.setdefault(section, {}).update(options)


def _read_option(key: str, text: str, keywords: Keywords) -> None:
    word = text.strip()
    if key in ("include_package_data", "zip_safe"):
        keywords[key] = word.lower() in ("1", "true", "yes")
    elif key == "python_requires":
        keywords[key] = word
    elif key == "packages":
        if word in ("find:", "find_namespace:"):
            keywords[key] = Find(namespaces=word == "find_namespace:")
        else:
            keywords[key] = parse_list(text)
    elif key == "package_dir":
        keywords[key] = parse_table(text)
    elif key == "entry_points" or word.startswith("file:"):
        keywords[key] = word
    elif key == "install_requires":
        keywords[key] = parse_lines(text)
    elif key in _OPTION_LISTS:
        keywords[key] = parse_list(text)
    elif key in ("cmdclass", "ext_modules"):
        keywords[key] = word


def _read_part(part: str, values: dict[str, str], keywords: Keywords) -> None:
    if part == "packages.find":
        search = keywords.get("packages")
        namespaces = isinstance(search, Find) and search.namespaces
        keywords["packages"] = Find(
            where=(values.get("where", ".").strip(),),
            include=tuple(parse_list(values.get("include", ""))) or ("*",),
            exclude=tuple(parse_list(values.get("exclude", ""))),
            namespaces=namespaces,
        )
        return
    readers: dict[str, Callable[[str], Any]] = {
        "package_data": parse_list,
        "exclude_package_data": parse_list,
        "extras_require": _lines_or_file,
        "entry_points": parse_lines,
    }
    if part in readers:
        is_data = part.endswith("package_data")
        table = {key: readers[part](text) for key, text in values.items()}
        if is_data and "*" in table:
            table[""] = table.pop("*")
        keywords[part] = table
    elif part == "data_files":
        keywords[part] = [(key, parse_list(text)) for key, text in values.items()]


def parse_list(text: str) -> list[str]:
    """Return the items of a list: one a line, or separated by commas.

    >>> parse_list("a, b")
    ['a', 'b']
    """
    parts = text.splitlines() if "\n" in text else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def parse_lines(text: str) -> list[str]:
    """Return requirements or entry points: one a line, or between semicolons.

    A semicolon before a marker belongs to its requirement.

    >>> parse_lines("a; python_version < '3.9'; b")
    ["a; python_version < '3.9'", 'b']
    """
    if "\n" not in text.strip():
        found: list[str] = []
        for part in text.split(";"):
            word = part.strip()
            if found and word.startswith(_MARKERS):
                found[-1] += f"; {word}"
            elif word:
                found.append(word)
        return found
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _lines_or_file(text: str) -> Any:
    return text.strip() if text.strip().startswith("file:") else parse_lines(text)


def parse_table(text: str) -> dict[str, str]:
    """Return the pairs of `key = value` lines.

    >>> parse_table("=src")
    {'': 'src'}
    """
    pairs = (item.partition("=") for item in parse_list(text))
    return {key.strip(): value.strip() for key, _, value in pairs}


def merged_commands(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, str]]:
    """Return the options of commands of two sources; the second wins."""
    names = {**first, **second}
    return {
        name: {
            key.replace("-", "_"): str(value)
            for key, value in {**first.get(name, {}), **second.get(name, {})}.items()
        }
        for name in names
    }
