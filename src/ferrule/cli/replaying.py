"""Answering `develop` and `rebuild` from what an earlier run has noted."""

from __future__ import annotations

import os

from ferrule import log
from ferrule.pipeline.development.replay import (
    NotReplayedError,
    question,
    read_replay,
    replay,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.pipeline.development.replay import Replayed

__all__ = ["replay_name", "replayed"]

_NEVER = ("-h", "--help", "--uninstall", "--only-deps")


def replayed(words: Sequence[str]) -> tuple[int | None, tuple[str, ...]]:
    """Return the exit code of a command that could be replayed, or None.

    Returned are also the targets that cargo compiled before something unexpected
    was found.
    """
    key = replay_name(words)
    data = read_replay(key, os.environ) if key else None
    if data is None:
        return None, ()
    from ferrule.cli.console import print_json, showing

    with showing(data["shown"]):
        try:
            result = replay(data, os.environ)
        except NotReplayedError as reason:
            log.debug(f"planning again: {reason}")
            return None, reason.compiled
        if data["what"]:
            log.step(_summary(result))
    if data["json"] is not None:
        print_json({**data["json"], **_counts(result)})
    return 0, ()


def replay_name(words: Sequence[str]) -> str | None:
    """Return under which name a command of this process is noted; None for never."""
    if any(word in _NEVER for word in words):
        return None
    try:
        folder = os.getcwd()
    except OSError:
        return None
    return question(words, folder, os.environ)


def _counts(result: Replayed) -> dict[str, object]:
    return {
        "changed": False,
        "requirements_installed": [],
        "compiled": result.compiled,
        "fresh": result.fresh,
        "seconds": round(result.seconds, 3),
    }


def _summary(result: Replayed) -> str:
    return (
        f"{result.data['what']} is installed ({len(result.compiled)} compiled, "
        f"{result.fresh} fresh, {result.seconds:.1f} s)"
    )
