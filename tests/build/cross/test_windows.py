"""Wheels for Windows, built on Linux, imported and tested under Wine.

The toolchain compiles the standard library for the target first: minutes, the
first time. Wine runs the CPythons of python.org.
"""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest
from requirements import require_tool

pytestmark = [pytest.mark.build, pytest.mark.network]

DEV = ("--profile", "dev", "--json")
GNU, GNULLVM = "x86_64-pc-windows-gnu", "x86_64-pc-windows-gnullvm"
RUN_TESTS = """
    import sys
    sys.path[:0] = [{site!r}, {tools!r}]
    import pytest
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", {tests!r}]))
"""


def on_windows(path: Path) -> str:
    """Return what Wine calls a path of this machine."""
    return "Z:" + str(path).replace("/", "\\")


@pytest.fixture
def run_tests(windows_python, wine, tmp_path):
    """Return a function that runs a project's own tests under Wine."""

    def run(version: str, project: Path, wheel: Path) -> str:
        site = tmp_path / f"site-{wheel.stem}-{version}"
        shutil.unpack_archive(wheel, site, "zip")
        code = textwrap.dedent(RUN_TESTS).format(
            site=on_windows(site),
            tools=on_windows(Path(pytest.__file__).parents[1]),
            tests=on_windows(project / "tests"),
        )
        script = tmp_path / "run_tests.py"
        script.write_text(code, encoding="utf-8")
        python = windows_python(version) / "python.exe"
        # The plugins of this machine may be compiled for it.
        alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        return wine(python, on_windows(script), cwd=tmp_path, **alone)

    return run


@pytest.fixture
def build_for(debian_rust, copy_project, run_ferrule, read_wheel, tmp_path):
    """Return a function that builds an example for Windows."""
    projects = {}

    def build(example, target, *arguments, **env):
        if example not in projects:
            projects[example] = copy_project(f"examples/{example}")
        words = ("build", "--target", target, "--out", tmp_path / "dist", *DEV)
        variables = {**debian_rust(has_source=True), **env}
        project = projects[example]
        done = run_ferrule(*words, *arguments, cwd=project, env=variables).check()
        (built,) = done.json()["wheels"]
        return read_wheel(Path(built["path"])), built["compiled"], project

    return build


@pytest.mark.parametrize("target", [GNU, GNULLVM])
def test_one_wheel_for_every_python(target, build_for, run_tests, request):
    options: dict[str, str] = {}
    if target == GNU:
        require_tool("x86_64-w64-mingw32-gcc")
    else:
        options["FERRULE_ZIG"] = request.getfixturevalue("zig")
    # The stable ABI needs no Python at all.
    wheel, _, project = build_for("abi3-module", target, PYO3_NO_PYTHON="1", **options)
    assert wheel.tags == ("cp39", "abi3", "win_amd64")
    assert "editdistance/editdistance.pyd" in wheel.names()
    assert wheel.find_record_problems() == []
    for version in ("3.11", "3.13"):
        assert "3 passed" in run_tests(version, project, wheel.path)
    _, compiled, _ = build_for("abi3-module", target, PYO3_NO_PYTHON="1", **options)
    assert compiled == []


@pytest.mark.parametrize(
    ("example", "target"),
    [("pure-module", GNU), ("old-api-module", GNU), ("old-api-module", GNULLVM)],
)
def test_one_python(example, target, build_for, run_tests, request):
    options: dict[str, str] = {}
    if target == GNU:
        require_tool("x86_64-w64-mingw32-gcc")
    else:
        options["FERRULE_ZIG"] = request.getfixturevalue("zig")
    # PyO3 0.22 links an import library, which ferrule writes.
    wheel, _, project = build_for(example, target, "-i", "3.11", **options)
    assert wheel.tags == ("cp311", "cp311", "win_amd64")
    assert any(name.endswith(".cp311-win_amd64.pyd") for name in wheel.names())
    assert "passed" in run_tests("3.11", project, wheel.path)


def test_a_program_that_embeds_python(build_for, windows_python, wine, tmp_path):
    require_tool("x86_64-w64-mingw32-gcc")
    wheel, _, _ = build_for("embedding-program", GNU, "-i", "3.13")
    assert wheel.tags == ("cp313", "cp313", "win_amd64")
    folder = tmp_path / "windows"
    shutil.copytree(windows_python("3.13"), folder)
    program = folder / "calculator.exe"
    (name,) = (item for item in wheel.names() if item.endswith("calculator.exe"))
    program.write_bytes(wheel.read(name))
    # Python looks for its files beside its own DLL.
    assert wine(program, "Fraction(1, 3) + 1", cwd=folder) == "4/3"
