"""Libraries that another package brings, and where they will lie."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path

from ferrule.errors.repair import ProviderError
from ferrule.repair.content import installed_path
from ferrule.repair.wishes import Provider, preset

__all__ = ["read_provider"]


def read_provider(text: str, root: Path) -> Provider:
    """Return what `--provided-by` means.

    `NAME=FOLDER/GLOB,...` names libraries and, perhaps, their folder below
    site-packages; a wheel file, relative to `root`, and an installed package are
    looked into; a preset's name stands for its libraries. Raises
    `ProviderError`, and what `open_wheel` raises.
    """
    name, separator, globs = text.partition("=")
    if separator:
        words = [word.strip() for word in globs.split(",") if word.strip()]
        pairs = [posixpath.split(word) for word in words]
        if not pairs or not name.strip():
            raise ProviderError(text, "it names no library")
        return Provider(name.strip(), {glob: folder for folder, glob in pairs})
    if text.endswith(".whl"):
        return _of_wheel(root / text)
    patterns = preset(text)
    if patterns != (text,):
        return Provider(text, dict.fromkeys(patterns, ""))
    return _of_installed(text)


def _of_wheel(path: Path) -> Provider:
    from ferrule.wheel.reading import open_wheel

    with open_wheel(path) as opened:
        name = opened.filename.distribution
        found = _libraries(map(installed_path, opened.entries))
    if not found:
        raise ProviderError(str(path), "the wheel holds no libraries")
    return Provider(name, found)


def _of_installed(name: str) -> Provider:
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = _libraries(str(item).replace("\\", "/") for item in files(name) or ())
    except (PackageNotFoundError, ValueError):
        raise ProviderError(
            name, "no package of that name is installed beside ferrule"
        ) from None
    if not found:
        raise ProviderError(name, "the installed package holds no libraries")
    return Provider(name, found)


def _libraries(paths: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(paths):
        folder, name = posixpath.split(path)
        is_elf = name.endswith(".so") or ".so." in name
        if is_elf or name.lower().endswith((".dylib", ".dll")):
            found.setdefault(name, folder)
    return found
