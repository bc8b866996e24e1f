"""Two builds for macOS, joined into one wheel."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.artifact import Artifact, CargoRun
from ferrule.cargo.compile import Compiled, CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.errors.cargo import UnequalSlicesError
from ferrule.formats.macho import read_macho
from ferrule.pipeline.build.platforms import wheel_platforms
from ferrule.pipeline.build.universal2 import join_compiled, plan_universal2
from ferrule.pipeline.compiling import CompiledBuild
from ferrule.plan.build import Build, PlannedProgram
from ferrule.project.crate import Crate
from ferrule.settings.model import Settings

_FORMATS = Path(__file__).parents[2] / "formats" / "conftest.py"
macho_image = runpy.run_path(str(_FORMATS))["macho_image"]

CRATE = Crate("id", "demo", "1.0", Path("/p/Cargo.toml"), (), ())
INTEL, APPLE = "x86_64-apple-darwin", "aarch64-apple-darwin"
CPUS = {INTEL: (0x01000007, 3), APPLE: (0x0100000C, 0)}
MINIMUM = {INTEL: (10, 12), APPLE: (11, 0)}


@pytest.fixture
def compiled(tmp_path, macho_image):
    def make(triple, names=("tool",)):
        key = CompileKey(
            crate=CRATE,
            kind="binary",
            binaries=tuple(names),
            selection=FeatureSelection(),
            profile="release",
            pyo3=None,
            target_directory=tmp_path / "target",
            target=triple,
            triple=triple,
        )
        project = SimpleNamespace(settings=Settings(target=(triple,)))
        program = PlannedProgram(key, (), embeds_python=False)
        env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
        build = Build(project, None, (), (program,), env)
        artifacts = []
        for name in names:
            path = tmp_path / triple / name
            path.parent.mkdir(exist_ok=True)
            content = macho_image(cpu=CPUS[triple], minimum=MINIMUM[triple])
            path.write_bytes(content)
            artifacts.append(Artifact("id", name, path, is_library=False))
        return CompiledBuild(build, {key: Compiled(key, tuple(artifacts), CargoRun())})

    return make


def test_files_serve_both_processors(compiled) -> None:
    first, second = compiled(APPLE), compiled(INTEL)
    join_compiled(first, [second])
    (result,) = first.results.values()
    path = result.artifacts[0].path
    assert path.name == "tool"
    assert [part.arch for part in read_macho(path).slices] == ["x86_64", "arm64"]
    before = path.stat()
    join_compiled(compiled(APPLE), [second])
    assert path.stat().st_ino != before.st_ino or before.st_mtime_ns


def test_an_unchanged_join_is_not_written_again(compiled) -> None:
    first, second = compiled(APPLE), compiled(INTEL)
    results = dict(first.results)
    join_compiled(first, [second])
    inode = next(iter(first.results.values())).artifacts[0].path.stat().st_ino
    again = CompiledBuild(first.build, results)
    join_compiled(again, [second])
    (result,) = again.results.values()
    assert result.artifacts[0].path.stat().st_ino == inode


def test_the_tag_is_that_of_both_slices(compiled) -> None:
    first, second = compiled(APPLE), compiled(INTEL)
    join_compiled(first, [second])
    (result,) = first.results.values()
    build = plan_universal2(
        lambda triple: [
            ((first if triple == APPLE else second).build, ("CPython 3.12",))
        ]
    )[0][0]
    assert build.further == (second.build,)
    files = {"demo.data/scripts/tool": result.artifacts[0].path}
    assert wheel_platforms(build, files)[0] == ("macosx_10_12_universal2",)
    assert wheel_platforms(build, {})[0] == ("macosx_11_0_universal2",)


def test_halves_that_differ(compiled) -> None:
    first, second = compiled(APPLE), compiled(INTEL, ["other"])
    with pytest.raises(UnequalSlicesError) as caught:
        join_compiled(first, [second])
    text = str(caught.value)
    assert "the two halves of a universal2 wheel are not alike" in text
    assert "for Apple's processors: tool" in text
    assert "for Intel's: other" in text
    with pytest.raises(UnequalSlicesError):
        plan_universal2(
            lambda triple: [(first.build, ("3.12",))] if triple == APPLE else []
        )
