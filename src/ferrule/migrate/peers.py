"""Building a project with its own build backend, as a front end would.

The only place that runs the peers. Nothing is installed unless the user asks
for the peer: then its requirements go into a temporary environment.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule import log
from ferrule.errors.migrate import MigratedBuildError, PeerBuildError
from ferrule.migrate import hook_script
from ferrule.project.names import requirement_name

__all__ = ["Built", "build_with_hooks", "build_with_peer"]


@dataclass(frozen=True)
class Built:
    """A wheel and an sdist, and who built them."""

    builder: str
    wheel: Path
    sdist: Path | None
    """None where the builder cannot make one."""


@dataclass(frozen=True)
class _Peer:
    name: str
    backend: str
    paths: tuple[str, ...]
    requires: tuple[str, ...]
    """What an environment needs to have installed."""

    @property
    def distributions(self) -> list[str]:
        """Return the names of what has to be there on every Python."""
        names = [requirement_name(item) for item in self.requires if ";" not in item]
        return [name for name in names if name != "wheel"]


def build_with_peer(
    peer: str,
    root: Path,
    out: Path,
    *,
    python: str,
    env: Mapping[str, str],
    install: bool,
) -> Built | None:
    """Build wheel and sdist of `root` into `out` with the project's backend.

    `python` is the interpreter that the wheel is for. With `install` the
    backend's requirements are installed into a temporary environment by its
    own pip; without, the peer has to be installed already, and None is
    returned where it is not. Raises `PeerBuildError`.
    """
    described = _describe(peer, root)
    if install:
        python = _make_environment(described, root, out, python, env)
    found = _run_hooks(described, root, out, python, env)
    if found is not None or peer != "maturin" or install:
        return found
    return _run_maturin(root, out, python, env)


def build_with_hooks(
    backend: str, root: Path, out: Path, *, python: str, env: Mapping[str, str]
) -> Built:
    """Build `root` with a backend of ferrule that runs code of the project.

    Raises `MigratedBuildError`.
    """
    out.mkdir(exist_ok=True)
    described = _Peer("ferrule", backend, (), ("setuptools",))
    try:
        built = _run_hooks(described, root, out, python, env)
    except PeerBuildError as error:
        raise MigratedBuildError(backend, error.why) from error
    if built is None:
        text = f"setuptools is not installed for {python}, which runs ferrule"
        raise MigratedBuildError(backend, [text])
    return built


def _describe(peer: str, root: Path) -> _Peer:
    from ferrule.project.pyproject import read_pyproject

    path = root / "pyproject.toml"
    table = read_pyproject(path).get("build-system", {}) if path.is_file() else {}
    is_maturin = peer == "maturin"
    default = "maturin" if is_maturin else "setuptools.build_meta:__legacy__"
    backend = str(table.get("build-backend", default))
    requires = [str(item) for item in table.get("requires", ())]
    if backend.startswith("ferrule"):
        # The first line was changed by hand already.
        backend = default
        requires = []
    return _Peer(
        name=peer,
        backend=backend,
        paths=tuple(str(root / item) for item in table.get("backend-path", ())),
        requires=tuple(requires or ([peer] if is_maturin else ["setuptools", peer])),
    )


def _run_hooks(
    peer: _Peer, root: Path, out: Path, python: str, env: Mapping[str, str]
) -> Built | None:
    answer = _ask_hooks(peer, root, out, python, env, requires_only=False)
    if answer is None:
        return None
    builder = f"{peer.name} {answer['version']}"
    sdist = out / answer["sdist"] if answer["sdist"] else None
    return Built(builder, out / answer["wheel"], sdist)


def _ask_hooks(
    peer: _Peer,
    root: Path,
    out: Path,
    python: str,
    env: Mapping[str, str],
    *,
    requires_only: bool,
) -> dict[str, Any] | None:
    question = {
        "name": peer.name,
        "backend": peer.backend,
        "paths": peer.paths,
        "distributions": peer.distributions,
        "requires_only": requires_only,
        "out": str(out),
    }
    # Backends look for their own programs on PATH.
    path = os.pathsep.join((os.path.dirname(python), env.get("PATH", "")))
    done = _run(
        [python, hook_script.__file__, json.dumps(question)],
        root,
        {**env, "PATH": path},
    )
    if done.returncode == hook_script.ABSENT:
        return None
    if done.returncode != 0:
        raise PeerBuildError(peer.name, done.stdout)
    answer = out / hook_script.ANSWER
    result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    answer.unlink()
    return result


def _make_environment(
    peer: _Peer, root: Path, out: Path, python: str, env: Mapping[str, str]
) -> str:
    """Install the backend into a fresh environment; return its interpreter."""
    folder = out / "environment"
    log.step(f"installing {', '.join(peer.requires)} into a temporary environment")
    _check(peer, [python, "-m", "venv", str(folder)], root, env)
    scripts = "Scripts" if os.name == "nt" else "bin"
    inside = str(folder / scripts / "python")
    pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _check(peer, [*pip, *peer.requires], root, env)
    more = _ask_hooks(peer, root, out, inside, env, requires_only=True) or {}
    if more.get("requires"):
        _check(peer, [*pip, *more["requires"]], root, env)
    return inside


def _run_maturin(
    root: Path, out: Path, python: str, env: Mapping[str, str]
) -> Built | None:
    """Use the program `maturin` where only that is installed."""
    from shutil import which

    program = which("maturin", path=env.get("PATH"))
    if program is None:
        return None
    peer = _Peer("maturin", "maturin", (), ())
    wheels, sdists = out / "wheels", out / "sdists"
    _run([program, "sdist", "--out", str(sdists)], root, env)
    # What maturin's own hook does (PEP 517): this machine, release profile.
    build = [program, "build", "--release", "--compatibility", "off"]
    build += ["--interpreter", python, "--out", str(wheels)]
    _check(peer, build, root, env)
    version = _check(peer, [program, "--version"], root, env).strip()
    wheel = next(wheels.glob("*.whl"))
    return Built(version, wheel, next(sdists.glob("*.tar.gz"), None))


def _check(peer: _Peer, argv: Sequence[str], root: Path, env: Mapping[str, str]) -> str:
    done = _run(argv, root, env)
    if done.returncode != 0:
        raise PeerBuildError(peer.name, done.stdout)
    return done.stdout


def _run(
    argv: Sequence[str], root: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    log.command(argv)
    try:
        return subprocess.run(
            argv,
            cwd=root,
            env={**env, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise PeerBuildError(argv[0], f"{argv[0]} does not run: {error}") from error
