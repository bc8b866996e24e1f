"""The Rust files of ferrule's own that become parts of programs (`rust/`)."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_source", "rust_file"]


def rust_file(name: str) -> Path:
    """Return the place of a file in `rust/`."""
    return Path(__file__).with_name("rust") / name


def read_source(name: str) -> str:
    """Return the text of a Rust file; `name` has no ending."""
    return rust_file(f"{name}.rs").read_text(encoding="utf-8")
