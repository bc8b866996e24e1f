"""Moving pyproject.toml to the top of the archive.

PEP 517 wants it there. Where the project's folder is not the archive's top
(its crate needs crates beside or above it), the paths inside are rewritten;
otherwise the file is packed byte for byte.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.project.adopted import AdoptedDocument
from ferrule.project.location import find_manifest
from ferrule.toml_text import edit, parse

if TYPE_CHECKING:
    from ferrule.sdist.contents import Contents
    from ferrule.sdist.layout import Layout

__all__ = ["add_documents", "rewrite_pyproject"]

Table = dict[str, Any]


def add_documents(contents: Contents) -> None:
    """Pack the readme and the licence files of `[project]`.

    Licence files lie where PKG-INFO says (PEP 639), before all others; a
    readme stays in its place; files from outside of the archive's top are
    copied to the top. Raises `SourceConflictError`.
    """
    layout = contents.layout
    for name, path in layout.project.metadata.license_files:
        other = contents.files.get(name)
        if other is not None and other.read_bytes() != path.read_bytes():
            log.warn(f"{name} in the sdist is {path}; it hides {other}")
        contents.files[name] = path
    if layout.root not in (layout.top, layout.main_manifest.parent):
        # The wheel looks for a pure project's stub beside pyproject.toml and
        # beside Cargo.toml.
        for module in layout.modules:
            stub = layout.root / (module.split(".")[-1] + ".pyi")
            if layout.name_of(stub) in contents.files:
                contents.claim(stub.name, stub)
    readme = _readme(layout)
    if readme is not None and readme.is_file():
        contents.claim(layout.name_of(readme) or readme.name, readme)


def _top_name(value: str) -> str:
    """Return a licence's name in the archive: below the top, without `..`."""
    parts = [part for part in Path(os.path.normpath(value)).parts if part != ".."]
    return "/".join(parts)


def _readme(layout: Layout) -> Path | None:
    table = (layout.project.pyproject or {}).get("project", {})
    value = table.get("readme")
    if isinstance(value, dict):
        value = value.get("file")
    if not isinstance(value, str):
        return None
    return Path(os.path.normpath(layout.root / value))


def rewrite_pyproject(contents: Contents) -> bytes:
    """Return the pyproject.toml of the archive."""
    layout = contents.layout
    path = layout.root / "pyproject.toml"
    # A project may have a setup.py only; the archive needs a build backend.
    content = path.read_bytes() if path.is_file() else b""
    text = content.decode("utf-8-sig")
    moved = layout.root != layout.top
    is_adopted = moved or not content
    new = (_adopted(layout) if is_adopted else None) or copy.deepcopy(parse(text))
    project = new.get("project", {})
    _move_documents(project, layout)
    if moved:
        _pin_licenses(project, layout)
        _move_tool(new, contents)
        _move_others(new, layout)
    else:
        _pin_crate(new, layout)
    if new == parse(text):
        return content
    return edit(text, new).lstrip("\n").encode("utf-8")


def _move_documents(project: Table, layout: Layout) -> None:
    readme = _readme(layout)
    if readme is not None and "readme" in project:
        value = layout.name_of(readme) or readme.name
        if isinstance(project["readme"], dict):
            _change(project["readme"], "file", value)
        else:
            _change(project, "readme", value)
    license_table = project.get("license")
    if isinstance(license_table, dict) and "file" in license_table:
        _change(license_table, "file", _top_name(license_table["file"]))


def _change(table: Table, key: str, value: str) -> None:
    """Set a path, unless it only differs in spelling (`./README.md`)."""
    if os.path.normpath(table[key]) != os.path.normpath(value):
        table[key] = value


def _pin_licenses(project: Table, layout: Layout) -> None:
    """Name the licence files, as patterns could find others at the new place."""
    if not project or isinstance(project.get("license"), dict):
        return
    if "license-files" in project.get("dynamic", ()):
        return
    files = layout.project.metadata.license_files
    project["license-files"] = [name for name, _ in files]


def _pin_crate(document: Table, layout: Layout) -> None:
    """Name the crate where an option or a variable chose it."""
    from ferrule.errors import FerruleError

    try:
        # Not as the file says it: setuptools' words are understood there too.
        found = find_manifest(layout.root, layout.project.pyproject)
        if os.path.samefile(found, layout.main_manifest):
            return
    except FerruleError:
        pass  # several crates, and none is named
    table = _own_table(document)
    table["manifest-path"] = layout.name_of(layout.main_manifest)
    table.pop("package", None)


def _adopted(layout: Layout) -> Table | None:
    """Return the document of a project that is described in setuptools' words.

    setup.cfg, MANIFEST.in and setup.py would not be found from the archive's
    top, so the archive says in ferrule's words what they said.
    """
    found = layout.project.pyproject
    if not isinstance(found, AdoptedDocument):
        return None
    backend = {"requires": ["ferrule"], "build-backend": "ferrule"}
    new: Table = {"build-system": backend, **copy.deepcopy(dict(found))}
    table = new["tool"]["ferrule"]
    read = [{"path": name, "format": "sdist"} for name in found.inputs]
    include = [item for item in table.pop("include", []) if item not in read]
    if include:
        table["include"] = include
    return new


