"""Findings about the Pythons of a machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.doctor.finding import Finding
from ferrule.errors import FerruleError
from ferrule.python.search import environment_python, find_command

if TYPE_CHECKING:
    from ferrule.python.discovery import Candidate
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "check_candidates",
    "check_environments",
    "check_requires_python",
    "describe_chosen",
    "find_chosen",
    "report_failure",
]


def find_chosen(env: Mapping[str, str]) -> tuple[Interpreter | None, list[Finding]]:
    """Return the interpreter that a build would take, and what to say about it."""
    from ferrule.python.discovery import default_interpreter

    for name in ("PYO3_CONFIG_FILE", "PYO3_NO_PYTHON"):
        if name in env:
            what = f"no interpreter is asked: {name}={env[name]}"
            return None, [Finding("python-default", "ok", what)]
    try:
        with log.without("warning"):
            found = default_interpreter(env)
    except FerruleError as error:
        return None, [report_failure(error)]
    return found, [describe_chosen(found, _reason(env))]


def report_failure(error: FerruleError) -> Finding:
    """Return the finding for an interpreter that was meant and does not work."""
    return Finding(
        "python-default",
        "error",
        error.what,
        tuple(error.why),
        "every build that needs an interpreter ends here",
        (error.fix,) if error.fix else (),
    )


def describe_chosen(found: Interpreter, reason: str) -> Finding:
    """Return the finding that names the interpreter of a build."""
    name = found.display_name.split()[0]
    what = f"{name} {found.version_text}: {found.executable}"
    details = [f"chosen by {reason}"]
    if os.path.realpath(found.base_executable) != os.path.realpath(found.executable):
        details.append(f"made from {found.base_executable}")
    elif found.is_virtual:
        details.append(f"a virtual environment of {found.base_prefix}")
    return Finding("python-default", "ok", what, tuple(details))


def _reason(env: Mapping[str, str]) -> str:
    if env.get("PYO3_PYTHON") is not None:
        return f"PYO3_PYTHON={env['PYO3_PYTHON']}"
    active = [name for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if name in env]
    if len(active) == 1:
        return f"{active[0]}={env[active[0]]}"
    name = "python" if find_command("python", env) else "python3"
    return f"PATH: `{name}` is {find_command(name, env)}"


def check_candidates(
    candidates: Sequence[Candidate], chosen: Interpreter | None
) -> list[Finding]:
    """Return the other interpreters, and those that do not run."""
    from ferrule.python.discovery import base_identity

    mine = base_identity(chosen) if chosen else None
    others = [
        item.interpreter
        for item in candidates
        if item.is_usable and item.interpreter is not None
    ]
    others = [item for item in others if base_identity(item) != mine]
    findings = []
    if others:
        names = dict.fromkeys(item.display_name for item in others)
        what = f"{len(others)} more: {', '.join(names)}"
        findings.append(Finding("python-found", "ok", what))
    elif chosen is None:
        findings.append(
            Finding(
                "python-found",
                "warning",
                "no interpreter on this machine can be used",
                remedy=("uv python install 3.13",),
            )
        )
    broken = [
        item
        for item in candidates
        # What is only too old works; nobody has to mend it.
        if item.interpreter is None and "is too old" not in item.reason
    ]
    if broken:
        findings.append(_broken(broken))
    return findings


def _broken(broken: Sequence[Candidate]) -> Finding:
    details = tuple(f"{item.path}: {item.reason}" for item in broken)
    count = len(broken)
    verb = (
        "file named like a Python does"
        if count == 1
        else "files named like a Python do"
    )
    is_pyenv = any("pyenv" in item.reason for item in broken)
    remedy = "pyenv versions   # then `pyenv global VERSION`" if is_pyenv else ""
    return Finding(
        "python-broken",
        "note",
        f"{count} {verb} not run",
        details,
        "ferrule leaves them out; a tool that takes the first name on PATH may not",
        (remedy,) if remedy else (),
    )


# --- environments -----------------------------------------------------------------


def check_environments(
    env: Mapping[str, str], root: Path | None, chosen: Interpreter | None
) -> list[Finding]:
    """Return conflicts between the active environments and the project's own."""
    findings = []
    virtual, conda = env.get("VIRTUAL_ENV"), env.get("CONDA_PREFIX")
    if virtual is not None and conda is not None and "PYO3_PYTHON" not in env:
        findings.append(
            Finding(
                "python-two-environments",
                "warning",
                "VIRTUAL_ENV and CONDA_PREFIX are both set",
                (f"VIRTUAL_ENV={virtual}", f"CONDA_PREFIX={conda}"),
                "PyO3 then ignores both and takes python from PATH; so does ferrule",
                ("unset CONDA_PREFIX",),
            )
        )
    # The active one is looked at by whoever chooses the interpreter, too; here
    # is the reason why it does not work.
    for folder in _project_environments(root, virtual):
        broken = _check_environment(folder)
        if broken is not None:
            findings.append(broken)
        elif chosen is not None:
            findings += _check_inactive(folder, env, chosen)
    return findings


def _project_environments(root: Path | None, virtual: str | None) -> list[Path]:
    found = [Path(virtual)] if virtual else []
    if root is not None:
        found.append(root / ".venv")
    unique = {os.path.realpath(path): path for path in found}
    return [path for path in unique.values() if os.path.lexists(path)]


def _check_environment(folder: Path) -> Finding | None:
    from ferrule.editable.environment import read_pyvenv

    python = environment_python(str(folder))
    home = read_pyvenv(folder).get("home", "")
    if os.path.islink(python) and not os.path.exists(python):
        reason = f"{python} leads to {os.path.realpath(python)}, which is gone"
    elif home and not os.path.isdir(home):
        reason = f"pyvenv.cfg says `home = {home}`, which is gone"
    else:
        return None
    made_by_uv = "uv" in read_pyvenv(folder)
    command = "uv venv --clear" if made_by_uv else "python3 -m venv --clear"
    return Finding(
        "python-venv-broken",
        "error",
        f"the virtual environment {folder} has lost its Python",
        (reason,),
        "the Python that it was made from was removed or upgraded",
        (f"{command} {folder}",),
    )


def _check_inactive(
    folder: Path, env: Mapping[str, str], chosen: Interpreter
) -> list[Finding]:
    from ferrule.editable.environment import read_pyvenv

    configured = read_pyvenv(folder)
    version = configured.get("version_info") or configured.get("version") or ""
    minor = ".".join(version.split(".")[:2])
    is_inside = os.path.realpath(chosen.prefix) == os.path.realpath(folder)
    if is_inside or not minor or minor == ".".join(map(str, chosen.minor_version)):
        return []
    scripts = "Scripts" if os.name == "nt" else "bin"
    return [
        Finding(
            "python-venv-inactive",
            "warning",
            f"{folder} has Python {minor}, but a build takes {chosen.version_text}",
            (f"chosen by {_reason(env)}",),
            "the module that is built cannot be imported in the project's environment",
            (f". {folder / scripts / 'activate'}",),
        )
    ]


# --- the project's wishes ---------------------------------------------------------


def check_requires_python(chosen: Interpreter, requires: str) -> list[Finding]:
    """Return a finding if the interpreter is outside of `requires-python`."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return []  # reported where the metadata is read
    if wanted.contains(chosen.version_text, prereleases=True):
        return []
    return [
        Finding(
            "python-requires",
            "warning",
            f"Python {chosen.version_text} is outside of requires-python = "
            f'"{requires}"',
            (chosen.executable,),
            "the wheel is built, but installers refuse it for this Python",
            ("ferrule python list   # then choose one with -i or PYO3_PYTHON",),
        )
    ]
