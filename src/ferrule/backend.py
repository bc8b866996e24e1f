"""The build backend: PEP 517 and PEP 660 hooks.

Use it with `build-backend = "ferrule"` and `requires = ["ferrule"]`. The hook
runs in the interpreter that the wheel is for, so none is looked for or probed.
Whatever a hook cannot do is printed on standard error, and it ends with `SystemExit`
and the error's exit code: front ends would print a traceback of anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ferrule.pipeline.request import Request

__all__ = [
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
_Result = TypeVar("_Result")


def get_requires_for_build_wheel(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return packages that generate code, and the compressor that is named."""
    return _requirements(config_settings, "wheel")


def get_requires_for_build_editable(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return packages that generate code, and the compressor that is named."""
    return _requirements(config_settings, "editable")


def get_requires_for_build_sdist(
    config_settings: ConfigSettings | None = None,
) -> list[str]:
    """Return no further requirements."""
    del config_settings
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Write the dist-info folder without compiling; return its name."""
    return _prepare(metadata_directory, config_settings, "wheel")


def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Write the dist-info folder without compiling; return its name."""
    return _prepare(metadata_directory, config_settings, "editable")


def build_wheel(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the wheel for the running interpreter; return its file name."""
    del metadata_directory

    def build(request: Request) -> str:
        from ferrule.pipeline.build.isolated import build_wheel_for_hook

        return build_wheel_for_hook(request, Path(wheel_directory)).name

    return _reporting(build, config_settings, "wheel")


def build_editable(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the editable wheel (PEP 660); return its file name."""
    del metadata_directory

    def build(request: Request) -> str:
        from ferrule.pipeline.development.editables import build_editable_wheel

        return build_editable_wheel(request, Path(wheel_directory)).name

    return _reporting(build, config_settings, "editable")


def build_sdist(
    sdist_directory: str, config_settings: ConfigSettings | None = None
) -> str:
    """Build the source distribution; return its file name."""

    def build(request: Request) -> str:
        from ferrule.pipeline.build.sdists import build_source

        return build_source(request, Path(sdist_directory)).name

    return _reporting(build, config_settings, "sdist")


def _requirements(config_settings: ConfigSettings | None, state: str) -> list[str]:
    import os

    from ferrule.project.generators import may_need_packages

    if not may_need_packages(Path.cwd(), os.environ, config_settings or {}):
        return []

    def ask(request: Request) -> list[str]:
        from ferrule.pipeline.requirements import build_requirements

        return build_requirements(request)

    return _reporting(ask, config_settings, state)


def _prepare(
    metadata_directory: str, config_settings: ConfigSettings | None, state: str
) -> str:
    def prepare(request: Request) -> str:
        from ferrule.pipeline.build.isolated import prepare_metadata

        return prepare_metadata(request, Path(metadata_directory)).name

    return _reporting(prepare, config_settings, state)


def _reporting(
    action: Callable[[Request], _Result],
    config_settings: ConfigSettings | None,
    state: str,
) -> _Result:
    """Run a hook with the log on standard error and errors as plain text."""
    import os
    import sys

    from ferrule import log
    from ferrule.errors import FerruleError
    from ferrule.pipeline.request import Request
    from ferrule.python.probe import running_interpreter

    shown: Sequence[str] = ("step", "info", "warning", "command")

    def sink(kind: log.Kind, message: str) -> None:
        if kind in shown:
            prefix = {"warning": "warning: ", "command": "$ "}.get(kind, "")
            print(prefix + message, file=sys.stderr, flush=True)

    request = Request(
        start=Path.cwd(),
        env=os.environ,
        state=state,  # type: ignore[arg-type]
        interpreter=None if state == "sdist" else running_interpreter(),
        config_settings=config_settings or {},
        is_hook=True,
    )
    with log.sink_to(sink):
        try:
            return action(request)
        except FerruleError as error:
            # Front ends print the traceback of a failing hook: end it here.
            print(f"error: {error}", file=sys.stderr, flush=True)
            raise SystemExit(error.exit_code) from None
