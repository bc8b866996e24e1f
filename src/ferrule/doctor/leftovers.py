"""Findings about editable installs of ferrule's whose project is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.doctor.finding import Finding, Fix
from ferrule.doctor.installed import editable_folder
from ferrule.editable.distributions import find_distributions
from ferrule.project.names import normal_name

if TYPE_CHECKING:
    from ferrule.editable.distributions import Distribution
    from ferrule.editable.environment import Environment

__all__ = ["check_leftovers"]

_PREFIX: Final = "_ferrule_editable_"
_ENDINGS: Final = ("_rebuilder.py", ".py", ".pth")
"""Of the files of one finder; the longest first."""
_SHOWN: Final = 4


def check_leftovers(environment: Environment, project: str) -> list[Finding]:
    """Return what ferrule installed and nobody can use any more.

    Where `project` itself leads is what other checks are about; whether its modules
    exist and are of the sources' age is looked at here.
    """
    install_path = environment.interpreter.install_path
    folders = dict.fromkeys(install_path(key) for key in ("platlib", "purelib"))
    findings: list[Finding] = []
    for folder in folders:
        for label, files in sorted(_finders(Path(folder)).items()):
            if normal_name(label) == normal_name(project):
                findings += _check_own(label, files)
            else:
                findings += _check(label, files, environment)
    return findings


def _check_own(label: str, files: Sequence[Path]) -> Iterator[Finding]:
    """Check the modules of the project that is looked at."""
    item, folder = _install_of(label, files)
    if item is None:
        yield _orphan(label, files)
        return
    if folder is None or not folder.is_dir():
        return
    gone = [path for path in _modules(files) if not path.exists()]
    if gone:
        yield _emptied(item, folder, gone)
        return
    constants = _constants(files)
    record = constants.get("RECORD")
    if not constants.get("REBUILDS") and isinstance(record, str) and record:
        from ferrule.editable.installed_finder import find_change

        change = find_change(record) if os.path.isfile(record) else None
        if change is not None and change != record:
            yield _older(item, change)


def _install_of(
    label: str, files: Sequence[Path]
) -> tuple[Distribution | None, Path | None]:
    """Return the distribution that a finder belongs to, and its project's folder."""
    present = find_distributions([str(files[0].parent)], [normal_name(label)])
    for item in present:
        if files[0].name in (item.text("RECORD") or ""):
            return item, editable_folder(item)
    return None, None


def _finders(site: Path) -> dict[str, list[Path]]:
    """Return the files of ferrule's finders by the distribution in their name."""
    found: dict[str, list[Path]] = {}
    try:
        names = sorted(os.listdir(site))
    except OSError:
        return {}
    for name in names:
        ending = next((text for text in _ENDINGS if name.endswith(text)), "")
        if name.startswith(_PREFIX) and ending:
            label = name[len(_PREFIX) : -len(ending)]
            found.setdefault(label, []).append(site / name)
    return found


def _check(
    label: str, files: Sequence[Path], environment: Environment
) -> Iterator[Finding]:
    item, folder = _install_of(label, files)
    if item is None:
        yield _orphan(label, files)
        return
    if folder is not None and not folder.is_dir():
        yield _abandoned(item, folder, environment)
        return
    gone = [path for path in _modules(files) if not path.exists()]
    if gone:
        yield _emptied(item, folder, gone)


def _orphan(label: str, files: Sequence[Path]) -> Finding:
    steps = tuple(f"remove {path}" for path in files)
    return Finding(
        "installed-leftovers",
        "warning",
        f"files of an editable install of {label} are left, without the install",
        tuple(map(str, files)),
        "every Python of this environment reads them when it starts",
        tuple(f"rm {path}" for path in files),
        Fix(steps, lambda: _unlink(files)),
    )


def _abandoned(item: Distribution, folder: Path, environment: Environment) -> Finding:
    def remove() -> None:
        from ferrule.editable.installation import uninstall

        uninstall([item], environment)

    return Finding(
        "installed-leftovers",
        "warning",
        f"{item.name} is an editable install of a folder that is gone: {folder}",
        (str(item.path),),
        "importing it fails; every Python of this environment looks for it",
        (f"{environment.interpreter.executable} -m pip uninstall -y {item.name}",),
        Fix((f"remove {item.path} and the files that its RECORD lists",), remove),
    )


def _emptied(item: Distribution, folder: Path | None, gone: Sequence[Path]) -> Finding:
    return Finding(
        "installed-leftovers",
        "warning",
        f"the modules of the editable install of {item.name} are gone",
        tuple(map(str, gone[:_SHOWN])),
        "importing them fails, as after `cargo clean`",
        (f"cd {folder}", "ferrule develop") if folder else ("ferrule develop",),
    )


def _older(item: Distribution, change: str) -> Finding:
    return Finding(
        "installed-older",
        "note",
        f"the modules of {item.name} are older than {os.path.basename(change)}",
        (change,),
        "Python imports what was built last",
        ("ferrule develop", "ferrule develop --rebuild-on-import   # from now on"),
    )


def _modules(files: Sequence[Path]) -> list[Path]:
    """Return the places of the modules that a finder knows."""
    table = _constants(files).get("MODULES")
    if not isinstance(table, dict):
        return []
    return [Path(place) for _, place in sorted(table.items())]


def _constants(files: Sequence[Path]) -> dict[str, object]:
    """Return the constants of one install, which stand in its finder."""
    import ast

    path = next((path for path in files if path.name.endswith(".py")), None)
    found: dict[str, object] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path else []
    except (OSError, UnicodeDecodeError):
        return {}
    for line in lines:
        name, equals, value = line.partition(" = ")
        if equals and name in {"MODULES", "RECORD", "REBUILDS"}:
            try:
                found[name] = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                continue
    return found


def _unlink(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
