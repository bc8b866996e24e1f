"""The values of expressions in a setup.py, without running them.

Literals, names bound to them, joined and formatted text, the content of files,
`find_packages()` and the objects of setuptools-rust have a value. Everything
else is an `Unknown`, with the reason.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferrule.project.setuptools.functions import call_function
from ferrule.project.setuptools.values import Find, RustCall, Unknown, first_unknown

__all__ = ["Evaluator", "OpenFile"]

_TEXT_METHODS = frozenset(
    (
        *("strip", "lstrip", "rstrip", "lower", "upper", "replace", "split"),
        *("splitlines", "join", "format", "title", "partition", "rpartition"),
        *("removeprefix", "removesuffix"),
    )
)
_TEXTS = (
    *("os.fspath", "builtins.str"),
    *("os.path.abspath", "os.path.realpath", "os.path.normpath"),
)
_PATH_PARTS = ("parent", "parents", "name", "stem")
_RUST_PARAMETERS = (
    *("target", "path", "args", "cargo_manifest_args", "features", "rustc_flags"),
    *("rust_version", "quiet", "debug", "binding", "strip", "script", "native"),
    *("optional", "py_limited_api", "env", "generated_files"),
)
_BIN_PARAMETERS = (
    *("target", "path", "args", "cargo_manifest_args", "features", "rust_version"),
    *("quiet", "debug", "strip", "optional", "env"),
)


@dataclass(frozen=True)
class OpenFile:
    """What `open()` returns."""

    path: Path


@dataclass
class Evaluator:
    """Gives expressions of one file their values."""

    path: Path
    source: str
    names: dict[str, Any] = field(default_factory=dict)
    """Values of module-level names."""
    imports: dict[str, str] = field(default_factory=dict)
    """Qualified names of what was imported."""
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    """Functions of the file itself."""
    inputs: list[Path] = field(default_factory=list)
    """Files whose content was read."""

    def unknown(self, node: ast.AST, reason: str) -> Unknown:
        """Return an unknown for a node."""
        text = ast.get_source_segment(self.source, node) or ""
        return Unknown(self.path, getattr(node, "lineno", 1), text, reason)

    def qualified(self, node: ast.expr) -> str:
        """Return the dotted name of an expression: `setuptools.setup`, or ""."""
        if isinstance(node, ast.Name):
            if node.id in self.imports:
                return self.imports[node.id]
            is_own = node.id in self.names or node.id in self.functions
            return "" if is_own else f"builtins.{node.id}"
        if isinstance(node, ast.Attribute):
            inner = self.qualified(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return ""

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression, or an `Unknown`."""
        method: Callable[[Any], Any] | None = getattr(
            self, f"_{type(node).__name__.lower()}", None
        )
        if method is None:
            return self.unknown(node, "it is computed when setup.py runs")
        # What holds one unknown value is usable as far as it is known, except
        # where it is an operand.
        return method(node)

    # ---------------------------------------------------------------- literals

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _list(self, node: ast.List) -> Any:
        items: list[Any] = []
        for item in node.elts:
            if not isinstance(item, ast.Starred):
                items.append(self.value(item))
                continue
            inner = self.value(item.value)
            items += inner if isinstance(inner, (list, tuple)) else [inner]
        return items

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._list(ast.List(elts=node.elts)))

    def _set(self, node: ast.Set) -> Any:
        return self._list(ast.List(elts=node.elts))

    def _dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values):
            value = self.value(item)
            if key is None:
                if not isinstance(value, dict):
                    return self._spread(item, value)
                found.update(value)
                continue
            name = self.value(key)
            if not isinstance(name, (str, int)):
                return self._spread(key, name)
            found[name] = value
        return found

    def _spread(self, node: ast.expr, value: Any) -> Unknown:
        return first_unknown(value) or self.unknown(node, "it is no plain value")

    def _name(self, node: ast.Name) -> Any:
        if node.id == "__file__":
            return str(self.path)
        if node.id in self.names:
            return self.names[node.id]
        if node.id in self.imports:
            return self.unknown(node, f"it comes from {self.imports[node.id]}")
        return self.unknown(node, "no plain value is bound to this name")

    def _joinedstr(self, node: ast.JoinedStr) -> Any:
        parts = []
        for item in node.values:
            is_plain = (
                isinstance(item, ast.FormattedValue)
                and item.conversion == -1
                and item.format_spec is None
            )
            if isinstance(item, ast.FormattedValue) and not is_plain:
                return self.unknown(node, "it is formatted when setup.py runs")
            inner = item.value if isinstance(item, ast.FormattedValue) else item
            value = self.value(inner)
            if not isinstance(value, (str, int, float)):
                return self._spread(node, value)
            parts.append(str(value))
        return "".join(parts)

    # --------------------------------------------------------------- operations

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        found = first_unknown(left) or first_unknown(right)
        try:
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Div) and isinstance(left, Path):
                return left / right
            if isinstance(node.op, ast.Mod) and isinstance(left, str):
                return found or left % right
        except (TypeError, ValueError):
            pass
        return found or self.unknown(node, "it is computed when setup.py runs")

    def _subscript(self, node: ast.Subscript) -> Any:
        base = self.value(node.value)
        key = self.value(node.slice)
        try:
            return base[key]
        except (KeyError, IndexError, TypeError):
            reason = "it is computed when setup.py runs"
            return first_unknown(base) or self.unknown(node, reason)

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.unknown(node, "it depends on a condition")

    def _boolop(self, node: ast.BoolOp) -> Any:
        return self.unknown(node, "it depends on a condition")

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not) and isinstance(value, (bool, str, int)):
            return not value
        return self._spread(node, value)

    def _attribute(self, node: ast.Attribute) -> Any:
        name = self.qualified(node)
        package, _, member = name.rpartition(".")
        if name.startswith("setuptools_rust.") and package.endswith(
            (".Binding", ".Strip")
        ):
            return member
        if name.startswith(("os.environ", "sys.")):
            return self.unknown(node, _environment_reason(name))
        if name:
            return self.unknown(node, f"it is {name}")
        value = self.value(node.value)
        if isinstance(value, Path) and node.attr in _PATH_PARTS:
            return getattr(value, node.attr)
        return self._spread(node, value)

    # -------------------------------------------------------------------- calls

    def _call(self, node: ast.Call) -> Any:  # noqa: PLR0911 - one case each
        name = self.qualified(node.func)
        if name.startswith(("os.environ", "os.getenv", "sys.", "platform.")):
            return self.unknown(node, _environment_reason(name))
        arguments = [self.value(item) for item in node.args]
        options = {
            item.arg: self.value(item.value) for item in node.keywords if item.arg
        }
        if any(item.arg is None for item in node.keywords):
            for item in node.keywords:
                inner = self.value(item.value) if item.arg is None else {}
                if not isinstance(inner, dict):
                    return self._spread(node, inner)
                options.update(inner)
        last = name.rpartition(".")[2]
        if name.startswith("setuptools_rust") and last in ("RustExtension", "RustBin"):
            return self._rust(node, last, arguments, options)
        if name == "builtins.dict" and not arguments:
            return options
        found = first_unknown(arguments) or first_unknown(options)
        if found is not None:
            return found
        if name:
            return self._function(node, name, arguments, options)
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            function = self.functions[node.func.id]
            return call_function(self, function, arguments, options)
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            return self._method(node, owner, node.func.attr, arguments)
        return self.unknown(node, "it is a call of a function")

    def _rust(
        self, node: ast.Call, kind: str, arguments: list[Any], options: dict[str, Any]
    ) -> Any:
        is_bin = kind == "RustBin"
        names = _BIN_PARAMETERS if is_bin else _RUST_PARAMETERS
        if len(arguments) > len(names):
            return self.unknown(node, "it has too many arguments")
        return RustCall(node.lineno, is_bin, {**dict(zip(names, arguments)), **options})

    def _function(  # noqa: PLR0911 - one case each
        self, node: ast.Call, name: str, arguments: list[Any], options: dict[str, Any]
    ) -> Any:
        last = name.rpartition(".")[2]
        if name.startswith("setuptools.") and last in (
            *("find_packages", "find_namespace_packages", "find"),
        ):
            namespaces = last == "find_namespace_packages" or "PEP420" in name
            return _find(arguments, options, namespaces=namespaces)
        if name in ("builtins.open", "io.open", "codecs.open"):
            return OpenFile(self._place(arguments[0])) if arguments else None
        if name in ("builtins.dict", "builtins.list", "builtins.tuple"):
            return _container(last, arguments, options) or self.unknown(
                node, "it is computed when setup.py runs"
            )
        if name in _TEXTS and len(arguments) == 1:
            return str(arguments[0])
        if name == "os.path.join" and arguments:
            return os.path.join(*map(str, arguments))
        if name == "os.path.dirname" and len(arguments) == 1:
            return os.path.dirname(str(arguments[0]))
        if name.startswith("pathlib.") and last in ("Path", "PurePath"):
            return Path(*map(str, arguments))
        return self.unknown(node, f"it is a call of {name.replace('builtins.', '')}()")

    def _method(  # noqa: PLR0911 - one case each
        self, node: ast.Call, owner: Any, name: str, arguments: Sequence[Any]
    ) -> Any:
        if isinstance(owner, OpenFile) and name in ("read", "readlines"):
            text = self._read(node, owner.path)
            lines = name == "readlines" and isinstance(text, str)
            return text.splitlines(keepends=True) if lines else text
        if isinstance(owner, Path):
            if name == "read_text":
                return self._read(node, self._place(owner))
            if name == "open":
                return OpenFile(self._place(owner))
            if name in ("resolve", "absolute"):
                return Path(os.path.abspath(self._place(owner)))
            if name == "joinpath":
                return owner.joinpath(*map(str, arguments))
        if isinstance(owner, str) and name in _TEXT_METHODS:
            try:
                return getattr(owner, name)(*arguments)
            except (TypeError, ValueError, IndexError, KeyError, AttributeError):
                return self.unknown(node, "it is computed when setup.py runs")
        return first_unknown(owner) or self.unknown(node, "it is a call of a method")

    def _place(self, name: Any) -> Path:
        return self.path.parent / str(name)

    def _read(self, node: ast.AST, path: Path) -> Any:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            return self.unknown(node, f"{path} cannot be read: {error}")
        self.inputs.append(path)
        return text


def _environment_reason(name: str) -> str:
    if "env" in name:
        return "it depends on environment variables"
    return f"it depends on {name}, that is on the Python that runs setup.py"


def _find(arguments: list[Any], options: dict[str, Any], *, namespaces: bool) -> Find:
    values = {**dict(zip(("where", "exclude", "include"), arguments)), **options}
    include, exclude = values.get("include", ("*",)), values.get("exclude", ())
    return Find(
        where=(str(values.get("where", ".")),),
        include=(include,) if isinstance(include, str) else tuple(include),
        exclude=(exclude,) if isinstance(exclude, str) else tuple(exclude),
        namespaces=namespaces,
    )


def _container(kind: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    try:
        if kind == "dict":
            return dict(*arguments, **options)
        return list(*arguments) if kind == "list" else tuple(*arguments)
    except (TypeError, ValueError):
        return None
