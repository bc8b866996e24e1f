"""Which interpreters there are, and the one that is meant by default.

The default follows the guide ("Configuring the Python version") and PyO3's
own order: PYO3_PYTHON, then the active environment, then `python` if it is a
Python 3, then `python3`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ferrule import log
from ferrule.errors.python import InterpreterProbeError, NoDefaultInterpreterError
from ferrule.python.interpreter import Interpreter
from ferrule.python.probe import ProbeFailure, probe
from ferrule.python.search import Place, environment_python, find_command, find_places
from ferrule.records import dataclass

__all__ = ["Candidate", "base_identity", "default_interpreter", "find_candidates"]


@dataclass(frozen=True)
class Candidate:
    """A possible interpreter: usable, or left out for a reason."""

    path: str
    source: str
    interpreter: Interpreter | None
    """Its facts; also known for most duplicates."""
    reason: str = ""
    """Why it is left out; empty for a usable one."""
    is_duplicate: bool = False
    """Whether it is left out because another path leads to the same Python."""

    @property
    def is_usable(self) -> bool:
        """Whether ferrule would build for it."""
        return self.interpreter is not None and not self.reason

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as plain data for `--json`."""
        return {
            "path": self.path,
            "source": self.source,
            "usable": self.is_usable,
            "reason": self.reason,
            "duplicate": self.is_duplicate,
            "interpreter": self.interpreter and self.interpreter.to_json(),
        }


# --- the default ------------------------------------------------------------------


def default_interpreter(env: Mapping[str, str]) -> Interpreter:
    """Return the interpreter that PyO3 would take in this environment.

    Raises `InterpreterProbeError` when the one that was named does not work,
    and `NoDefaultInterpreterError` when nothing leads to a Python 3.
    """
    chosen = env.get("PYO3_PYTHON")
    if chosen is not None:
        return _named(chosen, env)
    virtual, conda = env.get("VIRTUAL_ENV"), env.get("CONDA_PREFIX")
    if virtual is not None and conda is not None:
        log.warn(
            "both VIRTUAL_ENV and CONDA_PREFIX are set: ferrule ignores both, as "
            "PyO3 does, and takes python from PATH; unset one of them"
        )
    elif virtual is not None:
        return _of_environment("VIRTUAL_ENV", environment_python(virtual), env)
    elif conda is not None:
        path = environment_python(conda, is_conda=True)
        return _of_environment("CONDA_PREFIX", path, env)
    return _on_path(env)


def _named(name: str, env: Mapping[str, str]) -> Interpreter:
    has_folder = os.sep in name or "/" in name
    path = name if has_folder else find_command(name, env)
    if not name or path is None:
        raise InterpreterProbeError(
            name,
            "no such command on PATH" if name else "the variable is set, but empty",
            origin="PYO3_PYTHON",
            fix="set PYO3_PYTHON to a command on PATH or to a path, or unset it",
        )
    found = probe([path], env)[0]
    if isinstance(found, ProbeFailure):
        raise InterpreterProbeError(
            path,
            found.reason,
            origin=f"PYO3_PYTHON={name}",
            fix="set PYO3_PYTHON to a Python that runs, or unset it",
        )
    return found


def _of_environment(variable: str, path: str, env: Mapping[str, str]) -> Interpreter:
    found = probe([path], env)[0]
    if isinstance(found, ProbeFailure):
        raise InterpreterProbeError(
            path,
            found.reason,
            origin=f"{variable}={env[variable]}",
            fix=f"create the environment anew, or unset {variable}",
        )
    return found


def _on_path(env: Mapping[str, str]) -> Interpreter:
    tried = []
    for name in ("python", "python3"):
        path = find_command(name, env)
        if path is None:
            tried.append(f"{name}: not on PATH")
            continue
        found = probe([path], env)[0]
        if isinstance(found, Interpreter):
            return found
        if found.version.startswith("3."):
            # The order is PyO3's: the first Python 3 is the one, even so.
            raise InterpreterProbeError(
                path,
                found.reason,
                origin=f"`{name}`, the first Python 3 on PATH",
                fix="choose another one with --interpreter or PYO3_PYTHON",
            )
        tried.append(f"{name}: {path}: {found.reason}")
    raise NoDefaultInterpreterError(tried)


# --- everything -------------------------------------------------------------------


