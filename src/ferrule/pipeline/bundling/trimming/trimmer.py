"""Finds what a program needs of Python, and leaves out the rest (`--trim`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule import atomic, log
from ferrule.bundle.boot.sources import BOOT_MODULE, CHILDREN_MODULE
from ferrule.bundle.onefile.frozen import importer_sources
from ferrule.bundle.trimming.graph import Graph, Root, walk
from ferrule.bundle.trimming.natives import (
    is_module_library,
    named_modules,
    text_data,
)
from ferrule.bundle.trimming.package_roots import (
    loose_facts,
    package_roots,
    path_file_texts,
    plugin_modules,
)
from ferrule.bundle.trimming.rust_strings import read_folder
from ferrule.bundle.trimming.trimmed import Trimmed, module_at, trim_files
from ferrule.errors.trimming import TrimCompilerError, UnknownModulesError
from ferrule.python.imports import ModuleFacts, facts_row, parse_facts, read_facts
from ferrule.wheel.content import whole
from ferrule.wheel.reading import is_library_name

if TYPE_CHECKING:
    from ferrule.bundle.model import BundleFile
    from ferrule.bundle.modes import Case
    from ferrule.bundle.packages import Package
    from ferrule.bundle.trimming.rust_strings import RustMention
    from ferrule.cargo.sources import CrateSource
    from ferrule.python.interpreter import Interpreter

__all__ = ["LinkedProgram", "Trimmer"]

_FORMAT: Final = 2
"""Raised whenever `imports_script` tells something else than before."""
_SHOWN: Final = 3


@dataclass(frozen=True)
class LinkedProgram:
    """What decides which modules a program needs."""

    path: Path
    crates: Sequence[CrateSource]
    project: str = ""
    """The project's own Python package, by its distribution's name."""
    requested: frozenset[str] = frozenset()
    """Distributions that were asked for, by normal name."""


class Trimmer:
    """Trims the files of one bundle."""

    def __init__(
        self,
        case: Case,
        program: LinkedProgram,
        packages: Sequence[Package],
        store: Path,
    ) -> None:
        self.notes: list[str] = []
        self.wanted: tuple[str, ...] = ()
        """Modules that the Rust code imports, for the verification."""
        self._case = case
        self._program = program
        self._packages = packages
        self._store = store
        self._roots: list[Root] = []
        self._facts: dict[str, ModuleFacts] = {}
        self._texts: list[tuple[str, str]] = []

    @property
    def _compiler(self) -> Interpreter:
        found = self._case.bytecode_python
        if found is None:
            raise TrimCompilerError(self._case.interpreter.minor_version)
        return found

    def trim(
        self, files: Sequence[BundleFile], left_out: Sequence[tuple[str, str]]
    ) -> Trimmed:
        """Return the files without modules that the program cannot reach.

        `left_out` is what was not taken before, with the reasons. Raises
        `UnknownModulesError` for names in `keep` that mean nothing, and
        `BytecodeError`.
        """
        layout = self._case.layout
        modules = {
            item.path: name
            for item in files
            if (name := module_at(item.path, layout)) and _is_code(item, name)
        }
        packages = _package_names(modules)
        known = frozenset(packages | set(modules.values()))
        self._read_modules(files, modules)
        self._add_own_roots(known)
        self._add_rust_roots(known)
        self._add_kept_roots(known, left_out)
        self._read_texts()
        own = {
            modules[item.path]
            for item in files
            if item.part == "package" and item.path in modules
        }
        graph = Graph(
            self._facts,
            packages,
            frozenset(own | {name for name in self._facts if name[0] == "<"}),
            natives=dict(_natives(files, modules, known)),
            aliases=_aliases(),
            plugins=plugin_modules(self._packages),
        )
        kept = walk(graph, self._roots)
        log.debug(f"{len(known.intersection(kept))} of {len(known)} modules are kept")
        return trim_files(files, modules, kept, layout)

    def _read_modules(
        self, files: Sequence[BundleFile], modules: Mapping[str, str]
    ) -> None:
        """Read what modules import; each folder of bytecode is read once for ever."""
        folders: dict[Path, dict[str, str]] = {}
        for item in files:
            path = item.content
            if item.path not in modules or not isinstance(path, Path):
                continue
            if path.suffix == ".pyc" and self._store in path.parents:
                first, *rest = path.relative_to(self._store).parts
                folder = folders.setdefault(self._store / first, {})
                folder["/".join(rest)] = modules[item.path]
        for place, wanted in folders.items():
            rows = self._rows(place, wanted)
            for below, name in wanted.items():
                self._facts.setdefault(name, parse_facts(rows[below]))

    def _rows(self, folder: Path, wanted: Mapping[str, str]) -> dict[str, Any]:
        import json

        stored = folder.with_name(f"imports-{_FORMAT}-{folder.name}.json")
        rows: dict[str, Any] = {}
        try:
            rows = json.loads(stored.read_bytes())
        except (OSError, ValueError):
            log.debug(f"the imports of {folder.name} were not read before")
        if all(below in rows for below in wanted):
            return rows
        paths = sorted(path for path in folder.rglob("*.pyc") if path.is_file())
        facts, _ = read_facts(paths, (), self._compiler, self._case.env)
        rows = {
            path.relative_to(folder).as_posix(): facts_row(item)
            for path, item in zip(paths, facts)
        }
        atomic.write_text(stored, json.dumps(rows))
        return rows

    def _add_own_roots(self, known: frozenset[str]) -> None:
        """Add what ferrule and the packages start with."""
        for name in (BOOT_MODULE, CHILDREN_MODULE):
            self._roots.append(Root(name, "ferrule's own part of the bundle"))
        if self._case.settings.mode == "onefile":
            self._texts += importer_sources()
        self._texts += path_file_texts(self._packages)
        self._roots += package_roots(
            self._packages,
            known,
            project=self._program.project,
            requested=self._program.requested,
        )

    def _add_rust_roots(self, known: frozenset[str]) -> None:
        """Add what the sources of the program name."""
        content = text_data(self._program.path.read_bytes())
        unknown: list[str] = []
        wanted: set[str] = set()
        for crate in self._program.crates:
            if not crate.is_linked or not (crate.is_local or crate.uses_python):
                continue
            for path, item in read_folder(crate.folder):
                if crate.is_local:
                    where = f"{path}:{item.line}"
                    if item.kind == "unknown":
                        unknown.append(f"{where} (`{item.text}`)")
                    elif item.kind == "code":
                        self._texts.append((where, item.text))
                    elif item.kind == "import":
                        wanted.add(_known_part(item.text, known))
                    self._add_mention(item, where, known)
                elif item.text.encode() in content:
                    # Only what the linker took from another crate counts.
                    is_meant = item.kind == "import" or "." in item.text
                    where = f"{crate.component.name}: {path}:{item.line}"
                    if is_meant and item.kind != "code":
                        self._add_mention(item, where, known)
        self.wanted = tuple(sorted(wanted - {""}))
        if unknown:
            more = len(unknown) - _SHOWN
            shown = ", ".join(unknown[:_SHOWN]) + (f" and {more} more" * (more > 0))
            self.notes.append(
                f"--trim cannot see what the program imports at {shown}; name it in "
                "`keep` unless other code imports it"
            )

    def _add_mention(
        self, item: RustMention, where: str, known: frozenset[str]
    ) -> None:
        name = _known_part(item.text, known)
        if item.kind == "import" and name:
            self._roots.append(Root(name, f"{where} imports it"))
        elif item.kind == "text" and name and (name == item.text or "." in name):
            self._roots.append(Root(name, f"{where} names it", may_run=True))

    def _read_texts(self) -> None:
        """Add pieces of Python as roots that are no modules."""
        texts = [text for _, text in self._texts]
        _, read = read_facts((), texts, self._compiler, self._case.env)
        for number, (name, text) in enumerate(self._texts):
            facts, label = read[number], f"<{name}>"
            if label in self._facts:
                label = f"<{name} #{number}>"
            self._facts[label] = loose_facts(text) if facts is None else facts
            self._roots.append(Root(label, "the program"))

    def _add_kept_roots(
        self, known: frozenset[str], left_out: Sequence[tuple[str, str]]
    ) -> None:
        unknown: list[tuple[str, str]] = []
        for glob in self._case.settings.keep:
            if any(fnmatchcase(name, glob) for name in known):
                why = f'keep = ["{glob}"]'
                self._roots.append(Root(glob, why, may_run=True))
            else:
                reasons = dict(left_out)
                unknown.append((glob, reasons.get(glob.partition(".")[0], "")))
        if unknown:
            raise UnknownModulesError(unknown, sorted(known))


def _package_names(modules: Mapping[str, str]) -> frozenset[str]:
    """Return the packages among modules, also those that hold nothing."""
    found = {
        name
        for path, name in modules.items()
        if path.rpartition("/")[2][:9] == "__init__."
    }
    for name in modules.values():
        above = name.rpartition(".")[0]
        while above:
            found.add(above)
            above = above.rpartition(".")[0]
    return frozenset(found)


def _natives(
    files: Sequence[BundleFile], modules: Mapping[str, str], known: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what each extension module names in its data."""
    for item in files:
        name = modules.get(item.path)
        if name is not None and is_library_name(item.path):
            package = name.rpartition(".")[0]
            found = named_modules(bytes(whole(item.content)), known, package)
            if item.part != "package":
                # `hidden` knows those of Python itself, and words mean nothing.
                found = {item for item in found if "." in item}
            yield name, frozenset(found - {name})


def _is_code(item: BundleFile, name: str) -> bool:
    """Tell whether a file is the module that its name says."""
    if item.part != "package" or not is_library_name(item.path):
        return True
    return is_module_library(bytes(whole(item.content)), name)


def _known_part(name: str, known: frozenset[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def _aliases() -> dict[str, str]:
    """Return the modules of codecs by all their names."""
    from encodings.aliases import aliases

    return {**aliases, **{value: value for value in aliases.values()}}
