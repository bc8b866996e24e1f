"""Doing again what a development install did, without planning it again.

After a full run `pipeline.development.replay_record` notes what it looked at, which
commands it ran and where their products went. While nothing of that has changed
but Rust sources, the commands are run and their products placed. Whatever is
unexpected ends in `NotReplayedError`, and the full way is gone. Importing this
costs a tenth of what planning imports.
"""

from __future__ import annotations

import os
import sys
import time

from ferrule import __version__, log
from ferrule.pipeline.development.replay_freshness import Freshness, NotReplayedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ferrule.diagnosis import Context

__all__ = [
    "SECTION",
    "NotReplayedError",
    "Replayed",
    "folder_names",
    "question",
    "read_replay",
    "replay",
]

SECTION = "answers"
_FORMAT = 2
"""Raised whenever what is noted looks otherwise than before."""
_NOISE = frozenset(
    {
        "_",
        "COLORFGBG",
        "COLORTERM",
        "COLUMNS",
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "FORCE_COLOR",
        "GPG_TTY",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LINES",
        "LS_COLORS",
        "NO_COLOR",
        "OLDPWD",
        "PS1",
        "PWD",
        "PYTEST_CURRENT_TEST",
        "SHLVL",
        "STY",
        "TERM",
        "WINDOWID",
    }
)
"""Variables that differ from one terminal to the next and that nobody reads."""
_NOISY = ("JPY_", "SSH_", "TERM_", "TMUX", "VSCODE_", "WAYLAND_", "XDG_SESSION_")
_PASSING_NAMES = ("__pycache__", "node_modules", "target")


class Replayed:
    """What became of it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.compiled: list[str] = []
        self.fresh = 0
        self.seconds = 0.0


def question(
    words: Sequence[str], folder: str | None, env: Mapping[str, str]
) -> str | None:
    """Return the name under which a command's replay is kept; None without any.

    Every variable but those of a terminal belongs to it, as a digest.
    """
    if folder is None:
        return None
    from ferrule.answers import sha256_hex

    variables = sorted(
        item
        for item in env.items()
        if item[0] not in _NOISE and not item[0].startswith(_NOISY)
    )
    python = (sys.executable, sys.prefix, sys.version)
    parts = (_FORMAT, __version__, python, folder, list(words), variables)
    digest = sha256_hex(repr(parts).encode("utf-8", "surrogateescape"))
    return f"replay {digest}"


def read_replay(key: str, env: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what is noted under a name, or None."""
    from ferrule.answers import read

    data = read(env, SECTION, key)
    return data if isinstance(data, dict) else None


def _changed(data: Mapping[str, Any]) -> str | None:
    for path, identity in data["files"].items():
        try:
            status = os.stat(path)
        except OSError:
            if identity is not None:
                return str(path)
            continue
        if [status.st_mtime_ns, status.st_size, status.st_ino] != identity:
            return str(path)
    for path, names in data["folders"].items():
        if folder_names(path) != names:
            return str(path)
    return next((path for path in data["needed"] if not os.path.exists(path)), None)


def folder_names(path: str) -> list[str] | None:
    """Return the names in a folder that a plan may depend on, sorted.

    Editors come and go with hidden names. None stands for no folder.
    """
    try:
        names = os.listdir(path)
    except OSError:
        return None
    return sorted(
        name
        for name in names
        if not name.startswith(".")
        and not name.endswith("~")
        and name not in _PASSING_NAMES
    )


def replay(data: Mapping[str, Any], env: Mapping[str, str]) -> Replayed:
    """Run the commands again and place what they built.

    Raises `NotReplayedError`, also where anything but Rust sources has changed,
    and what a compilation that fails raises.
    """
    started = time.perf_counter()
    change = _changed(data)
    if change is not None:
        raise NotReplayedError(f"{change} changed")
    result = Replayed(data)
    try:
        _replay_locked(data, env, result)
    except OSError as error:
        raise NotReplayedError(str(error), result.compiled) from error
    result.seconds = time.perf_counter() - started
    return result


