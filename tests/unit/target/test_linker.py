"""What links for a target, by the names that compilers have."""

from __future__ import annotations

import sys

import pytest

from ferrule.errors.target import LinkerNotFoundError
from ferrule.target.linker import find_linker
from ferrule.target.linkers.model import names_compiler
from ferrule.target.triple import parse_triple

HOST = "x86_64-unknown-linux-gnu"


@pytest.fixture
def find(tmp_path, monkeypatch):
    # ferrule's own environment may have ziglang.
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "path", [])
    folder = tmp_path / "bin"
    folder.mkdir()

    def call(target: str, *commands: str, host: str = HOST, way="auto", **env: str):
        for name in commands:
            (folder / name).write_text("#!/bin/sh\necho 0.17.1\n")
            (folder / name).chmod(0o755)
        cache = str(tmp_path / "cache")
        known = {"PATH": str(folder), "HOME": cache, "FERRULE_CACHE_DIR": cache, **env}
        triple = parse_triple(target)
        linker = find_linker(triple, parse_triple(host), known, way=way, glibc="2.17")
        return linker, linker.variables(parse_triple(target), known)

    return call


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu-gcc"),
        ("aarch64-unknown-linux-gnu", "aarch64-unknown-linux-gnu-gcc"),
        ("armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf-gcc"),
        ("riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu-gcc"),
        ("powerpc64le-unknown-linux-gnu", "powerpc64le-linux-gnu-gcc"),
        ("i686-unknown-linux-gnu", "i686-linux-gnu-gcc"),
        ("aarch64-unknown-linux-musl", "aarch64-linux-musl-gcc"),
        ("x86_64-unknown-linux-musl", "musl-gcc"),
        ("x86_64-pc-windows-gnu", "x86_64-w64-mingw32-gcc"),
        ("x86_64-pc-windows-gnullvm", "x86_64-w64-mingw32-clang"),
        ("aarch64-apple-darwin", "oa64-clang"),
        ("x86_64-unknown-freebsd", "x86_64-unknown-freebsd-clang"),
        ("aarch64-linux-android", "aarch64-linux-android24-clang"),
    ],
)
def test_names(find, target, command) -> None:
    linker, variables = find(target, command)
    assert linker.program == command
    assert linker.cargo_arguments(parse_triple(target)) == [
        f'--config=target.{target}.linker="{command}"'
    ]
    assert variables[f"CC_{target.replace('-', '_')}"] == command


def test_tools_beside_the_compiler(find) -> None:
    prefix = "s390x-linux-gnu"
    names = [f"{prefix}-{tool}" for tool in ("gcc", "g++", "ar")]
    _, variables = find("s390x-unknown-linux-gnu", *names)
    assert variables == {
        "CC_s390x_unknown_linux_gnu": names[0],
        "CXX_s390x_unknown_linux_gnu": names[1],
        "AR_s390x_unknown_linux_gnu": names[2],
    }


def test_what_the_user_has_set_stays(find) -> None:
    target = "s390x-unknown-linux-gnu"
    variable = "CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER"
    linker, variables = find(target, "s390x-linux-gnu-gcc", **{variable: "mine"})
    assert linker.kind == "configured"
    assert (linker.cargo_arguments(parse_triple(target)), variables) == ([], {})
    _, variables = find(target, TARGET_CC="mine")
    assert variables == {}


def test_tools_beside_a_configured_linker(find, tmp_path) -> None:
    prefix = "aarch64-conda-linux-gnu"
    program = str(tmp_path / "bin" / f"{prefix}-cc")
    variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"
    names = [f"{prefix}-{tool}" for tool in ("cc", "c++", "ar")]
    target = "aarch64-unknown-linux-gnu"
    linker, variables = find(target, *names, **{variable: program})
    assert (linker.kind, linker.program) == ("configured", "")
    suffix = "aarch64_unknown_linux_gnu"
    folder = tmp_path / "bin"
    assert variables == {
        f"CC_{suffix}": program,
        f"CXX_{suffix}": str(folder / names[1]),
        f"AR_{suffix}": str(folder / names[2]),
    }


