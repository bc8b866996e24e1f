"""A folder that stands in for an installation while the project is tested.

It holds what a development install puts into site-packages, and counts before
site-packages: an installed copy of the project, which may be old, is not seen.
Python finds it by a `sitecustomize` module on PYTHONPATH, so processes that a test
starts, and Python inside of a Rust program, find it too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic

if TYPE_CHECKING:
    from ferrule.wheel.member import Member

__all__ = ["overlay_variables", "write_overlay"]

_TEMPLATE = '''\
"""Finds the project under test; then runs the sitecustomize module behind it."""

import os
import site
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

FOLDER = {folder!r}
FINDERS = {finders!r}


def _is_site_folder(path):
    return os.path.basename(path) in ("site-packages", "dist-packages")


def _add_folder():
    here = os.path.dirname(os.path.abspath(__file__))
    old = [path for path in sys.path if os.path.abspath(path or ".") != here]
    for name in FINDERS:
        sys.modules.pop(name, None)
    found = [index for index, path in enumerate(old) if _is_site_folder(path)]
    place = found[0] if found else len(old)
    sys.path[:] = old[:place] + [FOLDER] + old[place:]
    site.addsitedir(FOLDER)
    new = [path for path in sys.path if path not in old and path != FOLDER]
    sys.path[:] = old[:place] + [FOLDER] + new + old[place:]


def _run_next():
    spec = PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


_add_folder()
_run_next()
'''


def write_overlay(members: Sequence[Member], folder: Path) -> None:
    """Make `folder` hold exactly the files of a development install.

    Files whose content is right already stay as they are. Raises `WriteError`.
    """
    wanted = {folder / "site" / member.path: member for member in members}
    for path in sorted((folder / "site").rglob("*")):
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, member in wanted.items():
        if isinstance(member.source, Path):
            atomic.link_file(member.source, path)
        else:
            _write(path, member.source, 0o755 if member.executable else 0o644)
    names = [member.path for member in members if "/" not in member.path]
    finders = sorted(name[: -len(".py")] for name in names if name.endswith(".py"))
    text = _TEMPLATE.format(folder=str(folder / "site"), finders=finders)
    _write(folder / "start" / "sitecustomize.py", text.encode(), 0o644)


def overlay_variables(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which Python sees what `write_overlay` wrote."""
    paths = [str(folder / "start"), env.get("PYTHONPATH", "")]
    variables = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    for scripts in sorted((folder / "site").glob("*.data/scripts")):
        variables["PATH"] = os.pathsep.join(
            filter(None, [str(scripts), env.get("PATH", "")])
        )
    return variables


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, content, mode=mode)
