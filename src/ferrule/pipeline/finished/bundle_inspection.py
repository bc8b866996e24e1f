"""Gathers what is in a bundle, a folder or a single file, and takes it out again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ferrule.bundle.bill import MARK, read_mark
from ferrule.bundle.onefile.payload import ENTRY, ENTRY_BYTES
from ferrule.bundle.onefile.stored import (
    StoredPayload,
    ends_with_payload,
    is_beside,
    read_payload,
)
from ferrule.errors.bundle import PayloadError
from ferrule.errors.files import ReadError, WriteError
from ferrule.errors.usage import UsageError
from ferrule.mapping import map_file
from ferrule.report.bundles import BundleInspection, BundleMember

__all__ = ["extract_bundle", "inspect_bundle", "is_bundle"]

_KIND: Final = ENTRY_BYTES
_PATH: Final = ENTRY_BYTES + 1
_NAMESPACE: Final = b"n"[0]
_EXTENSION: Final = b"x"[0]
_FLAGS: Final = (0b01).to_bytes(4, "little")
"""Bytecode that is not compared with its source (PEP 552)."""


def is_bundle(path: Path) -> bool:
    """Return whether a folder or a file is a bundle; what is not there is none."""
    mark = path / MARK
    try:
        if path.is_dir():
            return mark.is_file() and read_mark(mark.read_bytes()) is not None
        return ends_with_payload(path)
    except OSError:
        return False


def inspect_bundle(path: Path) -> BundleInspection:
    """Return everything about a bundle; the digests in a single file are compared.

    Raises `ReadError` and `PayloadError`.
    """
    if path.is_dir():
        return _inspect_folder(path)
    payload = _read(path)
    try:
        facts = _payload_facts(payload, path)
    except ValueError as error:
        raise PayloadError(path.name, str(error)) from error
    members = [
        BundleMember(path.name, "program", payload.start, payload.start, ""),
        *_payload_members(payload),
    ]
    return BundleInspection(
        str(path),
        "single file",
        path.stat().st_size,
        facts,
        tuple(sorted(members, key=lambda item: item.path)),
    )


def extract_bundle(path: Path, folder: Path, globs: tuple[str, ...] = ()) -> int:
    """Write the files behind a single file into an empty or new folder.

    `globs` choose among their paths. Modules become bytecode files; libraries that
    lie beside the program are not in it. Returns how many files were written; the
    folder has all of them, or none after an error. Raises `UsageError`, `ReadError`,
    `PayloadError` and `WriteError`.
    """
    folder = folder.absolute()
    try:
        is_used = folder.is_symlink() or folder.exists()
        if is_used and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"nothing is taken out into {folder}: it is not an empty folder",
                fix="name a new or an empty folder after --extract",
            )
    except OSError as error:
        raise WriteError(folder, error) from error
    payload = _read(path)
    try:
        head = bytes.fromhex(_payload_facts(payload, path).get("bytecode") or "")
        chosen = [
            item
            for item in _contents(payload)
            if not globs or any(fnmatchcase(item[0], glob) for glob in globs)
        ]
        if globs and not chosen:
            raise UsageError(
                f"{path.name} has no file that fits {' or '.join(globs)}",
                fix="`ferrule inspect FILE --files` lists them; quote the pattern",
            )
        for place, _, _ in chosen:
            _check_inside(place, path)
        with _complete(folder) as staged:
            for place, entry, is_code in chosen:
                content = payload.read(entry)
                if is_code:
                    content = head + _FLAGS + bytes(8) + content
                _write(staged.joinpath(*PurePosixPath(place).parts), content)
    except ValueError as error:
        raise PayloadError(path.name, str(error)) from error
    return len(chosen)


def _check_inside(place: str, path: Path) -> None:
    """Raise `PayloadError` for a path that would lead out of a folder."""
    parts = PurePosixPath(place).parts
    marks = "\\:\0" if os.name == "nt" else "\0"
    if not parts or parts[0] == "/" or ".." in parts or set(marks) & set(place):
        raise PayloadError(path.name, f"{place!r} would leave the folder")


@contextmanager
def _complete(folder: Path) -> Iterator[Path]:
    """Yield a folder whose contents become those of `folder`, or nothing does."""
    staged = folder.with_name(f".{folder.name[:200]}.{os.urandom(6).hex()}")
    try:
        staged.mkdir(parents=True)
        yield staged
        if folder.is_dir():
            # It may be the current one: it stays the same folder.
            for item in sorted(staged.iterdir()):
                item.rename(folder / item.name)
        else:
            staged.rename(folder)
    except OSError as error:
        raise WriteError(folder, error) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _read(path: Path) -> StoredPayload:
    program = map_file(path)
    if not program:
        raise PayloadError(path.name, "it is empty")
    return read_payload(program, path.name)


def _payload_facts(payload: StoredPayload, path: Path) -> dict[str, Any]:
    entry = payload.files.get(MARK)
    return _facts(payload.read(entry), path) if entry is not None else {}


def _contents(payload: StoredPayload) -> Iterator[tuple[str, bytes, bool]]:
    """Yield path, entry, and whether it is bytecode without its header, sorted."""
    found: dict[str, tuple[bytes, bool]] = {}
    for table in (payload.files, payload.libraries):
        for place, entry in table.items():
            if not is_beside(entry):
                found[place] = entry, False
    for entry in payload.modules.values():
        if entry[_KIND] != _NAMESPACE and not is_beside(entry):
            place = entry[_PATH:].decode()
            is_code = entry[_KIND] != _EXTENSION
            if is_code and place.endswith(".py"):
                # The source is among the files; what runs is its bytecode.
                place = f"{place}c"
            found[place] = entry, is_code
    for number, entry in enumerate(payload.start_libraries):
        found[f"start/{number}.so"] = entry, False
    for place in sorted(found):
        yield place, *found[place]


def _payload_members(payload: StoredPayload) -> Iterator[BundleMember]:
    natives = {
        entry[_PATH:].decode()
        for entry in payload.modules.values()
        if entry[_KIND] == _EXTENSION
    }
    for place, entry, is_code in _contents(payload):
        _, stored, size, digest = ENTRY.unpack(entry[:ENTRY_BYTES])
        is_library = place in payload.libraries or place.startswith("start/")
        is_module = is_code or place in natives
        yield BundleMember(
            place,
            "module" if is_module else "library" if is_library else "file",
            size,
            stored,
            digest.hex(),
        )


def _inspect_folder(folder: Path) -> BundleInspection:
    mark = folder / MARK
    try:
        facts = _facts(mark.read_bytes(), mark)
    except OSError as error:
        raise ReadError(mark, error) from error
    members = []
    program = str(facts.get("program") or "")
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(above, name)
            below = path.relative_to(folder).as_posix()
            size = path.lstat().st_size
            members.append(BundleMember(below, _kind(below, program), size, size, ""))
    return BundleInspection(
        str(folder),
        "folder",
        sum(item.size for item in members),
        facts,
        tuple(sorted(members, key=lambda item: item.path)),
    )


def _kind(path: str, program: str) -> Any:
    from ferrule.wheel.reading import is_library_name

    name = path.rpartition("/")[2]
    if name in (program, f"{program}.exe"):
        return "program"
    if path.endswith((".py", ".pyc")):
        return "module"
    return "library" if is_library_name(path) else "file"


def _facts(content: bytes, path: Path) -> dict[str, Any]:
    facts = read_mark(content)
    if facts is None:
        raise PayloadError(path.name, f"its {MARK} is not what ferrule writes")
    return facts
