"""cffi and UniFFI modules, and extension modules without PyO3.

Each sample is built by ferrule and, with the same Python, by maturin; the wheels
hold the same files and metadata. The text of `__init__.py` is each tool's own.
"""

from __future__ import annotations

import email
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

UNIFFI = "0.31.0"
PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "{name}"
version = "0.1.0"
dependencies = [{dependencies}]
"""
MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "2021"

[lib]
name = "{name}"
crate-type = ["cdylib", "lib"]
"""
POINTS = """\
#[repr(C)]
pub struct Point {
    x: i32,
    y: i32,
}

#[no_mangle]
pub extern "C" fn make_point(x: i32, y: i32) -> Point {
    Point { x, y }
}

#[no_mangle]
pub extern "C" fn sum_of(point: Point) -> i32 {
    point.x + point.y
}

#[no_mangle]
pub extern "C" fn hidden() {}
"""
SUM = """\
#[uniffi::export]
pub fn sum_of(a: u32, b: u32) -> u32 {
    a + b
}

uniffi::setup_scaffolding!();
"""
# The program of the registry's package instead of `uniffi_bindgen_main`, which
# takes long to compile.
BINDGEN = """\
fn main() {
    let arguments = std::env::args_os().skip(1);
    let mut program = std::process::Command::new("uniffi-bindgen");
    std::process::exit(program.args(arguments).status().unwrap().code().unwrap());
}
"""
BINDGEN_TARGET = """
[features]
cli = []

[[bin]]
name = "uniffi-bindgen"
path = "src/bindgen.rs"
required-features = ["cli"]
"""
PURE = {
    "pyproject.toml": PYPROJECT.format(name="points", dependencies='"cffi"'),
    "Cargo.toml": MANIFEST.format(name="points"),
    "cbindgen.toml": 'language = "C++"\n[export]\nexclude = ["hidden"]\n',
    "src/lib.rs": POINTS,
}
MIXED = {
    "pyproject.toml": PYPROJECT.format(name="shapes", dependencies='"cffi"')
    + '[tool.maturin]\nbindings = "cffi"\nmodule-name = "shapes.core._native"\n',
    "Cargo.toml": MANIFEST.format(name="shapes_native"),
    "shapes/__init__.py": "from .core._native import ffi, lib\n",
    "shapes/core/__init__.py": "",
    "src/lib.rs": POINTS,
}
SUMS = {
    "pyproject.toml": PYPROJECT.format(name="sums", dependencies=""),
    "Cargo.toml": MANIFEST.format(name="sums")
    + f'\n[dependencies.uniffi]\nversion = "={UNIFFI}"\ndefault-features = false\n',
    "src/bindgen.rs": BINDGEN,
    "src/lib.rs": SUM,
}
USE_POINTS = "print({0}.lib.sum_of({0}.lib.make_point(2, 3)))"


@dataclass(frozen=True)
class Tools:
    """A virtual environment with maturin, cffi and uniffi-bindgen."""

    python: Path
    env: dict[str, str]

    @property
    def path(self) -> dict[str, str]:
        """Return the PATH of the activated environment."""
        folders = [str(self.python.parent), self.env["PATH"]]
        return {"PATH": os.pathsep.join(folders)}


