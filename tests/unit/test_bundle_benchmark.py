"""The benchmark of bundles: who fails is left out, and the others' figures stay."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.bundle import Bench, Made
from benchmarks.bundle_tables import make_build_table, make_start_table
from benchmarks.process import CommandError, Measurement
from benchmarks.startup import Starts, find_startable, measure_starts


class HalfBench(Bench):
    """A bench on which PyInstaller is broken."""

    def _make(self, program: str, variant: str) -> None:
        if variant.startswith("PyInstaller"):
            raise CommandError("exit code 1: pyinstaller\nno module named 'x'")
        made = self.folder / f"{variant}-made"
        made.mkdir(parents=True)
        (made / "app").write_text("#!/bin/sh\n")
        (made / "app").chmod(0o755)
        cost = Measurement(1.5, 2.25, 0)
        run = (str(made / "app"),)
        self.made[program, variant] = Made(run, made, cost, None, 0.5, 0.75)


@pytest.fixture
def bench(tmp_path: Path) -> HalfBench:
    return HalfBench(SimpleNamespace(folder=tmp_path, env={}), Path(sys.executable))


def test_what_cannot_be_made_is_told_once_and_left_out(bench, capsys):
    for _ in range(2):
        assert bench.get("plain", "PyInstaller onefile") is None
    told = capsys.readouterr().out
    assert told.count("no figures of PyInstaller onefile, plain: exit code 1") == 1
    assert "no module named 'x'" in told
    assert list(bench.failures) == [("plain", "PyInstaller onefile")]
    table = make_build_table(bench, "plain", ["PyInstaller onefile", "dynamic"])
    assert "PyInstaller" not in table
    (line,) = [line for line in table.splitlines() if line.startswith("dynamic")]
    assert line.split()[3:] == ["1.5", "(2.2", "cpu)", "-", "0.50", "0.75"]


def test_programs_are_run_as_they_are_handed_out(bench):
    made = bench.get("plain", "dynamic")
    assert made.path == bench.folder / "handed" / "plain dynamic" / "dynamic-made"
    assert made.command == (str(made.path / "app"),)
    assert made.size_bytes == len("#!/bin/sh\n")
    assert not (bench.folder / "dynamic-made").exists()


def test_programs_that_do_not_start_are_left_out():
    env = {"PATH": "/usr/bin:/bin"}
    commands = {
        "python": [sys.executable, "-c", ""],
        "broken": [sys.executable, "-c", "raise SystemExit(3)"],
        "missing": ["/nonexistent/program"],
    }
    failed: dict[str, str] = {}
    found = find_startable(commands, env, failed.__setitem__)
    assert list(found) == ["python"]
    assert failed["broken"].startswith("exit status 3: ")
    assert "No such file" in failed["missing"]
    starts = measure_starts(found, 2, env)
    assert len(starts["python"].cpu_s) == 2


def test_the_table_of_starts():
    starts = {
        "python": Starts((0.01, 0.02, 0.03), (0.1, 0.1, 0.1)),
        "onefile": Starts((0.005, 0.01, 0.03), (0.2, 0.2, 0.2)),
    }
    lines = make_start_table("start-up of plain", starts).strip().splitlines()
    assert lines[2].split() == ["onefile", "10.0", "5.0", "200.0", "0.50", "0.50-0.75"]
