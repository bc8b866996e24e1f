"""ferrule builds and distributes everything that joins Rust and Python."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
