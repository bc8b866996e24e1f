"""Runs one command and measures it with everything that it starts.

CPU time is what the kernel reports for the command and all descendants that
were waited for (`wait4`); memory is the highest sum of resident sets seen while
the process tree was sampled.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["CommandError", "Measurement", "measure"]

SAMPLE_INTERVAL_S: Final = 0.01
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
SHOWN_LINES: Final = 40


class CommandError(Exception):
    """A measured command failed; the end of its output is the message."""


@dataclass(frozen=True)
class Measurement:
    """What one run, or several runs one after the other, cost."""

    wall_s: float
    cpu_s: float
    peak_bytes: int

    def __add__(self, other: Measurement) -> Measurement:
        """Return the cost of both, one after the other."""
        return Measurement(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            max(self.peak_bytes, other.peak_bytes),
        )


def measure(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Measurement:
    """Run a command to its end and return its cost.

    Raises CommandError if it fails.
    """
    log = cwd / ".benchmark-output"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop()
    if process.returncode != 0:
        lines = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        text = "\n".join(lines)
        message = f"exit code {process.returncode}: {' '.join(argv)}\n{text}"
        raise CommandError(message)
    log.unlink()
    cpu_s = usage.ru_utime + usage.ru_stime
    # A short process may end between two samples; the kernel's figure for the
    # largest single process is then the better one (KiB on Linux).
    return Measurement(wall_s, cpu_s, max(sampler.peak_bytes, usage.ru_maxrss * 1024))


class _Sampler(threading.Thread):
    """Samples the resident memory of a process tree until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.is_set():
            self.peak_bytes = max(self.peak_bytes, _read_tree_bytes(self._pid))
            self._done.wait(SAMPLE_INTERVAL_S)

    def stop(self) -> None:
        self._done.set()
        self.join()


def _read_tree_bytes(root: int) -> int:
    total = 0
    pids = [root]
    while pids:
        folder = f"/proc/{pids.pop()}"
        try:
            with open(f"{folder}/statm", encoding="ascii") as file:
                total += int(file.read().split()[1]) * PAGE_BYTES
            for thread in os.listdir(f"{folder}/task"):
                with open(f"{folder}/task/{thread}/children", encoding="ascii") as file:
                    pids += map(int, file.read().split())
        except (OSError, IndexError):
            continue  # the process ended while it was looked at
    return total
