"""Extensions in ferrule's terms."""

from __future__ import annotations

import pytest

from ferrule.python.probe import running_interpreter
from ferrule.setuptools.extension import Binding, RustBin, RustExtension, Strip
from ferrule.setuptools.translation import Wish, translate


def settings_of(extension, *, env=None, **wish):
    return translate(
        extension, Wish(**wish), interpreter=running_interpreter(), env=env or {}
    )


@pytest.mark.parametrize(
    ("args", "debug", "env", "profile"),
    [
        ([], False, {}, "release"),
        ([], True, {}, "dev"),
        (["--profile", "lto"], True, {}, "lto"),
        (["--profile=lto"], False, {"SETUPTOOLS_RUST_CARGO_PROFILE": "ci"}, "ci"),
    ],
)
def test_profile(args, debug, env, profile) -> None:
    found = settings_of(RustExtension("a", args=args), is_debug=debug, env=env)
    assert found.profile == profile


def test_words_become_settings() -> None:
    extension = RustExtension(
        "a.b",
        args=["--no-default-features", "--timings"],
        cargo_manifest_args=["--locked"],
        features=["x", "x"],
        rustc_flags=["-Copt-level=1"],
        strip=Strip.All,
        env={"A": "1", "B": "2"},
    )
    found = settings_of(extension, env={"B": "2"})
    settings = found.settings
    assert [item.feature for item in settings.features] == ["x"]
    assert settings.no_default_features
    assert settings.locked
    assert settings.strip
    assert settings.rustc_args == ("-Copt-level=1",)
    assert settings.env == {"A": "1"}
    assert [item.name for item in settings.modules] == ["a.b"]
    assert found.words == ("--timings",)


def test_strip_is_for_release_builds() -> None:
    debug = RustExtension("a", strip=Strip.Debug)
    assert settings_of(debug).settings.rustc_args == ("-C", "strip=debuginfo")
    assert settings_of(debug, is_debug=True).settings.rustc_args == ()
    everything = RustExtension("a", strip=Strip.All)
    assert not settings_of(everything, is_debug=True).settings.strip


def test_programs_and_rust_cpython() -> None:
    program = settings_of(RustBin({"one": "x", "two": "y"})).settings
    assert [item.name for item in program.binaries] == ["one", "two"]
    assert program.modules == ()
    old = settings_of(RustExtension("a", binding=Binding.RustCPython)).settings
    assert [item.feature for item in old.features] == [
        "cpython/python3-sys",
        "cpython/extension-module",
    ]


def test_target() -> None:
    env = {"CARGO_BUILD_TARGET": "from-environment"}
    from_environment = settings_of(RustExtension("a"), env=env).settings
    assert from_environment.target == ("from-environment",)
    named = settings_of(RustExtension("a"), target="t", env=env).settings
    assert named.target == ("t",)
