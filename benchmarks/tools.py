"""The three tools: how each is installed and which commands a user would type."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["TOOLS", "Command", "Workshop", "make_environment", "make_workshop"]

TOOLS: Final = ("ferrule", "maturin", "setuptools-rust")
Command = Sequence[str]

# Whatever could lead one tool to another Python, cache or target directory.
SCRUBBED_PREFIXES: Final = ("CARGO_", "FERRULE_", "MATURIN_", "PYO3_")
SCRUBBED: Final = ("CONDA_PREFIX", "PYTHONPATH", "RUSTFLAGS", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Workshop:
    """A scratch folder with the tools installed, and how to call them."""

    folder: Path
    interpreters: Mapping[str, Path]
    default_version: str
    env: Mapping[str, str]
    tools: tuple[str, ...]

    def project(self, tool: str) -> Path:
        """Return the folder of the sample project of one tool."""
        return self.folder / "projects" / tool

    def real_project(self, tool: str) -> Path:
        """Return the unpacked sdist of rpds-py, which maturin builds by itself.

        Only the two backend lines are changed for ferrule. Fetched when it is
        first asked for; raises CalledProcessError without a registry.
        """
        root = self.folder / "real" / tool
        if not root.is_dir():
            fetched = self.folder / "real" / "fetched"
            pip = [self.script("python"), "-m", "pip", "download", "--quiet"]
            # Not ":all:", which would compile the build backend too.
            options = ["--no-deps", "--no-binary", "rpds-py", "--dest", str(fetched)]
            _run([*pip, *options, "rpds-py"], self.env)
            shutil.unpack_archive(next(fetched.glob("*.tar.gz")), fetched)
            (source,) = (path for path in fetched.iterdir() if path.is_dir())
            source.rename(root)
            if tool == "ferrule":
                _change_backend(root / "pyproject.toml")
        return root

    @property
    def default_interpreter(self) -> Path:
        """Return the interpreter that is first on PATH."""
        return self.interpreters[self.default_version]

    def script(self, name: str) -> str:
        """Return the path of a program in the virtual environment of the tools."""
        return str(self.folder / "tools" / "bin" / name)

    def one_build(self, tool: str) -> list[Command]:
        """Return what a user types for a release wheel of the default Python."""
        if tool == "setuptools-rust":
            return [self._setuptools_build(self.default_version)]
        return [[self.script(tool), "build", "--release"]]

    def isolated_build(self) -> list[Command]:
        """Return the isolated build, the same for every tool."""
        return [[self.script("python"), "-m", "build", "--wheel"]]

    def build_for_all(self, tool: str) -> list[Command]:
        """Return what a user types for the wheels of all interpreters."""
        if tool == "setuptools-rust":
            return [self._setuptools_build(version) for version in self.interpreters]
        command = [self.script(tool), "build", "--release"]
        for path in self.interpreters.values():
            command += ["-i", str(path)]
        return [command]

    def development_environment(self, tool: str) -> Path:
        """Return the environment that a tool's project is installed into.

        It is created when it is first asked for. setuptools builds in the
        environment that holds it.
        """
        if tool == "setuptools-rust":
            return self.folder / f"setuptools-{self.default_version}"
        folder = self.folder / "development" / tool
        if not folder.is_dir():
            make_environment(folder, self.default_interpreter, [], self.env)
        return folder

    def develop(self, tool: str) -> list[Command]:
        """Return what a user types for a development install."""
        environment = self.development_environment(tool)
        if tool == "ferrule":
            return [[self.script(tool), "develop", "--python", str(environment)]]
        if tool == "maturin":
            # It finds the environment by a variable, as after `activate`.
            variable = f"VIRTUAL_ENV={environment}"
            return [["env", variable, self.script(tool), "develop"]]
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        return [[*pip, "--no-build-isolation", "--editable", "."]]

    def version(self, tool: str) -> list[Command]:
        """Return the command that prints the version; none for setuptools-rust."""
        return [] if tool == "setuptools-rust" else [[self.script(tool), "--version"]]

    def _setuptools_build(self, version: str) -> Command:
        # setuptools builds for the interpreter that runs it.
        python = self.folder / f"setuptools-{version}" / "bin" / "python"
        options = ["--wheel", "--no-isolation", "--skip-dependency-check"]
        return [str(python), "-m", "build", *options]


def make_workshop(
    folder: Path, interpreters: Mapping[str, Path], tools: Sequence[str]
) -> Workshop:
    """Install the tools into a scratch folder and return the workshop."""
    default_version = "3.12" if "3.12" in interpreters else max(interpreters, key=_key)
    python = interpreters[default_version]
    env = _make_env(folder, python)
    (folder / "wheels").mkdir(parents=True, exist_ok=True)
    requirements = ["build"]
    if "maturin" in tools:
        requirements.append("maturin")
    if "ferrule" in tools:
        requirements.append(str(_make_ferrule_wheel(folder, python, env)))
    make_environment(folder / "tools", python, requirements, env)
    if "setuptools-rust" in tools:
        requirements = ["build", "setuptools", "setuptools-rust", "wheel"]
        for version, path in interpreters.items():
            make_environment(folder / f"setuptools-{version}", path, requirements, env)
    return Workshop(folder, interpreters, default_version, env, tuple(tools))


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _make_env(folder: Path, python: Path) -> dict[str, str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in SCRUBBED
        and (not name.startswith(SCRUBBED_PREFIXES) or name == "CARGO_HOME")
    }
    env["PATH"] = os.pathsep.join([str(python.parent), env.get("PATH", "")])
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    # Isolated builds find ferrule here; a user's come from a registry.
    links = [str(folder / "wheels"), env.get("PIP_FIND_LINKS", "")]
    env["PIP_FIND_LINKS"] = " ".join(filter(None, links))
    env["XDG_CACHE_HOME"] = str(folder / "cache")
    return env


def _make_ferrule_wheel(folder: Path, python: Path, env: Mapping[str, str]) -> Path:
    """Build ferrule's own wheel out of this repository."""
    wheels = folder / "wheels"
    for old in wheels.glob("ferrule-*.whl"):
        old.unlink()
    source = Path(__file__).resolve().parent.parent
    command = [str(python), "-m", "pip", "wheel", "--quiet", "--no-deps"]
    _run([*command, "-w", str(wheels), str(source)], env)
    return next(wheels.glob("ferrule-*.whl"))


def make_environment(
    folder: Path, python: Path, requirements: Sequence[str], env: Mapping[str, str]
) -> None:
    """Make a fresh virtual environment and install requirements into it."""
    if folder.exists():
        shutil.rmtree(folder)
    _run([str(python), "-m", "venv", str(folder)], env)
    if not requirements:
        return
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    # Programs start by a script that pip writes; those of old releases cost more.
    _run([*pip, "--upgrade", "pip"], env)
    _run([*pip, *requirements], env)


def _change_backend(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key, value in (("requires", '["ferrule"]'), ("build-backend", '"ferrule"')):
        text = re.sub(rf"(?m)^{key} *=.*$", f"{key} = {value}", text, count=1)
    path.write_text(text, encoding="utf-8")


def _run(command: Command, env: Mapping[str, str]) -> None:
    subprocess.run(command, env=dict(env), check=True, stdin=subprocess.DEVNULL)
