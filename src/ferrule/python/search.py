"""Where interpreters are on a machine: a list of paths, nothing is run.

PATH, pyenv, uv, mise, asdf, conda environments, the `py` launcher and the
places of systems and package managers. Only `py` on Windows costs a process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from ferrule.python.pyenv import is_shim, pyenv_root
from ferrule.python.selector import parse_name
from ferrule.records import dataclass

__all__ = ["Place", "environment_python", "find_command", "find_places"]

_SYSTEM_FOLDERS: Final = (
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/opt/homebrew/bin",
    "/opt/local/bin",
    "/home/linuxbrew/.linuxbrew/bin",
)
_SYSTEM_PARENTS: Final = (
    # Folders whose children have a bin folder; /opt/python is manylinux's.
    "/opt",
    "/opt/python",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/Library/Frameworks/Python.framework/Versions",
    "/Library/Frameworks/PythonT.framework/Versions",
)
_CONDA_FOLDERS: Final = (
    "miniconda3",
    "anaconda3",
    "miniforge3",
    "mambaforge",
    "micromamba",
    ".conda",
)


@dataclass(frozen=True)
class Place:
    """A file that is named like an interpreter, and who knows of it."""

    path: str
    source: str
    """`PATH`, `pyenv`, `uv`, `mise`, `asdf`, `conda`, `py`, `system` or `running`."""


def find_command(name: str, env: Mapping[str, str]) -> str | None:
    """Return the file that a command name means on PATH, or None."""
    for folder in _path_folders(env):
        for suffix in _suffixes(name, env):
            path = os.path.join(folder, name + suffix)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def environment_python(prefix: str, *, is_conda: bool = False) -> str:
    """Return the interpreter of a virtual or conda environment, unchecked."""
    if os.name != "nt":
        return os.path.join(prefix, "bin", "python")
    folder = prefix if is_conda else os.path.join(prefix, "Scripts")
    return os.path.join(folder, "python.exe")


def find_places(env: Mapping[str, str]) -> list[Place]:
    """Return every file that may be an interpreter, most wanted first."""
    places: dict[str, Place] = {}
    for place in _walk(env):
        places.setdefault(os.path.abspath(place.path), place)
    return list(places.values())


def _walk(env: Mapping[str, str]) -> Iterator[Place]:
    for folder in _path_folders(env):
        yield from _in_folder(folder, "PATH", env)
    for source, parent in _managers(env):
        for prefix in _children(parent):
            yield from _in_prefix(prefix, source, env)
    for prefix in _conda_prefixes(env):
        yield from _in_prefix(prefix, "conda", env)
    if os.name == "nt":
        for path in _py_launcher(env):
            yield Place(path, "py")
    else:
        for folder in _SYSTEM_FOLDERS:
            yield from _in_folder(folder, "system", env)
        for parent in _SYSTEM_PARENTS:
            for prefix in _children(parent):
                yield from _in_prefix(prefix, "system", env)
    if sys.executable:
        yield Place(sys.executable, "running")


def _path_folders(env: Mapping[str, str]) -> list[str]:
    text = env.get("PATH", os.defpath)
    return [folder.strip('"') for folder in text.split(os.pathsep) if folder]


def _suffixes(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    if os.name != "nt":
        return ("",)
    known = tuple(env.get("PATHEXT", ".EXE;.BAT;.CMD").lower().split(";"))
    return ("",) if name.lower().endswith(known) else known


def _in_folder(folder: str, source: str, env: Mapping[str, str]) -> Iterator[Place]:
    """Yield the interpreters in a folder, the most exact name first.

    Of pyenv's shims only the plain names count: the versions behind the others
    are found where they are installed.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return
    found = [name for name in names if _is_interpreter_name(name)]
    if found and is_shim(os.path.join(folder, found[0]), env):
        found = [name for name in found if name in ("python", "python3")]
    for name in sorted(found, key=lambda name: (-len(name), name)):
        path = os.path.join(folder, name)
        # Windows installs empty files that open its shop.
        if os.name == "nt" and os.path.getsize(path) == 0:
            continue
        if not os.path.isdir(path):
            yield Place(path, source)


