"""`resolve_config` against PyO3's compiled build scripts, in random situations.

The scripts take environment variables and nothing else, so any target can be
asked about on Linux. A shell script plays the interpreter: it answers PyO3's
questions with made-up facts, among them those of Pythons that are rare.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from situations import HOST, TARGETS, Case, Generator

from ferrule.errors import FerruleError
from ferrule.python.releases import Pyo3Release
from ferrule.python.resolve import Resolution, resolve_config
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

pytestmark = pytest.mark.build

SEED = int(os.environ.get("FERRULE_TEST_SEED", "20261121"))


@dataclass
class Answer:
    """What one side says."""

    config: str | None = None
    error: str | None = None
    warnings: set[str] = field(default_factory=set)
    cfgs: set[str] = field(default_factory=set)
    panicked: bool = False


def script_env(case: Case, out_dir: Path) -> dict[str, str]:
    system, width = TARGETS[case.target]
    env = {
        "PATH": "/usr/bin:/bin",
        "TARGET": case.target,
        "HOST": HOST,
        "RUSTC": "/nonexistent-rustc",
        "OUT_DIR": str(out_dir),
        "CARGO_CFG_TARGET_OS": system,
        "CARGO_CFG_TARGET_POINTER_WIDTH": str(width),
        "CARGO_PKG_VERSION": str(case.release),
        "CARGO_FEATURE_RESOLVE_CONFIG": "1",
        **case.env,
    }
    for feature in case.features:
        env["CARGO_FEATURE_" + feature.upper().replace("-", "_")] = "1"
    return env


def run_script(script: Path, env: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        [script],
        env=env,
        cwd=env["OUT_DIR"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def read_error(stderr: str) -> str:
    start = stderr.index("error: ") if "error: " in stderr else 0
    return stderr[start:].removeprefix("error: ").rstrip()


def find_prefixed(stdout: str, prefix: str) -> set[str]:
    lines = stdout.splitlines()
    return {line[len(prefix) :] for line in lines if line.startswith(prefix)}


def ask_ffi(script: Path, case: Case, out_dir: Path) -> tuple[Answer, Answer]:
    """Return what the script prints as configuration, and what it then does."""
    env = script_env(case, out_dir)
    printed, built = Answer(), Answer()
    status, stdout, stderr = run_script(script, {**env, "PYO3_PRINT_CONFIG": "1"})
    if "-- PYO3_PRINT_CONFIG=1 is set" in stdout:
        block = stdout.partition("halting compile --\n")[2]
        printed.config = block.partition("\nnote: unset")[0]
    elif status == 1:
        printed.error = read_error(stderr)
    printed.panicked = printed.config is None and printed.error is None
    status, stdout, stderr = run_script(script, env)
    built.warnings = find_prefixed(stdout, "cargo:warning=")
    if status == 0:
        built.cfgs = find_prefixed(stdout, "cargo:rustc-cfg=")
    elif status == 1:
        built.error = read_error(stderr)
    built.panicked = status not in (0, 1)
    return printed, built


def ask_build_config(script: Path, case: Case, out_dir: Path) -> Answer:
    """Return the configuration that pyo3-build-config's own script stores."""
    status, stdout, stderr = run_script(script, script_env(case, out_dir))
    answer = Answer(warnings=find_prefixed(stdout, "cargo:warning="))
    if status == 1:
        answer.error = read_error(stderr)
    elif status == 0:
        named = "PYO3_CONFIG_FILE" in case.env
        name = "pyo3-build-config-file.txt" if named else "pyo3-build-config.txt"
        answer.config = (out_dir / name).read_text()
    answer.panicked = status not in (0, 1)
    return answer


class NoPythonError(FerruleError):
    """The stand-in of discovery found nothing."""


def ask_ferrule(case: Case) -> tuple[Resolution | None, FerruleError | None]:
    def find() -> Interpreter:
        if case.interpreter is None:
            message = "failed to run the Python interpreter at /nowhere/python: No such"
            raise NoPythonError(message)
        return case.interpreter

    try:
        resolution = resolve_config(
            case.release,
            env=case.env,
            target=parse_triple(case.target),
            host=parse_triple(HOST),
            features=case.features,
            find_interpreter=find,
            check=False,
        )
    except FerruleError as error:
        return None, error
    return resolution, None


