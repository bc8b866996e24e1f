"""One cargo run: what is compiled, with which configuration, into which folder.

Modules and programs that ferrule packs live in a build directory of their own,
`<target>/ferrule`, where `__CARGO_DEFAULT_LIB_METADATA` puts the unit's hash
into the names of dynamic libraries too. Without it two ABIs of the root crate
would share one file name, and each build would recompile it. The variable is
private to cargo: if a release drops it, the root crate is rebuilt at a switch,
and nothing else changes. Each slot has its own `--target-dir`, so a finished
library is never overwritten by another ABI or by plain `cargo build`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ferrule import log
from ferrule.cargo.config_store import stored_config
from ferrule.cargo.process import run_for_messages
from ferrule.cargo.slots import compute_slot, slot_arguments
from ferrule.cargo.target_directory import mark_as_cache
from ferrule.cargo.toolchain import Toolchain, find_cargo
from ferrule.errors.cargo import (
    MissingBinaryError,
    NoCdylibError,
    NothingLinkedError,
)
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.artifact import Artifact, CargoRun
    from ferrule.cargo.container import ContainerRun
    from ferrule.cargo.graph import FeatureSelection, OwnCrate, Pyo3Use
    from ferrule.diagnosis import Context
    from ferrule.errors import FerruleError
    from ferrule.project.crate import Crate

__all__ = [
    "CompileKey",
    "Compiled",
    "Pyo3Config",
    "compile_artifacts",
    "compile_environment",
    "unit_arguments",
    "unit_environment",
]

_PRIVATE_METADATA = "__CARGO_DEFAULT_LIB_METADATA"
_BUILD_DIR_RELEASE = (1, 91)
"""First release in which `build.build-dir` is stable."""


@dataclass(frozen=True)
class Pyo3Config:
    """The configuration that PyO3's build script is given."""

    text: str
    """Content of the configuration file."""
    use: Pyo3Use
    link: bool
    """Whether libpython is linked: for programs and tests, not for modules."""
    user_file: Path | None = None
    """The file that the user's own `PYO3_CONFIG_FILE` names."""
    extension_variable: bool = False
    """Whether the release reads `PYO3_BUILD_EXTENSION_MODULE`."""

    @property
    def slot(self) -> int:
        """Return the slot of this configuration."""
        return compute_slot(self.text, link=self.link)


@dataclass(frozen=True)
class CompileKey:
    """Everything that decides one cargo run."""

    crate: Crate
    kind: Literal["library", "binary"]
    binaries: tuple[str, ...]
    """Names of the binary targets, for `kind = "binary"`."""
    selection: FeatureSelection
    profile: str
    pyo3: Pyo3Config | None
    target_directory: Path
    build_directory: Path | None = None
    """Build directory shared with other checkouts; below `target_directory`
    by default."""
    arguments: tuple[str, ...] = ()
    """Further cargo arguments (`--locked`, `--jobs`, `--config`, ...)."""
    rustc_args: tuple[str, ...] = ()
    plain: bool = False
    """Whether plain cargo's own artefacts are used and made: no slot of
    ferrule's build directory, and a library that is linked to libpython."""
    target: str = ""
    """The Rust target; empty for a build for the host, without `--target`."""
    interpreter: str = ""
    """For build scripts that run Python; never read by PyO3 itself."""
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Variables that the project's settings add."""
    container: str = ""
    """The program that runs cargo in a container; empty for cargo itself."""
    triple: str = field(default="", compare=False)
    """The target triple, for `ferrule.cargo.processor`."""
    component_rows: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    """The packages that are compiled, for `ferrule.cargo.components`."""
    own_crates: tuple[OwnCrate, ...] = field(default=(), compare=False, repr=False)
    """The project's crates among them that use PyO3, for `ferrule.lint`."""


