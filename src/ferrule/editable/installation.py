"""Writing a distribution into an environment, and taking it out again.

What an installer does with a wheel (the binary distribution format, "Installing
a wheel"), from members instead of an archive: PEP 376 RECORD, PEP 610
direct_url.json. An installation that is right already is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ferrule import atomic
from ferrule.atomic import link_file
from ferrule.editable.distributions import find_distributions
from ferrule.editable.scripts import script_files
from ferrule.errors.editable import ForeignInstallError
from ferrule.errors.files import WriteError
from ferrule.project.names import normal_name
from ferrule.wheel.archive import digest_content
from ferrule.wheel.member import Member
from ferrule.wheel.record import record_line, record_text

if TYPE_CHECKING:
    from ferrule.editable.distributions import Distribution
    from ferrule.editable.environment import Environment
    from ferrule.project.entrypoints import Entries

__all__ = [
    "Installation",
    "find_installed",
    "install",
    "installed_files",
    "installed_paths",
    "uninstall",
]

INSTALLER = "ferrule"


@dataclass(frozen=True)
class Installation:
    """A distribution as it shall be in an environment."""

    name: str
    dist_info: str
    """Name of the dist-info folder."""
    members: Sequence[Member]
    """The files of the wheel, dist-info included, without RECORD."""
    scripts: Entries = ()
    gui_scripts: Entries = ()
    direct_url: str = ""
    """URL of the project's folder."""


def install(item: Installation, environment: Environment) -> bool:
    """Make an environment hold a distribution; return whether anything changed.

    Files of earlier installations of the same name that are not needed any more
    are removed last, so that an interruption never leaves less than there was.
    Raises `ForeignInstallError` and `WriteError`.
    """
    present = find_installed(item.name, environment)
    files = _files(item, environment)
    site = environment.site_packages
    record_path = f"{item.dist_info}/RECORD"
    lines = [_record_line(path, member, site) for path, member in sorted(files.items())]
    text = record_text(lines, record_path)
    record = site / record_path
    if len(present) == 1 and _is_unchanged(record, text, files):
        return False
    obsolete = {path for old in present for path in installed_files(old, environment)}
    for path, member in sorted(files.items()):
        _place(member, path)
    atomic.write_text(record, text)
    _remove(obsolete - {*files, str(record)}, environment)
    return True


def uninstall(present: Sequence[Distribution], environment: Environment) -> list[str]:
    """Remove distributions and return the files that were removed, sorted.

    Raises `ForeignInstallError`.
    """
    paths = {path for old in present for path in installed_files(old, environment)}
    return _remove(paths, environment)


def find_installed(name: str, environment: Environment) -> list[Distribution]:
    """Return the installations of a project inside the environment itself."""
    interpreter = environment.interpreter
    folders = [interpreter.install_path(key) for key in ("platlib", "purelib")]
    return find_distributions(folders, [normal_name(name)])


def installed_files(item: Distribution, environment: Environment) -> list[str]:
    """Return the files that RECORD lists and that lie inside of the environment.

    Raises `ForeignInstallError` without a RECORD.
    """
    import csv

    text = item.text("RECORD") if item.is_standard else None
    if text is None:
        executable = environment.interpreter.executable
        raise ForeignInstallError(item.path, item.name, executable)
    site = item.path.parent
    roots = _roots(environment)
    found = [str(item.path / "RECORD")]
    for row in csv.reader(text.splitlines()):
        path = os.path.normpath(site / row[0]) if row else ""
        if path and any(path.startswith(root + os.sep) for root in roots):
            found.append(path)
    return found


def installed_paths(name: str, environment: Environment) -> list[str]:
    """Return the files of a project inside an environment, sorted.

    Raises `ForeignInstallError` for an installation without a RECORD.
    """
    present = find_installed(name, environment)
    found = {path for item in present for path in installed_files(item, environment)}
    return sorted(found)


def _roots(environment: Environment) -> list[str]:
    paths = dict(environment.interpreter.install_paths)
    keys = ("purelib", "platlib", "scripts", "data")
    return [os.path.normpath(paths[key]) for key in keys]


def _files(item: Installation, environment: Environment) -> dict[str, Member]:
    """Return the files by their absolute path."""
    site = environment.site_packages
    data = item.dist_info[: -len(".dist-info")] + ".data/"
    found = {}
    for member in item.members:
        if member.path.startswith(data):
            path = _data_path(member.path[len(data) :], item.name, environment)
        else:
            path = site / member.path
        found[str(path)] = member
    generated = [
        Member(f"{item.dist_info}/INSTALLER", f"{INSTALLER}\n".encode()),
        Member(f"{item.dist_info}/REQUESTED", b""),
        Member(f"{item.dist_info}/direct_url.json", item.direct_url.encode()),
    ]
    found.update((str(site / member.path), member) for member in generated)
    folder = Path(environment.interpreter.install_path("scripts"))
    for member in script_files(
        item.scripts, item.gui_scripts, environment.interpreter.executable
    ):
        found[str(folder / member.path)] = member
    return found


def _data_path(path: str, name: str, environment: Environment) -> Path:
    interpreter = environment.interpreter
    key, _, rest = path.partition("/")
    if key == "headers":
        version = ".".join(map(str, interpreter.minor_version))
        place = PurePosixPath("include", "site", f"python{version}", name, rest)
        return Path(interpreter.install_path("data")) / place
    return Path(interpreter.install_path(key)) / rest


def _record_line(path: str, member: Member, site: Path) -> str:
    relative = os.path.relpath(path, site).replace(os.sep, "/")
    return record_line(relative, digest_content(member.source))


def _is_unchanged(record: Path, text: str, files: Iterable[str]) -> bool:
    try:
        if record.read_text(encoding="utf-8") != text:
            return False
    except (OSError, UnicodeDecodeError):
        return False
    return all(map(os.path.exists, files))


def _place(member: Member, path: str) -> None:
    target = Path(path)
    if isinstance(member.source, Path):
        # Linkers write a new file each time, so the link keeps what RECORD says.
        link_file(member.source, target)
    else:
        mode = 0o755 if member.executable else 0o644
        atomic.write_bytes(target, member.source, mode=mode)


def _remove(paths: Iterable[str], environment: Environment) -> list[str]:
    roots = set(_roots(environment))
    removed = []
    folders = set()
    for path in sorted(paths):
        try:
            os.unlink(path)
            removed.append(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise WriteError(Path(path), error) from error
        folders.add(os.path.dirname(path))
        if path.endswith(".py"):
            folders.add(_remove_bytecode(path))
    for folder in sorted(folders, key=len, reverse=True):
        _remove_empty(folder, roots)
    return removed


def _remove_bytecode(path: str) -> str:
    folder, name = os.path.split(path)
    cached = os.path.join(folder, "__pycache__")
    with suppress(OSError):
        for entry in os.listdir(cached):
            if entry.startswith(name[:-2]) and entry.endswith(".pyc"):
                os.unlink(os.path.join(cached, entry))
    return cached


def _remove_empty(folder: str, roots: set[str]) -> None:
    """Remove a folder and those above it that are empty now, inside the roots."""
    while os.path.normpath(folder) not in roots:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)
