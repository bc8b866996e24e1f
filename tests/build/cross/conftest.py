"""Toolchains, Pythons and machines that are not this one."""

from __future__ import annotations

import os
import platform
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from debian_packages import is_debian
from requirements import miss, require_tool
from toolchains import (
    compose_python,
    compose_rust,
    cross_target_directory,
    library_folder,
)
from zig_package import fetch_zig

EMULATORS = {
    "arm64": "qemu-aarch64-static",
    "armhf": "qemu-arm-static",
    "i386": "qemu-i386-static",
    "ppc64el": "qemu-ppc64le-static",
    "s390x": "qemu-s390x-static",
}
MAIN_ARCHITECTURES = ("arm64", "armhf", "i386")
"""What a toolchain has for whom names nothing."""


@pytest.fixture(scope="session")
def debian_rust() -> Callable[..., dict[str, str]]:
    """Return a function that gives the variables by which a toolchain is used.

    It has the standard library for Debian's amd64 and for the architectures that are
    named (otherwise `MAIN_ARCHITECTURES`); with `has_source=True`, cargo can compile
    it for any target (`-Z build-std`).
    """

    def compose(*architectures: str, has_source: bool = False) -> dict[str, str]:
        if not is_debian() or platform.machine() != "x86_64":
            miss("the toolchain comes from packages of Debian for x86_64")
        wanted = () if has_source else architectures or MAIN_ARCHITECTURES
        rustc = compose_rust(wanted, has_source=has_source)
        target_dir = str(cross_target_directory(has_source=has_source))
        variables = {"RUSTC": str(rustc), "CARGO_TARGET_DIR": target_dir}
        if has_source:
            variables["CARGO_UNSTABLE_BUILD_STD"] = "std,panic_unwind"
            variables["RUSTC_BOOTSTRAP"] = "1"
        return variables

    return compose


@pytest.fixture(scope="session")
def foreign_root() -> Callable[[str], Path]:
    """Return a function that gives the root folder of Debian's Python elsewhere.

    Below it lie the program, the library, the headers and what they need.
    """

    def find(architecture: str) -> Path:
        if not is_debian():
            miss("the Python comes from packages of Debian")
        return compose_python(architecture)

    return find


@dataclass(frozen=True)
class ForeignMachine:
    """Another machine: a folder of its files, and the program that emulates it."""

    emulator: str
    root: Path

    @property
    def library_folder(self) -> Path:
        """Return where its Python's standard library is."""
        return library_folder(self.root)

    @property
    def python(self) -> Path:
        """Return its Python."""
        return self.root / "usr" / "bin" / self.library_folder.name

    def run(self, *words: str | Path, cwd: Path, **variables: str) -> str:
        """Run a program of that machine and return what it printed."""
        done = subprocess.run(
            [self.emulator, "-L", self.root, *words],
            cwd=cwd,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def run_tests(self, project: Path, wheel: Path) -> str:
        """Run a project's own tests there, with what a wheel holds."""
        site = wheel.with_suffix(".installed")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        tools = Path(pytest.__file__).parents[1]
        words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
        path = os.pathsep.join(map(str, (site, tools)))
        # The plugins of this machine may be compiled for it.
        alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return self.run(self.python, *words, cwd=project, PYTHONPATH=path, **alone)


@pytest.fixture(scope="session")
def qemu(foreign_root) -> Callable[[str], ForeignMachine]:
    """Return a function that gives a machine of another architecture, with Python."""

    def start(architecture: str) -> ForeignMachine:
        emulator = require_tool(EMULATORS[architecture])
        return ForeignMachine(emulator, foreign_root(architecture))

    return start


@pytest.fixture(scope="session")
def zig(tmp_path_factory) -> str:
    """Return the zig program of the package `ziglang`, which pip fetches once."""
    return fetch_zig(tmp_path_factory.mktemp("zig") / "zig")
