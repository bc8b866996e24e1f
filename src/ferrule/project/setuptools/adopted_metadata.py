"""The complete `[project]` table of an adopted project."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.setuptools_project import PluginVersionError
from ferrule.project.names import requirement_name
from ferrule.project.setuptools.directives import Directives
from ferrule.project.setuptools.metadata import (
    FIELD_KEYWORDS,
    file_names,
    project_field,
)
from ferrule.project.setuptools.values import first_unknown

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.project.setuptools.sources import Sources

__all__ = ["adopt_project"]

_PLUGINS = (
    *("setuptools-scm", "setuptools-git-versioning", "versioningit", "pbr"),
    *("vcs-versioning", "versioneer", "incremental", "setuptools-vcs-versioning"),
)
_ENTRY_FIELDS = ("scripts", "gui-scripts", "entry-points")


def adopt_project(
    sources: Sources,
    package_dir: Mapping[str, str],
    problems: list[FerruleError],
    warnings: list[str],
) -> dict[str, Any]:
    """Return `[project]` with every value that setuptools would fill in.

    Raises `SetupCodeError`, `StaticAttributeError` and `PluginVersionError`.
    """
    directives = Directives(sources.root, package_dir, problems)
    _skip_missing_readmes(sources, warnings)
    _resolve_texts(sources, directives)
    given = sources.pyproject.get("project")
    if isinstance(given, dict):
        project = _complete(given, sources, directives, warnings)
    else:
        project = _from_keywords(sources, warnings)
    sources.inputs += directives.inputs
    _name_readme_file(project, sources)
    return project


def _name_readme_file(project: dict[str, Any], sources: Sources) -> None:
    """Name the file whose content is the readme, instead of repeating it."""
    readme = project.get("readme")
    if not isinstance(readme, dict) or not readme.get("text"):
        return
    given = sources.pyproject.get("project")
    if isinstance(given, dict) and "readme" in given:
        return
    for path, name in sources.named_inputs():
        if path.suffix in (".py", ".cfg", ".toml"):
            continue
        if path.read_text(encoding="utf-8-sig", errors="replace") == readme["text"]:
            project["readme"] = {"file": name, "content-type": readme["content-type"]}
            return


def _skip_missing_readmes(sources: Sources, warnings: list[str]) -> None:
    """Forget the readmes of setup.cfg that do not exist, as setuptools does."""
    names = file_names(sources.keywords.get("long_description"))
    found = [name for name in names if (sources.root / name).is_file()]
    warnings += [
        f"setup.cfg: long_description names {name}, which does not exist; "
        "the wheel has no such text"
        for name in names
        if name not in found
    ]
    if len(found) < len(names):
        text = f"file: {', '.join(found)}" if found else None
        sources.keywords["long_description"] = text


def _resolve_texts(sources: Sources, directives: Directives) -> None:
    """Replace `file:` and `attr:` of setup.cfg by what they name."""
    keywords = sources.keywords
    given = sources.pyproject.get("project")
    static = set(given) if isinstance(given, dict) else set()
    for field, names in FIELD_KEYWORDS.items():
        if field in static:
            continue
        for name in names:
            value = keywords.get(name)
            where = f"setup.cfg: {name}"
            if isinstance(value, str) and value.startswith(("file:", "attr:")):
                if name == "long_description" and "," not in value:
                    continue  # one file stays a file
                text = directives.text(value, where)
                keywords[name] = text if name != "version" else (text or "").strip()
                if name == "install_requires" and text:
                    keywords[name] = f"{text}\n\n"
            elif isinstance(value, Mapping) and name == "extras_require":
                keywords[name] = {
                    key: _resolve_item(item, directives, f"{where}.{key}")
                    for key, item in value.items()
                }


def _resolve_item(value: Any, directives: Directives, where: str) -> Any:
    if isinstance(value, str) and value.startswith("file:"):
        return f"{directives.text(value, where)}\n\n"
    return value


def _from_keywords(sources: Sources, warnings: list[str]) -> dict[str, Any]:
    project: dict[str, Any] = {}
    for name in FIELD_KEYWORDS:
        if name == "version":
            _set_version(project, sources, warnings)
            continue
        value = project_field(sources.keywords, name)
        if value is not None:
            project[name] = value
    return project


def _complete(
    given: dict[str, Any],
    sources: Sources,
    directives: Directives,
    warnings: list[str],
) -> dict[str, Any]:
    project: dict[str, Any] = copy.deepcopy(given)
    names = project.pop("dynamic", [])
    wanted = names if isinstance(names, list) else []
    found: dict[str, Any] = {}
    for name in wanted:
        if name in project or name not in FIELD_KEYWORDS:
            continue
        value = _dynamic_value(name, sources, directives)
        if value is not None:
            found[name] = value
        elif name == "version":
            _set_version(found, sources, warnings)
        elif name not in _ENTRY_FIELDS:
            warnings.append(
                f'project.dynamic has "{name}", but nothing gives it: the field '
                "stays empty"
            )
    # In the place of `dynamic`, before what follows.
    left = found.pop("dynamic", None)
    result = {**project, **found}
    if left:
        result["dynamic"] = left
    return result


def _dynamic_value(name: str, sources: Sources, directives: Directives) -> Any:
    if name in _ENTRY_FIELDS and "entry-points" in sources.dynamic:
        table = directives.field("entry-points", sources.dynamic["entry-points"])
        return (table or {}).get(name)
    if name in sources.dynamic:
        return directives.field(name, sources.dynamic[name])
    return None if name == "version" else project_field(sources.keywords, name)


def _set_version(
    project: dict[str, Any], sources: Sources, warnings: list[str]
) -> None:
    """Set the version, or leave it to Cargo.toml where nothing else gives it."""
    value = sources.keywords.get("version")
    unknown = first_unknown(value)
    if value is not None and unknown is None:
        if isinstance(value, (list, tuple)):
            value = ".".join(map(str, value))
        project["version"] = str(value)
        return
    plugin = _find_plugin(sources)
    if unknown is not None or plugin:
        recorded = _recorded_version(sources.root)
        if recorded is not None:
            project["version"] = recorded
            sources.inputs.append(sources.root / "PKG-INFO")
            return
        if unknown is not None:
            raise unknown.error("`version`")
        raise PluginVersionError(plugin, sources.root)
    warnings.append(
        "setuptools is given no version: that of Cargo.toml is used, where "
        "setuptools would write 0.0.0"
    )
    project["dynamic"] = ["version"]


def _find_plugin(sources: Sources) -> str:
    """Return the plugin that computes the version, or nothing."""
    if sources.keywords.get("use_scm_version"):
        return "setuptools-scm"
    system = sources.pyproject.get("build-system")
    requires = system.get("requires", ()) if isinstance(system, dict) else ()
    needed = sources.keywords.get("setup_requires") or ()
    names = [needed] if isinstance(needed, str) else list(needed)
    tool = sources.pyproject.get("tool")
    names += [*requires, *(tool if isinstance(tool, dict) else ())]
    for item in names:
        name = requirement_name(str(item))
        if name in _PLUGINS:
            return name
    return ""


def _recorded_version(root: Path) -> str | None:
    """Return the version in PKG-INFO, which an unpacked sdist has."""
    try:
        lines = (root / "PKG-INFO").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition(":")
        if key == "Version":
            return value.strip()
        if not line:
            break
    return None
