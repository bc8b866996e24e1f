"""What a built module shows when it is imported, as the nouns of a stub.

Any release of PyO3 gives names, docstrings and signatures this way, and no
types: they become `Incomplete`, except those that a value or Python's own
protocols tell. The module is imported by its interpreter in a process of its own.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ferrule.errors.stubs import ImportFailedError
from ferrule.stubs import runtime_script
from ferrule.stubs.expressions import parse_expression
from ferrule.stubs.model import (
    UNHASHABLE,
    Attribute,
    Class,
    Function,
    Module,
    Parameter,
    ParameterKind,
    incomplete,
    qualified,
)

__all__ = ["look_at", "read_description"]

TIMEOUT_S: Final = 120.0
_KINDS: Final[Mapping[str, ParameterKind]] = {
    "POSITIONAL_ONLY": "positional-only",
    "POSITIONAL_OR_KEYWORD": "regular",
    "VAR_POSITIONAL": "var-positional",
    "KEYWORD_ONLY": "keyword-only",
    "VAR_KEYWORD": "var-keyword",
}
_RETURNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("__len__", "__hash__", "__int__", "__index__"), "int"),
    **dict.fromkeys(("__repr__", "__str__", "__format__"), "str"),
    **dict.fromkeys(("__bool__", "__contains__"), "bool"),
    **dict.fromkeys(("__eq__", "__ne__"), "bool"),
    **dict.fromkeys(("__lt__", "__le__", "__gt__", "__ge__"), "bool"),
    **dict.fromkeys(("__setitem__", "__delitem__", "__del__"), "None"),
    **dict.fromkeys(("__setattr__", "__delattr__", "__init__"), "None"),
    "__bytes__": "bytes",
    "__float__": "float",
    "__complex__": "complex",
    "__length_hint__": "int",
}
"""What Python itself demands of these methods (data model)."""
_GENERIC: Final[Mapping[tuple[str, str], tuple[ast.expr, ...]]] = {
    ("builtins", "tuple"): (incomplete(), ast.Constant(value=...)),
    **dict.fromkeys(
        [("builtins", "list"), ("builtins", "set"), ("builtins", "frozenset")],
        (incomplete(),),
    ),
    ("collections", "deque"): (incomplete(),),
    **dict.fromkeys(
        [
            *[("builtins", "dict"), ("types", "MappingProxyType")],
            *[("collections", "OrderedDict"), ("collections", "defaultdict")],
        ],
        (incomplete(), incomplete()),
    ),
}
"""Classes that a stub must give arguments; what they hold is not looked at."""
_OBJECTS: Final = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_TEXTS: Final = ("__getattribute__", "__getattr__", "__setattr__", "__delattr__")
_DECORATORS: Final = {"static": "staticmethod", "class": "classmethod"}


def look_at(python: str, name: str, library: Path, folders: Sequence[Path]) -> Module:
    """Import a library as the module `name` and return what it shows.

    `folders` are searched for what the module itself imports. Raises
    `ImportFailedError`.
    """
    import subprocess

    source = Path(runtime_script.__file__).read_text(encoding="utf-8")
    command = [python, "-I", "-", name, str(library), *map(str, folders)]
    try:
        done = subprocess.run(
            command,
            input=source,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImportFailedError(name, python, str(error)) from error
    _, mark, answer = done.stdout.partition(f"{runtime_script.MARK}\n")
    if done.returncode or not mark:
        problem = done.stderr or f"exit status {done.returncode}"
        raise ImportFailedError(name, python, problem)
    return read_description(json.loads(answer.splitlines()[0]))


def read_description(found: Mapping[str, Any]) -> Module:
    """Return what the script found out about a module."""
    name = str(found["name"])
    members = found["members"]
    return Module(
        name,
        attributes=tuple(_attribute(item, name) for item in _of(members, "attribute")),
        classes=tuple(_class(item, name) for item in _of(members, "class")),
        functions=tuple(_function(item, "", name) for item in _of(members, "function")),
        modules=tuple(read_description(item) for item in _of(members, "module")),
        doc=found.get("doc"),
    )


def _of(members: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    return (item for item in members if item["type"] == kind)


def _class(found: Mapping[str, Any], module: str, owner: str = "") -> Class:
    members, name = found["members"], str(found["name"])
    path = f"{owner}.{name}" if owner else name
    attributes = [_attribute(item, module) for item in _of(members, "attribute")]
    if found["unhashable"]:
        attributes.append(UNHASHABLE)
    decorators: tuple[ast.expr, ...] = ()
    if found["final"]:
        decorators = (qualified("typing", "final"),)
    elif found["disjoint"]:
        decorators = (qualified("typing_extensions", "disjoint_base"),)
    return Class(
        name,
        bases=tuple(_type(item, module) for item in found["bases"]),
        decorators=decorators,
        attributes=tuple(sorted(attributes, key=lambda item: item.name)),
        methods=tuple(
            _function(item, path, module) for item in _of(members, "function")
        ),
        classes=tuple(_class(item, module, path) for item in _of(members, "class")),
        doc=found.get("doc"),
    )


def _attribute(found: Mapping[str, Any], module: str) -> Attribute:
    name, doc = str(found["name"]), found.get("doc")
    if found.get("class"):
        hint: ast.expr = ast.Subscript(
            ast.Name("type", ast.Load()), _type(found["class"], module)
        )
        return Attribute(name, hint, doc=doc)
    if found.get("of") is None:
        return Attribute(name, doc=doc)
    return Attribute(name, _type(found["of"], module), doc=doc)


def _type(pair: Sequence[str], module: str) -> ast.expr:
    home, name = pair
    arguments = _GENERIC.get((home, name))
    if arguments is not None:
        base = _local(name) if home == "builtins" else qualified(home, name)
        return ast.Subscript(base, ast.Tuple([*arguments], ast.Load()), ast.Load())
    if home == "builtins" and name == "NoneType":
        return ast.Constant(value=None)
    if home in ("builtins", module):
        # PyO3 says builtins for a class without `module = ...`.
        return _local(name)
    return qualified(home, name)


def _local(name: str) -> ast.expr:
    parts = name.split(".")
    value: ast.expr = ast.Name(parts[0], ast.Load())
    for part in parts[1:]:
        value = ast.Attribute(value, part, ast.Load())
    return value


def _function(found: Mapping[str, Any], owner: str, module: str) -> Function:
    name, kind = str(found["name"]), str(found["kind"])
    known = found["parameters"]
    parameters = (
        [*_unknown_parameters()] if known is None else [*_parameters(known, name)]
    )
    this = {"class": "cls", "new": "cls", "method": "self"}.get(kind)
    if this is not None and (kind != "method" or known is None):
        parameters.insert(0, Parameter(this, "positional-only"))
    decorator = _DECORATORS.get(kind)
    known_return = _RETURNS.get(name) if owner else None
    returns = parse_expression(known_return) if known_return else None
    if kind == "new":
        returns = qualified(module, owner)
    return Function(
        name,
        tuple(parameters),
        returns,
        (ast.Name(decorator, ast.Load()),) if decorator else (),
        doc=found.get("doc") if kind != "new" else None,
    )


def _parameters(known: Sequence[Mapping[str, Any]], name: str) -> Iterator[Parameter]:
    for index, item in enumerate(known):
        default = item["default"]
        hint = None
        if index == 1 and name in _OBJECTS:
            hint = ast.Name("object", ast.Load())
        elif index == 1 and name in _TEXTS:
            hint = ast.Name("str", ast.Load())
        yield Parameter(
            str(item["name"]),
            _KINDS[item["kind"]],
            hint,
            None if default is None else _default(default),
        )


def _default(text: str) -> ast.expr:
    """Return a default value that can stand in a stub, or `...`."""
    node = parse_expression(text)
    is_plain = isinstance(node, (ast.Constant, ast.UnaryOp))
    return node if node is not None and is_plain else ast.Constant(value=...)


def _unknown_parameters() -> Iterator[Parameter]:
    yield Parameter("args", "var-positional")
    yield Parameter("kwargs", "var-keyword")
