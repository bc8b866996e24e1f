"""Errors about reading and editing binaries."""

from __future__ import annotations

from ferrule.errors import FerruleError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

__all__ = [
    "BinaryEditError",
    "BrokenArchiveError",
    "BrokenBinaryError",
    "BrokenElfError",
    "BrokenMachOError",
    "BrokenPeError",
    "HeaderSpaceError",
    "NeededRemovalError",
    "UnknownBinaryError",
]


class BrokenBinaryError(FerruleError):
    """A file is not of the format it should be of, or contradicts itself."""

    exit_code = 6
    kind: ClassVar[str] = "a binary"
    systems: ClassVar[str] = "this system"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be read as {self.kind}",
            why=[reason],
            fix="build it again: it is truncated, damaged or not meant for "
            f"{self.systems}",
        )
        self.name = name
        self.reason = reason


class BrokenElfError(BrokenBinaryError):
    """A file is no ELF image, or one that contradicts itself."""

    kind = "an ELF file"
    systems = "Linux"


class BrokenMachOError(BrokenBinaryError):
    """A file is no Mach-O image, or one that contradicts itself."""

    kind = "a Mach-O file"
    systems = "macOS"


class BrokenPeError(BrokenBinaryError):
    """A file is no PE image, or one that contradicts itself."""

    kind = "a PE file"
    systems = "Windows"


class BrokenArchiveError(BrokenBinaryError):
    """A file is no `ar` archive, or one that contradicts itself."""

    kind = "an archive of object files"
    systems = "linkers"


class UnknownBinaryError(FerruleError):
    """A file is of no format that ferrule reads."""

    exit_code = 6

    def __init__(self, name: str, start: bytes) -> None:
        shown = start[:4].hex(" ") or "nothing: it is empty"
        super().__init__(
            f"{name} is no ELF, Mach-O or PE file",
            why=[f"its first bytes are {shown}"],
            fix="name a shared library, an extension module or a program",
        )
        self.name = name


class BinaryEditError(FerruleError):
    """A binary cannot be changed in the wanted way without breaking it."""

    exit_code = 3

    def __init__(self, name: str, reason: str, fix: str) -> None:
        super().__init__(f"{name} cannot be changed", why=[reason], fix=fix)
        self.name = name


class HeaderSpaceError(BinaryEditError):
    """The load commands of a Mach-O file have no room to grow."""

    def __init__(self, name: str, wanted: int, available: int) -> None:
        super().__init__(
            name,
            f"its load commands would need {wanted} bytes, and {available} are free "
            "for them",
            "link it with -Wl,-headerpad_max_install_names, or choose shorter names",
        )
        self.wanted = wanted
        self.available = available


class NeededRemovalError(FerruleError):
    """A DT_NEEDED entry cannot be removed without breaking the file."""

    exit_code = 3

    def __init__(self, library: str) -> None:
        super().__init__(
            f"the dependency on {library} cannot be removed",
            why=["the file asks for versioned symbols of that library"],
            fix="build the module without linking that library",
        )
        self.library = library