@pytest.mark.parametrize(
    "variable", ["CC_aarch64_unknown_linux_gnu", "TARGET_CC", "CC"]
)
def test_the_compiler_that_variables_name(find, variable) -> None:
    # Yocto's and Buildroot's have names of their own.
    program = "aarch64-poky-linux-gcc"
    target = "aarch64-unknown-linux-gnu"
    linker, variables = find(
        target, program, f"{program[:-3]}g++", **{variable: program}
    )
    assert (linker.program, linker.reason) == (program, f"{variable} names it")
    assert variables == {"CXX_aarch64_unknown_linux_gnu": "aarch64-poky-linux-g++"}


def test_the_compiler_of_this_machine_is_no_linker(find) -> None:
    with pytest.raises(LinkerNotFoundError):
        find("aarch64-unknown-linux-gnu", "gcc-12", CC="gcc-12")
    with pytest.raises(LinkerNotFoundError):
        find("x86_64-unknown-linux-musl", CC="x86_64-linux-gnu-gcc")
    target, program = "aarch64-unknown-linux-gnu", "aarch64-linux-gnu-gcc"
    _, variables = find(target, program, CC="gcc-12")
    assert variables["CC_aarch64_unknown_linux_gnu"] == program
    # With arguments, it compiles C and does not link.
    _, variables = find(target, program, CC=f"{program} --sysroot=/target")
    assert "CC_aarch64_unknown_linux_gnu" not in variables


def test_pkg_config_of_the_target(find) -> None:
    prefix = "aarch64-linux-gnu"
    names = (f"{prefix}-gcc", f"{prefix}-pkg-config")
    target = "aarch64-unknown-linux-gnu"
    _, variables = find(target, *names)
    assert variables["PKG_CONFIG_aarch64_unknown_linux_gnu"] == names[1]
    _, variables = find(target, *names, PKG_CONFIG="mine")
    assert "PKG_CONFIG_aarch64_unknown_linux_gnu" not in variables


@pytest.mark.parametrize(
    ("command", "target", "expected"),
    [
        ("/sdk/bin/aarch64-poky-linux-gcc -O2", "aarch64-unknown-linux-gnu", True),
        ("arm-linux-gnueabihf-gcc-12", "armv7-unknown-linux-gnueabihf", True),
        ("armv7a-linux-androideabi24-clang", "armv7-linux-androideabi", True),
        ("aarch64-linux-gnu-gcc", "aarch64-unknown-linux-musl", False),
        ("x86_64-w64-mingw32-gcc", "x86_64-unknown-linux-gnu", False),
        ("x86_64-linux-gnu-gcc", "x86_64-pc-windows-gnu", False),
        ("arm-linux-gnueabihf-gcc", "aarch64-unknown-linux-gnu", False),
        ("aarch64", "aarch64-unknown-linux-gnu", False),
        ("gcc", "aarch64-unknown-linux-gnu", False),
        ("", "aarch64-unknown-linux-gnu", False),
    ],
)
def test_what_a_compilers_name_tells(command, target, expected) -> None:
    assert names_compiler(command, parse_triple(target)) is expected


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("i686-unknown-linux-gnu", HOST),
        ("x86_64-apple-darwin", "aarch64-apple-darwin"),
        ("aarch64-apple-ios", "aarch64-apple-darwin"),
        ("i686-pc-windows-msvc", "x86_64-pc-windows-msvc"),
    ],
)
def test_the_hosts_own_compiler(find, target, host) -> None:
    linker, variables = find(target, host=host)
    assert (linker.kind, linker.program, variables) == ("default", "", {})


def test_android_by_the_ndk(find, tmp_path) -> None:
    folder = tmp_path / "ndk/toolchains/llvm/prebuilt/linux-x86_64/bin"
    folder.mkdir(parents=True)
    clang = folder / "armv7a-linux-androideabi24-clang"
    clang.touch()
    env = {"ANDROID_NDK_HOME": str(tmp_path / "ndk")}
    linker, variables = find("armv7-linux-androideabi", **env)
    assert linker.program == str(clang)
    assert variables["AR_armv7_linux_androideabi"] == str(folder / "llvm-ar")


