from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.artifact import Artifact
from ferrule.cargo.compile import Compiled, CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.errors.wheel import RefusedTagError, UnknownPlatformTagError
from ferrule.pipeline.build import platforms
from ferrule.pipeline.build.packing import import_library_members
from ferrule.plan.build import Build, PlannedProgram
from ferrule.project.crate import Crate
from ferrule.python.foreign import describe_foreign
from ferrule.python.selector import parse_name
from ferrule.settings.model import CheckSettings, Settings
from ferrule.target.triple import parse_triple
from ferrule.wheel.member import Member

HOST = "x86_64-unknown-linux-gnu"
BOTH = "manylinux_2_28,macosx_11_0_arm64"

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
    def make(settings, *, platform, host, key_env=None, env=None):
        interpreter = make_interpreter(platform=platform, machine="arm64")
        program = PlannedProgram(make_key(env=key_env or {}), (), embeds_python=False)
        project = SimpleNamespace(settings=settings)
        env = {"FERRULE_HOST": host, **(env or {})}
        return Build(project, interpreter, (), (program,), env)

    return make


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
def test_the_tag_names_the_deployment_target(make_build, key_env, env, tag):
    platform, host = "macosx-10.13-universal2", "aarch64-apple-darwin"
    build = make_build(
        Settings(), platform=platform, host=host, key_env=key_env, env=env
    )
    assert platforms.wheel_platforms(build, {}) == ((tag,), ())


def test_tags_that_an_index_refuses(make_build, tmp_path):
    settings = Settings(compatibility="pypi")
    env = {"FERRULE_CACHE_DIR": str(tmp_path)}
    platform, host = "freebsd-14.0-release-amd64", "x86_64-unknown-freebsd"
    build = make_build(settings, platform=platform, host=host, env=env)
    with pytest.raises(RefusedTagError, match="refuses the platform tag freebsd_14"):
        platforms.wheel_platforms(build, {})
    host = "aarch64-unknown-linux-gnu"
    build = make_build(settings, platform="linux-aarch64", host=host, env=env)
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


def test_code_for_certain_processors(make_build, tmp_path):
    env = {
        "FERRULE_CACHE_DIR": str(tmp_path),
        "RUSTFLAGS": "-Ctarget-cpu=native",
        "CARGO_HOME": str(tmp_path),
    }
    build = make_build(Settings(), platform="linux-x86_64", host=HOST, env=env)
    assert "target-cpu=native" in platforms.wheel_platforms(build, {})[1][0]
    settings = Settings(check=CheckSettings(ignore=("cpu-features",)))
    build = make_build(settings, platform="linux-x86_64", host=HOST, env=env)
    assert "target-cpu" not in platforms.wheel_platforms(build, {})[1][0]


@pytest.mark.parametrize(
    ("triple", "wanted", "here"),
    [
        (HOST, "auto", "auto"),
        ("x86_64-apple-darwin", "pypi", "pypi"),
        (HOST, BOTH, "manylinux_2_28"),
        ("aarch64-apple-darwin", BOTH, "macosx_11_0_arm64"),
        ("x86_64-pc-windows-msvc", BOTH, "auto"),
        ("x86_64-unknown-freebsd", "manylinux_2_28", "auto"),
        (
            "x86_64-unknown-freebsd",
            "freebsd_14_0_release_amd64,manylinux_2_28",
            "freebsd_14_0_release_amd64",
        ),
        (
            "wasm32-unknown-emscripten",
            "pyodide_2024_0_wasm32",
            "pyodide_2024_0_wasm32",
        ),
        ("aarch64-linux-android", "android_24_arm64_v8a", "android_24_arm64_v8a"),
        ("aarch64-linux-android", "manylinux_2_28", "auto"),
    ],
)
def test_wishes_for_other_systems_are_left_aside(triple, wanted, here):
    assert platforms.wanted_here(wanted, parse_triple(triple)) == here


@pytest.mark.parametrize(
    ("triple", "python", "tag"),
    [
        ("aarch64-unknown-linux-gnu", "3.12", "linux_aarch64"),
        ("armv7-unknown-linux-gnueabihf", None, "linux_armv7l"),
        ("x86_64-pc-windows-msvc", "3.12", "win_amd64"),
        ("aarch64-pc-windows-gnullvm", None, "win_arm64"),
        ("aarch64-apple-darwin", "3.12", "macosx_11_0_arm64"),
        ("x86_64-apple-darwin", None, "macosx_10_12_x86_64"),
        ("aarch64-linux-android", "3.13", "android_21_arm64_v8a"),
        ("aarch64-apple-ios", "3.13", "ios_13_0_arm64_iphoneos"),
        ("aarch64-apple-ios-sim", None, "ios_13_0_arm64_iphonesimulator"),
        ("wasm32-unknown-emscripten", "3.12", "pyodide_2024_0_wasm32"),
        ("wasm32-unknown-emscripten", "3.14", "pyemscripten_2026_0_wasm32"),
        ("x86_64-unknown-freebsd", "3.12", "freebsd_14_3_release_p3_amd64"),
    ],
)
def test_tags_of_other_machines(triple, python, tag):
    target = parse_triple(triple)
    interpreter = python and describe_foreign(parse_name(python), target)
    project = SimpleNamespace(settings=Settings(target=(triple,), audit="skip"))
    build = Build(project, interpreter or None, (), (), {})
    wanted = {"is_local": True} if target.system == "linux" else {}
    assert platforms.wheel_platforms(build, {}, **wanted)[0] == (tag,)


def test_a_system_whose_release_is_not_known():
    triple = "x86_64-unknown-freebsd"
    interpreter = describe_foreign(parse_name("3.9"), parse_triple(triple))
    project = SimpleNamespace(settings=Settings(target=(triple,)))
    build = Build(project, interpreter, (), (), {})
    with pytest.raises(UnknownPlatformTagError):
        platforms.wheel_platforms(build, {})
    # Which is told before anything is compiled.
    with pytest.raises(UnknownPlatformTagError) as caught:
        platforms.check_release(build)
    text = str(caught.value)
    assert "the platform tag of a wheel for x86_64-unknown-freebsd is not known" in text
    assert "--compatibility" in text
    named = Settings(target=(triple,), compatibility="freebsd_14_0_release_amd64")
    build = Build(SimpleNamespace(settings=named), interpreter, (), (), {})
    platforms.check_release(build)
    assert platforms.wheel_platforms(build, {})[0] == ("freebsd_14_0_release_amd64",)
    linux = Settings(target=("aarch64-unknown-linux-gnu",))
    platforms.check_release(Build(SimpleNamespace(settings=linux), None, (), (), {}))