def base_identity(interpreter: Interpreter) -> tuple[int, int, str]:
    """Return what two paths to the same Python installation have in common.

    The file alone would not do: conda links one file into many environments.
    """
    try:
        status = os.stat(interpreter.base_executable)
        file = (status.st_dev, status.st_ino)
    except OSError:
        file = (0, 0)
    if file[1] == 0:
        # No inode numbers here: the path has to do.
        return (*file, os.path.realpath(interpreter.base_executable))
    return (*file, os.path.realpath(interpreter.base_prefix))


def find_candidates(env: Mapping[str, str]) -> list[Candidate]:
    """Return every candidate of this machine, the usable ones sorted first."""
    places, aliases = _split_aliases(find_places(env))
    answers = list(zip(places, probe([place.path for place in places], env)))
    answers += _missing_bases(answers, env)
    chosen = _choose_per_installation(answers)
    candidates = [_candidate(place, answer, chosen) for place, answer in answers]
    by_path = {candidate.path: candidate for candidate in candidates}
    for place, path in aliases:
        known = by_path[path]
        if known.interpreter is None:
            continue
        main = chosen[base_identity(known.interpreter)]
        reason = f"another name of {main}"
        candidates.append(
            Candidate(place.path, place.source, known.interpreter, reason, True)
        )
    return sorted(candidates, key=_order)


def _split_aliases(places: list[Place]) -> tuple[list[Place], list[tuple[Place, str]]]:
    """Set aside links to a file that is asked anyway.

    A link with a `pyvenv.cfg` near it is an interpreter of its own, and a link
    to a program of another name (a version manager) says nothing yet.
    """
    seen: dict[str, str] = {}
    distinct: list[Place] = []
    aliases: list[tuple[Place, str]] = []
    for place in places:
        real = os.path.realpath(place.path)
        folder = os.path.dirname(os.path.abspath(place.path))
        is_own = os.path.basename(real)[:2] not in ("py", "gr") or any(
            os.path.exists(os.path.join(near, "pyvenv.cfg"))
            for near in (folder, os.path.dirname(folder))
        )
        if not is_own and real in seen:
            aliases.append((place, seen[real]))
            continue
        if not is_own:
            seen[real] = place.path
        distinct.append(place)
    return distinct, aliases


_Answers = list[tuple[Place, "Interpreter | ProbeFailure"]]


def _missing_bases(answers: _Answers, env: Mapping[str, str]) -> _Answers:
    """Ask the Pythons that only virtual environments have led to."""
    known = {
        base_identity(found)
        for _, found in answers
        if isinstance(found, Interpreter) and not found.is_virtual
    }
    bases = {
        base_identity(found): found.base_executable
        for _, found in answers
        if isinstance(found, Interpreter) and found.is_virtual
    }
    paths = [path for identity, path in bases.items() if identity not in known]
    places = [Place(path, "environment") for path in dict.fromkeys(paths)]
    return list(zip(places, probe([place.path for place in places], env)))


def _choose_per_installation(answers: _Answers) -> dict[tuple[int, int, str], str]:
    """Return the path that stands for each installation: its own, not a venv's."""
    chosen: dict[tuple[int, int, str], str] = {}
    for wants_virtual in (False, True):
        for place, found in answers:
            if (
                isinstance(found, Interpreter)
                and found.is_virtual == wants_virtual
                # A shim answers for another file, which is to be named itself.
                and (wants_virtual or _is_itself(place, found))
            ):
                chosen.setdefault(base_identity(found), place.path)
    for place, found in answers:
        if isinstance(found, Interpreter):
            chosen.setdefault(base_identity(found), place.path)
    return chosen


def _is_itself(place: Place, found: Interpreter) -> bool:
    return os.path.realpath(place.path) == os.path.realpath(found.executable)


def _candidate(
    place: Place,
    answer: Interpreter | ProbeFailure,
    chosen: Mapping[tuple[int, int, str], str],
) -> Candidate:
    if isinstance(answer, ProbeFailure):
        return Candidate(place.path, place.source, None, answer.reason)
    main = chosen[base_identity(answer)]
    if main == place.path:
        return Candidate(place.path, place.source, answer)
    if answer.is_virtual:
        reason = f"a virtual environment of {main}"
    elif _is_itself(place, answer):
        reason = f"another name of {main}"
    else:
        reason = f"starts {main}"
    return Candidate(place.path, place.source, answer, reason, True)


def _order(candidate: Candidate) -> tuple[object, ...]:
    found = candidate.interpreter
    if found is None:
        return (2, candidate.path)
    return (
        0 if candidate.is_usable else 1,
        ("CPython", "PyPy", "GraalVM").index(found.implementation),
        found.minor_version,
        found.gil_disabled,
        found.debug,
        found.version,
        candidate.path,
    )
