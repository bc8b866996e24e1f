"""What links a build: the setting `linker`, cargo's configuration, this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.plan.context import cargo_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ferrule.pipeline.opening import OpenProject
    from ferrule.settings.model import Settings
    from ferrule.target.linker import Linker
    from ferrule.target.triple import Triple

__all__ = ["linker_of", "wanted_glibc"]

_OLDEST_GLIBC = (2, 17)
_ALIASES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def linker_of(opened: OpenProject) -> Linker | None:
    """Return what links for the target that a project is opened for.

    None where cargo needs to be told nothing: for this machine, unless zig or cross
    is wanted. Raises `StandardLibraryError`, `UnknownRustTargetError` and the errors
    of `find_linker`, so that nothing is compiled in vain.
    """
    target = opened.foreign_target
    settings = opened.settings(None)
    if target is None and not _is_wanted_here(opened, settings):
        return None
    from ferrule.cargo.configured_target import configured_linker
    from ferrule.target.linker import configured, find_linker, variable_name
    from ferrule.target.triple import parse_triple

    host = parse_triple(opened.toolchain.host)
    target = target or host
    env, folder = opened.request.env, opened.location.root
    if settings.linker != "cross":
        _check_library(opened, target.text, settings)
        named = configured_linker(folder, env, target.text)
        if named and settings.linker in ("auto", "system"):
            reason = f"cargo's configuration names {named}"
            return configured(named, target, env, reason=reason)
        named = named or env.get(variable_name(target), "")
        if named and settings.linker in ("zig", "xwin"):
            log.info(f"{settings.linker} links instead of {named}, which is configured")
    glibc = wanted_glibc(settings.compatibility, target)
    linker = find_linker(target, host, env, way=settings.linker, glibc=glibc)
    log.debug(f"{target} is linked by {linker.program or 'cc'} ({linker.reason})")
    if linker.kind == "zig":
        from ferrule.target.linkers.zig import tell_first_use

        tell_first_use(linker)
        if glibc:
            _tell_glibc(glibc, settings, target)
    if linker.kind == "cross":
        log.info(f"cargo runs in a container ({linker.reason})")
        log.info("cross may let rustup add or update a toolchain")
    return linker


def _is_wanted_here(opened: OpenProject, settings: Settings) -> bool:
    """Return whether something else than cargo's linker links for this machine.

    That makes wheels for others. What a front end builds is for this machine, where
    nobody may have zig: the project's own wish does not count then.
    """
    request = opened.request
    if settings.linker not in ("zig", "cross") or request.state != "wheel":
        return False
    return not (request.is_hook and opened.linker_origin.startswith("tool."))


def _check_library(opened: OpenProject, target: str, settings: Settings) -> None:
    from ferrule.cargo.standard_library import check_standard_library

    check_standard_library(
        target,
        opened.toolchain,
        folder=opened.location.root,
        arguments=cargo_arguments(settings),
        env=opened.request.env,
    )


def wanted_glibc(compatibility: str, target: Triple) -> str:
    """Return the glibc to link against, such as `2.17`; empty without glibc.

    That is the oldest that `compatibility` names, otherwise the oldest that has a
    policy for the machine and that Rust's standard library works with.
    """
    from ferrule.target.linkers.zig_targets import ZIGS_OLDEST_GLIBC, has_glibc

    if not has_glibc(target):
        return ""
    named = sorted(_named_policies(compatibility))
    wanted = named[0] if named else _oldest(target)
    major, minor = max(wanted, ZIGS_OLDEST_GLIBC.get(target.architecture, wanted))
    return f"{major}.{minor}"


def _named_policies(compatibility: str) -> Iterator[tuple[int, int]]:
    for word in compatibility.split(","):
        found = re.match(r"manylinux_(\d+)_(\d+)", word)
        if found is not None:
            yield int(found[1]), int(found[2])
        alias = re.match(r"manylinux\d+", word)
        if alias is not None and alias[0] in _ALIASES:
            yield _ALIASES[alias[0]]


def _oldest(target: Triple) -> tuple[int, int]:
    from ferrule.audit.policy import load_policies
    from ferrule.python.foreign import machine_of

    needed = _needed_glibc(target)
    policies = load_policies("glibc", machine_of(target))
    versions = [item.version for item in policies if item.version >= needed]
    return min(versions, default=needed)


def _needed_glibc(target: Triple) -> tuple[int, int]:
    from ferrule.target.linkers.zig_targets import OLDEST_GLIBC

    return OLDEST_GLIBC.get(target.architecture, _OLDEST_GLIBC)


def _tell_glibc(glibc: str, settings: Settings, target: Triple) -> None:
    major, minor = glibc.split(".")
    needed = _needed_glibc(target)
    if (int(major), int(minor)) < needed:
        log.warn(
            f"zig links against glibc {glibc}, but Rust's standard library is made "
            f"for {needed[0]}.{needed[1]} and newer: the result may not load"
        )
    elif "manylinux" in settings.compatibility:
        log.info(f"zig links against glibc {glibc}, as compatibility asks")
    else:
        log.info(
            f"zig links against glibc {glibc}, the oldest that Rust's standard library "
            "and a policy allow; compatibility names another"
        )
