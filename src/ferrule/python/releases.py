"""What each release of PyO3 can do and how it behaves.

Covers 0.20 to the newest known release; a newer one is taken to behave like the
newest. Read from the published sources of pyo3-build-config and pyo3-ffi.
"""

from __future__ import annotations

from typing import Final, Optional

from ferrule.errors.configuration import UnknownReleaseError
from ferrule.records import dataclass

__all__ = ["NEWEST_RELEASE", "OLDEST_MINOR", "Pyo3Release", "Version", "VersionRange"]

Version = tuple[int, int]
VersionRange = Optional[tuple[Version, Version]]

OLDEST_MINOR: Final = 20


@dataclass(frozen=True)
class _Support:
    """The Python versions that one minor release of PyO3 accepts."""

    cpython: tuple[Version, Version]
    pypy: VersionRange
    graalpy: VersionRange
    abi3_features: tuple[int, int]
    """Lowest and highest minor version among the features `abi3-py3*`."""
    abi3_scan: int
    """Highest minor version that the search for `abi3-py3*` looks at."""


def _support(
    cpython: tuple[int, int],
    pypy: tuple[int, int] | None,
    graalpy: tuple[int, int] | None,
    features: tuple[int, int],
    scan: int,
) -> _Support:
    def versions(minors: tuple[int, int] | None) -> VersionRange:
        return None if minors is None else ((3, minors[0]), (3, minors[1]))

    low, high = cpython
    return _Support(
        ((3, low), (3, high)), versions(pypy), versions(graalpy), features, scan
    )


_SUPPORT: Final = {
    20: _support((7, 12), (7, 10), None, (7, 12), 12),
    21: _support((7, 12), (7, 10), (10, 11), (7, 12), 12),
    22: _support((7, 13), (7, 10), (10, 11), (7, 12), 12),
    23: _support((7, 13), (9, 11), (10, 11), (7, 12), 12),
    24: _support((7, 13), (9, 11), (10, 11), (7, 13), 13),
    # The feature abi3-py314 of 0.25 exists, but the search stops before it.
    25: _support((7, 14), (9, 11), (10, 11), (7, 14), 13),
    26: _support((7, 14), (9, 14), (10, 14), (7, 14), 14),
    27: _support((7, 14), (11, 14), (10, 14), (7, 14), 14),
    28: _support((7, 14), (11, 14), (10, 14), (7, 14), 14),
    29: _support((8, 15), (11, 15), (10, 15), (8, 15), 15),
    30: _support((9, 15), (11, 15), (10, 15), (9, 15), 15),
}
_NEWEST_MINOR: Final = max(_SUPPORT)