@pytest.fixture(scope="module")
def tools(tmp_path_factory, user_env, run_command) -> Tools:
    folder = tmp_path_factory.mktemp("tools") / "venv"
    run_command(sys.executable, "-m", "venv", folder, cwd=folder.parent, env=user_env)
    python = folder / "bin" / "python"
    packages = ["maturin>=1.9.4,<2", "cffi", f"uniffi-bindgen=={UNIFFI}"]
    pip = [python, "-m", "pip", "install", "--quiet", *packages]
    run_command(*pip, cwd=folder, env=user_env)
    return Tools(python, user_env)


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a sample."""

    def call(files: dict[str, str], **changed: str) -> Path:
        root = tmp_path / "sample"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + changed.get(path.stem, ""), encoding="utf-8")
        return root

    return call


@pytest.fixture
def build(tools, run_ferrule, read_wheel, tmp_path):
    """Return a function that builds one wheel with ferrule; the log comes too."""

    def call(project: Path, **env: str):
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        options = ["--profile", "dev", "--compatibility", "linux", "-v"]
        command = ["build", *options, "-i", tools.python, "--out", out]
        run = run_ferrule(*command, cwd=project, env={**tools.path, **env}).check()
        (path,) = out.glob("*.whl")
        return read_wheel(path), run.stderr

    return call


@pytest.fixture
def build_with_maturin(tools, run_command, target_dir, read_wheel, tmp_path):
    def call(project: Path):
        out = tmp_path / "maturin"
        options = ["--profile", "dev", "--compatibility", "linux"]
        command = [tools.python.parent / "maturin", "build", *options, "--out", out]
        target = str(target_dir / "maturin")
        env = {**tools.env, **tools.path, "CARGO_TARGET_DIR": target}
        run_command(*command, "-i", tools.python, cwd=project, env=env)
        (path,) = out.glob("*.whl")
        return read_wheel(path)

    return call


@pytest.fixture
def ask(tools, run_command, tmp_path):
    """Return a function that runs code beside the files of a wheel."""

    def call(wheel: Path, code: str, *, before: str = "") -> str:
        folder = tmp_path / f"site{len(list(tmp_path.glob('site*')))}"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        text = f"import site; site.addsitedir({str(folder)!r}); {before}\n{code}"
        command = [tools.python, "-W", "error", "-c", text]
        return run_command(*command, cwd=tmp_path, env=tools.env).stdout.strip()

    return call


def assert_same(ours, theirs) -> None:
    """Compare file list, metadata, tags and generated code."""
    names = [
        {name for name in wheel.names() if "/sboms/" not in name}
        for wheel in (ours, theirs)
    ]
    assert names[0] == names[1]
    assert ours.tags == theirs.tags
    assert ours.tags[:2] == ("py3", "none")
    assert ours.find_record_problems() == []
    for name in names[0]:
        if name.endswith((".so", "RECORD", "WHEEL", "/__init__.py")):
            continue
        texts = [wheel.read(name) for wheel in (ours, theirs)]
        if name.endswith("METADATA"):
            texts = [sorted(email.message_from_bytes(text).items()) for text in texts]
        assert texts[0] == texts[1], name


@pytest.mark.parametrize(
    ("files", "package", "use"),
    [
        pytest.param(PURE, "points", "points", id="pure"),
        pytest.param(MIXED, "shapes/core/_native", "shapes", id="mixed"),
    ],
)
def test_cffi_module(files, package, use, write, build, build_with_maturin, ask):
    project = write(files)

    wheel, _ = build(project)

    stem = package.rpartition("/")[2]
    own = {f"{package}/{n}" for n in ("__init__.py", "ffi.py", f"lib{stem}.so")}
    assert own <= wheel.names()
    assert (b"hidden" in wheel.read(f"{package}/ffi.py")) is (files is MIXED)
    code = f"import {use}\n{USE_POINTS.format(use)}"
    assert ask(wheel.path, code) == "5"
    assert_same(wheel, build_with_maturin(project))


def test_unchanged_cffi_module_starts_nothing_but_cargo(write, build):
    project = write(PURE)
    first, log = build(project)
    assert "--lang=c" in log

    again, log = build(project)

    assert "--lang=c" not in log
    assert again.path.read_bytes() == first.path.read_bytes()
    dotted, log = build(project, FERRULE_MODULE_NAME="geometry.plane.points")
    assert "geometry/plane/points/libpoints.so" in dotted.names()
    assert "--lang=c" not in log


def test_cffi_module_of_an_editable_install_and_of_a_bare_build(
    write, tools, run_ferrule, run_command, tmp_path, ask
):
    code = f"import shapes\n{USE_POINTS.format('shapes')}"
    project = write(MIXED)
    hook = f"import ferrule; print(ferrule.build_editable({str(tmp_path)!r}))"
    source = Path(__file__).parents[2] / "src"
    venv = Path(sys.prefix, "lib").glob("python*/site-packages")
    paths = os.pathsep.join(map(str, [source, *venv]))
    env = {**tools.env, "PYTHONPATH": paths}
    done = run_command(tools.python, "-c", hook, cwd=project, env=env)
    wheel = tmp_path / done.stdout.splitlines()[-1]
    assert ask(wheel, code) == "5"

    options = ["--bare", tmp_path / "bare", "--profile", "dev", "-i", tools.python]
    run_ferrule("build", *options, cwd=project, env=tools.path).check()
    assert {path.name for path in (tmp_path / "bare" / "_native").iterdir()} == {
        *("__init__.py", "ffi.py", "lib_native.so")
    }


def test_uniffi_module(write, build, build_with_maturin, ask):
    project = write(SUMS, Cargo=BINDGEN_TARGET)

    wheel, log = build(project)

    assert "--features=cli" in log
    assert "compiling uniffi-bindgen of sums" in log
    assert {"sums/__init__.py", "sums/sums.py", "sums/libsums.so"} <= wheel.names()
    assert ask(wheel.path, "import sums; print(sums.sum_of(2, 3))") == "5"
    again, log = build(project)
    assert "uniffi-bindgen" not in log
    assert again.path.read_bytes() == wheel.path.read_bytes()

    (project / "Cargo.toml").write_text(SUMS["Cargo.toml"], encoding="utf-8")
    ours, log = build(project)
    assert "compiling uniffi-bindgen" not in log
    assert_same(ours, build_with_maturin(project))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(PURE, "['cffi']", id="detected"),
        pytest.param(MIXED, "['cffi']", id="written"),
        pytest.param(SUMS, f"['uniffi-bindgen=={UNIFFI}']", id="uniffi"),
    ],
)
def test_front_ends_are_told_what_generates_code(
    files, expected, write, user_env, run_command
):
    project = write(files)
    code = "import ferrule; print(ferrule.get_requires_for_build_wheel())"
    done = run_command(sys.executable, "-c", code, cwd=project, env=user_env)
    assert done.stdout.strip() == expected


BY_HAND = """\
use std::ffi::{c_char, c_int, c_void};

