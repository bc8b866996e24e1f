"""The platform tag of systems whose wheels are not judged by a policy (PEP 425)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["platform_tag"]


def platform_tag(interpreter: Interpreter | None) -> str:
    """Return the tag of the machine that an interpreter runs on.

    That is `sysconfig.get_platform()` of the interpreter, or of the one that
    runs ferrule, in the spelling of tags.
    """
    if interpreter is not None:
        platform = interpreter.platform
    else:
        import sysconfig

        platform = sysconfig.get_platform()
    return platform.replace("-", "_").replace(".", "_").replace(" ", "_")
