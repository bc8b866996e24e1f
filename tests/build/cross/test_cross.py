"""cross, played by a program that runs the real cargo with what a container gets.

The stand-in records how it was called, lets only those variables through that
cross lets through, and reports paths as they are in a container.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

PROJECT = "examples/abi3-module"
STAND_IN = """#!{python}
import json, os, subprocess, sys

arguments = sys.argv[1:]
target = arguments[arguments.index("--target-dir") + 1]
names = ("PATH", "HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN")
inside = {{name: os.environ[name] for name in names if name in os.environ}}
hidden = ("CARGO_TARGET_DIR",)
for name, value in os.environ.items():
    if name.startswith(("CARGO_", "CROSS_")) and name not in hidden:
        inside[name] = value
for word in os.environ.get("CROSS_BUILD_ENV_PASSTHROUGH", "").split():
    name, equals, value = word.partition("=")
    if equals:
        inside[name] = value.replace("/target/", target + "/", 1)
    elif name in os.environ:
        inside[name] = os.environ[name]
with open({record!r}, "w") as stream:
    json.dump({{"argv": arguments, "env": dict(os.environ), "inside": inside}}, stream)
run = subprocess.run([{cargo!r}, *arguments], env=inside, stdout=subprocess.PIPE)
project = os.path.dirname(os.path.abspath("Cargo.toml"))
text = run.stdout.decode().replace(target, "/target").replace(project, "/project")
sys.stdout.write("[cross] noise\\n" + text)
sys.exit(run.returncode)
"""


@pytest.fixture
def record(tmp_path) -> Path:
    return tmp_path / "record.json"


@pytest.fixture
def programs(tmp_path, record) -> Path:
    """Return a folder with a stand-in for cross, and a docker that is never run."""
    folder = tmp_path / "programs"
    folder.mkdir()
    cargo = shutil.which("cargo")
    text = STAND_IN.format(python=sys.executable, record=str(record), cargo=cargo)
    for name, content in (("cross", text), ("docker", "#!/bin/sh\nexit 1\n")):
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize("way", ["option", "CARGO"])
def test_cross(
    way, programs, record, copy_project, build_wheels, user_env, make_venv
) -> None:
    project = copy_project(PROJECT)
    env = {
        "PATH": f"{programs}:{user_env['PATH']}",
        "CROSS_BUILD_ENV_PASSTHROUGH": "MINE",
        "MINE": "kept",
        "PYO3_PRINT_NOTHING": "1",
    }
    words = ["--profile", "dev"]
    if way == "option":
        words.append("--cross")
    else:
        env["CARGO"] = "cross"
    (wheel,) = build_wheels(project, *words, env=env)
    seen = json.loads(record.read_text())
    argv, inside = seen["argv"], seen["inside"]
    assert argv[0] == "rustc"
    assert "--package=editdistance-abi3" in argv
    assert any(word.startswith("--target=") for word in argv)
    paths = [word for word in argv if str(project) in word]
    assert paths == []
    assert inside["MINE"] == "kept"
    assert inside["PYO3_PRINT_NOTHING"] == "1"
    assert inside["__CARGO_DEFAULT_LIB_METADATA"] == "ferrule"
    assert inside["PYO3_BUILD_EXTENSION_MODULE"] == "1"
    assert "PYO3_PYTHON" not in inside
    assert "CROSS_CONFIG" not in seen["env"]
    listed = seen["env"]["CROSS_BUILD_ENV_PASSTHROUGH"].split()
    (config,) = (word for word in listed if word.startswith("PYO3_CONFIG_FILE="))
    assert config.startswith("PYO3_CONFIG_FILE=/target/pyo3-config/")
    assert "version=3.9" in Path(inside["PYO3_CONFIG_FILE"]).read_text()
    environment = make_venv()
    environment.install(wheel.path)
    environment.run_tests(project / "tests")


def test_without_an_engine(programs, copy_project, run_ferrule, user_env) -> None:
    (programs / "docker").unlink()
    project = copy_project(PROJECT)
    env = {
        "PATH": f"{programs}:{user_env['PATH']}",
        "CROSS_CONTAINER_ENGINE": "podman-of-nobody",
    }
    done = run_ferrule("build", "--cross", cwd=project, env=env)
    assert done.returncode == 5
    assert "cross needs a container engine, and there is none" in done.stderr
    assert "looked for podman-of-nobody" in done.stderr
