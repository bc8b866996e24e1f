"""`[tool.setuptools]` in the words of `setup()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ferrule.errors.settings import SettingTypeError, UnknownSettingError
from ferrule.project.setuptools.values import Find, Keywords

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["read_tool_table"]

_SHAPES = {
    "py-modules": "list",
    "script-files": "list",
    "license-files": "list",
    "platforms": "list",
    "provides": "list",
    "obsoletes": "list",
    "namespace-packages": "list",
    "eager-resources": "list",
    "dependency-links": "list",
    "packages": "packages",
    "package-dir": "texts",
    "package-data": "lists",
    "exclude-package-data": "lists",
    "data-files": "lists",
    "include-package-data": "switch",
    "zip-safe": "switch",
    "dynamic": "table",
    "cmdclass": "table",
    "ext-modules": "any",
}
_EXPECTED = {
    "list": "a list of strings",
    "texts": "a table of strings",
    "lists": "a table of lists of strings",
    "switch": "true or false",
    "table": "a table",
    "packages": "a list of strings, or a table `find`",
    "any": "",
}
_FIND = ("where", "include", "exclude", "namespaces")
_RENAMED = {"script-files": "scripts"}


def read_tool_table(table: object, problems: list[FerruleError]) -> Keywords:
    """Return the keywords that the table gives, and record what is wrong.

    The key `dynamic` keeps its name; `packages.find` becomes a `Find`.
    """
    where = "tool.setuptools"
    if not isinstance(table, Mapping):
        problems.append(SettingTypeError(where, "a table", table))
        return {}
    keywords: Keywords = {}
    for key, value in table.items():
        path = f"{where}.{key}"
        shape = _SHAPES.get(key)
        if shape is None:
            problems.append(UnknownSettingError(path, key, tuple(_SHAPES)))
        elif shape == "packages":
            packages = _read_packages(value, path, problems)
            if packages is not None:
                keywords["packages"] = packages
        elif not _has_shape(shape, value):
            problems.append(SettingTypeError(path, _EXPECTED[shape], value))
        else:
            name = (_RENAMED.get(key) or str(key)).replace("-", "_")
            keywords[name] = _keyword(name, value)
    return keywords


def _keyword(name: str, value: Any) -> Any:
    if name in ("package_data", "exclude_package_data"):
        return {"" if key == "*" else key: item for key, item in value.items()}
    if name == "data_files":
        return list(value.items())
    return value


def _read_packages(value: object, path: str, problems: list[FerruleError]) -> Any:
    if _has_shape("list", value):
        return value
    find = value.get("find") if isinstance(value, Mapping) else None
    if not isinstance(find, Mapping) or not isinstance(value, Mapping):
        problems.append(SettingTypeError(path, _EXPECTED["packages"], value))
        return None
    problems += [
        UnknownSettingError(f"{path}.{key}", key, ("find",))
        for key in value
        if key != "find"
    ]
    before = len(problems)
    for key, item in find.items():
        place = f"{path}.find.{key}"
        if key not in _FIND:
            problems.append(UnknownSettingError(place, key, _FIND))
        elif not _has_shape("switch" if key == "namespaces" else "list", item):
            expected = _EXPECTED["switch" if key == "namespaces" else "list"]
            problems.append(SettingTypeError(place, expected, item))
    if len(problems) > before:
        return None
    return Find(
        where=tuple(find.get("where", ["."])),
        include=tuple(find.get("include", ["*"])),
        exclude=tuple(find.get("exclude", [])),
        namespaces=find.get("namespaces", True),
    )


def _has_shape(shape: str, value: object) -> bool:
    if shape == "list":
        return isinstance(value, list) and all(isinstance(i, str) for i in value)
    if shape == "switch":
        return isinstance(value, bool)
    if shape == "table":
        return isinstance(value, Mapping)
    if shape == "texts":
        return isinstance(value, Mapping) and all(
            isinstance(item, str) for item in value.values()
        )
    if shape == "lists":
        return isinstance(value, Mapping) and all(
            _has_shape("list", item) for item in value.values()
        )
    return True
