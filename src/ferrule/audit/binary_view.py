"""What a binary takes from Python, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from ferrule.audit.python_tag import FIRST_ABI3T
from ferrule.audit.stable_table import is_python_name
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.python_tag import Promise
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Format, Image
    from ferrule.formats.macho import MachOFile
    from ferrule.formats.pe import PeFile

__all__ = ["PythonDll", "PythonView", "python_views"]

_DLL = (
    r"(?:lib)?(?P<name>python|pypy)3(?:\.?(?P<minor>\d+))?(?P<flag>t?)"
    r"(?:_d|d|-c)?\.dll"
)
_MH_EXECUTE = 2
_ET_EXEC = 2


@dataclass(frozen=True)
class PythonDll:
    """A DLL of a Python that a Windows module is linked to."""

    name: str
    implementation: str
    """`python` or `pypy`."""
    minor: int | None
    """None for python3.dll and python3t.dll, which serve every version."""
    free_threaded: bool

    def problem(self, promise: Promise) -> str:
        """Return the DLL that a wheel's tag wants instead; empty if this one fits.

        python3.dll in a wheel of one version works there: it is not wrong.
        """
        if promise.abi3t:
            fits = self.minor is None and self.free_threaded
            return "" if fits else "python3t.dll"
        if promise.abi3:
            # From 3.15 on every Python for Windows has python3t.dll too.
            is_late = promise.floor is not None and promise.floor >= FIRST_ABI3T
            fits = self.minor is None and (not self.free_threaded or is_late)
            return "" if fits and self.implementation == "python" else "python3.dll"
        if not promise.version or self.implementation != "python":
            return ""
        is_free = promise.version.endswith("t")
        minor = int(promise.version[1:].rstrip("td"))
        fits = self.minor in (None, minor) and self.free_threaded is is_free
        return "" if fits else f"python3{minor}{'t' if is_free else ''}.dll"


class PythonView(ABC):
    """One architecture of a library, as Python's loader and its API see it.

    What is asked of a view raises `ReadError` and `BrokenBinaryError`.
    """

    format: Format

    def __init__(self, part: ElfFile | MachOFile | PeFile) -> None:
        self.arch = part.arch
        self._part = part

    @cached_property
    def imports(self) -> frozenset[str]:
        """Return the names of Python's API that the file cannot do without.

        Weak imports are left out: code that is written so does without them. So
        are names that the file itself defines, or that it binds to another library.
        """
        return frozenset(filter(is_python_name, self._imported()))

    @property
    def exports(self) -> frozenset[str]:
        """Return the names that the file exports."""
        return self._part.defined

    @cached_property
    def dlls(self) -> tuple[PythonDll, ...]:
        """Return the DLLs of Python that a Windows file needs, also delayed ones."""
        return ()

    @abstractmethod
    def _imported(self) -> Iterable[str]:
        """Return the names that may be Python's."""


class _ElfView(PythonView):
    format = "elf"

    def __init__(self, part: ElfFile) -> None:
        super().__init__(part)
        self._elf = part

    def _imported(self) -> Iterable[str]:
        # Most libraries beside a module have nothing to do with Python.
        names = self._elf.image.strings
        is_concerned = names.find(b"\0Py") >= 0 or names.find(b"\0_Py") >= 0
        return self._elf.undefined if is_concerned else ()


class _MachOView(PythonView):
    format = "macho"

    def __init__(self, part: MachOFile) -> None:
        super().__init__(part)
        self._macho = part

    def _imported(self) -> Iterable[str]:
        for symbol in self._macho.imports:
            if symbol.is_weak or not is_python_name(symbol.name):
                continue
            library = self._macho.library_of(symbol).rpartition("/")[2]
            if not library or "python" in library.lower():
                yield symbol.name


class _PeView(PythonView):
    format = "pe"

    def __init__(self, part: PeFile) -> None:
        super().__init__(part)
        self._pe = part

    @cached_property
    def dlls(self) -> tuple[PythonDll, ...]:
        """Return the DLLs of Python that the file needs, also delayed ones."""
        found = map(_python_dll, (*self._pe.needed, *self._pe.delayed))
        return tuple(item for item in found if item is not None)

    def _imported(self) -> Iterable[str]:
        if not self.dlls:
            return
        for item in self._pe.imports:
            if _python_dll(item.name) is not None:
                for symbol in item.symbols:
                    yield symbol.name


def python_views(image: Image) -> Iterator[PythonView]:
    """Yield each architecture of a library; nothing for programs."""
    if image.format == "elf":
        if not image.interpreter and image.kind != _ET_EXEC:
            yield _ElfView(image)
        return
    if image.format == "macho":
        for part in image.slices:
            if part.file_type != _MH_EXECUTE:
                yield _MachOView(part)
    elif image.is_dll:
        yield _PeView(image)


def _python_dll(name: str) -> PythonDll | None:
    if "py" not in name.lower():
        return None
    import re

    found = re.fullmatch(_DLL, name, re.IGNORECASE)
    if found is None:
        return None
    minor = int(found["minor"]) if found["minor"] else None
    return PythonDll(name, found["name"].lower(), minor, bool(found["flag"]))
