"""What the linker is told about modules and programs of a target."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule.plan.planner import _module_link_arguments, _program_link_arguments


def words(arguments):
    return [item.removeprefix("link-arg=") for item in arguments if item != "-C"]


@pytest.mark.parametrize("target", ["aarch64-apple-darwin", "x86_64-apple-darwin"])
def test_modules_for_macos(target) -> None:
    found = words(_module_link_arguments(target, "_core.abi3.so", (1, 90)))
    assert found[:2] == ["-undefined", "dynamic_lookup"]
    assert "-Wl,-install_name,@rpath/_core.abi3.so" in found


def test_modules_for_emscripten() -> None:
    target = "wasm32-unknown-emscripten"
    old = words(_module_link_arguments(target, "x.so", (1, 94)))
    assert old == ["-sSIDE_MODULE=2", "-sWASM_BIGINT"]
    assert words(_module_link_arguments(target, "x.so", (1, 95))) == old[:1]


@pytest.mark.parametrize(
    "target", ["aarch64-apple-ios", "x86_64-unknown-linux-gnu", "x86_64-pc-windows-gnu"]
)
def test_others_need_nothing(target) -> None:
    assert _module_link_arguments(target, "x.so", (1, 90)) == ()


def test_programs_find_the_python_of_a_framework(make_interpreter) -> None:
    prefix = "/Library/Frameworks"
    python = make_interpreter(framework_prefix=prefix)
    context = SimpleNamespace(interpreter=python, target="aarch64-apple-darwin")
    found = words(_program_link_arguments(context))
    assert found == [f"-Wl,-rpath,{prefix}"]
    context = SimpleNamespace(interpreter=None, target="aarch64-apple-darwin")
    assert _program_link_arguments(context) == ()
