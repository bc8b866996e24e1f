"""Rust toolchains and Pythons of other machines, put together from packages.

Debian's rustc-web is a whole Rust toolchain, and its standard library exists for
each of Debian's architectures; so no toolchain of the machine is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from debian_packages import CACHE, DebianPackages, locked

__all__ = [
    "compose_python",
    "compose_rust",
    "cross_target_directory",
    "library_folder",
]

_STANDARD_LIBRARY = "libstd-rust-web-dev"
_SOURCE = "rust-web-src"
_WRAPPER = """#!/bin/sh
LD_LIBRARY_PATH={folder}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} \\
  exec {rustc} "$@"
"""


def compose_rust(
    architectures: Sequence[str] = (), *, has_source: bool = False
) -> Path:
    """Return rustc of a toolchain with the standard library of several targets.

    With `has_source`, it can also compile the standard library itself.
    """
    with locked("debian-rust") as folder:
        toolchain = next((path.parent for path in folder.glob("*/complete")), None)
        missing = [
            name
            for name in architectures
            if toolchain is None or not (toolchain / f"complete-{name}").exists()
        ]
        is_whole = toolchain is not None and (
            not has_source or (toolchain / "source").exists()
        )
        if toolchain is None or missing or not is_whole:
            toolchain = _complete(folder, toolchain, missing, has_source=has_source)
    return toolchain / "bin" / "rustc"


def _complete(
    folder: Path, toolchain: Path | None, missing: Sequence[str], *, has_source: bool
) -> Path:
    """Add to a toolchain what is missing; make it where there is none."""
    all_packages = {name: DebianPackages(name) for name in ("amd64", *missing)}
    for packages in all_packages.values():
        packages.update()
    if toolchain is None:
        version = _common_version(all_packages)
        toolchain = folder / version
        _unpack_compiler(all_packages["amd64"], toolchain, version)
    for name in missing:
        library = f"{_STANDARD_LIBRARY}={toolchain.name}"
        all_packages[name].unpack([library], toolchain)
        (toolchain / f"complete-{name}").touch()
    if has_source and not (toolchain / "source").exists():
        all_packages["amd64"].unpack([f"{_SOURCE}={toolchain.name}"], toolchain)
        _link_source(toolchain)
        _compile_startup(toolchain)
        (toolchain / "source").touch()
    return toolchain


def _common_version(all_packages: Mapping[str, DebianPackages]) -> str:
    """Return the newest version that there is for every architecture."""
    available = [
        set(packages.versions(_STANDARD_LIBRARY)) for packages in all_packages.values()
    ]
    available.append(set(all_packages["amd64"].versions(_SOURCE)))
    for version in all_packages["amd64"].versions("rustc-web"):
        if all(version in versions for versions in available):
            return version
    raise AssertionError(f"no version is complete: {available}")


def _unpack_compiler(packages: DebianPackages, toolchain: Path, version: str) -> None:
    shutil.rmtree(toolchain, ignore_errors=True)
    pattern = r"libstd-rust-web.*|libllvm.*|libz3.*"
    packages.unpack(packages.dependencies(f"rustc-web={version}", pattern), toolchain)
    rustc = toolchain / "usr" / "bin" / "rustc"
    wrapper = toolchain / "bin" / "rustc"
    wrapper.parent.mkdir()
    libraries = toolchain / "usr" / "lib" / "x86_64-linux-gnu"
    wrapper.write_text(_WRAPPER.format(folder=libraries, rustc=rustc), encoding="utf-8")
    wrapper.chmod(0o755)
    packages.unpack([f"{_STANDARD_LIBRARY}={version}"], toolchain)
    (toolchain / "complete").touch()


def _link_source(toolchain: Path) -> None:
    """Put the sources where cargo looks for them; Debian's link is absolute."""
    place = toolchain / "usr" / "lib" / "rustlib" / "src" / "rust"
    (library,) = toolchain.glob("usr/src/*/library")
    if place.is_symlink():
        place.unlink()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(library.parent)


def _compile_startup(toolchain: Path) -> None:
    """Make the two objects of the target windows-gnu that cargo does not make."""
    target = "x86_64-pc-windows-gnu"
    library = toolchain / "usr" / "lib" / "rustlib"
    for name in ("rsbegin", "rsend"):
        source = library / "src" / "rust" / "library" / "rtstartup" / f"{name}.rs"
        place = library / target / "lib" / f"{name}.o"
        place.parent.mkdir(parents=True, exist_ok=True)
        command = [toolchain / "bin" / "rustc", f"--target={target}", "--emit=obj"]
        command += ["-o", place, source]
        env = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
        subprocess.run(command, env=env, check=True, capture_output=True)


def compose_python(architecture: str) -> Path:
    """Return a folder with Debian's own Python of an architecture below `usr`."""
    with locked("debian-python") as folder:
        root = folder / architecture
        if (root / "complete").exists():
            return root
        shutil.rmtree(root, ignore_errors=True)
        packages = DebianPackages(architecture)
        packages.update()
        (minimal,) = packages.dependencies("python3-minimal", r"python3\.\d+-minimal")[
            1:
        ]
        headers = f"lib{minimal.rpartition('-')[0]}-dev"
        names = []
        for name in (minimal, headers):
            names += packages.dependencies(name, r"(?!.*-dev)lib.*|zlib1g")
        packages.unpack(list(dict.fromkeys(names)), root)
        _move_loader(root)
        (root / "complete").touch()
    return root


def _move_loader(root: Path) -> None:
    """Let the link to the loader point into the folder, where it names the machine."""
    for link in sorted(root.glob("lib*/ld*")):
        target = str(link.readlink()) if link.is_symlink() else ""
        if target.startswith("/"):
            link.unlink()
            link.symlink_to(root / target[1:])


def library_folder(root: Path) -> Path:
    """Return the folder of `_sysconfigdata*.py` below a folder of a Python."""
    paths = sorted(root.glob("usr/lib/python3.*/_sysconfigdata_*.py"))
    return paths[0].parent


def cross_target_directory(*, has_source: bool = False) -> Path:
    """Return the folder of crates that all tests of other targets share.

    Those that compile the standard library have their own: build scripts ask for
    `RUSTC_BOOTSTRAP`.
    """
    folder = CACHE / ("cross-std-target" if has_source else "cross-target")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