def test_emscripten(find) -> None:
    linker, variables = find("wasm32-unknown-emscripten", "emcc")
    assert (linker.kind, linker.program) == ("emscripten", "")
    assert variables["AR_wasm32_unknown_emscripten"] == "emar"


def test_zig_where_nothing_else_links(find) -> None:
    target = "aarch64-unknown-linux-gnu"
    linker, _ = find(target, "zig")
    assert (linker.kind, linker.label) == ("zig", "zig-aarch64-linux-gnu.2.17")
    linker, _ = find(target, "aarch64-linux-gnu-gcc")
    assert linker.kind == "system"
    linker, _ = find(target, way="zig")
    assert linker.kind == "zig"


def test_zig_is_no_system_compiler(find) -> None:
    with pytest.raises(LinkerNotFoundError, match="no linker for"):
        find("aarch64-unknown-linux-gnu", "zig", way="system")


def test_what_is_asked_for_wins_over_what_is_configured(find) -> None:
    variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"
    target = "aarch64-unknown-linux-gnu"
    linker, _ = find(target, "zig", way="zig", **{variable: "mine"})
    assert linker.kind == "zig"
    (argument,) = linker.cargo_arguments(parse_triple(target))
    assert argument.startswith(f"--config=target.{target}.linker=")


def test_gcc_has_no_unwinder_of_llvm(find) -> None:
    linker, _ = find("x86_64-pc-windows-gnullvm", "x86_64-w64-mingw32-gcc", "zig")
    assert linker.kind == "zig"


def test_cross_is_never_taken_unasked(find) -> None:
    with pytest.raises(LinkerNotFoundError):
        find("aarch64-unknown-linux-gnu", "cross", "docker")
    linker, variables = find("aarch64-unknown-linux-gnu", way="cross")
    assert (linker.kind, linker.program, variables) == ("cross", "", {})


@pytest.mark.parametrize(
    ("target", "looked_for", "fix"),
    [
        (
            "aarch64-unknown-linux-gnu",
            "aarch64-linux-gnu-gcc, aarch64-linux-gnu-clang",
            "Debian: gcc-aarch64-linux-gnu",
        ),
        ("x86_64-unknown-linux-musl", "musl-gcc", "pip install ziglang"),
        ("aarch64-linux-android", "aarch64-linux-android24-clang", "name yours with"),
        ("wasm32-unknown-emscripten", "emcc", "install one"),
        (
            "x86_64-pc-windows-msvc",
            "looked for a Windows SDK (XWIN_DIR)",
            "with XWIN_DIR, or build for x86_64-pc-windows-gnu, or name yours with",
        ),
        (
            "aarch64-unknown-linux-musl",
            "aarch64-linux-musl-clang, aarch64-alpine-linux-musl-gcc",
            "`pip install ziglang` and build with --zig",
        ),
        ("x86_64-unknown-haiku", "x86_64-unknown-haiku-gcc", "install one, or name"),
    ],
)
def test_nothing_found(find, target, looked_for, fix) -> None:
    with pytest.raises(LinkerNotFoundError) as caught:
        find(target)
    text = str(caught.value)
    assert f"no linker for {target} on this machine" in text
    assert looked_for in text
    assert fix in text
    assert len(set(caught.value.tried)) == len(caught.value.tried)


def test_the_compiler_of_an_sdk_with_arguments(find) -> None:
    # What the environment of Yocto's SDK holds.
    with pytest.raises(LinkerNotFoundError) as caught:
        find(
            "aarch64-unknown-linux-gnu",
            "aarch64-poky-linux-gcc",
            CC="aarch64-poky-linux-gcc -O2 --sysroot=/sdk",
        )
    assert (
        "aarch64-poky-linux-gcc -O2 --sysroot=/sdk (CC): cargo takes "
        "aarch64-poky-linux-gcc alone, the rest as rustflags "
        "(-C link-arg=-O2 -C link-arg=--sysroot=/sdk)"
    ) in str(caught.value)
