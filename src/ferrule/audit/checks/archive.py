"""Names, permissions and sizes of a wheel's files, and what should not be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.wheel.reading import is_library_name

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_archive"]

LONGEST_PATH = 200
SIZE_LIMIT = 100 << 20
"""What the package index takes from a project without a larger limit."""
_SMALLEST_COPY = 1 << 16
_RESERVED = frozenset(
    (
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)),
    )
)
_JUNK_FOLDERS = frozenset(
    (
        *(".git", ".hg", ".svn", "__MACOSX", ".venv", ".eggs"),
        *(".tox", ".nox", ".pytest_cache", ".mypy_cache", ".ruff_cache"),
        *(".ipynb_checkpoints", "node_modules", "CMakeFiles"),
    )
)
_JUNK_FILES = frozenset(
    (
        *(".DS_Store", "Thumbs.db", "desktop.ini", ".coverage", ".directory"),
        *("CMakeCache.txt", ".gitmodules"),
    )
)
_JUNK_ENDINGS = (
    *("~", ".swp", ".swo", ".orig", ".rej", ".bak", ".tmp"),
    *(".rlib", ".rmeta", ".ilk"),
)
_SECRETS = frozenset((".env", ".netrc", ".pypirc", ".npmrc", "id_rsa", "id_ed25519"))
_DEBUG_ENDINGS = (".pdb", ".dwo", ".dwp")
_GENERAL_FOLDERS = frozenset(
    (
        *("test", "tests", "testing", "doc", "docs", "example", "examples"),
        *("src", "lib", "build", "dist", "target", "bin", "script", "scripts"),
        *("tool", "tools", "bench", "benches", "benchmark", "benchmarks"),
        *("data", "config", "app", "utils", "util", "common", ".github"),
    )
)
_GENERAL_MODULES = frozenset(
    (
        *("__init__.py", "setup.py", "conftest.py", "noxfile.py", "tasks.py"),
        *("test.py", "tests.py", "utils.py", "util.py", "config.py"),
    )
)
_SCHEMES = ("purelib", "platlib", "headers", "scripts", "data")
"""Folders in .data ("Binary distribution format")."""
_IMPORTABLE = (".py", ".pyi", ".pyc", ".so", ".pyd", ".pth", ".dll", ".dylib")


def check_archive(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield what is wrong with the files as such, without their content."""
    yield from _check_collisions(wheel)
    yield from _check_portability(wheel)
    yield from _check_modes(wheel)
    yield from _check_data(wheel)
    for path in wheel.entries:
        yield from _check_leftover(path)
    yield from _check_top_level(wheel)
    yield from _check_copies(wheel)
    if wheel.size > SIZE_LIMIT:
        yield Finding(
            "size-limit",
            "warning",
            "",
            f"the wheel has {wheel.size / (1 << 20):.0f} MiB, and PyPI takes "
            f"{SIZE_LIMIT >> 20}",
            "leave out what is not needed, strip the binaries, or ask PyPI for a "
            "larger limit",
        )


def _check_collisions(wheel: OpenedWheel) -> Iterator[Finding]:
    known: dict[str, str] = {}
    told = set()
    for path in wheel.entries:
        for name in (path, *_parents(path)):
            key = _folded(name)
            other = known.setdefault(key, name)
            if other == name or key in told:
                continue
            told.add(key)
            both_files = name in wheel.entries and other in wheel.entries
            yield Finding(
                "case-collision",
                "error" if both_files else "warning",
                name,
                f"it is one with {other} where case and Unicode forms do not count",
                "rename one of them",
            )


def _parents(path: str) -> Iterator[str]:
    parent = path.rpartition("/")[0]
    while parent:
        yield parent
        parent = parent.rpartition("/")[0]


def _folded(name: str) -> str:
    if name.isascii():
        return name.lower()
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _check_portability(wheel: OpenedWheel) -> Iterator[Finding]:
    platforms = wheel.filename.tag.platforms
    if not any(name == "any" or name.startswith("win") for name in platforms):
        return
    severity: Severity = "warning" if "any" in platforms else "error"
    for path in wheel.entries:
        if problem := _windows_problem(path):
            fix = "rename it"
            yield Finding("unportable-name", severity, path, problem, fix)
        if len(path) > LONGEST_PATH:
            what = f"its path has {len(path)} characters"
            yield Finding("long-path", "warning", path, what, "shorten it")


def _windows_problem(path: str) -> str:
    for part in path.split("/"):
        if found := sorted(set(part) & set('<>:"|?*')):
            return f"Windows allows no {' '.join(found)} in names"
        if part.endswith((" ", ".")):
            return "Windows takes away the dot or blank at the end of a name"
        if part.partition(".")[0].lower() in _RESERVED:
            return f"{part} is the name of a device on Windows"
    return ""


