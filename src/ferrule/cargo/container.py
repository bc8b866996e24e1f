"""cargo in a container, by cross: what it is told, and what its answers mean.

Read in cross's sources (0.2.5 and main): the workspace is mounted at its own path,
in older releases at `/project`; the target directory at `/target`, cargo's home at
`/cargo`. Variables reach the container when their names begin with `CARGO_` or
`CROSS_`, or when `CROSS_BUILD_ENV_PASSTHROUGH` lists them, in addition to what
Cross.toml says. A path of this machine means nothing in there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import atomic
from ferrule.cargo.artifact import Artifact, package_name

if TYPE_CHECKING:
    from ferrule.cargo.artifact import CargoRun
    from ferrule.cargo.compile import CompileKey

__all__ = ["ContainerRun"]

_LIST: Final = "CROSS_BUILD_ENV_PASSTHROUGH"
_TARGET: Final = "/target"
_PATHS_OF_THIS_MACHINE: Final = (
    *("PYO3_CONFIG_FILE", "PYO3_CROSS_LIB_DIR", "PYO3_PYTHON"),
)
_TAKEN_ALONG: Final = ("PYO3_", "_PYTHON_SYSCONFIGDATA_NAME", "UNSAFE_PYO3_")


class ContainerRun:
    """One run of cargo in a container, for a compile key."""

    def __init__(self, key: CompileKey, env: Mapping[str, str]) -> None:
        self._key = key
        self._env = env
        self.folder = key.target_directory / "ferrule" / "cross"
        """The target directory of the container, on this machine."""

    def arguments(self, slot: list[str]) -> list[str]:
        """Return the arguments that choose crate, features, folder and target.

        The crate is the one of the folder in which cross runs. `slot` are the
        arguments that keep configurations apart.
        """
        key = self._key
        return [
            f"--package={key.crate.name}",
            *key.selection.arguments(),
            "--target-dir",
            str(self.folder),
            f"--target={key.triple}",
            *slot,
            *key.arguments,
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables to add; write the configuration for PyO3.

        Raises `WriteError`.
        """
        key = self._key
        added = {**key.env, "__CARGO_DEFAULT_LIB_METADATA": "ferrule"}
        passed = [name for name in added if not name.startswith(("CARGO_", "CROSS_"))]
        passed += [
            name
            for name in sorted(self._env)
            if name.startswith(_TAKEN_ALONG) and name not in _PATHS_OF_THIS_MACHINE
        ]
        if key.pyo3 is not None:
            passed.append(f"PYO3_CONFIG_FILE={self._configuration(key.pyo3.text)}")
            if key.pyo3.extension_variable and not key.pyo3.link:
                passed.append("PYO3_BUILD_EXTENSION_MODULE=1")
        known = self._env.get(_LIST, "").split()
        added[_LIST] = " ".join(dict.fromkeys([*known, *passed]))
        return added

    def on_this_machine(self, run: CargoRun) -> CargoRun:
        """Return what cargo reported, with the paths of this machine."""
        place = self._place
        return replace(
            run,
            artifacts=[self._own(item) for item in run.artifacts],
            out_dirs={name: place(path) for name, path in run.out_dirs.items()},
            link_paths=[place(path) for path in run.link_paths],
            crates={place(path): name for path, name in run.crates.items()},
        )

    def is_of_crate(self, artifact: Artifact) -> bool:
        """Return whether an artifact is of the key's crate, wherever that lies."""
        return package_name(artifact.package_id) == self._key.crate.name

    def _configuration(self, text: str) -> str:
        from hashlib import sha256

        name = f"{sha256(text.encode()).hexdigest()[:24]}.txt"
        path = self.folder / "pyo3-config" / name
        if not path.is_file():
            with atomic.replacing(path) as stream:
                stream.write(text.encode())
        return f"{_TARGET}/pyo3-config/{name}"

    def _own(self, item: Artifact) -> Artifact:
        """Return an artifact in a folder that no other configuration writes to."""
        path = self._place(item.path)
        key = self._key
        if not self.is_of_crate(item):
            return replace(item, path=path)
        label = f"{key.pyo3.slot}" if key.pyo3 else "plain"
        kept = self.folder / "out" / label / key.triple / key.profile / path.name
        # A copy: cargo gives the libraries of all configurations one name.
        atomic.write_bytes(kept, path.read_bytes(), mode=0o755)
        imports = tuple(self._place(one) for one in item.import_libraries)
        return replace(item, path=kept, import_libraries=imports)

    def _place(self, path: Path) -> Path:
        text = path.as_posix()
        for prefix, folder in self._mounts():
            if text == prefix or text.startswith(f"{prefix}/"):
                return folder() / text[len(prefix) + 1 :]
        return path

    def _mounts(self) -> tuple[tuple[str, Callable[[], Path]], ...]:
        return (
            (_TARGET, lambda: self.folder),
            ("/project", lambda: _workspace(self._key.crate.folder)),
            ("/cargo", lambda: _cargo_home(self._env)),
        )


def _workspace(folder: Path) -> Path:
    """Return the outermost folder above a crate that has a Cargo.lock."""
    found = [one for one in (folder, *folder.parents) if (one / "Cargo.lock").is_file()]
    return found[-1] if found else folder


def _cargo_home(env: Mapping[str, str]) -> Path:
    home = env.get("HOME") or os.path.expanduser("~")
    return Path(env.get("CARGO_HOME") or Path(home, ".cargo"))
