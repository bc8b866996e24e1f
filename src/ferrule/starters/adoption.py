"""Completing what is in a folder: the plan of `ferrule init`.

A file that is there is never replaced. `.gitignore`, `pyproject.toml`,
`Cargo.toml` and the root file of the crate are added to; all else is written
only where there is nothing.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.errors.starters import AlreadyBuiltError, UnfitProjectError
from ferrule.starters.kinds import DEFAULT_KIND, KINDS, Kind, Layer
from ferrule.starters.merging import (
    add_module,
    merge_ignore,
    merge_manifest,
    merge_pyproject,
)
from ferrule.starters.names import Names
from ferrule.starters.plan import Plan, PlannedFile, read_if_present
from ferrule.starters.rendering import Starter, python_source_line, render_starter

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.starters.existing import Existing

__all__ = ["guess_kind", "plan_completion"]

_SURROUNDINGS = (".gitignore", ".github/", ".vscode/")
_MODULE_FILES = ("python", "python_module", "python_interface")


def guess_kind(existing: Existing, names: Names) -> str:
    """Return the kind of project that a folder is to become, or is."""
    if existing.is_built_by_setuptools or existing.backend == "ferrule.setuptools":
        return "setuptools"
    is_python = existing.pyproject is not None and existing.manifest is None
    if is_python or existing.find_package(names.package) is not None:
        return "mixed"
    return DEFAULT_KIND


def plan_completion(existing: Existing, starter: Starter, *, is_chosen: bool) -> Plan:
    """Return what a folder needs to become a project of ferrule.

    `is_chosen` tells that the kind was asked for. Raises `AlreadyBuiltError` for
    another kind in a project of ferrule, and `UnfitProjectError` for kinds that
    cannot be made out of what is there.
    """
    root, kind = existing.root, starter.kind
    if existing.is_built_by_ferrule:
        guessed = guess_kind(existing, starter.names)
        if is_chosen and kind.name != guessed:
            raise AlreadyBuiltError(root, kind.name, guessed)
        kind = KINDS[guessed]
        rendered = render_starter(replace(starter, kind=kind))
        return Plan(root, kind.name, _surroundings(root, rendered))
    if existing.is_bare:
        rendered = render_starter(starter)
        files = [_complete(root, path, text) for path, text in rendered.items()]
        return Plan(root, kind.name, tuple(files))
    _refuse_unfit_kind(existing, kind)
    return _Adoption(existing, starter).plan()


def _refuse_unfit_kind(existing: Existing, kind: Kind) -> None:
    allowed = ["module", "abi3", "mixed"]
    if existing.is_built_by_setuptools:
        allowed = ["setuptools"]
    elif existing.manifest is None:
        allowed = ["mixed"]
    if kind.name not in allowed:
        raise UnfitProjectError(
            f"what is in {existing.root} cannot become a {kind.name} project",
            why=[f"it can become: {', '.join(allowed)}"],
            fix=f"ferrule init --kind {allowed[0]}, or start a new project: "
            f"ferrule new --kind {kind.name} NAME",
        )


def _complete(root: Path, path: str, text: str) -> PlannedFile:
    """Return the plan for one file of a starter."""
    before = read_if_present(root / path)
    if before is None:
        return PlannedFile(path, None, text)
    after = merge_ignore(before, text) if path == ".gitignore" else before
    return PlannedFile(path, before, after)


def _surroundings(root: Path, rendered: dict[str, str]) -> tuple[PlannedFile, ...]:
    """Return .gitignore, the editor's settings and, if there is no CI, that."""
    workflows = root / ".github" / "workflows"
    has_ci = workflows.is_dir() and any(workflows.iterdir())
    return tuple(
        _complete(root, path, text)
        for path, text in rendered.items()
        if path.startswith(_SURROUNDINGS)
        and not (has_ci and path.startswith(".github/"))
    )


