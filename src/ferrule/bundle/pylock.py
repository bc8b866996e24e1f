"""Reads pylock.toml (PEP 751) as requirements with hashes, which pip understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ferrule.errors.bundle import RequirementsFileError
from ferrule.toml import parse_toml

__all__ = ["requirements_of_lock"]


def requirements_of_lock(path: Path) -> str:
    """Return the requirements of a lock, one package a line, with all its hashes.

    Raises `RequirementsFileError` for what is no lock, or locks what has no hash.
    """
    try:
        table = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequirementsFileError(path, str(error)) from error
    packages = table.get("packages")
    version = table.get("lock-version")
    if not isinstance(packages, list) or not isinstance(version, str):
        raise RequirementsFileError(
            path, "it has no `lock-version` and `[[packages]]` (PEP 751)"
        )
    if not version.startswith("1."):
        raise RequirementsFileError(path, f"its lock-version {version} is not 1.x")
    if not all(isinstance(item, Mapping) for item in packages):
        raise RequirementsFileError(path, "`packages` has what is no table")
    return "".join(f"{_line(path, item)}\n" for item in packages)


def _line(path: Path, package: Mapping[str, Any]) -> str:
    name, version = package.get("name"), package.get("version")
    marker = f" ; {package['marker']}" if package.get("marker") else ""
    for kind in ("vcs", "directory"):
        if kind in package:
            raise RequirementsFileError(
                path, f"{name} is locked as `{kind}`, which has no hash"
            )
    archive = package.get("archive")
    if isinstance(archive, Mapping):
        url = archive.get("url") or _file_url(path, archive.get("path"))
        hashes = " ".join(_hashes([archive]))
        if not url or not hashes:
            raise RequirementsFileError(path, f"{name} has an archive without hashes")
        return f"{name} @ {url}{marker} {hashes}"
    wheels = package.get("wheels")
    files = [*(wheels if isinstance(wheels, list) else ()), package.get("sdist")]
    hashes = " ".join(dict.fromkeys(_hashes(files)))
    if not name or not version or not hashes:
        raise RequirementsFileError(
            path, f"{name or 'a package'} lacks a version, or files with hashes"
        )
    return f"{name}=={version}{marker} {hashes}"


def _hashes(files: list[Any]) -> Iterator[str]:
    tables = [item["hashes"] for item in files if _has_hashes(item)]
    for table in tables:
        for algorithm, value in table.items():
            if algorithm in ("sha256", "sha384", "sha512"):
                yield f"--hash={algorithm}:{value}"


def _has_hashes(item: object) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("hashes"), Mapping)


def _file_url(path: Path, below: object) -> str:
    if not isinstance(below, str):
        return ""
    return (path.parent / below).resolve().as_uri()
