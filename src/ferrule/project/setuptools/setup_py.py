"""What a setup.py passes to `setup()`, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferrule.errors.files import ReadError
from ferrule.errors.setuptools_project import SetupConfigError
from ferrule.project.setuptools.literals import Evaluator
from ferrule.project.setuptools.values import Keywords, Unknown, first_unknown

__all__ = ["SetupCall", "defines_extensions", "read_setup_py"]

_CONDITION = "it is assigned under a condition or in a loop"


@dataclass(frozen=True)
class SetupCall:
    """The keyword arguments of `setup()`."""

    path: Path
    line: int
    keywords: Keywords
    inputs: tuple[Path, ...]
    """Files whose content became part of a value."""
    places: Mapping[str, Unknown] = field(default_factory=dict)
    """Line and text of each keyword, for messages."""


def defines_extensions(path: Path) -> bool:
    """Tell whether a setup.py speaks of setuptools-rust; nothing is executed."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return b"rust_extensions" in content or b"setuptools_rust" in content


def read_setup_py(path: Path) -> SetupCall | None:
    """Return what `setup()` is called with, or None where it is not called.

    The file is parsed and never executed; values that are code are `Unknown`.
    Raises `ReadError` and `SetupConfigError`.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            raise ReadError(path, error) from error
        raise SetupConfigError(path, f"it is not UTF-8: {error}") from error
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise SetupConfigError(path, f"it is no Python: {error}") from error
    reader = _Reader(Evaluator(path, source))
    reader.run(tree.body)
    call = reader.call or reader.hidden_call(tree)
    if call is None:
        return None
    inputs = tuple(dict.fromkeys(reader.evaluator.inputs))
    return SetupCall(path, call[0], call[1], inputs, reader.places)


class _Reader:
    """Follows the module-level statements in their order."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.call: tuple[int, Keywords] | None = None
        self.places: dict[str, Unknown] = {}

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._import(statement)
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    self._bind(target, statement.value)
            elif isinstance(statement, ast.AnnAssign) and statement.value:
                self._bind(statement.target, statement.value)
            elif isinstance(statement, ast.With):
                self._with(statement)
            elif isinstance(statement, ast.If) and _is_main(statement.test):
                self.run(statement.body)
            elif isinstance(statement, ast.Expr):
                self._expression(statement.value)
            elif isinstance(statement, ast.FunctionDef):
                self.evaluator.names.pop(statement.name, None)
                self.evaluator.functions[statement.name] = statement
            else:
                self._forget(statement)

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        imports = self.evaluator.imports
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                imports[alias.asname or top] = top
        else:
            for alias in statement.names:
                name = f"{statement.module or ''}.{alias.name}"
                imports[alias.asname or alias.name] = name

    def _bind(self, target: ast.expr, node: ast.expr) -> None:
        names = self.evaluator.names
        if isinstance(target, ast.Name):
            self.evaluator.imports.pop(target.id, None)
            names[target.id] = self.evaluator.value(node)
            return
        if self._set_item(target, node):
            return
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                reason = "it is changed or unpacked in this statement"
                names[inner.id] = self.evaluator.unknown(target, reason)

    def _set_item(self, target: ast.expr, node: ast.expr) -> bool:
        """Carry out `names["key"] = value`; return whether that was possible."""
        if not isinstance(target, ast.Subscript):
            return False
        owner = target.value
        if not isinstance(owner, ast.Name):
            return False
        table, key = self.evaluator.names.get(owner.id), target.slice
        if not isinstance(table, dict) or not isinstance(key, ast.Constant):
            return False
        # What else is bound to the same dict sees the new item, as in Python.
        table[key.value] = self.evaluator.value(node)
        return True

    def _with(self, statement: ast.With) -> None:
        for item in statement.items:
            if isinstance(item.optional_vars, ast.Name):
                self._bind(item.optional_vars, item.context_expr)
        self.run(statement.body)

    def _expression(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Call):
            return
        if self._is_setup(node):
            self.call = (node.lineno, self._keywords(node))
        elif isinstance(node.func, ast.Attribute):
            # x.append(...) changes what x is bound to.
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in self.evaluator.names:
                reason = "it is changed by a call"
                self.evaluator.names[owner.id] = self.evaluator.unknown(node, reason)
        else:
            for item in node.args:
                if isinstance(item, ast.Name) and isinstance(
                    self.evaluator.names.get(item.id), (dict, list)
                ):
                    reason = "a function may change it"
                    self.evaluator.names[item.id] = self.evaluator.unknown(node, reason)

    def _is_setup(self, node: ast.Call) -> bool:
        name = self.evaluator.qualified(node.func)
        return name in ("setuptools.setup", "distutils.core.setup", "builtins.setup")

    def _keywords(self, node: ast.Call) -> Keywords:
        found: dict[str, Any] = {}
        for item in node.keywords:
            value = self.evaluator.value(item.value)
            if item.arg is not None:
                found[item.arg] = value
                self.places[item.arg] = self.evaluator.unknown(item.value, "")
            elif isinstance(value, dict):
                found.update(value)
            else:
                reason = "these keywords are computed when setup.py runs"
                found["**"] = first_unknown(value) or self.evaluator.unknown(
                    item.value, reason
                )
        return found

    def _forget(self, statement: ast.stmt) -> None:
        """Mark what a statement binds or changes as unknown."""
        if isinstance(statement, ast.Try):
            for inner in statement.body:
                if isinstance(inner, (ast.Import, ast.ImportFrom)):
                    self._import(inner)
        for node in ast.walk(statement):
            name = None
            if isinstance(node, ast.Name) and isinstance(
                node.ctx, (ast.Store, ast.Del)
            ):
                name = node.id
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                name = node.name
            elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(
                node.ctx, ast.Store
            ):
                name = node.value.id if isinstance(node.value, ast.Name) else None
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                is_known = (
                    isinstance(owner, ast.Name) and owner.id in self.evaluator.names
                )
                name = owner.id if is_known and isinstance(owner, ast.Name) else None
            if name is not None:
                self.evaluator.names[name] = self.evaluator.unknown(node, _CONDITION)

    def hidden_call(self, tree: ast.Module) -> tuple[int, Keywords] | None:
        """Return a call of `setup()` that is not at module level, all unknown."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and self._is_setup(node):
                reason = "setup() is called inside a function or under a condition"
                hidden: Unknown = self.evaluator.unknown(node, reason)
                return node.lineno, {"**": hidden}
        return None


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )
