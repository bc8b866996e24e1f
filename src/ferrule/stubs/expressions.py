"""Expressions of a stub: out of PyO3's JSON or text, and as text.

PyO3 0.28 and later record syntax trees in JSON, earlier releases Python text.
Type hints that a crate's author wrote into a signature are text in both. What
names mean is the business of `names`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from ferrule.stubs.model import incomplete, qualified

__all__ = [
    "Resolve",
    "annotation_of",
    "dotted_name",
    "expression_of",
    "parse_expression",
    "text_of",
    "union_members",
]

Resolve = Callable[[str], ast.expr]
"""Returns the class that has an introspection id, or `Incomplete`."""


def annotation_of(value: object, resolve: Resolve) -> ast.expr | None:
    """Return a recorded type hint, or None where there is none."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _constant_text(value)
    if text is not None:
        # "-> None" and what an author wrote: text that is a hint, not a string.
        return parse_expression(text) or incomplete()
    return expression_of(value, resolve)


def expression_of(value: object, resolve: Resolve) -> ast.expr:
    """Return a recorded expression; `...` for what is not understood."""
    if isinstance(value, str):
        return parse_expression(value) or ast.Constant(...)
    if not isinstance(value, dict):
        return ast.Constant(...)
    reader = _READERS.get(str(value.get("type")))
    return reader(value, resolve) if reader else ast.Constant(...)


def parse_expression(text: str) -> ast.expr | None:
    """Return Python text as an expression, or None if it is none.

    A dotted name becomes one module and its attribute: what precedes the last
    dot is taken for a module.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    found: ast.expr = _Qualifier().visit(tree)
    return found


def dotted_name(node: ast.expr) -> str | None:
    """Return `a.b` for attributes of a name, or None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None


def union_members(node: ast.expr) -> list[ast.expr]:
    """Return the members of a union `a | b`, each once and in order."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)):
        return [node]
    found: dict[str, ast.expr] = {}
    for item in (*union_members(node.left), *union_members(node.right)):
        found.setdefault(text_of(item), item)
    return list(found.values())


def text_of(node: ast.expr) -> str:
    """Return an expression as ruff and black write it."""
    if isinstance(node, ast.Constant):
        return _constant_source(node.value)
    if isinstance(node, ast.Subscript):
        return f"{text_of(node.value)}[{_slice_text(node.slice)}]"
    if isinstance(node, ast.Attribute):
        return f"{text_of(node.value)}.{node.attr}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return " | ".join(map(text_of, union_members(node)))
    return _sequence_text(node)


def _sequence_text(node: ast.expr) -> str:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return ast.unparse(node)
    inner = ", ".join(map(text_of, node.elts))
    if isinstance(node, ast.List):
        return f"[{inner}]"
    return f"({inner},)" if len(node.elts) == 1 else f"({inner})"


def _slice_text(node: ast.expr) -> str:
    if isinstance(node, ast.Tuple) and node.elts:
        return ", ".join(map(text_of, node.elts))
    return text_of(node)


def _constant_source(value: object) -> str:
    if value is ...:
        return "..."
    text = repr(value)
    if not isinstance(value, (str, bytes)) or '"' in text:
        return text
    start = text.index("'")
    inner = text[start + 1 : -1].replace("\\'", "'")
    return f'{text[:start]}"{inner}"'


def _constant_text(value: object) -> str | None:
    if isinstance(value, dict) and value.get("kind") == "str":
        return str(value.get("value", ""))
    return None


def _constant(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    del resolve
    kind, given = str(value.get("kind")), value.get("value")
    if kind == "bool":
        return ast.Constant(value=bool(given))
    if kind == "str":
        return ast.Constant(value=str(given))
    if kind in ("int", "float"):
        try:
            return ast.Constant(
                value=int(str(given)) if kind == "int" else _float(given)
            )
        except ValueError:
            return ast.Constant(value=...)
    return ast.Constant(value=None if kind == "none" else ...)


def _float(value: object) -> float:
    return float(str(value).replace("_", ""))


def _name(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    del resolve
    return ast.Name(str(value.get("id", "")))


def _attribute(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    inner = expression_of(value.get("value"), resolve)
    name = str(value.get("attr", ""))
    is_builtin = isinstance(inner, ast.Name) and inner.id == "builtins"
    return ast.Name(name) if is_builtin else ast.Attribute(inner, name)


def _union(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    left = expression_of(value.get("left"), resolve)
    right = expression_of(value.get("right"), resolve)
    return ast.BinOp(left, ast.BitOr(), right)


def _subscript(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    inner = expression_of(value.get("value"), resolve)
    return ast.Subscript(inner, expression_of(value.get("slice"), resolve))


def _tuple(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    return ast.Tuple([expression_of(item, resolve) for item in value.get("elts", ())])


def _list(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    return ast.List([expression_of(item, resolve) for item in value.get("elts", ())])


def _id(value: Mapping[str, Any], resolve: Resolve) -> ast.expr:
    return resolve(str(value.get("id", "")))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Resolve], ast.expr]]] = {
    "constant": _constant,
    "name": _name,
    "attribute": _attribute,
    "binop": _union,
    "subscript": _subscript,
    "tuple": _tuple,
    "list": _list,
    "id": _id,
}


class _Qualifier(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        name = dotted_name(node)
        if name is None:
            self.generic_visit(node)
            return node
        module, _, last = name.rpartition(".")
        return ast.Name(last) if module == "builtins" else qualified(module, last)
