"""Which files an adopted project packs, in ferrule's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.project.setuptools.manifest_in import Template, list_tree, read_template
from ferrule.project.setuptools.package_files import DataRules, list_package_files
from ferrule.project.setuptools.packages import PythonCode, discover, find_packages
from ferrule.project.setuptools.patterns import describe_files, group_paths
from ferrule.project.setuptools.values import Find, known

if TYPE_CHECKING:
    from ferrule.project.setuptools.sources import Sources

__all__ = ["AdoptedFiles", "adopt_files"]


@dataclass(frozen=True)
class AdoptedFiles:
    """The files of the products."""

    code: PythonCode
    settings: dict[str, Any]
    """Keys of `[tool.ferrule]`."""


def adopt_files(
    sources: Sources, rust: Mapping[str, object], warnings: list[str]
) -> AdoptedFiles:
    """Return what the wheel and the sdist hold.

    Raises `DiscoveryError`, `PackageFolderError` and `SetupCodeError`.
    """
    root = sources.root
    code = _python_code(sources)
    template = read_template(root / "MANIFEST.in")
    warnings += template.warnings
    if (root / "MANIFEST.in").is_file():
        sources.inputs.append(root / "MANIFEST.in")
    tree = list_tree(root)
    files = list_package_files(
        root, code, _data_rules(sources), template, tree, _module_names(rust)
    )
    source = _python_source(code)
    described = describe_files(files, source, _without_built(tree, files))
    settings: dict[str, Any] = {"python-files": "explicit"}
    if source:
        settings["python-source"] = source
    if described.python_packages:
        settings["python-packages"] = described.python_packages
    include = [*described.include, *_placed_files(sources, tree)]
    include += _sdist_files(template, tree, files, rust)
    if include:
        settings["include"] = include
    exclude = _sdist_exclusions(template, tree, files)
    if exclude:
        settings["exclude"] = exclude
    return AdoptedFiles(code, settings)


def _python_code(sources: Sources) -> PythonCode:
    keywords = sources.keywords
    package_dir = dict(known(keywords, "package_dir") or {})
    packages, modules = known(keywords, "packages"), known(keywords, "py_modules")
    if packages is None and modules is None:
        return discover(sources.root, package_dir)
    if isinstance(packages, Find):
        search = packages
        packages = find_packages(sources.root, search)
        _fill_package_dir(sources.root, search, package_dir)
    return PythonCode(tuple(packages or ()), tuple(modules or ()), package_dir)


def _fill_package_dir(root: Path, search: Find, package_dir: dict[str, str]) -> None:
    """Add where a search found what: setuptools does it for declarative ones."""
    if len(search.where) == 1:
        if search.where[0] not in (".", ""):
            package_dir.setdefault("", search.where[0])
        return
    for where in search.where:
        for name in find_packages(root, replace(search, where=(where,))):
            if "." not in name:
                package_dir.setdefault(name, f"{where}/{name}")


def _python_source(code: PythonCode) -> str:
    source = code.package_dir.get("", "").strip("/")
    return "" if source in (".", "./") else source.removeprefix("./")


def _data_rules(sources: Sources) -> DataRules:
    keywords = sources.keywords
    includes = known(keywords, "include_package_data")
    return DataRules(
        package_data=_lists(known(keywords, "package_data")),
        exclude_package_data=_lists(known(keywords, "exclude_package_data")),
        include_package_data=sources.is_declarative if includes is None else includes,
    )


def _lists(value: Any) -> dict[str, list[str]]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {
        str(key): [item] if isinstance(item, str) else list(item) for key, item in items
    }


def _module_names(rust: Mapping[str, object]) -> list[str]:
    modules = rust.get("modules")
    names = [item["name"] for item in modules] if isinstance(modules, list) else []
    single = rust.get("module-name")
    return [*names, single] if isinstance(single, str) else names


def _without_built(tree: list[str], files: Mapping[str, str]) -> list[str]:
    # What a build left beside the sources is dropped by the packer anyway.
    return [
        path
        for path in tree
        if path in files or not path.endswith((".so", ".pyd", ".dll", ".dylib"))
    ]


def _placed_files(sources: Sources, tree: list[str]) -> list[dict[str, Any]]:
    """Return scripts and data files as patterns for the wheel's data folder."""
    import fnmatch

    scripts = known(sources.keywords, "scripts") or ()
    found = [{"path": name, "to": ".data/scripts"} for name in scripts]
    for entry in known(sources.keywords, "data_files") or ():
        folder, names = ("", [entry]) if isinstance(entry, str) else entry
        place = f".data/data/{folder}".rstrip("/.")
        for name in names:
            matched = fnmatch.filter(tree, name) or [name]
            found += [{"path": path, "to": place} for path in matched]
    return found


def _sdist_files(
    template: Template,
    tree: list[str],
    files: Mapping[str, str],
    rust: Mapping[str, object],
) -> list[dict[str, Any]]:
    """Return what only MANIFEST.in names, as patterns for the sdist."""
    crate = str(rust.get("manifest-path", "Cargo.toml")).rpartition("/")[0]
    prefix = f"{crate}/" if crate else ""
    names = [
        path
        for path in sorted(template.select(tree))
        if path not in files
        and path not in ("pyproject.toml", "MANIFEST.in", "setup.py", "setup.cfg")
        and not (path.startswith(prefix) and _is_of_crate(path))
    ]
    return [{"path": path, "format": "sdist"} for path in group_paths(names, tree)]


def _is_of_crate(path: str) -> bool:
    # cargo lists these by itself.
    return path.endswith(".rs") or path.rpartition("/")[2] in (
        "Cargo.toml",
        "Cargo.lock",
    )


def _sdist_exclusions(
    template: Template, tree: list[str], files: Mapping[str, str]
) -> list[dict[str, Any]]:
    kept = [*files, *template.select(tree)]
    kept += [path for path in tree if _is_of_crate(path)]
    return [{"path": path, "format": "sdist"} for path in template.exclusions(kept)]
