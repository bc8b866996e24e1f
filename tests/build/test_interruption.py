"""An interrupted build ends cargo and leaves nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

SLOW = """
fn main() {
    std::fs::write(std::env::var("MARKER").unwrap(), "started").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(120));
}
"""


def alive_with(word: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if word in command:
                found.append(command)
    return found


def default_signals() -> None:
    # A shell without job control starts its children with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_ends_cargo(tmp_path, user_env, number) -> None:
    root = tmp_path / "interrupted-sample"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        '[package]\nname = "interrupted"\nversion = "0.1.0"\nedition = "2021"\n'
        '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.30"\n'
    )
    (root / "src" / "lib.rs").write_text("")
    (root / "build.rs").write_text(SLOW)
    marker = tmp_path / "marker"
    env = {
        **user_env,
        "MARKER": str(marker),
        "CARGO_TARGET_DIR": str(tmp_path / "interrupted-target"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ferrule", "build"],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Only ferrule gets the signal, as from a process manager.
        start_new_session=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - no threads here
    )
    try:
        interrupt(process, marker, number)
    finally:
        process.kill()
        process.communicate()
    assert not (root / "dist").exists()
    time.sleep(0.5)
    assert alive_with("interrupted-target") == []
    assert alive_with("interrupted-sample") == []


def interrupt(process: subprocess.Popen, marker: Path, number: int) -> None:
    deadline = time.monotonic() + 120
    while not marker.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number, stderr
    assert "Traceback" not in stderr
