import os

import pytest

from ferrule.doctor.toolchain import (
    check_minimum_rust,
    check_mixed,
    check_override,
    check_targets,
    find_toolchain,
    pinned_targets,
)


def test_missing_cargo_is_an_error(tmp_path):
    env = {"PATH": "", "CARGO_HOME": str(tmp_path), "HOME": str(tmp_path)}
    toolchain, (found,) = find_toolchain(env, tmp_path)
    assert toolchain is None
    assert (found.id, found.severity) == ("rust-toolchain", "error")
    assert found.remedy


def test_variable_wins_over_the_projects_file(tmp_path, write):
    pin = write("rust-toolchain", "1.80\n")
    assert check_override({}, tmp_path) == []
    (found,) = check_override({"RUSTUP_TOOLCHAIN": "nightly"}, tmp_path / "sub")
    assert found.what == f"RUSTUP_TOOLCHAIN=nightly wins over {pin}"
    assert found.remedy == ("unset RUSTUP_TOOLCHAIN",)


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_cargo_of_rustup_with_rustc_of_a_distribution(tmp_path, tools):
    env = tools("rustup", "rustc")
    proxies = tmp_path / "proxies"
    proxies.mkdir()
    (proxies / "rustup").write_text("#!/bin/sh\n# a longer one\n")
    (proxies / "rustup").chmod(0o755)
    (proxies / "cargo").symlink_to("rustup")
    env["PATH"] = f"{env['PATH']}:{proxies}"
    (tmp_path / "bin" / "rustup").unlink()
    (found,) = check_mixed(env)
    assert found.id == "rust-mixed"
    assert found.remedy == (f'export PATH="{proxies}:$PATH"',)
    (proxies / "rustc").symlink_to("rustup")
    env["PATH"] = str(proxies)
    assert check_mixed(env) == []


def test_both_of_a_distribution_are_fine(tools):
    assert check_mixed(tools("cargo", "rustc")) == []
    assert check_mixed(tools()) == check_mixed({"PATH": ""}) == []


def test_crate_that_needs_a_newer_rust(make_survey, toolchain):
    survey = make_survey(
        needs=[("old", "1.0.0", "1.60", False), ("new", "2.0.0", "1.96", False)]
    )
    (found,) = check_minimum_rust(survey, toolchain)
    assert (found.id, found.severity) == ("rust-version", "error")
    assert found.details == ("new 2.0.0 needs Rust 1.96",)


def test_patch_release_of_the_compiler_plays_no_part(make_survey, toolchain):
    survey = make_survey(needs=[("new", "2.0.0", "1.95.3", False)])
    assert check_minimum_rust(survey, toolchain) == []


def test_promise_that_a_dependency_breaks(make_survey, make_crate, toolchain):
    needs = [("pyo3", "0.30.1", "1.83", False), ("demo", "1.0.0", "1.70", True)]
    root = make_crate(("cdylib",), rust_version="1.70")
    (found,) = check_minimum_rust(make_survey(root=root, needs=needs), toolchain)
    assert (found.id, found.severity) == ("rust-version-promise", "warning")
    assert found.what == 'rust-version = "1.70", but dependencies need 1.83'
    assert found.remedy[-1] == 'rust-version = "1.83"'
    root = make_crate(("cdylib",), rust_version="1.83.1")
    assert check_minimum_rust(make_survey(root=root, needs=needs), toolchain) == []


def test_targets_are_read_off_the_sysroot(tmp_path, write):
    root = tmp_path / "toolchains" / "stable"
    for triple in ("a-b-c", "wasm32-unknown-unknown"):
        write(f"toolchains/stable/lib/rustlib/{triple}/lib/libstd-1.rlib", "")
    (root / "lib/rustlib/etc/lib").mkdir(parents=True)
    wanted = {"a-b-c": "x", "x.json": "x", "armv7-linux": "build.target in /c"}
    good, missing = check_targets(root, "a-b-c", wanted)
    assert good.what == "targets: a-b-c, wasm32-unknown-unknown"
    assert missing.severity == "error"
    assert missing.what == "the standard library for armv7-linux is not installed"
    assert missing.remedy == ("rustup target add armv7-linux",)


def test_targets_of_the_pinning_file(tmp_path, write):
    assert pinned_targets(tmp_path) == {}
    pin = write("rust-toolchain.toml", '[toolchain]\ntargets = ["x"]\n')
    assert pinned_targets(tmp_path) == {"x": str(pin)}
    write("rust-toolchain", "stable\n")
    assert pinned_targets(tmp_path) == {}
