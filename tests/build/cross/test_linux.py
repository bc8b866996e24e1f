"""Wheels for other Linux machines, imported and tested there.

Each is built on this machine by its own cross compiler, and run by QEMU with the
Python of Debian.
"""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path

import pytest
from requirements import require_tool

pytestmark = [pytest.mark.build, pytest.mark.network]

DEV = ("--profile", "dev")
AARCH64, ARMV7 = "aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"
I686 = "i686-unknown-linux-gnu"
MACHINES = {
    AARCH64: ("arm64", "aarch64", "aarch64-linux-gnu"),
    ARMV7: ("armhf", "armv7l", "arm-linux-gnueabihf"),
    I686: ("i386", "i686", "i386-linux-gnu"),
}
"""What Debian, wheel tags and extension modules call the machine of a target."""
MODULES = {
    "pure-module": ("wordcount/wordcount", "cp311", "cp311"),
    "abi3-module": ("editdistance/editdistance", "cp39", "abi3"),
    "old-api-module": ("roman/roman", "cp311", "cp311"),
}


@pytest.fixture
def run_program(tmp_path):
    """Return a function that runs the example's program on another machine."""

    def run(machine, wheel):
        folder = tmp_path / "unpacked"
        shutil.unpack_archive(wheel.path, folder, "zip")
        (program,) = folder.glob("*.data/scripts/calculator")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return machine.run(program, "Fraction(1, 3) + 1", cwd=tmp_path)

    return run


@pytest.fixture
def build_for(debian_rust, copy_project, run_ferrule, read_wheel, tmp_path):
    """Return a function that builds an example for other machines.

    It returns the wheels by target, and the names of what cargo compiled.
    """
    compilers = {
        AARCH64: "aarch64-linux-gnu-gcc",
        ARMV7: "arm-linux-gnueabihf-gcc",
        I686: "i686-linux-gnu-gcc",
    }
    projects = {}

    def build(example, *targets, python="3.11", **env):
        for target in targets:
            require_tool(compilers[target])
        if example not in projects:
            projects[example] = copy_project(f"examples/{example}")
        arguments = [f"--target={target}" for target in targets]
        arguments += ["-i", python] if python else []
        arguments += ["--out", tmp_path / "dist", "--json", *DEV]
        done = run_ferrule(
            "build", *arguments, cwd=projects[example], env={**debian_rust(), **env}
        )
        built = done.check().json()["wheels"]
        wheels = [read_wheel(Path(item["path"])) for item in built]
        compiled = [name for item in built for name in item["compiled"]]
        return dict(zip(targets or ("",), wheels)), compiled, projects[example]

    return build


@pytest.mark.parametrize("example", MODULES)
def test_one_command_builds_for_two_machines(example, build_for, qemu):
    stem, python, abi = MODULES[example]
    wheels, _, project = build_for(example, AARCH64, ARMV7)
    for target, wheel in wheels.items():
        debian, machine, multiarch = MACHINES[target]
        assert wheel.tags[:2] == (python, abi)
        assert re.fullmatch(rf"manylinux_2_\d+_{machine}", wheel.tags[2])
        ending = f"cpython-311-{multiarch}" if abi != "abi3" else "abi3"
        assert f"{stem}.{ending}.so" in wheel.names()
        assert wheel.find_record_problems() == []
        assert "passed" in qemu(debian).run_tests(project, wheel.path)

    again, compiled, _ = build_for(example, AARCH64, ARMV7)
    assert compiled == []
    assert [wheel.path.name for wheel in again.values()] == [
        wheel.path.name for wheel in wheels.values()
    ]


def test_a_build_for_this_machine_evicts_nothing(build_for):
    build_for("abi3-module", AARCH64)
    build_for("abi3-module")
    assert build_for("abi3-module", AARCH64)[1] == []
    assert build_for("abi3-module")[1] == []


