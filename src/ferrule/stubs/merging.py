"""Joins what PyO3 recorded with what an imported module shows.

The recorded facts win: they have types. What is not recorded is added, so that
a module that is a Rust function, or one of an early PyO3, is complete too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from ferrule.stubs.model import Attribute, Class, Function, Module

__all__ = ["merge_modules"]


_Item = TypeVar("_Item", Class, Function, Module)


def merge_modules(recorded: Module, seen: Module, unlisted: Module) -> Module:
    """Return the recorded module with the members that only the other shows.

    `unlisted` holds what is recorded but belongs to no module: a member that is
    seen under such a name is it.
    """
    known = recorded.names
    named = {item.name: item for item in unlisted.classes}
    functions = {item.name: item for item in unlisted.functions}
    classes = [
        _merge_class(named.get(item.name, item), item)
        for item in seen.classes
        if item.name not in known
    ]
    modules = {item.name: item for item in seen.modules}
    return replace(
        recorded,
        attributes=_sorted(
            [
                *recorded.attributes,
                *(item for item in seen.attributes if item.name not in known),
            ]
        ),
        classes=_by_name([*_merge_classes(recorded.classes, seen.classes), *classes]),
        functions=_by_name(
            [
                *recorded.functions,
                *(
                    functions.get(item.name, item)
                    for item in seen.functions
                    if item.name not in known
                ),
            ]
        ),
        modules=_by_name(
            [
                *(
                    merge_modules(item, modules.get(item.name, item), unlisted)
                    for item in recorded.modules
                ),
                *(
                    merge_modules(Module(item.name), item, unlisted)
                    for item in seen.modules
                    if item.name.rpartition(".")[2] not in known
                ),
            ]
        ),
        doc=recorded.doc or seen.doc,
        is_incomplete=False,
        unknown=(),
    )


def _by_name(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


def _merge_classes(recorded: tuple[Class, ...], seen: tuple[Class, ...]) -> list[Class]:
    shown = {item.name: item for item in seen}
    return [
        _merge_class(item, shown[item.name]) if item.name in shown else item
        for item in recorded
    ]


def _merge_class(recorded: Class, seen: Class) -> Class:
    if recorded is seen:
        return seen
    groups = (recorded.attributes, recorded.methods, recorded.classes)
    known = {item.name for group in groups for item in group}
    # What PyO3 does not record about special methods are those that it adds
    # itself and that refuse every argument, such as `__radd__`.
    methods = [item for item in seen.methods if _is_new(item, known)]
    attributes = [item for item in seen.attributes if _is_new(item, known)]
    is_bare = not recorded.attributes and not recorded.methods
    return replace(
        recorded,
        bases=seen.bases or recorded.bases if is_bare else recorded.bases or seen.bases,
        decorators=recorded.decorators or seen.decorators,
        attributes=_sorted([*recorded.attributes, *attributes]),
        methods=(*recorded.methods, *methods),
        classes=(
            *_merge_classes(recorded.classes, seen.classes),
            *(item for item in seen.classes if item.name not in known),
        ),
        doc=recorded.doc or seen.doc,
    )


def _is_new(item: Attribute | Function, known: set[str]) -> bool:
    is_special = item.name.startswith("__") and item.name != "__hash__"
    return item.name not in known and not is_special


def _sorted(items: list[Attribute]) -> tuple[Attribute, ...]:
    return tuple(sorted(items, key=lambda item: item.name))
