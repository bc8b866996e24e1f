"""The part of an editable install that runs only when something is stale.

Like `installed_finder` it is written into site-packages and knows nothing of
ferrule: it locks, starts ferrule, and loads a changed module a second time.
"""

from __future__ import annotations

import os
import sys
import time
from os.path import basename, dirname, exists, isfile, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = [
    "explain",
    "find_again",
    "fresh_location",
    "locked",
    "rebuild",
    "refresh",
]

# --- constants of one install
KEEPS = False
REQUEST = "{}"
# --- end of the constants

FAILURE_SWITCH = "FERRULE_REBUILD_FAILURE"
PATIENCE_S = 1.0
"""How long another process is waited for without a word."""
EXPLANATION_S = 10.0
"""How long a failed import may wait to be explained."""
GRACE_S = 10.0
"""How long an interrupted ferrule may take to end."""
PROGRAM = (
    "import os, sys; sys.path += sys.argv.pop(1).split(os.pathsep); "
    "from ferrule.cli import main; sys.exit(main())"
)

finder: Any = None
"""The finder's module."""


class RebuildError(Exception):
    """A rebuild failed; the text is all there is to tell."""


def refresh(change: str) -> None:
    """Rebuild because `change` changed; the finder's table is up to date then.

    Raises ImportError, or warns where the old modules are to be kept.
    """
    started = time.time()
    try:
        with locked(join(dirname(finder.RECORD), "import.lock"), _say_waiting):
            _refresh_unless_done(change, started)
        finder.find_change(finder.RECORD, finder.MODULES)
    except RebuildError as failed:
        _fail(str(failed))
    except OSError as error:
        _fail(f"the system says: {error}")


def _refresh_unless_done(change: str, started: float) -> None:
    # Another process may have done it, or failed, while this one waited.
    now = finder.find_change(finder.RECORD, finder.MODULES)
    if now is None:
        return
    failure = _recent_failure(started)
    if failure is not None:
        raise RebuildError(failure)
    what = "was removed" if not exists(change) else "changed"
    _say(f"{basename(change)} {what}: rebuilding {finder.DISTRIBUTION}")
    _run_recording_failure()


def rebuild(name: str) -> bool:
    """Rebuild if anything changed; return whether a module is another then."""
    change = finder.find_change(finder.RECORD, finder.MODULES)
    # A build that runs Python must not wait for itself.
    if change is not None and finder.MARKER not in os.environ:
        try:
            with locked(join(dirname(finder.RECORD), "import.lock"), _say_waiting):
                _run()
        except (RebuildError, OSError) as error:
            raise ImportError(_failure_text(str(error)), name=name) from None
        finder.find_change(finder.RECORD, finder.MODULES)
    location = finder.MODULES.get(name)
    return location is not None and _is_changed(name, location)


# --- loading again -------------------------------------------------------------


def find_again(name: str) -> ModuleSpec | None:
    """Return the spec with which `importlib.reload` loads a module again.

    A package around modules is no module of the finder's own: the modules
    inside that changed are loaded again first.
    """
    if finder.wants_check():
        change = finder.find_change(finder.RECORD, finder.MODULES)
        if change is not None:
            refresh(change)
    location = finder.MODULES.get(name)
    if location is not None:
        return _spec_again(name, location)
    from importlib import reload

    for inner in sorted(finder.MODULES):
        module = sys.modules.get(inner)
        if module is None or not inner.startswith(name + "."):
            continue
        if _is_changed(inner, finder.MODULES[inner]):
            reload(module)
    return None


def fresh_location(name: str, location: str) -> str:
    """Return the file to load for a module that this process loaded before."""
    return _new_name(location) if _is_changed(name, location) else location


