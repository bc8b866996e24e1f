"""Where the builds happen, and the environment that both tools see.

What is expensive and does not depend on ferrule (sdists, the wheels of the other
backends) stays in a cache folder of the user; everything else lies in a scratch
folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from benchmarks.tools import SCRUBBED, SCRUBBED_PREFIXES

__all__ = [
    "REPOSITORY",
    "CommandError",
    "Finished",
    "Workplace",
    "make_workplace",
    "run",
]

REPOSITORY: Final = Path(__file__).resolve().parents[2]

SHOWN_LINES: Final = 60

_TELLING: Final = re.compile(r"^\s*(error(\[E\d+\])?|[A-Za-z.]*Error): ")

_PIP_SAYS: Final = "subprocess-exited-with-error"

# The same for both sides: what is compared does not depend on optimisation, and
# a quarter of the time is enough without it.
PROFILE: Final = {
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_DEBUG": "0",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
}


class CommandError(Exception):
    """A command failed."""

    def __init__(self, status: int, words: Sequence[str], output: str) -> None:
        super().__init__(status, words, output)
        self.status = status
        self.words = words
        self.output = output

    def __str__(self) -> str:
        lines = self.output.splitlines()
        told = [line.strip() for line in lines if _TELLING.search(line)]
        first = next((line for line in told if _PIP_SAYS not in line), "no error shown")
        shown = [f"$ {' '.join(self.words)}", *lines[-SHOWN_LINES:]]
        return "\n".join([f"{first} (exit code {self.status})", *shown])


@dataclass(frozen=True)
class Workplace:
    """A scratch folder, ferrule's own wheel in it, and the cache of the user."""

    folder: Path
    cache: Path
    env: Mapping[str, str]
    rustc: str
    """What `rustc --version` prints."""
    reuses_peers: bool = True
    """Whether a wheel that another backend built in an earlier run will do."""

    @property
    def ferrule_wheels(self) -> Path:
        """Return the folder in which isolated builds find ferrule."""
        return self.folder / "ferrule-wheels"


def make_workplace(folder: Path, *, reuses_peers: bool = True) -> Workplace:
    """Build ferrule's wheel into a scratch folder and return the workplace."""
    cache = platformdirs.user_cache_path("ferrule-tests") / "corpus"
    cache.mkdir(parents=True, exist_ok=True)
    env = _make_env(folder)
    rustc = run("rustc", "--version", cwd=folder, env=env).output.strip()
    place = Workplace(folder, cache, env, rustc, reuses_peers)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    run(*pip, "-w", place.ferrule_wheels, REPOSITORY, cwd=folder, env=env)
    return place


@dataclass(frozen=True)
class Finished:
    """What a command printed, and what it and all that it started cost."""

    output: str
    cpu_s: float


def run(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> Finished:
    """Run a command to its end; raises CommandError with what it printed."""
    words = list(map(str, command))
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise CommandError(process.returncode, words, text)
    return Finished(text, usage.ru_utime + usage.ru_stime)


def _make_env(folder: Path) -> dict[str, str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in SCRUBBED
        and (not name.startswith(SCRUBBED_PREFIXES) or name == "CARGO_HOME")
    }
    env.update(PROFILE)
    env["CARGO_TERM_COLOR"] = "never"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    # pip keeps wheels that it built, and would answer a second build with them.
    env["PIP_CACHE_DIR"] = str(folder / "pip")
    # A rust-toolchain file of a project would have rustup fetch another compiler.
    sysroot = Path(run("rustc", "--print=sysroot", cwd=folder, env=env).output.strip())
    if sysroot.parent.name == "toolchains":
        env["RUSTUP_TOOLCHAIN"] = sysroot.name
    return env
