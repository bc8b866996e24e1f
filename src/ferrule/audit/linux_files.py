"""The ELF files of one wheel, with what concerns all policies alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ferrule.audit.elf_closure import Closure, resolve
from ferrule.audit.platform_report import ExternalLibrary, Obstacle
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.policy import Libc
    from ferrule.formats.elf import ElfFile

__all__ = ["LinuxFiles"]

_OTHER_MACHINES = {
    2: "sparc",
    8: "mips",
    20: "ppc",
    22: "s390",
    40: "armv6l",
    43: "sparc64",
}
_RELOCATABLE = 1
_INSPECTED_NAMES = (
    (b"PyUnicodeUCS2_", "ucs2", "a Python 2 with narrow Unicode strings"),
    (b"PyFPE_jbuf", "pyfpe", "a Python built with --with-fpectl"),
)


@dataclass(frozen=True)
class LinuxFiles:
    """The files that are judged together."""

    files: Mapping[str, ElfFile]
    """By their path in the wheel."""
    foreign: tuple[str, ...] = ()
    """Files for other architectures than the wheel's, which are not judged."""
    cpu: str = ""
    """The processor that the compiler was told to use; empty for any."""
    expected: Libc | None = None
    """The C library of the files that do not tell it."""

    @classmethod
    def of(
        cls,
        files: Mapping[str, ElfFile],
        arch: str = "",
        *,
        cpu: str = "",
        expected: Libc | None = None,
    ) -> LinuxFiles:
        """Sort files; `arch` is what the wheel is for, where that is known."""
        linked = {path: elf for path, elf in files.items() if elf.kind != _RELOCATABLE}
        if arch and any(elf.arch == arch for elf in linked.values()):
            kept = {path: elf for path, elf in linked.items() if elf.arch == arch}
            return cls(kept, tuple(sorted(linked.keys() - kept)), cpu, expected)
        return cls(linked, (), cpu, expected)

    @cached_property
    def closure(self) -> Closure:
        """Return which libraries the files find in the wheel."""
        return resolve(self.files)

    @property
    def arch(self) -> str:
        """Return the architecture; empty if it has no name or there are several."""
        found = {elf.arch for elf in self.files.values()}
        return found.pop() if len(found) == 1 else ""

    @property
    def other_machine(self) -> str:
        """Return a name for an architecture without policies."""
        machine = next((elf.machine for elf in self.files.values()), 0)
        return _OTHER_MACHINES.get(machine, f"machine{machine}")

    @cached_property
    def libcs(self) -> frozenset[Libc]:
        """Return the C libraries that the files are linked to."""
        told = {path: linked_libc(elf) for path, elf in self.files.items()}
        found = {libc for libc in told.values() if libc is not None}
        silent = [path for path, libc in told.items() if libc is None]
        if found or not silent:
            return frozenset(found)
        # Code that calls nothing but Python, or nothing at all.
        callers = [path for path in silent if self._calls_others(path)]
        return frozenset(self._by_suffix(path) for path in callers)

    def _calls_others(self, path: str) -> bool:
        elf = self.files[path]
        return bool(elf.needed or elf.undefined)

    def _by_suffix(self, path: str) -> Libc:
        if "-linux-musl" in path:
            return "musl"
        return "glibc" if "-linux-gnu" in path else self.expected or "glibc"

    def general_obstacles(self) -> Iterator[Obstacle]:
        """Yield what rules out every policy."""
        archs = sorted({elf.arch or "unknown" for elf in self.files.values()})
        if len(archs) > 1:
            text = f"the files are for different architectures: {', '.join(archs)}"
            yield Obstacle("architecture", text)
        if len(self.libcs) > 1:
            yield Obstacle("libc", "some files are linked to glibc and others to musl")
        for path, elf in self.files.items():
            if elf.isa_level > 1:
                level = f"x86-64-v{elf.isa_level}"
                text = f"{path} needs a newer processor: {level}"
                yield Obstacle("processor", text, path, version=level)
            for mark, name, what in _INSPECTED_NAMES:
                if _asks_for(elf, mark):
                    text = f"{path} is built for {what}"
                    yield Obstacle("python-build", text, path, version=name)
        if self.cpu:
            text = (
                f"the code was compiled for a certain processor: {self.cpu} (to accept "
                'it: [tool.ferrule.check] ignore = ["cpu-features"])'
            )
            yield Obstacle("processor", text, version=self.cpu)

    def external(
        self, promised: frozenset[str], *, arch: str = ""
    ) -> Iterator[ExternalLibrary]:
        """Yield the libraries that are neither in the wheel nor promised."""
        users: dict[str, list[str]] = {}
        for path, libraries in sorted(self.closure.missing.items()):
            for library in libraries:
                if library not in promised and not is_musl_libc(library, arch):
                    users.setdefault(library, []).append(path)
        for library, paths in sorted(users.items()):
            yield ExternalLibrary(library, tuple(paths))


def linked_libc(elf: ElfFile) -> Libc | None:
    """Return the C library that a file names; None if it names none."""
    if elf.interpreter:
        return "musl" if "ld-musl-" in elf.interpreter else "glibc"
    for library in elf.needed:
        if library == "libc.so" or library.startswith(("libc.musl-", "ld-musl-")):
            return "musl"
        if library == "libc.so.6" or library.startswith(("ld-linux", "ld64.so.")):
            return "glibc"
    versions = (item for need in elf.version_needs for item in need.versions)
    return "glibc" if any(item.startswith("GLIBC_") for item in versions) else None


def is_musl_libc(library: str, arch: str) -> bool:
    """Return whether a name is that of musl itself on an architecture.

    >>> is_musl_libc("libc.musl-armv7.so.1", "armv7l")
    True
    """
    if not library.startswith("libc.musl-"):
        return False
    names = {"armv7l": "armv7", "i686": "x86"}
    return not arch or library == f"libc.musl-{names.get(arch, arch)}.so.1"


def _asks_for(elf: ElfFile, mark: bytes) -> bool:
    if mark not in elf.image.strings:
        return False
    text = mark.decode()
    return any(symbol.name.startswith(text) for symbol in elf.imports)
