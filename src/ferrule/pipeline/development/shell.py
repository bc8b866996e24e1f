"""One configuration for ferrule, plain cargo and rust-analyzer.

Programs and tests link libpython, so they have a PyO3 configuration of their
own. What is needed to use it with plain cargo is one variable and one profile
value per profile; both can live in `.cargo/config.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.cargo.compile import Pyo3Config, compile_environment
from ferrule.cargo.macos_flags import macos_tables
from ferrule.cargo.slots import slot_arguments
from ferrule.cargo.toolchain import find_cargo
from ferrule.cargo.watched import run_watched
from ferrule.errors.cargo import NoPyo3Error
from ferrule.pipeline.execution.embedding import loader_path
from ferrule.pipeline.execution.explaining import explain_output
from ferrule.pipeline.opening import open_project, wanted_interpreters
from ferrule.plan.configuration import program_config
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.diagnosis import Context
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter

__all__ = ["Shell", "open_shell", "run_in_shell"]

_PROFILES = ("dev", "release")


@dataclass(frozen=True)
class Shell:
    """The configuration in which programs and tests are compiled."""

    root: Path
    graph: Graph
    interpreter: Interpreter | None
    pyo3: Pyo3Config
    variables: Mapping[str, str]
    """What cargo's environment needs."""
    host: str = ""
    """The Rust target of this machine."""

    @property
    def profile_values(self) -> list[tuple[str, str, int]]:
        """Return profile, package and `codegen-units` value of the slot."""
        found = []
        for profile in _PROFILES:
            text = slot_arguments(self.pyo3.use, profile, self.pyo3.slot)[1]
            found.append((profile, text.split(".")[3], self.pyo3.slot))
        return found

    @property
    def tables(self) -> list[str]:
        """Return further lines of `.cargo/config.toml`."""
        return macos_tables(self.root, self.interpreter, self.host)

    def cargo_arguments(self) -> list[str]:
        """Return the arguments that select the slot in every profile."""
        arguments = []
        for profile in _PROFILES:
            arguments += slot_arguments(self.pyo3.use, profile, self.pyo3.slot)
        return arguments


def open_shell(request: Request) -> Shell:
    """Return the configuration of a project for programs and tests.

    Raises `NoPyo3Error` where the crate does not use PyO3.
    """
    opened = open_project(request)
    interpreter = wanted_interpreters(opened)[0]
    settings = opened.settings(interpreter)
    graph = opened.graph(settings)
    if graph.pyo3 is None:
        raise NoPyo3Error(graph.root.name, graph.root.manifest_path)
    if interpreter is None and opened.missing_interpreter is not None:
        raise opened.missing_interpreter
    pyo3 = program_config(
        graph.pyo3,
        interpreter,
        opened.toolchain.host,
        request.env,
        run_in=graph.target_directory,
    )
    added = compile_environment(pyo3, graph.target_directory, "", env=request.env)
    root, host = opened.location.root, opened.toolchain.host
    return Shell(root, graph, interpreter, pyo3, added, host)


def run_in_shell(request: Request, arguments: Sequence[str]) -> int:
    """Run `cargo ARGUMENTS` in the project's configuration.

    Returns cargo's exit status, negative after a signal. Programs and tests find
    libpython: its folder is added to the loader's search path, which no fingerprint
    contains. Known failures are explained.
    """
    shell = open_shell(request)
    words = list(arguments)
    toolchain = 1 if words and words[0].startswith("+") else 0
    # Before the command: `cargo fmt` and others do not know `--config` themselves.
    argv = [find_cargo(request.env), *words[:toolchain]]
    argv += [*shell.cargo_arguments(), *words[toolchain:]]
    env = {**request.env, **shell.variables}
    if shell.interpreter is not None:
        folder = shell.graph.target_directory
        env.update(loader_path(shell.interpreter, folder, request.env))
    log.debug(f"PyO3 configuration: {shell.variables['PYO3_CONFIG_FILE']}")
    command = next((word for word in words[toolchain:] if word[:1] != "-"), "")
    status, text = run_watched(
        argv,
        env=env,
        cwd=request.start,
        shown=shell.variables,
        # Failing tests tell why on standard output.
        reads_output=command in ("test", "t"),
    )
    if status:
        explain_output(text, _context(shell), [shell.graph.root.folder])
    return status


def _context(shell: Shell) -> Context:
    from ferrule.diagnosis import Context

    python = shell.interpreter
    version = "{}.{}".format(*python.minor_version) if python else ""
    return Context(
        tool="ferrule",
        pyo3=shell.pyo3.use.version,
        features=frozenset(shell.pyo3.use.features),
        host=shell.host,
        python=version,
        interpreter=python.executable if python else "",
        crate=shell.graph.root.name,
    )
