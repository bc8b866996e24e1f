"""Gathers what a bundle of any mode holds besides program and libraries."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.boot.sources import (
    BOOT_MODULE,
    CHILDREN_MODULE,
    FIRST_MODULE,
    LEFT_OUT_MODULE,
    WINDOWS_MODULE,
    boot_source,
    children_source,
    first_source,
    left_out_source,
    windows_source,
)
from ferrule.bundle.model import BundleFile
from ferrule.bundle.packages import is_path_file, make_record, top_modules
from ferrule.bundle.selection import (
    LEFT_OUT,
    select_modules,
    select_standard_library,
)
from ferrule.bundle.wishes import unmatched_notes
from ferrule.pipeline.bundling.store import (
    BytecodeStore,
    kept_text,
    sources_key,
    unpacked_library,
)

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case
    from ferrule.bundle.packages import Package
    from ferrule.bundle.selection import Selection
    from ferrule.bundle.trimming.trimmed import TrimReport
    from ferrule.pipeline.bundling.trimming.trimmer import Trimmer

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True)
class Gathered:
    """The Python part of a bundle."""

    files: tuple[BundleFile, ...]
    left_out: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]
    notes: tuple[str, ...]
    trim: TrimReport | None = None


def gather(
    case: Case,
    packages: Sequence[Package],
    *,
    store: Path,
    env: Mapping[str, str],
    trimmer: Trimmer | None = None,
) -> Gathered:
    """Return standard library, boot module and packages of a bundle.

    `store` is a folder for bytecode that is kept; `trimmer` leaves out what the
    program cannot reach. Raises `BytecodeError` and what `Trimmer.trim` raises.
    """
    settings = case.settings
    folder = unpacked_library(case, store)
    selection = select_standard_library(
        folder, include=settings.include, exclude=settings.exclude
    )
    left_out = dict(selection.left_out)
    unfiltered = packages
    packages = [item.without(settings.exclude) for item in packages]
    job = _Job(case, store, env)
    job.add_standard_library(selection)
    modules = case.distribution.modules if case.distribution else None
    if modules is not None:
        found = select_modules(
            modules, include=settings.include, exclude=settings.exclude
        )
        job.add_modules(found)
        left_out.update(found.left_out)
    for package in packages:
        job.add_package(package)
    job.add_boot(packages)
    omitted = [name for name, why in left_out.items() if why in LEFT_OUT.values()]
    known = {*(item.module for item in selection.files), *left_out}
    known |= {item.module for package in unfiltered for item in package.files}
    job.notes += unmatched_notes(settings, sorted(known - {""}))
    trim: TrimReport | None = None
    wanted: tuple[str, ...] = ()
    if trimmer is not None:
        trim, wanted = job.trim(trimmer, left_out), trimmer.wanted
    job.add_left_out(trim.names if trim else (), omitted)
    names = [
        file.path
        for package in packages
        for file in package.files
        if file.root == "packages"
    ]
    tops = [name for name in top_modules(names) if trim is None or name in trim.kept]
    return Gathered(
        tuple(sorted(job.files.values(), key=lambda item: item.path)),
        tuple(sorted(left_out.items())),
        tuple(dict.fromkeys((*tops, *wanted))),
        tuple(job.notes),
        trim,
    )


class _Job:
    def __init__(self, case: Case, store: Path, env: Mapping[str, str]) -> None:
        self.case = case
        self.layout = case.layout
        self.store = store
        self.env = env
        self.files: dict[str, BundleFile] = {}
        self.read: set[str] = set()
        """Which files packages read as sources."""
        self.notes: list[str] = []
        self.bytecode = BytecodeStore(case, store, env, self.notes)

    def add_standard_library(self, selection: Selection) -> None:
        """Add modules and data of the standard library."""
        sources = [
            (
                item.path,
                self._first_module(item.source)
                if item.path == FIRST_MODULE
                else item.source,
            )
            for item in selection.files
        ]
        key = sources_key(sources)
        compiled = self.bytecode.compile("standard library", key, sources)
        for path, source in sources:
            self._add(
                posixpath.join(self.layout.standard_library, path),
                source,
                compiled.get(path),
                "standard library",
                self.case.interpreter.display_name,
            )

    def _first_module(self, source: Path) -> Path:
        text = source.read_text(encoding="utf-8")
        return kept_text(self.store, "encodings.py", first_source(text))

    def add_modules(self, selection: Selection) -> None:
        """Add extension modules that lie beside the standard library (Windows)."""
        for item in selection.files:
            self._add(
                posixpath.join(self.layout.modules, item.path),
                item.source,
                None,
                "standard library",
                self.case.interpreter.display_name,
            )

    def add_package(self, package: Package) -> None:
        """Add the files of a package; the first of equal paths stays."""
        own = [item for item in package.files if item.root == "packages"]
        sources = [(item.path, item.source) for item in own]
        key = package.key or sources_key(sources)
        compiled = self.bytecode.compile(package.label, key, sources)
        self.read |= {
            posixpath.join(self.layout.packages, path)
            for path in self._read_sources(package.label, key, sources)
        }
        for path, source in sources:
            place = posixpath.join(self.layout.packages, path)
            self._add(place, source, compiled.get(path), "package", package.label)
        for item in package.files:
            if item.root == "home":
                self._add(item.path, item.source, None, "package", package.label)
        self._add_record(package)

    def _read_sources(
        self, label: str, key: str, sources: Sequence[tuple[str, Path]]
    ) -> list[str]:
        """Return the sources that a package's own code reads."""
        from ferrule import cache
        from ferrule.bundle.read_sources import find_read_sources

        if self.case.settings.sources:
            return []
        name = f"read sources of {label} {key}"
        found: list[str] | None = cache.read_json(self.env, "answers", name)
        if found is None:
            found = find_read_sources(sources)
            cache.write_json(self.env, "answers", name, found, label=label)
        return found

    def _add_record(self, package: Package) -> None:
        """Add RECORD, as a list of what is here (`importlib.metadata.files`)."""
        own = [
            posixpath.relpath(path, self.layout.packages)
            for path, item in self.files.items()
            if item.owner == package.label
        ]
        name, text = make_record(own)
        if name:
            path = posixpath.join(self.layout.packages, name)
            self.files[path] = BundleFile(
                path, text.encode(), "package", "names the files", owner=package.label
            )

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
        if self.case.target.is_windows:
            isolated = "yes" if self.case.settings.isolated else "no"
            self._add_module(
                WINDOWS_MODULE,
                windows_source().replace("{isolated}", isolated),
                "splits the command line into sys.argv, as Windows programs do",
            )

    def trim(self, trimmer: Trimmer, left_out: dict[str, str]) -> TrimReport:
        """Leave out what the program cannot reach."""
        found = trimmer.trim(tuple(self.files.values()), tuple(left_out.items()))
        self.files = {item.path: item for item in found.files}
        self.notes += trimmer.notes
        left_out.update(found.report.rows)
        return found.report

    def add_left_out(self, trimmed: Iterable[str], omitted: Iterable[str]) -> None:
        """Add the module that tells what brings a module back."""
        self._add_module(
            LEFT_OUT_MODULE,
            left_out_source(trimmed, omitted),
            "tells what brings a module back that was left out",
        )

    def _add_module(self, name: str, text: str, reason: str) -> None:
        """Add a module of ferrule's own to the standard library."""
        source = kept_text(self.store, f"{name}.py", text)
        file_name = source.name
        compiled = self.bytecode.compile("boot module", text, [(file_name, source)])
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
        keeps_source = self.case.settings.sources or path in self.read
        files = []
        if compiled is None or keeps_source:
            files.append((path, source))
        if compiled is not None:
            place = f"{path}c"
            if keeps_source:
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


def _is_binary(path: str) -> bool:
    from ferrule.wheel.reading import is_library_name

    return is_library_name(path)
