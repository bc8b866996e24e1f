"""Projects of setuptools-rust, built by it and by ferrule.

Only the two lines about the backend differ. The wheels are compared, and
ferrule's is installed and used.
"""

from __future__ import annotations

import configparser
import sys
import tarfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from table_samples import SAMPLES, change_backend, module, write_sample

pytestmark = [pytest.mark.build, pytest.mark.network]

HOOK = "import sys, {module} as backend; backend.{hook}(sys.argv[1])"
# setuptools marks what setup.py or a plugin gave; ferrule's values are static.
IGNORED_FIELDS = {"dynamic", "home-page", "description-content-type", "project-url"}


@pytest.fixture(scope="session")
def peer(tmp_path_factory, user_env, run_command):
    """Return the interpreter of an environment that holds setuptools-rust."""
    folder = tmp_path_factory.mktemp("peer") / "venv"
    run_command(sys.executable, "-m", "venv", folder, cwd=folder.parent, env=user_env)
    python = folder / "bin" / "python"
    packages = ["setuptools>=77", "setuptools-rust==1.13.0", "wheel"]
    pip = [python, "-m", "pip", "install", "-q", *packages]
    run_command(*pip, cwd=folder, env=user_env)
    return python


@pytest.fixture
def call_hook(tmp_path, user_env, run_command):
    """Return a function that calls a hook of a backend, as a front end does."""

    def call(python, backend, hook, project):
        out = tmp_path / f"{backend}-{hook}-{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        code = HOOK.format(module=backend, hook=hook)
        done = run_command(python, "-c", code, out, cwd=project, env=user_env)
        (found,) = out.iterdir()
        return found, done.stderr

    return call


@pytest.fixture
def build(call_hook, read_wheel):
    """Return a function that builds a project's wheel with ferrule."""

    def call(project, hook="build_wheel"):
        path, _ = call_hook(sys.executable, "ferrule", hook, project)
        return read_wheel(path)

    return call


def fields(wheel):
    """Return the fields of METADATA with all their values, and the text."""
    message = HeaderParser().parsestr(wheel.read("*.dist-info/METADATA").decode())
    names = {name.lower() for name in message} - IGNORED_FIELDS
    return {name: sorted(message.get_all(name)) for name in names} | {
        "": message.get_payload().strip()
    }


def entry_points(wheel):
    """Return the entry points by group."""
    name = next((item for item in wheel.names() if item.endswith("points.txt")), None)
    parser = configparser.ConfigParser(delimiters="=")
    parser.read_string(wheel.read(name).decode() if name else "")
    return {group: dict(parser[group]) for group in parser.sections()}


def contents(wheel):
    """Return the files, without those that only one of the tools writes."""
    names = {name for name in wheel.names() if "/sboms/" not in name}
    return {name for name in names if not name.endswith("/top_level.txt")}


@pytest.mark.parametrize("name", list(SAMPLES))
def test_wheels_are_the_same(
    name, tmp_path, peer, call_hook, build, read_wheel, make_venv
):
    sample = SAMPLES[name]
    old = write_sample(name, tmp_path / "old")
    new = change_backend(write_sample(name, tmp_path / "new"))
    path, _ = call_hook(peer, "setuptools.build_meta", "build_wheel", old)
    theirs = read_wheel(path)

    ours = build(new)

    renamed = {sample.renamed.get(item, item) for item in contents(theirs)}
    assert contents(ours) == renamed
    assert fields(ours) == fields(theirs)
    assert entry_points(ours) == entry_points(theirs)
    assert ours.tags[:2] == (sample.tags or theirs.tags[:2])
    assert ours.find_record_problems() == []
    venv = make_venv()
    venv.install(ours.path)
    assert venv.ask(sample.imports) == sample.prints

    sdist, _ = call_hook(sys.executable, "ferrule", "build_sdist", new)
    with tarfile.open(sdist) as archive:
        names = {item.partition("/")[2] for item in archive.getnames()}
        archive.extractall(tmp_path / "unpacked")
    assert set(sample.files) - names == sample.not_in_sdist
    (unpacked,) = Path(tmp_path / "unpacked").iterdir()
    assert build(unpacked).names() == ours.names()


