"""The platform tag of systems whose wheels are not judged by a policy (PEP 425)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.target.macos import macos_tag

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = ["platform_tag", "tag_of_target"]


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


def tag_of_target(target: Triple, *, deployment_target: str | None = None) -> str:
    """Return the tag of Windows, macOS, Android and iOS for a target.

    Without a deployment target or files, the oldest system that rustc and Python
    support there counts.
    """
    machine = target.architecture
    if target.is_windows:
        names = {"x86_64": "win_amd64", "aarch64": "win_arm64"}
        return names.get(machine, "win32")
    if target.is_darwin:
        oldest = "11.0" if machine == "aarch64" else "10.12"
        return macos_tag(deployment_target or oldest, machine)
    if target.system == "ios":
        device = "iphonesimulator" if target.is_simulator else "iphoneos"
        return f"ios_13_0_{'arm64' if machine == 'aarch64' else machine}_{device}"
    abis = {"aarch64": "arm64_v8a", "x86_64": "x86_64", "i686": "x86"}
    return f"android_21_{abis.get(machine, 'armeabi_v7a')}"
