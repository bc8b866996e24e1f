"""Measures how long short programs run, turn by turn.

CPU time is the kernel's for the process and what it waited for; a machine's load
and its clock hit programs that take turns alike, so ratios are those of pairs.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.process import CommandError

__all__ = ["Starts", "measure_starts"]


@dataclass(frozen=True)
class Starts:
    """What the runs of one program took, in seconds."""

    cpu_s: tuple[float, ...]
    wall_s: tuple[float, ...]

    def relative(self, other: Starts) -> float:
        """Return the CPU time as a multiple of another program's: median of pairs."""
        return statistics.median(
            own / peer for own, peer in zip(self.cpu_s, other.cpu_s)
        )


def measure_starts(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]
) -> dict[str, Starts]:
    """Run every command once for nothing, then in turns. Raises CommandError."""
    for command in commands.values():
        _start(command, env)
    turns = [
        {name: _start(command, env) for name, command in commands.items()}
        for _ in range(rounds)
    ]
    return {
        name: Starts(
            tuple(turn[name][0] for turn in turns),
            tuple(turn[name][1] for turn in turns),
        )
        for name in commands
    }


def _start(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    # Not `subprocess`: what it does between fork and exec would count.
    silence = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    start = time.perf_counter()
    child = os.posix_spawn(command[0], [*command], env, file_actions=[silence])
    _, status, usage = os.wait4(child, 0)
    wall_s = time.perf_counter() - start
    if status != 0:
        message = f"exit status {status}: {' '.join(command)}"
        raise CommandError(message)
    return usage.ru_utime + usage.ru_stime, wall_s
