"""Builds through pip: by the project's own backend, and by ferrule."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ferrule.toml import parse_toml
from tests.corpus.sdists import copy_sdist
from tests.corpus.table import Project
from tests.corpus.workplace import PROFILE, Workplace, run

__all__ = [
    "Built",
    "build_by_ferrule",
    "build_by_peer",
    "find_compiled",
    "find_locked",
    "install",
]


@dataclass(frozen=True)
class Built:
    """A wheel, what it cost, and which crates were compiled for it."""

    wheel: Path
    cpu_s: float
    compiled: frozenset[str] = frozenset()


def build_by_peer(project: Project, sdist: Path, place: Workplace) -> Built:
    """Build with the project's own backend, or return what an earlier run built."""
    folder = place.cache / "peers" / _key(project, place)
    record = folder / "built.json"
    if not (place.reuses_peers and record.is_file()):
        folder.parent.mkdir(exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=place.folder) as name:
            scratch = Path(name)
            constraints = scratch / "constraints.txt"
            constraints.write_text("\n".join(project.constraints))
            env = {**place.env, "PIP_BUILD_CONSTRAINT": str(constraints)}
            built = _build(project, sdist, scratch, env)
            shutil.copytree(built.wheel.parent, folder)
            record.write_text(json.dumps({"cpu_s": built.cpu_s}))
    (wheel,) = folder.glob("*.whl")
    return Built(wheel, json.loads(record.read_text())["cpu_s"])


def build_by_ferrule(
    project: Project, sdist: Path, scratch: Path, place: Workplace
) -> Built:
    """Build an sdist that names ferrule as its backend."""
    env = ferrule_env(scratch.parent, place)
    built = _build(project, sdist, scratch, env)
    return replace(built, compiled=find_compiled(Path(env["FERRULE_CACHE_DIR"])))


def install(
    project: Project, sdist: Path, scratch: Path, place: Workplace
) -> tuple[Built, str]:
    """Install an sdist as `pip install --no-binary` does, and use the result.

    Returns what the build cost and what the project's line printed. The build
    is the second one of these sources, in an environment of its own.
    """
    env = ferrule_env(scratch.parent, place)
    copy = copy_sdist(sdist, scratch / "sdist")
    venv = scratch / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=scratch, env=env)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install"]
    options = ["-v", "--no-deps", "--no-binary", project.name]
    start = time.time()
    done = run(*pip, *options, copy, cwd=scratch, env=env)
    compiled = find_compiled(Path(env["FERRULE_CACHE_DIR"]), since=start)
    (scratch / "log").write_text(done.output, "utf-8")
    # What it needs at run time; the project itself is there already.
    run(*pip, project.identity, cwd=scratch, env=env)
    words = project.use
    if isinstance(words, str):
        words = ("python", "-c", words)
    printed = run(venv / "bin" / words[0], *words[1:], cwd=scratch, env=env).output
    return Built(copy, done.cpu_s, compiled), printed


def ferrule_env(folder: Path, place: Workplace) -> dict[str, str]:
    """Return the environment in which pip finds ferrule, with a cache of its own."""
    links = f"{place.ferrule_wheels} {place.env.get('PIP_FIND_LINKS', '')}"
    return {
        **place.env,
        "FERRULE_CACHE_DIR": str(folder / "ferrule-cache"),
        "PIP_FIND_LINKS": links.strip(),
    }


def _build(
    project: Project, sdist: Path, scratch: Path, env: Mapping[str, str]
) -> Built:
    copy = copy_sdist(sdist, scratch / "sdist")
    out = scratch / "out"
    pip = [sys.executable, "-m", "pip", "wheel", "-v", "--no-deps"]
    options = ["--no-binary", project.name, "--wheel-dir", str(out)]
    done = run(*pip, *options, copy, cwd=scratch, env=env)
    (scratch / "log").write_text(done.output, "utf-8")
    (wheel,) = out.glob("*.whl")
    return Built(wheel, done.cpu_s)


def find_compiled(cache: Path, *, since: float = 0) -> frozenset[str]:
    """Return the packages that cargo compiled in a cache folder of ferrule.

    cargo notes the start of each compiler beside the fingerprint of its unit.
    """
    stamps = cache.glob("builds/*/build/**/.fingerprint/*/invoked.timestamp")
    return frozenset(
        stamp.parent.name.rpartition("-")[0]
        for stamp in stamps
        if stamp.stat().st_mtime >= since
    )


def find_locked(cache: Path) -> dict[str, str]:
    """Return the versions of the packages that came from registries.

    They are those of the lock file that cargo used, or made.
    """
    locks = cache.glob("builds/*/src/**/Cargo.lock")
    lock = min(locks, key=lambda path: len(path.parts))
    packages = parse_toml(lock.read_text(encoding="utf-8"))["package"]
    return {item["name"]: item["version"] for item in packages if "source" in item}


def _key(project: Project, place: Workplace) -> str:
    facts = [project.sha256, *project.constraints, place.rustc, sys.version]
    facts += [f"{name}={value}" for name, value in sorted(PROFILE.items())]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]
