from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.artifact import Artifact
from ferrule.cargo.compile import Compiled, CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.errors.wheel import RefusedTagError
from ferrule.pipeline import platforms
from ferrule.pipeline.packing import import_library_members
from ferrule.plan.build import Build, PlannedProgram
from ferrule.project.crate import Crate
from ferrule.settings.model import CheckSettings, Settings
from ferrule.wheel.member import Member

CRATE = Crate("id", "demo", "1.0", Path("/p/Cargo.toml"), (), ())


def make_key(**changes) -> CompileKey:
    values = {
        "crate": CRATE,
        "kind": "binary",
        "binaries": ("tool",),
        "selection": FeatureSelection(),
        "profile": "dev",
        "pyo3": None,
        "target_directory": Path("/p/target"),
    }
    return CompileKey(**{**values, **changes})


@pytest.mark.parametrize(
    ("path", "name"),
    [("pkg/_core.pyd", "pkg/core.dll.lib"), ("_core.pyd", "core.dll.lib")],
)
def test_import_libraries_lie_beside_the_module(path, name):
    libraries = (Path("/t/core.dll.lib"),)
    artifact = Artifact(
        "id", "core", Path("/t/core.dll"), is_library=True, import_libraries=libraries
    )
    compiled = Compiled(make_key(), (artifact,), SimpleNamespace())
    assert import_library_members(path, compiled) == [Member(name, libraries[0])]


@pytest.fixture
def make_build(make_interpreter):
    def make(settings, *, platform, key_env=None, env=None):
        interpreter = make_interpreter(platform=platform, machine="arm64")
        program = PlannedProgram(make_key(env=key_env or {}), (), embeds_python=False)
        project = SimpleNamespace(settings=settings)
        return Build(project, interpreter, (), (program,), env or {})

    return make


@pytest.fixture
def system(monkeypatch):
    def choose(name):
        monkeypatch.setattr(platforms.sys, "platform", name)

    return choose


@pytest.mark.parametrize(
    ("key_env", "env", "tag"),
    [
        ({}, {}, "macosx_10_13_universal2"),
        ({"MACOSX_DEPLOYMENT_TARGET": "12.0"}, {}, "macosx_12_0_arm64"),
        ({}, {"MACOSX_DEPLOYMENT_TARGET": "11.0"}, "macosx_11_0_arm64"),
        (
            {"MACOSX_DEPLOYMENT_TARGET": "12.0"},
            {"MACOSX_DEPLOYMENT_TARGET": "11.0"},
            "macosx_12_0_arm64",
        ),
    ],
)
def test_the_tag_names_the_deployment_target(make_build, system, key_env, env, tag):
    platform = "macosx-10.13-universal2"
    build = make_build(Settings(), platform=platform, key_env=key_env, env=env)
    system("darwin")
    assert platforms.wheel_platforms(build, {}) == ((tag,), ())


def test_tags_that_an_index_refuses(make_build, system, tmp_path):
    settings = Settings(compatibility="pypi")
    env = {"FERRULE_CACHE_DIR": str(tmp_path)}
    system("freebsd14")
    build = make_build(settings, platform="freebsd-14.0-release-amd64", env=env)
    with pytest.raises(RefusedTagError, match="refuses the platform tag freebsd_14"):
        platforms.wheel_platforms(build, {})
    system("linux")
    build = make_build(settings, platform="linux-aarch64", env=env)
    with pytest.raises(RefusedTagError, match="refuses the platform tag linux_"):
        platforms.wheel_platforms(build, {})
    # An install elsewhere must not fail because the project publishes more.
    tags, notes = platforms.wheel_platforms(build, {}, insists=False)
    assert tags == ("linux_aarch64",)
    assert notes[0].endswith("linux_aarch64: the wheel is for this machine only")
    # Nothing is judged that stays on the machine.
    tags, _ = platforms.wheel_platforms(build, {}, is_local=True)
    assert tags == ("linux_aarch64",)


def test_files_of_the_project_that_are_binaries_decide_too(tmp_path):
    built, own = tmp_path / "libcore.so", tmp_path / "libfoo.so.1"
    members = [
        Member("pkg/core.abi3.so", built),
        Member("pkg/libfoo.so.1", own),
        Member("pkg/tool", built),
        Member("pkg/data.bin", tmp_path / "data.bin"),
        Member("pkg/gen.so", b"content"),
    ]
    assert platforms.wheel_binaries(members, [built]) == {
        "pkg/core.abi3.so": built,
        "pkg/libfoo.so.1": own,
        "pkg/tool": built,
    }


def test_code_for_certain_processors(make_build, system, tmp_path):
    system("linux")
    env = {
        "FERRULE_CACHE_DIR": str(tmp_path),
        "RUSTFLAGS": "-Ctarget-cpu=native",
        "CARGO_HOME": str(tmp_path),
    }
    build = make_build(Settings(), platform="linux-x86_64", env=env)
    assert "target-cpu=native" in platforms.wheel_platforms(build, {})[1][0]
    settings = Settings(check=CheckSettings(ignore=("cpu-features",)))
    build = make_build(settings, platform="linux-x86_64", env=env)
    assert "target-cpu" not in platforms.wheel_platforms(build, {})[1][0]


@pytest.mark.parametrize(
    ("name", "wanted", "here"),
    [
        ("linux", "auto", "auto"),
        ("darwin", "pypi", "pypi"),
        ("linux", "manylinux_2_28,macosx_11_0_arm64", "manylinux_2_28"),
        ("darwin", "manylinux_2_28,macosx_11_0_arm64", "macosx_11_0_arm64"),
        ("win32", "manylinux_2_28,macosx_11_0_arm64", "auto"),
        ("freebsd14", "manylinux_2_28", "auto"),
    ],
)
def test_wishes_for_other_systems_are_left_aside(system, name, wanted, here):
    system(name)
    assert platforms.wanted_here(wanted) == here
