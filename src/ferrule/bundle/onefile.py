"""The mode of one file: Python in the program, and everything else behind it.

Nothing is unpacked when it runs: the importer (`frozen`) reads modules and data
from the program's own file, and libraries are opened from memory. The program is
linked as in the static mode.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ferrule.bundle.closure import C_LIBRARY
from ferrule.bundle.frozen import IMPORTER_MODULES, compile_importer, payload_part
from ferrule.bundle.members import make_payload
from ferrule.bundle.model import Bundle, BundleFile, Flag
from ferrule.bundle.payload import PayloadFacts
from ferrule.bundle.static import StaticMode, closed_program
from ferrule.errors.bundle import BundleTargetError, OnefileLibrariesError
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf
from ferrule.wheel.content import whole

if TYPE_CHECKING:
    from ferrule.bundle.hook import Hook
    from ferrule.bundle.model import Mode
    from ferrule.bundle.modes import Case, Contents
    from ferrule.bundle.payload import Payload
    from ferrule.settings.model import BundleSettings

__all__ = ["OnefileMode"]


class OnefileMode(StaticMode):
    """One program with everything in it."""

    name: ClassVar[Mode] = "onefile"

    def __init__(self) -> None:
        super().__init__()
        self._code: dict[str, bytes] = {}
        self._behind: bytes | None = None

    def check(self, case: Case) -> None:
        """Raise what the static mode raises, or `BundleTargetError`."""
        if case.target.cargo_os != "linux":
            raise BundleTargetError(self.name, case.target.text)
        super().check(case)

    def hook(self, case: Case) -> Hook:
        """Return the hook with the payload's reader and the frozen importer.

        Raises `BytecodeError`.
        """
        with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as folder:
            self._code = compile_importer(case.interpreter, Path(folder), case.env)
        plain = super().hook(case)
        part = payload_part(
            case.interpreter.minor_version,
            self._code,
            is_free_threaded=case.interpreter.gil_disabled,
        )
        # The program itself is Python's home: its files seem to lie below it.
        return replace(plain, levels=0, parts=(*plain.parts, part))

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags that link Python; no folder is searched for libraries."""
        unwinder = _unwinder_folder(case)
        if unwinder is None:
            return self.plan(case).flags()
        return (
            *self.plan(case).flags(),
            Flag(
                ("-L", f"native={unwinder}"),
                "the compiler's libgcc_s becomes a part of the program: a machine may "
                "have none, and what is packed behind the program comes too late",
            ),
        )

    def with_program(self, case: Case, contents: Contents, program: Path) -> bytes:
        """Return another program with the payload of this one."""
        del case, contents
        return program.read_bytes() + (self._behind or b"")

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return the program with everything behind it.

        Raises `OnefileLibrariesError`, `BundleLibrariesError`, `DecompressorError`,
        `ReadError` and `BrokenElfError`.
        """
        settings, plan = case.settings, self.plan(case)
        name = settings.name or case.program
        what = "your program, with Python and everything that it needs in it"
        closed = closed_program(case, contents, what)
        packed = [item for item in closed.files if item.part != "program"]
        linked = next(item for item in closed.files if item.part == "program")
        own = _unsearching(bytes(whole(linked.content)), name)
        _check_program(own, name, settings)
        self._behind = b"".join(self._payload(case, packed).chunks())
        content = own + self._behind
        builtins = tuple(
            (f"built-in module {item}", "--builtins leaves it out")
            for item in plan.left_out
        )
        words = tuple((f"linker word {word}", why) for word, why in plan.ignored)
        return Bundle(
            name,
            "onefile",
            (replace(linked, path=name, content=content),),
            left_out=(*contents.left_out, *builtins, *words, *closed.left_out),
            modules=contents.modules,
            notes=closed.notes,
            c_library=closed.c_library,
        )

    def _payload(self, case: Case, files: list[BundleFile]) -> Payload:
        layout, settings = case.layout, case.settings
        roots = (
            layout.standard_library,
            f"{layout.standard_library}/lib-dynload",
            layout.packages,
        )
        own = {name: self._code[name] for name in IMPORTER_MODULES}
        return make_payload(
            {item.path: bytes(whole(item.content)) for item in files},
            PayloadFacts(roots, settings.ext_load),
            suffixes=_suffixes(case),
            own=own,
            builtins=tuple(row.name for row in self.plan(case).builtins) or ("zlib",),
            compress=settings.compress,
        )


def _unwinder_folder(case: Case) -> Path | None:
    """Return a folder where `-lgcc_s` means the static library (GNU ld's scripts)."""
    from ferrule import atomic, cache

    folder = cache.folder(case.env, "linking")
    if folder is None or case.target.is_musl:
        return None
    script = folder / "libgcc_s.so"
    if not script.is_file():
        atomic.write_text(script, "INPUT(-lgcc_eh -lgcc)\n")
    return folder


def _unsearching(content: bytes, name: str) -> bytes:
    """Return a program for which no folder beside it is searched for libraries."""
    elf = read_elf(content, name)
    if not elf.rpath and not elf.runpath:
        return content
    return bytes(edit_elf(content, ElfEdit(rpath=()), name).apply(content))


def _check_program(content: bytes, name: str, settings: BundleSettings) -> None:
    """Raise `OnefileLibrariesError` if the loader needs more than the C library."""
    left = [
        needed
        for needed in read_elf(content, name).needed
        if needed not in C_LIBRARY
        and not needed.startswith(("ld-", "ld64.", "ld.so"))
        and not any(fnmatchcase(needed, glob) for glob in settings.system_libraries)
    ]
    if left:
        raise OnefileLibrariesError(name, left)


def _suffixes(case: Case) -> tuple[str, ...]:
    """Return the endings of extension modules, the longest first."""
    own = case.interpreter.ext_suffix
    return tuple(sorted({own, ".abi3.so", ".so"} - {""}, key=len, reverse=True))