def _spec_again(name: str, location: str) -> ModuleSpec:
    changed = _is_changed(name, location)
    if location.endswith("__init__.py"):
        if changed:
            _forget_submodules(name)
            location = _new_name(location)
        spec: ModuleSpec = finder.make_spec(name, location)
        return spec
    if changed:
        location = _new_name(location)
    else:
        location = getattr(sys.modules[name], "__file__", location)
    loader = _loader_again(name, location, changed=changed)
    again: ModuleSpec = finder.make_spec(name, location, loader)
    return again


def _loader_again(name: str, location: str, *, changed: bool) -> Any:
    class LoaderAgain(finder.Loader):  # type: ignore[misc]
        def exec_module(self, module: ModuleType) -> None:
            """Fill the module that exists with what the new library holds."""
            if not changed:
                return
            from importlib.util import module_from_spec

            spec = finder.make_spec(name, location)
            fresh = module_from_spec(spec)
            spec.loader.exec_module(fresh)
            kept = ("__loader__", "__spec__")
            module.__dict__.update(
                {key: item for key, item in fresh.__dict__.items() if key not in kept}
            )
            # CPython puts a module of single-phase initialization there itself.
            sys.modules[name] = module

    return LoaderAgain(name, location)


def _is_changed(name: str, location: str) -> bool:
    try:
        version = finder.version_of(location)
    except OSError:
        return False
    return name in finder.loaded and finder.loaded[name] != version


def _forget_submodules(name: str) -> None:
    for inner in [item for item in sys.modules if item.startswith(name + ".")]:
        del sys.modules[inner]


def _new_name(location: str) -> str:
    """Return the same module under a name that nothing was loaded from.

    The system's loader takes a library with a known name for the one that it
    has, and PyO3 initializes one library once.
    """
    if not location.startswith(dirname(finder.RECORD)):
        return location  # a package of the project's own
    if location.endswith("__init__.py"):
        folder = dirname(location)
        identity = max(item[1] for item in finder.version_of(location))
        target = f"{folder}.{identity:x}"
        os.makedirs(target, exist_ok=True)
        for entry in os.scandir(folder):
            if entry.is_file():
                _link(entry.path, join(target, entry.name))
        return join(target, "__init__.py")
    stem, dot, suffix = basename(location).partition(".")
    time_ns, size = finder.version_of(location)
    target = join(dirname(location), f"{stem}.{time_ns:x}-{size:x}{dot}{suffix}")
    _link(location, target)
    return target


def _link(source: str, target: str) -> None:
    if exists(target):
        return
    temporary = f"{target}.{os.getpid()}"
    try:
        os.link(source, temporary)
    except OSError:
        import shutil

        shutil.copy2(source, temporary)
    os.replace(temporary, target)


# --- running ferrule -----------------------------------------------------------


def _run_recording_failure() -> None:
    path = finder.RECORD + ".failure"
    try:
        _run()
    except RebuildError as failed:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(f"{time.time()}\n{failed}")
        raise
    if exists(path):
        os.unlink(path)


def _recent_failure(started: float) -> str | None:
    """Return why another process failed while this one waited for it.

    Of many workers one tries; a new import tries again.
    """
    try:
        with open(
            finder.RECORD + ".failure", encoding="utf-8", errors="surrogateescape"
        ) as stream:
            moment, _, text = stream.read().partition("\n")
        return text if float(moment) >= started else None
    except (OSError, ValueError):
        return None


