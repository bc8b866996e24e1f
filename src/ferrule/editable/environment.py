"""Which Python environment a development install goes into.

The order is that of use: what `--python` names, the environment that runs
ferrule, the active one (`VIRTUAL_ENV`), `.venv` in the project or above it, an
active conda environment, and last the Python that runs ferrule, if it allows it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.editable import (
    BrokenEnvironmentError,
    ExternallyManagedError,
    NoEnvironmentError,
)
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["Environment", "find_environment", "read_pyvenv"]

_TOOL_MARKS = ("pipx_metadata.json", "uv-receipt.toml")
"""Files in the prefix of an environment that an installer of tools made."""
_UV_CACHE_FOLDERS = ("archive-v", "builds-v", "environments-v")


@dataclass(frozen=True)
class Environment:
    """An environment that packages are installed into."""

    interpreter: Interpreter
    source: str
    """Why it was chosen, for people: `VIRTUAL_ENV`, `.venv`, ..."""

    @property
    def prefix(self) -> Path:
        """Return the folder of the environment."""
        return Path(self.interpreter.prefix)

    @property
    def site_packages(self) -> Path:
        """Return where distributions with compiled modules are installed."""
        return Path(self.interpreter.install_path("platlib"))


def find_environment(
    wanted: str | None, *, start: Path, root: Path, env: Mapping[str, str]
) -> Environment:
    """Return the environment to install into.

    `wanted` is what `--python` says: a folder, an interpreter, or a version.
    `start` is the folder of the user, `root` the project's. Raises
    `NoEnvironmentError`, `BrokenEnvironmentError`, `ExternallyManagedError` and
    what `select_interpreters` raises.
    """
    if wanted is not None:
        found = Environment(_named(wanted, start, env), "--python")
    else:
        found = _first(start, root, env)
    log.debug(f"environment: {found.prefix} ({found.source})")
    _refuse_managed(found)
    return found


def _first(start: Path, root: Path, env: Mapping[str, str]) -> Environment:
    from ferrule.python.probe import running_interpreter

    tried = []
    for source, prefix in _candidates(start, root, env):
        if prefix is None:
            tried.append(f"{source}: none")
            continue
        if os.path.realpath(prefix) == os.path.realpath(sys.prefix):
            _tell_of_another(prefix, env)
            return Environment(running_interpreter(), source)
        return Environment(_in_folder(prefix, source, env), source)
    if not _is_virtual() and not _is_managed(running_interpreter()):
        # A container with one Python and no environment, for example.
        source = "the Python that runs ferrule"
        log.info(f"no environment is active: installing into {sys.prefix} ({source})")
        return Environment(running_interpreter(), source)
    tried.append(f"the Python that runs ferrule: {_why_not_running()}")
    raise NoEnvironmentError(tried, root)


def _tell_of_another(prefix: str, env: Mapping[str, str]) -> None:
    """Warn where another environment is active than the one that is taken."""
    active = env.get("VIRTUAL_ENV")
    if not active or os.path.realpath(active) == os.path.realpath(prefix):
        return
    if os.path.isfile(os.path.join(active, "pyvenv.cfg")):
        log.warn(
            f"VIRTUAL_ENV names another environment, {active}; this ferrule belongs to "
            f"{prefix} and installs there. Install ferrule into the other one, or use "
            f"`--python {active}`"
        )


def _candidates(
    start: Path, root: Path, env: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    running = "the environment that runs ferrule"
    if (_is_virtual() and not _is_tool_environment()) or _is_conda(sys.prefix):
        yield running, sys.prefix
    yield "VIRTUAL_ENV", env.get("VIRTUAL_ENV") or None
    yield ".venv", _dot_venv(start, root)
    yield "CONDA_PREFIX", env.get("CONDA_PREFIX") or None


def _is_virtual() -> bool:
    return sys.prefix != getattr(sys, "base_prefix", sys.prefix)


def _is_conda(prefix: str) -> bool:
    """Whether a prefix is a conda environment other than the base one.

    Tools live in the base environment; projects have one of their own.
    """
    return os.path.isdir(os.path.join(prefix, "conda-meta")) and not os.path.isdir(
        os.path.join(prefix, "condabin")
    )


def _is_tool_environment() -> bool:
    """Whether ferrule runs in an environment that holds nothing but ferrule.

    pipx and `uv tool` mark theirs; those of `uvx` and `uv run --with` lie in
    uv's cache, or extend another one.
    """
    prefix = sys.prefix
    if any(os.path.exists(os.path.join(prefix, name)) for name in _TOOL_MARKS):
        return True
    parts = Path(prefix).parts
    if "uv" in parts and any(part.startswith(_UV_CACHE_FOLDERS) for part in parts):
        return True
    return "extends-environment" in read_pyvenv(Path(prefix))


def read_pyvenv(prefix: Path) -> dict[str, str]:
    """Return the keys of a `pyvenv.cfg` (PEP 405); nothing where there is none."""
    try:
        text = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _dot_venv(start: Path, root: Path) -> str | None:
    for folder in (root, start, *start.parents):
        path = folder / ".venv"
        if (path / "pyvenv.cfg").is_file():
            return str(path)
    return None


def _named(wanted: str, start: Path, env: Mapping[str, str]) -> Interpreter:
    from ferrule.python.selection import select_interpreters

    path = start / wanted
    if path.is_dir():
        return _in_folder(str(path), "--python", env)
    return select_interpreters([wanted], env)[0]


def _in_folder(prefix: str, source: str, env: Mapping[str, str]) -> Interpreter:
    from ferrule.python.probe import ProbeFailure, probe
    from ferrule.python.search import environment_python

    is_conda = os.path.isdir(os.path.join(prefix, "conda-meta"))
    path = environment_python(prefix, is_conda=is_conda)
    found = probe([path], env)[0]
    if isinstance(found, ProbeFailure):
        raise BrokenEnvironmentError(prefix, source, path, found.reason)
    return found


def _is_managed(interpreter: Interpreter) -> bool:
    if interpreter.is_virtual:
        return False
    stdlib = interpreter.install_path("stdlib")
    return os.path.exists(os.path.join(stdlib, "EXTERNALLY-MANAGED"))


def _refuse_managed(found: Environment) -> None:
    if _is_managed(found.interpreter):
        raise ExternallyManagedError(found.interpreter.executable)


def _why_not_running() -> str:
    if _is_virtual():
        return f"{sys.prefix} is an environment for tools alone"
    return f"{sys.prefix} is managed by the operating system (PEP 668)"
