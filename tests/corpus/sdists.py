"""Published sdists: fetched once, verified, unpacked, and given another backend."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ferrule.toml import parse_toml
from tests.corpus.table import Project
from tests.corpus.workplace import Workplace, run

__all__ = ["change_backend", "copy_sdist", "fetch", "repack", "unpack"]

_REQUIRES = re.compile(r"(?m)^requires\s*=\s*\[[^\]]*\]")
_BACKEND = re.compile(r"(?m)^build-backend\s*=.*$")
_PEERS = ("maturin", "setuptools-rust")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def fetch(project: Project, place: Workplace) -> Path:
    """Return the sdist; pip verifies what it downloads.

    pip asks the project's own backend for metadata on this occasion.
    """
    folder = place.cache / "sdists" / project.sha256
    found = sorted(folder.glob("*.tar.gz"))
    if found:
        return found[0]
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        requirement = Path(name, "requirement.txt")
        requirement.write_text(f"{project.identity} --hash=sha256:{project.sha256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        options = ["--no-binary", project.name, "--dest", f"{name}/sdist"]
        run(*pip, *options, "-r", requirement, cwd=Path(name), env=place.env)
        Path(name, "sdist").rename(folder)
    return next(folder.glob("*.tar.gz"))


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist into a new folder and return the project's root."""
    folder.mkdir(parents=True)
    # PEP 706: newer Pythons insist on the filter, the oldest do not know it.
    safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, **safe)
    (root,) = folder.iterdir()
    return root


def repack(root: Path, folder: Path) -> Path:
    """Write an sdist of the sources with ferrule as the backend; return its path.

    The names of the peers leave `requires`; what a build script needs stays.
    """
    pyproject = root / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(change_backend(text, has_setup=_has_setup(root)), "utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{root.name}.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(root, root.name)
    return path


def change_backend(text: str, *, has_setup: bool) -> str:
    """Return a pyproject.toml in which only the backend lines differ."""
    system = parse_toml(text)["build-system"]
    uses_setuptools = "setuptools" in system.get("build-backend", "setuptools")
    backend = "ferrule.setuptools" if uses_setuptools and has_setup else "ferrule"
    kept = [item for item in system["requires"] if _name(item) not in _PEERS]
    # Strings of JSON are basic strings of TOML.
    requires = f"requires = {json.dumps(['ferrule', *kept], ensure_ascii=False)}"
    line = f'build-backend = "{backend}"'
    if "build-backend" in system:
        text = _BACKEND.sub(lambda _: line, text, count=1)
    else:
        requires = f"{requires}\n{line}"
    return _REQUIRES.sub(lambda _: requires, text, count=1)


def copy_sdist(sdist: Path, folder: Path) -> Path:
    """Return a copy at a place that pip has never seen."""
    folder.mkdir(parents=True)
    return Path(shutil.copy2(sdist, folder))


def _has_setup(root: Path) -> bool:
    return (root / "setup.py").is_file()


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    return match.group().lower().replace("_", "-") if match else ""
