"""Looking for everything that the lint knows, in the crates of one build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ferrule.lint import embedding, stable_abi
from ferrule.lint.allowances import find_unknown_rules
from ferrule.lint.cfg import Conditions, python_names, target_names
from ferrule.lint.embedding import Part, find_late, find_missing
from ferrule.lint.modules import Files, read_crate
from ferrule.lint.names import read_names
from ferrule.lint.stable_abi import StableAbi, find_stable_abi
from ferrule.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ferrule.cargo.graph import OwnCrate
    from ferrule.lint.cfg import Truth
    from ferrule.lint.finding import Finding
    from ferrule.project.crate import Crate, CrateTarget

__all__ = ["Question", "lint_sources"]

_PROGRAMS = ("bin", "example", "test", "bench")


@dataclass(frozen=True)
class Question:
    """One build, as far as the sources can tell something about it."""

    crates: tuple[OwnCrate, ...]
    """The project's own crates that are compiled and use PyO3."""
    main: str
    """Id of the crate that is built."""
    targets: tuple[str, ...]
    """Paths of the root files, of the main crate's targets, to look at; the
    libraries of the other crates are looked at too."""
    python: tuple[int, int]
    """Python that PyO3 is compiled for."""
    host: str
    """Rust target triple."""
    free_threaded: bool = False
    stable: StableAbi | None = None
    auto_initialize: bool = False
    """Whether that feature of PyO3 is enabled."""


def lint_sources(question: Question) -> tuple[list[Finding], list[str]]:
    """Return the findings, and every file and folder that was looked at."""
    files = Files()
    findings: list[Finding] = []
    for own in question.crates:
        is_main = own.crate.id == question.main
        library = own.crate.library
        for target in own.crate.targets:
            wanted = is_main and str(target.src_path) in question.targets
            if wanted or (not is_main and target == library):
                findings += _lint_target(question, own, target, files)
    unique = {(item.path, item.line, item.column, item.rule): item for item in findings}
    ordered = [unique[key] for key in sorted(unique)]
    paths = [path for path, content in files.contents.items() if content is not None]
    return ordered, sorted({*paths, *files.folders})


def _lint_target(
    question: Question, own: OwnCrate, target: CrateTarget, files: Files
) -> list[Finding]:
    root = str(target.src_path)
    findings: list[Finding] = []
    abi = question.stable
    if abi is not None and _hits(files, root, stable_abi.may_concern):
        conditions = _conditions(question, own, files, test=None)
        for tree in read_crate(root, conditions, files, stable_abi.may_concern):
            names = read_names(tree, own.pyo3_name)
            findings += find_stable_abi(tree, names, abi)
            findings += find_unknown_rules(tree.source)
    is_program = bool(set(target.kind) & set(_PROGRAMS))
    if is_program and _hits(files, root, embedding.may_concern):
        findings += _lint_program(question, own, root, files)
    return findings


def _lint_program(
    question: Question, own: OwnCrate, root: str, files: Files
) -> list[Finding]:
    # Tests and examples are programs too, with `cfg(test)` on in the former.
    conditions = _conditions(question, own, files, test=None)
    program = _parts(root, own, conditions, files)
    library = own.crate.library
    shared: list[Part] = []
    is_extension = False
    if library is not None:
        is_extension = "cdylib" in library.kind
        shared = _parts(str(library.src_path), own, conditions, files)
    findings = [
        finding
        for part in program
        for finding in find_late(part, auto_initialize=question.auto_initialize)
    ]
    for part in program:
        findings += find_unknown_rules(part.tree.source)
    return findings + find_missing(
        program,
        shared,
        is_extension=is_extension,
        auto_initialize=question.auto_initialize,
    )


def _parts(
    root: str, own: OwnCrate, conditions: Conditions, files: Files
) -> list[Part]:
    return [
        Part(tree, read_names(tree, own.pyo3_name))
        for tree in read_crate(root, conditions, files, embedding.may_concern)
    ]


def _hits(files: Files, root: str, is_wanted: Callable[[bytes], bool]) -> bool:
    return files.any_below(os.path.dirname(root), is_wanted)


def _conditions(
    question: Question, own: OwnCrate, files: Files, *, test: Truth
) -> Conditions:
    names = python_names(
        question.stable.minimum if question.stable else question.python,
        stable=question.stable is not None,
        free_threaded=question.free_threaded,
        passed_on=_passes_cfgs_on(own.crate, files),
    )
    return Conditions(own.features, {**target_names(question.host), **names}, test)


def _passes_cfgs_on(crate: Crate, files: Files) -> Truth:
    """Tell whether a build script hands PyO3's cfgs on; None where it may."""
    scripts: Sequence[CrateTarget] = [
        item for item in crate.targets if "custom-build" in item.kind
    ]
    if not scripts:
        return False
    content = files.read(str(scripts[0].src_path)) or b""
    if b"use_pyo3_cfgs" in content or b"build_script_outputs" in content:
        return True
    return None if b"Py_" in content or b"rustc-cfg" in content else False
