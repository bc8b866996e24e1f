"""Remembers which bundles were tried and worked.

A trial looks at everything but the program itself, whose place a probe takes. So
the answer stands while probe, files, system and what is imported are the same: who
changes the program only does not wait for it again. Failures are not remembered.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.pipeline.bundling.trial import sandbox
from ferrule.wheel.content import compute_sha256

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle
    from ferrule.wheel.content import Content

__all__ = ["known_verdict", "remember_verdict", "trial_facts"]

_SECTION: Final = "answers"
_UNTRIED: Final = ("program", "notice")


def trial_facts(
    bundle: Bundle,
    probe: Content,
    modules: Sequence[str],
    *,
    runner: Sequence[str],
    system: Iterable[Path],
) -> str:
    """Return what the outcome of a trial depends on, as a key.

    `system` are the files of this machine that the bundle meets. Raises `ReadError`.
    """
    from hashlib import sha256

    from ferrule import __version__

    files = [
        (item.path, item.executable, compute_sha256(item.content))
        for item in bundle.files
        if item.part not in _UNTRIED
    ]
    facts = (
        *(__version__, bundle.mode, bundle.links, files, compute_sha256(probe)),
        *(tuple(modules), tuple(runner), platform.release()),
        [(str(path), *_identity(path)) for path in system],
        # What a trial asks belongs to the answer.
        compute_sha256(Path(sandbox.__file__)),
    )
    return f"trial {sha256(repr(facts).encode()).hexdigest()}"


def known_verdict(facts: str, env: Mapping[str, str]) -> str | None:
    """Return where a bundle was tried that worked; None if none was."""
    from ferrule import cache

    found: Any = cache.read_json(env, _SECTION, facts)
    return found if isinstance(found, str) else None


def remember_verdict(facts: str, where: str, env: Mapping[str, str]) -> None:
    """Remember that a bundle worked."""
    from ferrule import cache

    cache.write_json(env, _SECTION, facts, where, label="a bundle that was tried")


def _identity(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return os.path.realpath(path), status.st_size, status.st_mtime_ns
