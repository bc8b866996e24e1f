"""Each binary of a wheel by itself: readable, signed, no ballast.

What loaders, platform tag and stable ABI ask of binaries is judged elsewhere
(`ferrule.audit.platforms`, `ferrule.audit.stable_abi`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.errors.formats import BrokenBinaryError
from ferrule.wheel.reading import is_library_name

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Image
    from ferrule.formats.macho import MachOFile
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["WEBASSEMBLY", "check_binaries", "debug_size"]

_LARGE_DEBUG = 1 << 20
_SYSTEM_RPATHS = ("/usr/lib/swift", "/System/")
_LFS = b"version https://git-lfs"
WEBASSEMBLY = b"\0asm"
"""How the modules of wheels for Emscripten and WASI begin."""


def check_binaries(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield what is wrong with the binaries."""
    binaries = set(wheel.binary_paths)
    for path in wheel.entries:
        if path in binaries:
            yield from _check_binary(wheel, path)
        elif is_library_name(path):
            yield from _check_other(wheel, path)


def debug_size(image: Image) -> int:
    """Return how many bytes of a binary are debug information."""
    parts = image.slices if image.format == "macho" else (image,)
    total = 0
    for part in parts:
        for section in part.sections:
            is_dwarf = getattr(section, "segment", "") == "__DWARF"
            if is_dwarf or section.name.startswith((".debug_", ".zdebug_")):
                total += section.size
    return total


def _check_binary(wheel: OpenedWheel, path: str) -> Iterator[Finding]:
    try:
        findings = list(_check_image(wheel.image(path), path))
    except BrokenBinaryError as error:
        if is_library_name(path):
            what = f"it is damaged: {error.reason}"
            yield Finding("broken-binary", "error", path, what, "build it anew")
        return
    yield from findings


def _check_other(wheel: OpenedWheel, path: str) -> Iterator[Finding]:
    start = wheel.start_of(path, len(_LFS))
    if start.startswith(WEBASSEMBLY):
        return  # no system's loader, but Pyodide's, which checks it itself
    what, fix = "it is no binary, whatever its name says", "build it anew"
    if start == _LFS:
        what = "it is a pointer of Git LFS, not the file itself"
        fix = "fetch it with `git lfs pull` before the build"
    elif not start:
        what = "it is empty"
    yield Finding("broken-binary", "error", path, what, fix)


def _check_image(image: Image, path: str) -> Iterator[Finding]:
    size = debug_size(image)
    if size:
        severity: Severity = "warning" if size >= _LARGE_DEBUG else "note"
        what = f"{size / (1 << 20):.1f} MiB of it are debug information"
        fix = "set `strip = true`, or build with the release profile"
        yield Finding("debug-info", severity, path, what, fix)
    if image.format == "elf":
        yield from _check_elf(image, path)
    elif image.format == "macho":
        for part in image.slices:
            yield from _check_macho(part, path)


def _check_elf(image: ElfFile, path: str) -> Iterator[Finding]:
    for entry in dict.fromkeys((*image.rpath, *image.runpath)):
        if problem := _elf_rpath_problem(entry, path):
            yield _rpath_finding(path, entry, problem)


def _rpath_finding(path: str, entry: str, problem: str) -> Finding:
    what = f"its rpath has {entry!r}: {problem}"
    fix = "link without it; `ferrule repair` removes it"
    return Finding("absolute-rpath", "warning", path, what, fix)


def _elf_rpath_problem(entry: str, path: str) -> str:
    if entry.startswith("/"):
        return "a folder of the machine that built it"
    first, _, rest = entry.partition("/")
    if first not in ("$ORIGIN", "${ORIGIN}"):
        return "a folder below the one that a user happens to be in"
    top = path.partition("/")[0]
    if top.endswith(".data"):
        return ""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path) or ".", rest))
    if place == ".." or place.startswith("../"):
        return "a folder outside of site-packages"
    return ""


def _check_macho(image: MachOFile, path: str) -> Iterator[Finding]:
    for entry in dict.fromkeys(image.rpaths):
        if entry.startswith("/") and not entry.startswith(_SYSTEM_RPATHS):
            problem = "a folder of the machine that built it"
            yield _rpath_finding(path, entry, problem)
    if image.platform not in ("macos", "") or image.file_type not in (2, 6, 8):
        return
    is_arm = image.arch.startswith("arm64")
    fix = "sign it with `codesign --force --sign -` after the last change"
    if image.signature is None:
        if is_arm:
            what = "its code for arm64 has no signature"
            yield Finding("signature", "error", path, what, fix)
        return
    from ferrule.formats.macho_signature import verify_signature

    if not verify_signature(image.image):
        what = f"its code for {image.arch} was changed after it was signed"
        severity: Severity = "error" if is_arm else "warning"
        yield Finding("signature", severity, path, what, fix)
