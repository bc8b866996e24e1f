"""Findings about cargo's variables and configuration files.

What is part of a fingerprint makes cargo compile again when it changes, so a
value that only one of shell, editor and project has costs time at each switch.
The files are found as The Cargo Book says ("Configuration", "Hierarchical
structure"): from the folder upwards, then CARGO_HOME.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ferrule.doctor.finding import Finding
from ferrule.errors import FerruleError
from ferrule.python.search import find_command
from ferrule.records import dataclass

__all__ = [
    "CargoConfig",
    "check_configs",
    "check_hidden_flags",
    "check_variables",
    "check_wrapper",
    "configured",
    "configured_env",
    "read_configs",
]

_VARIABLES: Final = (
    "CARGO",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
)
_PREFIXES: Final = (
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
)
_SETTINGS: Final = (
    "build.rustflags",
    "build.target",
    "build.target-dir",
    "build.build-dir",
    "build.rustc",
    "build.rustc-wrapper",
    "build.rustc-workspace-wrapper",
    "build.incremental",
    "env",
    "profile",
    "target",
    "unstable",
)


@dataclass(frozen=True)
class CargoConfig:
    """One configuration file; the nearest one wins."""

    path: Path
    content: Mapping[str, Any]
    problem: str = ""
    """Why it cannot be read."""
    hides: Path | None = None
    """A `config.toml` beside a `config`, which cargo then ignores."""


def read_configs(folder: Path, env: Mapping[str, str]) -> list[CargoConfig]:
    """Return cargo's configuration files for `folder`, the nearest first."""
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    folders = [parent / ".cargo" for parent in (folder, *folder.parents)]
    places = {os.path.realpath(path): path for path in [*folders, Path(home)]}
    return [item for path in places.values() for item in _in_folder(path)]


def _in_folder(folder: Path) -> Iterator[CargoConfig]:
    from ferrule.project.pyproject import read_toml

    present = [folder / name for name in ("config", "config.toml")]
    present = [path for path in present if path.is_file()]
    if not present:
        return
    hides = present[1] if len(present) == 2 else None
    if hides is not None and os.path.samefile(present[0], hides):
        hides = None
    try:
        content = read_toml(present[0])
    except FerruleError as error:
        yield CargoConfig(present[0], {}, str(error), hides)
        return
    yield CargoConfig(present[0], content, "", hides)


def configured(configs: Sequence[CargoConfig], key: str) -> tuple[Any, Path] | None:
    """Return the winning value of a dotted key and the file that sets it."""
    for item in configs:
        value: Any = item.content
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return value, item.path
    return None


def configured_env(
    configs: Sequence[CargoConfig],
) -> dict[str, tuple[str, bool, Path]]:
    """Return `[env]` of all files: value, whether it wins over the shell, file."""
    found: dict[str, tuple[str, bool, Path]] = {}
    for item in configs:
        table = item.content.get("env")
        for name, entry in (table if isinstance(table, dict) else {}).items():
            value, force = entry, False
            if isinstance(entry, dict):
                value, force = entry.get("value"), entry.get("force") is True
                if entry.get("relative") is True and isinstance(value, str):
                    value = os.path.normpath(item.path.parent.parent / value)
            if isinstance(value, str):
                found.setdefault(name, (value, force, item.path))
    return found


# --- findings ---------------------------------------------------------------------


def check_configs(configs: Sequence[CargoConfig]) -> list[Finding]:
    """Return what the files set, and files that are broken or badly named."""
    findings = []
    for item in configs:
        if item.problem:
            what, *details = item.problem.splitlines()
            findings.append(
                Finding(
                    "cargo-config-broken",
                    "error",
                    what,
                    tuple(line.strip() for line in details),
                    "every cargo command fails in this folder",
                )
            )
        if item.path.name == "config" and (item.hides or not item.path.is_symlink()):
            findings.append(_bad_name(item))
    for item in configs:
        names = sorted(_set_keys(item.content))
        if names:
            what = f"{item.path} sets {', '.join(names)}"
            findings.append(Finding("cargo-config", "ok", what))
    return findings