@dataclass(frozen=True)
class Compiled:
    """The artifacts of one compile key."""

    key: CompileKey
    artifacts: tuple[Artifact, ...]
    run: CargoRun
    argv: tuple[str, ...] = ()
    """The command that was run."""
    added: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The variables that it was given besides those of the environment."""


def _universe(key: CompileKey, toolchain: Toolchain) -> list[str]:
    """Return the cargo arguments that place artefacts.

    cargo hashes the units apart, but names the finished file after its target
    alone; what decides the unit therefore names the folder of the finished file
    too, so that two modules of one crate are two files.
    """
    build = key.build_directory or key.target_directory / "ferrule"
    if toolchain.release < _BUILD_DIR_RELEASE:
        # Without a build directory of its own a target directory holds all.
        return ["--target-dir", str(build)]
    label = f"{key.pyo3.slot}" if key.pyo3 else "plain"
    choices = [*key.selection.arguments(), "--", *key.rustc_args]
    if len(choices) > 1:
        from hashlib import sha256

        label += f"-{sha256(repr(choices).encode()).hexdigest()[:8]}"
    out = key.target_directory / "ferrule" / "out" / label
    quoted = str(build).replace("\\", "\\\\").replace('"', '\\"')
    return ["--target-dir", str(out), "--config", f'build.build-dir="{quoted}"']


def compile_artifacts(
    key: CompileKey, toolchain: Toolchain, *, env: Mapping[str, str], quiet: bool
) -> Compiled:
    """Run cargo for one key and return the files it built.

    With `quiet`, cargo prints diagnostics but no progress. Raises
    `CompileError`, `NoCdylibError`, `NothingLinkedError`, `MissingBinaryError`.
    """
    _check_targets(key)
    inside = None
    if key.container:
        from ferrule.cargo.container import ContainerRun

        inside = ContainerRun(key, env)
    argv = _arguments(key, toolchain, env, inside, quiet=quiet)
    added = inside.environment() if inside else unit_environment(key, env)
    mark_as_cache(key.target_directory)
    run = run_for_messages(
        argv,
        env={**env, **added},
        cwd=key.crate.folder,
        shown=added,
        context=lambda: _context(key),
    )
    if inside is not None:
        run = inside.on_this_machine(run)
        wanted = [item for item in run.artifacts if inside.is_of_crate(item)]
    else:
        wanted = [item for item in run.artifacts if item.package_id == key.crate.id]
    if key.kind == "library":
        artifacts = [item for item in wanted if item.is_library]
    else:
        artifacts = [item for item in wanted if item.target in key.binaries]
    if not artifacts:
        raise _nothing_made(key)
    log.debug(f"cargo: {len(run.compiled)} compiled, {run.fresh} fresh")
    return Compiled(key, tuple(artifacts), run, tuple(argv), added)


def _nothing_made(key: CompileKey) -> FerruleError:
    """Return the error for a run of cargo that succeeded and made no file."""
    crate = key.crate
    kinds = crate.library.kind if crate.library else ()
    if key.kind == "library" and "cdylib" not in kinds:
        return NoCdylibError(crate.name, crate.manifest_path, kinds)
    return NothingLinkedError(crate.name, crate.manifest_path)


def compile_environment(
    pyo3: Pyo3Config | None,
    target_directory: Path,
    interpreter: str,
    *,
    env: Mapping[str, str],
) -> dict[str, str]:
    """Return the variables that configure PyO3's build scripts."""
    added: dict[str, str] = {}
    if pyo3 is not None:
        path = pyo3.user_file or stored_config(
            pyo3.text, env=env, fallback=target_directory / "ferrule"
        )
        added["PYO3_CONFIG_FILE"] = str(path)
        if pyo3.extension_variable and not pyo3.link:
            added["PYO3_BUILD_EXTENSION_MODULE"] = "1"
    if interpreter:
        # Not read by PyO3 when there is a configuration file, but by build
        # scripts of other crates (cryptography's, for example).
        added["PYO3_PYTHON"] = interpreter
        added["PYTHON_SYS_EXECUTABLE"] = interpreter
    return added


def _context(key: CompileKey) -> Context:
    from ferrule.cargo.known_context import known_context

    return known_context(key)


def unit_arguments(key: CompileKey, toolchain: Toolchain) -> list[str]:
    """Return the cargo arguments that decide what a crate's units are.

    Two commands with the same ones share what they compile.
    """
    places: list[str] = []
    if not key.plain:
        places = _universe(key, toolchain)
    argv = [f"--manifest-path={key.crate.manifest_path}", f"--package={key.crate.id}"]
    argv += key.selection.arguments() + places
    if key.target:
        argv.append(f"--target={key.target}")
    argv += _slot_arguments(key)
    argv += key.arguments
    return argv


def _slot_arguments(key: CompileKey) -> list[str]:
    if key.pyo3 is None:
        return []
    return slot_arguments(key.pyo3.use, key.profile, key.pyo3.slot)


def unit_environment(key: CompileKey, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that belong to `unit_arguments`."""
    added = compile_environment(
        key.pyo3, key.target_directory, key.interpreter, env=env
    )
    if not key.plain:
        added[_PRIVATE_METADATA] = "ferrule"
    return {**key.env, **added}


def _check_targets(key: CompileKey) -> None:
    crate = key.crate
    if key.kind == "library" and crate.library is None:
        raise NoCdylibError(crate.name, crate.manifest_path, ())
    known = [item.name for item in crate.binaries]
    for name in key.binaries:
        if name not in known:
            raise MissingBinaryError(name, crate.name, known)


def _arguments(
    key: CompileKey,
    toolchain: Toolchain,
    env: Mapping[str, str],
    inside: ContainerRun | None,
    *,
    quiet: bool,
) -> list[str]:
    program = key.container or find_cargo(env)
    argv = [program, "rustc", *(["--quiet"] if quiet else [])]
    argv += ["--profile", key.profile, "--message-format=json-render-diagnostics"]
    if inside is not None:
        argv += inside.arguments(_slot_arguments(key))
    else:
        argv += unit_arguments(key, toolchain)
    if key.kind == "library":
        argv.append("--lib")
        # Just the module, also of a crate that is an rlib too: cargo applies link
        # time optimisation only where every crate type of a target allows it.
        if not key.plain:
            argv.append("--crate-type=cdylib")
    else:
        argv += [f"--bin={name}" for name in key.binaries]
    if key.rustc_args:
        argv += ["--", *key.rustc_args]
    return argv
