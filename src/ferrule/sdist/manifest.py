"""Changing Cargo.toml files so that they work with what the archive holds.

Workspaces keep the members that are packed; a root package that is not needed
becomes a virtual workspace; fields inherited from a workspace that stays
behind are written out; targets whose source was left out are removed. A
manifest that needs none of this is packed byte for byte.
"""

from __future__ import annotations

import copy
import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.sdist.contents import missing_targets
from ferrule.toml_text import edit, parse

if TYPE_CHECKING:
    from ferrule.sdist.closure import Closure, PathCrate, RunCargo, Workspace
    from ferrule.sdist.contents import Contents

__all__ = ["inherited_dependency", "names_member", "rewrite_manifests"]

Table = dict[str, Any]
_WORKSPACE_TABLES = frozenset(
    ("cargo-features", "workspace", "profile", "patch", "replace", "badges")
)
_DEPENDENCY_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")
_EDITION_RESOLVERS = {"2021": "2", "2024": "3"}


def rewrite_manifests(contents: Contents, run_cargo: RunCargo) -> dict[str, bytes]:
    """Return the new content of each Cargo.toml that must change, by name."""
    closure = contents.layout.closure
    folders = {crate.folder for crate in closure.crates}
    folders |= {workspace.root for workspace in closure.workspaces}
    result: dict[str, bytes] = {}
    for folder in sorted(folders):
        path = folder / "Cargo.toml"
        text = path.read_text(encoding="utf-8-sig")
        old = parse(text)
        new = copy.deepcopy(old)
        crate = closure.crate_at(folder)
        workspace = _workspace_at(folder, closure)
        if crate is None:
            _keep_workspace_only(new)
        else:
            if crate.workspace is None:
                _inline_inherited(new, crate, run_cargo)
            _drop_targets(new, missing_targets(contents, crate))
            if crate.is_built:
                _bring_documents(new, crate, contents)
        if "workspace" in new:
            _filter_members(new, folder, closure, workspace, is_virtual=crate is None)
        if new != old:
            name = contents.layout.name_of(path)
            result[str(name)] = edit(text, new).encode("utf-8")
    return result


def _workspace_at(folder: Path, closure: Closure) -> Workspace | None:
    return next((item for item in closure.workspaces if item.root == folder), None)


# --------------------------------------------------------------------- workspaces


def _keep_workspace_only(document: Table) -> None:
    """Turn a root package that is not needed into a virtual workspace."""
    package = document.get("package", {})
    edition = package.get("edition", "2015")
    workspace = document.setdefault("workspace", {})
    if isinstance(edition, dict):
        edition = workspace.get("package", {}).get("edition", "2015")
    for name in list(document):
        if name not in _WORKSPACE_TABLES:
            del document[name]
    resolver = package.get("resolver") or _EDITION_RESOLVERS.get(edition)
    if package and resolver:
        # A virtual workspace has no edition that would choose the resolver.
        workspace.setdefault("resolver", resolver)


def _filter_members(
    document: Table,
    folder: Path,
    closure: Closure,
    workspace: Workspace | None,
    *,
    is_virtual: bool,
) -> None:
    table = document["workspace"]
    patterns: list[str] = table.get("members", [])
    all_members = workspace.members if workspace else ()
    packed = [crate.folder for crate in closure.crates]
    kept = [item for item in patterns if _is_kept(item, folder, packed)]
    needed = [
        os.path.relpath(crate, folder).replace(os.sep, "/")
        for crate in packed
        if crate in all_members and crate != folder
    ]
    unnamed = [
        name for name in needed if not any(names_member(p, name) for p in patterns)
    ]
    was_package = is_virtual and set(all_members) & {folder}
    if len(kept) != len(patterns) or (was_package and unnamed):
        # Foreign workspaces (not ours to build) keep what exists of them.
        table["members"] = sorted(needed) if workspace else kept
    defaults = table.get("default-members")
    if defaults is not None:
        left = [item for item in defaults if _is_kept(item, folder, packed)]
        if left and len(left) == len(defaults):
            return
        del table["default-members"]


def names_member(pattern: str, name: str) -> bool:
    """Tell whether a pattern of `workspace.members` names a folder."""
    ours, theirs = Path(pattern).parts, Path(name).parts
    return len(ours) == len(theirs) and all(map(fnmatch.fnmatchcase, theirs, ours))