def _is_interpreter_name(name: str) -> bool:
    if os.name == "nt":
        if not name.lower().endswith(".exe"):
            return False
        name = name[:-4].lower()
    if name[:1] not in ("p", "g"):
        return False
    parsed = parse_name(name)
    return parsed is not None and parsed.prefix != ""


def _in_prefix(prefix: str, source: str, env: Mapping[str, str]) -> Iterator[Place]:
    folder = prefix if os.name == "nt" else os.path.join(prefix, "bin")
    yield from _in_folder(folder, source, env)


def _children(parent: str) -> list[str]:
    try:
        names = sorted(os.listdir(parent))
    except OSError:
        return []
    paths = [os.path.join(parent, name) for name in names if name[:1] != "."]
    # An alias (uv's 3.12 for 3.12.1) comes after what it stands for.
    return sorted(
        (path for path in paths if os.path.isdir(path)),
        key=lambda path: (os.path.islink(path), path),
    )


def _managers(env: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the folders in which version managers keep their Pythons."""
    home = env.get("HOME") or os.path.expanduser("~")
    join = os.path.join
    data = env.get("XDG_DATA_HOME") or join(home, ".local", "share")
    if os.name == "nt":
        pyenv = join(env.get("PYENV_ROOT") or join(home, ".pyenv", "pyenv-win"))
        roaming = env.get("APPDATA") or join(home, "AppData", "Roaming")
        uv_data = join(roaming, "uv", "data")
    else:
        pyenv = pyenv_root(env)
        uv_data = join(data, "uv")
    mise = env.get("MISE_DATA_DIR") or join(data, "mise")
    asdf = env.get("ASDF_DATA_DIR") or join(home, ".asdf")
    return [
        ("pyenv", join(pyenv, "versions")),
        ("uv", env.get("UV_PYTHON_INSTALL_DIR") or join(uv_data, "python")),
        ("mise", join(mise, "installs", "python")),
        ("asdf", join(asdf, "installs", "python")),
    ]


def _conda_prefixes(env: Mapping[str, str]) -> list[str]:
    """Return conda's environments: the active one, the listed, the usual."""
    home = env.get("HOME") or os.path.expanduser("~")
    roots = [env.get("CONDA_ROOT", ""), env.get("MAMBA_ROOT_PREFIX", "")]
    if env.get("CONDA_EXE"):
        roots.append(os.path.dirname(os.path.dirname(env["CONDA_EXE"])))
    roots += [os.path.join(home, name) for name in _CONDA_FOLDERS]
    roots.append("/opt/conda")
    prefixes = [env.get("CONDA_PREFIX", "")]
    try:
        # conda keeps this list of every environment it has made.
        listed = os.path.join(home, ".conda", "environments.txt")
        with open(listed, encoding="utf-8", errors="replace") as stream:
            prefixes += stream.read().splitlines()
    except OSError:
        pass
    for root in filter(None, roots):
        prefixes += [root, *_children(os.path.join(root, "envs"))]
    for folder in env.get("CONDA_ENVS_PATH", "").split(os.pathsep):
        if folder:
            prefixes += _children(folder)
    unique = dict.fromkeys(prefix.strip() for prefix in prefixes)
    return [prefix for prefix in unique if prefix and os.path.isdir(prefix)]


def _py_launcher(env: Mapping[str, str]) -> list[str]:
    """Return what the Windows launcher lists (PEP 397, PEP 514)."""
    import subprocess

    launcher = find_command("py", env)
    if launcher is None:
        return []
    try:
        done = subprocess.run(
            [launcher, "--list-paths"],
            env=dict(env),
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse_py_list(done.stdout.decode("utf-8", "replace"))


def parse_py_list(text: str) -> list[str]:
    r"""Return the paths in the output of `py --list-paths`.

    Lines are ` -V:3.12 *        C:\Python312\python.exe`; the mark of the
    default is optional, and a path may contain blanks.
    """
    paths = []
    for line in text.splitlines():
        words = line.split(None, 1)
        if len(words) == 2 and words[0].startswith("-"):
            path = words[1].strip()
            path = path[1:].strip() if path.startswith("*") else path
            if path:
                paths.append(path)
    return paths
