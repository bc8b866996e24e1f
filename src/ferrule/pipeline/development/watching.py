"""Building again at every change, and running a command after each build."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.freshness import folder_inputs, read_inputs
from ferrule.errors import FerruleError
from ferrule.errors.usage import CommandNotFoundError

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request

__all__ = ["Watch", "watch"]

_POLL_S = 0.3
_SETTLED_S = 0.05
"""How long nothing may change before a build begins."""
_GRACE_S = 5.0
"""How long a command may take to end after each signal."""
_RUST_NAMES = (".rs", "Cargo.toml", "Cargo.lock", "pyproject.toml")

Snapshot = Mapping[Path, "tuple[int, int] | None"]


@dataclass
class Watch:
    """What is watched, and the command that runs now."""

    request: Request
    command: Sequence[str]
    root: Path
    record: Path | None = None
    """The freshness record of the last build that succeeded."""
    process: subprocess.Popen[bytes] | None = None
    endings: tuple[str, ...] = field(default=_RUST_NAMES)

    def snapshot(self) -> Snapshot:
        """Return time and size of each file whose change matters."""
        place = str(self.record.parent) + os.sep if self.record else "\0"
        named = read_inputs(self.record) if self.record else ()
        paths = {Path(name) for name in named if not name.startswith(place)}
        folders = {self.root, *(item.parent for item in paths if item.suffix == ".rs")}
        for folder in sorted(folders):
            if folder == self.root or self.root not in folder.parents:
                paths.update(
                    path
                    for path in folder_inputs(folder)
                    if path.name.endswith(self.endings)
                )
        return {path: _stamp(path) for path in paths}


def watch(request: Request, command: Sequence[str]) -> None:
    """Build, run the command, and do so again after every change, for ever.

    A build that fails is told and ends nothing. The command that runs is ended
    before it is started again, and at the end, which an interruption brings.
    Raises `CommandNotFoundError`, and what opening the project raises at first.
    """
    from ferrule.pipeline.opening import open_project

    root = open_project(request).location.root
    endings = (*_RUST_NAMES, ".py", ".pyi") if command else _RUST_NAMES
    watched = Watch(request, command, root, endings=endings)
    seen = watched.snapshot()
    try:
        _turn(watched, changed=())
        log.step(f"watching {root}")
        for _ in _wakings(root):
            _tell_end(watched)
            now = watched.snapshot()
            # A file that only the new record names was not looked at before.
            changed = [path for path in now if seen.get(path, now[path]) != now[path]]
            changed += [
                path
                for path in now.keys() ^ seen.keys()
                if path.name.endswith(watched.endings)
            ]
            if changed:
                seen = _settled(watched, now)
                names = sorted({path.name for path in changed})
                more = f" and {len(names) - 3} more" if len(names) > 3 else ""
                log.step(f"{', '.join(names[:3])}{more} changed")
                _turn(watched, changed=changed)
            else:
                seen = now
    finally:
        _end(watched)


def _turn(watched: Watch, changed: Sequence[Path]) -> None:
    """Build unless only Python changed, and start the command again."""
    if not changed or any(path.suffix not in (".py", ".pyi") for path in changed):
        try:
            _build(watched)
        except FerruleError as error:
            log.warn(str(error))
            return
    if watched.command:
        _end(watched)
        _start(watched)


def _build(watched: Watch) -> None:
    """Build what is installed in the environment, or else what was asked for."""
    from ferrule.pipeline.build.wheels import plan_builds
    from ferrule.pipeline.development.editables import prepare_editable
    from ferrule.pipeline.development.rebuild import rebuild
    from ferrule.pipeline.opening import open_project

    started = time.monotonic()
    opened = open_project(watched.request)
    build, _ = plan_builds(opened)[0]
    record = None if watched.request.command_line else _installed_record(opened)
    if record is not None:
        python = build.interpreter.executable if build.interpreter else None
        done = rebuild(record, watched.request.env, interpreter=python)
        watched.record, compiled = record, done.compiled
        for note in done.notes:
            log.warn(note)
    else:
        contents = prepare_editable(opened, build)
        watched.record, compiled = contents.record, contents.compiled
    seconds = time.monotonic() - started
    log.step(f"built ({len(compiled)} compiled, {seconds:.1f} s)")


def _installed_record(opened: OpenProject) -> Path | None:
    """Return the freshness record of the install in the wanted environment."""
    from ferrule.pipeline.opening import wanted_interpreters

    interpreter = wanted_interpreters(opened)[0]
    if interpreter is None:
        return None
    name = opened.project(interpreter).metadata.distribution_name
    for folder in interpreter.site_packages:
        try:
            text = Path(folder, f"_ferrule_editable_{name}.py").read_text("utf-8")
        except (OSError, ValueError):
            continue
        for line in text.splitlines():
            if line.startswith("RECORD = "):
                from ast import literal_eval

                record = Path(literal_eval(line.partition(" = ")[2]))
                is_there = (record.parent / "request.json").is_file()
                return record if is_there else None
    return None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _settled(watched: Watch, now: Snapshot) -> Snapshot:
    """Return the files as they are once nothing changes any more."""
    while True:
        time.sleep(_SETTLED_S)
        later = watched.snapshot()
        if later == now:
            return now
        now = later


def _wakings(root: Path) -> Iterator[None]:
    """Yield whenever it is time to look: at events of the system, and now and then.

    Without the package watchfiles it is always time.
    """
    from importlib.util import find_spec

    if find_spec("watchfiles") is None:
        while True:
            time.sleep(_POLL_S)
            yield
    from watchfiles import watch as events

    # What lies outside of the folder is looked at every second.
    for _ in events(root, watch_filter=None, rust_timeout=1000, yield_on_timeout=True):
        yield


def _start(watched: Watch) -> None:
    env = {**watched.request.env, "FERRULE_REBUILD_ON_IMPORT": "false"}
    try:
        watched.process = subprocess.Popen(
            list(watched.command), env=env, start_new_session=os.name == "posix"
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandNotFoundError(watched.command[0], reason) from None


def _tell_end(watched: Watch) -> None:
    process = watched.process
    if process is not None and process.poll() is not None:
        watched.process = None
        log.step(f"{watched.command[0]} ended with status {process.returncode}")


def _end(watched: Watch) -> None:
    process, watched.process = watched.process, None
    if process is None:
        return
    for number in (signal.SIGINT, signal.SIGTERM, None):
        if process.poll() is not None:
            return
        _signal(process, number)
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def _signal(process: subprocess.Popen[bytes], number: int | None) -> None:
    if sys.platform == "win32":
        process.kill() if number is None else process.terminate()
        return
    try:
        os.killpg(process.pid, number or signal.SIGKILL)
    except ProcessLookupError:
        return
