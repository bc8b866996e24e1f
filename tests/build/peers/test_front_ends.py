"""The programs with which people build and install drive the backend.

The project's feature `more` changes the module's answer: so a config setting
has reached the backend, by whatever way a front end passes it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from peer_samples import answering, crate, pyproject, write_sample

pytestmark = [pytest.mark.build, pytest.mark.network]

FILES = {
    "Cargo.toml": crate("fronted", "[features]\nmore = []\n"),
    "src/lib.rs": answering('if cfg!(feature = "more") { 43 } else { 42 }'),
    "pyproject.toml": pyproject("fronted", 'profile = "dev"\n')
    .replace("maturin>=1,<2", "ferrule")
    .replace('"maturin"', '"ferrule"')
    .replace("tool.maturin", "tool.ferrule"),
}
SETTING = "features=more"
ASK = "import ext; print(ext.ANSWER)"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the front ends and the backend."""

    folder: Path
    env: dict[str, str]

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def uv(self) -> Path:
        """Return the uv of the environment."""
        return self.folder / "bin" / "uv"


@pytest.fixture(scope="module")
def front(tmp_path_factory, ferrule_wheel, user_env, run_command) -> Environment:
    """Make the environment; ferrule is found like a package that is released."""
    folder = tmp_path_factory.mktemp("front") / "venv"
    links = f"{ferrule_wheel.parent} {user_env.get('PIP_FIND_LINKS', '')}".strip()
    env = {**user_env, "PIP_FIND_LINKS": links, "VIRTUAL_ENV": str(folder)}
    env["UV_FIND_LINKS"] = str(ferrule_wheel.parent)
    # What was built from this repository before has the same version.
    env["UV_NO_CACHE"] = "1"
    run_command(sys.executable, "-m", "venv", folder, cwd=folder.parent, env=env)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    run_command(*pip, "uv", "build", ferrule_wheel, cwd=folder, env=env)
    env["PATH"] = os.pathsep.join([str(folder / "bin"), env["PATH"]])
    return Environment(folder, env)


@pytest.fixture
def project(tmp_path) -> Path:
    root = tmp_path / "fronted"
    write_sample(FILES, root)
    return root


BUILDERS = {
    "uv build": ("uv", "build", "--out-dir"),
    "python -m build": ("python", "-m", "build", "--outdir"),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_sdist_and_wheel_are_built(
    name, front, project, tmp_path, run_command, make_venv
) -> None:
    program, *words = BUILDERS[name]
    command = [front.folder / "bin" / program, *words, tmp_path / "dist"]
    command += ["-C", SETTING, project]
    run_command(*command, cwd=tmp_path, env=front.env)

    wheel, sdist = sorted(
        path for path in (tmp_path / "dist").iterdir() if path.name[0] != "."
    )
    assert sdist.name == "fronted-1.0.0.tar.gz"
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert f"-{version}-{version}-linux_" in wheel.name
    venv = make_venv()
    venv.install(wheel)
    assert venv.ask(ASK) == "43"


def test_pip_wheel_of_an_sdist_compiles_dependencies_once(
    front, project, tmp_path, run_command, ferrule
) -> None:
    """Each isolated build is in a new folder; what it compiles is shared."""
    sdist = ferrule.make("sdist", project, tmp_path / "sdist")
    env = {**front.env, "FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    del env["CARGO_TARGET_DIR"]
    compiled = []
    for number in ("first", "second"):
        command = [front.python, "-m", "pip", "wheel", "-v", "--no-deps"]
        command += ["--no-cache-dir", "-w", tmp_path / number, sdist]
        done = run_command(*command, cwd=tmp_path, env=env)
        output = done.stdout + done.stderr
        compiled.append(int(re.search(r"\((\d+) compiled", output).group(1)))
    assert compiled[0] > 3
    assert compiled[1] == 0


INSTALLERS = {
    "pip": (
        *("python", "-m", "pip", "install", "--no-build-isolation"),
        *("--force-reinstall", "--no-deps"),
    ),
    "uv": (
        *("uv", "pip", "install", "--no-build-isolation", "--reinstall", "--no-deps"),
    ),
}


@pytest.mark.parametrize("editable", [False, True], ids=["copy", "editable"])
@pytest.mark.parametrize("name", INSTALLERS)
def test_installers_install_and_import(
    name, editable, front, project, tmp_path, run_command
) -> None:
    program, *words = INSTALLERS[name]
    command = [front.folder / "bin" / program, *words, "-C", SETTING]
    command += ["-e", project] if editable else [project]
    run_command(*command, cwd=tmp_path, env=front.env)

    ask = f"{ASK}; import sys; sys.exit(0)"
    done = run_command(front.python, "-c", ask, cwd=tmp_path, env=front.env)
    assert done.stdout.strip() == "43"


def test_a_mistake_in_a_config_setting_is_explained(front, project, tmp_path) -> None:
    for words in INSTALLERS.values():
        command = [front.folder / "bin" / words[0], *words[1:], "-C", "featurs=more"]
        done = subprocess.run(
            [*command, project],
            cwd=tmp_path,
            env=front.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert 'did you mean "features"' in done.stdout + done.stderr


def test_isolated_installation_from_an_sdist(
    front, project, tmp_path, run_command, ferrule, make_venv
) -> None:
    """`uv pip install` and pip build what is no wheel in environments of their own."""
    sdist = ferrule.make("sdist", project, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        assert "fronted-1.0.0/PKG-INFO" in archive.getnames()
    venv = make_venv()
    env = {**front.env, "VIRTUAL_ENV": str(venv.folder)}
    command = [front.uv, "pip", "install", "--python", venv.python, sdist]
    run_command(*command, cwd=tmp_path, env=env)
    assert venv.ask(ASK) == "42"
    command = [front.python, "-m", "pip", "--python", venv.python, "install"]
    command += ["--force-reinstall", "-C", SETTING, "--no-cache-dir", sdist]
    run_command(*command, cwd=tmp_path, env=env)
    assert venv.ask(ASK) == "43"
