"""macOS deployment targets: the oldest system that a build is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.settings.model import Settings

__all__ = ["DEPLOYMENT_VARIABLE", "deployment_target", "macos_tag"]

DEPLOYMENT_VARIABLE = "MACOSX_DEPLOYMENT_TARGET"


def deployment_target(settings: Settings, triple: str) -> dict[str, str]:
    """Return the variable that rustc and C compilers read, if it is set.

    The setting is stronger than the caller's variable.
    """
    version = settings.macos_deployment_target.get(triple)
    return {} if version is None else {DEPLOYMENT_VARIABLE: version}


def macos_tag(version: str, machine: str) -> str:
    """Return the platform tag of code for a macOS version and a machine.

    From macOS 11 on, tags name the major version only, as pip computes them.

    >>> macos_tag("12.3", "arm64")
    'macosx_12_0_arm64'
    """
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0] or "0"
    if int(major) >= 11:
        minor = "0"
    name = "arm64" if machine == "aarch64" else machine
    return f"macosx_{int(major)}_{int(minor)}_{name}"
