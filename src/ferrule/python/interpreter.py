"""What ferrule knows about one Python interpreter.

The facts are read once, by `ferrule.python.probe`, from a process that runs
the interpreter, or described by `ferrule.python.foreign` where it belongs to
another machine; everything else is derived from them.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from ferrule.records import dataclass

__all__ = ["Interpreter"]


@dataclass(frozen=True)
class Interpreter:
    """The facts of one interpreter."""

    executable: str
    """`sys.executable` of the probed process; empty for one of another machine."""
    base_executable: str
    """The interpreter below a virtual environment, otherwise `executable`."""
    implementation: str
    """`CPython`, `PyPy` or `GraalVM`: the spelling of PyO3's configuration."""
    version: tuple[int, int, int]
    """Major, minor and micro version of the language."""
    implementation_version: tuple[int, int]
    """Major and minor release of PyPy or GraalPy; of the language for CPython."""
    pointer_width: int
    """Bits of a pointer: 32 or 64."""
    system: str
    """`platform.system()`: `Linux`, `Darwin`, `Windows`, ..."""
    platform: str
    """`sysconfig.get_platform()`, for example `linux-x86_64`."""
    machine: str
    """`platform.machine()` as that process sees it."""
    soabi: str
    """`SOABI`, for example `cpython-312-x86_64-linux-gnu`; empty on Windows."""
    ext_suffix: str
    """`EXT_SUFFIX`, for example `.cpython-312-x86_64-linux-gnu.so`."""
    soabi_platform: str
    """`SOABI_PLATFORM` (Python 3.15), otherwise empty."""
    ld_version: str
    """`LDVERSION`, for example `3.13t`; empty where the variable is absent."""
    lib_dir: str
    """`LIBDIR`; empty where the variable is absent."""
    base_prefix: str
    prefix: str
    shared: bool
    """Whether libpython is a shared library (PyO3's rule)."""
    gil_disabled: bool
    debug: bool
    build_flags: tuple[str, ...]
    """Flags set in sysconfig out of Py_DEBUG, Py_REF_DEBUG, Py_TRACE_REFS,
    Py_GIL_DISABLED and COUNT_ALLOCS, in that order."""
    framework: str
    """`PYTHONFRAMEWORK`; empty outside macOS frameworks."""
    framework_prefix: str | None
    """`PYTHONFRAMEWORKPREFIX`; None where sysconfig has no such variable."""
    is_conda: bool
    cache_tag: str
    """`sys.implementation.cache_tag`, for example `cpython-312`."""
    install_paths: tuple[tuple[str, str], ...] = ()
    """Folders by the keys of sysconfig's install scheme: `purelib`, `platlib`,
    `scripts`, `data`, `stdlib`."""
    site_packages: tuple[str, ...] = ()
    """Every folder in which it finds installed distributions."""

    @property
    def is_foreign(self) -> bool:
        """Whether the interpreter belongs to another machine and is not run."""
        return not self.executable

    @property
    def is_virtual(self) -> bool:
        """Whether the interpreter belongs to a virtual environment."""
        return self.prefix != self.base_prefix

    @property
    def stable_executable(self) -> str:
        """Return the path that all names and virtual environments share."""
        import os

        return os.path.realpath(self.base_executable) if self.base_executable else ""

    @property
    def version_text(self) -> str:
        """Return the full version, for example `3.12.1`."""
        return ".".join(map(str, self.version))

    @property
    def minor_version(self) -> tuple[int, int]:
        """Return major and minor version."""
        return self.version[:2]

    @property
    def display_name(self) -> str:
        """Return a short name for people, for example `CPython 3.13t`."""
        name = "GraalPy" if self.implementation == "GraalVM" else self.implementation
        flags = ("t" if self.gil_disabled else "") + ("d" if self.debug else "")
        return f"{name} {self.version[0]}.{self.version[1]}{flags}"

    def install_path(self, key: str) -> str:
        """Return one folder of the install scheme. Raises KeyError."""
        return dict(self.install_paths)[key]

    def to_json(self) -> dict[str, Any]:
        """Return the facts as plain data, for caches and `--json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Interpreter:
        """Read what `to_json` wrote. Raises KeyError or TypeError on other data."""
        values = {field.name: data[field.name] for field in fields(cls)}
        for name in ("version", "implementation_version", "build_flags"):
            values[name] = tuple(values[name])
        values["install_paths"] = tuple(map(tuple, values["install_paths"]))
        values["site_packages"] = tuple(values["site_packages"])
        return cls(**values)
