"""Whether the toolchain can compile for a target."""

from __future__ import annotations

import pytest

from ferrule.cargo import standard_library
from ferrule.cargo.standard_library import check_standard_library
from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.cargo import StandardLibraryError, UnknownRustTargetError

TOOLCHAIN = Toolchain("rustc 1.95.0", "x86_64-unknown-linux-gnu", (1, 95))
WANTED = "aarch64-unknown-linux-gnu"


@pytest.fixture
def sysroot(tmp_path, monkeypatch):
    folder = tmp_path / "rustup/toolchains/stable"
    folder.mkdir(parents=True)
    known = (TOOLCHAIN.host, WANTED)
    monkeypatch.setattr(standard_library, "ask_sysroot", lambda *_: folder)
    monkeypatch.setattr(standard_library, "ask_target_list", lambda *_: known)
    return folder


def check(tmp_path, target=WANTED, *, arguments=(), **env) -> None:
    check_standard_library(
        target, TOOLCHAIN, folder=tmp_path, arguments=arguments, env=env
    )


def test_installed(sysroot, tmp_path) -> None:
    library = sysroot / "lib/rustlib" / WANTED / "lib/libstd-0123.rlib"
    library.parent.mkdir(parents=True)
    library.touch()
    check(tmp_path)
    check(tmp_path, TOOLCHAIN.host)


def test_compiled_with_the_crates(sysroot, tmp_path) -> None:
    del sysroot
    check(tmp_path, arguments=["-Zbuild-std=std"])
    check(tmp_path, "my-target.json")
    check(tmp_path, CARGO_UNSTABLE_BUILD_STD="std")


def test_missing_from_a_toolchain_of_rustup(sysroot, tmp_path) -> None:
    del sysroot
    with pytest.raises(StandardLibraryError) as caught:
        check(tmp_path, RUSTUP_HOME=str(tmp_path / "rustup"))
    text = str(caught.value)
    assert f"no Rust standard library for {WANTED}" in text
    assert f"rustup target add --toolchain stable {WANTED}" in text


def test_missing_from_another_toolchain(sysroot, tmp_path) -> None:
    del sysroot
    with pytest.raises(StandardLibraryError) as caught:
        check(tmp_path, RUSTUP_HOME="/elsewhere")
    text = str(caught.value)
    assert "fix: sudo apt install libstd-rust-dev:arm64 (Debian, after" in text
    assert 'unstable-flags = ["build-std=std,panic_unwind"]' in text


@pytest.mark.parametrize("target", ["aarch64-apple-darwin", "thumbv6m-none-eabi"])
def test_no_distribution_has_it(sysroot, tmp_path, monkeypatch, target) -> None:
    del sysroot
    monkeypatch.setattr(standard_library, "ask_target_list", lambda *_: (target,))
    with pytest.raises(StandardLibraryError) as caught:
        check(tmp_path, target, RUSTUP_HOME="/elsewhere")
    assert "fix: take a toolchain of rustup, which has it for" in str(caught.value)
    assert "Debian" not in str(caught.value)


def test_no_such_target(sysroot, tmp_path) -> None:
    del sysroot
    with pytest.raises(UnknownRustTargetError) as caught:
        check(tmp_path, "aarch64-unknown-linux-gun")
    assert f'(did you mean "{WANTED}"?)' in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("aarch64-linux-gnu", f'(did you mean "{WANTED}"?)'),
        (f"{WANTED},{WANTED}", ": several go into several options"),
    ],
)
def test_another_name_of_a_target(text, hint, sysroot, tmp_path) -> None:
    del sysroot
    with pytest.raises(UnknownRustTargetError) as caught:
        check(tmp_path, text)
    assert hint in str(caught.value)
