"""What PyO3 recorded about a module, as the nouns of a stub.

Chunks refer to each other by ids: a module lists its members, a method names
its class. Facts of the format: the macros of PyO3 0.25 to 0.30. What a release
does not record, or records wrongly, is set right here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ferrule.stubs.expressions import (
    annotation_of,
    expression_of,
    text_of,
    union_members,
)
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

if TYPE_CHECKING:
    from ferrule.stubs.chunks import Chunk

__all__ = ["described_modules", "orphans", "read_module"]

_COMPARISONS: Final = ("__eq__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__")
_EXCEPTION: Final = ast.Name("Exception")


def described_modules(chunks: Iterable[Chunk]) -> list[str]:
    """Return the names of the modules that the chunks describe."""
    return sorted(str(item.get("name")) for item in chunks if _is(item, "module"))


def read_module(chunks: Sequence[Chunk], dotted: str) -> Module | None:
    """Return the module with a dotted import path, or None if it is not there.

    PyO3 records the last part of the path only.
    """
    reader = _Reader(chunks)
    name = dotted.rpartition(".")[2]
    for chunk in chunks:
        if _is(chunk, "module") and chunk.get("name") == name:
            return reader.read_root(chunk, dotted)
    return None


def orphans(chunks: Sequence[Chunk], dotted: str) -> Module:
    """Return functions and classes that no module lists.

    A module that is a Rust function adds its members when it runs. They are
    recorded, but not which module they go to.
    """
    return _Reader(chunks).read_orphans(dotted)


def _is(chunk: Chunk, kind: str) -> bool:
    return chunk.get("type") == kind


class _Reader:
    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = chunks
        self.by_id = {str(item["id"]): item for item in chunks if "id" in item}
        self.by_parent: dict[str, list[Chunk]] = {}
        for item in chunks:
            if "parent" in item:
                self.by_parent.setdefault(str(item["parent"]), []).append(item)
        self.places: dict[str, ast.expr] = {}
        self.root = ""

    def read_root(self, chunk: Chunk, dotted: str) -> Module:
        self.root = dotted
        self._place_members(chunk, dotted, frozenset())
        return self._module(chunk, dotted, frozenset())

    def read_orphans(self, dotted: str) -> Module:
        self.root = dotted
        listed = {
            str(member)
            for item in self.chunks
            if _is(item, "module")
            for member in item.get("members", ())
        }
        free = [
            item
            for item in self.chunks
            if "parent" not in item
            and not _is(item, "module")
            and str(item.get("id")) not in listed
        ]
        for item in free:
            if _is(item, "class"):
                self._place_class(item, dotted, str(item.get("name")))
        return self._with_members(Module(dotted), free)

    def resolve(self, identifier: str) -> ast.expr:
        return self.places.get(identifier) or incomplete()

    # --- where classes are ------------------------------------------------------

    def _members(self, chunk: Chunk) -> list[Chunk]:
        listed = (self.by_id.get(str(item)) for item in chunk.get("members", ()))
        own = self.by_parent.get(str(chunk.get("id")), [])
        found = [*own, *(item for item in listed if item is not None)]
        return sorted(found, key=_sort_key)

    def _place_members(self, chunk: Chunk, dotted: str, above: frozenset[str]) -> None:
        above |= {str(chunk.get("id"))}
        for item in self._members(chunk):
            if _is(item, "class"):
                self._place_class(item, dotted, str(item.get("name")))
            elif _is(item, "module") and str(item.get("id")) not in above:
                self._place_members(item, f"{dotted}.{item.get('name')}", above)

    def _place_class(self, chunk: Chunk, module: str, path: str) -> None:
        identifier = str(chunk.get("id"))
        if identifier in self.places:
            return
        self.places[identifier] = qualified(module, path)
        for item in self.by_parent.get(identifier, ()):
            if _is(item, "class"):
                self._place_class(item, module, f"{path}.{item.get('name')}")

    # --- members ----------------------------------------------------------------

    def _module(self, chunk: Chunk, dotted: str, above: frozenset[str]) -> Module:
        above |= {str(chunk.get("id"))}
        exceptions, unknown = self._unlisted(chunk, dotted)
        constants = tuple(
            Attribute(str(item.get("name")), qualified("typing", "Final"), value)
            for item in chunk.get("consts", ())
            for value in [expression_of(item.get("value"), self.resolve)]
        )
        members = [
            item for item in self._members(chunk) if str(item.get("id")) not in above
        ]
        module = Module(
            dotted,
            attributes=constants,
            classes=exceptions,
            doc=_doc(chunk),
            is_incomplete=bool(chunk.get("incomplete")) or bool(unknown),
            unknown=unknown,
        )
        return self._with_members(module, members, above)

    def _with_members(
        self,
        module: Module,
        chunks: Iterable[Chunk],
        above: frozenset[str] = frozenset(),
    ) -> Module:
        attributes, classes = list(module.attributes), list(module.classes)
        functions: list[Function] = []
        modules: list[Module] = []
        for item in chunks:
            if _is(item, "attribute"):
                attributes.append(self._attribute(item))
            elif _is(item, "class"):
                classes.append(self._class(item))
            elif _is(item, "function"):
                functions.append(self._function(item, ""))
            elif _is(item, "module"):
                path = f"{module.name}.{item.get('name')}"
                modules.append(self._module(item, path, above))
        return Module(
            module.name,
            attributes=tuple(sorted(attributes, key=lambda item: item.name)),
            classes=tuple(sorted(classes, key=lambda item: item.name)),
            functions=tuple(functions),
            modules=tuple(modules),
            doc=module.doc,
            is_incomplete=module.is_incomplete,
            unknown=module.unknown,
        )

    def _unlisted(
        self, chunk: Chunk, dotted: str
    ) -> tuple[tuple[Class, ...], tuple[str, ...]]:
        """Return the exceptions of a module, and members that nothing describes.

        An exception of `create_exception!` has no chunk, but its id is the
        module that the macro names, and its own name; one of another module
        was imported from there.
        """
        prefixes = sorted(_suffixes(self.root) | _suffixes(dotted), key=len)
        exceptions, unknown = [], []
        for item in map(str, chunk.get("members", ())):
            if item in self.by_id:
                continue
            name = next(
                (item[len(p) :] for p in reversed(prefixes) if item.startswith(p)), ""
            )
            if name.isidentifier():
                exceptions.append(Class(name, (_EXCEPTION,)))
            elif not item.isdigit():
                unknown.append(item)
        return tuple(exceptions), tuple(unknown)

    def _class(self, chunk: Chunk) -> Class:
        identifier = str(chunk.get("id"))
        name = str(chunk.get("name"))
        members = sorted(self.by_parent.get(identifier, ()), key=_sort_key)
        methods: list[Function] = []
        for item in members:
            if _is(item, "function"):
                methods += self._methods(item, name, identifier)
        attributes = [
            self._attribute(item) for item in members if _is(item, "attribute")
        ]
        special = {item.name for item in methods}
        if "__eq__" in special and "__hash__" not in special:
            attributes.append(UNHASHABLE)  # what Python makes of such a class
            attributes.sort(key=lambda item: item.name)
        return Class(
            name,
            bases=self._expressions(chunk, "bases"),
            decorators=self._expressions(chunk, "decorators"),
            attributes=tuple(attributes),
            methods=tuple(methods),
            classes=tuple(self._class(item) for item in members if _is(item, "class")),
            doc=_doc(chunk),
        )

    def _methods(self, chunk: Chunk, owner: str, identifier: str) -> list[Function]:
        method = self._function(chunk, owner)
        returns, parameters = method.returns, method.parameters
        if method.name == "__richcmp__":
            return _comparisons(method)
        if method.name == "__new__" and _is_none(returns):
            returns = self.resolve(identifier)  # 0.26 and 0.27 record None
        if method.name in ("__eq__", "__ne__"):
            # Python asks about every object; 0.26 to 0.28 record the accepted one.
            parameters = tuple(
                replace(item, annotation=ast.Name("object", ast.Load()))
                if index
                else item
                for index, item in enumerate(parameters)
            )
        if _is_slot(method.name):
            # Slots take their arguments by position; 0.28 does not say so.
            parameters = tuple(_positional(item) for item in parameters)
        return [replace(method, parameters=parameters, returns=returns)]

    def _function(self, chunk: Chunk, owner: str) -> Function:
        decorators = self._expressions(chunk, "decorators")
        return Function(
            str(chunk.get("name")),
            tuple(self._parameters(chunk.get("arguments") or {})),
            annotation_of(chunk.get("returns"), self.resolve),
            tuple(_own_decorator(item, owner) for item in decorators),
            is_async=bool(chunk.get("async")),
            doc=_doc(chunk),
        )

    def _parameters(self, arguments: Mapping[str, Any]) -> Iterable[Parameter]:
        groups: tuple[tuple[str, ParameterKind], ...] = (
            ("posonlyargs", "positional-only"),
            ("args", "regular"),
            ("vararg", "var-positional"),
            ("kwonlyargs", "keyword-only"),
            ("kwarg", "var-keyword"),
        )
        for key, kind in groups:
            found = arguments.get(key) or ()
            for item in [found] if isinstance(found, dict) else found:
                recorded = item.get("default")
                hint = annotation_of(item.get("annotation"), self.resolve)
                default = None
                if recorded is not None:
                    default = expression_of(recorded, self.resolve)
                if hint is not None and _is_none(default) and not _admits_none(hint):
                    hint = ast.BinOp(hint, ast.BitOr(), ast.Constant(value=None))
                yield Parameter(str(item.get("name")), kind, hint, default)

    def _attribute(self, chunk: Chunk) -> Attribute:
        value = chunk.get("value")
        return Attribute(
            str(chunk.get("name")),
            annotation_of(chunk.get("annotation"), self.resolve),
            None if value is None else expression_of(value, self.resolve),
            _doc(chunk),
        )

    def _expressions(self, chunk: Chunk, key: str) -> tuple[ast.expr, ...]:
        return tuple(expression_of(item, self.resolve) for item in chunk.get(key, ()))


def _doc(chunk: Chunk) -> str | None:
    return str(chunk["doc"]) if chunk.get("doc") else None


def _sort_key(chunk: Chunk) -> tuple[str, int]:
    """Sort by name; a property before its setter, and that before its deleter."""
    decorators = str(chunk.get("decorators", ""))
    rank = ("setter" in decorators) + 2 * ("deleter" in decorators)
    return str(chunk.get("name")), rank


def _suffixes(dotted: str) -> set[str]:
    parts = dotted.split(".")
    return {".".join(parts[index:]) for index in range(len(parts))} | {parts[0]}


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _admits_none(hint: ast.expr) -> bool:
    """Return whether a hint that an author wrote says that None fits."""
    texts = {text_of(item).rpartition(".")[2] for item in union_members(hint)}
    if texts & {"None", "Any", "object", "Incomplete"}:
        return True
    return any(text.startswith("Optional[") for text in texts)


def _is_slot(name: str) -> bool:
    is_special = name.startswith("__") and name.endswith("__")
    return is_special and name not in ("__new__", "__init__", "__call__")


def _positional(parameter: Parameter) -> Parameter:
    if parameter.kind != "regular":
        return parameter
    return replace(parameter, kind="positional-only")


def _comparisons(method: Function) -> list[Function]:
    """Return the methods that stand for `__richcmp__`, which Python has not."""
    this = Parameter("self", "positional-only")
    other = Parameter("other", "positional-only", ast.Name("object"))
    return [
        Function(name, (this, other), ast.Name("bool"), doc=method.doc)
        for name in _COMPARISONS
    ]


def _own_decorator(node: ast.expr, owner: str) -> ast.expr:
    """Return `x.setter` instead of `module.Class.x.setter`."""
    if not owner or not isinstance(node, ast.Attribute):
        return node
    if node.attr in ("setter", "deleter"):
        name = text_of(node.value).rpartition(".")[2]
        return ast.Attribute(ast.Name(name), node.attr)
    return node
