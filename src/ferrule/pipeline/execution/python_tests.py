"""Running the Python tests of a project: which there are, and with what."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ferrule import log
from ferrule.errors.development import TestRunnerMissingError

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "PythonOutcome",
    "explain_failing_imports",
    "find_test_files",
    "run_python_tests",
]

PythonOutcome = Literal["passed", "failed", "none"]

_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules", "target"})
_ENOUGH = 5
"""How many test files are named in messages; no more are looked for."""
_NO_TESTS = 5
"""Exit status of pytest, and of unittest from Python 3.12 on, without a test."""
_IMPORT_S = 60
"""How long the import of a module may take."""
_MARK = "import importlib.util as u; raise SystemExit(u.find_spec('pytest') is None)"


def run_python_tests(  # noqa: PLR0913 - where, with what, and which
    root: Path,
    pyproject: Mapping[str, Any] | None,
    interpreter: Interpreter,
    *,
    command: Sequence[str],
    keyword: str | None,
    arguments: Sequence[str],
    skipped: Path,
    env: Mapping[str, str],
) -> PythonOutcome:
    """Run the tests with pytest, or with unittest where that is what they need.

    `command` is the setting `test-command`; `skipped` is a folder without tests.
    Raises `TestRunnerMissingError`.
    """
    python = interpreter.executable
    if command:
        words = [python if word == "python" else word for word in command]
        return _run([*words, *arguments], root, env)
    files = find_test_files(root, skipped)
    configured = _configures_pytest(root, pyproject)
    if not files and not arguments and not configured:
        return "none"
    if _has_pytest(python, root, env):
        words = [python, "-m", "pytest"]
        if root in skipped.parents:
            words.append(f"--ignore={skipped}")
        words += ["-k", keyword] if keyword else []
        return _run([*words, *arguments], root, env)
    if configured or not files or not all(map(_needs_only_unittest, files)):
        shown = [str(path.relative_to(root)) for path in files]
        raise TestRunnerMissingError(python, shown or [f"{root}"])
    log.info("pytest is not installed: running the tests with unittest")
    # Folders without __init__.py are no packages: each is a start of its own.
    words = [python, "-m", "unittest", "discover", "-s", _common(root, files)]
    words += ["-k", keyword] if keyword else []
    return _run([*words, *arguments], root, env)


def explain_failing_imports(
    modules: Sequence[str],
    interpreter: Interpreter,
    root: Path,
    env: Mapping[str, str],
) -> None:
    """Say why modules cannot be imported, after tests failed; known reasons only.

    Each one is imported once more: what the tests print stays as it is.
    """
    for name in modules:
        try:
            done = subprocess.run(
                [interpreter.executable, "-c", f"import {name}"],
                cwd=root,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_IMPORT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            continue
        from ferrule.diagnosis import Context, explain_import

        text = done.stderr.decode("utf-8", "replace")
        major, minor = interpreter.minor_version
        context = Context(
            tool="ferrule",
            python=f"{major}.{minor}",
            interpreter=interpreter.executable,
            crate=name.rpartition(".")[2],
        )
        for found in explain_import(text, context):
            log.warn("\n  ".join([f"import {name}: {found.title}", *found.lines()]))


def find_test_files(root: Path, skipped: Path) -> list[Path]:
    """Return the first test files by pytest's names: `test_*.py`, `*_test.py`."""
    found: list[Path] = []
    for path in _walk(root, skipped):
        found.append(path)
        if len(found) == _ENOUGH:
            break
    return found


def _walk(root: Path, skipped: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name not in _SKIPPED
            and Path(folder, name) != skipped
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            is_test = name.startswith("test_") or name.endswith("_test.py")
            if is_test and name.endswith(".py"):
                yield Path(folder, name)


def _configures_pytest(root: Path, pyproject: Mapping[str, Any] | None) -> bool:
    tool = (pyproject or {}).get("tool", {})
    if isinstance(tool, dict) and "pytest" in tool:
        return True
    names = ("pytest.ini", ".pytest.ini", "pytest.toml", "conftest.py")
    return any((root / name).is_file() for name in names)


def _has_pytest(python: str, root: Path, env: Mapping[str, str]) -> bool:
    done = subprocess.run(
        [python, "-c", _MARK],
        cwd=root,
        env=dict(env),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def _needs_only_unittest(path: Path) -> bool:
    content = path.read_bytes()
    return b"unittest" in content and b"pytest" not in content


def _common(root: Path, files: Sequence[Path]) -> str:
    folder = os.path.commonpath([path.parent for path in files])
    return os.path.relpath(folder, root)


def _run(words: Sequence[str], root: Path, env: Mapping[str, str]) -> PythonOutcome:
    log.command(words)
    status = subprocess.run(list(words), cwd=root, env=dict(env), check=False)
    if status.returncode == _NO_TESTS:
        return "none"
    return "failed" if status.returncode else "passed"
