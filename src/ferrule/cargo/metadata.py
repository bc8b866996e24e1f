"""What cargo says about a project without compiling, and how long that is true.

An answer of `cargo metadata` depends on manifests, the lock file, cargo's
configuration, and the folders in which cargo discovers targets by file name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import __version__, log
from ferrule.cargo.toolchain import find_cargo
from ferrule.errors.cargo import (
    CargoMetadataError,
    CargoNotFoundError,
    SeveralPyo3Error,
    ToolchainMissingError,
)
from ferrule.errors.files import ReadError

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["ask_cargo", "cargo_metadata", "metadata_inputs", "metadata_key"]


def cargo_metadata(
    manifest_path: Path,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
) -> dict[str, Any]:
    """Return what `cargo metadata` prints for a manifest.

    Raises `CargoNotFoundError`, `ToolchainMissingError`, `SeveralPyo3Error` or
    `CargoMetadataError`.
    """
    import json

    words = ["metadata", "--format-version=1", f"--manifest-path={manifest_path}"]
    words += ["--color=never", *arguments]
    metadata: dict[str, Any] = json.loads(
        ask_cargo(words, manifest_path.parent, env=env, manifest_path=manifest_path)
    )
    return metadata


def ask_cargo(
    arguments: Sequence[str],
    folder: Path,
    *,
    env: Mapping[str, str],
    manifest_path: Path,
) -> str:
    """Return what a cargo command prints that compiles nothing.

    `manifest_path` is named in errors. Raises what `cargo_metadata` raises.
    """
    import subprocess

    argv = [find_cargo(env), *arguments]
    log.command(argv)
    try:
        result = subprocess.run(
            argv, env=dict(env), cwd=folder, capture_output=True, check=False
        )
    except OSError as error:
        if error.filename == str(folder):
            raise ReadError(manifest_path, error) from None
        raise CargoNotFoundError(f"`{argv[0]}`") from None
    if result.returncode != 0:
        text = result.stderr.decode("utf-8", "replace")
        # cargo counts its progress on the same stream as its errors.
        text = text[max(text.find("error:"), 0) :]
        if "`pyo3-ffi`" in text and "links" in text:
            raise SeveralPyo3Error(text)
        if "toolchain" in text and "is not installed" in text:
            raise ToolchainMissingError(text)
        from ferrule.diagnosis import diagnose

        raise CargoMetadataError(manifest_path, text, diagnose(text))
    return result.stdout.decode("utf-8", "replace")


def metadata_key(
    answer: object,
    manifest_path: Path,
    asked: Sequence[object],
    toolchain: Toolchain,
    env: Mapping[str, str],
) -> str:
    """Return the cache key of an answer of `cargo metadata`, made smaller.

    `answer` is what the smaller form is called; `asked` are the arguments.
    """
    question = [
        __version__,
        answer,
        str(manifest_path),
        *asked,
        toolchain.verbose_version,
        [env.get(name) for name in ("CARGO_HOME", "CARGO_TARGET_DIR")],
        sorted((name, env[name]) for name in env if name.startswith("CARGO_BUILD_")),
    ]
    return repr(question)


def metadata_inputs(
    metadata: Mapping[str, Any],
    manifest_path: Path,
    env: Mapping[str, str],
    target_places: Sequence[str],
) -> list[str]:
    """Return the files and folders on which an answer of `cargo metadata` depends.

    `target_places` are those of a local package in which cargo finds targets: what
    the files say does not matter, and one that comes or goes changes its folder.
    """
    root = Path(metadata["workspace_root"])
    paths = {str(root / "Cargo.toml"), str(root / "Cargo.lock")}
    for package in metadata["packages"]:
        if package["source"] is None:
            folder = os.path.dirname(package["manifest_path"])
            paths.add(package["manifest_path"])
            paths.update(os.path.join(folder, name) for name in target_places)
    for parent in manifest_path.parents:
        paths.add(str(parent / ".cargo" / "config.toml"))
        paths.add(str(parent / ".cargo" / "config"))
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    paths.add(os.path.join(home, "config.toml"))
    paths.add(os.path.join(home, "config"))
    return sorted(paths)
