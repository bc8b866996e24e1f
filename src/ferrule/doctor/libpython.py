"""Whether programs and tests can link the libpython of an interpreter."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from ferrule.doctor.finding import Finding
from ferrule.python.libpython import find_libpython

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["check_libpython"]


def check_libpython(found: Interpreter) -> list[Finding]:
    """Return how tests and programs can link Python; modules never need it."""
    if found.implementation != "CPython":
        return [
            Finding(
                "python-libpython",
                "note",
                f"{found.display_name} cannot be embedded through PyO3",
                why="modules can be built; tests and programs that start Python cannot",
                remedy=("ferrule test -i 3.13   # a CPython",),
            )
        ]
    if found.system != "Linux":
        kind = "shared" if found.shared else "static"
        return [Finding("python-libpython", "ok", f"libpython is {kind}")]
    if found.shared:
        return [_check_shared(found)]
    return [_check_static(found)]


def _archive(found: Interpreter) -> str | None:
    """Return the static library of an interpreter, if it was installed."""
    version = ".".join(map(str, found.minor_version))
    name = f"libpython{found.ld_version or version}.a"
    inner = os.path.join(found.base_prefix, "lib", f"python{version}")
    folders = [found.lib_dir, *sorted(glob.glob(os.path.join(inner, "config-*")))]
    paths = [os.path.join(folder, name) for folder in folders if folder]
    return next((path for path in paths if os.path.exists(path)), None)


def _check_shared(found: Interpreter) -> Finding:
    library = find_libpython(found)
    if library is not None:
        return Finding("python-libpython", "ok", f"shared: {library}")
    return Finding(
        "python-libpython",
        "warning",
        f"libpython{found.ld_version}.so is missing",
        why="`cargo test`, `ferrule test` and programs that embed Python cannot be "
        "linked; modules can be built",
        remedy=(_package_command(found),),
    )


def _check_static(found: Interpreter) -> Finding:
    library = _archive(found)
    version = ".".join(map(str, found.minor_version))
    if library is None:
        return Finding(
            "python-libpython",
            "warning",
            f"{found.display_name} has no libpython at all",
            why="`cargo test`, `ferrule test` and programs that embed Python cannot be "
            "linked; modules can be built",
            remedy=(_package_command(found),),
        )
    return Finding(
        "python-libpython",
        "note",
        f"libpython is a static library: {library}",
        why="it is linked into every test and program; modules share no compiled "
        "PyO3 with them, so the first test after a build compiles more",
        remedy=(f"uv python install {version}   # one with a shared library",),
    )


def _package_command(found: Interpreter) -> str:
    version = ".".join(map(str, found.minor_version))
    if ".pyenv" in found.base_prefix:
        options = "PYTHON_CONFIGURE_OPTS=--enable-shared"
        return f"{options} pyenv install --force {found.version_text}"
    if found.base_prefix in ("/usr", "/usr/local"):
        if os.path.exists("/etc/debian_version"):
            return f"sudo apt install libpython{version}-dev"
        if os.path.exists("/etc/redhat-release"):
            return f"sudo dnf install python{version}-devel"
    return f"uv python install {version}"
