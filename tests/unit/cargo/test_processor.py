from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.cargo.compile import CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.cargo.processor import chosen_processor, processor_of_flags
from ferrule.project.crate import Crate

LINUX = "x86_64-unknown-linux-gnu"
MAC = "aarch64-apple-darwin"
ARM = "aarch64-unknown-linux-gnu"


@pytest.mark.parametrize(
    ("flags", "triple", "found"),
    [
        ("-C target-cpu=x86-64-v3", LINUX, "target-cpu=x86-64-v3"),
        ("-Ctarget-cpu=native", LINUX, "target-cpu=native"),
        ("--codegen target-cpu=haswell", LINUX, "target-cpu=haswell"),
        ("--codegen=target_cpu=znver3", LINUX, "target-cpu=znver3"),
        ("-Ctarget-cpu=x86-64", LINUX, ""),
        ("-Ctarget-cpu=native -Ctarget-cpu=x86-64", LINUX, ""),
        ("-Ctarget-feature=+avx2,+fma", LINUX, "target-feature=+avx2,+fma"),
        ("-Ctarget-feature=+crt-static,+sse2,-avx", LINUX, ""),
        ("-Ctarget-feature=+avx -Ctarget-feature=-avx", LINUX, ""),
        (
            "-Ctarget-cpu=native -Ctarget-feature=+aes",
            LINUX,
            "target-cpu=native, target-feature=+aes",
        ),
        ("-Ctarget-cpu=apple-m1", MAC, ""),
        ("-Ctarget-cpu=apple-m2", MAC, "target-cpu=apple-m2"),
        ("-Ctarget-feature=+aes", MAC, ""),
        ("-Ctarget-feature=+aes", ARM, "target-feature=+aes"),
        ("-Ctarget-cpu=penryn", "x86_64-apple-darwin", ""),
        ("-Ctune-cpu=native -O -Clto -C", LINUX, ""),
        ("", "sparc64-unknown-linux-gnu", ""),
    ],
)
def test_flags(flags, triple, found):
    assert processor_of_flags(flags.split(), triple) == found


@pytest.fixture
def key(tmp_path):
    crate = Crate("id", "demo", "1.0", tmp_path / "Cargo.toml", (), ())
    return CompileKey(
        crate=crate,
        kind="library",
        binaries=(),
        selection=FeatureSelection(),
        profile="dev",
        pyo3=None,
        target_directory=Path("target"),
        triple=LINUX,
    )


def test_where_flags_come_from(key, tmp_path):
    env = {"CARGO_HOME": str(tmp_path / "home")}
    native = "target-cpu=native"
    assert chosen_processor(key, env=env) == ""
    for more in (
        {"RUSTFLAGS": f"-C {native}"},
        {"CARGO_ENCODED_RUSTFLAGS": f"-C\x1f{native}"},
        {"CARGO_BUILD_RUSTFLAGS": f"-C{native}"},
        {"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS": f"-C{native}"},
    ):
        assert chosen_processor(key, env={**env, **more}) == native
    told = replace(key, rustc_args=("-C", native))
    assert chosen_processor(told, env=env) == native
    told = replace(key, env={"RUSTFLAGS": f"-C{native}"})
    assert chosen_processor(told, env=env) == native
    told = replace(key, arguments=("--config", f'build.rustflags=["-C{native}"]'))
    assert chosen_processor(told, env=env) == native
    told = replace(key, arguments=("--config=build.rustflags=[",))
    assert chosen_processor(told, env=env) == ""


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("[build]", "target-cpu=native"),
        (f"[target.{LINUX}]", "target-cpu=native"),
        ("[target.'cfg(unix)']", "target-cpu=native"),
        ("[target.'cfg(windows)']", ""),
        (f"[target.{MAC}]", ""),
    ],
)
def test_configuration_files(key, tmp_path, table, found):
    folder = tmp_path / ".cargo"
    folder.mkdir()
    text = f'{table}\nrustflags = ["-C", "target-cpu=native"]\n'
    (folder / "config.toml").write_text(text)
    env = {"CARGO_HOME": str(tmp_path / "home")}
    assert chosen_processor(key, env=env) == found
    # A variable replaces what files say.
    assert chosen_processor(key, env={**env, "RUSTFLAGS": "-O"}) == ""