#[repr(C)]
struct Definition {
    head: [usize; 5],
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    rest: [*mut c_void; 5],
}

extern "C" {
    fn PyModule_Create2(definition: *mut Definition, api: c_int) -> *mut c_void;
}

static mut DEFINITION: Definition = Definition {
    head: [1, 0, 0, 0, 0],
    name: c"by_hand".as_ptr(),
    doc: c"made without PyO3".as_ptr(),
    size: -1,
    rest: [std::ptr::null_mut(); 5],
};

#[no_mangle]
pub unsafe extern "C" fn PyInit_by_hand() -> *mut c_void {
    PyModule_Create2(&raw mut DEFINITION, 1013)
}
"""


def test_module_that_brings_its_own_init_function(write, build, ask):
    project = write(
        {
            "pyproject.toml": PYPROJECT.format(name="by-hand", dependencies="")
            + '[[tool.ferrule.modules]]\nname = "by_hand"\nbindings = "none"\n',
            "Cargo.toml": MANIFEST.format(name="by_hand"),
            "src/lib.rs": BY_HAND,
        }
    )

    wheel, log = build(project)

    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert wheel.tags[:2] == (version, version)
    assert "PYO3_CONFIG_FILE" not in log
    code = "import by_hand; print(by_hand.by_hand.__doc__)"
    assert ask(wheel.path, code) == "made without PyO3"
