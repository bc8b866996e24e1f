"""Cargo's names of packages."""

from __future__ import annotations

__all__ = ["package_name"]


def package_name(package_id: str) -> str:
    """Return the name inside a package id (Cargo Book, "Package ID").

    >>> package_name("registry+https://x/index#pyo3-ffi@0.30.1")
    'pyo3-ffi'
    >>> package_name("path+file:///src/tool#0.1.0")
    'tool'
    """
    head, _, fragment = package_id.partition("#")
    name, at, _ = fragment.partition("@")
    if at:
        return name
    return head.rstrip("/").rpartition("/")[2]
