"""ferrule builds and distributes everything that joins Rust and Python."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"

_HOOKS = (
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
)


def __getattr__(name: str) -> object:
    # `build-backend = "ferrule"`: the hooks are imported when they are asked for.
    if name in _HOOKS:
        from ferrule import backend

        return getattr(backend, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
