"""The cargo command line and environment of a compile key."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ferrule.cargo.compile import (
    CompileKey,
    Pyo3Config,
    compile_artifacts,
    compile_environment,
    unit_arguments,
)
from ferrule.cargo.graph import FeatureSelection, Pyo3Use
from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.cargo import (
    MissingBinaryError,
    NoCdylibError,
    NothingLinkedError,
)
from ferrule.project.crate import Crate, CrateTarget

TOOLCHAIN = Toolchain("rustc 1.95.0", "x86_64-unknown-linux-gnu", (1, 95))
USE = Pyo3Use(
    "0.30.1", frozenset(), configured_by_build_config=False, runs_python=False
)
TARGET = Path("/p/target")


def config(*, link: bool = False, variable: bool = True) -> Pyo3Config:
    return Pyo3Config("version=3.12\n", USE, link=link, extension_variable=variable)


def crate(*targets: CrateTarget) -> Crate:
    return Crate("id", "demo", "0.1.0", Path("/p/Cargo.toml"), targets, ())


def library_key(pyo3: Pyo3Config | None, **changes: Any) -> CompileKey:
    none = FeatureSelection()
    known: dict[str, Any] = {"selection": none, "profile": "dev", **changes}
    return CompileKey(
        crate(), "library", (), pyo3=pyo3, target_directory=TARGET, **known
    )


def final_folder(key: CompileKey, toolchain: Toolchain = TOOLCHAIN) -> str:
    arguments = unit_arguments(key, toolchain)
    return arguments[arguments.index("--target-dir") + 1]


def test_each_slot_has_its_own_final_folder() -> None:
    module, program = config(), config(link=True)
    assert final_folder(library_key(module)) == f"/p/target/ferrule/out/{module.slot}"
    assert final_folder(library_key(program)) == f"/p/target/ferrule/out/{program.slot}"
    arguments = unit_arguments(library_key(module), TOOLCHAIN)
    assert 'build.build-dir="/p/target/ferrule"' in arguments
    elsewhere = library_key(None, build_directory=Path('/a "b"'))
    assert 'build.build-dir="/a \\"b\\""' in unit_arguments(elsewhere, TOOLCHAIN)


def test_modules_of_one_crate_have_their_own_final_folders() -> None:
    fast = FeatureSelection(("fast",))
    keys = [
        library_key(config()),
        library_key(config(), selection=fast),
        library_key(config(), selection=FeatureSelection(no_default_features=True)),
        library_key(config(), selection=fast, rustc_args=("-Copt-level=1",)),
        library_key(None),
        library_key(None, selection=fast),
    ]
    assert len({final_folder(item) for item in keys}) == len(keys)


def test_older_cargo_has_one_folder() -> None:
    older = Toolchain("rustc 1.90.0", TOOLCHAIN.host, (1, 90))
    assert final_folder(library_key(config()), older) == "/p/target/ferrule"


@pytest.mark.parametrize(
    ("pyo3", "expected"),
    [
        (config(), "1"),
        (config(link=True), None),
        (config(variable=False), None),
    ],
    ids=["module", "program", "release without the variable"],
)
def test_extension_variable(pyo3, expected, tmp_path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    added = compile_environment(pyo3, tmp_path, "/usr/bin/python3", env=env)
    assert added.get("PYO3_BUILD_EXTENSION_MODULE") == expected
    assert Path(added["PYO3_CONFIG_FILE"]).read_text() == "version=3.12\n"
    assert added["PYO3_PYTHON"] == "/usr/bin/python3"


def test_the_users_own_file_is_passed_on(tmp_path) -> None:
    own = Pyo3Config("version=3.13\n", USE, link=False, user_file=Path("/mine.txt"))
    added = compile_environment(own, tmp_path, "", env={})
    assert added == {"PYO3_CONFIG_FILE": "/mine.txt"}


def key(kind, binaries=(), *targets: CrateTarget) -> CompileKey:
    return CompileKey(
        crate(*targets), kind, binaries, FeatureSelection(), "dev", None, TARGET
    )


def test_missing_targets_are_known_before_cargo_runs() -> None:
    with pytest.raises(NoCdylibError, match="has no cdylib library target"):
        compile_artifacts(key("library"), TOOLCHAIN, env={}, quiet=True)
    server = CrateTarget("server", ("bin",), Path("/p/src/main.rs"))
    with pytest.raises(MissingBinaryError) as caught:
        compile_artifacts(
            key("binary", ("sever",), server), TOOLCHAIN, env={}, quiet=True
        )
    assert 'has no binary `sever` (did you mean "server"?)' in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script")
@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (
            "cdylib",
            NothingLinkedError,
            "reports success, but there is no library",
        ),
        ("rlib", NoCdylibError, "library kinds found: rlib"),
    ],
)
def test_a_linker_that_writes_nothing(kind, error, message, tmp_path) -> None:
    cargo = tmp_path / "cargo"
    cargo.write_text(
        """#!/bin/sh\necho '{"reason":"build-finished","success":true}'\n"""
    )
    cargo.chmod(0o755)
    library = CrateTarget("x", (kind,), tmp_path / "src" / "lib.rs")
    wanted = replace(key("library", (), library), target_directory=tmp_path / "target")
    wanted = replace(wanted, crate=replace(wanted.crate, manifest_path=tmp_path / "C"))
    with pytest.raises(error, match=message):
        compile_artifacts(wanted, TOOLCHAIN, env={"CARGO": str(cargo)}, quiet=True)
