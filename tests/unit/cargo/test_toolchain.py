"""Finding cargo and identifying the compiler behind it, without running cargo."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.toolchain import find_cargo, identify_toolchain
from ferrule.errors.cargo import (
    CargoNotFoundError,
    RustcError,
    ToolchainMissingError,
)

ANSWER = """\
rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
host: x86_64-unknown-linux-gnu
release: 1.95.0
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    return {
        "PATH": str(tmp_path / "bin"),
        "CARGO_HOME": str(home / ".cargo"),
        "RUSTUP_HOME": str(home / ".rustup"),
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
    }


def test_cargo_is_found_in_order(env, tmp_path) -> None:
    with pytest.raises(CargoNotFoundError, match="cargo was not found"):
        find_cargo(env)
    rustup = program(tmp_path / "home" / ".cargo" / "bin" / "cargo", "")
    assert find_cargo(env) == str(rustup)
    on_path = program(tmp_path / "bin" / "cargo", "")
    assert find_cargo(env) == str(on_path)
    other = program(tmp_path / "other" / "cargo", "")
    assert find_cargo({**env, "CARGO": str(other)}) == str(other)
    with pytest.raises(CargoNotFoundError, match="CARGO=nonsense"):
        find_cargo({**env, "CARGO": "nonsense"})


def test_compiler_is_asked_once(env, tmp_path) -> None:
    program(tmp_path / "bin" / "cargo", "")
    count = tmp_path / "count"
    shell = f"/bin/echo x >> {count}\n/bin/cat <<'E'\n{ANSWER}E"
    rustc = program(tmp_path / "bin" / "rustc", shell)
    for _ in range(2):
        toolchain = identify_toolchain(env, tmp_path)
    assert toolchain.host == "x86_64-unknown-linux-gnu"
    assert toolchain.release == (1, 95)
    assert count.read_text() == "x\n"
    # Another toolchain under the same name is another identity.
    program(rustc, shell.replace("1.95.0", "1.96.0"))
    assert identify_toolchain(env, tmp_path).release == (1, 96)
    # So is a project that pins one.
    (tmp_path / "rust-toolchain.toml").write_text("")
    identify_toolchain(env, tmp_path)
    assert len(count.read_text().split()) == 3


def test_missing_toolchain_is_not_called_missing_cargo(env, tmp_path) -> None:
    program(tmp_path / "bin" / "cargo", "")
    text = "error: toolchain 'nightly-2020' is not installed"
    backtrace = "Stack backtrace: 0: anyhow"
    program(tmp_path / "bin" / "rustc", f'/bin/echo "{text} {backtrace}" >&2; exit 1')
    pin = tmp_path / "rust-toolchain"
    pin.write_text("nightly-2020\n")
    with pytest.raises(ToolchainMissingError) as caught:
        identify_toolchain(env, tmp_path)
    assert str(caught.value) == (
        "the Rust toolchain nightly-2020 that this project asks for is not installed\n"
        f"  {text}\n"
        f"  it is pinned by {pin}\n"
        "  fix: install it with rustup (ferrule never installs toolchains), change "
        f"{pin}, or set RUSTUP_TOOLCHAIN to an installed one"
    )


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 3", "ends with status 3"),
        ("echo -vV", "does not tell its release\n  -vV"),
        ("echo 'host: x86_64-pc'; echo 'release: new'", "does not tell its release"),
        (None, "cannot be run\n  No such file or directory"),
    ],
)
def test_a_program_that_is_no_rustc(env, tmp_path, script, problem) -> None:
    rustc = tmp_path / "other" / "rustc"
    if script is not None:
        program(rustc, script)
    with pytest.raises(RustcError) as caught:
        identify_toolchain({**env, "RUSTC": str(rustc)}, tmp_path)
    text = str(caught.value)
    assert text.startswith(f"RUSTC={rustc} {problem}")
    assert text.endswith(
        "fix: correct the variable RUSTC, or leave it away: rustc is then found"
    )


def test_a_rustc_that_is_found_and_broken(env, tmp_path) -> None:
    program(tmp_path / "bin" / "cargo", "")
    program(tmp_path / "bin" / "rustc", "echo 'libLLVM.so.19: not found' >&2; exit 127")
    with pytest.raises(RustcError) as caught:
        identify_toolchain(env, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/bin/rustc ends with status 127\n"
        "  libLLVM.so.19: not found\n"
        "  fix: reinstall Rust (https://rustup.rs, or your distribution's rustc "
        "package)"
    )
