"""What a migration changes in the files of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import __version__
from ferrule.errors.setuptools_project import SetupCodeError
from ferrule.errors.usage import UsageError
from ferrule.migrate.build_system import own_requirement
from ferrule.migrate.changes import FileChange, Migration
from ferrule.migrate.detection import find_peer
from ferrule.migrate.rewrite import rewrite_maturin, rewrite_tables

if TYPE_CHECKING:
    from ferrule.migrate.simplify import Known

__all__ = ["plan_migration"]

_PYPROJECT = "pyproject.toml"
# What front ends use where nothing is given: setup.py may import from beside it.
_LEGACY = ":__legacy__"
_COMPATIBILITY_NOTE = (
    "`compatibility` holds for `pip install` of the sources, too, where maturin "
    "looks at it only in `maturin build`: leave it to the command line "
    "(--compatibility) if that is not meant"
)


def plan_migration(
    root: Path, *, env: Mapping[str, str], runs_setup: bool = False
) -> Migration | None:
    """Return what has to change, or None where nothing has to.

    With `runs_setup` a setuptools project keeps its setup.py and gets the
    backend that runs it. Nothing is written. Raises the errors of
    `find_peer`, of reading the peers' configuration, and `RewriteError`.
    """
    from ferrule.project.pyproject import read_pyproject

    path = root / _PYPROJECT
    pyproject = read_pyproject(path) if path.is_file() else None
    peer = find_peer(root, pyproject)
    if peer is None:
        return None
    text = _read(path)
    if runs_setup:
        if peer == "maturin":
            what = "--setuptools is for projects with a setup.py; this is maturin's"
            raise UsageError(what, fix="leave out --setuptools")
        return _keep_setup(root, text, pyproject or {})
    if peer == "maturin":
        return _from_maturin(root, text or "", pyproject or {}, env)
    return _from_setuptools(root, text, pyproject, env)


def _from_maturin(
    root: Path, text: str, pyproject: Mapping[str, Any], env: Mapping[str, str]
) -> Migration | None:
    from ferrule.migrate.simplify import leave_out_defaults

    known = _ask_copy(root, env)
    old_table = pyproject.get("tool", {}).get("maturin", {})
    new = rewrite_maturin(
        text,
        path=root / _PYPROJECT,
        requirement=own_requirement(__version__),
        simplify=lambda table: leave_out_defaults(table, known),
    )
    if new.text == text:
        return None
    change = FileChange(_PYPROJECT, text, new.text)
    notes = new.notes
    if any(key in old_table for key in ("compatibility", "manylinux")):
        notes = (*notes, _COMPATIBILITY_NOTE)
    return Migration(root, "maturin", (change,), notes)


def _from_setuptools(
    root: Path,
    text: str | None,
    pyproject: Mapping[str, Any] | None,
    env: Mapping[str, str],
) -> Migration:
    from ferrule.migrate.simplify import leave_out_defaults, name_readme
    from ferrule.project.setuptools.adoption import adopt_setuptools

    try:
        adopted = adopt_setuptools(root, pyproject, env=env)
    except SetupCodeError as error:
        error.fix += " (`ferrule migrate --setuptools` writes these two lines)"
        raise
    if adopted is None:
        what = f"{root} is no project that setuptools-rust builds"
        raise UsageError(what, fix="set build-backend in pyproject.toml")
    moved = list(_moved_files(root))
    wanted = dict(adopted.pyproject)
    table = leave_out_defaults(wanted["tool"]["ferrule"], _ask_copy(root, env))
    gone = [change.name for change in moved if change.after is None]
    wanted["tool"] = {**wanted["tool"], "ferrule": _without_files(table, gone)}
    wanted["project"] = name_readme(root, wanted["project"])
    new = rewrite_tables(
        text or "",
        wanted,
        path=root / _PYPROJECT,
        requirement=own_requirement(__version__),
    )
    changes = (FileChange(_PYPROJECT, text, new.text), *moved)
    # The reading itself suggests this command.
    notes = tuple(text for text in adopted.warnings if "ferrule migrate" not in text)
    return Migration(root, "setuptools-rust", changes, notes)


def _moved_files(root: Path) -> Iterator[FileChange]:
    """Yield the files of setuptools, whose content is in pyproject.toml now."""
    from ferrule.migrate.setup_cfg import without_setuptools

    for name in ("setup.cfg", "setup.py", "MANIFEST.in"):
        before = _read(root / name)
        if before is not None:
            after = without_setuptools(before) if name == "setup.cfg" else None
            if after != before:
                yield FileChange(name, before, after)


def _without_files(table: dict[str, Any], gone: Sequence[str]) -> dict[str, Any]:
    """Return the table without patterns that name a deleted file."""
    result = dict(table)
    for key in ("include", "exclude"):
        kept = [
            item
            for item in result.pop(key, [])
            if (item.get("path") if isinstance(item, dict) else item) not in gone
        ]
        if kept:
            result[key] = kept
    return result


def _keep_setup(
    root: Path, text: str | None, pyproject: Mapping[str, Any]
) -> Migration | None:
    given = pyproject.get("build-system", {}).get("build-backend", _LEGACY)
    backend = f"ferrule.setuptools{_LEGACY if given.endswith(_LEGACY) else ''}"
    new = rewrite_tables(
        text or "",
        pyproject,
        path=root / _PYPROJECT,
        requirement=own_requirement(__version__, extra="setuptools"),
        backend=backend,
    )
    if new.text == text:
        return None
    change = FileChange(_PYPROJECT, text, new.text)
    note = "setup.py, setup.cfg and the tables of setuptools stay: setup.py is run"
    return Migration(root, "setuptools-rust", (change,), (note,), backend)


def _ask_copy(root: Path, env: Mapping[str, str]) -> Known:
    from ferrule.migrate.proof import temporary_copy
    from ferrule.migrate.simplify import ask_project

    with temporary_copy(root) as copy:
        return ask_project(copy, env)


def _read(path: Path) -> str | None:
    """Return a text file with its line ends, or None. Raises `ReadError`."""
    from ferrule.errors.files import ReadError

    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ReadError(path, OSError(0, f"it is not UTF-8: {error}")) from error
    except OSError as error:
        raise ReadError(path, error) from error
