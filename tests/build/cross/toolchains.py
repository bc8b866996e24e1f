"""Rust toolchains and Pythons of other machines, put together from packages.

Debian's rustc-web is a whole Rust toolchain, and its standard library exists for
each of Debian's architectures; so no toolchain of the machine is touched.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from debian_packages import CACHE, DebianPackages, locked

__all__ = ["RUST_TARGETS", "compose_python", "compose_rust", "library_folder"]

RUST_TARGETS = {
    "amd64": "x86_64-unknown-linux-gnu",
    "arm64": "aarch64-unknown-linux-gnu",
    "armhf": "armv7-unknown-linux-gnueabihf",
    "i386": "i686-unknown-linux-gnu",
    "ppc64el": "powerpc64le-unknown-linux-gnu",
    "riscv64": "riscv64gc-unknown-linux-gnu",
    "s390x": "s390x-unknown-linux-gnu",
}
"""What Rust calls the architectures of Debian."""
_STANDARD_LIBRARY = "libstd-rust-web-dev"
_SOURCE = "rust-web-src"
_WRAPPER = """#!/bin/sh
LD_LIBRARY_PATH={folder}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} \\
  exec {rustc} "$@"
"""


def compose_rust(architectures: Sequence[str], *, has_source: bool = False) -> Path:
    """Return rustc of a toolchain that has the standard library for architectures.

    With `has_source`, it can also compile the standard library itself. What is
    missing is added to the newest toolchain of the tests' cache; a package that
    the mirror has replaced since makes a new one.
    """
    wanted = [*dict.fromkeys(architectures), *(["source"] if has_source else [])]
    with locked("debian-rust") as folder:
        known = sorted(folder.glob("*/complete"), key=lambda path: path.stat().st_mtime)
        if known and all((known[-1].parent / name).exists() for name in wanted):
            return known[-1].parent / "bin" / "rustc"
        packages = DebianPackages("amd64")
        packages.update()
        version = packages.version("rustc-web")
        toolchain = folder / version
        if not (toolchain / "complete").exists():
            _unpack_compiler(packages, toolchain)
        for name in wanted:
            _add(packages, toolchain, name, version)
    return toolchain / "bin" / "rustc"


def _unpack_compiler(packages: DebianPackages, toolchain: Path) -> None:
    shutil.rmtree(toolchain, ignore_errors=True)
    names = packages.dependencies("rustc-web", r"libstd-rust-web.*|libllvm.*|libz3.*")
    packages.unpack(names, toolchain)
    (rustc,) = toolchain.glob("usr/bin/rustc")
    wrapper = toolchain / "bin" / "rustc"
    wrapper.parent.mkdir()
    libraries = toolchain / "usr" / "lib" / "x86_64-linux-gnu"
    wrapper.write_text(
        _WRAPPER.format(folder=libraries, rustc=rustc), encoding="utf-8"
    )
    wrapper.chmod(0o755)
    (toolchain / "amd64").touch()
    (toolchain / "complete").touch()


def _add(packages: DebianPackages, toolchain: Path, name: str, version: str) -> None:
    if (toolchain / name).exists():
        return
    if name == "source":
        packages.unpack([f"{_SOURCE}={version}"], toolchain)
        _link_source(toolchain)
    else:
        others = DebianPackages(name)
        others.update()
        others.unpack([f"{_STANDARD_LIBRARY}={version}"], toolchain)
    (toolchain / name).touch()


def _link_source(toolchain: Path) -> None:
    """Put the sources where cargo looks for them; Debian's link is absolute."""
    place = toolchain / "usr" / "lib" / "rustlib" / "src" / "rust"
    (library,) = toolchain.glob("usr/src/*/library")
    if place.is_symlink():
        place.unlink()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(library.parent)


def compose_python(architecture: str) -> Path:
    """Return a folder with Debian's own Python of an architecture below `usr`."""
    with locked("debian-python") as folder:
        root = folder / architecture
        if (root / "complete").exists():
            return root
        shutil.rmtree(root, ignore_errors=True)
        packages = DebianPackages(architecture)
        packages.update()
        pattern = r"python3\.\d+-minimal"
        (_, minimal) = packages.dependencies("python3-minimal", pattern)
        library = f"lib{minimal.rpartition('-')[0]}"
        names = [minimal, f"{library}-dev"]
        for name in (minimal, f"{library}-dev"):
            needed = rf"{re.escape(library)}.*|lib(?!c6-dev)[a-z0-9.+-]*|zlib1g"
            names += packages.dependencies(name, needed)
        packages.unpack(list(dict.fromkeys(names)), root)
        (root / "complete").touch()
    return root


def library_folder(root: Path) -> Path:
    """Return the folder of `_sysconfigdata*.py` below a folder of a Python."""
    (path,) = root.glob("usr/lib/python3.*/_sysconfigdata_*.py")
    return path.parent


def cross_target_directory() -> Path:
    """Return the folder of crates that all tests of other targets share."""
    folder = CACHE / "cross-target"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