def _run() -> None:
    """Let ferrule build; raise `RebuildError` with what it printed."""
    import json
    import subprocess

    request = json.loads(REQUEST)
    folder = dirname(finder.RECORD)
    path = join(folder, "request.json")
    if not exists(path):  # after `cargo clean`
        os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(REQUEST)
    import sysconfig

    command = [*_command(request.get("ferrule") or []), "rebuild", finder.RECORD]
    if _is_python(sys.executable):
        command += ["--python", sys.executable]
        command += ["--scripts", sysconfig.get_path("scripts")]
    env = {**os.environ, finder.MARKER: "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command,
        # A folder from which Python imports nothing by accident.
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        printed, told = process.communicate()
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        text = told.decode("utf-8", "replace").strip()
        raise RebuildError(
            text or f"{command[0]} ended with status {process.returncode}"
        )
    for line in printed.decode("utf-8", "replace").splitlines():
        _say(line)


def explain(error: ImportError) -> str:
    """Return what ferrule knows about a library that cannot be loaded.

    Empty where it knows nothing, or is not there to be asked.
    """
    import json
    import subprocess

    try:
        recorded = json.loads(REQUEST).get("ferrule") or []
        done = subprocess.run(
            [*_command(recorded), "explain", "-"],
            cwd=dirname(finder.RECORD) or None,
            env={**os.environ, finder.MARKER: "1", "PYTHONIOENCODING": "utf-8"},
            input=f"ImportError: {error}".encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=EXPLANATION_S,
            check=False,
        )
    except (RebuildError, OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if not done.returncode else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    from subprocess import TimeoutExpired

    process.terminate()
    try:
        process.communicate(timeout=GRACE_S)
    except TimeoutExpired:
        process.kill()
        process.communicate()


def _command(recorded: list[str]) -> list[str]:
    """Return the command line of a ferrule. Raises `RebuildError` without any.

    The one that made the install may have lived in a build environment that is
    gone.
    """
    if recorded:
        python, *packages = recorded
        if isfile(python) and all(map(exists, packages)):
            folders = dict.fromkeys(map(dirname, packages))
            return [python, "-c", PROGRAM, os.pathsep.join(folders)]
    from importlib.util import find_spec

    if _is_python(sys.executable) and find_spec("ferrule") is not None:
        return [sys.executable, "-m", "ferrule"]
    from shutil import which

    program = which("ferrule")
    if program is not None:
        return [program]
    raise RebuildError(
        "no ferrule was found: neither the one that installed the project exists, "
        f"nor is it installed for {sys.executable}, nor is `ferrule` on PATH.\n"
        "Install it into this environment, or as a tool: `pip install ferrule`, "
        "`pipx install ferrule` or `uv tool install ferrule`"
    )


def _is_python(path: str | None) -> bool:
    # A program that embeds Python is not to be started as one.
    name = basename(path or "").lower()
    return any(word in name for word in ("python", "pypy", "graalpy"))


# --- telling -------------------------------------------------------------------


def _fail(text: str) -> None:
    kept = [item for item in finder.MODULES.values() if exists(item)]
    choice = os.environ.get(FAILURE_SWITCH) or ("keep" if KEEPS else "error")
    if choice != "keep" or not kept:
        raise ImportError(_failure_text(text), name=finder.DISTRIBUTION) from None
    import warnings

    warnings.warn(
        f"{_failure_text(text)}\nThe modules of the last build are used",
        RuntimeWarning,
        stacklevel=2,
    )


def _failure_text(text: str) -> str:
    return (
        f"{finder.DISTRIBUTION} changed and could not be rebuilt:\n\n{text}\n\n"
        f"{finder.SWITCH}=false imports what was built last"
    )


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"ferrule: {text}\n")
        sys.stderr.flush()


def _say_waiting() -> None:
    _say(f"waiting for another process that rebuilds {finder.DISTRIBUTION}")


class locked:  # noqa: N801 (used like a function)
    """Hold a lock that at most one process has; the system frees it at its end.

    `tell` is called once if it takes long. Raises OSError where the file cannot
    be created.
    """

    def __init__(self, path: str, tell: Callable[[], None]) -> None:
        self._path = path
        self._tell = tell
        self._handle = -1

    def __enter__(self) -> None:
        os.makedirs(dirname(self._path), exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            give_up = time.monotonic() + PATIENCE_S
            while not _try_lock(self._handle):
                if time.monotonic() > give_up:
                    self._tell()
                    give_up = float("inf")
                time.sleep(0.02)
        except BaseException:
            os.close(self._handle)
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
