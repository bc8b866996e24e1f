"""The ABI of an extension module: tags and file suffix follow from it.

Sources: PEP 3149 (file names), PEP 384 (abi3), PEP 703 (free threading),
PEP 425 (tags) and the guide's sections on abi3 and platform tags.
"""

from __future__ import annotations

from typing import Literal

from ferrule.records import dataclass

__all__ = ["NO_ABI", "Abi", "AbiKind"]

AbiKind = Literal["version", "abi3", "abi3t", "none"]


@dataclass(frozen=True)
class Abi:
    """The one object from which wheel tags and extension suffix follow."""

    kind: AbiKind
    implementation: str
    """`CPython`, `PyPy` or `GraalVM`; empty where none is meant."""
    version: tuple[int, int]
    """The interpreter's version, or the lowest supported one for abi3 and abi3t."""
    python_tag: str
    """For example `cp312`, `pp311`, `graalpy312`; `py3` for non-Python artifacts."""
    abi_tag: str
    """For example `cp312`, `cp313t`, `abi3`, `abi3.abi3t`, `pypy311_pp73`, `none`."""
    extension_suffix: str
    """For example `.abi3.so`, `.cpython-312-x86_64-linux-gnu.so`, `.pyd`."""


NO_ABI = Abi("none", "", (3, 0), "py3", "none", "")
"""A library that Python code opens by its C interface (cffi, UniFFI)."""
