"""Reads plain values that `marshal` wrote: an index is nothing else.

`marshal` itself reserves the memory that a damaged file asks for, and builds code
objects that crash. Only what its second version writes for these types is understood.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["read_plain"]

_MOST_LEVELS: Final = 20
_END: Final = object()
_CONSTANTS: Final = {b"N": None, b"F": False, b"T": True, b"0": _END}


def read_plain(content: bytes) -> Any:
    """Return the value in `content`: dictionaries, tuples, text, bytes, numbers.

    Raises `ValueError` where it is anything else, too short or too long.

    >>> import marshal
    >>> read_plain(marshal.dumps(({"a": (1, True)}, b"x"), 2))
    ({'a': (1, True)}, b'x')
    """
    reader = _Reader(content)
    value = reader.value(0)
    if value is _END or reader.place != len(content):
        raise ValueError(f"something else is at byte {reader.place}")
    return value


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def _take(self, size: int) -> bytes:
        taken = self._content[self.place : self.place + size]
        if len(taken) != size:
            raise ValueError(f"it ends at byte {len(self._content)}, within a value")
        self.place += size
        return taken

    def _number(self) -> int:
        return int.from_bytes(self._take(4), "little", signed=True)

    def value(self, level: int) -> Any:
        """Return the value here; `_END` behind the last item of a dictionary."""
        if level > _MOST_LEVELS:
            raise ValueError("its values are nested without end")
        kind = self._take(1)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind == b"{":
            return self._dictionary(level)
        number = self._number()
        if kind == b"i":
            return number
        if number < 0:
            raise ValueError(f"a size is negative at byte {self.place - 4}")
        if kind == b"(":
            return tuple(self._item(level) for _ in range(number))
        content = self._take(number) if kind in (b"s", b"u") else b""
        if kind == b"s":
            return content
        if kind == b"u":
            # Names of files need not be text.
            return content.decode("utf-8", "surrogatepass")
        raise ValueError(f"a value of an unknown kind is at byte {self.place - 5}")

    def _item(self, level: int) -> Any:
        value = self.value(level + 1)
        if value is _END:
            raise ValueError(f"a value is missing at byte {self.place - 1}")
        return value

    def _dictionary(self, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            key = self.value(level + 1)
            if key is _END:
                return found
            if not isinstance(key, str):
                raise ValueError(f"a name is no text: {key!r}")  # noqa: TRY004
            found[key] = self._item(level)
