"""What the peers do wrong, done right here; each test tells what a user suffered.

The index of all such tests is `docs/compatibility-defects.md`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from layout_samples import ASK, below, extension
from peer_samples import LIBRARY, PROGRAM, Sample, crate, pyproject, write_sample
from workspace_samples import stable

from ferrule.wheel.comparison import compare_wheels

pytestmark = pytest.mark.build

MIXED = {
    **extension("mixed", 'module-name = "pkg.ext"\n'),
    "pkg/__init__.py": "from .ext import ANSWER\n",
}
HOOK = """
import ferrule, sys
print(ferrule.{hook}({folder!r}))
"""


@pytest.fixture
def write(tmp_path, ferrule, write_project):
    """Return a function that writes a project with ferrule as its backend."""

    def call(files: dict[str, str], root: str = ".") -> Path:
        return write_project(Sample("", files, "", "", root=root), ferrule)

    return call


def call_hook(project: Path, hook: str, folder: Path, env: dict[str, str]) -> Path:
    """Call a hook as front ends do: in a process of its own, in the project."""
    code = HOOK.format(hook=hook, folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.splitlines()[-1]


def test_a_renamed_module_and_leftovers_of_other_builds_stay_out(
    write, ferrule, tmp_path, read_wheel
) -> None:
    """Users got wheels with the module's old name, debug builds and other ABIs."""
    project = write(MIXED)
    ferrule.make("build", project, tmp_path / "before")
    for suffix in (".cpython-38-x86_64-linux-gnu.so", ".abi3.so", ".so"):
        (project / "pkg" / f"ext{suffix}").write_bytes(b"left by another tool")
    (project / "pkg" / "extra.so").write_bytes(b"the user's own")
    pyproject_toml = project / "pyproject.toml"
    text = pyproject_toml.read_text().replace("pkg.ext", "pkg.inner.ext")
    pyproject_toml.write_text(text)
    (project / "pkg" / "inner").mkdir()
    (project / "pkg" / "inner" / "ext.so").write_bytes(b"left by another tool")

    wheel = read_wheel(ferrule.make("build", project, tmp_path / "after"))

    built = {name for name in wheel.names() if re.search(r"/ext\..*so$", name)}
    inner = {name for name in built if name.startswith("pkg/inner/")}
    assert len(inner) == 1
    assert wheel.read(*inner)[:4] == b"\x7fELF"
    assert "pkg/extra.so" in wheel.names()


def test_cargo_runs_once_for_each_question(write, ferrule, tmp_path, peer_env) -> None:
    """One `pip wheel` ran every cargo command twice: users waited twice."""
    log = tmp_path / "log"
    wrapper = tmp_path / "bin" / "cargo"
    wrapper.parent.mkdir()
    real = shutil.which("cargo", path=peer_env["PATH"])
    wrapper.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    path = os.pathsep.join([str(wrapper.parent), peer_env["PATH"]])
    cache = str(tmp_path / "cache")
    env = {**peer_env, "PATH": path, "FERRULE_CACHE_DIR": cache}
    env["FERRULE_BUILD_CACHE"] = "never"
    project = write(MIXED)
    # As published projects have; otherwise the first question writes one.
    command = ["cargo", "generate-lockfile"]
    subprocess.run(command, cwd=project, env=peer_env, capture_output=True, check=True)
    (tmp_path / "out").mkdir()

    call_hook(project, "get_requires_for_build_wheel", tmp_path / "out", env)
    assert not log.exists()
    call_hook(project, "prepare_metadata_for_build_wheel", tmp_path / "out", env)
    call_hook(project, "build_wheel", tmp_path / "out", env)

    assert log.read_text().split() == ["metadata", "rustc"]
    call_hook(project, "build_wheel", tmp_path / "out", env)
    assert log.read_text().split() == ["metadata", "rustc", "rustc"]


def test_variables_of_the_settings_are_added_to_the_environment(
    write, ferrule, tmp_path, make_venv
) -> None:
    """`env = {FOO = "1"}` replaced the whole environment: "can't find Rust"."""
    files = {
        **MIXED,
        "src/lib.rs": LIBRARY.replace("(42)", '(env!("OWN_VARIABLE").len())'),
    }
    project = write(files)
    with (project / "pyproject.toml").open("a") as stream:
        stream.write('[tool.ferrule]\nenv = { OWN_VARIABLE = "four" }\n')
        stream.write('module-name = "pkg.ext"\n')

    wheel = ferrule.make("build", project, tmp_path / "out")

    venv = make_venv()
    venv.install(wheel)
    assert venv.ask("import pkg; print(pkg.ANSWER)") == "4"


