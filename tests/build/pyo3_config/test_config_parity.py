"""`ferrule config` against PyO3's own answer, for every Python of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ferrule.cli import main
from ferrule.python.abis import compute_abi
from ferrule.python.config_file import parse_config
from ferrule.python.discovery import default_interpreter
from ferrule.python.portable import portable_config
from ferrule.python.releases import Pyo3Release
from ferrule.python.resolve import resolve_config
from ferrule.target.triple import guess_host

pytestmark = pytest.mark.build

RELEASES = ("0.20.3", "0.22.6", "0.25.1", "0.28.3", "0.30.1")
NAMES = (*(f"python3.{minor}" for minor in range(7, 15)), "pypy3", "graalpy")


def find_python(name: str) -> str:
    """Return a path that starts; a pyenv shim without its version does not."""
    found = shutil.which(name)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [found] if found else []
    if name.startswith("python"):
        pattern = f"versions/{name.removeprefix('python')}.*/bin/{name}"
        candidates += sorted(map(str, root.glob(pattern)))
    for candidate in candidates:
        done = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if done.returncode == 0:
            return candidate
    pytest.skip(f"{name} is not on this machine")


def flags_as_set(text: str) -> list[object]:
    lines: list[object] = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        lines.append((key, set(value.split(","))) if key == "build_flags" else line)
    return lines


def printed_block(text: str) -> str:
    """Return the configuration out of what cargo shows of a failed script."""
    block = text.partition("halting compile --\n")[2].partition("\n\n")[0]
    return "".join(f"{line.strip()}\n" for line in block.splitlines())


def show_config(capsys, monkeypatch, python: str, *arguments: str) -> str:
    monkeypatch.setenv("PYO3_PYTHON", python)
    assert main(["config", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("release", RELEASES)
def test_prints_what_the_build_script_prints(
    build_scripts, tmp_path, capsys, monkeypatch, release, name
):
    python = find_python(name)
    scripts = build_scripts(release)
    theirs = ask_script(scripts, python, tmp_path)
    ours = show_config(capsys, monkeypatch, python, "--pyo3-version", release)
    assert flags_as_set(ours) == flags_as_set(theirs)


def ask_script(scripts, python: str, out_dir: Path) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "TARGET": str(guess_host()),
        "CARGO_CFG_TARGET_OS": "linux",
        "CARGO_CFG_TARGET_POINTER_WIDTH": "64",
        "CARGO_PKG_VERSION": scripts.release,
        "CARGO_FEATURE_RESOLVE_CONFIG": "1",
        "OUT_DIR": str(out_dir),
        "PYO3_PYTHON": python,
        "PYO3_PRINT_CONFIG": "1",
    }
    # Up to 0.28 the interpreter is asked by pyo3-build-config's script.
    script = scripts.build_config or scripts.ffi
    done = subprocess.run(
        [script], env=env, cwd=out_dir, capture_output=True, text=True, check=False
    )
    if scripts.build_config is None:
        return printed_block(done.stdout)
    assert done.returncode == 0, done.stderr
    return (out_dir / "pyo3-build-config.txt").read_text()


@pytest.mark.parametrize("release", RELEASES)
def test_prints_what_cargo_prints(build_scripts, capsys, monkeypatch, release):
    python = find_python("python3.11")
    scripts = build_scripts(release)
    done = scripts.cargo(PYO3_PYTHON=python, PYO3_PRINT_CONFIG="1")
    monkeypatch.chdir(scripts.crate)
    ours = show_config(capsys, monkeypatch, python)
    assert ours == printed_block(done.stderr)


@pytest.mark.parametrize("features", ["", "abi3-py39"])
@pytest.mark.parametrize("release", RELEASES)
def test_portable_file_gives_the_cfgs_of_the_interpreter(
    build_scripts, tmp_path, monkeypatch, release, features
):
    python = find_python("python3.12")
    scripts = build_scripts(release)
    monkeypatch.setenv("PYO3_PYTHON", python)
    interpreter = default_interpreter(os.environ)
    parsed = Pyo3Release.parse(release)
    names = {"extension-module", *filter(None, [features])}
    text = portable_config(
        parsed,
        interpreter,
        abi_features=names,
        link=False,
        executable=None,
        target=guess_host(),
    )
    assert str(Path.home()) not in text
    config = tmp_path / "config.txt"
    config.write_text(text)
    wanted = resolve_config(
        parsed,
        env=os.environ,
        target=guess_host(),
        host=guess_host(),
        features=names,
        find_interpreter=lambda: interpreter,
    )
    cfgs = read_cfgs(scripts, ",".join(sorted(names)), config)
    assert cfgs == set(wanted.config.cfgs(parsed))
    abi = compute_abi(parsed, interpreter, names, guess_host())
    assert f"Py_3_{abi.version[1]}" in cfgs
    assert ("Py_LIMITED_API" in cfgs) is (abi.kind == "abi3")


def read_cfgs(scripts, features: str, config: Path) -> set[str]:
    import json

    done = scripts.cargo(
        "--message-format=json", f"--features={features}", PYO3_CONFIG_FILE=str(config)
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        message = json.loads(line)
        executed = message["reason"] == "build-script-executed"
        if executed and "#pyo3-ffi@" in message["package_id"]:
            known = ("Py", "Graal", "py_sys")
            return {cfg for cfg in message["cfgs"] if cfg.startswith(known)}
    pytest.fail("cargo did not run pyo3-ffi's build script")


@pytest.mark.parametrize("release", RELEASES)
def test_linked_file_names_the_library(build_scripts, tmp_path, monkeypatch, release):
    python = find_python("python3.12")
    monkeypatch.setenv("PYO3_PYTHON", python)
    interpreter = default_interpreter(os.environ)
    text = portable_config(
        Pyo3Release.parse(release),
        interpreter,
        abi_features=frozenset({"abi3-py39"}),
        link=True,
        executable="/usr/bin/python",
        target=guess_host(),
    )
    config = parse_config(text, Pyo3Release.parse(release))
    assert config.lib_name == "python3.12"
    assert config.lib_dir == interpreter.lib_dir
    assert config.executable == "/usr/bin/python"
