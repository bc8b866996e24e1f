"""The mode of one file: Python in the program, and everything else behind it.

Nothing is unpacked when it runs: the importer (`frozen`) reads modules and data
from the program's own file, and libraries are opened from memory. The program is
linked as in the static mode; where a Python has no static library, its shared
one is packed too (`shared_python`).
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ferrule import cache
from ferrule.bundle.closure.linux import C_LIBRARY
from ferrule.bundle.dynamic.linux import shared_name
from ferrule.bundle.model import Bundle, BundleFile, Flag
from ferrule.bundle.modes import BundleMode, python_file
from ferrule.bundle.onefile.frozen import (
    IMPORTER_MODULES,
    compile_importer,
    payload_part,
)
from ferrule.bundle.onefile.members import make_payload
from ferrule.bundle.onefile.payload import PayloadFacts
from ferrule.bundle.onefile.shared_python import (
    NOTE,
    SharedPython,
    is_shared_only,
    starting_libraries,
    without_python,
)
from ferrule.bundle.static.mode import StaticMode, closed_program
from ferrule.errors.bundle import (
    BundleTargetError,
    LoadOverrideError,
    OnefileLibrariesError,
)
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf
from ferrule.wheel.content import whole

if TYPE_CHECKING:
    from ferrule.bundle.hook.object import Hook
    from ferrule.bundle.model import Mode
    from ferrule.bundle.modes import Case, Contents
    from ferrule.bundle.onefile.payload import Payload
    from ferrule.cargo.compile import CompileKey
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings

__all__ = ["OnefileMode"]


class OnefileMode(BundleMode):
    """One program with everything in it."""

    name: ClassVar[Mode] = "onefile"

    def __init__(self) -> None:
        self._linking: StaticMode | SharedPython | None = None
        self._code: dict[str, bytes] = {}
        self._behind: bytes | None = None

    def check(self, case: Case) -> None:
        """Raise what the mode raises by which the program is linked.

        Raises `BundleTargetError` and `LoadOverrideError` too.
        """
        settings = case.settings
        if case.target.cargo_os != "linux":
            raise BundleTargetError(self.name, case.target.text)
        if settings.ext_load == "beside" and settings.ext_load_override:
            raise LoadOverrideError
        self._link(case).check(case)

    def _link(self, case: Case) -> StaticMode | SharedPython:
        """Return the mode by which the program is linked."""
        if self._linking is None:
            self._linking = SharedPython() if is_shared_only(case) else StaticMode()
        return self._linking

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter that PyO3 is configured for."""
        return self._link(case).linked(case)

    def check_program(self, case: Case, key: CompileKey) -> None:
        """Raise what the mode raises by which the program is linked."""
        self._link(case).check_program(case, key)

    def configuration(self, text: str) -> str:
        """Return PyO3's configuration; a static Python is not in it."""
        return text if self._linking is None else self._linking.configuration(text)

    def hook(self, case: Case) -> Hook:
        """Return the hook with the payload's reader and the frozen importer.

        Raises `BytecodeError`.
        """
        with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as folder:
            self._code = compile_importer(case.interpreter, Path(folder), case.env)
        linking = self._link(case)
        plain = linking.hook(case)
        part = payload_part(
            case.interpreter.minor_version,
            self._code,
            is_free_threaded=case.interpreter.gil_disabled,
            is_shared=isinstance(linking, SharedPython),
        )
        # The program itself is Python's home: its files seem to lie below it.
        return replace(plain, levels=0, parts=(*plain.parts, part))

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags that link Python; no folder is searched for libraries."""
        linking = self._link(case)
        flags: tuple[Flag, ...] = ()
        if isinstance(linking, StaticMode):
            flags = linking.plan(case).flags()
        unwinder = _unwinder_folder(case)
        if unwinder is None:
            return flags
        return (
            *flags,
            Flag(
                ("-L", f"native={unwinder}"),
                "the compiler's libgcc_s becomes a part of the program: a machine may "
                "have none, and what is packed behind the program comes too late",
            ),
        )

    def python_modules(self, case: Case) -> frozenset[str]:
        """Return the modules of Python whose functions are in the program itself."""
        return self._link(case).python_modules(case)

    def archives(self, case: Case) -> tuple[Path, ...]:
        """Return the static libraries that become a part of the program."""
        return self._link(case).archives(case)

    def probe_flags(self, case: Case) -> tuple[str, ...]:
        """Return what links the probe to libpython besides the program's flags."""
        return self._link(case).probe_flags(case)

    def with_program(self, case: Case, contents: Contents, program: Path) -> bytes:
        """Return another program with the payload of this one."""
        del contents
        content = self._alone(case, program.read_bytes(), program.name)
        return content + (self._behind or b"")

    def _alone(self, case: Case, content: bytes, name: str) -> bytes:
        """Return a program that needs no library but those of the C library."""
        needless = {}
        if isinstance(self._link(case), SharedPython) and case.libpython is not None:
            soname = shared_name(case.libpython)
            if soname in read_elf(content, name).needed:
                needless = {soname: ""}
            content = without_python(content, case.libpython, name)
        return _unsearching(content, name, needless)

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return the program with everything behind it.

        Raises `OnefileLibrariesError`, `BundleLibrariesError`, `DecompressorError`,
        `ReadError` and `BrokenElfError`.
        """
        settings, linking = case.settings, self._link(case)
        name = case.name
        what = "your program, with Python and everything that it needs in it"
        closed = closed_program(case, contents, what, more=_libpython(case, linking))
        packed = [item for item in closed.files if item.part != "program"]
        linked = next(item for item in closed.files if item.part == "program")
        own = self._alone(case, bytes(whole(linked.content)), name)
        _check_program(own, name, settings)
        left_out, notes = (*contents.left_out, *closed.left_out), closed.notes
        if isinstance(linking, StaticMode):
            left_out = (*left_out, *linking.left_out(case))
        else:
            notes = (*notes, NOTE)
        bundle = Bundle(
            name,
            "onefile",
            tuple(closed.files),
            left_out=left_out,
            modules=contents.modules,
            notes=notes,
            c_library=closed.oldest_system,
        )
        notices = contents.describe(bundle) if contents.describe else ()
        payload = self._payload(case, name, [*packed, *notices])
        self._behind = b"".join(payload.chunks())
        files = [replace(linked, path=name, content=own + self._behind)]
        files += [*_beside(payload, packed), *notices]
        return replace(bundle, files=tuple(sorted(files, key=lambda item: item.path)))

    def _payload(self, case: Case, name: str, files: list[BundleFile]) -> Payload:
        layout, settings, linking = case.layout, case.settings, self._link(case)
        roots = (
            layout.standard_library,
            f"{layout.standard_library}/lib-dynload",
            layout.packages,
        )
        own = {name: self._code[name] for name in IMPORTER_MODULES}
        found = {item.path: bytes(whole(item.content)) for item in files}
        start: dict[str, bytes] = {}
        builtins: tuple[str, ...] = ()
        if isinstance(linking, StaticMode):
            rows = linking.plan(case).builtins
            builtins = tuple(row.name for row in rows) or ("zlib",)
        else:
            start = starting_libraries(files, found)
        made = make_payload(
            {path: content for path, content in found.items() if path not in start},
            PayloadFacts(
                roots,
                settings.ext_load,
                paranoid=settings.ext_load_verify,
                name=name,
                beside=f"{name}.lib" if settings.ext_load == "beside" else "",
                may_override=settings.ext_load_override,
            ),
            suffixes=_suffixes(case),
            own=own,
            builtins=builtins,
            compress=settings.compress,
        )
        return replace(made, start=start, kept=cache.folder(case.env, "bundles"))


def _libpython(
    case: Case, linking: StaticMode | SharedPython
) -> tuple[BundleFile, ...]:
    """Return the shared library that is packed, if one is."""
    if isinstance(linking, StaticMode) or case.libpython is None:
        return ()
    path = f"{case.layout.libraries}/{shared_name(case.libpython)}"
    return (python_file(case, path, case.libpython),)


def _beside(payload: Payload, packed: list[BundleFile]) -> list[BundleFile]:
    """Return the libraries that lie beside the program, if the policy says so."""
    folder = payload.facts.beside
    if not folder:
        return []
    contents = {
        **payload.libraries,
        **{
            member.path: member.content
            for member in payload.modules.values()
            if member.kind == "extension"
        },
    }
    return [
        replace(item, path=f"{folder}/{item.path}", content=contents[item.path])
        for item in packed
        if item.path in contents
    ]


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


def _unsearching(content: bytes, name: str, needless: dict[str, str]) -> bytes:
    """Return a program for which no folder beside it is searched for libraries."""
    elf = read_elf(content, name)
    if not elf.rpath and not elf.runpath and not needless:
        return content
    edit = ElfEdit(rpath=(), needed=needless)
    return bytes(edit_elf(content, edit, name).apply(content))


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
