"""With what a bundle is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.modes import Case
from ferrule.errors.foreign_bundle import RunnerMissingError
from ferrule.pipeline.bundling.trial.attempt import TrialRunner, trial_runner
from ferrule.python.distribution import Distribution
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple

ARM = "aarch64-unknown-linux-gnu"
WINDOWS = "x86_64-pc-windows-gnu"


@pytest.fixture
def case_for(make_interpreter):
    """Give a function that describes a bundle for a target."""

    def make(target: str, executable: str = "") -> Case:
        return Case(
            "app",
            make_interpreter(executable=executable),
            parse_triple(target),
            BundleSettings(),
            None,
            distribution=Distribution(Path("/root64/usr"), Path("/x"), None),
        )

    return make


@pytest.fixture
def tools(tmp_path):
    """Give a function that makes commands and returns an environment with them."""

    def make(*names: str) -> dict[str, str]:
        for name in names:
            path = tmp_path / name
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
        return {"PATH": str(tmp_path)}

    return make


def test_programs_of_this_machine_run_by_themselves(case_for) -> None:
    case = case_for("x86_64-unknown-linux-gnu", "/usr/bin/python3")
    assert trial_runner(case, {}, None) == TrialRunner()
    assert trial_runner(case, {}, False) is None


def test_others_are_tried_when_that_is_asked_for(case_for, tools) -> None:
    env = tools("wine", "qemu-aarch64-static")
    assert trial_runner(case_for(WINDOWS), env, None) is None
    assert trial_runner(case_for(WINDOWS), env, False) is None
    found = trial_runner(case_for(WINDOWS), env, True)
    assert found is not None
    assert found.name == "wine"
    assert len(found.words) == 1
    found = trial_runner(case_for(ARM), env, True)
    assert found is not None
    assert found.name == "qemu-aarch64-static"
    # The loader and the C library are those of the Python's own system.
    assert found.words[1:] == ("-L", "/root64")


def test_a_runner_that_cargo_knows_is_asked_for(case_for) -> None:
    env = {"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER": "qemu-aarch64 -L '/a b'"}
    found = trial_runner(case_for(ARM), env, None)
    assert found == TrialRunner(("qemu-aarch64", "-L", "/a b"))


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        (WINDOWS, "wine"),
        (ARM, "qemu-aarch64 and qemu-aarch64-static"),
        ("aarch64-apple-darwin", "nothing"),
        ("aarch64-pc-windows-msvc", "nothing"),
    ],
)
def test_nothing_runs_it(case_for, tools, target, wanted) -> None:
    with pytest.raises(RunnerMissingError, match=wanted) as caught:
        trial_runner(case_for(target), tools(), True)
    assert "_RUNNER" in str(caught.value)