def _check_modes(wheel: OpenedWheel) -> Iterator[Finding]:
    fix = "set it to 644, or to 755 for a program"
    open_files: list[str] = []
    for path, entry in wheel.entries.items():
        mode = f"its mode is {entry.mode:03o}"
        if entry.mode & 0o7000:
            what = f"{mode}: it would run with the rights of its owner or group"
            yield Finding("unsafe-mode", "error", path, what, fix)
        elif entry.mode & 0o002:
            open_files.append(path)
        elif not entry.mode & 0o400:
            what = f"{mode}: nobody could read it"
            yield Finding("unsafe-mode", "warning", path, what, fix)
    if open_files:
        # What zip files that are made on Windows say; installers leave it out.
        first = open_files[0]
        what = f"its mode is {wheel.entries[first].mode:03o}: everyone could change it"
        if open_files[1:]:
            what += f", and {len(open_files) - 1} other files"
        others = tuple(open_files[1:])
        yield Finding("unsafe-mode", "note", first, what, fix, others)


def _check_data(wheel: OpenedWheel) -> Iterator[Finding]:
    own = f"{wheel.dist_info[: -len('.dist-info')]}.data"
    for path in wheel.entries:
        top, _, rest = path.partition("/")
        scheme, slash, _ = rest.partition("/")
        if not rest or not top.endswith(".data"):
            continue
        if not slash or scheme not in _SCHEMES:
            what = f"installers know no place for what lies in {top} as {scheme}"
            fix = f"put it into one of {', '.join(_SCHEMES)} there, or into the package"
            yield Finding("data-folder", "error", path, what, fix)
        elif top != own:
            what = f"it lies in {top}, and the folder of this wheel is {own}"
            yield Finding("data-folder", "warning", path, what, "build the wheel anew")


def _check_leftover(path: str) -> Iterator[Finding]:
    *folders, name = path.split("/")
    fix = "leave it out with `exclude`, or delete it before the build"
    if "__pycache__" in folders or name.endswith((".pyc", ".pyo")):
        yield Finding("bytecode", "warning", path, "it is Python bytecode", fix)
    elif name in _SECRETS:
        what = "files of this name hold passwords or keys"
        yield Finding("junk-file", "error", path, what, fix)
    elif (
        not _JUNK_FOLDERS.isdisjoint(folders)
        or name in _JUNK_FILES
        or name.endswith(_JUNK_ENDINGS)
    ):
        yield Finding("junk-file", "warning", path, "it is a leftover", fix)
    elif name.endswith(_DEBUG_ENDINGS) or any(
        folder.endswith(".dSYM") for folder in folders
    ):
        what = "it holds nothing but debug information"
        yield Finding("debug-info", "warning", path, what, fix)


def _check_top_level(wheel: OpenedWheel) -> Iterator[Finding]:
    tops: dict[str, str] = {}
    has_content = False
    for path in wheel.entries:
        top, slash, _ = path.partition("/")
        if top == wheel.dist_info:
            continue
        has_content = True
        if not top.endswith(".data"):
            tops.setdefault(top + slash, path)
    distribution = wheel.dist_info.partition("-")[0].lower()
    for top in tops:
        if top.rstrip("/").removesuffix(".py").lower() != distribution:
            yield from _check_top(top)
    if not has_content and "\nRequires-Dist:" not in wheel.metadata_text:
        yield Finding(
            "empty-wheel",
            "warning",
            "",
            "the wheel has no file besides its metadata",
            "check where the Python sources and the crate are looked for",
        )


def _check_top(top: str) -> Iterator[Finding]:
    fix = "move it into the package, or leave it out"
    what = ""
    if top.endswith("/"):
        if top[:-1].lower() in _GENERAL_FOLDERS:
            what = "the folder would lie in site-packages under a name for anything"
    elif top in _GENERAL_MODULES:
        what = "the module would lie in site-packages under a name for anything"
    elif not PurePosixPath(top).name.endswith(_IMPORTABLE) and ".so." not in top:
        what = "the file would lie beside all packages in site-packages"
    if what:
        yield Finding("top-level-name", "warning", top, what, fix)


def _check_copies(wheel: OpenedWheel) -> Iterator[Finding]:
    known: dict[tuple[int, int], list[str]] = {}
    for path in filter(is_library_name, wheel.binary_paths):
        entry = wheel.entries[path]
        if entry.size >= _SMALLEST_COPY:
            known.setdefault((entry.size, entry.crc32), []).append(path)
    for (size, _), paths in known.items():
        if len(paths) > 1:
            copies = f"{len(paths)} files have the same {size} bytes"
            fix = "keep one of them, under the name that is asked for when it is loaded"
            yield Finding(
                "repeated-library", "warning", paths[0], copies, fix, tuple(paths[1:])
            )
