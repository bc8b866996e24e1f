"""Whether what was built is still what the sources say.

A freshness record holds the time and size of every input of a build, in lines
of `time size path`, so that the finder of an editable install reads it without
importing anything. The inputs come from the dependency files that cargo writes
beside what it built (the Cargo Book, "Dep-Info Files"), and from the manifests
and configuration files above them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ferrule import atomic
from ferrule.editable.installed_finder import FORMAT, find_change

__all__ = [
    "find_change",
    "folder_inputs",
    "manifests_above",
    "parse_dep_info",
    "read_inputs",
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
    seen: set[Path] = set()
    for path in paths:
        for folder in path.parents:
            if folder in seen:
                break
            seen.add(folder)
            for name in ("Cargo.toml", "Cargo.lock"):
                if (folder / name).is_file():
                    yield folder / name


def tool_files(folder: Path) -> Iterator[Path]:
    """Yield the configuration of cargo and rustup that holds in a folder.

    The first name of each is yielded even where the file does not exist.
    """
    for parent in (folder, *folder.parents):
        for first, second in (_CARGO_CONFIGS, _TOOLCHAIN_FILES):
            older = parent / second
            yield older if older.is_file() else parent / first


def write_record(
    path: Path,
    modules: Mapping[str, Path],
    inputs: Iterable[Path],
    *,
    products: Iterable[Path],
    started_ns: int,
) -> None:
    """Write the freshness record of a build that began at `started_ns`.

    An input that changed since then may not be what was compiled: it counts as
    changed. One from the future says nothing. `products` are watched as they
    are. Raises `WriteError`.
    """
    import time

    now_ns = time.time_ns()
    lines = [_line(item, started_ns, now_ns) for item in sorted(set(inputs))]
    lines += [_line(item, now_ns, now_ns) for item in sorted(set(products))]
    table = [f"{name} {place}" for name, place in sorted(modules.items())]
    text = "\n".join([FORMAT, *table, "", *filter(None, lines)])
    atomic.write_bytes(path, text.encode("utf-8", "surrogateescape"))


def _line(path: Path, started_ns: int, now_ns: int) -> str:
    """Return the line of one file; nothing for a name that no line can hold."""
    if "\n" in str(path):
        return ""
    try:
        status = os.stat(path)
    except OSError:
        return f"- - {path}"
    changed = started_ns < status.st_mtime_ns <= now_ns
    return f"{0 if changed else status.st_mtime_ns} {status.st_size} {path}"


def read_inputs(record: Path) -> tuple[str, ...]:
    """Return the paths that a freshness record names; none if there is no record."""
    try:
        text = record.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ()
    _, _, inputs = text.partition("\n\n")
    return tuple(line.split(" ", 2)[2] for line in inputs.split("\n") if line)


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
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        if entry.is_dir(follow_symlinks=False):
            if not any((path / mark).exists() for mark in _CACHE_MARKS):
                yield from folder_inputs(path, leave_out=leave_out)
        elif not leave_out or not entry.name.endswith(leave_out):
            yield path