def _is_kept(pattern: str, root: Path, packed: list[Path]) -> bool:
    """Tell whether everything that a members pattern names is packed."""
    if any(char in pattern for char in "*?["):
        named = [item for item in root.glob(pattern) if (item / "Cargo.toml").is_file()]
    else:
        named = [root / pattern]
    folders = [Path(os.path.realpath(item)) for item in named]
    return bool(folders) and all(item in packed for item in folders)


# ----------------------------------------------------------------- inherited fields


def _inherits(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("workspace") is True or any(map(_inherits, value.values()))
    return False


def _inline_inherited(document: Table, crate: PathCrate, run_cargo: RunCargo) -> None:
    """Write out what a crate inherits from a workspace that is not packed."""
    if "workspace" in document or not _inherits(document):
        document.get("package", {}).pop("workspace", None)
        return
    argv = ["locate-project", "--workspace", "--message-format", "plain"]
    argv += ["--manifest-path", str(crate.manifest)]
    located = Path(run_cargo(argv, crate.folder).strip())
    root = Path(os.path.realpath(located.parent))
    parent: Table = parse((root / located.name).read_text("utf-8-sig"))["workspace"]
    package: Table = document["package"]
    package.pop("workspace", None)
    for name, value in list(package.items()):
        if name != "metadata" and _inherits(value):
            package[name] = parent.get("package", {}).get(name)
            if name in ("readme", "license-file") and isinstance(package[name], str):
                package[name] = _relative(root / package[name], crate.folder)
            if package[name] is None:
                del package[name]
    for table in _dependency_tables(document):
        for name, entry in list(table.items()):
            if _inherits(entry):
                source = parent.get("dependencies", {}).get(name, {})
                table[name] = inherited_dependency(entry, source, root, crate.folder)
    if _inherits(document.get("lints")):
        document["lints"] = parent.get("lints", {})


def _dependency_tables(document: Table) -> Iterator[Table]:
    for holder in (document, *document.get("target", {}).values()):
        for name in _DEPENDENCY_TABLES:
            if name in holder:
                yield holder[name]


def inherited_dependency(
    entry: Table, source: Any, root: Path, folder: Path
) -> Table | str:
    """Merge a member's dependency with that of `[workspace.dependencies]`."""
    if isinstance(source, str):
        source = {"version": source}
    merged: Table = copy.deepcopy(source)
    if "path" in merged:
        merged["path"] = _relative(root / merged["path"], folder)
    features = [*merged.get("features", ()), *entry.get("features", ())]
    if features:
        merged["features"] = list(dict.fromkeys(features))
    if entry.get("optional"):
        merged["optional"] = True
    # A member can only switch default features on again (Cargo's rule).
    if entry.get("default-features") and "default-features" in merged:
        del merged["default-features"]
    if "public" in entry:
        merged["public"] = entry["public"]
    return merged["version"] if set(merged) == {"version"} else merged


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


# ------------------------------------------------------------- targets and documents


def _drop_targets(document: Table, missing: list[tuple[str, str]]) -> None:
    """Remove explicit targets without source: cargo would not read the manifest."""
    for kind in ("bin", "example", "test", "bench"):
        names = {name for found, name in missing if found == kind}
        entries = document.get(kind)
        if names and isinstance(entries, list):
            left = [item for item in entries if item.get("name") not in names]
            document[kind] = left
            if not left:
                del document[kind]


def _bring_documents(document: Table, crate: PathCrate, contents: Contents) -> None:
    """Pack the readme and licence that a built crate's manifest names.

    Those outside of the archive's top are copied beside the manifest.
    """
    package = document.get("package", {})
    for key in ("readme", "license-file"):
        value = crate.package.get(key.replace("-", "_"))
        if not value:
            continue
        path = Path(os.path.normpath(crate.folder / value))
        name = contents.layout.name_of(path)
        if not path.is_file() or name in contents.excluded:
            continue
        if name is not None:
            contents.add(path)
        elif isinstance(package.get(key), str):
            # The crate may have a readme of its own, for PyPI.
            name = path.name
            while (crate.folder / name).exists():
                name = f"cargo-{name}"
            package[key] = name
            contents.claim(str(contents.layout.name_of(crate.folder / name)), path)
