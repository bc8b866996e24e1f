"""What is kept between bundles: unpacked archives, and bytecode.

Bytecode is compiled by the Python that will load it, once: for each wheel and
for each installation of a standard library, in the per-user cache. Each folder has
its digest in a file beside it; what is something else by now is made again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic
from ferrule.errors.files import ReadError
from ferrule.errors.foreign_bundle import DistributionError
from ferrule.python.bytecode import BytecodeOrder, compile_bytecode
from ferrule.wheel.content import compute_sha256

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "BytecodeStore",
    "finished_folder",
    "is_kept",
    "kept_text",
    "sources_key",
    "unpacked_library",
]


@contextmanager
def finished_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder, which gets the name `folder` once it is complete.

    Another process may have been faster; then its folder stays.
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    part.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        if folder.is_dir():
            return
        # First, so that nobody finds a folder that has no digest yet.
        atomic.write_text(_seal_of(folder), _folder_digest(part))
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def is_kept(folder: Path) -> bool:
    """Return whether a finished folder is there with what it had; else remove it."""
    if not folder.is_dir():
        return False
    try:
        intact = _seal_of(folder).read_text(encoding="ascii") == _folder_digest(folder)
    except (OSError, ValueError, ReadError):
        intact = False
    if not intact:
        shutil.rmtree(folder, ignore_errors=True)
    return intact


def _seal_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.sha256")


def _folder_digest(folder: Path) -> str:
    """Return a digest of the paths and contents of all files in a folder."""
    rows = [
        (path.relative_to(folder).as_posix(), compute_sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return _digest(repr(rows))


def kept_text(store: Path, name: str, text: str) -> Path:
    """Return a file with a text, whose place is the same as long as the text is."""
    path = store / f"boot-{_digest(text)[:16]}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != text.encode():
        atomic.write_text(path, text)
    return path


def unpacked_library(case: Case, store: Path) -> Path:
    """Return the folder of the standard library, unpacked if it is an archive.

    Raises `DistributionError` for an archive that cannot be read.
    """
    source = Path(case.interpreter.install_path("stdlib"))
    if case.distribution is None or not case.distribution.is_compiled:
        return source
    from zipfile import BadZipFile, ZipFile

    facts = (str(source), *_identity(source))
    folder = store / f"library-{_digest(repr(facts))}"
    if not is_kept(folder):
        try:
            with finished_folder(folder) as part, ZipFile(source) as archive:
                archive.extractall(part)
        except BadZipFile as error:
            name = case.interpreter.display_name
            raise DistributionError(name, str(source), [str(error)]) from error
    return folder


def sources_key(sources: Iterable[tuple[str, Path]]) -> str:
    """Return what is another text once one of the files is another."""
    return repr([(path, str(source), *_identity(source)) for path, source in sources])


class BytecodeStore:
    """The bytecode of one bundle."""

    def __init__(
        self, case: Case, store: Path, env: Mapping[str, str], notes: list[str]
    ) -> None:
        self._case = case
        self._store = store
        self._env = env
        self._notes = notes
        """Gets what stays a source file, and why."""

    def compile(
        self, label: str, key: str, sources: Iterable[tuple[str, Path]]
    ) -> dict[str, Path]:
        """Return the bytecode of Python files by their paths.

        `key` stands for their contents, `label` for all of them in notes. Raises
        `BytecodeError`.
        """
        interpreter = self._case.bytecode_python
        if interpreter is None:
            self._tell_no_compiler()
            return {}
        wanted = [(path, source) for path, source in sources if path.endswith(".py")]
        folder = self._folder(key, wanted, interpreter)
        found = {path: folder / f"{path}c" for path, _ in wanted}
        made = {path: place for path, place in found.items() if place.is_file()}
        failed = [path for path in found if path not in made]
        if failed:
            shown = ", ".join(failed[:3]) + (" and others" if len(failed) > 3 else "")
            self._notes.append(
                f"{label}: {shown} cannot be compiled for Python "
                f"{interpreter.version_text} and stays a source file"
            )
        return made

    def _folder(
        self, key: str, wanted: list[tuple[str, Path]], interpreter: Interpreter
    ) -> Path:
        optimize = self._case.settings.optimize
        facts = (
            key,
            [path for path, _ in wanted],
            interpreter.version,
            interpreter.cache_tag,
            optimize,
        )
        folder = self._store / f"code-{_digest(repr(facts))}"
        if not is_kept(folder):
            with finished_folder(folder) as part:
                orders = [
                    BytecodeOrder(str(source), str(part / f"{path}c"), path)
                    for path, source in wanted
                ]
                compile_bytecode(orders, interpreter, optimize=optimize, env=self._env)
        return folder

    def _tell_no_compiler(self) -> None:
        version = "{}.{}".format(*self._case.interpreter.minor_version)
        note = (
            f"modules stay source files: there is no CPython {version} on this machine "
            "that could compile them"
        )
        if note not in self._notes:
            self._notes.append(note)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _digest(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()
