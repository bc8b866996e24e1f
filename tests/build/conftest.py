"""What the tests with real cargo builds share.

Variables: `FERRULE_TEST_TARGET_DIR` keeps compiled crates between runs (default:
a per-user cache folder); `FERRULE_TEST_REQUIRE` lists the interpreters (such as
`3.11 pypy3`) whose absence is a failure instead of a skip.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile as InstalledWheelFile
from installer.utils import get_launcher_kind
from windows_pythons import (  # noqa: F401 - fixtures
    windows_python,
    wine,
    wine_variables,
)

REPOSITORY = Path(__file__).resolve().parents[2]
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
PATHS = """
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
names = ("purelib", "platlib", "scripts", "data")
# As pip does: the include folder of an environment is that of its base.
headers = os.path.join(sys.prefix, "include", "site")
print(json.dumps(dict({name: paths[name] for name in names}, headers=headers)))
"""
FACTS = """
import sys, sysconfig
name = sys.implementation.name
prefix = "pypy" if name == "pypy" else ""
suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(prefix + "%d.%d" % sys.version_info[:2] + suffix)
print(sys.executable)
"""
# Variables of the developer's shell that would change what is tested.
SCRUBBED_PREFIXES = ("CARGO_", "FERRULE_", "MATURIN_", "PYO3_")
SCRUBBED = ("CONDA_PREFIX", "PYTHONPATH", "RUSTFLAGS", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Run:
    """A finished command."""

    command: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Return what the command printed with `--json`."""
        return json.loads(self.stdout)

    def check(self) -> Run:
        """Return self; a failed command fails the test with its output."""
        if self.returncode != 0:
            pytest.fail(
                f"exit code {self.returncode}: {' '.join(self.command)}\n"
                f"{self.stdout}\n{self.stderr}",
                pytrace=False,
            )
        return self


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> Run:
    """Run a command without standard input, in a given environment."""
    words = tuple(map(str, command))
    done = subprocess.run(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(words, done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Wheel:
    """A built wheel, read back with the standard library only."""

    path: Path

    @property
    def tags(self) -> tuple[str, str, str]:
        """Return Python, ABI and platform tag of the file name."""
        python, abi, platform = self.path.stem.split("-")[-3:]
        return python, abi, platform

    def names(self) -> set[str]:
        """Return the names of all files."""
        with zipfile.ZipFile(self.path) as archive:
            return {name for name in archive.namelist() if not name.endswith("/")}

    def read(self, name: str) -> bytes:
        """Return the content of one file; `*.dist-info/X` finds the folder."""
        if name.startswith("*.dist-info/"):
            ending = name[1:]
            name = next(found for found in self.names() if found.endswith(ending))
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(name)

    def is_executable(self, name: str) -> bool:
        """Return whether a file carries the permission to run it."""
        with zipfile.ZipFile(self.path) as archive:
            return bool(archive.getinfo(name).external_attr >> 16 & 0o111)

    def find_record_problems(self) -> list[str]:
        """Return how RECORD differs from the files (binary distribution format)."""
        rows = list(csv.reader(io.StringIO(self.read("*.dist-info/RECORD").decode())))
        recorded = {name: (digest, size) for name, digest, size in rows}
        problems = [f"{name} twice" for name in recorded if len(rows) != len(recorded)]
        problems += [f"{name} differs" for name in recorded.keys() ^ self.names()]
        for name, (digest, size) in recorded.items():
            if name.endswith(".dist-info/RECORD"):
                continue
            content = self.read(name)
            sha256 = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            expected = f"sha256={sha256.decode().rstrip('=')}", str(len(content))
            if (digest, size) != expected:
                problems.append(f"{name}: {digest} {size}")
        return problems


@dataclass(frozen=True)
class VirtualEnvironment:
    """A fresh virtual environment, filled by the pip of the test run."""

    folder: Path
    env: dict[str, str]

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    def install(self, *wheels: str | Path) -> None:
        """Install wheels without their dependencies.

        Not with pip: its newest release no longer serves every Python here.
        """
        paths = json.loads(self.ask(PATHS))
        destination = SchemeDictionaryDestination(
            paths, str(self.python), get_launcher_kind()
        )
        for wheel in wheels:
            with InstalledWheelFile.open(wheel) as source:
                install(source, destination, {"INSTALLER": b"tests"})

    def ask(self, code: str) -> str:
        """Run Python code and return what it printed."""
        command = [self.python, "-W", "error", "-c", code]
        return run(*command, cwd=self.folder, env=self.env).check().stdout.strip()

    def run_tests(self, folder: Path) -> None:
        """Run a project's own tests with the pytest of the test run."""
        path = os.pathsep.join(sorted({str(Path(pytest.__file__).parents[1])}))
        env = {**self.env, "PYTHONPATH": path}
        command = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        run(*command, cwd=folder, env=env).check()


@pytest.fixture(scope="session")
def target_dir() -> Path:
    """Return the folder of compiled crates that all tests share."""
    default = platformdirs.user_cache_path("ferrule-tests") / "target"
    folder = Path(os.environ.get("FERRULE_TEST_TARGET_DIR", default)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def user_env(target_dir: Path) -> dict[str, str]:
    """Return the environment of a user who has set nothing about builds."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in SCRUBBED
        and (not name.startswith(SCRUBBED_PREFIXES) or name == "CARGO_HOME")
    }
    own = {
        # Line numbers are enough for tests, and half of what is written to disk.
        "CARGO_PROFILE_DEV_DEBUG": "line-tables-only",
        "CARGO_TARGET_DIR": str(target_dir),
        "FERRULE_CACHE_DIR": str(target_dir.parent / "ferrule-cache"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return {**kept, **own}


@pytest.fixture(scope="session")
def run_command():
    """Return a function that runs any command; a failure fails the test."""

    def call(*command: str | Path, cwd: Path, env: dict[str, str]) -> Run:
        return run(*command, cwd=cwd, env=env).check()

    return call


@pytest.fixture(scope="session")
def read_wheel():
    """Return a function that opens a built wheel for reading."""
    return Wheel


@pytest.fixture(scope="session")
def run_ferrule(user_env: dict[str, str]):
    """Return a function that runs ferrule as a user would."""

    def call(*args: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Run:
        """Run `ferrule ARGS`; `env` adds to the environment of the user."""
        command = [sys.executable, "-m", "ferrule", *args]
        return run(*command, cwd=cwd, env={**user_env, **(env or {})})

    return call


@pytest.fixture(scope="session")
def interpreters() -> dict[str, Path]:
    """Return the interpreters of the machine by name (`3.12`, `pypy3.9`)."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    # The interpreter of the test run is asked first, so that it wins its version.
    base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
    candidates = [base, *sorted(pyenv.glob("*/bin/python"), reverse=True)]
    for name in (*(f"python{version}" for version in VERSIONS), "python3", "pypy3"):
        path = shutil.which(name)
        candidates += [Path(path)] if path else []
    found: dict[str, Path] = {}
    for candidate in candidates:
        try:
            done = subprocess.run(
                [candidate, "-c", FACTS], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue  # a shim without an interpreter behind it
        name, executable = done.stdout.splitlines()
        found.setdefault(name, Path(executable))
    return found


@pytest.fixture(scope="session")
def interpreter(interpreters: dict[str, Path]):
    """Return a function that finds an interpreter, or skips or fails the test."""

    def find(name: str) -> Path:
        for known, path in interpreters.items():
            if known == name or (name == "pypy3" and known.startswith("pypy3")):
                return path
        if name in os.environ.get("FERRULE_TEST_REQUIRE", "").split():
            pytest.fail(f"{name} must be installed for this run", pytrace=False)
        return pytest.skip(f"no Python {name} on this machine")

    return find


@pytest.fixture
def make_venv(tmp_path: Path, user_env: dict[str, str]):
    """Return a function that makes a fresh virtual environment without pip."""

    def make(python: Path | str = sys.executable) -> VirtualEnvironment:
        folder = tmp_path / f"venv{len(list(tmp_path.glob('venv*')))}"
        command = [python, "-m", "venv", "--without-pip", folder]
        run(*command, cwd=tmp_path, env=user_env).check()
        return VirtualEnvironment(folder, user_env)

    return make


@pytest.fixture
def copy_project(tmp_path: Path):
    """Return a function that copies a project of the repository to a fresh place."""

    def copy(path: str) -> Path:
        source = REPOSITORY / path
        target = tmp_path / "projects" / source.name
        ignore = shutil.ignore_patterns("target", "__pycache__", "*.so", "dist")
        return Path(shutil.copytree(source, target, ignore=ignore))

    return copy


@pytest.fixture
def build_wheels(tmp_path: Path, run_ferrule):
    """Return a function that runs `ferrule build` and reads what it built."""

    def build(project: Path, *args: str | Path, env=None) -> list[Wheel]:
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        run_ferrule("build", *args, "--out", out, cwd=project, env=env).check()
        return [Wheel(path) for path in sorted(out.glob("*.whl"))]

    return build


@pytest.fixture(scope="session")
def ferrule_wheel(tmp_path_factory, user_env: dict[str, str]) -> Path:
    """Return the wheel of ferrule itself, built out of this repository."""
    out = tmp_path_factory.mktemp("ferrule-wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    run(*pip, "--wheel-dir", out, REPOSITORY, cwd=out, env=user_env).check()
    return next(out.glob("ferrule-*.whl"))
