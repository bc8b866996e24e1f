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

    `project` is the one that other checks are about.
    """
    install_path = environment.interpreter.install_path
    folders = dict.fromkeys(install_path(key) for key in ("platlib", "purelib"))
    return [
        finding
        for folder in folders
        for label, files in sorted(_finders(Path(folder)).items())
        if normal_name(label) != normal_name(project)
        for finding in _check(label, files, environment)
    ]


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
    site = str(files[0].parent)
    present = find_distributions([site], [normal_name(label)])
    own = [item for item in present if files[0].name in (item.text("RECORD") or "")]
    if not own:
        yield _orphan(label, files)
        return
    folder = editable_folder(own[0])
    if folder is not None and not folder.is_dir():
        yield _abandoned(own[0], folder, environment)
        return
    gone = [path for path in _modules(files) if not path.exists()]
    if gone:
        yield _emptied(own[0], folder, gone)


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


def _modules(files: Sequence[Path]) -> list[Path]:
    """Return the places of the modules that a finder knows."""
    import ast

    path = next((path for path in files if path.name.endswith(".py")), None)
    if path is None:
        return []
    try:
        text = path.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("MODULES = "))
        table = ast.literal_eval(line.partition(" = ")[2])
        return [Path(place) for _, place in sorted(table.items())]
    except (OSError, ValueError, SyntaxError, StopIteration, AttributeError, TypeError):
        return []


def _unlink(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
