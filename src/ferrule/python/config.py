"""PyO3's build configuration: the facts that its build script works with.

One dataclass holds every key that any release from 0.20 on reads. Which keys
are written, and what follows from them, depends on the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ferrule.errors.configuration import ConfigurationError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.releases import Pyo3Release, Version

__all__ = [
    "AbiName",
    "InterpreterConfig",
    "TargetAbi",
    "fix_up_flags",
    "format_version",
]

AbiName = Literal["gil_enabled", "free_threaded", "abi3", "abi3t"]

_CFG_OF_IMPLEMENTATION: Final = {
    "PyPy": "PyPy",
    "GraalVM": "GraalPy",
    "RustPython": "RustPython",
}


def format_version(version: Version) -> str:
    """Return `3.12` for `(3, 12)`."""
    return f"{version[0]}.{version[1]}"


def fix_up_flags(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the flags with `Py_REF_DEBUG`, which `Py_DEBUG` implies."""
    if "Py_DEBUG" not in flags or "Py_REF_DEBUG" in flags:
        return flags
    place = flags.index("Py_DEBUG") + 1
    return (*flags[:place], "Py_REF_DEBUG", *flags[place:])


@dataclass(frozen=True)
class TargetAbi:
    """The ABI that a PyO3 from 0.29 on builds for: the key `target_abi`."""

    implementation: str
    kind: AbiName
    version: Version
    debug: bool = False

    @property
    def is_stable(self) -> bool:
        """Whether this is abi3 or abi3t."""
        return self.kind in ("abi3", "abi3t")

    @property
    def is_free_threaded(self) -> bool:
        """Whether code for this ABI runs without the global lock."""
        return self.kind in ("free_threaded", "abi3t")

    def checked(self) -> TargetAbi:
        """Return this ABI, or raise `ConfigurationError` where there is none such."""
        if self.implementation == "RustPython" and self.kind != "abi3t":
            raise ConfigurationError(
                "RustPython only supports targeting abi3t, it does not allow targeting "
                f"other Python ABIs. Currently targeting '{self.kind}'",
                fix="enable PyO3's feature abi3t-py315",
            )
        if self.kind == "free_threaded" and self.version < (3, 13):
            raise ConfigurationError(
                "Cannot target free-threaded builds for Python versions before 3.13, "
                f"tried to build for {format_version(self.version)}",
                fix="free-threaded CPython exists from 3.13 on: choose 3.13t or newer",
            )
        return self

    def __str__(self) -> str:
        tail = "-debug" if self.debug else ""
        version = format_version(self.version)
        return f"{self.implementation}-{self.kind}-{version}{tail}"


@dataclass(frozen=True)
class InterpreterConfig:
    """Everything that PyO3 knows about the Python it builds for.

    `abi3` counts for PyO3 up to 0.28, `target_abi` from 0.29 on.
    """

    version: Version
    implementation: str = "CPython"
    shared: bool = True
    abi3: bool = False
    target_abi: TargetAbi | None = None
    lib_name: str | None = None
    lib_dir: str | None = None
    executable: str | None = None
    pointer_width: int | None = None
    build_flags: tuple[str, ...] = ()
    python_framework_prefix: str | None = None
    suppress_build_script_link_lines: bool = False
    extra_build_script_lines: tuple[str, ...] = ()

    @property
    def is_free_threaded(self) -> bool:
        """Whether the configuration is for a Python without the global lock."""
        if self.target_abi is not None:
            return self.target_abi.is_free_threaded
        return "Py_GIL_DISABLED" in self.build_flags

    @property
    def abi(self) -> TargetAbi:
        """Return the ABI, also for releases that have no `target_abi`."""
        if self.target_abi is not None:
            return self.target_abi
        kind: AbiName = "abi3" if self.abi3 else "gil_enabled"
        if self.is_free_threaded:
            kind = "free_threaded"
        debug = "Py_DEBUG" in self.build_flags
        return TargetAbi(self.implementation, kind, self.version, debug)

    def cfgs(self, release: Pyo3Release) -> tuple[str, ...]:
        """Return the cfgs that PyO3 passes to rustc for this configuration."""
        abi = self.abi
        cfgs = [f"Py_3_{n}" for n in range(release.minimum_cfg, abi.version[1] + 1)]
        if abi.implementation in _CFG_OF_IMPLEMENTATION:
            cfgs.append(_CFG_OF_IMPLEMENTATION[abi.implementation])
        if self._is_limited(release):
            cfgs.append("Py_LIMITED_API")
        named = release.knows_free_threading
        if named and self.is_free_threaded:
            cfgs.append("Py_GIL_DISABLED")
        cfgs += [
            f'py_sys_config="{flag}"'
            for flag in self.build_flags
            if not (named and flag == "Py_GIL_DISABLED")
        ]
        return tuple(cfgs)

    def _is_limited(self, release: Pyo3Release) -> bool:
        if self.target_abi is not None:
            return self.target_abi.is_stable
        if not release.at_least(22) and self.implementation != "CPython":
            return False
        free_threaded = release.knows_free_threading and self.is_free_threaded
        return self.abi3 and not free_threaded
