"""Ask interpreters what they are, once.

One process per interpreter runs `probe_script`; the answers are kept in the
cache under the identity of the executable. The running interpreter is asked
without a process. Which interpreters to ask is the business of `discovery`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from ferrule import cache as disk
from ferrule import log
from ferrule.python import probe_script
from ferrule.python.interpreter import Interpreter
from ferrule.records import dataclass

if TYPE_CHECKING:
    import subprocess

__all__ = [
    "FailureKind",
    "ProbeFailure",
    "probe",
    "running_interpreter",
]

TIMEOUT_S: Final = 20.0
OLDEST: Final = (3, 7)
"""The oldest Python that any supported PyO3 release knows."""
IMPLEMENTATIONS: Final = ("CPython", "PyPy", "GraalVM")
SECTION: Final = "interpreters"

# Variables that change what an interpreter says about itself.
_INFLUENCES: Final = (
    "PYTHONHOME",
    "PYTHONPLATLIBDIR",
    "PYTHONEXECUTABLE",
    "_PYTHON_HOST_PLATFORM",
    "_PYTHON_PROJECT_BASE",
    "_PYTHON_SYSCONFIGDATA_NAME",
)

FailureKind = Literal[
    "missing", "not-executable", "broken", "timeout", "too-old", "other"
]


@dataclass(frozen=True)
class ProbeFailure:
    """Why an interpreter cannot be used."""

    path: str
    kind: FailureKind
    reason: str
    """One line for people, for example `exit status 1: no such module`."""
    version: str = ""
    """Its version where it could tell, for example `2.7.18`."""


def probe(
    paths: Sequence[str], env: Mapping[str, str]
) -> list[Interpreter | ProbeFailure]:
    """Return what the interpreter at each path says about itself, in order.

    Those that the cache does not know are run, several at a time.
    """
    answers: dict[str, Interpreter | ProbeFailure] = {}
    cold: list[str] = []
    targets = {path: _target(path, env) for path in paths}
    for path in dict.fromkeys(targets.values()):
        known = _check_file(path) or _recall(path, env)
        if known is None:
            cold.append(path)
        else:
            answers[path] = known
    if cold:
        answers.update(zip(cold, _run_all(cold, env)))
    return [answers[targets[path]] for path in paths]


def _target(path: str, env: Mapping[str, str]) -> str:
    """Return what to ask instead of `path`: the Python behind a pyenv shim."""
    if os.path.basename(os.path.dirname(path)) != "shims":
        return path
    from ferrule.python.pyenv import is_shim, resolve_shim

    return (resolve_shim(path, env) if is_shim(path, env) else None) or path


@cache
def running_interpreter() -> Interpreter:
    """Return the facts of the interpreter that runs this code, without a process.

    A PEP 517 hook runs in the very interpreter that it builds for.
    """
    return Interpreter.from_json(probe_script.gather())


def _check_file(path: str) -> ProbeFailure | None:
    if not os.path.exists(path):
        reason = "it is a broken link" if os.path.islink(path) else "no such file"
        return ProbeFailure(path, "missing", reason)
    if os.path.isdir(path):
        return ProbeFailure(path, "not-executable", "it is a folder")
    if not os.access(path, os.X_OK):
        return ProbeFailure(path, "not-executable", "it is not executable")
    return None


# --- the cache -----------------------------------------------------------------


def _stamp(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "-"
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"


def _cache_key(path: str, env: Mapping[str, str]) -> str:
    """Return the identity of an interpreter: what its answer depends on.

    The path counts as given, since a link can belong to a virtual environment;
    `pyvenv.cfg` is looked for where CPython looks (PEP 405).
    """
    absolute = os.path.abspath(path)
    folder = os.path.dirname(absolute)
    # linux32 and Rosetta make one file answer differently.
    machine = os.uname().machine if os.name != "nt" else ""
    parts = [
        str(probe_script.PROBE_VERSION),
        machine,
        absolute,
        os.path.realpath(absolute),
        _stamp(absolute),
        _stamp(os.path.join(folder, "pyvenv.cfg")),
        _stamp(os.path.join(os.path.dirname(folder), "pyvenv.cfg")),
        *(f"{name}={env[name]}" for name in _INFLUENCES if name in env),
    ]
    return "\n".join(parts)


def _recall(path: str, env: Mapping[str, str]) -> Interpreter | ProbeFailure | None:
    stored = disk.read_json(env, SECTION, _cache_key(path, env))
    if not isinstance(stored, dict):
        return None
    try:
        facts, witness = stored["facts"], stored["sysconfig_data"]
        # An upgraded installation may leave a small launcher as it was.
        if witness and _stamp(facts["sysconfig_data"]) != witness:
            return None
        return _judge(path, facts)
    except (KeyError, TypeError, ValueError):
        return None


def _remember(path: str, env: Mapping[str, str], facts: dict[str, Any]) -> None:
    if not _is_cacheable(path, facts["executable"]):
        log.debug(f"the answer of {path} is not cached: it stands for another program")
        return
    version = ".".join(map(str, facts["version"]))
    data = facts["sysconfig_data"]
    stored = {"facts": facts, "sysconfig_data": _stamp(data) if data else ""}
    label = f"{facts['implementation']} {version} {os.path.abspath(path)}"
    disk.write_json(env, SECTION, _cache_key(path, env), stored, label=label)


def _is_cacheable(path: str, executable: str) -> bool:
    """Return whether the answer belongs to the file at `path` alone.

    The shims of version managers (scripts, or links to the manager) choose
    another program each time, by the environment and the current folder.
    """
    if os.path.realpath(path) != os.path.realpath(executable):
        return False
    try:
        with open(path, "rb") as stream:
            return stream.read(2) != b"#!"
    except OSError:
        return False


# --- processes -----------------------------------------------------------------


def _run_all(
    paths: Sequence[str], env: Mapping[str, str]
) -> list[Interpreter | ProbeFailure]:
    """Run the probe in each interpreter; a few processes at a time."""
    width = max(2, min(8, os.cpu_count() or 1))
    script = _script_text()
    child_env = {**env, "PYTHONIOENCODING": "utf-8"}
    # macOS launchers pass this to children, which would then deny who they are.
    child_env.pop("__PYVENV_LAUNCHER__", None)
    running: list[tuple[str, _Process]] = []
    outcomes: list[Interpreter | ProbeFailure] = []
    waiting = list(paths)
    try:
        while waiting or running:
            while waiting and len(running) < width:
                path = waiting.pop(0)
                running.append((path, _Process(path, script, child_env)))
            path, process = running[0]
            outcome = process.finish()
            running.pop(0)
            if isinstance(outcome, ProbeFailure):
                outcomes.append(outcome)
            else:
                _remember(path, env, outcome)
                outcomes.append(_judge(path, outcome))
    finally:
        for _, process in running:
            process.kill()
    return outcomes


def _script_text() -> bytes:
    # Through the loader, since ferrule may run from a zip file.
    loader: Any = probe_script.__loader__
    source: str = loader.get_source(probe_script.__name__)
    return source.encode("ascii")


class _Process:
    """One interpreter at work on the probe script."""

    def __init__(self, path: str, script: bytes, env: Mapping[str, str]) -> None:
        import subprocess
        import time

        self.path = path
        self.deadline = time.monotonic() + TIMEOUT_S
        self.process: subprocess.Popen[bytes] | None = None
        self.failure: ProbeFailure | None = None
        argv = [os.path.abspath(path), "-"]
        log.command(argv)
        try:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=env,
                # A wrapper's children must end with it when time is up.
                start_new_session=True,
            )
        except OSError as error:
            reason = f"it does not start: {error.strerror or error}"
            self.failure = ProbeFailure(path, "broken", reason)
            return
        self._send(script)

    def _send(self, script: bytes) -> None:
        """Hand over the script; it fits a pipe, so nobody waits for anybody."""
        process = self.process
        if process is None or process.stdin is None:
            return
        # What ends before it has read the script is explained by its exit.
        stream, process.stdin = process.stdin, None
        with suppress(OSError):
            stream.write(script)
        with suppress(OSError):
            stream.close()

    def finish(self) -> dict[str, Any] | ProbeFailure:
        """Wait for the answer and return the facts, or why there are none."""
        import subprocess
        import time

        if self.process is None:
            return self.failure or ProbeFailure(self.path, "broken", "not started")
        left_s = max(0.1, self.deadline - time.monotonic())
        try:
            output, errors = self.process.communicate(timeout=left_s)
        except subprocess.TimeoutExpired:
            self.kill()
            reason = f"it did not answer within {TIMEOUT_S:g} s"
            return ProbeFailure(self.path, "timeout", reason)
        if self.process.returncode != 0:
            reason = _describe_exit(self.process.returncode, errors or output)
            return ProbeFailure(self.path, "broken", reason)
        return _parse_answer(self.path, output)

    def kill(self) -> None:
        """End the process and its children, and forget what they wrote."""
        import signal

        process = self.process
        if process is None:
            return
        try:
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            process.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()


def _describe_exit(status: int, output: bytes) -> str:
    lines = output.decode("utf-8", "replace").split("\n")
    # Tracebacks end with the reason; pyenv begins with it.
    told = [line.strip() for line in lines if line.strip()]
    last = next((line for line in told if line.startswith("pyenv:")), "")
    last = last or (told[-1] if told else "")
    if status < 0:
        import signal

        names = {item.value: item.name for item in signal.Signals}
        what = f"killed by {names.get(-status, f'signal {-status}')}"
    else:
        what = f"exit status {status}"
    return f"{what}: {last[:300]}" if last else what


def _parse_answer(path: str, output: bytes) -> dict[str, Any] | ProbeFailure:
    """Return the facts between the last pair of marks.

    Site customisation may print before, between and after.
    """
    import json

    text = output.decode("utf-8", "replace")
    start = text.rfind(probe_script.BEGIN)
    stop = text.find(probe_script.END, start)
    try:
        facts = json.loads(text[start + len(probe_script.BEGIN) : stop])
        Interpreter.from_json(facts)
    except (ValueError, KeyError, TypeError):
        return ProbeFailure(path, "broken", "it does not answer like a Python")
    return dict(facts)


def _judge(path: str, facts: dict[str, Any]) -> Interpreter | ProbeFailure:
    """Refuse what PyO3 cannot use; return the others as they are."""
    interpreter = Interpreter.from_json(facts)
    version = interpreter.version_text
    if interpreter.version < OLDEST:
        reason = f"Python {version} is too old: 3.7 is the oldest that PyO3 knows"
        return ProbeFailure(path, "too-old", reason, version)
    if interpreter.implementation not in IMPLEMENTATIONS:
        reason = f"PyO3 does not know the implementation {interpreter.implementation}"
        return ProbeFailure(path, "other", reason, version)
    if not interpreter.executable:
        return ProbeFailure(path, "broken", "it does not know its own path", version)
    return interpreter
