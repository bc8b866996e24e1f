"""The Rust targets that a request builds for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.cargo.configured_target import configured_targets

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = ["group_by_target", "wanted_targets"]


def wanted_targets(opened: OpenProject) -> tuple[str, ...]:
    """Return the targets to build for, in order; empty for this machine alone.

    That are the setting `target`, then what cargo itself would build for
    (`CARGO_BUILD_TARGET`, `build.target` of its configuration), then on macOS what
    `ARCHFLAGS` asks of compilers. Raises what reading the settings raises.
    """
    opened.settings(None)
    env = opened.request.env
    host = opened.toolchain.host
    targets = tuple(
        host if name == "host-tuple" else name
        for name in opened.named_targets
        or configured_targets(opened.location.root, env, host)
    )
    if not targets and sys.platform == "darwin" and "ARCHFLAGS" in env:
        targets = _of_flags(env["ARCHFLAGS"], host)
    return () if targets == (host,) else tuple(dict.fromkeys(targets))


def group_by_target(
    opened: OpenProject, interpreters: Sequence[Interpreter | None]
) -> dict[str, list[Interpreter | None]]:
    """Return the Pythons by the Rust target they are for, for a project without one.

    The key is empty for rustc's own target.
    """
    from ferrule.python.implied_target import implied_target
    from ferrule.target.triple import parse_triple

    host = parse_triple(opened.toolchain.host)
    groups: dict[str, list[Interpreter | None]] = {}
    for given in interpreters:
        if given is None or given.is_foreign:
            groups.setdefault("", []).append(given)
            continue
        text = implied_target(given, host)
        found = given
        if text:
            log.info(
                f"{given.display_name} is one for {given.platform}, so the target is "
                f"{text} (cargo's own is {host})"
            )
            found = _for_target(given, parse_triple(text), host)
        groups.setdefault(text, []).append(found)
    return groups


def _for_target(given: Interpreter, target: Triple, host: Triple) -> Interpreter:
    """Return what a Python that answers for another machine says about that one."""
    from ferrule.python.foreign import describe_foreign
    from ferrule.python.foreign_selection import selector_of
    from ferrule.python.selector import parse_name

    name = parse_name(selector_of(given))
    # `_PYTHON_HOST_PLATFORM` alone changes the platform, and no other answer.
    if name and given.ext_suffix == describe_foreign(name, host).ext_suffix:
        described = describe_foreign(name, target)
        if described.ext_suffix != given.ext_suffix:
            return described
    # It still runs on this machine.
    return replace(given, pointer_width=target.pointer_width)


def _of_flags(text: str, host: str) -> tuple[str, ...]:
    words = text.split()
    machines = {word for before, word in zip(words, words[1:]) if before == "-arch"}
    names = {"arm64": "aarch64", "x86_64": "x86_64"}
    found = tuple(f"{names[item]}-apple-darwin" for item in sorted(machines & {*names}))
    if len(found) == 2:
        return ("universal2-apple-darwin",)
    return () if found == (host,) else found