def test_a_real_python_of_the_target_gives_the_same_build(build_for, foreign_root):
    folder = foreign_root("arm64") / "usr" / "lib"
    without, _, _ = build_for("pure-module", AARCH64)
    content = without[AARCH64].path.read_bytes()
    found, compiled, _ = build_for(
        "pure-module", AARCH64, python="", PYO3_CROSS_LIB_DIR=str(folder)
    )
    assert compiled == []
    assert found[AARCH64].path.read_bytes() == content


def test_a_python_that_answers_for_another_machine(
    build_for, foreign_root, qemu, tmp_path
):
    """As crossenv, conda-forge, Yocto, Buildroot and Debian make one."""
    (source,) = foreign_root("arm64").glob("usr/lib/python3.11/_sysconfigdata__linux*")
    folder = tmp_path / "variables"
    folder.mkdir()
    shutil.copy(source, folder)
    require_tool("aarch64-linux-gnu-gcc")
    wheels, _, project = build_for(
        "pure-module",
        PYTHONPATH=str(folder),
        _PYTHON_SYSCONFIGDATA_NAME=source.stem,
        _PYTHON_HOST_PLATFORM="linux-aarch64",
    )
    (wheel,) = wheels.values()
    assert re.fullmatch(r"manylinux_2_\d+_aarch64", wheel.tags[2])
    assert "wordcount/wordcount.cpython-311-aarch64-linux-gnu.so" in wheel.names()
    assert "passed" in qemu("arm64").run_tests(project, wheel.path)


def test_the_version_alone_is_enough(build_for):
    variables = {"PYO3_CROSS": "1", "PYO3_CROSS_PYTHON_VERSION": "3.11"}
    wheels, _, _ = build_for("pure-module", AARCH64, python="", **variables)
    assert wheels[AARCH64].tags[0] == "cp311"


def test_a_narrower_machine(build_for, qemu):
    wheels, _, project = build_for("pure-module", I686)
    (wheel,) = wheels.values()
    assert "wordcount/wordcount.cpython-311-i386-linux-gnu.so" in wheel.names()
    assert wheel.tags[2].endswith("_i686")
    assert "passed" in qemu("i386").run_tests(project, wheel.path)


def test_a_program_that_embeds_python(build_for, qemu, run_program):
    machine = qemu("arm64")
    folder = str(machine.library_folder)
    wheels, _, _ = build_for(
        "embedding-program", AARCH64, python="", PYO3_CROSS_LIB_DIR=folder
    )
    (wheel,) = wheels.values()
    assert wheel.tags == ("cp311", "cp311", "linux_aarch64")
    assert run_program(machine, wheel) == "4/3"


def test_a_registered_python(build_for, qemu, run_program, run_ferrule, tmp_path):
    machine = qemu("arm64")
    env = {"FERRULE_CONFIG_DIR": str(tmp_path / "config")}
    words = ("add-target", machine.root, "--name", "board")
    run_ferrule("python", *words, cwd=tmp_path, env=env).check()
    listed = run_ferrule("python", "list", "--target", AARCH64, cwd=tmp_path, env=env)
    assert str(machine.root) in listed.check().stdout
    # A module needs nothing of it; what is linked to libpython does.
    (module,) = build_for("pure-module", AARCH64, **env)[0].values()
    assert module.tags[:2] == ("cp311", "cp311")
    (program,) = build_for("embedding-program", AARCH64, **env)[0].values()
    assert run_program(machine, program) == "4/3"


def test_a_program_without_the_library_of_the_target(
    debian_rust, copy_project, run_ferrule
):
    require_tool("aarch64-linux-gnu-gcc")
    project = copy_project("examples/embedding-program")
    arguments = (f"--target={AARCH64}", "-i", "3.11", *DEV)
    done = run_ferrule("build", *arguments, cwd=project, env=debian_rust())
    assert done.returncode == 5
    assert f"looked for libpython3.11 of {AARCH64}" in done.stderr
    assert "fix: PYO3_CROSS_LIB_DIR=/path/to/target/usr/lib/python3.11" in done.stderr