class _Adoption:
    """Makes the plan for a folder that ferrule does not build yet."""

    def __init__(self, existing: Existing, starter: Starter) -> None:
        self.existing = existing
        self.root = existing.root
        self.notes: list[str] = []
        found = existing.find_package(starter.names.package)
        self.has_package = found is not None
        if existing.has_setup_py and not self.has_package:
            name = starter.names.package
            raise UnfitProjectError(
                f"{self.root} has a setup.py, but no Python package {name}",
                why=[f"neither {name} nor src/{name} holds an __init__.py"],
                fix="name the package that gets a module in Rust: ferrule init --name",
            )
        default = starter.kind.package_folder
        self.package_folder = default if found is None else found
        self.starter = self._fit(starter)
        self.rendered = render_starter(self.starter, changes=self._changes())

    def _fit(self, starter: Starter) -> Starter:
        """Return the starter with the names that the crate has already."""
        kind, names = starter.kind, starter.names
        library = self.existing.library_name
        if self.existing.manifest is not None and not kind.package_folder:
            names = Names(names.dist, library)
        elif self.existing.pyo3_requirement is not None:
            kind = replace(kind, library=library)
        if self.existing.manifest is None:
            layers = [
                replace(layer, at="rust/") if layer.folder == "crate" else layer
                for layer in kind.layers
            ]
            kind = replace(kind, layers=tuple(layers))
        return replace(starter, kind=kind, names=names)

    def _changes(self) -> dict[str, str]:
        names, library = self.starter.names, self.starter.kind.library
        changes = {"python_source": python_source_line(self.package_folder)}
        changes["module_import"] = names.package + (f".{library}" if library else "")
        if not (self.root / "README.md").is_file():
            changes["readme_line"] = ""
        if self.existing.manifest is not None:
            folder = posixpath.dirname(self.existing.library_path)
            changes["rust_folder"] = f"{folder}/" if folder else ""
        return changes

    def plan(self) -> Plan:
        """Return the whole plan."""
        files = [*_surroundings(self.root, self.rendered)]
        files.append(self._pyproject())
        files += self._rust_files()
        files += self._python_files()
        unique = {file.path: file for file in files}
        ordered = tuple(unique[path] for path in sorted(unique))
        return Plan(self.root, self.starter.kind.name, ordered, tuple(self.notes))

    def _pyproject(self) -> PlannedFile:
        from ferrule.toml_text import parse

        text = self.rendered["pyproject.toml"]
        before = read_if_present(self.root / "pyproject.toml")
        if before is None:
            return PlannedFile("pyproject.toml", None, self._first_pyproject(text))
        self._note_backend()
        wanted = parse(text)
        if self.existing.has_legacy_setup:
            wanted["build-system"]["build-backend"] += ":__legacy__"
        after = merge_pyproject(before, wanted)
        return PlannedFile("pyproject.toml", before, after)

    def _first_pyproject(self, text: str) -> str:
        """Return pyproject.toml for a project that had none."""
        if not self.existing.has_setup_py:
            return text
        from ferrule.toml_text import edit, parse

        # setup.py goes on describing the project.
        document = parse(text)
        del document["project"]
        document["build-system"]["build-backend"] += ":__legacy__"
        for name in ("setuptools", "mypy", "ruff", "pytest"):
            document["tool"].pop(name, None)
        return edit(text, document)

    def _note_backend(self) -> None:
        backend = self.existing.backend.partition(".")[0]
        if backend and not self.existing.is_built_by_setuptools:
            self.notes.append(
                f"ferrule builds instead of {backend}: what that backend's own table "
                "says about files and versions is no longer read"
            )
        if "version" in self.existing.dynamic_fields:
            if self.existing.is_built_by_setuptools:
                return
            self.notes.append("the version is that of Cargo.toml from now on")

    def _rust_files(self) -> list[PlannedFile]:
        """Return the manifest and the sources of the crate."""
        from ferrule.toml_text import parse

        before = read_if_present(self.root / "Cargo.toml")
        if before is None:
            return [
                _complete(self.root, path, text)
                for path, text in self.rendered.items()
                if path == "Cargo.toml" or path.startswith("rust/")
            ]
        after = merge_manifest(before, parse(self.rendered["Cargo.toml"]))
        return [PlannedFile("Cargo.toml", before, after), *self._added_sources()]

    @property
    def _is_adopted_library(self) -> bool:
        """Whether a library without PyO3 gets a Python module of its own."""
        return (
            self.existing.pyo3_requirement is None
            and self.existing.manifest is not None
            and (self.root / self.existing.library_path).is_file()
        )

    def _added_sources(self) -> list[PlannedFile]:
        """Return the files that give an existing crate its Python module."""
        path = self.existing.library_path
        if self.existing.pyo3_requirement is not None:
            self.notes.append(
                f"the crate uses PyO3 already: its #[pymodule] must be called "
                f"{self.starter.kind.library or self.starter.names.module}"
            )
            return []
        folder = posixpath.dirname(path)
        if not self._is_adopted_library:
            layer = Layer("crate", at=f"{folder}/" if folder else "")
            rendered = render_starter(self.starter, [layer], self._changes())
            return [_complete(self.root, name, text) for name, text in rendered.items()]
        taken = [name for name in _MODULE_FILES if self._has_source(folder, name)]
        name = next(name for name in (*_MODULE_FILES, "") if name not in taken)
        if not name:
            raise UnfitProjectError(
                f"{self.root / path} has modules called {', '.join(taken)} already",
                fix="add pyo3 to Cargo.toml, write the #[pymodule], then run it again",
            )
        text = self._adopted()["python.rs"]
        root_text = read_if_present(self.root / path) or ""
        self.notes.append(f"{path} now declares `mod {name};`")
        source = posixpath.join(folder, f"{name}.rs")
        return [
            PlannedFile(source, None, text),
            PlannedFile(path, root_text, add_module(root_text, name)),
        ]

    def _has_source(self, folder: str, name: str) -> bool:
        base = self.root / folder / name
        return base.with_suffix(".rs").exists() or base.is_dir()

    def _adopted(self) -> dict[str, str]:
        return render_starter(self.starter, [Layer("adopt")], self._changes())

    def _python_files(self) -> list[PlannedFile]:
        """Return the package where there is none, types and tests of the module."""
        if self.existing.pyo3_requirement is not None:
            return []
        names, kind = self.starter.names, self.starter.kind
        folder = f"{self.package_folder}{names.package_path}/"
        test = f"tests/test_{names.module}.py"
        module = render_starter(self.starter, [Layer("module")], self._changes())
        if self._is_adopted_library:
            adopted = self._adopted()
            stub, test_text = adopted["module.pyi"], adopted["test_module.py"]
            package = {f"{folder}__init__.py": adopted["__init__.py"]}
        else:
            stub, test_text = module[f"{names.module}.pyi"], module[test]
            package = {
                path: text
                for path, text in self.rendered.items()
                if path == f"{folder}__init__.py"
            }
        if not kind.library:
            wanted = {f"{names.module}.pyi": stub, test: test_text}
        else:
            test = f"tests/test_{names.module}{kind.library}.py"
            wanted = {f"{folder}{kind.library}.pyi": stub, test: test_text}
            wanted[f"{folder}py.typed"] = ""
            if not self.has_package:
                wanted.update(package)
        return [_complete(self.root, path, text) for path, text in wanted.items()]
