"""ferrule builds and distributes everything that joins Rust and Python."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # `build-backend = "ferrule"`: the hooks are imported when they are asked for.
    if name.startswith(("build_", "get_requires_for_", "prepare_metadata_for_")):
        from ferrule import backend

        if name in backend.__all__:
            return getattr(backend, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
