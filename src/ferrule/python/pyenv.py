"""What stands behind a pyenv shim.

A shim is a script whose answer depends on PYENV_VERSION, on `.python-version`
files and on the global choice, so it can neither be cached nor is it quick.
This module follows pyenv's rules for the plain cases and says nothing (None)
for the others, where the shim itself has to be run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["is_shim", "pyenv_root", "resolve_shim"]


def pyenv_root(env: Mapping[str, str]) -> str:
    """Return pyenv's folder: PYENV_ROOT, or `~/.pyenv`; it need not exist."""
    chosen = env.get("PYENV_ROOT")
    if chosen:
        return chosen
    return os.path.join(env.get("HOME") or os.path.expanduser("~"), ".pyenv")


def is_shim(path: str, env: Mapping[str, str]) -> bool:
    """Return whether `path` lies in pyenv's folder of shims."""
    folder = os.path.dirname(os.path.abspath(path))
    shims = os.path.join(pyenv_root(env), "shims")
    return folder == shims or os.path.realpath(folder) == os.path.realpath(shims)


def resolve_shim(path: str, env: Mapping[str, str]) -> str | None:
    """Return the interpreter that a shim would start, or None if unsure."""
    root = pyenv_root(env)
    program = os.path.basename(path)
    versions = _active_versions(root, env)
    if not versions:
        return None
    found = None
    for version in versions:
        if version == "system":
            command = _system_command(program, root, env)
        else:
            folder = _version_folder(root, version)
            if folder is None:
                # pyenv refuses the whole list then; let it say so.
                return None
            command = os.path.join(folder, "bin", program)
        if found is None and command and os.access(command, os.X_OK):
            found = command
    return found


def _active_versions(root: str, env: Mapping[str, str]) -> list[str]:
    chosen = env.get("PYENV_VERSION")
    if chosen:
        return chosen.split(":")
    folder = env.get("PYENV_DIR") or os.getcwd()
    while True:
        names = _read_version_file(os.path.join(folder, ".python-version"))
        if names:
            return names
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return _read_version_file(os.path.join(root, "version")) or ["system"]


def _read_version_file(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = stream.read(4096).splitlines()
    except OSError:
        return []
    return [word for line in lines for word in line.partition("#")[0].split()]


def _version_folder(root: str, version: str) -> str | None:
    """Return the folder of a version; `3.12` means its newest release."""
    if version in (".", "..") or "/" in version or "\\" in version:
        return None
    versions = os.path.join(root, "versions")
    version = version.removeprefix("python-")
    exact = os.path.join(versions, version)
    if os.path.isdir(exact):
        return exact
    try:
        names = os.listdir(versions)
    except OSError:
        return None
    start = version + "."
    micros = [name.removeprefix(start) for name in names if name.startswith(start)]
    newest = max((int(micro) for micro in micros if micro.isdigit()), default=None)
    return None if newest is None else os.path.join(versions, f"{start}{newest}")


def _system_command(program: str, root: str, env: Mapping[str, str]) -> str | None:
    shims = os.path.realpath(os.path.join(root, "shims"))
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        if not folder or os.path.realpath(folder) == shims:
            continue
        path = os.path.join(folder, program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
