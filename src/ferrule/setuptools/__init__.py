"""The build backend for projects whose setup.py must run (PEP 517, PEP 660).

Use it with `build-backend = "ferrule.setuptools"` and
`requires = ["ferrule[setuptools]"]`. It is setuptools' own backend, in which
ferrule builds the Rust extensions; setuptools-rust is not needed. Nothing is
registered with setuptools, so other projects' builds know nothing of ferrule.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

__all__ = [
    "SetupRequirementsError",
    "__legacy__",
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ConfigSettings = Mapping[str, Any]


def get_requires_for_build_wheel(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return what setup.py asks for, without what ferrule stands in for."""
    return _requirements("get_requires_for_build_wheel", config_settings)


def get_requires_for_build_editable(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return what setup.py asks for, without what ferrule stands in for."""
    return _requirements("get_requires_for_build_editable", config_settings)


def get_requires_for_build_sdist(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return what setup.py asks for, without what ferrule stands in for."""
    return _requirements("get_requires_for_build_sdist", config_settings)


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Write the dist-info folder without compiling; return its name."""
    backend = _backend()
    name: str = backend.prepare_metadata_for_build_wheel(
        metadata_directory, config_settings
    )
    return name


def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Write the dist-info folder without compiling; return its name."""
    backend = _backend()
    name: str = backend.prepare_metadata_for_build_editable(
        metadata_directory, config_settings
    )
    return name


def build_wheel(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the wheel; return its file name."""
    name: str = _backend().build_wheel(
        wheel_directory, config_settings, metadata_directory
    )
    return name


def build_editable(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the editable wheel; return its file name."""
    name: str = _backend().build_editable(
        wheel_directory, config_settings, metadata_directory
    )
    return name


def build_sdist(
    sdist_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Build the source distribution; return its file name."""
    name: str = _backend().build_sdist(sdist_directory, config_settings)
    return name


def _backend() -> Any:
    from ferrule.setuptools.backend import BACKEND

    return BACKEND


def _requirements(hook: str, config_settings: ConfigSettings | None) -> list[str]:
    # Without these files nothing can ask for more, and setuptools need not start.
    if not os.path.exists("setup.py") and not os.path.exists("setup.cfg"):
        return []
    found: list[str] = getattr(_backend(), hook)(config_settings)
    return found


def __getattr__(name: str) -> Any:
    if name == "__legacy__":
        from ferrule.setuptools.backend import LEGACY

        return LEGACY
    if name == "_BuildMetaBackend":
        from ferrule.setuptools.backend import BuildMetaBackend

        return BuildMetaBackend
    if name == "_BuildMetaLegacyBackend":
        from ferrule.setuptools.backend import BuildMetaLegacyBackend

        return BuildMetaLegacyBackend
    if name == "SetupRequirementsError":
        from setuptools.build_meta import SetupRequirementsError

        return SetupRequirementsError
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
