"""Whether what was built is still what the sources say.

A freshness record holds the time and size of every input of a build, folder by
folder, so that the finder of an editable install reads it without importing
anything and asks the system for each folder once. The inputs come from the
dependency files that cargo writes beside what it built (the Cargo Book, "Dep-Info
Files"), and from the manifests and configuration files above them.
"""

from __future__ import annotations

import os

from ferrule import atomic
from ferrule.editable.installed_finder import (
    ABSENT,
    FORMAT,
    find_change,
    read_record,
    state_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    AnyPath = str | Path

__all__ = [
    "find_change",
    "folder_inputs",
    "manifest_names_above",
    "manifests_above",
    "parse_dep_info",
    "read_inputs",
    "read_states",
    "state_of",
    "tool_files",
    "write_record",
]

_SKIPPED = frozenset({"__pycache__", "node_modules"})
_CACHE_MARKS = ("CACHEDIR.TAG", "pyvenv.cfg")
_CARGO_CONFIGS = (".cargo/config.toml", ".cargo/config")
_TOOLCHAIN_FILES = ("rust-toolchain.toml", "rust-toolchain")


def parse_dep_info(text: str) -> tuple[str, ...]:
    r"""Return the inputs that a dependency file of cargo names.

    >>> parse_dep_info("/t/libx.so: /s/lib.rs /s/a\\ b.rs\n/t/libx.rlib: /s/lib.rs\n")
    ('/s/lib.rs', '/s/a b.rs')
    >>> parse_dep_info("C:\\t\\x.dll: C:\\s\\lib.rs\n")
    ('C:\\s\\lib.rs',)
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        # cargo escapes blanks only, so a colon before one ends the target.
        _, colon, rest = f"{line} ".partition(": ")
        if colon and not line.startswith("#"):
            words = rest.replace("\\ ", "\0").split(" ")
            found.update((word.replace("\0", " "), None) for word in words if word)
    return tuple(found)


def manifests_above(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the manifests and lock files in the folders of some files and above."""
    from pathlib import Path

    yield from map(Path, manifest_names_above(map(str, paths)))


def manifest_names_above(paths: Iterable[str]) -> Iterator[str]:
    """Yield what `manifests_above` does, as text."""
    seen: set[str] = set()
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in seen:
            seen.add(folder)
            for name in ("Cargo.toml", "Cargo.lock"):
                manifest = os.path.join(folder, name)
                if os.path.isfile(manifest):
                    yield manifest
            folder = os.path.dirname(folder)


def tool_files(folder: Path) -> Iterator[Path]:
    """Yield the configuration of cargo and rustup that holds in a folder.

    The first name of each is yielded even where the file does not exist.
    """
    for parent in (folder, *folder.parents):
        for first, second in (_CARGO_CONFIGS, _TOOLCHAIN_FILES):
            older = parent / second
            yield older if older.is_file() else parent / first


def write_record(
    path: AnyPath,
    modules: Mapping[str, AnyPath],
    inputs: Iterable[AnyPath],
    *,
    products: Iterable[AnyPath],
    started_ns: int,
) -> None:
    """Write the freshness record of a build that began at `started_ns`.

    An input that changed since then may not be what was compiled: it counts as
    changed. One from the future says nothing. `products` are watched as they
    are. Raises `WriteError`.
    """
    import time

    now_ns = time.time_ns()
    states = {item: _state(item, started_ns, now_ns) for item in _texts(inputs)}
    states.update((item, _state(item, now_ns, now_ns)) for item in _texts(products))
    folders: dict[str, dict[str, str]] = {}
    for item, state in states.items():
        name = os.path.basename(item)
        folder = item[: len(item) - len(name)] or f".{os.sep}"
        folders.setdefault(folder, {})[name] = state
    table = [f"{name} {place}" for name, place in sorted(modules.items())]
    blocks = ["\n".join([FORMAT, *table])]
    for folder, files in folders.items():
        blocks += ["\n".join([folder, *files]), "\n".join(files.values())]
    text = "\n\n".join(blocks)
    atomic.write_bytes(path, text.encode("utf-8", "surrogateescape"))


def _texts(paths: Iterable[AnyPath]) -> list[str]:
    """Return paths as they stand in a record, but those that no line can hold."""
    return [item for item in sorted(set(map(str, paths))) if "\n" not in item]


def _state(path: str, started_ns: int, now_ns: int) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return ABSENT
    changed = started_ns < status.st_mtime_ns <= now_ns
    return f"{0 if changed else status.st_mtime_ns} {status.st_size}"


def read_states(record: AnyPath) -> tuple[dict[str, str], dict[str, str]] | None:
    """Return the modules of a freshness record, and its inputs with their states.

    Returns None where there is no record, or one of another release.
    """
    found = read_record(os.fspath(record))
    if found is None:
        return None
    states: dict[str, str] = {}
    for files, known in zip(found[1], found[2]):
        folder, *names = files.split("\n")
        states.update(zip([folder + name for name in names], known.split("\n")))
    return found[0], states


def read_inputs(record: AnyPath) -> tuple[str, ...]:
    """Return the paths that a freshness record names; none if there is no record."""
    found = read_states(record)
    return tuple(found[1]) if found else ()


def folder_inputs(folder: Path, *, leave_out: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield a folder with the folders and files below it, but no caches.

    A file that is added or removed changes its folder. `leave_out` are endings
    of file names.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    yield folder
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        if entry.is_dir(follow_symlinks=False):
            if not any((path / mark).exists() for mark in _CACHE_MARKS):
                yield from folder_inputs(path, leave_out=leave_out)
        elif not leave_out or not entry.name.endswith(leave_out):
            yield path
