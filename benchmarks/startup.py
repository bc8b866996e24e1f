"""Measures how long short programs run, turn by turn.

CPU time is the kernel's for the process and what it waited for; a machine's load
and its clock hit programs that take turns alike, so ratios are those of pairs.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.process import CommandError

__all__ = ["Starts", "find_startable", "measure_starts"]


@dataclass(frozen=True)
class Starts:
    """What the runs of one program took, in seconds."""

    cpu_s: tuple[float, ...]
    wall_s: tuple[float, ...]

    def relative(self, other: Starts) -> float:
        """Return the CPU time as a multiple of another program's: median of pairs."""
        return self.quartiles(other)[1]

    def quartiles(self, other: Starts) -> tuple[float, float, float]:
        """Return the quartiles of those multiples, the median in the middle."""
        pairs = [own / peer for own, peer in zip(self.cpu_s, other.cpu_s)]
        low, middle, high = statistics.quantiles(pairs, n=4, method="inclusive")
        return low, middle, high


def find_startable(
    commands: Mapping[str, Sequence[str]],
    env: Mapping[str, str],
    on_failure: Callable[[str, str], None],
) -> dict[str, Sequence[str]]:
    """Run every command once for nothing, and return those that work.

    The others' names and errors are handed to `on_failure`.
    """
    errors = {name: _try(command, env) for name, command in commands.items()}
    for name, error in errors.items():
        if error:
            on_failure(name, error)
    return {name: commands[name] for name, error in errors.items() if not error}


def _try(command: Sequence[str], env: Mapping[str, str]) -> str:
    try:
        _start(command, env)
    except (CommandError, OSError) as error:
        return str(error)
    return ""


def measure_starts(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]
) -> dict[str, Starts]:
    """Run commands in turns, and return what they took. Raises CommandError.

    Each runs twice, and the second run counts: the processor's caches are full of
    what ran before, which is large for some.
    """
    turns = [
        {name: _start_again(command, env) for name, command in commands.items()}
        for _ in range(rounds)
    ]
    return {
        name: Starts(
            tuple(turn[name][0] for turn in turns),
            tuple(turn[name][1] for turn in turns),
        )
        for name in commands
    }


def _start_again(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    _start(command, env)
    return _start(command, env)


def _start(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    # Not `subprocess`: what it does between fork and exec would count.
    silence = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    start = time.perf_counter()
    child = os.posix_spawn(command[0], [*command], env, file_actions=[silence])
    _, status, usage = os.wait4(child, 0)
    wall_s = time.perf_counter() - start
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        message = f"exit status {code}: {' '.join(command)}"
        raise CommandError(message)
    return usage.ru_utime + usage.ru_stime, wall_s
