"""The libraries that a static libpython needs besides itself.

An archive does not carry that knowledge; the variables MODLIBS, LIBS and SYSLIBS of
its sysconfig do, as words for a linker. Each word is taken apart, and each library
is looked for where linkers look, as an archive and as a shared library. Files for
another processor are passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenBinaryError
from ferrule.formats.archive import is_archive, read_archive
from ferrule.formats.elf import is_elf, read_elf
from ferrule.formats.elf_object import read_object
from ferrule.formats.view import read_start

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = [
    "Found",
    "Wanted",
    "find_library",
    "library_folders",
    "read_wanted",
    "shared_symbols",
]

VARIABLES: Final = ("MODLIBS", "LIBS", "SYSLIBS")

_OF_C_LIBRARY: Final = frozenset(
    ("c", "m", "dl", "pthread", "rt", "util", "resolv", "nsl", "anl", "mvec")
)
"""Parts of the C library: they have to be those of the machine it runs on."""
_SCRIPT: Final = re.compile(r"(?:GROUP|INPUT)\s*\(([^;{}]*)\)")
_SCRIPT_SIZE: Final = 4096


@dataclass(frozen=True)
class Wanted:
    """One library that sysconfig names."""

    name: str
    """`z` for `-lz`; a framework's name."""
    origin: str
    """The variable that names it first."""
    file: str = ""
    """The one file name that fits: `libatomic.a` for `-l:libatomic.a`."""
    is_framework: bool = False

    @property
    def is_of_c_library(self) -> bool:
        """Whether it is a part of the C library."""
        return self.name in _OF_C_LIBRARY

    @property
    def word(self) -> str:
        """Return the word by which linkers know it."""
        return f"-l:{self.file}" if self.file else f"-l{self.name}"


@dataclass(frozen=True)
class Found:
    """Where a library lies on this machine."""

    archive: Path | None = None
    shared: Path | None = None
    """The file with the plain name, which may be a linker script."""


def read_wanted(
    variables: Mapping[str, str],
) -> tuple[tuple[Wanted, ...], tuple[Path, ...], tuple[tuple[str, str], ...]]:
    """Return what sysconfig's variables name: libraries, folders, and what is left.

    Each library comes once, in order of appearance. The last are words that are
    not handed on, each with the reason.
    """
    found: dict[str, Wanted] = {}
    folders: dict[Path, None] = {}
    ignored: dict[str, str] = {}
    for origin in VARIABLES:
        words = iter(variables.get(origin, "").split())
        for word in words:
            if word == "-framework":
                name = next(words, "")
                item = Wanted(name, origin, is_framework=True)
                if name:
                    found.setdefault(f"-framework {name}", item)
            elif word.startswith("-L"):
                folder = Path(word[2:] or next(words, ""))
                if folder.is_absolute():
                    folders[folder] = None
            elif (wanted := _wanted(word, origin)) is not None:
                found.setdefault(wanted.word, wanted)
            else:
                ignored[word] = _why_ignored(word)
    return tuple(found.values()), tuple(folders), tuple(sorted(ignored.items()))


def _wanted(word: str, origin: str) -> Wanted | None:
    if word == "-pthread":
        return Wanted("pthread", origin)
    if word.startswith("-l:"):
        file = word[3:]
        name = file.removeprefix("lib")
        return Wanted(name.partition(".")[0], origin, file) if file else None
    if word.startswith("-l"):
        return Wanted(word[2:], origin) if word[2:] else None
    if word.endswith((".a", ".so")) and not word.startswith("-"):
        # Paths of the folder in which Python was built, such as
        # Modules/_decimal/libmpdec/libmpdec.a: the installed library is another.
        name = word.rpartition("/")[2]
        name = name.removeprefix("lib")
        return Wanted(name.rpartition(".")[0], origin)
    return None


def _why_ignored(word: str) -> str:
    if "rpath" in word:
        return "a path of the machine that Python was built on"
    return "no library"