def comparable(text: str) -> list[object]:
    """Return the lines, with the build flags in a fixed order."""
    lines: list[object] = []
    for line in text.removesuffix("\n").split("\n"):
        key, _, value = line.partition("=")
        lines.append((key, sorted(value.split(",")) if key == "build_flags" else value))
    return lines


def first_line(text: str) -> str:
    line = text.splitlines()[0]
    # The system's words for a program that does not start are discovery's part.
    return line.partition(": No such")[0]


def check_error(case: Case, theirs: str, ours: FerruleError | None) -> None:
    assert ours is not None, f"{case.describe()}\nPyO3 fails: {theirs}"
    # The one line that ferrule leaves out: the address of a web page.
    theirs = re.sub(r"(?m)^.*= help: check https://.*\n?", "", theirs)
    report = getattr(ours, "report", ours.what)
    if ours.what.startswith("cannot read "):
        # A sysconfigdata file that PyO3 would execute.
        return
    assert first_line(report) == first_line(theirs), case.describe()
    if hasattr(ours, "report") and "sysconfigdata files found" not in theirs:
        assert report.split() == theirs.split(), case.describe()


def check_config(case: Case, theirs: Answer, ours, error) -> bool:
    """Compare configurations; return whether there is one."""
    if theirs.panicked:
        return False
    if theirs.error is not None:
        check_error(case, theirs.error, error)
        return False
    assert error is None, f"{case.describe()}\nferrule fails: {error}"
    assert theirs.config is not None
    assert comparable(ours.text) == comparable(theirs.config), case.describe()
    return True


def check_current(script: Path, case: Case, out_dir: Path) -> bool:
    printed, built = ask_ffi(script, case, out_dir)
    ours, error = ask_ferrule(case)
    if not check_config(case, printed, ours, error):
        return False
    assert ours is not None
    if built.panicked:
        return True
    assert set(ours.warnings) == built.warnings, case.describe()
    if built.error is not None:
        check_error(case, built.error, ours.problem)
    else:
        assert ours.problem is None, f"{case.describe()}\n{ours.problem}"
        raw = {cfg for cfg in built.cfgs if cfg.startswith("pyo3_")}
        assert set(ours.config.cfgs(case.release)) == built.cfgs - raw
    return True


@pytest.mark.parametrize("kind", ["host", "cross", "file"])
@pytest.mark.parametrize("release", ["0.29.3", "0.30.1"])
def test_current_releases_decide_alike(build_scripts, tmp_path, release, kind):
    scripts = build_scripts(release)
    generator = Generator(Pyo3Release.parse(release), tmp_path, SEED)
    make = getattr(generator, f"{kind}_case")
    configs = sum(check_current(scripts.ffi, make(), tmp_path) for _ in range(300))
    assert configs > 60, "most situations end in errors: the test is too weak"


@pytest.mark.parametrize("release", ["0.20.3", "0.22.6", "0.25.1", "0.28.3"])
def test_older_releases_cross_compile_alike(build_scripts, tmp_path, release):
    scripts = build_scripts(release)
    generator = Generator(Pyo3Release.parse(release), tmp_path, SEED)
    configs = sum(
        check_current(scripts.ffi, generator.cross_case(), tmp_path) for _ in range(150)
    )
    assert configs > 25


@pytest.mark.parametrize("kind", ["host", "file"])
@pytest.mark.parametrize("release", ["0.20.3", "0.22.6", "0.25.1", "0.28.3"])
def test_older_releases_configure_the_host_alike(
    build_scripts, tmp_path, release, kind
):
    scripts = build_scripts(release)
    generator = Generator(Pyo3Release.parse(release), tmp_path, SEED)
    configs = 0
    for _ in range(150):
        case = getattr(generator, f"{kind}_case")()
        # This script knows only the host; the target's share is pyo3-ffi's.
        case.target = HOST
        theirs = ask_build_config(scripts.build_config, case, tmp_path)
        ours, error = ask_ferrule(case)
        if ours and theirs.config and "\nlib_name=" not in theirs.config:
            # pyo3-ffi's script adds the default name later on.
            ours = replace(ours, config=replace(ours.config, lib_name=None))
        if error and error.what.startswith("Cannot compile C extensions"):
            # So does pyo3-ffi's script, when it needs the name.
            continue
        configs += check_config(case, theirs, ours, error)
    assert configs > 25
