"""What a container is told, and what its answers mean here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.artifact import Artifact, CargoRun
from ferrule.cargo.container import ContainerRun

TARGET = "aarch64-unknown-linux-gnu"


@pytest.fixture
def key(tmp_path):
    """Return what of a compile key counts."""
    (tmp_path / "work" / "crate").mkdir(parents=True)
    (tmp_path / "work" / "Cargo.lock").touch()
    return SimpleNamespace(
        crate=SimpleNamespace(name="speed", folder=tmp_path / "work" / "crate"),
        selection=SimpleNamespace(arguments=lambda: ["--features=fast"]),
        target_directory=tmp_path / "target",
        triple=TARGET,
        profile="release",
        arguments=("--locked",),
        env={"CARGO_X": "1", "MINE": "2"},
        pyo3=SimpleNamespace(
            text="version=3.9\n", slot=1234, extension_variable=True, link=False
        ),
    )


def test_arguments_name_no_path_but_the_target_directory(key, tmp_path) -> None:
    assert ContainerRun(key, {}).arguments(["--config", "a=1"]) == [
        "--package=speed",
        "--features=fast",
        "--target-dir",
        str(tmp_path / "target" / "ferrule" / "cross"),
        f"--target={TARGET}",
        "--config",
        "a=1",
        "--locked",
    ]


def test_variables(key, tmp_path) -> None:
    env = {
        "CROSS_BUILD_ENV_PASSTHROUGH": "THEIRS MINE",
        "PYO3_PYTHON": "/usr/bin/python3",
        "PYO3_CROSS_LIB_DIR": "/root",
        "PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1",
        "HOME": "/home/a",
    }
    added = ContainerRun(key, env).environment()
    words = added.pop("CROSS_BUILD_ENV_PASSTHROUGH").split()
    (config,) = (word for word in words if word.startswith("PYO3_CONFIG_FILE="))
    assert words == [
        "THEIRS",
        "MINE",
        "__CARGO_DEFAULT_LIB_METADATA",
        "PYO3_USE_ABI3_FORWARD_COMPATIBILITY",
        config,
        "PYO3_BUILD_EXTENSION_MODULE=1",
    ]
    name = config.partition("=/target/")[2]
    path = tmp_path / "target" / "ferrule" / "cross" / name
    assert path.read_text() == "version=3.9\n"
    expected = {"CARGO_X": "1", "MINE": "2", "__CARGO_DEFAULT_LIB_METADATA": "ferrule"}
    assert added == expected


def test_a_crate_without_pyo3(key) -> None:
    key.pyo3 = None
    added = ContainerRun(key, {}).environment()
    assert added["CROSS_BUILD_ENV_PASSTHROUGH"].split() == [
        "MINE",
        "__CARGO_DEFAULT_LIB_METADATA",
    ]


@pytest.mark.parametrize(
    "package", ["path+file:///project/crate#speed@0.1.0", "path+file:///x/speed#0.1.0"]
)
def test_answers(key, tmp_path, package) -> None:
    inside = ContainerRun(key, {"CARGO_HOME": str(tmp_path / "home")})
    built = inside.folder / TARGET / "release" / "libspeed.so"
    built.parent.mkdir(parents=True)
    built.write_bytes(b"first")
    path = Path("/target") / TARGET / "release" / "libspeed.so"
    artifact = Artifact(package, "speed", path, is_library=True)
    other = Artifact("a#dep@1.0.0", "dep", Path("/target/libdep.so"), is_library=True)
    run = CargoRun(
        artifacts=[artifact, other],
        out_dirs={"dep": Path("/target/build/dep/out")},
        link_paths=[Path("/cargo/registry/x"), Path("/usr/lib")],
        crates={Path("/project/a.rlib"): "a"},
    )
    found = inside.on_this_machine(run)
    (mine, theirs) = found.artifacts
    assert inside.is_of_crate(mine)
    assert not inside.is_of_crate(theirs)
    assert theirs.path == inside.folder / "libdep.so"
    assert found.out_dirs == {"dep": inside.folder / "build/dep/out"}
    home = tmp_path / "home"
    assert found.link_paths == [home / "registry/x", Path("/usr/lib")]
    assert found.crates == {tmp_path / "work/a.rlib": "a"}
    # Another configuration gives its library the same name.
    built.write_bytes(b"second")
    key.pyo3.slot = 4321
    (again, _) = inside.on_this_machine(replace(run)).artifacts
    assert (mine.path.read_bytes(), again.path.read_bytes()) == (b"first", b"second")
