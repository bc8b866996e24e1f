"""The Pythons of another machine that a project is built for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject
    from ferrule.python.interpreter import Interpreter

__all__ = ["foreign_interpreters"]


def foreign_interpreters(
    opened: OpenProject, selectors: Sequence[str]
) -> list[Interpreter | None]:
    """Return the foreign Pythons to build for; `[None]` where none is needed.

    Raises the errors of `select_foreign`.
    """
    from ferrule.python.foreign_selection import ForeignQuestion, select_foreign

    request = opened.request
    if "PYO3_CONFIG_FILE" in request.env:
        return [None]
    target = opened.foreign_target or parse_triple(opened.toolchain.host)
    project_table = (opened.pyproject or {}).get("project", {})
    sysroot = opened.settings(None).sysroot
    question = ForeignQuestion(
        target,
        request.env,
        project_table.get("requires-python"),
        find_local=opened.local_interpreter,
        probe=lambda path: _probed(path, request.env),
        sysroot=str(opened.location.root / sysroot) if sysroot else "",
    )
    return select_foreign(selectors, question)


def _probed(path: str, env: Mapping[str, str]) -> Interpreter | None:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.probe import probe
    from ferrule.python.search import environment_python

    named = environment_python(path) if os.path.isdir(path) else path
    found = probe([named], env)[0]
    return found if isinstance(found, Interpreter) else None