@dataclass(frozen=True)
class Pyo3Release:
    """One release of PyO3: `Pyo3Release.parse("0.28.3")`."""

    major: int
    minor: int
    patch: int
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Pyo3Release:
        """Read a version as Cargo.lock spells it; `0.28` means `0.28.0`.

        Raises `UnknownReleaseError` for other texts and for releases before 0.20.
        """
        core, dash, suffix = text.partition("-")
        core = core.partition("+")[0]
        numbers = core.split(".")
        if not 2 <= len(numbers) <= 3 or not all(n.isdecimal() for n in numbers):
            raise UnknownReleaseError(
                f'"{text}" is not a version of PyO3',
                why=["a version looks like 0.28.3"],
                fix=f"write the version that Cargo.lock names, such as {_NEWEST_TEXT}",
            )
        major, minor, patch = (*map(int, numbers), 0)[:3]
        if (major, minor) < (0, OLDEST_MINOR):
            raise UnknownReleaseError(
                f"PyO3 {text} is too old for ferrule",
                why=[f"the oldest release that ferrule knows is 0.{OLDEST_MINOR}"],
                fix="update the pyo3 dependency in Cargo.toml",
            )
        return cls(major, minor, patch, suffix if dash else "")

    def __str__(self) -> str:
        tail = f"-{self.suffix}" if self.suffix else ""
        return f"{self.major}.{self.minor}.{self.patch}{tail}"

    def at_least(self, minor: int, patch: int = 0) -> bool:
        """Whether this is PyO3 0.`minor`.`patch` or newer."""
        return (self.major, self.minor, self.patch) >= (0, minor, patch)

    @property
    def _supported(self) -> _Support:
        newest = self.major > 0 or self.minor > _NEWEST_MINOR
        return _SUPPORT[_NEWEST_MINOR if newest else self.minor]

    @property
    def cpython_range(self) -> tuple[Version, Version]:
        """Return the lowest and the highest supported CPython."""
        return self._supported.cpython

    @property
    def pypy_range(self) -> VersionRange:
        """Return the lowest and the highest supported PyPy, if any."""
        return self._supported.pypy

    @property
    def graalpy_range(self) -> VersionRange:
        """Return the supported Python versions of GraalPy, if any."""
        return self._supported.graalpy

    @property
    def graalpy_minimum(self) -> Version:
        """Return the lowest release of GraalPy itself."""
        return (25, 0) if self.at_least(28) else (24, 0)

    @property
    def free_threaded_minimum(self) -> Version | None:
        """Return the lowest supported free-threaded CPython, if any."""
        if not self.at_least(23):
            return None
        return (3, 14) if self.at_least(29) else (3, 13)

    @property
    def abi3_features(self) -> range:
        """Return the minor versions for which `abi3-py3*` features exist."""
        low, high = self._supported.abi3_features
        if self.minor == 20 and self.patch == 0:
            high = 11
        if self.minor == 24 and self.patch == 0:
            high = 12
        return range(low, high + 1)

    @property
    def abi3_maximum(self) -> int:
        """Return the highest minor version that a stable ABI can have."""
        return min(self._supported.abi3_scan, self.abi3_features[-1])

    @property
    def abi3t_features(self) -> range:
        """Return the minor versions for which `abi3t-py3*` features exist."""
        return range(15, self.abi3_maximum + 1) if self.has_target_abi else range(0)

    @property
    def has_target_abi(self) -> bool:
        """Whether the configuration speaks of `target_abi` and not of `abi3`."""
        return self.at_least(29)

    @property
    def has_debug_abi(self) -> bool:
        """Whether a debug interpreter is an ABI of its own."""
        return self.at_least(30)

    @property
    def knows_graalpy(self) -> bool:
        """Whether GraalPy is a known implementation."""
        return self.at_least(21)

    @property
    def knows_free_threading(self) -> bool:
        """Whether free-threaded CPython is more than a build flag."""
        return self.at_least(23)

    @property
    def reads_framework_prefix(self) -> bool:
        """Whether `python_framework_prefix` is a known key."""
        return self.at_least(23, 4)

    @property
    def knows_build_extension_module_env(self) -> bool:
        """Whether `PYO3_BUILD_EXTENSION_MODULE` is read."""
        return self.at_least(26)

    @property
    def has_forward_compatibility_env(self) -> bool:
        """Whether `PYO3_USE_ABI3_FORWARD_COMPATIBILITY` is read."""
        return self.at_least(20, 3)

    @property
    def features_apply_to_config_file(self) -> bool:
        """Whether abi3 features change what a configuration file says."""
        return self.at_least(23)

    @property
    def raw_dylib(self) -> bool:
        """Whether Windows builds need no import library."""
        return self.at_least(29)

    @property
    def has_raw_dylib_env(self) -> bool:
        """Whether `PYO3_USE_RAW_DYLIB` is read."""
        return self.at_least(29, 2)

    @property
    def broken_config_file(self) -> bool:
        """Whether changes of the configuration file go unnoticed (PyO3 #4757)."""
        return self.minor == 23 and self.patch <= 2

    @property
    def refuses_free_threading(self) -> bool:
        """Whether free-threaded CPython needs `UNSAFE_PYO3_BUILD_FREE_THREADED`."""
        return self.minor == 22 and self.patch >= 2

    @property
    def build_flags(self) -> tuple[str, ...]:
        """Return the build flags that are asked from an interpreter, in order."""
        if self.has_target_abi:
            return ("Py_DEBUG", "Py_REF_DEBUG", "Py_GIL_DISABLED", "COUNT_ALLOCS")
        flags = ["Py_DEBUG", "Py_REF_DEBUG", "Py_TRACE_REFS", "COUNT_ALLOCS"]
        if self.at_least(22, 2):
            place = 3 if self.knows_free_threading else 4
            flags.insert(place, "Py_GIL_DISABLED")
        return tuple(flags)

    @property
    def minimum_cfg(self) -> int:
        """Return the minor version at which the `Py_3_*` cfgs start."""
        if not self.at_least(23):
            return 6
        return self.cpython_range[0][1]


_NEWEST_TEXT: Final = "0.30.1"
NEWEST_RELEASE: Final = Pyo3Release.parse(_NEWEST_TEXT)