def _bad_name(item: CargoConfig) -> Finding:
    new = item.path.with_name("config.toml")
    if item.hides is not None:
        return Finding(
            "cargo-config-name",
            "warning",
            f"{item.path} hides {item.hides}",
            why="cargo reads the file without suffix and ignores the other one",
            remedy=(f"rm {item.path}   # after moving its lines to config.toml",),
        )
    return Finding(
        "cargo-config-name",
        "note",
        f"{item.path} has no suffix",
        why="cargo has deprecated the name, and will stop reading it",
        remedy=(f"mv {item.path} {new}",),
    )


def _set_keys(content: Mapping[str, Any]) -> Iterator[str]:
    for key in _SETTINGS:
        value: Any = content
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            continue
        if isinstance(value, dict):
            for name in value:
                yield f"{key}.{name}"
        else:
            yield f"{key} = {value!r}"


def check_variables(env: Mapping[str, str]) -> list[Finding]:
    """Return the variables of this shell that are part of fingerprints."""
    found = sorted(
        name for name in env if name in _VARIABLES or name.startswith(_PREFIXES)
    )
    if not found:
        return []
    # A compiler flag in the shell recompiles everything, the others little.
    is_costly = any(
        name.endswith("RUSTFLAGS") or name.startswith("CARGO_PROFILE_")
        for name in found
    )
    return [
        Finding(
            "cargo-variables",
            "note",
            f"cargo's variables in this shell: {', '.join(found)}",
            tuple(f"{name}={_shown(env[name])}" for name in found),
            "an editor or a shell without them "
            + ("compiles every crate again" if is_costly else "builds something else"),
            ("# .cargo/config.toml holds for all of them, variables for one shell",),
        )
    ]


def _shown(value: str) -> str:
    return value.replace("\x1f", " ")


def check_hidden_flags(
    env: Mapping[str, str], configs: Sequence[CargoConfig]
) -> list[Finding]:
    """Return a finding if the shell's flags replace those of the files.

    The Cargo Book, "build.rustflags": the sources of flags exclude each other.
    """
    names = ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS")
    name = next((item for item in names if env.get(item)), None)
    if name is None:
        return []
    hidden = []
    for item in configs:
        if configured([item], "build.rustflags"):
            hidden.append(f"build.rustflags in {item.path}")
        targets = item.content.get("target")
        for triple, table in (targets if isinstance(targets, dict) else {}).items():
            if isinstance(table, dict) and "rustflags" in table:
                hidden.append(f"target.{triple}.rustflags in {item.path}")
    if not hidden:
        return []
    return [
        Finding(
            "cargo-flags-hidden",
            "warning",
            f"{name}={_shown(env[name])} switches off flags that files set",
            tuple(hidden),
            "cargo never joins the two: a linker or cpu that a file chooses is "
            "not used in this shell",
            (f"unset {name}",),
        )
    ]


def check_wrapper(
    env: Mapping[str, str], configs: Sequence[CargoConfig]
) -> list[Finding]:
    """Return the compiler wrapper; an error where its program is missing."""
    findings = []
    for variable, key in (
        ("RUSTC_WRAPPER", "build.rustc-wrapper"),
        ("RUSTC_WORKSPACE_WRAPPER", "build.rustc-workspace-wrapper"),
    ):
        origin, value = _wrapper(env, configs, variable, key)
        if not value:
            continue
        if not _is_present(value, env):
            findings.append(
                Finding(
                    "cargo-wrapper",
                    "error",
                    f"the compiler wrapper {value} is not on this machine",
                    (f"set by {origin}",),
                    "cargo starts it in place of rustc, so every build fails",
                    (f"cargo install {value}", f"{variable}= cargo build   # without"),
                )
            )
            continue
        findings.append(
            Finding("cargo-wrapper", "ok", f"wrapper: {value} (set by {origin})")
        )
    return findings


def _wrapper(
    env: Mapping[str, str], configs: Sequence[CargoConfig], variable: str, key: str
) -> tuple[str, str]:
    for name in (variable, f"CARGO_BUILD_{variable}"):
        if name in env:
            return f"{name}={env[name]}", env[name]
    found = configured(configs, key)
    if found is None or not isinstance(found[0], str):
        return "", ""
    value, path = found
    if "/" in value and not os.path.isabs(value):
        # Relative to the folder that holds `.cargo`.
        value = str(path.parent.parent / value)
    return f"{key} in {path}", value


def _is_present(program: str, env: Mapping[str, str]) -> bool:
    if os.sep in program or "/" in program:
        return os.path.isfile(program)
    return find_command(program, env) is not None
