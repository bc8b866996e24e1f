"""Adding flags for every crate of a build to those that are configured.

The Cargo Book, "build.rustflags": the environment wins over the flags of the
target, and these over `build.rustflags`; the three are never joined, so new
flags have to go where the user's are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["added_rustflags", "effective_rustflags"]


def added_rustflags(
    flags: Sequence[str], *, folder: Path, host: str, env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return variables and cargo arguments that add `flags` to a build.

    `folder` is where cargo runs. Raises the errors of `read_toml`.
    """
    encoded = env.get("CARGO_ENCODED_RUSTFLAGS")
    if encoded:
        return {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join([encoded, *flags])}, []
    if env.get("RUSTFLAGS"):
        words = [*env["RUSTFLAGS"].split(), *flags]
        return {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(words)}, []
    variable = f"CARGO_TARGET_{host.upper().replace('-', '_')}_RUSTFLAGS"
    if env.get(variable):
        words = [*env[variable].split(), *flags]
        return {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(words)}, []
    # cargo joins arrays of its configuration files with those of --config.
    value = json.dumps(list(flags))
    found = _configurations(folder, env)
    has_target = any(_has_target_flags(item, host) for item in found)
    key = f"target.{host}.rustflags" if has_target else "build.rustflags"
    return {}, [f"--config={key}={value}"]


def effective_rustflags(
    *, folder: Path, triple: str, env: Mapping[str, str], arguments: Sequence[str] = ()
) -> list[str]:
    """Return the flags that cargo gives rustc for a target.

    `folder` is where cargo runs, and `arguments` are cargo's own. Raises the
    errors of `read_toml`.
    """
    encoded = env.get("CARGO_ENCODED_RUSTFLAGS")
    if encoded:
        return encoded.split("\x1f")
    variable = f"CARGO_TARGET_{triple.upper().replace('-', '_')}_RUSTFLAGS"
    if env.get("RUSTFLAGS"):
        return env["RUSTFLAGS"].split()
    tables = [*_argument_tables(arguments), *_configurations(folder, env)]
    flags = env.get(variable, "").split()
    for table in tables:
        targets = table.get("target")
        for key, item in (targets if isinstance(targets, dict) else {}).items():
            if isinstance(item, dict) and _fits(key, triple):
                flags += _words(item.get("rustflags"))
    if flags:
        return flags
    if env.get("CARGO_BUILD_RUSTFLAGS"):
        flags += env["CARGO_BUILD_RUSTFLAGS"].split()
    for table in tables:
        build = table.get("build")
        flags += _words(build.get("rustflags")) if isinstance(build, dict) else []
    return flags


def _fits(key: str, triple: str) -> bool:
    if key == triple:
        return True
    if not key.startswith("cfg("):
        return False
    from ferrule.cargo.cfg import holds

    return holds(key, triple)


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    found = value if isinstance(value, list) else []
    return [item for item in found if isinstance(item, str)]


def _argument_tables(arguments: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield what `--config KEY=VALUE` says about flags."""
    values = [
        following if word == "--config" else word[len("--config=") :]
        for word, following in zip(arguments, [*arguments[1:], ""])
        if word == "--config" or word.startswith("--config=")
    ]
    for value in values:
        if "rustflags" in value:
            from ferrule.toml import parse_toml

            try:
                yield parse_toml(value)
            except ValueError:
                continue  # cargo says what is wrong with it


def _configurations(
    folder: Path, env: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    from ferrule.project.pyproject import read_toml

    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    folders = [parent / ".cargo" for parent in (folder, *folder.parents)]
    for place in dict.fromkeys([*folders, Path(home)]):
        for name in ("config", "config.toml"):
            if (place / name).is_file():
                yield read_toml(place / name)
                break


def _has_target_flags(configuration: Mapping[str, Any], host: str) -> bool:
    targets = configuration.get("target", {})
    return isinstance(targets, dict) and any(
        isinstance(item, dict) and "rustflags" in item
        for name, item in targets.items()
        if name == host or name.startswith("cfg(")
    )
