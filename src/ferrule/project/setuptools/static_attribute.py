"""Values of module attributes, read from the text of the module (`attr:`)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from ferrule.errors.setuptools_project import StaticAttributeError
from ferrule.project.setuptools.packages import package_folder

__all__ = ["read_version_attribute"]


def read_version_attribute(
    root: Path, attribute: str, package_dir: Mapping[str, str], *, where: str
) -> tuple[str, Path]:
    """Return the version that `package.module.NAME` is assigned, and its file.

    `where` names the setting. The module is parsed and never imported. Raises
    `StaticAttributeError`.
    """
    module, _, name = attribute.strip().rpartition(".")
    path = _module_path(root, module or "__init__", package_dir)
    if path is None:
        reason = f"there is no module {module} below {root}"
        raise StaticAttributeError(where, attribute, reason)
    try:
        tree = ast.parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, SyntaxError, ValueError) as error:
        raise StaticAttributeError(where, attribute, f"{path}: {error}") from error
    node = _assigned(tree, name)
    if node is None:
        reason = f"{path} assigns nothing to {name} at its top level"
        raise StaticAttributeError(where, attribute, reason)
    try:
        value = ast.literal_eval(node)
    except ValueError:
        reason = f"{path}, line {node.lineno}: what {name} is assigned is code"
        raise StaticAttributeError(where, attribute, reason) from None
    if isinstance(value, (list, tuple)):
        return ".".join(map(str, value)), path
    return str(value), path


def _module_path(
    root: Path, module: str, package_dir: Mapping[str, str]
) -> Path | None:
    base = root / package_folder(module, package_dir)
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    found: ast.expr | None = None
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        if any(isinstance(item, ast.Name) and item.id == name for item in targets):
            found = value
    return found
