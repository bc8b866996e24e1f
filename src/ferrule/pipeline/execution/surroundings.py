"""The Python in which tests and programs run: that of the development install."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.environment import find_environment
from ferrule.errors.editable import ExternallyManagedError, NoEnvironmentError
from ferrule.errors.python import SeveralInterpretersError
from ferrule.pipeline.opening import OpenProject, wanted_interpreters

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["development_interpreter", "development_interpreters"]


def development_interpreter(opened: OpenProject) -> Interpreter | None:
    """Return the one Python of a program; None where there is none.

    Raises `SeveralInterpretersError` where the user named several.
    """
    found = development_interpreters(opened)
    names = [item.display_name for item in found if item is not None]
    if len(names) > 1 and opened.request.selectors:
        raise SeveralInterpretersError(names)
    return found[0]


def development_interpreters(opened: OpenProject) -> list[Interpreter | None]:
    """Return the Pythons that are meant; `[None]` where there is none.

    `--interpreter` and `PYO3_PYTHON` decide; otherwise it is the environment that
    `ferrule develop` installs into, or else the Python that a build takes.
    """
    request = opened.request
    if request.interpreter or request.selectors or request.env.get("PYO3_PYTHON"):
        return wanted_interpreters(opened)
    try:
        environment = find_environment(
            None, start=request.start, root=opened.location.root, env=request.env
        )
    except (NoEnvironmentError, ExternallyManagedError) as error:
        log.debug(f"no environment: {error.what}")
        return wanted_interpreters(opened)[:1]
    return [environment.interpreter]
