"""Pythons that somebody publishes as archives."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from requirements import miss, require_tool

__all__ = ["bytedeco"]


def bytedeco(version: str, kind: str, folder: Path) -> Path:
    """Return a Python from Maven Central, which mvn fetches once."""
    maven = require_tool("mvn")
    name = f"cpython-{version}-{kind}.jar"
    jar = Path.home() / ".m2/repository/org/bytedeco/cpython" / version / name
    if not jar.is_file():
        argv = [maven, "-q", "dependency:get", "-Dtransitive=false"]
        argv.append(f"-Dartifact=org.bytedeco:cpython:{version}:jar:{kind}")
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if not jar.is_file():
            miss(f"no Python for {kind}: {done.stdout[-300:]}")
    with zipfile.ZipFile(jar) as archive:
        archive.extractall(folder)
    return folder / "org" / "bytedeco" / "cpython" / kind