def test_variables_are_added_to_the_environment(tmp_path, build, make_venv):
    """setuptools-rust replaces it and then finds neither cargo nor rustc."""
    project = change_backend(write_sample("namespace-package", tmp_path / "new"))
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text().replace(
        'binding = "NoBinding"', 'binding = "nobinding"\nenv = { GREETING = "hey" }'
    )
    pyproject.write_text(text)
    library = module("_native").replace(
        'b"made of Rust\\0"', 'concat!(env!("GREETING"), "\\0")'
    )
    (project / "native/src/lib.rs").write_text(library)

    venv = make_venv()
    venv.install(build(project).path)

    assert venv.ask(SAMPLES["namespace-package"].imports) == "hey"


def test_leftovers_of_other_builds_stay_out(tmp_path, build):
    project = change_backend(write_sample("namespace-package", tmp_path / "new"))
    expected = build(project).names()
    for name in (
        "build/lib/namespace/old.py",
        "lib/namespace/_native.abi3.so",
        "lib/namespace/_native.cpython-39-x86_64-linux-gnu.so",
        "lib/namespace/more/__pycache__/m.cpython-39.pyc",
    ):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"old")

    assert build(project).names() == expected


def test_a_program_inside_of_a_package_when_editable(tmp_path, build, make_venv):
    sample = SAMPLES["program-inside-package"]
    project = change_backend(write_sample("program-inside-package", tmp_path / "new"))
    expected = build(project).names()

    venv = make_venv()
    venv.install(build(project, "build_editable").path)

    assert venv.ask(sample.imports) == sample.prints
    assert build(project).names() == expected


def test_an_sdist_whose_crate_lies_above_the_project(tmp_path, build, call_hook):
    sample = SAMPLES["generated-files"].files
    repository = tmp_path / "repository"
    files = {
        "python/pyproject.toml": sample["pyproject.toml"].replace(
            'target = "generated._lib"',
            'target = "generated._lib"\npath = "../rust/Cargo.toml"',
        )
        + '[tool.setuptools.package-data]\ngenerated = ["*.txt"]\n',
        "python/generated/__init__.py": "",
        "python/generated/data/__init__.py": "",
        "python/generated/kept.txt": "",
        "python/generated/left.dat": "",
        "python/MANIFEST.in": "include *.cfg\n",
        "python/x.cfg": "",
        "rust/Cargo.toml": sample["Cargo.toml"],
        "rust/build.rs": sample["build.rs"],
        "rust/src/lib.rs": sample["src/lib.rs"],
    }
    for name, text in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = change_backend(repository / "python")
    expected = build(project).names()
    assert "generated/kept.txt" in expected
    assert "generated/left.dat" not in expected

    sdist, _ = call_hook(sys.executable, "ferrule", "build_sdist", project)

    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = Path(tmp_path / "unpacked").iterdir()
    assert (unpacked / "python/x.cfg").is_file()
    assert "setuptools-rust" not in (unpacked / "pyproject.toml").read_text()
    assert build(unpacked).names() == expected


def test_a_package_with_another_folder_when_editable(tmp_path, build, make_venv):
    project = change_backend(write_sample("generated-files", tmp_path / "new"))
    (project / "generated").rename(project / "code")
    text = (project / "pyproject.toml").read_text()
    table = '[tool.setuptools.package-dir]\ngenerated = "code"\n'
    (project / "pyproject.toml").write_text(text + table)
    (project / "code/module.py").write_text("VALUE = 7\n")

    venv = make_venv()
    venv.install(build(project, "build_editable").path)

    code = "import generated._lib, generated.data, generated.module as m"
    assert venv.ask(f"{code}; print(m.VALUE)") == "7"
    assert "generated/module.py" in build(project).names()


def test_an_sdist_of_a_setup_py_alone_has_a_backend(
    tmp_path, run_ferrule, build, read_wheel
):
    project = write_sample("setup-py", tmp_path / "new")
    (project / "pyproject.toml").unlink()
    out = tmp_path / "out"
    run_ferrule("sdist", "--out", out, cwd=project).check()
    run_ferrule("build", "--compatibility", "linux", "--out", out, cwd=project).check()
    (sdist,) = out.glob("*.tar.gz")
    (wheel,) = out.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert build(unpacked).names() == read_wheel(wheel).names()
