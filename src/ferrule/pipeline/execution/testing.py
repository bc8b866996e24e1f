"""`ferrule test`: the Rust tests of a project, then its Python tests.

Everything is compiled before the first test runs, in the configuration that the
development install shares. Rust tests find libpython and the environment's
packages; tests of both languages see the module that was just built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ferrule import __version__, log
from ferrule.cargo.commands import build_targets, list_tests, run_command
from ferrule.errors.development import NoTestsError
from ferrule.pipeline.build.wheels import plan_builds, wanted_profile
from ferrule.pipeline.execution.embedding import check_embedding, program_environment
from ferrule.pipeline.execution.explaining import explain_run
from ferrule.pipeline.execution.python_tests import (
    explain_failing_imports,
    run_python_tests,
)
from ferrule.pipeline.execution.surroundings import development_interpreters
from ferrule.pipeline.opening import OpenProject, open_project
from ferrule.plan.development import plan_development

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.cargo.compile import CompileKey
    from ferrule.pipeline.request import Request
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter

__all__ = ["Outcome", "Tested", "Wanted", "run_tests"]

Outcome = Literal["passed", "failed", "none", "left out"]


@dataclass(frozen=True)
class Wanted:
    """Which tests shall run."""

    rust: bool = True
    python: bool = True
    keyword: str | None = None
    """Part of the names of the tests that shall run."""
    cargo_arguments: tuple[str, ...] = ()
    """Further arguments for `cargo test`."""
    arguments: tuple[str, ...] = ()
    """What came after `--`: for pytest, or for Rust's tests if only they run."""


@dataclass(frozen=True)
class Tested:
    """What became of the tests in one Python."""

    interpreter: str
    rust: Outcome
    python: Outcome

    @property
    def failed(self) -> bool:
        """Whether a test failed."""
        return "failed" in (self.rust, self.python)


def run_tests(request: Request, wanted: Wanted) -> list[Tested]:
    """Run the tests of a project in each wanted Python.

    Raises `CompileError` where they do not compile, `NoTestsError` where there is
    none, `EmbeddingError`, `LibpythonMissingError`, `TestRunnerMissingError`, and
    what opening and planning raise.
    """
    request = replace(request, state="editable")
    opened = open_project(request)
    opened.refuse_setup_py()
    done = []
    for interpreter in development_interpreters(opened):
        opened.request = replace(request, interpreter=interpreter)
        done.append(_Tests(opened, interpreter, wanted).run())
    return done


class _Tests:
    """The tests of one project in one Python."""

    def __init__(
        self, opened: OpenProject, interpreter: Interpreter | None, wanted: Wanted
    ) -> None:
        self.opened = opened
        self.interpreter = interpreter
        self.wanted = wanted
        self.request = opened.request
        self.root = opened.location.root
        self.project = opened.project(interpreter)
        self.env = {**self.request.env}
        self.modules: tuple[str, ...] = ()

    def run(self) -> Tested:
        """Compile everything, run the tests and return what became of them."""
        name = self.interpreter.display_name if self.interpreter else "no Python"
        keys = self._compile_tests(self.project) if self.wanted.rust else ()
        target_directory = self._place_modules()
        self.env.update(
            program_environment(self.interpreter, target_directory, self.env)
        )
        rust: Outcome = "left out"
        if self.wanted.rust:
            log.step(f"Rust tests ({name})")
            rust = self._run_rust(keys)
        python = self._run_python(target_directory, name)
        if rust != "failed" and python in ("none", "left out"):
            self._insist_on_tests(keys)
        return Tested(name, rust, python)

    def _compile_tests(self, project: Project) -> tuple[CompileKey, ...]:
        keys = plan_development(
            project,
            self.interpreter,
            self.opened.toolchain,
            profile=wanted_profile(self.opened, project.settings),
            env=self.request.env,
        )
        uses_pyo3 = any(key.pyo3 for key in keys)
        if uses_pyo3 and self.interpreter is None and self.opened.missing_interpreter:
            raise self.opened.missing_interpreter
        if uses_pyo3 and self.interpreter is not None:
            check_embedding(self.interpreter, self.request.env)
        for key in keys:
            build_targets(
                key,
                "test",
                ["--no-run", *self.wanted.cargo_arguments],
                self.opened.toolchain,
                env=self.request.env,
                cwd=key.crate.folder,
                quiet=self.request.quiet_cargo,
            )
        return keys

    def _place_modules(self) -> Path:
        """Build the modules and let Python find them; return the target directory."""
        from ferrule.editable.overlay import overlay_variables, write_overlay
        from ferrule.pipeline.development.editables import prepare_editable
        from ferrule.wheel.writer import dist_info_members, wheel_text

        build, _ = plan_builds(self.opened)[0]
        directory = self.opened.target_directory
        contents = prepare_editable(self.opened, build)
        self.modules = tuple(item.name for item in contents.build.modules)
        metadata = build.project.metadata
        members = dist_info_members(
            f"{metadata.distribution_name}-{metadata.file_version}.dist-info",
            wheel=wheel_text(contents.tag, f"ferrule {__version__}"),
            metadata_text=metadata.to_metadata_text(),
            entry_points_text=metadata.entry_points_text(),
            license_files=metadata.license_files,
        )
        label = self.interpreter.soabi if self.interpreter else "any"
        name = f"{metadata.distribution_name}-{label}"
        folder = directory / "ferrule" / "tests" / name
        write_overlay([*contents.members, *members], folder)
        self.env.update(overlay_variables(folder, self.env))
        return directory

    def _run_rust(self, keys: Sequence[CompileKey]) -> Outcome:
        words = [*self.wanted.cargo_arguments, *self._filter()]
        if not self.wanted.python and self.wanted.arguments:
            words += ["--", *self.wanted.arguments]
        has_failed = False
        for key in keys:
            status, text = run_command(
                key,
                "test",
                words,
                self.opened.toolchain,
                env=self.env,
                cwd=key.crate.folder,
            )
            if status:
                has_failed = True
                explain_run(text, key)
        return "failed" if has_failed else "passed"

    def _filter(self) -> list[str]:
        return [self.wanted.keyword] if self.wanted.keyword else []

    def _run_python(self, target_directory: Path, name: str) -> Outcome:
        if not self.wanted.python:
            return "left out"
        if self.interpreter is None:
            return "none"
        log.step(f"Python tests ({name})")
        outcome = run_python_tests(
            self.root,
            self.opened.pyproject,
            self.interpreter,
            command=self.project.settings.test_command,
            keyword=self.wanted.keyword,
            arguments=self.wanted.arguments,
            skipped=target_directory,
            env=self.env,
        )
        if outcome == "failed":
            explain_failing_imports(self.modules, self.interpreter, self.root, self.env)
        return outcome

    def _insist_on_tests(self, keys: Sequence[CompileKey]) -> None:
        """Raise `NoTestsError` unless there is a Rust test; none ran in Python."""
        looked = []
        for key in keys:
            found = list_tests(
                key,
                [*self.wanted.cargo_arguments, *self._filter()],
                self.opened.toolchain,
                env=self.env,
                cwd=key.crate.folder,
            )
            if found is None or found:
                return
            looked.append(f"Rust tests of {key.crate.name}: none")
        if self.wanted.python:
            looked.append("Python tests: none")
        raise NoTestsError(self.root, looked, self.wanted.keyword)
