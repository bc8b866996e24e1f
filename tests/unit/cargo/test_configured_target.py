"""The target that plain cargo builds for."""

from __future__ import annotations

import pytest

from ferrule.cargo.configured_target import configured_linker, configured_targets


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


def test_the_linker_of_a_target(project) -> None:
    env = {"CARGO_HOME": str(project.parent.parent / "home")}
    (project / ".cargo/config.toml").write_text(
        '[target.one]\nlinker = "ld-one"\n[target.\'cfg(unix)\']\nlinker = "ld"\n'
    )
    assert configured_linker(project, env, "one") == "ld-one"
    assert configured_linker(project, env, "two") == "ld"
    assert configured_linker(project.parent, env, "one") == ""
