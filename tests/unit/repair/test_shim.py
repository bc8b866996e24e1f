"""Tests of the script that stands for a program."""

from __future__ import annotations

import subprocess
import sys

from ferrule.repair.shim import shim_text


def test_it_becomes_the_program(tmp_path):
    script = tmp_path / "tool"
    script.write_bytes(shim_text("demo.scripts", "tool"))
    program = tmp_path / "site" / "demo.scripts" / "tool"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "got $1"\nexit 7\n')
    program.chmod(0o755)
    env = {"PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, str(script), "word"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "got word\n")
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not installed" in done.stderr
