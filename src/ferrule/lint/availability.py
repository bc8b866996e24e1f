"""What PyO3's releases leave out under the stable ABI.

Read from the `cfg` attributes of PyO3 0.16 to 0.30: of `pub use` and `pub mod`
in `src/types/mod.rs`, `src/lib.rs` and `src/sync.rs`; of whole files
(`src/buffer.rs`, `src/marshal.rs`); of `pyclass` options in
`pyo3-macros-backend/src/pyclass.rs` and `src/impl_/pyclass/assertions.rs`; and
of `pyobject_subclassable_native_type!` in `src/types/mod.rs`.
"""

from __future__ import annotations

from typing import Final, Optional

from ferrule.records import dataclass

__all__ = [
    "BUFFER",
    "DICT",
    "IMMUTABLE_TYPE",
    "NATIVE_BASES",
    "SUBCLASSING",
    "TEXT_SIGNATURE",
    "Limit",
    "OptionLimit",
    "missing_path",
    "release_of",
]

Release = tuple[int, int]
Python = tuple[int, int]
Minimum = Optional[tuple[int, int]]

BUFFER: Final[Python] = (3, 11)
"""`#![cfg(any(not(Py_LIMITED_API), Py_3_11))]` in every release's buffer.rs."""
TEXT_SIGNATURE: Final[Python] = (3, 10)
"""Until CPython 3.10 `tp_doc` of a heap type loses its signature; PyO3 repairs
that only outside of the stable ABI (`type_doc` in create_type_object.rs)."""


@dataclass(frozen=True)
class OptionLimit:
    """A `pyclass` option that needs a minimum Python under the stable ABI."""

    minimum: Python
    fails_since: Release
    """Before this release the option is dropped in silence."""
    exists_since: Release = (0, 0)


DICT: Final = OptionLimit((3, 9), fails_since=(0, 22))
"""`dict` and `weakref` alike."""
IMMUTABLE_TYPE: Final = OptionLimit((3, 14), (0, 25), exists_since=(0, 25))

SUBCLASSING: Final[Release] = (0, 28)
"""The first release that subclasses native types under the stable ABI, from
Python 3.12 on (PEP 697)."""
NATIVE_BASES: Final = frozenset(
    (
        *("PyComplex", "PyDate", "PyDateTime", "PyDelta", "PyDict", "PyFloat"),
        *("PyFrozenSet", "PySet", "PyTime", "PyTzInfo"),
    )
)
"""Types that can be a base without the stable ABI; so can every exception."""


@dataclass(frozen=True)
class Limit:
    """Names that PyO3 does not have under the stable ABI."""

    names: frozenset[str]
    since: Release
    until: Release | None
    """The first release that has them; None where none does."""
    modules: tuple[str, ...] = ("types",)
    minimum: Minimum = None
    """The minimum Python that has them; None where none does."""
    rule: str = "stable-abi"

    def covers(self, release: Release, minimum: Python) -> bool:
        """Tell whether the names are missing."""
        if release < self.since or (self.until and release >= self.until):
            return False
        return self.minimum is None or minimum < self.minimum


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DATES: Final = _names("PyDate PyDateTime PyDelta PyTime PyTzInfo PyTzInfoAccess")
_LIMITS: Final = (
    Limit(frozenset("*"), (0, 0), None, ("buffer",), BUFFER, "buffer"),
    Limit(
        _names(
            "Py_buffer PyObject_CheckBuffer PyObject_GetBuffer PyBuffer_Release "
            "PyBuffer_GetPointer PyBuffer_FillInfo PyBuffer_IsContiguous "
            "PyBuffer_ToContiguous PyBuffer_FromContiguous "
            "PyMemoryView_FromBuffer getbufferproc releasebufferproc"
        ),
        (0, 18),
        None,
        ("ffi",),
        BUFFER,
        "buffer",
    ),
    Limit(frozenset("*"), (0, 0), None, ("marshal",)),
    Limit(_names("PyCode"), (0, 18), (0, 26)),
    Limit(_names("PyFunction"), (0, 18), (0, 29)),
    Limit(_names("PyFrame"), (0, 18), None),
    Limit(_names("PyFrameMethods"), (0, 29), None),
    Limit(_DATES, (0, 16), (0, 25)),
    Limit(_names("timezone_utc"), (0, 18), (0, 25)),
    Limit(_names("timezone_utc_bound"), (0, 21), (0, 25)),
    Limit(_names("PyDateAccess PyDeltaAccess PyTimeAccess"), (0, 16), (0, 30)),
    Limit(_names("PyStringData"), (0, 18), None),
    Limit(_names("PyContext"), (0, 30), None),
    Limit(_names("PyMutex PyMutexGuard"), (0, 26), None, ("types", "sync")),
)


def missing_path(
    path: tuple[str, ...], release: Release, minimum: Python
) -> Limit | None:
    """Return why a path below `pyo3` does not exist, or None if it does.

    `path` is without `pyo3` itself. A module that is missing takes everything
    in it along.
    """
    if not path:
        return None
    module, name = path[0], path[1] if len(path) > 1 else ""
    for limit in _LIMITS:
        if module in limit.modules and limit.covers(release, minimum):
            whole = "*" in limit.names
            if whole or (len(path) > 1 and name in limit.names):
                return limit
    return None


def release_of(version: str) -> Release:
    """Return `(0, 22)` for `0.22.6`."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return int(major), int(minor) if minor.isdecimal() else 0
