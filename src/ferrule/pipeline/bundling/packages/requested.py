"""Gets the wheels that a bundle asks for, by pip: of requirements or of a lock."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.bundle import (
    PackageInstallerError,
    RequirementsFileError,
)
from ferrule.errors.editable import NoInstallerError
from ferrule.pipeline.bundling.packages.locked_wheels import keep_wheels, kept_folder
from ferrule.pipeline.bundling.store import is_kept
from ferrule.python.pip import has_pip, pip_words
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings

__all__ = ["requested_wheels"]

_STANDARD_ERROR = 2


@dataclass(frozen=True)
class _Order:
    """One call of pip."""

    arguments: tuple[str, ...]
    named: tuple[str, ...]
    text: str
    """The requirements; where they are in files, what these hold."""


def requested_wheels(
    settings: BundleSettings,
    case: Case,
    *,
    root: Path,
    folder: Path,
    store: Path,
    env: Mapping[str, str],
) -> list[Path]:
    """Return the wheels that the settings ask for, with what those need, sorted.

    They are put into `folder`, or kept below `store` if every one has a hash, and
    are those of the target, whatever this machine is. pip checks the hashes. Raises
    `PackageInstallerError`, `RequirementsFileError`, `NoInstallerError`.
    """
    orders = _orders(settings, root, folder, env)
    if not orders:
        return []
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    command, place = _command(case, orders[0].named), f"--wheel-dir={wheels}"
    if case.interpreter.is_foreign:
        place = f"--dest={wheels}"
    texts = [order.text for order in orders]
    kept = kept_folder(store, texts, command, case.interpreter, env)
    if kept is not None and is_kept(kept):
        return sorted(kept.glob("*.whl"))
    for order in orders:
        log.step(f"getting {', '.join(order.named)}")
        _run([*command, place, "--quiet", *order.arguments], env, root)
    if kept is not None:
        keep_wheels(wheels, kept)
    return sorted((kept or wheels).glob("*.whl"))


def _orders(
    settings: BundleSettings, root: Path, folder: Path, env: Mapping[str, str]
) -> list[_Order]:
    orders = []
    if settings.lock:
        path = root / settings.lock
        listed = folder / "locked.txt"
        listed.parent.mkdir(parents=True, exist_ok=True)
        text = _locked(path, env)
        listed.write_text(text, encoding="utf-8")
        words = ("--no-deps", f"--requirement={listed}")
        orders.append(_Order(words, (settings.lock,), text))
    files = [root / item for item in settings.requirements]
    for path in files:
        if not path.is_file():
            raise RequirementsFileError(path, "there is no such file")
    if files or settings.packages:
        arguments = (*(f"--requirement={path}" for path in files), *settings.packages)
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
        text = "\n".join((*texts, *settings.packages))
        named = (*settings.requirements, *settings.packages)
        orders.append(_Order(arguments, named, text))
    return orders


def _locked(path: Path, env: Mapping[str, str]) -> str:
    """Return a lock as a requirements file with hashes."""
    if not path.is_file():
        raise RequirementsFileError(path, "there is no such file")
    if path.name != "uv.lock":
        from ferrule.bundle.pylock import requirements_of_lock

        return requirements_of_lock(path)
    uv = find_command("uv", env)
    if uv is None:
        raise RequirementsFileError(
            path,
            "uv, which reads its own lock, is not installed; it also writes "
            "pylock.toml: uv export --format pylock.toml",
        )
    import subprocess

    argv = [uv, "export", "--frozen", "--no-dev", "--no-emit-project", "--quiet"]
    log.command(argv)
    done = subprocess.run(
        argv,
        cwd=path.parent,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RequirementsFileError(path, f"uv export says: {done.stderr.strip()}")
    return done.stdout


def _command(case: Case, named: Sequence[str]) -> list[str]:
    """Return the words that get wheels, but for where they go and which ones."""
    interpreter = case.interpreter
    if not interpreter.is_foreign:
        return [*_pip(interpreter, named), "wheel", "--disable-pip-version-check"]
    from ferrule.pipeline.bundling.packages.target_wheels import download_words

    words = download_words(interpreter, case.target, case.libpython)
    local = case.compiler
    if local is not None and has_pip(local.site_packages):
        return [local.executable, *words]
    if has_pip(sys.path):
        return [sys.executable, *words]
    raise NoInstallerError(list(named), sys.executable)


def _pip(interpreter: Interpreter, named: Sequence[str]) -> list[str]:
    found = pip_words(interpreter.executable, interpreter.site_packages)
    if found is None:
        raise NoInstallerError(list(named), interpreter.executable)
    return found


def _run(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    import subprocess

    log.command(argv)
    # Standard output belongs to what ferrule itself prints.
    done = subprocess.run(
        argv, env=dict(env), cwd=cwd, stdout=_STANDARD_ERROR, check=False
    )
    if done.returncode != 0:
        # The lines that start pip for another machine explain nothing.
        words = [argv[0], "-m", "pip", *argv[4:]] if argv[1] == "-c" else argv
        raise PackageInstallerError(" ".join(words), done.returncode)
