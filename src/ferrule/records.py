"""Frozen dataclasses that cost little to define.

The standard library's decorator compiles six methods for each class, which takes
a millisecond; a build uses seventy such classes, and most runs of ferrule end
within two tenths of a second. Here only `__init__` is compiled; the other methods
are the same functions for all classes and behave as those that they stand for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


def _decorate(cls: type | None = None, /, **options: bool) -> Any:
    """Return what `dataclasses.dataclass` does; with `frozen=True` alone, cheaply."""
    if cls is None:
        return lambda cls: _decorate(cls, **options)
    if options != {"frozen": True} or not _SHARED.keys().isdisjoint(vars(cls)):
        return dataclasses.dataclass(**options)(cls)
    made: type = dataclasses.dataclass(repr=False, eq=False)(cls)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made


if TYPE_CHECKING:
    # Checkers of types know this decorator by its name.
    from dataclasses import dataclass
else:
    dataclass = _decorate


@cache
def _compared(cls: type) -> Callable[[Any], Any]:
    """Return what takes the fields out of an instance by which it is compared."""
    return _getter(item.name for item in dataclasses.fields(cls) if item.compare)


@cache
def _hashed(cls: type) -> Callable[[Any], Any]:
    return _getter(
        item.name
        for item in dataclasses.fields(cls)
        if (item.compare if item.hash is None else item.hash)
    )


def _getter(names: Iterable[str]) -> Callable[[Any], Any]:
    found = tuple(names)
    return attrgetter(*found) if found else lambda _: ()


def _repr(self: Any) -> str:
    shown = [item.name for item in dataclasses.fields(self) if item.repr]
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({told})"


def _eq(self: Any, other: object) -> Any:
    is_same_class = other.__class__ is self.__class__
    if not is_same_class:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_hashed(self.__class__)(self))


def _setattr(self: Any, name: str, value: object) -> None:
    # `__init__` gives each field its value once.
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        message = f"cannot assign to field {name!r}"
        raise dataclasses.FrozenInstanceError(message)
    self.__dict__[name] = value


def _delattr(_self: Any, name: str) -> None:
    message = f"cannot delete field {name!r}"
    raise dataclasses.FrozenInstanceError(message)


_SHARED: dict[str, Callable[..., Any]] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
}
