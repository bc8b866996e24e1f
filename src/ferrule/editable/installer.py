"""Installing missing requirements with pip or uv, whichever the user has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.environment import read_pyvenv
from ferrule.errors.editable import InstallerFailedError, NoInstallerError
from ferrule.python.pip import has_pip, pip_words
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.editable.environment import Environment

__all__ = ["install_requirements"]

_STANDARD_ERROR = 2


def install_requirements(
    missing: Sequence[str], environment: Environment, *, env: Mapping[str, str]
) -> None:
    """Install requirements into an environment.

    uv does it in environments that uv made, and where there is no pip. Raises
    `NoInstallerError` and `InstallerFailedError`.
    """
    import subprocess

    argv = [*_command(missing, environment, env), *missing]
    log.step(f"installing {', '.join(missing)}")
    log.command(argv)
    # Standard output belongs to what ferrule itself prints.
    done = subprocess.run(argv, env=dict(env), stdout=_STANDARD_ERROR, check=False)
    if done.returncode != 0:
        raise InstallerFailedError(missing, " ".join(argv), done.returncode)


def _command(
    missing: Sequence[str], environment: Environment, env: Mapping[str, str]
) -> list[str]:
    executable = environment.interpreter.executable
    uv = find_command("uv", env)
    folders = environment.interpreter.site_packages
    if uv and ("uv" in read_pyvenv(environment.prefix) or not has_pip(folders)):
        return [uv, "pip", "install", f"--python={executable}"]
    pip = pip_words(executable, folders)
    if pip is None:
        raise NoInstallerError(missing, executable)
    return [*pip, "install", "--disable-pip-version-check"]
