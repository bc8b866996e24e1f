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

__all__ = ["added_rustflags"]


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
    has_target = any(_has_target_flags(item) for item in _configurations(folder, env))
    key = f"target.{host}.rustflags" if has_target else "build.rustflags"
    return {}, [f"--config={key}={value}"]


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


def _has_target_flags(configuration: Mapping[str, Any]) -> bool:
    targets = configuration.get("target", {})
    return isinstance(targets, dict) and any(
        isinstance(item, dict) and "rustflags" in item for item in targets.values()
    )