def _replay_locked(
    data: Mapping[str, Any], env: Mapping[str, str], result: Replayed
) -> None:
    from ferrule.editable.installed_rebuilder import locked

    def tell() -> None:
        log.step(f"waiting for another ferrule that builds in {data['place']}")

    with locked(data["lock"], tell):
        started_ns = time.time_ns()
        record = Freshness(data["record"])
        edits = record.edits()
        if edits and not data["edits"]:
            raise NotReplayedError(f"{edits[0]} changed")
        if edits or data["always"]:
            log.debug(f"replaying the last run ({len(edits)} edited files)")
            if data["told"]:
                log.step(data["told"])
            for run in data["runs"]:
                _run(run, env, result)
            _place(data, record, result, started_ns, is_edited=bool(edits))


def _run(run: Mapping[str, Any], env: Mapping[str, str], result: Replayed) -> None:
    from ferrule.cargo.process import run_reading

    added = run["added"]
    reported: set[str] = set()

    def read(lines: Iterable[bytes]) -> None:
        _read_messages(lines, reported, result)

    def context() -> Context:
        from ferrule.diagnosis import Context

        known = run["context"]
        return Context(**{**known, "features": frozenset(known["features"])})

    run_reading(
        run["argv"],
        env={**env, **added},
        cwd=run["cwd"],
        shown=added,
        read=read,
        context=context,
    )
    if not reported.issuperset(run["artifacts"]):
        raise NotReplayedError("cargo built other files", result.compiled)


def _read_messages(
    lines: Iterable[bytes], reported: set[str], result: Replayed
) -> None:
    from ferrule.answers import parse_json

    for line in lines:
        if not line.startswith(b'{"reason":"compiler-artifact"'):
            continue
        message = parse_json(line.decode())
        reported.update(message["filenames"])
        if message["fresh"]:
            result.fresh += 1
        else:
            from ferrule.cargo.package_id import package_name

            name = package_name(message["package_id"])
            result.compiled.append(f"{name}:{message['target']['name']}")


def _place(
    data: Mapping[str, Any],
    record: Freshness,
    result: Replayed,
    started_ns: int,
    *,
    is_edited: bool,
) -> None:
    """Put new libraries in their places and note the state of their inputs."""
    from ferrule.pipeline.module_files import (
        place_library,
        remove_others,
        without_libpython,
    )

    found = []
    for module in data["modules"]:
        library = module["artifact"]
        if module["free"]:
            library = without_libpython(library, module["free"])
        target = module["target"]
        if not _is_placed(library, target):
            found.append((module, library, target))
    if found and not data["edits"]:
        raise NotReplayedError("cargo built other files", result.compiled)
    is_other = is_edited or found
    inputs = record.inputs(data["modules"], result.compiled) if is_other else []
    for module, library, _ in found:
        _check_name(module, library, result)
    for _, library, target in found:
        place_library(library, target)
        remove_others(target)
    if inputs:
        record.write(inputs, started_ns)


def _is_placed(library: str, target: str) -> bool:
    try:
        if os.path.samefile(library, target):
            return True
        ours, theirs = os.stat(library), os.stat(target)
    except OSError:
        return False
    pair = (ours.st_mtime_ns, ours.st_size)
    return pair == (theirs.st_mtime_ns, theirs.st_size)


def _check_name(module: Mapping[str, Any], library: str, result: Replayed) -> None:
    """Leave it to the full way to say that a module has another name.

    Every format writes the names of symbols as strings that end with a zero.
    """
    from mmap import ACCESS_READ, mmap

    with open(library, "rb") as stream:
        content = mmap(stream.fileno(), 0, access=ACCESS_READ)
    with content:
        if any(content.find(name.encode() + b"\0") >= 0 for name in module["inits"]):
            return
    raise NotReplayedError("the module's name changed", result.compiled)
