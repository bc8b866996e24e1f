"""Gathers what a bundle of any mode holds besides program and libraries.

Bytecode is compiled by the Python that will load it, once: for each wheel and
for each installation of a standard library, in the per-user cache.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.hook import (
    BOOT_MODULE,
    CHILDREN_MODULE,
    boot_source,
    children_source,
)
from ferrule.bundle.model import BundleFile
from ferrule.bundle.packages import is_path_file, top_modules
from ferrule.bundle.selection import select_standard_library
from ferrule.python.bytecode import BytecodeOrder, compile_bytecode

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case
    from ferrule.bundle.packages import Package
    from ferrule.bundle.selection import Selection

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True)
class Gathered:
    """The Python part of a bundle."""

    files: tuple[BundleFile, ...]
    left_out: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]
    notes: tuple[str, ...]


def gather(
    case: Case, packages: Sequence[Package], *, store: Path, env: Mapping[str, str]
) -> Gathered:
    """Return standard library, boot module and packages of a bundle.

    `store` is a folder for bytecode that is kept. Raises `BytecodeError`.
    """
    settings = case.settings
    folder = Path(case.interpreter.install_path("stdlib"))
    selection = select_standard_library(
        folder, include=settings.include, exclude=settings.exclude
    )
    packages = [item.without(settings.exclude) for item in packages]
    job = _Job(case, store, env)
    job.add_standard_library(selection)
    for package in packages:
        job.add_package(package)
    job.add_boot(packages)
    names = [
        file.path
        for package in packages
        for file in package.files
        if file.root == "packages"
    ]
    return Gathered(
        tuple(sorted(job.files.values(), key=lambda item: item.path)),
        selection.left_out,
        top_modules(names),
        tuple(job.notes),
    )


class _Job:
    def __init__(self, case: Case, store: Path, env: Mapping[str, str]) -> None:
        self.case = case
        self.layout = case.layout
        self.store = store
        self.env = env
        self.files: dict[str, BundleFile] = {}
        self.notes: list[str] = []

    def add_standard_library(self, selection: Selection) -> None:
        """Add modules and data of the standard library."""
        facts = [
            (item.path, str(item.source), *_identity(item.source))
            for item in selection.files
        ]
        sources = [(item.path, item.source) for item in selection.files]
        compiled = self._compiled("standard library", repr(facts), sources)
        for path, source in sources:
            self._add(
                posixpath.join(self.layout.standard_library, path),
                source,
                compiled.get(path),
                "standard library",
                self.case.interpreter.display_name,
            )

    def add_package(self, package: Package) -> None:
        """Add the files of a package; the first of equal paths stays."""
        own = [item for item in package.files if item.root == "packages"]
        sources = [(item.path, item.source) for item in own]
        key = package.key or repr(
            [(path, str(source), *_identity(source)) for path, source in sources]
        )
        compiled = self._compiled(package.label, key, sources)
        for path, source in sources:
            place = posixpath.join(self.layout.packages, path)
            self._add(place, source, compiled.get(path), "package", package.label)
        for item in package.files:
            if item.root == "home":
                self._add(item.path, item.source, None, "package", package.label)

    def add_boot(self, packages: Sequence[Package]) -> None:
        """Add the module that the hook imports, and what it imports for children."""
        text = boot_source()
        reads_path_files = any(
            is_path_file(item.path)
            for package in packages
            for item in package.files
            if item.root == "packages"
        )
        values = {
            "packages": self.layout.packages if packages else "",
            "has_path_files": "yes" if reads_path_files else "no",
        }
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        self._add_module(
            BOOT_MODULE,
            text,
            "sets sys.path and sys.argv, and writes out `print` at the end",
        )
        self._add_module(
            CHILDREN_MODULE,
            children_source(),
            "runs what multiprocessing starts the program for",
        )

    def _add_module(self, name: str, text: str, reason: str) -> None:
        """Add a module of ferrule's own to the standard library."""
        from hashlib import sha256

        digest = sha256(text.encode()).hexdigest()[:16]
        folder = self.store / f"boot-{digest}"
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / f"{name}.py"
        if not source.is_file():
            from ferrule import atomic

            atomic.write_text(source, text)
        file_name = source.name
        compiled = self._compiled("boot module", text, [(file_name, source)])
        self._add(
            posixpath.join(self.layout.standard_library, file_name),
            source,
            compiled.get(file_name),
            "python",
            "",
            reason=reason,
        )

    def _add(
        self,
        path: str,
        source: Path,
        compiled: Path | None,
        part: str,
        owner: str,
        *,
        reason: str = "",
    ) -> None:
        reason = reason or (f"part of the {part}" if part != "package" else owner)
        files = []
        if compiled is None or self.case.settings.sources:
            files.append((path, source))
        if compiled is not None:
            place = f"{path}c"
            if self.case.settings.sources:
                folder, name = posixpath.split(path)
                stem = name[: -len(".py")]
                tag = self.case.interpreter.cache_tag
                level = self.case.settings.optimize
                mark = f".opt-{level}" if level else ""
                place = posixpath.join(folder, "__pycache__", f"{stem}.{tag}{mark}.pyc")
            files.append((place, compiled))
        for place, content in files:
            if place in self.files:
                if self.files[place].owner != owner:
                    self.notes.append(
                        f"{place} is in {self.files[place].owner} and in {owner}; "
                        "the first is taken"
                    )
                continue
            self.files[place] = BundleFile(
                place,
                content,
                part,  # type: ignore[arg-type]
                reason,
                executable=_is_binary(place),
                owner=owner,
            )

    def _compiled(
        self, label: str, key: str, sources: Iterable[tuple[str, Path]]
    ) -> dict[str, Path]:
        """Return the bytecode of Python files by their paths, from the store."""
        from hashlib import sha256

        wanted = [(path, source) for path, source in sources if path.endswith(".py")]
        interpreter, optimize = self.case.interpreter, self.case.settings.optimize
        facts = (
            key,
            [path for path, _ in wanted],
            interpreter.version,
            interpreter.cache_tag,
            optimize,
        )
        digest = sha256(repr(facts).encode()).hexdigest()
        folder = self.store / f"code-{digest}"
        if not folder.is_dir():
            part = folder.with_name(f".{folder.name}.{os.getpid()}")
            part.mkdir(parents=True, exist_ok=True)
            orders = [
                BytecodeOrder(str(source), str(part / f"{path}c"), path)
                for path, source in wanted
            ]
            compile_bytecode(orders, interpreter, optimize=optimize, env=self.env)
            _finish(part, folder)
        found = {path: folder / f"{path}c" for path, _ in wanted}
        made = {path: place for path, place in found.items() if place.is_file()}
        failed = [path for path in found if path not in made]
        if failed:
            shown = ", ".join(failed[:3]) + (" and others" if len(failed) > 3 else "")
            self.notes.append(
                f"{label}: {shown} cannot be compiled for Python "
                f"{interpreter.version_text} and stays a source file"
            )
        return made


def _finish(part: Path, folder: Path) -> None:
    import shutil

    try:
        part.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(part)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_binary(path: str) -> bool:
    from ferrule.wheel.reading import is_library_name

    return is_library_name(path)
