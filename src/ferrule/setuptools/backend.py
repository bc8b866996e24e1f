"""setuptools' own backend, run with the stand-in for setuptools-rust."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Union

from setuptools import build_meta

from ferrule import log
from ferrule.project.names import requirement_name
from ferrule.setuptools.options import options_given

__all__ = ["BACKEND", "LEGACY", "BuildMetaBackend", "BuildMetaLegacyBackend"]

ConfigSettings = Union[Mapping[str, Union[str, Sequence[str], None]], None]


def _show(kind: log.Kind, message: str) -> None:
    if kind != "debug":
        prefix = {"warning": "warning: ", "command": "$ "}.get(kind, "")
        sys.stderr.write(f"{prefix}{message}\n")
        sys.stderr.flush()


def _is_provided(requirement: str) -> bool:
    """Return whether ferrule stands in for a package of `setup_requires`."""
    return requirement_name(requirement) == "setuptools-rust"


class _RustMixin:
    """What ferrule adds to a backend of setuptools."""

    def run_setup(self, setup_script: str = "setup.py") -> None:
        """Run a setup.py that may import setuptools_rust."""
        from ferrule.setuptools.standin import stand_in

        with log.sink_to(_show), stand_in():
            super().run_setup(setup_script)  # type: ignore[misc]

    def _get_build_requires(
        self, config_settings: ConfigSettings, requirements: list[str]
    ) -> list[str]:
        found: list[str] = super()._get_build_requires(  # type: ignore[misc]
            config_settings, requirements
        )
        return [item for item in found if not _is_provided(item)]

    def build_editable(
        self,
        wheel_directory: str,
        config_settings: ConfigSettings = None,
        metadata_directory: str | None = None,
    ) -> str:
        """Build the editable wheel, with the options of a real one."""
        with options_given(config_settings):
            name: str = super().build_editable(  # type: ignore[misc]
                wheel_directory, config_settings, metadata_directory
            )
        return name

    def build_sdist(
        self, sdist_directory: str, config_settings: ConfigSettings = None
    ) -> str:
        """Build the sdist; `--build-option=--vendor-crates` packs crates."""
        with options_given(config_settings):
            name: str = super().build_sdist(  # type: ignore[misc]
                sdist_directory, config_settings
            )
        return name


class BuildMetaBackend(_RustMixin, build_meta._BuildMetaBackend):  # type: ignore[misc]  # noqa: SLF001
    """The backend `setuptools.build_meta`."""


class BuildMetaLegacyBackend(
    _RustMixin,
    build_meta._BuildMetaLegacyBackend,  # type: ignore[misc]  # noqa: SLF001
):
    """The backend of projects whose setup.py imports modules beside it."""


BACKEND: Any = BuildMetaBackend()
LEGACY: Any = BuildMetaLegacyBackend()
