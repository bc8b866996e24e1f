"""What links for a target: one answer out of several ways.

rustc calls `cc` for most targets and leaves it to the user to name another one
(the guide, "Cross Compiling"; the Cargo Book, `target.<triple>.linker`). What the
user has configured is replaced by nothing but a way that is asked for. The ways
are modules of `target/linkers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ferrule.errors.target import LinkerNotFoundError
from ferrule.target.linkers.model import Linker, LinkerKind, variable_name

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = [
    "Linker",
    "LinkerKind",
    "LinkerWay",
    "configured",
    "find_linker",
    "variable_name",
]

LinkerWay = Literal["auto", "system", "zig", "xwin", "cross"]


def find_linker(
    target: Triple,
    host: Triple,
    env: Mapping[str, str],
    *,
    way: LinkerWay = "auto",
    glibc: str = "",
) -> Linker:
    """Return what links for a target on this machine.

    `env` is the environment of cargo; configuration files of cargo are the
    caller's to look at. `auto` takes what has the usual name for the target, then
    zig or an SDK of Microsoft where one lies ready; `glibc` is the version that
    zig links against. Raises `LinkerNotFoundError`, which lists what was looked
    for, and the errors of the chosen way.
    """
    if way == "zig":
        from ferrule.target.linkers.zig import zig_linker

        return zig_linker(target, glibc, env)
    if way == "xwin":
        from ferrule.target.linkers.xwin import xwin_linker

        return xwin_linker(target, env)
    if way == "cross":
        from ferrule.target.linkers.cross import cross_linker

        return cross_linker(env)
    variable = variable_name(target)
    named = env.get(variable)
    if named:
        return configured(named, target, env, reason=variable)
    from ferrule.target.linkers.system import find_system_linker, is_musl_wrapper

    tried: list[str] = []
    found = find_system_linker(target, host, env, tried)
    if way == "auto" and (found is None or is_musl_wrapper(found, env)):
        found = _otherwise(target, glibc, env, tried) or found
    if found is None:
        from ferrule.target.linkers.zig import links_with_zig

        raise LinkerNotFoundError(
            target.text, tried, has_zig_way=links_with_zig(target)
        )
    return found


def configured(
    program: str, target: Triple, env: Mapping[str, str], *, reason: str
) -> Linker:
    """Return a linker that cargo knows already, with the compilers beside it."""
    from ferrule.target.linkers.system import compiler_tools

    return Linker("configured", "", compiler_tools(program, target, env), reason)


def _otherwise(
    target: Triple, glibc: str, env: Mapping[str, str], tried: list[str]
) -> Linker | None:
    """Return what links for many targets, if it lies ready."""
    if target.is_windows and target.environment == "msvc":
        from ferrule.target.linkers.xwin import find_sdk, sdk_linker

        folder = find_sdk(env)
        if folder is not None:
            return sdk_linker(target, folder, env)
        tried.append("a Windows SDK (XWIN_DIR)")
        return None
    from ferrule.target.linkers.zig import find_zig, links_with_zig, zig_linker

    if not links_with_zig(target):
        return None
    tried.append("zig")
    return zig_linker(target, glibc, env) if find_zig(env) is not None else None
