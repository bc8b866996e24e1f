"""Joins what PyO3 recorded with what an imported module shows.

The recorded facts win: they have types. What is not recorded is added, so that
a module that is a Rust function, or one of an early PyO3, is complete too.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import TypeVar

from ferrule.stubs.model import Attribute, Class, Function, Module

__all__ = ["merge_modules"]

Named = TypeVar("Named", Attribute, Class, Function, Module)


def merge_modules(recorded: Module, seen: Module, unlisted: Module) -> Module:
    """Return the recorded module with the members that only the other shows.

    `unlisted` holds what is recorded but belongs to no module: a member that is
    seen under such a name is it.
    """
    known = recorded.names
    classes = {item.name: item for item in unlisted.classes}
    functions = {item.name: item for item in unlisted.functions}
    return replace(
        recorded,
        attributes=_sorted([*recorded.attributes, *_others(seen.attributes, known)]),
        classes=_sorted(
            [
                *_merge_classes(recorded.classes, seen.classes),
                *(
                    _merge_class(classes.get(item.name, item), item)
                    for item in _others(seen.classes, known)
                ),
            ]
        ),
        functions=_sorted(
            [
                *recorded.functions,
                *(
                    functions.get(item.name, item)
                    for item in _others(seen.functions, known)
                ),
            ]
        ),
        modules=_merge_submodules(recorded, seen, unlisted),
        doc=recorded.doc or seen.doc,
        is_incomplete=False,
        unknown=(),
    )


def _merge_submodules(
    recorded: Module, seen: Module, unlisted: Module
) -> tuple[Module, ...]:
    shown = {item.name: item for item in seen.modules}
    both = [
        merge_modules(item, shown.get(item.name, item), unlisted)
        for item in recorded.modules
    ]
    known = {item.name for item in both}
    more = [
        merge_modules(Module(item.name), item, unlisted)
        for item in _others(seen.modules, known)
    ]
    return _sorted([*both, *more])


def _others(items: Iterable[Named], known: Container[str]) -> list[Named]:
    return [item for item in items if item.name not in known]


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


def _sorted(items: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(items, key=lambda item: item.name))
