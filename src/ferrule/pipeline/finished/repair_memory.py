"""Wheels that were found to need no repair, remembered for the next time.

Unpacking such a wheel is nearly all that looking at it costs. Only the answer that
nothing changes is kept, and only where it cannot depend on the libraries of this
machine: a wheel that needs something from outside is looked at each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__, cache
from ferrule.identity import file_identity
from ferrule.repair.plan import RepairPlan

if TYPE_CHECKING:
    from ferrule.pipeline.finished.repair import RepairOptions

__all__ = ["memory_key", "recall", "remember"]

_FORM = 1
"""Another number makes all answers of before unknown."""


def memory_key(path: Path, options: RepairOptions) -> str:
    """Return what stands for a wheel as it is now, and for what is wanted of it.

    Empty where nothing is remembered: some wishes add files, or tell when they
    match nothing.
    """
    wishes = options.wishes
    identity = file_identity(path)
    if wishes.exclude or wishes.include or wishes.no_mangle or wishes.providers:
        return ""
    wanted = (
        options.platform,
        options.only_platform,
        options.updates_tags,
        wishes.clear_executable_stack,
    )
    return repr([__version__, "repair", _FORM, str(path.resolve()), identity, wanted])


def recall(key: str, env: Mapping[str, str]) -> RepairPlan | None:
    """Return the plan of a wheel that needs nothing; None for one not known."""
    found = cache.read_json(env, "answers", key) if key else None
    if not isinstance(found, dict) or "platforms" not in found:
        return None
    return RepairPlan(platforms=tuple(found["platforms"]))


def remember(key: str, plan: RepairPlan, env: Mapping[str, str], label: str) -> None:
    """Keep that a wheel needs nothing; `label` is its name for people."""
    if key and plan == RepairPlan(platforms=plan.platforms):
        answer = {"platforms": list(plan.platforms)}
        cache.write_json(env, "answers", key, answer, label=label)
