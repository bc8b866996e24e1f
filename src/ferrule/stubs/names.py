"""What the names in one stub file mean, and the imports that they need.

A name is written as short as it can be. Where a member of the module or of the
class around it hides a name, the import gets an alias with an underscore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ferrule.stubs.expressions import dotted_name, text_of
from ferrule.stubs.model import Class, Function, Module, incomplete, qualified
from ferrule.stubs.vocabulary import (
    ABSTRACT,
    BUILTINS,
    EXTENSIONS,
    MODULE_ALIASES,
    STANDARD,
    TYPING,
)

__all__ = ["Names", "known_classes"]

Reference = tuple[str, str]
"""A module and the top-level name in it; `builtins` for builtins."""


def known_classes(root: Module) -> dict[str, ast.expr]:
    """Return where the classes of a module and its submodules are, by name."""
    found: dict[str, ast.expr] = {}
    for module in root.modules:
        found.update(known_classes(module))
    found.update({item.name: qualified(root.name, item.name) for item in root.classes})
    return found


class Names:
    """The names of one file."""

    def __init__(
        self, module: Module, classes: Mapping[str, ast.expr], *, is_package: bool
    ) -> None:
        self.module = module
        self.classes = classes
        self.is_package = is_package
        self.unknown: set[str] = set()
        """Names that nothing defines; they are written as `Incomplete`."""
        hidden: dict[Reference, set[str]] = {}
        for scope, expressions in _scopes(module):
            for node in expressions:
                for reference in self._references(node):
                    hidden.setdefault(reference, set()).update(scope)
        self.local = self._choose(hidden)

    def text(self, node: ast.expr) -> str:
        """Return an expression with the names that hold in this file."""
        return text_of(_Renamer(self).visit(_copy(node)))

    def decorator(self, node: ast.expr) -> str:
        """Return a decorator; that of a property names the property itself."""
        return text_of(node) if _is_property_part(node) else self.text(node)

    def imports(self) -> list[str]:
        """Return the lines of the imports, in groups separated by empty ones."""
        lines: dict[int, list[str]] = {}
        plain: dict[str, list[str]] = {}
        for (module, name), local in sorted(self.local.items()):
            if module == self.module.name or (module, local) == ("builtins", name):
                continue
            source = self._relative(module)
            if local == name:
                plain.setdefault(source, []).append(name)
            else:
                line = f"from {source} import {name} as {local}"
                lines.setdefault(_group(source), []).append(line)
        for source, names in plain.items():
            line = _import_line(source, names)
            lines.setdefault(_group(source), []).append(line)
        if self.is_package:
            subs = sorted(item.name.rpartition(".")[2] for item in self.module.modules)
            again = [f"from . import {name} as {name}" for name in subs]
            lines.setdefault(2, []).extend(again)
        groups = [sorted(lines[key], key=_import_key) for key in sorted(lines)]
        return "\n\n".join("\n".join(group) for group in groups).splitlines()

    def aliases(self) -> list[str]:
        """Return definitions of second names for classes of this very file."""
        return [
            f"{local} = {name}"
            for (module, name), local in sorted(self.local.items())
            if module == self.module.name and local != name
        ]

    # --- references -------------------------------------------------------------

    def locate(self, node: ast.expr) -> tuple[Reference, str] | None:
        """Return what a name refers to, and the rest of the path behind it.

        Returns None for anything but a name or a dotted name.
        """
        if isinstance(node, ast.Name):
            return self._locate_name(node.id)
        if not isinstance(node, ast.Attribute):
            return None
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            return None
        base = inner.id
        if base.partition(".")[0] in self.classes and base not in self._modules:
            reference, rest = self._locate_name(base.partition(".")[0])
            return reference, ".".join([*filter(None, [rest]), *parts])
        module = MODULE_ALIASES.get(base, base)
        return (module, parts[0]), ".".join(parts[1:])

    @property
    def _modules(self) -> frozenset[str]:
        names = (dotted_name(item) or "" for item in self.classes.values())
        return frozenset(name.rpartition(".")[0] for name in names)

    def _locate_name(self, name: str) -> tuple[Reference, str]:
        if name in self.classes:
            where = dotted_name(self.classes[name]) or name
            return (where.rpartition(".")[0], name), ""
        for names, module in (
            (BUILTINS, "builtins"),
            (ABSTRACT, "collections.abc"),
            (TYPING, "typing"),
            (EXTENSIONS, "typing_extensions"),
        ):
            if name in names:
                return (module, name), ""
        self.unknown.add(name)
        return ("_typeshed", "Incomplete"), ""

    def _references(self, node: ast.expr) -> Iterator[Reference]:
        if _is_property_part(node):
            return
        found = self.locate(node)
        if found is not None:
            yield found[0]
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from self._references(child)

    def _choose(self, hidden: Mapping[Reference, set[str]]) -> dict[Reference, str]:
        taken = set(self.module.names)
        chosen: dict[Reference, str] = {}
        for reference in sorted(hidden):
            module, name = reference
            local = name
            is_own = module == self.module.name
            while local in hidden[reference] or (
                local in taken and not (is_own and local == name)
            ):
                local = f"_{local}"
            chosen[reference] = local
            taken.add(local)
        return chosen

    def _relative(self, module: str) -> str:
        """Return a module of the same tree relative to this file."""
        own = self.module.name.split(".")
        if not self.is_package:
            own = own[:-1]
        wanted = module.split(".")
        if own[:1] != wanted[:1] or module not in self._modules:
            return module
        common = 0
        while own[common : common + 1] == wanted[common : common + 1] != []:
            common += 1
        return "." * (len(own) - common + 1) + ".".join(wanted[common:])


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self.names = names

    def _rename(self, node: ast.expr) -> ast.expr:
        found = self.names.locate(node)
        if found is None:
            self.generic_visit(node)
            return node
        reference, rest = found
        local = self.names.local.get(reference, reference[1])
        return ast.Name(f"{local}.{rest}" if rest else local, ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._rename(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._rename(node)


def _copy(node: ast.expr) -> ast.expr:
    from copy import deepcopy

    return deepcopy(node)


def _is_property_part(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("setter", "deleter")
        and isinstance(node.value, ast.Name)
        and "." not in node.value.id
    )


def _scopes(module: Module) -> Iterator[tuple[frozenset[str], list[ast.expr]]]:
    """Yield the expressions of a file with the names of the class around them."""
    outer = [node for item in module.functions for node in _of_function(item)]
    for attribute in module.attributes:
        outer += filter(None, [attribute.annotation, attribute.value])
    if module.is_incomplete:
        outer += [ast.Name("str", ast.Load()), incomplete()]
    outer += [incomplete() for _ in module.unknown]
    for item in module.classes:
        outer += [*item.bases, *item.decorators]
        yield from _class_scopes(item)
    yield frozenset(), outer


def _class_scopes(item: Class) -> Iterator[tuple[frozenset[str], list[ast.expr]]]:
    groups = (item.attributes, item.methods, item.classes)
    names = frozenset(member.name for group in groups for member in group)
    inner = [node for method in item.methods for node in _of_function(method)]
    for attribute in item.attributes:
        inner += filter(None, [attribute.annotation, attribute.value])
    for nested in item.classes:
        inner += [*nested.bases, *nested.decorators]
        yield from _class_scopes(nested)
    yield names, inner


def _of_function(item: Function) -> Iterable[ast.expr]:
    yield from item.decorators
    for index, parameter in enumerate(item.parameters):
        if parameter.annotation is not None:
            yield parameter.annotation
        elif index or parameter.name not in ("self", "cls"):
            yield incomplete()
        if parameter.default is not None:
            yield parameter.default
    yield item.returns or incomplete()


def _group(source: str) -> int:
    if source.startswith("."):
        return 2
    return 0 if source.partition(".")[0] in STANDARD else 1  # as isort has it


def _import_line(source: str, names: list[str]) -> str:
    line = f"from {source} import {', '.join(names)}"
    if len(line) <= 88:
        return line
    return f"from {source} import (\n" + "".join(f"    {n},\n" for n in names) + ")"


def _import_key(line: str) -> tuple[int, str, bool, str]:
    """Order as isort does: the furthest module first among relative ones."""
    source = line.split()[1]
    name = source.lstrip(".")
    return len(name) - len(source), name.lower(), " as " in line, line