def library_folders(
    given: Iterable[Path], triple_folder: str, sysroot: str = ""
) -> tuple[Path, ...]:
    """Return the folders in which a linker looks, those that exist.

    `triple_folder` is Debian's name of the target's folders, such as
    `x86_64-linux-gnu`; empty where it is unknown.
    """
    names: list[str] = []
    if triple_folder:
        names += [
            f"/usr/local/lib/{triple_folder}",
            f"/lib/{triple_folder}",
            f"/usr/lib/{triple_folder}",
            f"/usr/{triple_folder}/lib",
        ]
        gcc = sorted(glob(f"{sysroot}/usr/lib/gcc*/{triple_folder}/*"), key=_release)
        names += [path[len(sysroot) :] for path in gcc[-1:]]
    names += ["/usr/local/lib", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    paths = [*given, *(Path(f"{sysroot}{name}") for name in names)]
    return tuple(dict.fromkeys(path for path in paths if path.is_dir()))


def _release(path: str) -> tuple[int, ...]:
    numbers = re.findall(r"\d+", os.path.basename(path))
    return tuple(int(number) for number in numbers)


def find_library(wanted: Wanted, folders: Sequence[Path], machine: int) -> Found:
    """Return where a library lies, for one processor (`e_machine`; 0 for any)."""
    archive = shared = None
    for folder in folders:
        if wanted.file:
            path = folder / wanted.file
            if not (path.is_file() and _fits(path, machine)):
                continue
            if path.suffix == ".a":
                archive = archive or path
            else:
                shared = shared or path
            continue
        static, dynamic = (folder / f"lib{wanted.name}.{end}" for end in ("a", "so"))
        if archive is None and static.is_file() and _fits(static, machine):
            archive = static
        if shared is None and dynamic.is_file() and _fits(dynamic, machine):
            shared = dynamic
    return Found(archive, shared)


def _fits(path: Path, machine: int) -> bool:
    """Return whether a file is for the processor; linker scripts are for any."""
    if not machine:
        return True
    try:
        start = read_start(path)
        if is_elf(start):
            return read_elf(path).machine == machine
        if is_archive(start):
            return _archive_machine(path) in (0, machine)
    except (BrokenBinaryError, ReadError):
        return False
    return True


def _archive_machine(path: Path) -> int:
    """Return the processor of the first ELF object; 0 if there is none."""
    archive = read_archive(path)
    if archive.is_thin:
        return 0
    for member in archive.members:
        content = archive.content(member)
        if bytes(content[:4]) == b"\x7fELF":
            return read_object(content, member.name).machine
    return 0


def shared_symbols(
    path: Path, folders: Sequence[Path], machine: int
) -> tuple[AbstractSet[str], tuple[Path, ...]]:
    """Return the symbols that a shared library gives, and archives beside it.

    A linker script stands for the files that it names: `libc.so` for the C
    library and the archive of what is linked into each program. Raises
    `ReadError` and `BrokenElfError`.
    """
    symbols: set[str] = set()
    archives: list[Path] = []
    queue, seen = [path], {path}
    while queue:
        item = queue.pop(0)
        start = read_start(item, 8)
        if is_elf(start):
            symbols |= read_elf(item).defined
            continue
        if is_archive(start):
            archives.append(item)
            continue
        for named in _script_files(item, folders, machine):
            if named not in seen:
                seen.add(named)
                queue.append(named)
    return symbols, tuple(archives)


def _script_files(path: Path, folders: Sequence[Path], machine: int) -> list[Path]:
    text = read_start(path, _SCRIPT_SIZE).decode("utf-8", "replace")
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    files: list[Path] = []
    for match in _SCRIPT.finditer(text):
        for word in re.findall(r"[^\s(),]+", match[1]):
            if word == "AS_NEEDED":
                continue
            if word.startswith("-l"):
                found = find_library(Wanted(word[2:], ""), folders, machine)
                files += [item for item in (found.shared or found.archive,) if item]
            elif "/" in word:
                files += [Path(word)] if Path(word).is_file() else []
            else:
                near = [folder / word for folder in (path.parent, *folders)]
                files += [item for item in near if item.is_file()][:1]
    return files
