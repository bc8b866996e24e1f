"""What a machine has for other targets, with a rustc that only talks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.configuration import UnknownTripleError
from ferrule.errors.target import UnknownListedTargetError
from ferrule.pipeline.machine.targets_report import Machine, examine_machine
from ferrule.pipeline.request import Request
from ferrule.settings.model import Settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs a shell script")

HOST = "x86_64-unknown-linux-gnu"
ARM = "aarch64-unknown-linux-gnu"
MSVC = "x86_64-pc-windows-msvc"
RUSTC = """#!/bin/sh
case $1 in
-vV) printf 'rustc 1.95.0\\nhost: {host}\\nrelease: 1.95.0\\n' ;;
--print=sysroot) echo {sysroot} ;;
*) printf '%s\\n' {host} {arm} {msvc} aarch64-linux-android ;;
esac
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a function that gives the environment with programs and targets."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "path", [])
    folder = tmp_path / "bin"
    folder.mkdir()

    def call(*programs: str, std=(HOST,), toolchain="toolchains/stable", **env: str):
        sysroot = tmp_path / toolchain
        for name in std:
            library = sysroot / "lib" / "rustlib" / name / "lib"
            library.mkdir(parents=True, exist_ok=True)
            (library / "libstd-1.rlib").touch()
        for name in programs:
            (folder / name).write_text("#!/bin/sh\necho 0.17.1\n")
            (folder / name).chmod(0o755)
        rustc = folder / "rustc"
        rustc.write_text(RUSTC.format(host=HOST, sysroot=sysroot, arm=ARM, msvc=MSVC))
        rustc.chmod(0o755)
        return {
            "PATH": f"{folder}",
            "RUSTC": str(rustc),
            "HOME": str(tmp_path),
            "CARGO_HOME": str(tmp_path / "cargo"),
            "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
            **env,
        }

    return call


@pytest.fixture
def examine(place, tmp_path):
    """Return a function that examines such a machine."""

    def call(*programs: str, settings=None, **more) -> Machine:
        env = place(*programs, **more)
        sysroot = tmp_path / more.get("toolchain", "toolchains/stable")
        toolchain = Toolchain("", HOST, (1, 95))
        return Machine(env, tmp_path, toolchain, sysroot, settings or Settings())

    return call


def test_the_host_is_ready(examine) -> None:
    report = examine().explain(HOST)
    assert (report.missing, report.linker) == ((), "system")
    assert report.runner == "this machine"
    assert report.pythons[0].startswith("CPython 3.7-3.")


def test_what_a_linux_target_lacks(examine) -> None:
    report = examine().explain(ARM)
    std, linker = report.missing
    assert std.what == f"Rust's standard library for {ARM}"
    assert std.commands == ((f"rustup target add --toolchain stable {ARM}", "rustup"),)
    assert linker.what == f"a linker for {ARM}"
    assert linker.commands == (
        ("sudo apt install gcc-aarch64-linux-gnu", "Debian"),
        ("sudo dnf install gcc-aarch64-linux-gnu", "Fedora"),
        ("pip install ziglang", "any system"),
    )
    assert report.to_json()["ready"] is False
    assert "looked for aarch64-linux-gnu-gcc" in report.reason


def test_a_toolchain_of_a_distribution(examine) -> None:
    report = examine(toolchain="usr").explain(ARM)
    commands = [command for command, _ in report.missing[0].commands]
    assert commands[0] == "sudo apt install libstd-rust-dev:arm64"
    assert "build-std" in commands[1]


def test_a_library_that_cargo_compiles(examine) -> None:
    env = {"CARGO_UNSTABLE_BUILD_STD": "std,panic_unwind"}
    report = examine("aarch64-linux-gnu-gcc", **env).report_of(ARM)
    assert (report.missing, report.has_std, report.compiles_std) == ((), False, True)
    assert report.to_json()["std_compiled"]
    chosen = Settings(unstable_flags=("build-std",))
    assert examine("aarch64-linux-gnu-gcc", settings=chosen).report_of(ARM).compiles_std
    # What is there is not compiled.
    assert not examine(std=(HOST, ARM), **env).report_of(ARM).compiles_std


def test_zig_in_the_end(examine, tmp_path) -> None:
    machine = examine("zig", std=(HOST, ARM))
    report = machine.explain(ARM)
    assert (report.missing, report.linker) == ((), "zig")
    assert report.program.startswith(str(tmp_path / "cache"))
    assert report.variables["FERRULE_ZIG"] == str(tmp_path / "bin" / "zig")
    assert "arm-linux" not in report.program
    ways = {way.name: bool(way.found) for way in report.ways}
    assert ways == {"system": False, "zig": True, "cross": False}
    # A list writes nothing.
    before = sorted(tmp_path.rglob("*"))
    machine.list_targets()
    assert sorted(tmp_path.rglob("*")) == before


