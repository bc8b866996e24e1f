from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.metadata import metadata_inputs, metadata_key
from ferrule.cargo.toolchain import Toolchain

TOOLCHAIN = Toolchain("rustc 1.90.0", "x86_64-unknown-linux-gnu", (1, 90))


@pytest.mark.parametrize(
    "env",
    [
        {"CARGO_TARGET_DIR": "/b"},
        {"CARGO_HOME": "/b"},
        {"CARGO_BUILD_TARGET_DIR": "/b"},
        {"CARGO_BUILD_TARGET": "wasm32-wasip1"},
    ],
    ids=lambda env: next(iter(env)),
)
def test_values_of_cargos_variables_are_part_of_the_question(env):
    def key(env):
        return metadata_key(1, Path("/p/Cargo.toml"), [], TOOLCHAIN, env)

    assert key(env) != key({})
    assert key(env) != key(dict.fromkeys(env, "/a"))
    assert key(env) == key({**env, "HOME": "/elsewhere"})


def test_an_answer_depends_on_manifests_configuration_and_target_folders(tmp_path):
    packages = [
        {"source": None, "manifest_path": str(tmp_path / "member" / "Cargo.toml")},
        {"source": "registry", "manifest_path": "/registry/x/Cargo.toml"},
    ]
    found = metadata_inputs(
        {"workspace_root": str(tmp_path), "packages": packages},
        tmp_path / "member" / "Cargo.toml",
        {"CARGO_HOME": "/cargo"},
        ["src"],
    )
    below = {Path(path) for path in found if path.startswith(str(tmp_path))}
    assert {path.relative_to(tmp_path).as_posix() for path in below} == {
        "Cargo.lock",
        "Cargo.toml",
        ".cargo/config",
        ".cargo/config.toml",
        "member/.cargo/config",
        "member/.cargo/config.toml",
        "member/Cargo.toml",
        "member/src",
    }
    assert {"/cargo/config", "/cargo/config.toml"} <= set(found)
    assert not any("registry" in path for path in found)
