"""The nouns of a stub: modules, classes, functions and attributes.

Type hints, default values and decorators are expressions of the `ast` module.
A name of another module is an attribute of that module's name, which may have
dots in one `ast.Name`: `Attribute(Name("collections.abc"), "Sequence")`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "UNHASHABLE",
    "Attribute",
    "Class",
    "Function",
    "Module",
    "Parameter",
    "ParameterKind",
    "incomplete",
    "qualified",
]

ParameterKind = Literal[
    "positional-only", "regular", "var-positional", "keyword-only", "var-keyword"
]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function; parameters stand in the order of Python."""

    name: str
    kind: ParameterKind
    annotation: ast.expr | None = None
    default: ast.expr | None = None


@dataclass(frozen=True)
class Function:
    """A function or method; a property is a function with a decorator."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: ast.expr | None = None
    decorators: tuple[ast.expr, ...] = ()
    is_async: bool = False
    doc: str | None = None


@dataclass(frozen=True)
class Attribute:
    """A constant of a module or an attribute of a class."""

    name: str
    annotation: ast.expr | None = None
    value: ast.expr | None = None
    doc: str | None = None


@dataclass(frozen=True)
class Class:
    """A class with its members, sorted by name."""

    name: str
    bases: tuple[ast.expr, ...] = ()
    decorators: tuple[ast.expr, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    methods: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    doc: str | None = None


@dataclass(frozen=True)
class Module:
    """A module with its members, sorted by name."""

    name: str
    """Dotted import path."""
    attributes: tuple[Attribute, ...] = ()
    classes: tuple[Class, ...] = ()
    functions: tuple[Function, ...] = ()
    modules: tuple[Module, ...] = ()
    doc: str | None = None
    is_incomplete: bool = False
    """Whether it has members of which nothing is known."""
    unknown: tuple[str, ...] = ()
    """Members of which only the name is known, not even what they are."""

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all members."""
        groups = (self.attributes, self.classes, self.functions, self.modules)
        found = [item.name for group in groups for item in group]
        return frozenset(name.rpartition(".")[2] for name in found)


def qualified(module: str, name: str) -> ast.expr:
    """Return a name of a module as an expression; `name` may have dots."""
    value: ast.expr = ast.Name(module)
    for part in name.split("."):
        value = ast.Attribute(value, part)
    return value


def incomplete() -> ast.expr:
    """Return the type of what is not known, as typeshed spells it."""
    return qualified("_typeshed", "Incomplete")


UNHASHABLE: Final = Attribute(
    "__hash__",
    ast.Subscript(qualified("typing", "ClassVar"), ast.Constant(value=None)),
)
"""The member of a class whose instances have no hash (data model)."""
