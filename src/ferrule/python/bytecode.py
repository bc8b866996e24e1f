"""Compiling Python files with the interpreter that will load them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ferrule import log
from ferrule.errors.bundle import BytecodeError
from ferrule.errors.files import WriteError

if TYPE_CHECKING:
    import subprocess

    from ferrule.python.interpreter import Interpreter

__all__ = ["BytecodeOrder", "compile_bytecode"]

_MOST_PROCESSES = 8
_FEWEST_FILES = 40
"""A process more is worth its start from here on."""


class BytecodeOrder(NamedTuple):
    """One file to compile."""

    source: str
    target: str
    shown: str
    """The file name that tracebacks show."""


def compile_bytecode(
    orders: Sequence[BytecodeOrder],
    interpreter: Interpreter,
    *,
    optimize: int,
    env: Mapping[str, str],
) -> dict[str, str]:
    """Compile files, several at a time; return those that are no Python, and why.

    The keys are `shown`. Raises `BytecodeError` if the interpreter fails, and
    `WriteError` where the disk is full.
    """
    import json
    import subprocess

    if not orders:
        return {}
    script = Path(__file__).with_name("bytecode_script.py").read_text(encoding="utf-8")
    executable = interpreter.base_executable or interpreter.executable
    # The seed decides the order of sets in the bytecode.
    clean = {key: value for key, value in env.items() if not key.startswith("PYTHON")}
    clean["PYTHONHASHSEED"] = "0"
    log.debug(f"compiling {len(orders)} files with {executable}")
    processes: list[subprocess.Popen[str]] = []
    failed: dict[str, str] = {}
    try:
        for part in _parts(orders):
            process = subprocess.Popen(
                [executable, "-S", "-s", "-B", "-c", script],
                env=clean,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            processes.append(process)
            if process.stdin is not None:
                process.stdin.write(json.dumps({"optimize": optimize, "files": part}))
                process.stdin.close()
                process.stdin = None
        for process in processes:
            output, errors = process.communicate()
            if process.returncode != 0:
                _check_disk(errors, orders[0].target)
                raise BytecodeError(executable, errors)
            failed.update(json.loads(output))
    except OSError as error:
        raise BytecodeError(executable, str(error)) from error
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
    return failed


def _check_disk(output: str, target: str) -> None:
    """Raise `WriteError` if an interpreter ended because the disk is full."""
    import errno

    last = output.rstrip().rpartition("\n")[2]
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        if f"[Errno {number}]" in last:
            folder = os.path.dirname(target)
            raise WriteError(folder, OSError(number, os.strerror(number)))


def _parts(orders: Sequence[BytecodeOrder]) -> list[Sequence[BytecodeOrder]]:
    wanted = min(os.cpu_count() or 1, _MOST_PROCESSES, len(orders) // _FEWEST_FILES)
    count = max(wanted, 1)
    return [part for part in (orders[start::count] for start in range(count)) if part]