def test_musl_gcc_links_no_modules(examine, tmp_path) -> None:
    (tmp_path / "bin" / "musl-gcc").write_text(
        '#!/bin/sh\nexec gcc "$@" -specs "/usr/lib/musl-gcc.specs"\n'
    )
    (tmp_path / "bin" / "musl-gcc").chmod(0o755)
    musl = "x86_64-unknown-linux-musl"
    report = examine().report_of(musl)
    assert (report.linker, report.reason) == (
        "system",
        "musl-gcc (on PATH); links programs, and no modules: --zig does both",
    )
    # A build takes zig then too.
    report = examine("zig").explain(musl)
    assert report.linker == "zig"
    assert Path(report.program).parent.name.startswith("x86_64-linux-musl")


@pytest.mark.parametrize(
    ("name", "pythons"),
    [
        (ARM, ("CPython 3.7-3.15", "PyPy 3.9-3.11", "GraalPy 3.11-3.12")),
        ("x86_64-unknown-linux-musl", ("CPython 3.7-3.15",)),
        ("aarch64-apple-ios", ("CPython 3.13-3.15",)),
        ("aarch64-linux-android", ("CPython 3.13-3.15",)),
        ("aarch64-pc-windows-gnullvm", ("CPython 3.11-3.15",)),
    ],
)
def test_pythons_that_exist(examine, name, pythons) -> None:
    assert examine().report_of(name).pythons == pythons


def test_the_setting_counts(examine) -> None:
    programs = ("zig", "aarch64-linux-gnu-gcc")
    assert examine(*programs).report_of(ARM).linker == "system"
    chosen = Settings(linker="zig")
    assert examine(*programs, settings=chosen).report_of(ARM).linker == "zig"
    chosen = Settings(linker="cross")
    report = examine(*programs, settings=chosen).report_of(ARM)
    assert (report.linker, report.reason) == ("", "`cross` was not found")
    report = examine("cross", "docker", settings=chosen).report_of(ARM)
    assert (report.linker, report.missing) == ("cross", ())


def test_what_is_configured_wins(examine, tmp_path) -> None:
    variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"
    report = examine("aarch64-linux-gnu-gcc", **{variable: "mine"}).report_of(ARM)
    assert (report.linker, report.reason) == ("configured", f"{variable}=mine")
    (tmp_path / ".cargo").mkdir()
    text = f'[target.{ARM}]\nlinker = "ours"\n'
    (tmp_path / ".cargo" / "config.toml").write_text(text)
    report = examine("aarch64-linux-gnu-gcc").report_of(ARM)
    assert report.reason == "cargo's configuration names ours"


def test_windows_with_and_without_an_sdk(examine, tmp_path) -> None:
    report = examine("cargo-xwin").explain(MSVC)
    assert report.linker == ""
    commands = [command for command, _ in report.missing[-1].commands]
    assert commands[0] == "xwin --accept-license splat --output DIR"
    for place in ("crt/lib", "sdk/lib/um", "sdk/lib/ucrt"):
        (tmp_path / "sdk" / place / "x86_64").mkdir(parents=True)
    report = examine(XWIN_DIR=str(tmp_path / "sdk")).explain(MSVC)
    assert (report.linker, report.program) == ("xwin", "rust-lld")


def test_asking_for_xwin_runs_nothing(examine) -> None:
    machine = examine("cargo-xwin", settings=Settings(linker="xwin"))
    report = machine.explain(MSVC)
    assert (report.linker, report.program) == ("xwin", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("aarch64-unknown-linux-gn", f'(did you mean "{ARM}"?)'),
        ("universal2-apple-darwin", "out of aarch64-apple-darwin and x86_64-apple-"),
    ],
)
def test_unknown_targets(examine, name, text) -> None:
    with pytest.raises(UnknownListedTargetError) as caught:
        examine().explain(name)
    assert f'"{name}" is not a Rust target' in str(caught.value)
    assert text in str(caught.value)


def test_a_specification_is_no_name(examine) -> None:
    with pytest.raises(UnknownTripleError, match=r"^board.json is a target specif"):
        examine().explain("board.json")


def test_a_rustc_that_does_not_know_a_target(examine) -> None:
    report = examine().explain("riscv64gc-unknown-linux-musl")
    assert report.missing[0].what.startswith("a rustc that knows riscv64gc")


def test_installed_targets_are_listed(examine) -> None:
    names = {"wasm32-wasip1", "thumbv7neon-unknown-linux-gnueabihf"}
    machine = examine(std=(HOST, *names))
    listed = {report.triple.text for report in machine.list_targets()}
    assert names < listed


def test_without_a_project(place, tmp_path) -> None:
    request = Request(start=tmp_path, env=place("zig"), command_line={"linker": "zig"})
    machine = examine_machine(request)
    assert (machine.toolchain.host, machine.settings.linker) == (HOST, "zig")