def test_editable_installs_use_the_stable_abi_too(
    write, tmp_path, ferrule, read_wheel
) -> None:
    """`pip install -e .` made a module for one Python although abi3 was asked for."""
    project = write(stable("editable", "abi3-py39"))
    (tmp_path / "out").mkdir()

    wheel = call_hook(project, "build_editable", tmp_path / "out", ferrule.env)

    assert read_wheel(wheel).tags[:2] == ("cp39", "abi3")


def test_sdists_beside_the_sources_do_not_enter_the_next(
    write, ferrule, tmp_path
) -> None:
    """A release held the earlier release, and grew with each."""
    project = write(extension("grown"))
    first = ferrule.make("sdist", project, project / "dist").read_bytes()
    (project / "dist" / "grown-0.9.0.tar.gz").write_bytes(b"the release before")
    done = ferrule.run("sdist", "--out", project / "dist", cwd=project)
    assert done.returncode == 0, done.stderr
    assert (project / "dist" / "grown-1.0.0.tar.gz").read_bytes() == first


def test_a_wheel_of_the_sdist_is_the_wheel_of_the_sources(
    write, ferrule, tmp_path, read_wheel
) -> None:
    """Hidden, empty, executable and included files were in one, not in the other."""
    tool = 'module-name = "pkg.ext"\ninclude = ["pkg/made/*.py"]\n'
    files = {
        **MIXED,
        "pyproject.toml": pyproject("mixed", tool),
        ".gitignore": "made/\n*.log\n__pycache__/\n",
        "pkg/.hidden": "",
        "pkg/empty.txt": "",
        "pkg/a,b.txt": "a comma\n",
        'pkg/quote".txt': "a quote\n",
        "pkg/tool.sh!": "#!/bin/sh\n",
        "pkg/noise.log": "",
        "pkg/made/code.py": "",
        "pkg/__pycache__/x.cpython-311.pyc": "",
    }
    project = write(files)
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    direct = ferrule.make("build", project, tmp_path / "direct")
    sdist = ferrule.make("sdist", project, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    (root,) = (tmp_path / "unpacked").iterdir()
    packed = ferrule.make("build", root, tmp_path / "packed")

    assert compare_wheels(direct, packed) == []
    wheel = read_wheel(packed)
    assert wheel.find_record_problems() == []
    assert {name.split("/", 1)[1] for name in wheel.names() if "/ext." not in name} >= {
        *(".hidden", "empty.txt", "a,b.txt", 'quote".txt', "tool.sh", "made/code.py"),
    }
    assert not {name for name in wheel.names() if "noise" in name or ".pyc" in name}
    assert wheel.is_executable("pkg/tool.sh")


def test_misspelt_keys_are_named(write, ferrule, tmp_path) -> None:
    """A misspelt key, or a misspelt condition of a feature, was ignored silently."""
    tool = (
        'modulename = "pkg.ext"\nmodule-name = "pkg.ext"\n'
        'features = [{ feature = "more", python-versoin = ">=3.99" }]\n'
    )
    files = {
        **MIXED,
        "pyproject.toml": pyproject("mixed", tool),
        "Cargo.toml": crate("mixed", "[features]\nmore = []\n"),
    }
    project = write(files)
    done = ferrule.run("build", "--profile", "dev", "-o", tmp_path / "o", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "tool.maturin.modulename" in done.stderr
    assert 'did you mean "module-name"' in done.stderr
    assert 'did you mean "python-version"' in done.stderr
    args = ("build", "--profile", "dev", "--strict", "-o", tmp_path / "p")
    done = ferrule.run(*args, cwd=project)
    assert done.returncode != 0
    assert "tool.maturin.modulename" in done.stderr
    assert not (tmp_path / "p").exists()


def test_a_subfolder_is_inside_the_project(write, ferrule, tmp_path) -> None:
    """`maturin build` in a subfolder said "Can't find Cargo.toml"."""
    project = write(MIXED)
    above = ferrule.make("build", project, tmp_path / "above")
    below_it = ferrule.make("build", project / "pkg", tmp_path / "below")
    assert above.read_bytes() == below_it.read_bytes()


def test_a_virtual_workspace_lists_its_members(write, ferrule, tmp_path) -> None:
    """The whole message was: missing field `package`."""
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n',
        "pyproject.toml": pyproject("virtual"),
        **below("one", extension("one")),
        **below("two", extension("two")),
    }
    project = write(files)
    done = ferrule.run("build", "-o", tmp_path / "out", cwd=project)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for member in ("one", "two"):
        assert f"{member}/Cargo.toml" in done.stderr


def test_scripts_beside_a_program(write, ferrule, tmp_path, read_wheel) -> None:
    """maturin refuses `[project.scripts]` in a project with a Rust program."""
    files = {
        "Cargo.toml": (
            '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\n'
        ),
        "src/main.rs": PROGRAM % "tool",
        "tool/__init__.py": "def main():\n    print('python')\n",
        "pyproject.toml": pyproject(
            "tool", project="[project.scripts]\nother = 'tool:main'\n"
        ),
    }
    wheel = read_wheel(ferrule.make("build", write(files), tmp_path / "out"))
    assert "tool-1.0.0.data/scripts/tool" in wheel.names()
    assert b"other" in wheel.read("*.dist-info/entry_points.txt")


FOREIGN_BUILD = """\
fn main() {
    println!("cargo::rustc-link-search=native={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo::rustc-link-lib=dylib=foreign");
}
"""
FOREIGN = """
extern "C" {
    fn foreign() -> std::ffi::c_long;
}

#[no_mangle]
pub unsafe extern "C" fn needed() -> std::ffi::c_long {
    foreign()
}
"""


def test_a_foreign_library_gets_no_promise_and_leaves_no_wheel(
    write, ferrule, tmp_path, user_env, run_command, read_wheel
) -> None:
    """A wheel that needed other libraries was called manylinux, or was empty."""
    project = write(
        {
            **extension("foreign"),
            "build.rs": FOREIGN_BUILD,
            "src/lib.rs": LIBRARY + FOREIGN,
            "foreign.c": "long foreign(void) { return 42; }\n",
        }
    )
    gcc = ["gcc", "-shared", "-fPIC", "-o", "libforeign.so", "foreign.c"]
    run_command(*gcc, cwd=project, env=user_env)

    args = ("build", "--profile", "dev", "-o", tmp_path / "strict")
    wish = ("--audit", "warn", "--compatibility", "manylinux_2_34")
    done = ferrule.run(*args, *wish, cwd=project)
    assert done.returncode != 0
    assert "libforeign.so" in done.stderr
    assert not (tmp_path / "strict").exists()

    # What has a promise holds the library; the others have none.
    promised = {"repair": True, "warn": False}
    for audit, is_promised in promised.items():
        out = tmp_path / audit
        args = ("build", "--profile", "dev", "--compatibility", "auto")
        done = ferrule.run(*args, "--audit", audit, "-o", out, cwd=project)
        assert done.returncode == 0, done.stderr
        (path,) = out.iterdir()
        wheel = read_wheel(path)
        assert any(".libs/" in name for name in wheel.names()) == is_promised
        assert wheel.tags[2].startswith("linux_") != is_promised
        assert ("libforeign.so" in done.stderr) or is_promised


def test_plain_sources_are_all_an_sdist_needs(tmp_path, ferrule, user_env) -> None:
    """Without MANIFEST.in, setuptools-rust's sdists held no Rust code at all."""
    write_sample(extension("complete"), tmp_path / "project")
    sdist = ferrule.make("sdist", tmp_path / "project", tmp_path / "out")
    with tarfile.open(sdist) as archive:
        found = {name.split("/", 1)[1] for name in archive.getnames()}
    assert found >= {"Cargo.toml", "Cargo.lock", "src/lib.rs", "pyproject.toml"}


def test_a_dotted_module_of_a_pure_project_keeps_its_parents(
    write, ferrule, tmp_path, make_venv
) -> None:
    """`module-name = "a.b.ext"` without Python files was installed as `ext`."""
    project = write(extension("dotted", 'module-name = "a.b.ext"\n'))
    venv = make_venv()
    venv.install(ferrule.make("build", project, tmp_path / "out"))
    assert venv.ask("import a.b.ext; print(a.b.ext.ANSWER)") == "42"
    assert venv.ask("import a.b.ext; print(a.b.ext.__doc__)") == "Knows the answer."


def test_home_page_of_cargo_stays_where_it_is_not_asked_for(
    write, ferrule, tmp_path, read_wheel
) -> None:
    """METADATA had the address of Cargo.toml although `[project]` has other ones."""
    manifest = crate("leaking").replace(
        "\n[lib]",
        '\nhomepage = "https://leak.example"\ndescription = "leaking text"\n[lib]',
        1,
    )
    project = write({**extension("leaking"), "Cargo.toml": manifest})
    wheel = read_wheel(ferrule.make("build", project, tmp_path / "out"))
    metadata = wheel.read("*.dist-info/METADATA")
    assert b"leak.example" not in metadata
    assert b"leaking text" not in metadata


def test_two_builds_are_equal_wherever_they_are_made(
    ferrule, tmp_path, make_venv
) -> None:
    """Times, random numbers and the build folder were in every wheel."""
    wheels = []
    for name in ("one", "another"):
        write_sample(extension("equal"), tmp_path / name)
        path = ferrule.make("build", tmp_path / name, tmp_path / f"{name}-out")
        wheels.append(path)
    assert compare_wheels(*wheels) == []
    venv = make_venv()
    venv.install(wheels[0])
    assert venv.ask(ASK) == "42"
