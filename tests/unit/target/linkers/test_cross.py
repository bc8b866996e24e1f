"""Whether cross can run."""

from __future__ import annotations

import pytest

from ferrule.errors.target import ContainerEngineError, CrossNotFoundError
from ferrule.target.linkers.cross import cross_linker, is_cross


@pytest.fixture
def place(tmp_path):
    def call(*names: str) -> dict[str, str]:
        for name in names:
            (tmp_path / name).touch(mode=0o755)
        return {"PATH": str(tmp_path)}

    return call


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_with_an_engine(place, tmp_path, engine) -> None:
    linker = cross_linker(place("cross", engine))
    assert linker.container == str(tmp_path / "cross")
    assert linker.reason == f"{tmp_path / 'cross'} with {engine}"


def test_a_named_program_and_engine(place, tmp_path) -> None:
    env = place("my-cross", "nerdctl")
    named = {"FERRULE_CROSS": "my-cross", "CROSS_CONTAINER_ENGINE": "nerdctl"}
    assert cross_linker({**env, **named}).container == str(tmp_path / "my-cross")


def test_no_cross(place) -> None:
    with pytest.raises(CrossNotFoundError) as caught:
        cross_linker(place("docker"))
    assert str(caught.value) == (
        "`cross` was not found\n"
        "  it runs cargo in a container that has the target's toolchain\n"
        "  fix: cargo install cross (it needs rustup, and docker or podman), or build "
        "with --zig"
    )


def test_no_engine(place) -> None:
    with pytest.raises(ContainerEngineError) as caught:
        cross_linker(place("cross"))
    assert str(caught.value) == (
        "cross needs a container engine, and there is none\n"
        "  looked for docker, podman\n"
        "  fix: install docker or podman, or name the program with "
        "CROSS_CONTAINER_ENGINE; --zig needs neither"
    )


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("cross", True),
        ("/home/a/.cargo/bin/cross", True),
        (r"C:\cargo\bin\Cross.exe", True),
        ("cargo", False),
        ("/opt/cross/cargo", False),
    ],
)
def test_names_of_cross(program, expected) -> None:
    assert is_cross(program) is expected
