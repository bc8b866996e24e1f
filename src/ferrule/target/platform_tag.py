"""The platform tag of systems whose wheels are not judged by a policy (PEP 425)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.target.macos import macos_tag

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["platform_tag"]


def platform_tag(
    interpreter: Interpreter | None, *, deployment_target: str | None = None
) -> str:
    """Return the tag of the machine that an interpreter runs on.

    That is `sysconfig.get_platform()` of the interpreter, or of the one that
    runs ferrule, in the spelling of tags. On macOS a deployment target counts
    instead of the system that the interpreter was built for.
    """
    if interpreter is not None:
        platform, machine = interpreter.platform, interpreter.machine
    else:
        import platform as running
        import sysconfig

        platform, machine = sysconfig.get_platform(), running.machine()
    if platform.startswith("macosx-") and deployment_target:
        words = deployment_target.split(".")
        if all(word.isascii() and word.isdecimal() for word in words):
            return macos_tag(deployment_target, machine)
    return platform.replace("-", "_").replace(".", "_").replace(" ", "_")
