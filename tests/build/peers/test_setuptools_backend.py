"""Projects with a setup.py: `ferrule.setuptools` beside setuptools-rust."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import setuptools_samples as samples
from peer_samples import write_sample

pytestmark = [pytest.mark.build, pytest.mark.network]

LINES = (
    ('"setuptools-rust"', '"ferrule[setuptools]"'),
    ('"setuptools.build_meta"', '"ferrule.setuptools"'),
    (
        "from setuptools import build_meta as original",
        "import ferrule.setuptools as original",
    ),
    ("from setuptools.build_meta import", "from ferrule.setuptools import"),
)
HOOK = """
import importlib, sys
sys.path[:0] = {path!r}
backend = importlib.import_module({module!r})
for name in filter(None, {attribute!r}.split(".")):
    backend = getattr(backend, name)
print("RESULT", getattr(backend, {hook!r})(*{args!r}))
"""


@dataclass(frozen=True)
class Backend:
    """One of the two backends, in an environment of its own."""

    name: str
    python: Path
    env: dict[str, str]

    def call(
        self, project: Path, hook: str, *args: object, env=None
    ) -> tuple[str, str]:
        """Call a hook as a front end does; return its answer and its output."""
        text = (project / "pyproject.toml").read_text()
        module = "own_backend" if "own_backend" in text else self.module(text)
        module, _, attribute = module.partition(":")
        path = [str(project / "backend")] if "backend-path" in text else []
        code = HOOK.format(
            path=path, module=module, attribute=attribute, hook=hook, args=args
        )
        done = subprocess.run(
            [self.python, "-c", code],
            cwd=project,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        answer = [line for line in done.stdout.splitlines() if "RESULT " in line][-1]
        return answer.partition("RESULT ")[2], output

    def module(self, text: str) -> str:
        """Return the backend of a pyproject.toml, or what it is without one."""
        own = (
            "ferrule.setuptools" if self.name == "ferrule" else "setuptools.build_meta"
        )
        return own if "build-backend" in text else f"{own}:__legacy__"


def _environment(folder: Path, packages: list[str], env, run_command) -> Path:
    venv = [sys.executable, "-m", "venv", "--without-pip", folder]
    run_command(*venv, cwd=folder.parent, env=env)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run_command(*pip, *packages, cwd=folder.parent, env=env)
    return python


@pytest.fixture(scope="session")
def setuptools_rust(tmp_path_factory, user_env, peer_env, target_dir, run_command):
    """Return setuptools with setuptools-rust."""
    folder = tmp_path_factory.mktemp("setuptools-rust") / "venv"
    packages = ["setuptools", "setuptools-rust>=1.13", "cffi", "Cython"]
    python = _environment(folder, packages, user_env, run_command)
    env = {**peer_env, "CARGO_TARGET_DIR": str(target_dir / "setuptools-rust")}
    return Backend("peer", python, env)


@pytest.fixture(scope="session")
def ferrule_setuptools(
    tmp_path_factory, user_env, peer_env, ferrule_wheel, run_command
):
    """Return setuptools with ferrule, and without setuptools-rust."""
    folder = tmp_path_factory.mktemp("ferrule-setuptools") / "venv"
    packages = [f"{ferrule_wheel}[setuptools]", "cffi", "Cython"]
    python = _environment(folder, packages, user_env, run_command)
    return Backend("ferrule", python, peer_env)


@pytest.fixture
def write(tmp_path, run_command):
    """Return a function that writes a sample for a backend, with its lines."""

    def write(files: dict[str, str], backend: Backend) -> Path:
        folder = tmp_path / backend.name
        write_sample(files, folder)
        for path in sorted(folder.rglob("Cargo.toml")):
            cargo = ["cargo", "generate-lockfile", "--offline", "--quiet"]
            run_command(*cargo, cwd=path.parent, env=backend.env)
        if backend.name == "ferrule":
            for path in (folder / "pyproject.toml", folder / "backend/own_backend.py"):
                if path.is_file():
                    text = path.read_text()
                    for old, new in LINES:
                        text = text.replace(old, new)
                    path.write_text(text)
        return folder

    return write


@pytest.fixture
def build(tmp_path, read_wheel):
    """Return a function that builds a wheel through the hooks and reads it."""

    def build(
        backend: Backend, project: Path, settings=None, *, hook="wheel", env=None
    ):
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        out.mkdir()
        name, output = backend.call(
            project, f"build_{hook}", str(out), settings, env=env
        )
        return read_wheel(out / name), output

    return build


def _compare(ours, peer) -> None:
    assert ours.path.name == peer.path.name
    assert ours.names() == peer.names()
    assert ours.find_record_problems() == []
    for name in sorted(ours.names()):
        if name.endswith(("METADATA", "WHEEL", "entry_points.txt", ".py", ".txt")):
            assert ours.read(name) == peer.read(name), name
        assert ours.is_executable(name) == peer.is_executable(name), name


def test_c_and_cffi_and_three_modules(
    setuptools_rust, ferrule_setuptools, write, build, make_venv, tmp_path, run_command
) -> None:
    env = {"MIXED_DEBUG": "1"}
    peer, _ = build(setuptools_rust, write(samples.MIXED, setuptools_rust), env=env)
    project = write(samples.MIXED, ferrule_setuptools)
    ours, output = build(ferrule_setuptools, project, env=env)
    _compare(ours, peer)
    # One run of cargo for each of the three modules and the program.
    assert output.count("--message-format=") == 4
    python = make_venv(ferrule_setuptools.python)
    python.install(ours.path)
    code = (
        "from mixed import _c, _first, _second, _third;"
        "print(_c.answer, *[(m.DEBUG, m.LOUD, m.TRACED, m.TEXT) "
        "for m in (_first, _second, _third)])"
    )
    facts = "42 (1, 1, 1, 0) (1, 0, 0, 0) (1, 1, 0, 4)"
    assert python.ask(code) == facts
    tool = python.folder / "bin" / "greet-me"
    assert run_command(tool, cwd=tmp_path, env={}).stdout == "greetings\n"
    traced = next((project / "build").rglob("traced.txt")).read_text()
    assert traced == "mixed._first mixed._second mixed._third greet-me"
    requirements, _ = ferrule_setuptools.call(project, "get_requires_for_build_wheel")
    assert "rust" not in requirements
    # Nothing is compiled again, and what was renamed is not packed any more.
    again, output = build(ferrule_setuptools, project, env=env)
    assert again.names() == ours.names()
    assert "Compiling" not in output
    setup = project / "setup.py"
    text = setup.read_text().replace('    rust("_third"', '    rust("sub._third"')
    setup.write_text(text)
    renamed, output = build(ferrule_setuptools, project, env=env)
    assert "Compiling" not in output
    names = {name for name in renamed.names() if "_third" in name}
    assert len(names) == 1
    assert names.pop().startswith("mixed/sub/_third.")


def test_cython_beside_rust(
    setuptools_rust, ferrule_setuptools, write, build, make_venv, tmp_path
) -> None:
    env = {"SETUPTOOLS_RUST_CARGO_PROFILE": "dev"}
    projects = [
        write(samples.CYTHON, backend)
        for backend in (setuptools_rust, ferrule_setuptools)
    ]
    # A front end asks for the metadata, and so runs setup.py, before it builds.
    ferrule_setuptools.call(
        projects[1], "prepare_metadata_for_build_wheel", str(tmp_path)
    )
    peer, _ = build(setuptools_rust, projects[0], env=env)
    ours, _ = build(ferrule_setuptools, projects[1], env=env)
    _compare(ours, peer)
    assert len([name for name in ours.names() if name.endswith(".so")]) == 3
    assert "cymixed/_early.pxd" in ours.names()
    editable, _ = build(ferrule_setuptools, projects[1], hook="editable")
    code = "from cymixed import _core, _late; print(_late.four_times(3), _core.LOUD)"
    for wheel in (ours, editable):
        python = make_venv(ferrule_setuptools.python)
        python.install(wheel.path)
        assert python.ask(code) == "12 1"


def test_an_optional_extension_that_fails_leaves_a_pure_wheel(
    setuptools_rust, ferrule_setuptools, write, build
) -> None:
    peer, _ = build(setuptools_rust, write(samples.OPTIONAL, setuptools_rust))
    ours, output = build(
        ferrule_setuptools, write(samples.OPTIONAL, ferrule_setuptools)
    )
    assert "optional Rust extension perhaps._core failed" in output
    assert ours.names() == peer.names()
    assert ours.read("*.dist-info/METADATA") == peer.read("*.dist-info/METADATA")
    # setuptools-rust calls the wheel without a binary a binary one.
    assert peer.tags[1] != "none"
    assert ours.tags == ("py3", "none", "any")
    assert b"Root-Is-Purelib: true" in ours.read("*.dist-info/WHEEL")


def test_generated_files_of_a_table(
    setuptools_rust, ferrule_setuptools, write, build
) -> None:
    peer, _ = build(setuptools_rust, write(samples.GENERATED, setuptools_rust))
    project = write(samples.GENERATED, ferrule_setuptools)
    ours, _ = build(ferrule_setuptools, project)
    _compare(ours, peer)
    assert ours.read("generated/data/tables/deep/three.txt") == b"three"


@pytest.mark.parametrize("sample", ["IN_TREE", "LEGACY"])
def test_programs_by_other_backends(
    sample, setuptools_rust, ferrule_setuptools, write, build
) -> None:
    files = getattr(samples, sample)
    settings = {"text": "a setting"}
    peer, _ = build(setuptools_rust, write(files, setuptools_rust), settings)
    ours, _ = build(ferrule_setuptools, write(files, ferrule_setuptools), settings)
    assert ours.names() == peer.names()
    text = ours.read("*.dist-info/METADATA").decode()
    assert text == peer.read("*.dist-info/METADATA").decode()
    wanted = "from beside setup.py" if sample == "LEGACY" else "a setting"
    assert f"Summary: {wanted}\n" in text
    for name in ("tooling/greet-inside", "tooling-4.0.data/scripts/greet-me"):
        assert ours.is_executable(name)
    # The programs do not know Python: every Python 3 can use the wheel.
    assert ours.tags == ("py3", "none", peer.tags[2])


@pytest.mark.parametrize(
    "way",
    ["setup.cfg", "config settings", "extra config", "pyproject", "options", "crate"],
)
def test_limited_api_in_every_way(
    way, ferrule_setuptools, write, build, tmp_path
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    settings, env, option = None, {}, "py_limited_api = cp39\n"
    if way == "setup.cfg":
        (project / "setup.cfg").write_text(f"[bdist_wheel]\n{option}")
    elif way == "config settings":
        settings = {"--build-option": "--py-limited-api=cp39"}
    elif way == "extra config":
        (tmp_path / "extra.cfg").write_text(f"[bdist_wheel]\n{option}")
        env = {"DIST_EXTRA_CONFIG": str(tmp_path / "extra.cfg")}
    elif way == "pyproject":
        with (project / "pyproject.toml").open("a") as file:
            file.write('\n[tool.distutils.bdist_wheel]\npy_limited_api = "cp39"\n')
    elif way == "options":
        text = "{'bdist_wheel': {'py_limited_api': 'cp39'}}"
        (project / "setup.py").write_text(
            f"from setuptools import setup\nsetup(options={text})\n"
        )
    else:
        manifest = project / "rust/Cargo.toml"
        text = manifest.read_text().replace(
            'version = "0.30"', 'version = "0.30", features = ["abi3-py39"]'
        )
        manifest.write_text(text)
    for hook in ("wheel", "editable"):
        wheel, _ = build(ferrule_setuptools, project, settings, hook=hook, env=env)
        assert wheel.tags[:2] == ("cp39", "abi3"), hook
    assert [path.name for path in project.glob("generated/*.so")] == ["_core.abi3.so"]


def test_what_in_place_builds_leave_is_not_packed(
    ferrule_setuptools, write, build, make_venv
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    (project / "MANIFEST.in").write_text("recursive-include generated *.so\n")
    build(ferrule_setuptools, project, hook="editable")
    (left,) = project.glob("generated/_core.cpython-*.so")
    (project / "generated/_core.cpython-38-x86_64-linux-gnu.so").write_bytes(b"old")
    settings = {"--build-option": "--py-limited-api=cp39"}
    env = {"SETUPTOOLS_RUST_CARGO_PROFILE": "release"}
    wheel, _ = build(ferrule_setuptools, project, settings, env=env)
    packed = [name for name in wheel.names() if name.endswith(".so")]
    assert packed == ["generated/_core.abi3.so"]
    assert left.is_file()
    python = make_venv(ferrule_setuptools.python)
    python.install(wheel.path)
    assert python.ask("from generated import _core; print(_core.DEBUG)") == "0"


def test_subclasses_of_older_releases(
    ferrule_setuptools, write, build, make_venv
) -> None:
    project = write(samples.OLDER, ferrule_setuptools)
    env = {"SETUPTOOLS_RUST_CARGO_PROFILE": "dev"}
    wheel, _ = build(ferrule_setuptools, project, env=env)
    assert wheel.read("older/one.txt") == b"one"
    python = make_venv(ferrule_setuptools.python)
    python.install(wheel.path)
    code = "from older.inner import _core as c; print(c.LOUD, c.TRACED, c.TEXT)"
    assert python.ask(code) == "1 1 3"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("generated._core", "generated._other", "does not define PyInit__other"),
        ('"one.txt"', '"none.txt"', "did not generate: none.txt"),
        ('path = "rust/', 'path = "rost/', "rost/Cargo.toml is not a file"),
        ("debug = true", 'rust-version = "<1.20"', "needs Rust <1.20"),
        ("debug = true", "debgu = true", 'did you mean "debug"'),
    ],
)
def test_mistakes_are_explained(
    old, new, expected, ferrule_setuptools, write, tmp_path
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    table = project / "pyproject.toml"
    table.write_text(table.read_text().replace(old, new))
    code = "import sys, ferrule.setuptools as b; b.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [ferrule_setuptools.python, "-c", code, tmp_path / "out"],
        cwd=project,
        env=ferrule_setuptools.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert expected in done.stderr
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr


def test_editable_modes(ferrule_setuptools, write, build, make_venv) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    for settings in (None, {"editable-mode": "strict"}):
        wheel, _ = build(ferrule_setuptools, project, settings, hook="editable")
        python = make_venv(ferrule_setuptools.python)
        python.install(wheel.path)
        assert python.ask("from generated import _core; print(_core.DEBUG)") == "1"
        code = "import importlib.resources as r; "
        code += "print((r.files('generated') / 'one.txt').read_text())"
        assert python.ask(code) == "one"


def test_sdist_holds_what_cargo_reads_and_builds_once(
    ferrule_setuptools, write, build, tmp_path, ferrule_wheel, user_env, run_command
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    build(ferrule_setuptools, project, hook="editable")
    out = tmp_path / "sdist"
    out.mkdir()
    name, _ = ferrule_setuptools.call(project, "build_sdist", str(out))
    with tarfile.open(out / name) as archive:
        names = {item.partition("/")[2] for item in archive.getnames()}
    wanted = {"Cargo.toml", "Cargo.lock", "build.rs", "src/lib.rs"}
    assert {f"rust/{item}" for item in wanted} <= names
    assert not [item for item in names if item.endswith(".so") or "target" in item]
    # pip unpacks it into a new folder and makes a new environment each time.
    outputs = []
    env = {
        **user_env,
        "PIP_FIND_LINKS": str(ferrule_wheel.parent),
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "SETUPTOOLS_RUST_CARGO_PROFILE": "dev",
    }
    for number in range(2):
        wheels = tmp_path / f"wheels{number}"
        pip = [sys.executable, "-m", "pip", "wheel", "-v", "--no-deps"]
        pip += ["--no-cache-dir", "--wheel-dir", wheels, out / name]
        outputs.append(run_command(*pip, cwd=tmp_path, env=env))
        assert len(list(wheels.glob("generated-*.whl"))) == 1
    first, second = (item.stdout + item.stderr for item in outputs)
    assert "Compiling pyo3-ffi" in first
    assert "Compiling" not in second


def test_vendored_crates_build_without_registry(
    ferrule_setuptools, write, build, tmp_path
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    (project / "setup.cfg").write_text("[sdist]\nvendor_crates = 1\n")
    out = tmp_path / "sdist"
    out.mkdir()
    name, _ = ferrule_setuptools.call(project, "build_sdist", str(out))
    with tarfile.open(out / name) as archive:
        archive.extractall(out, filter="data")
    unpacked = out / name[: -len(".tar.gz")]
    config = (unpacked / ".cargo/config.toml").read_text()
    assert 'directory = ".cargo/vendor"' in config
    assert (unpacked / ".cargo/vendor/pyo3-ffi/Cargo.toml").is_file()
    home = tmp_path / "cargo-home"
    home.mkdir()
    env = {"CARGO_HOME": str(home), "FERRULE_BUILD_CACHE": "never"}
    if not os.environ.get("RUSTUP_HOME"):
        env["RUSTUP_HOME"] = str(Path.home() / ".rustup")
    wheel, _ = build(ferrule_setuptools, unpacked, env=env)
    assert "generated/one.txt" in wheel.names()


def test_the_stand_in_hides_setuptools_rust(
    setuptools_rust, ferrule_setuptools, write, build
) -> None:
    project = write(samples.GENERATED, ferrule_setuptools)
    site = next(ferrule_setuptools.python.parents[1].glob("lib/python*/site-packages"))
    env = {**setuptools_rust.env, "PYTHONPATH": str(site)}
    both = Backend("ferrule", setuptools_rust.python, env)
    wheel, output = build(both, project)
    assert "generated/one.txt" in wheel.names()
    assert output.count("--message-format") == 1


def test_other_projects_import_nothing_of_ferrule(ferrule_setuptools, write) -> None:
    project = write(samples.UNRELATED, ferrule_setuptools)
    shutil.copytree(project, project.parent / "plain")
    plain = project.parent / "plain"
    (plain / "pyproject.toml").write_text(samples.UNRELATED["pyproject.toml"])
    done = subprocess.run(
        [ferrule_setuptools.python, "setup.py", "egg_info"],
        cwd=plain,
        env=ferrule_setuptools.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "LOADED []" in done.stdout
    code = "import importlib.metadata as m; print(m.version('ferrule'))"
    found = subprocess.run(
        [ferrule_setuptools.python, "-c", code], capture_output=True, check=True
    )
    assert found.stdout
