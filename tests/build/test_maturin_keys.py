"""Keys of `[tool.maturin]` in real builds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

CARGO = """\
[package]
name = "several-tools"
version = "0.1.0"
edition = "2021"
homepage = "https://example.org/from-cargo"

[features]
extra = []

[[bin]]
name = "first"
path = "src/first.rs"

[[bin]]
name = "second"
path = "src/second.rs"

[[bin]]
name = "third"
path = "src/third.rs"
required-features = ["extra"]
"""
PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "several-tools"
homepage = "https://example.org/unknown-key"
authors = [{ name = "A", url = 3 }]
dynamic = ["classifiers"]

[project.scripts]
greet = "several_tools:greet"

[tool.maturin]
bindings = "bin"
profile = "dev"
"""
SCRIPTS = "several_tools-0.1.0.data/scripts/"


@pytest.fixture
def tools(tmp_path: Path):
    """Return a function that writes a project of programs, with further keys."""

    def write(more: str = "") -> Path:
        root = tmp_path / "tools"
        files = {"Cargo.toml": CARGO, "pyproject.toml": PYPROJECT + more}
        files["several_tools/__init__.py"] = "def greet():\n    print('hello')\n"
        files["sboms/vendored.cdx.json"] = "{}\n"
        files |= {
            f"src/{name}.rs": f'fn main() {{ println!("{name}"); }}\n'
            for name in ("first", "second", "third")
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return root

    return write


def programs(wheel) -> set[str]:
    return {name[len(SCRIPTS) :] for name in wheel.names() if name.startswith(SCRIPTS)}


def test_binaries_whose_features_are_on(tools, build_wheels, make_venv, run_command):
    (wheel,) = build_wheels(tools())

    assert programs(wheel) == {"first", "second"}
    # `[project.scripts]` beside programs, and nothing of Cargo.toml unasked.
    assert wheel.read("*.dist-info/entry_points.txt").decode() == (
        "[console_scripts]\ngreet=several_tools:greet\n"
    )
    metadata = wheel.read("*.dist-info/METADATA").decode()
    assert "Version: 0.1.0\n" in metadata
    assert "example.org" not in metadata
    venv = make_venv()
    venv.install(wheel.path)
    for name, output in (("first", "first"), ("greet", "hello")):
        done = run_command(venv.folder / "bin" / name, cwd=venv.folder, env=venv.env)
        assert done.stdout == f"{output}\n"


def test_targets_and_options_of_the_environment(tools, build_wheels):
    project = tools("""\
targets = [{ name = "second", kind = "bin" }, { name = "third" }]
sbom = { rust = false, include = ["sboms/vendored.cdx.json"] }
""")
    options = "--features extra --skip-auditwheel"
    (wheel,) = build_wheels(project, env={"MATURIN_PEP517_ARGS": options})

    assert programs(wheel) == {"second", "third"}
    assert wheel.tags[2].startswith("linux_")
    boms = {name for name in wheel.names() if "/sboms/" in name}
    assert boms == {"several_tools-0.1.0.dist-info/sboms/vendored.cdx.json"}
    assert wheel.find_record_problems() == []


def test_mistakes_warn_and_fail_under_strict(tools, run_ferrule):
    project = tools('modul-name = "x"\ntargets = [{ name = "secnd" }]\n')
    done = run_ferrule("build", "--out", "out", cwd=project)
    assert done.returncode == 2
    assert 'no target `secnd` (did you mean "second"?)' in done.stderr
    assert "warning: tool.maturin.modul-name is not a key of maturin" in done.stderr

    done = run_ferrule("sdist", "--strict", cwd=project)
    assert done.returncode == 2
    assert done.stderr.startswith("error: 1 warning about ")
    assert "is an error, because --strict is set:" in done.stderr

    (project / "pyproject.toml").write_text(PYPROJECT)
    done = run_ferrule("build", cwd=project, env={"FERRULE_STRICT": "1"})
    assert done.returncode == 2
    for word in ('key "homepage"', 'key "url"', "neither has `version`", "classifiers"):
        assert word in done.stderr
    assert not list(project.glob("dist/*"))


def test_missing_files_and_compilers_are_explained(tools, run_ferrule):
    project = tools('sbom.include = ["sboms/gone.json"]\n')
    done = run_ferrule("build", cwd=project)
    assert done.returncode == 2
    assert (
        'sbom.include has "sboms/gone.json", but there is no such file' in done.stderr
    )

    done = run_ferrule("build", cwd=project, env={"FERRULE_RUST_VERSION": "<1.60"})
    assert done.returncode == 5
    assert 'does not satisfy rust-version = "<1.60"' in done.stderr


@pytest.fixture
def stable(copy_project) -> Path:
    """Return the example of the stable ABI, without its cargo feature."""
    project = copy_project("examples/abi3-module")
    manifest = project / "Cargo.toml"
    text = manifest.read_text().replace(', features = ["abi3-py39"]', "")
    manifest.write_text(text)
    with (project / "pyproject.toml").open("a") as stream:
        stream.write('\n[tool.ferrule]\nabi3 = "3.9"\nprofile = "dev"\n')
    return project


def test_the_stable_abi_without_a_feature_of_the_crate(
    stable, build_wheels, make_venv, run_command, user_env, tmp_path, read_wheel
):
    (wheel,) = build_wheels(stable, "-i", sys.executable)
    assert wheel.tags[:2] == ("cp39", "abi3")
    assert "editdistance/editdistance.abi3.so" in wheel.names()
    venv = make_venv()
    venv.install(wheel.path)
    venv.run_tests(stable)

    hook = f"import ferrule; print(ferrule.build_editable({str(tmp_path)!r}))"
    done = run_command(sys.executable, "-c", hook, cwd=stable, env=user_env)
    editable = read_wheel(tmp_path / done.stdout.split()[-1])
    assert editable.tags[:2] == ("cp39", "abi3")
    venv = make_venv()
    venv.install(editable.path)
    place = venv.ask("import editdistance; print(editdistance.editdistance.__file__)")
    assert place.endswith("editdistance/editdistance.abi3.so")
