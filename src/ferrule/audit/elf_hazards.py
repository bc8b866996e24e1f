"""What makes loaders refuse ELF files that otherwise fit their platform tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.audit.linux_policy import is_libpython

if TYPE_CHECKING:
    from ferrule.audit.linux_files import LinuxFiles
    from ferrule.formats.elf import ElfFile

__all__ = ["cpu_finding", "elf_hazards", "libpython_finding"]


def elf_hazards(known: LinuxFiles, files: Mapping[str, ElfFile]) -> Iterator[Finding]:
    """Yield findings about single files, and about those of other architectures."""
    for path in known.foreign:
        yield Finding(
            "foreign-architecture",
            "warning",
            path,
            f"it is for {files[path].arch or 'an unknown architecture'}, "
            f"not for {known.arch} as the rest of the wheel",
            "leave it out, unless it is data",
        )
    for path, elf in known.files.items():
        if elf.has_executable_stack:
            yield _executable_stack(path, elf, is_musl=known.libcs == {"musl"})
        if elf.has_text_relocations:
            yield Finding(
                "text-relocations",
                "warning",
                path,
                "its code must be rewritten when it is loaded (DT_TEXTREL)",
                "compile everything that is linked into it with -fPIC",
            )
        if elf.isa_level > 1:
            level = f"x86-64-v{elf.isa_level}"
            yield Finding(
                "cpu-features",
                "error",
                path,
                f"it says that it needs a processor of {level}; "
                "platform tags promise that any x86-64 will do",
                "compile for plain x86-64, and choose faster code at run time",
            )
    for path, libraries in known.closure.missing.items():
        for library in filter(is_libpython, libraries):
            if not known.files[path].interpreter:
                yield libpython_finding(path, library)
    if known.cpu:
        yield cpu_finding(known.cpu)


def cpu_finding(cpu: str) -> Finding:
    """Return the finding about code that was compiled for a certain processor."""
    return Finding(
        "cpu-features",
        "error",
        "",
        f"it was compiled for a certain processor: {cpu}",
        "remove it from the flags of rustc and choose faster code at run time, or "
        'accept it: [tool.ferrule.check] ignore = ["cpu-features"]',
    )


def libpython_finding(path: str, library: str) -> Finding:
    """Return the finding about a module that is linked to Python itself."""
    return Finding(
        "libpython-linked",
        "error",
        path,
        f"it is linked to {library}; modules must find Python's symbols in the "
        "interpreter that loads them",
        "build it as an extension module (PyO3: without auto-initialize)",
    )


def _executable_stack(path: str, elf: ElfFile, *, is_musl: bool) -> Finding:
    from ferrule.formats.elf_image import PT_GNU_STACK

    is_asked = elf.image.segment(PT_GNU_STACK) is not None
    what = "it asks for an executable stack"
    if not is_asked:
        what = "it does not say that its stack need not be executable"
    is_program = bool(elf.interpreter)
    # glibc refuses libraries since 2.41, not programs; musl does not look.
    severity: Severity = "warning" if is_program or is_musl else "error"
    return Finding(
        "executable-stack",
        severity,
        path,
        what,
        "add the section .note.GNU-stack to its assembly files, or link with "
        "-z noexecstack; `ferrule repair` clears the mark",
    )
