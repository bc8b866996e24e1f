"""Names for folders that are different on every machine.

rustc writes paths of sources into what it compiles: those of panics always, all
of them into debug information. `--remap-path-prefix` (The rustc book, "Remap
source paths") replaces them, so that equal sources give equal bytes in every
folder and for every user. C compilers have the same by `-ffile-prefix-map`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.rustflags import added_rustflags
from ferrule.cargo.toolchain import ask_sysroot

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.cargo.toolchain import Toolchain

__all__ = [
    "Remapping",
    "find_remapping",
    "is_remapped_otherwise",
    "linker_arguments",
    "native_variables",
    "rust_arguments",
]

Remapping = Sequence[tuple[str, str]]
"""Folders and their names; where several fit, the last one counts."""

_OWN_FLAG = "--remap-path-prefix"
_COVERAGE = "instrument-coverage"
_C_VARIABLES = ("CFLAGS", "CXXFLAGS")


def find_remapping(
    graph: Graph,
    project_root: Path,
    build_directory: Path,
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
    is_complete: bool = True,
) -> Remapping:
    """Return the names of the folders that a build takes its sources from.

    These are cargo's home, the standard library's sources, crates outside of
    the workspace, the workspace, and the build directory with what build
    scripts generate. cargo compiles a crate anew when its flags change, so
    projects that share a target directory must agree on them: unless
    `is_complete`, the project's own folders are left out where cargo names them
    relative to the workspace, which is everywhere but in debug information.
    Raises what `ask_sysroot` raises.
    """
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    workspace = graph.workspace_root
    places: list[tuple[str, str]] = [(os.path.abspath(home), "/cargo")]
    source = ask_sysroot(env, graph.root.folder) / "lib" / "rustlib" / "src" / "rust"
    commit = _commit_hash(toolchain)
    if commit and source.is_dir():
        # Where the sources are installed, rustc names them instead of this.
        places.append((str(source), f"/rustc/{commit}"))
    outside = [
        (str(crate.folder), f"/project/{crate.name}")
        for crate in graph.crates
        if workspace not in (crate.folder, *crate.folder.parents)
    ]
    places += outside
    if (outside or is_complete) and workspace not in project_root.parents:
        places.append((str(project_root), "/project"))
    if (outside or is_complete) and project_root not in workspace.parents:
        places.append((str(workspace), "/project"))
    places.append((str(build_directory), "/target"))
    found = {
        spelling: name
        for path, name in places
        for spelling in (path, os.path.realpath(path))
        if os.path.dirname(spelling) != spelling
    }
    return tuple(found.items())


def rust_arguments(
    remapping: Remapping,
    further: Sequence[str],
    *,
    folder: Path,
    host: str,
    env: Mapping[str, str],
) -> tuple[dict[str, str], list[str]]:
    """Return variables and cargo arguments that make rustc use the names.

    `further` are flags to add besides; `folder` is where cargo runs.
    """
    flags = [f"{_OWN_FLAG}={path}={name}" for path, name in remapping]
    return added_rustflags([*flags, *further], folder=folder, host=host, env=env)


def is_remapped_otherwise(env: Mapping[str, str], rustc_args: Sequence[str]) -> bool:
    """Whether the user's own flags name paths, or need the true ones.

    Coverage reports are made from the sources that a program names.
    """
    names = ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")
    given = [*rustc_args, *(env.get(name, "") for name in names)]
    return any(word in text for text in given for word in (_OWN_FLAG, _COVERAGE))


def linker_arguments(host: str) -> list[str]:
    """Return compiler flags that keep the time of the build out of the product."""
    if host.endswith("-windows-msvc"):
        return ["-Clink-arg=/Brepro"]
    if "-windows-gnu" in host:
        return ["-Clink-arg=-Wl,--no-insert-timestamp"]
    return []


def native_variables(
    remapping: Remapping, host: str, env: Mapping[str, str]
) -> dict[str, str]:
    """Return variables by which build scripts compile C and C++ with the names.

    They extend what the user set, where the crate `cc` looks first. Microsoft's
    compiler has no such option.
    """
    if host.endswith("-msvc"):
        return {}
    flags = [f"-ffile-prefix-map={path}={name}" for path, name in remapping]
    # The crate `cc` splits its variables at blanks.
    added = " ".join(flag for flag in flags if " " not in flag)
    found = {"ZERO_AR_DATE": "1"} if "-apple-" in host else {}
    for variable in _C_VARIABLES:
        spellings = [
            f"{variable}_{host}",
            f"{variable}_{host.replace('-', '_')}",
            f"HOST_{variable}",
            variable,
        ]
        used = [name for name in spellings if env.get(name)] or [variable]
        found.update({name: f"{env.get(name, '')} {added}".strip() for name in used})
    return found


def _commit_hash(toolchain: Toolchain) -> str:
    for line in toolchain.verbose_version.splitlines():
        name, _, value = line.partition(": ")
        if name == "commit-hash" and value != "unknown":
            return value
    return ""