def _own_table(document: Table) -> Table:
    """Return the table that ferrule reads the project's settings from.

    A project without one keeps its backend: maturin must find its crate in the
    archive too.
    """
    tool = document.setdefault("tool", {})
    backend = document.get("build-system", {}).get("build-backend")
    known = "maturin" in tool or backend == "maturin"
    name = "maturin" if known and "ferrule" not in tool else "ferrule"
    table: Table = tool.setdefault(name, {})
    return table


def _move_tool(document: Table, contents: Contents) -> None:
    layout = contents.layout
    table = _own_table(document)
    table["manifest-path"] = layout.name_of(layout.main_manifest)
    table.pop("package", None)
    if "python-source" in table or _has_packages(contents):
        table["python-source"] = layout.name_of(layout.python_source)
    prefix = _prefix(layout)
    if "data" in table:
        table["data"] = _join(prefix, table["data"])
    else:
        for module in layout.modules:
            data = f"{prefix}/{module}.data"
            if any(item.startswith(f"{data}/") for item in contents.files):
                table["data"] = data
    for part in (*table.get("modules", ()), *table.get("binaries", ())):
        if "manifest-path" in part:
            part["manifest-path"] = _join(prefix, part["manifest-path"])
    if "include" in table:
        table["include"] = [_include(item, layout) for item in table["include"]]
    if "exclude" in table:
        table["exclude"] = [_exclude(item, prefix) for item in table["exclude"]]
    sbom = table.get("sbom")
    if isinstance(sbom, dict) and "include" in sbom:
        sbom["include"] = [_join(prefix, item) for item in sbom["include"]]


def _has_packages(contents: Contents) -> bool:
    """Tell whether the archive has Python packages below `python-source`."""
    layout = contents.layout
    if layout.project.settings.python_packages:
        return True
    source = layout.name_of(layout.python_source)
    folders = tuple(f"{source}/{name.split('.')[0]}/" for name in layout.modules)
    return any(
        item.startswith(folders) and item.endswith((".py", ".pyi"))
        for item in contents.files
    )


def _move_others(document: Table, layout: Layout) -> None:
    prefix = _prefix(layout)
    build_system = document.get("build-system", {})
    if "backend-path" in build_system:
        paths = build_system["backend-path"]
        build_system["backend-path"] = [_join(prefix, item) for item in paths]
    tool = document.get("tool", {})
    _move_setuptools(tool.get("setuptools", {}), prefix)
    rust = tool.get("setuptools-rust", {})
    for part in _tables(rust.get("ext-modules"), rust.get("bins")):
        part["path"] = _join(prefix, part.get("path", "Cargo.toml"))


def _move_setuptools(table: Table, prefix: str) -> None:
    """Move the folders that setuptools is told to look into."""
    packages = table.get("packages")
    find = packages.get("find") if isinstance(packages, dict) else None
    if isinstance(find, dict):
        find["where"] = [_join(prefix, item) for item in find.get("where", ["."])]
    folders = table.get("package-dir", {})
    for name, folder in folders.items():
        folders[name] = _join(prefix, folder)
    for entry in table.get("dynamic", {}).values():
        if isinstance(entry, dict) and "file" in entry:
            names = entry["file"]
            if isinstance(names, str):
                entry["file"] = _join(prefix, names)
            else:
                entry["file"] = [_join(prefix, item) for item in names]


def _tables(*values: Any) -> Iterator[Table]:
    for value in values:
        yield from value or ()


def _prefix(layout: Layout) -> str:
    return str(layout.name_of(layout.root))


def _join(prefix: str, path: str) -> str:
    return os.path.normpath(f"{prefix}/{path}").replace(os.sep, "/")


def _include(item: Any, layout: Layout) -> Any:
    """Move an include pattern, unless it is relative to `python-source`."""
    from ferrule.sdist.contents import literal_folder

    if isinstance(item, dict):
        if "from" in item:
            return item
        return {**item, "path": _include(item["path"], layout)}
    start = literal_folder(item)
    if not (layout.root / start).exists() and (layout.python_source / start).exists():
        return item
    return _join(_prefix(layout), item)


def _exclude(item: Any, prefix: str) -> Any:
    """Move an exclude pattern; one without a slash matches at any depth below."""
    if isinstance(item, dict):
        return {**item, "path": _exclude(item["path"], prefix)}
    sign, pattern = ("!", item[1:]) if item.startswith("!") else ("", item)
    if "/" not in pattern.rstrip("/"):
        pattern = f"**/{pattern}"
    return f"{sign}/{prefix}/{pattern.lstrip('/')}"
