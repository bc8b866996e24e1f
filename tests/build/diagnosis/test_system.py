"""Build scripts that miss tools or libraries of the system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

LOCKED = {
    "cc": "1.2.26",
    "pkg-config": "0.3.32",
    "openssl-sys": "0.9.109",
    "cmake": "0.1.54",
}


@pytest.fixture
def building(failing, tmp_path):
    """Return a function that runs `cargo check` on a crate with a build script."""

    def call(crate: str, script: str = "", **variables: str):
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "lib.rs").write_text("")
        (tmp_path / "code.c").write_text("int f(void) { return 0; }")
        kind = "build-dependencies" if script else "dependencies"
        manifest = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
        wanted = json.dumps(f"={LOCKED[crate]}")
        manifest += f"[workspace]\n[{kind}]\n{crate} = {wanted}\n"
        (tmp_path / "Cargo.toml").write_text(manifest)
        if script:
            (tmp_path / "build.rs").write_text(f"fn main() {{ {script} }}\n")
        return failing("cargo", "check", "--quiet", cwd=tmp_path, **variables)

    return call


def test_the_c_compiler_is_missing(building):
    script = 'cc::Build::new().file("code.c").compile("code");'
    diagnosis = building("cc", script, CC="no-such-cc").only("c-compiler-missing")
    assert "`no-such-cc`" in diagnosis.meaning


def test_a_library_is_missing(building):
    script = 'pkg_config::probe_library("no-such-library").unwrap();'
    # By pkg-config, or without one by its absence.
    building("pkg-config", script).only("pkg-config")


def test_pkg_config_is_missing(building):
    script = 'if let Err(error) = pkg_config::probe_library("z") { panic!("{error}") }'
    failure = building("pkg-config", script, PKG_CONFIG="/no/such/pkg-config")
    failure.only("pkg-config")


def test_openssl_is_missing(building):
    failure = building(
        "openssl-sys",
        PKG_CONFIG="/no/such/pkg-config",
        OPENSSL_NO_PKG_CONFIG="1",
        OPENSSL_LIB_DIR="",
        OPENSSL_INCLUDE_DIR="",
        OPENSSL_DIR="",
    )
    if "Could not find directory" not in failure.text:
        pytest.skip("this machine has OpenSSL in a place that is searched")
    failure.only("openssl-missing")


def test_cmake_is_missing(building, tmp_path: Path):
    script = 'cmake::build("native");'
    (tmp_path / "native").mkdir()
    failure = building("cmake", script, CMAKE="/no/such/cmake")
    failure.only("build-tool-missing")
