"""Failures of rustc and cargo themselves."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

MANIFEST = """\
[package]
name = "sample-crate"
version = "0.1.0"
edition = "2021"
"""


@pytest.fixture
def crate(tmp_path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST + "[workspace]\n")
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    return tmp_path


def write_manifest(crate: Path, *lines: str) -> None:
    text = MANIFEST + "\n".join(lines) + '\n[workspace]\nexclude = ["a", "b"]\n'
    (crate / "Cargo.toml").write_text(text)


def test_the_linker_does_not_exist(failing, crate):
    failure = failing(
        "rustc", "-Clinker=no-such-linux-gnu-gcc", "src/main.rs", cwd=crate
    )
    diagnosis = failure.only("linker-not-found")
    assert "`no-such-linux-gnu-gcc`" in diagnosis.meaning


def test_the_compiler_does_not_know_the_linker(failing, crate):
    failure = failing(
        "rustc",
        "-Clinker=gcc",
        "-Clink-arg=-fuse-ld=nonsense",
        "src/main.rs",
        cwd=crate,
    )
    diagnosis = failure.only("linker-unknown-to-compiler")
    assert "-fuse-ld=nonsense" in diagnosis.meaning


def test_the_linker_is_killed(failing, crate, linkers):
    folder = crate / "tools"
    folder.mkdir()
    tool = folder / "ld.bfd"
    tool.write_text("#!/bin/sh\nkill -9 $$\n")
    tool.chmod(0o755)
    words = ["-Clinker=gcc", *linkers.get("bfd", []), f"-Clink-arg=-B{folder}"]
    failure = failing("rustc", *words, "src/main.rs", cwd=crate)
    failure.only("out-of-memory")


def test_the_target_is_not_installed(failing, crate):
    target = "powerpc-unknown-linux-gnu"
    failure = failing("rustc", "--target", target, "src/main.rs", cwd=crate)
    diagnosis = failure.only("missing-target-std")
    assert diagnosis.fix.startswith(f"rustup target add {target}")


def test_a_crate_is_of_another_rustc(failing, crate):
    (crate / "dep.rs").write_text("pub fn f() {}")
    (crate / "app.rs").write_text("extern crate dep; fn main() { dep::f() }")
    library = crate / "libdep.rmeta"
    command = ["rustc", "--crate-type=lib", "--emit=metadata", "-o", library]
    subprocess.run([*command, crate / "dep.rs"], check=True, cwd=crate)
    # The metadata begin with the release of the compiler that wrote them.
    content = library.read_bytes()
    older = re.sub(rb"rustc 1\.\d\d", b"rustc 1.11", content, count=1)
    assert older != content
    library.write_bytes(older)
    failure = failing(
        "rustc", "--emit=metadata", "--extern", f"dep={library}", "app.rs", cwd=crate
    )
    diagnosis = failure.only("stale-artefacts")
    assert "`dep`" in diagnosis.meaning


def test_the_disk_is_full(failing, crate):
    (crate / "disk").mkdir()
    mount = "mount -t tmpfs -o size=64k none disk"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*command, mount], check=True, cwd=crate, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small disk")
    compiled = "rustc --crate-type=staticlib -o disk/lib.a src/main.rs"
    failure = failing(*command, f"{mount} && {compiled}", cwd=crate)
    failure.only("disk-full")


def test_the_package_has_no_library(failing, crate):
    failure = failing("cargo", "rustc", "--lib", "--offline", cwd=crate)
    diagnosis = failure.only("no-library-target")
    assert "`sample-crate`" in diagnosis.meaning


@pytest.mark.parametrize("edition", ["2030", "2099"])
def test_the_edition_is_unknown(failing, crate, edition):
    # cargo has two texts: for an edition that may come, and for any other.
    text = (crate / "Cargo.toml").read_text().replace("2021", edition)
    (crate / "Cargo.toml").write_text(text)
    diagnosis = failing("cargo", "check", cwd=crate).only("edition-unsupported")
    assert f"edition {edition}" in diagnosis.meaning


def test_rust_is_too_old(failing, crate):
    write_manifest(crate, 'rust-version = "1.999"')
    failure = failing("cargo", "check", "--offline", cwd=crate)
    diagnosis = failure.only("rustc-too-old")
    assert "sample-crate@0.1.0 needs Rust 1.999 or newer" in diagnosis.meaning


def test_the_lock_file_is_too_new(failing, crate):
    (crate / "Cargo.lock").write_text("version = 99\n")
    failing("cargo", "check", "--offline", cwd=crate).only("lock-file-too-new")


def test_the_lock_file_does_not_fit(failing, crate):
    failure = failing("cargo", "check", "--offline", "--locked", cwd=crate)
    diagnosis = failure.only("lock-file-outdated")
    assert "Cargo.lock does not fit" in diagnosis.meaning


def test_a_crate_is_not_on_this_machine(failing, crate):
    write_manifest(crate, "[dependencies]", 'ferrule-no-such-crate = "1"')
    home = crate / "home"
    failure = failing(
        "cargo",
        "check",
        "--offline",
        cwd=crate,
        CARGO_HOME=str(home),
        RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
    )
    diagnosis = failure.only("offline")
    assert "`ferrule-no-such-crate`" in diagnosis.meaning


def test_two_releases_of_pyo3(failing, crate):
    lines = ["[dependencies]"]
    for name, version in (("a", "0.29.0"), ("b", "0.28.3")):
        folder = crate / name
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "lib.rs").write_text("")
        (folder / "build.rs").write_text("fn main() {}")
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "pyo3-ffi"\nversion = "{version}"\nlinks = "python"\n'
            'edition = "2021"\n'
        )
        lines.append(f'{name} = {{ path = "{name}", package = "pyo3-ffi" }}')
    write_manifest(crate, *lines)
    failure = failing("cargo", "check", "--offline", cwd=crate)
    diagnosis = failure.only("two-pyo3-releases")
    assert "Two releases of PyO3" in diagnosis.meaning


def test_tests_cannot_use_the_crate(failing, crate):
    write_manifest(crate, "[lib]", 'crate-type = ["cdylib"]')
    (crate / "src" / "main.rs").rename(crate / "src" / "lib.rs")
    (crate / "tests").mkdir()
    (crate / "tests" / "all.rs").write_text("use sample_crate;\n")
    failure = failing("cargo", "test", "--no-run", "--offline", cwd=crate)
    diagnosis = failure.only("test-cannot-use-crate")
    assert diagnosis.fix.startswith('crate-type = ["cdylib", "rlib"]')
