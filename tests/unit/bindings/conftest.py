from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from ferrule.cargo.compile import CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.project.crate import Crate


@pytest.fixture
def crate_key(tmp_path):
    """Return the compile key of a crate that lies in `tmp_path/crate`."""
    folder = tmp_path / "crate"
    folder.mkdir()
    manifest = folder / "Cargo.toml"
    manifest.write_text('[package]\nname = "demo"\n')

    def make(*arguments):
        return CompileKey(
            crate=Crate("id", "demo", "1.0", manifest, (), ()),
            kind="library",
            binaries=(),
            selection=FeatureSelection(),
            profile="dev",
            pyo3=None,
            target_directory=tmp_path / "target",
            arguments=arguments,
        )

    return make


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "target" / "libdemo.so"
    path.parent.mkdir()
    path.write_bytes(b"\x7fELF")
    return path


@pytest.fixture
def env(tmp_path):
    """Return an environment with a cache and a PATH of the test's own."""
    tools = tmp_path / "tools"
    tools.mkdir()
    cargo = tools / "cargo"
    cargo.write_text("#!/bin/sh\nexit 1\n")
    cargo.chmod(0o755)
    path = f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache"), "PATH": path}


@pytest.fixture
def add_tool(tmp_path, env):
    """Return a function that puts a shell script onto PATH and counts its runs."""

    def add(name, *, version, script):
        path = tmp_path / "tools" / name
        log = tmp_path / f"{name}.log"
        path.write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{name} {version}"; '
            f'exit; fi\necho "$@" >> {log}\n{script}\n'
        )
        path.chmod(0o755)
        return SimpleNamespace(
            path=path,
            runs=lambda: log.read_text().splitlines() if log.exists() else [],
        )

    return add
