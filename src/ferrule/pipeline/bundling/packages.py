"""Gets the Python packages of a bundle: by pip or uv, a lock, or an environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.bundle.packages import Package, PackageFile, place_wheel_file
from ferrule.errors.bundle import (
    BundlePackageError,
    PackageInstallerError,
    RequirementsFileError,
)
from ferrule.errors.editable import NoInstallerError
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.editable.distributions import Distribution
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["environment_packages", "requested_wheels", "unpacked_wheel"]

_STANDARD_ERROR = 2
_TOOLS = frozenset(("pip", "setuptools", "wheel", "ferrule", "uv"))
"""What an environment holds to fill itself, and programs do not import."""


@dataclass(frozen=True)
class _Order:
    """One call of pip."""

    arguments: tuple[str, ...]
    named: tuple[str, ...]


def requested_wheels(
    settings: BundleSettings,
    interpreter: Interpreter,
    *,
    root: Path,
    folder: Path,
    env: Mapping[str, str],
) -> list[Path]:
    """Return the wheels that the settings ask for, with what those need, sorted.

    They are put into `folder`. pip checks the hashes of a lock. Raises
    `PackageInstallerError`, `RequirementsFileError`, `NoInstallerError`.
    """
    orders = _orders(settings, root, folder, env)
    if not orders:
        return []
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    command = _pip(interpreter, orders[0].named)
    for order in orders:
        log.step(f"getting {', '.join(order.named)}")
        argv = [*command, "wheel", "--disable-pip-version-check"]
        _run([*argv, f"--wheel-dir={wheels}", *order.arguments], env, root)
    return sorted(wheels.glob("*.whl"))


def _orders(
    settings: BundleSettings, root: Path, folder: Path, env: Mapping[str, str]
) -> list[_Order]:
    orders = []
    if settings.lock:
        path = root / settings.lock
        listed = folder / "locked.txt"
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text(_locked(path, env), encoding="utf-8")
        orders.append(
            _Order(("--no-deps", f"--requirement={listed}"), (settings.lock,))
        )
    files = [root / item for item in settings.requirements]
    for path in files:
        if not path.is_file():
            raise RequirementsFileError(path, "there is no such file")
    if files or settings.packages:
        arguments = (*(f"--requirement={path}" for path in files), *settings.packages)
        orders.append(_Order(arguments, (*settings.requirements, *settings.packages)))
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


def _pip(interpreter: Interpreter, named: Sequence[str]) -> list[str]:
    executable = interpreter.executable
    if _has_pip(interpreter.site_packages):
        return [executable, "-m", "pip"]
    if _has_pip(sys.path):
        return [sys.executable, "-m", "pip", "--python", executable]
    raise NoInstallerError(list(named), executable)


def _has_pip(folders: Sequence[str]) -> bool:
    return any(
        os.path.isfile(os.path.join(item, "pip", "__main__.py")) for item in folders
    )


def _run(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    import subprocess

    log.command(argv)
    # Standard output belongs to what ferrule itself prints.
    words = [*argv[:4], "--quiet", *argv[4:]]
    done = subprocess.run(
        words, env=dict(env), cwd=cwd, stdout=_STANDARD_ERROR, check=False
    )
    if done.returncode != 0:
        raise PackageInstallerError(" ".join(argv), done.returncode)


def unpacked_wheel(path: Path, store: Path) -> Package:
    """Return the files of a wheel, unpacked below `store` unless that was done.

    Their hashes are those of RECORD. Raises a `BrokenWheelError`.
    """
    from ferrule.bundle.packages import metadata_field
    from ferrule.wheel.reading import open_wheel

    digest = _sha256(path)
    folder = store / digest
    with open_wheel(path) as wheel:
        placed = {
            name: place
            for name in wheel.entries
            if (place := place_wheel_file(name, wheel.dist_info)) is not None
        }
        if not folder.is_dir():
            _check_hashes(wheel)
            _unpack(wheel, placed, folder)
        text = wheel.metadata_text
    name, version = metadata_field(text, "Name"), metadata_field(text, "Version")
    files = tuple(
        PackageFile(root, below, folder / root / below)
        for root, below in sorted(placed.values())
    )
    licence = metadata_field(text, "License-Expression")
    licence = licence or metadata_field(text, "License")
    return Package(name, version, digest, files, licence)


def _check_hashes(wheel: OpenedWheel) -> None:
    from ferrule.errors.wheel_file import WrongRecordError
    from ferrule.wheel.record_reading import record_problems

    wrong = [
        f"{item.path}: {item.what}"
        for item in record_problems(wheel)
        if item.kind in ("hash", "size")
    ]
    if wrong:
        raise WrongRecordError(wheel.path, wrong)


def _unpack(
    wheel: OpenedWheel, placed: Mapping[str, tuple[str, str]], folder: Path
) -> None:
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    for name, (root, below) in placed.items():
        target = part / root / below
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            stream.write(wheel.content(name))
    _finish(part, folder)


def _finish(part: Path, folder: Path) -> None:
    """Give a complete folder its name; another process may have been faster."""
    part.mkdir(parents=True, exist_ok=True)
    try:
        part.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(part)


def _sha256(path: Path) -> str:
    from hashlib import sha256

    from ferrule.wheel.content import chunks

    digest = sha256()
    for piece in chunks(path):
        digest.update(piece)
    return digest.hexdigest()


def environment_packages(
    prefix: Path, interpreter: Interpreter, env: Mapping[str, str]
) -> list[Package]:
    """Return what is installed in an environment, without installers.

    Raises `BundlePackageError` for an environment of another Python and for
    packages that are not installed as a whole.
    """
    from ferrule.editable.distributions import find_distributions
    from ferrule.python.interpreter import Interpreter as Probed
    from ferrule.python.probe import probe
    from ferrule.python.search import environment_python

    found = probe([environment_python(str(prefix))], env)[0]
    if not isinstance(found, Probed):
        raise BundlePackageError(
            str(prefix), "there is no Python in it", "name a virtual environment"
        )
    if found.soabi != interpreter.soabi:
        raise BundlePackageError(
            str(prefix),
            f"its Python is {found.display_name}, the bundle's "
            f"{interpreter.display_name}",
            f"choose that one: --python {found.executable}",
        )
    return [
        _installed(item)
        for item in sorted(
            find_distributions(found.site_packages), key=lambda item: item.name
        )
        if item.name not in _TOOLS
    ]


def _installed(distribution: Distribution) -> Package:
    import csv

    name, path = distribution.name, distribution.path
    record = distribution.text("RECORD")
    direct = distribution.text("direct_url.json") or ""
    if record is None or '"editable": true' in direct:
        raise BundlePackageError(
            name,
            "its files are not in the environment"
            if record
            else f"{path} has no RECORD, so its files are not known",
            "install it from a wheel, or let ferrule build it as the project",
        )
    site = path.parent
    files = []
    for row in csv.reader(record.splitlines()):
        below = row[0] if row else ""
        if not below or below.startswith(("..", "/")) or "__pycache__/" in below:
            continue
        place = place_wheel_file(below, path.name)
        if place is not None and (site / below).is_file():
            files.append(PackageFile("packages", below, site / below))
    licence = distribution.headers("License-Expression")
    licence = licence or distribution.headers("License")
    return Package(
        name,
        distribution.version,
        "",
        tuple(sorted(files, key=lambda item: item.path)),
        licence[0] if licence else "",
    )
