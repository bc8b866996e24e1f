"""The target that plain cargo builds for."""

from __future__ import annotations

import pytest

from ferrule.cargo.configured_target import (
    compiles_standard_library,
    configured_linker,
    configured_targets,
    leads_elsewhere,
)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "a/b"
    (folder / ".cargo").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    return folder


def found(project, **env):
    home = project.parent.parent / "home"
    return configured_targets(project, {"CARGO_HOME": str(home), **env})


def test_the_variable_is_first(project) -> None:
    (project / ".cargo/config.toml").write_text('[build]\ntarget = "one"\n')
    assert found(project, CARGO_BUILD_TARGET="two") == ("two",)
    assert found(project) == ("one",)


def test_the_nearest_file_that_names_one(project) -> None:
    (project / ".cargo/config.toml").write_text("[build]\ntarget-dir = 't'\n")
    above = project.parent / ".cargo"
    above.mkdir()
    (above / "config").write_text("[build]\ntarget = ['one', 'two']\n")
    assert found(project) == ("one", "two")


def test_the_users_own_configuration(project) -> None:
    (project.parent.parent / "home/config.toml").write_text("build.target = 'one'\n")
    assert found(project) == ("one",)


@pytest.mark.parametrize("text", ["[build\ntarget", "build = 'target'", "\udcff"])
def test_what_cannot_be_understood_is_left_to_cargo(project, text) -> None:
    data = text.encode("utf-8", "surrogateescape")
    (project / ".cargo/config.toml").write_bytes(data)
    assert found(project) == ()


@pytest.mark.parametrize(
    ("text", "variable", "expected"),
    [
        ("", None, False),
        ("[build]\ntarget = 'host'\n", None, False),
        ("[build]\ntarget = ['host-tuple']\n", None, False),
        ("[build]\ntarget = 'other'\n", None, True),
        ("[build]\ntarget = ['host', 'other']\n", None, True),
        # cargo builds for nothing then.
        ("[build]\ntarget = []\n", None, True),
        ("[build]\ntarget = 'other'\n", "host", False),
        ("", "other", True),
        # cargo refuses it, and CI jobs set it so.
        ("", "", True),
    ],
)
def test_whether_the_host_must_be_named(project, text, variable, expected) -> None:
    (project / ".cargo/config.toml").write_text(text)
    env = {"CARGO_HOME": str(project.parent.parent / "home")}
    if variable is not None:
        env["CARGO_BUILD_TARGET"] = variable
    assert leads_elsewhere(project, env, "host") is expected


def test_the_name_of_every_host(project) -> None:
    assert found(project, CARGO_BUILD_TARGET="host-tuple") == ("host-tuple",)
    env = {"CARGO_BUILD_TARGET": "host-tuple"}
    assert configured_targets(project, env, "mine") == ("mine",)


def test_the_linker_of_a_target(project) -> None:
    env = {"CARGO_HOME": str(project.parent.parent / "home")}
    (project / ".cargo/config.toml").write_text(
        '[target.one]\nlinker = "ld-one"\n[target.\'cfg(unix)\']\nlinker = "ld"\n'
    )
    assert configured_linker(project, env, "one") == "ld-one"
    assert configured_linker(project, env, "two") == "ld"
    assert configured_linker(project.parent, env, "one") == ""


def test_the_linker_of_a_cfg_that_holds_comes_after_the_targets_own(project) -> None:
    env = {"CARGO_HOME": str(project.parent.parent / "home")}
    (project / ".cargo/config.toml").write_text(
        "[target.'cfg(windows)']\nlinker = 'link'\n"
        "[target.'cfg(target_os = \"linux\")']\nlinker = 'tools/cc'\n"
        "[target.x86_64-unknown-linux-gnu]\nlinker = 'clang'\n"
    )
    linux, arm = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
    assert configured_linker(project, env, linux) == "clang"
    # A path is relative to the folder in which `.cargo` lies.
    assert configured_linker(project, env, arm) == str(project / "tools/cc")
    assert configured_linker(project, env, "x86_64-pc-windows-msvc") == "link"
    assert configured_linker(project, env, "aarch64-apple-darwin") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[unstable]\nbuild-std = ["std", "panic_unwind"]\n', True),
        ("[unstable]\nbuild-std = []\n", False),
        ('[build]\nrustflags = ["build-std"]\n', False),
        ("[unstable\nbuild-std = 1\n", False),
    ],
)
def test_who_compiles_the_standard_library(tmp_path, text, expected) -> None:
    env = {"CARGO_HOME": str(tmp_path / "home")}
    folder = tmp_path / "project" / "crate"
    path = tmp_path / "project" / ".cargo" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert compiles_standard_library(folder, env) is expected
    named = {**env, "CARGO_UNSTABLE_BUILD_STD": "std"}
    assert compiles_standard_library(tmp_path, named)
