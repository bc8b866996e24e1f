"""`ferrule run`: a Rust program of the project, with Python inside if it wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.commands import build_targets, command_line
from ferrule.cargo.compile import unit_environment
from ferrule.errors.development import (
    NoProgramError,
    UnknownProgramError,
    WhichProgramError,
)
from ferrule.pipeline.build.wheels import wanted_profile
from ferrule.pipeline.execution.embedding import check_embedding, program_environment
from ferrule.pipeline.execution.surroundings import development_interpreter
from ferrule.pipeline.opening import open_project
from ferrule.plan.development import plan_development

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.pipeline.request import Request

__all__ = ["Program", "choose_program", "prepare_program"]


@dataclass(frozen=True)
class Program:
    """A compiled program and how it is started."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    key: CompileKey | None = None
    """How it was compiled, if it embeds Python."""

    def run(self) -> int:
        """Run it in the foreground; return its exit status, negative after a signal.

        If it fails for a known reason, that is told.
        """
        from ferrule.cargo.watched import run_watched
        from ferrule.pipeline.execution.explaining import explain_run

        status, text = run_watched(self.argv, env=self.env, cwd=self.folder, shown={})
        if status and self.key is not None:
            explain_run(text, self.key)
        return status


def prepare_program(
    request: Request,
    name: str | None,
    *,
    example: str | None = None,
    cargo_arguments: Sequence[str] = (),
    arguments: Sequence[str] = (),
) -> Program:
    """Compile a program and return the command that runs it.

    cargo itself starts the program, with everything that it adds to its
    environment. Raises `CompileError`, `NoProgramError`, `WhichProgramError`,
    `UnknownProgramError`, `EmbeddingError`, `LibpythonMissingError`, and what
    opening and planning raise.
    """
    request = replace(request, state="editable")
    opened = open_project(request)
    interpreter = development_interpreter(opened)
    opened.request = replace(request, interpreter=interpreter)
    project = opened.project(interpreter)
    keys = plan_development(
        project,
        interpreter,
        opened.toolchain,
        profile=wanted_profile(opened, project.settings),
        env=request.env,
    )
    key, words = choose_program(keys, name, example)
    if key.pyo3 is not None and interpreter is None and opened.missing_interpreter:
        raise opened.missing_interpreter
    if key.pyo3 is not None and interpreter is not None:
        check_embedding(interpreter, request.env)
    words += cargo_arguments
    build_targets(
        key,
        "build",
        words,
        opened.toolchain,
        env=request.env,
        cwd=request.start,
        quiet=request.quiet_cargo,
    )
    env = {**request.env}
    env.update(program_environment(interpreter, key.target_directory, env))
    argv = command_line(
        key, "run", ["--quiet", *words, "--", *arguments], opened.toolchain, env=env
    )
    env.update(unit_environment(key, env))
    embedding = key if key.pyo3 is not None else None
    return Program(tuple(argv), env, request.start, embedding)


def choose_program(
    keys: Sequence[CompileKey], name: str | None, example: str | None
) -> tuple[CompileKey, list[str]]:
    """Return the crate of a program and the cargo arguments that name it.

    Raises `NoProgramError`, `WhichProgramError` and `UnknownProgramError`.
    """
    binaries = {item.name: key for key in keys[::-1] for item in key.crate.binaries}
    examples = {item.name: key for key in keys[::-1] for item in key.crate.examples}
    if example is not None:
        if example not in examples:
            raise UnknownProgramError("example", example, sorted(examples))
        return examples[example], [f"--example={example}"]
    if name is not None:
        if name not in binaries:
            raise UnknownProgramError("program", name, sorted(binaries))
        return binaries[name], [f"--bin={name}"]
    for key in keys:
        if key.crate.default_run in binaries:
            return key, [f"--bin={key.crate.default_run}"]
    own = [item.name for item in keys[0].crate.binaries]
    if not binaries:
        crates = [key.crate.name for key in keys]
        raise NoProgramError(crates, sorted(examples))
    chosen = own if len(own) == 1 else list(binaries)
    if len(chosen) > 1:
        raise WhichProgramError(sorted(binaries))
    return binaries[chosen[0]], [f"--bin={chosen[0]}"]
