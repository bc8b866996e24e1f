"""The compile key of a crate for another target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.plan.context import Context, make_key
from ferrule.settings.model import Settings
from ferrule.target.linker import Linker

HOST = "x86_64-unknown-linux-gnu"
MUSL = "aarch64-unknown-linux-musl"


@pytest.fixture
def key_of(make_graph, tmp_path):
    graph = make_graph(library=["cdylib"])
    graph = replace(
        graph, root=replace(graph.root, manifest_path=tmp_path / "Cargo.toml")
    )

    def make(target: str, *, env=None, linker=None, binaries=(), variables=None):
        project = SimpleNamespace(
            root=tmp_path,
            settings=Settings(
                target=(target,), reproducible=False, env=variables or {}
            ),
        )
        context = Context(
            project,
            None,
            Toolchain("rustc 1.95.0", HOST, (1, 95)),
            {"CARGO_HOME": str(tmp_path / "home"), **(env or {})},
            "dev",
            Path("/p/target"),
            None,
            build_python="/usr/bin/python3",
            linker=linker,
        )
        return make_key(context, graph, pyo3=None, binaries=binaries)

    return make


def test_the_host_needs_no_target(key_of) -> None:
    key = key_of(HOST)
    assert (key.target, key.triple, key.arguments) == ("", HOST, ())


def test_the_host_is_named_where_cargo_would_build_for_others(key_of) -> None:
    key = key_of(HOST, env={"CARGO_BUILD_TARGET": MUSL})
    assert (key.target, key.arguments) == ("", (f"--target={HOST}",))
    assert key_of(HOST, env={"CARGO_BUILD_TARGET": HOST}).arguments == ()


def test_another_target_and_its_linker(key_of) -> None:
    linker = Linker("system", "s390x-linux-gnu-gcc", {"CC": "s390x-linux-gnu-gcc"})
    key = key_of("s390x-unknown-linux-gnu", linker=linker)
    assert key.target == "s390x-unknown-linux-gnu"
    assert key.arguments == (
        '--config=target.s390x-unknown-linux-gnu.linker="s390x-linux-gnu-gcc"',
    )
    assert key.env == {"CC_s390x_unknown_linux_gnu": "s390x-linux-gnu-gcc"}
    assert key.interpreter == "/usr/bin/python3"


def test_zig_for_this_machine_has_a_folder_of_its_own(key_of) -> None:
    linker = Linker(
        "zig", "/c/cc", environment={"FERRULE_ZIG": "/z"}, label="zig-x86_64-linux-gnu"
    )
    key = key_of(HOST, linker=linker)
    assert (key.target, key.env) == ("", {"FERRULE_ZIG": "/z"})
    assert key.arguments == (f'--config=target.{HOST}.linker="/c/cc"',)
    folder = Path("/p/target/ferrule/zig-x86_64-linux-gnu")
    assert key.build_directory == folder


def test_a_container_is_told_its_target_even_for_this_machine(key_of) -> None:
    key = key_of(HOST, linker=Linker("cross", container="/bin/cross"))
    assert (key.target, key.container) == (HOST, "/bin/cross")


def test_what_the_settings_say_wins(key_of) -> None:
    linker = Linker("system", "cc-s390x", {"CC": "cc-s390x"})
    env = {"CC_s390x_unknown_linux_gnu": "mine"}
    key = key_of("s390x-unknown-linux-gnu", linker=linker, variables=env)
    assert key.env == env


def test_modules_for_musl_are_shared_libraries(key_of) -> None:
    key = key_of(MUSL)
    assert key.arguments == (
        '--config=build.rustflags=["-C", "target-feature=-crt-static"]',
    )
    flags = {"RUSTFLAGS": "-Cdebuginfo=1"}
    assert key_of(MUSL, env=flags).env == {
        "CARGO_ENCODED_RUSTFLAGS": "-Cdebuginfo=1\x1f-C\x1ftarget-feature=-crt-static"
    }


def test_a_choice_about_musl_is_not_contradicted(key_of) -> None:
    flags = {"RUSTFLAGS": "-Ctarget-feature=+crt-static"}
    key = key_of(MUSL, env=flags)
    assert (key.arguments, key.env) == ((), {})
    assert key_of(MUSL, binaries=("tool",)).arguments == ()
