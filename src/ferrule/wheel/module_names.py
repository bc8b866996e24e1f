"""Names of extension modules without the part that speaks of the ABI."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["module_key", "pair_names"]


def module_key(name: str) -> str:
    """Return a file's name, without the ABI where it is an extension module's.

    >>> module_key("pkg/_core.cpython-312-x86_64-linux-gnu.so")
    'pkg/_core.so'
    >>> module_key("pkg/_core.abi3.so"), module_key("pkg/data.txt")
    ('pkg/_core.so', 'pkg/data.txt')
    """
    if not name.endswith((".so", ".pyd")):
        return name
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}{last[last.rfind('.') :]}"


def pair_names(
    left: Iterable[str], right: Iterable[str]
) -> list[tuple[str | None, str | None]]:
    """Return the names of two lists side by side, sorted.

    Equal names make a pair; of the others, modules that differ in their ABI
    only. A name without partner stands beside None.
    """
    old, new = set(left), set(right)
    pairs: list[tuple[str | None, str | None]] = [(name, name) for name in old & new]
    waiting = {module_key(name): name for name in sorted(new - old)}
    pairs += [(name, waiting.pop(module_key(name), None)) for name in sorted(old - new)]
    taken = {name for _, name in pairs}
    pairs += [(None, name) for name in sorted(new - taken)]
    return sorted(pairs, key=lambda pair: pair[0] or pair[1] or "")
