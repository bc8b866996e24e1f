"""What ends up in wheels: generated files, data, features, the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

CARGO = """\
[package]
name = "contents"
version = "0.1.0-rc.1"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[features]
modern = []

[dependencies]
pyo3 = "0.30"
"""
PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "contents"
dynamic = ["version"]

[tool.ferrule]
module-name = "contents._core"
features = [{ feature = "modern", python-version = ">=3.12" }]
data = "extra"
include = [
  { path = "*.txt", from = "out-dir", to = "contents/generated" },
  "notes/*.md",
]
exclude = ["contents/secret.py"]
"""
LIB = """\
use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    const MODERN: bool = cfg!(feature = "modern");
}
"""
BUILD = """\
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/table.txt"), "generated\\n").unwrap();
    std::fs::write(format!("{out}/ignored.bin"), "no\\n").unwrap();
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "contents"
    files = {
        "Cargo.toml": CARGO,
        "pyproject.toml": PYPROJECT,
        "src/lib.rs": LIB,
        "build.rs": BUILD,
        "contents/__init__.py": "from ._core import MODERN\n",
        "contents/secret.py": "",
        "contents/py.typed": "",
        "notes/a.md": "note\n",
        "extra/data/share/contents/table.csv": "1,2\n",
        "extra/scripts/hello": "#!python\nprint('hello')\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "extra" / "scripts" / "hello").chmod(0o755)
    return root


def test_contents_of_a_wheel(project, build_wheels, interpreter, make_venv) -> None:
    python = interpreter("3.12")
    (wheel,) = build_wheels(project, "-i", python, "--profile", "dev")
    dist_info = "contents-0.1.0rc1.dist-info"
    assert wheel.names() == {
        "contents/__init__.py",
        "contents/_core.cpython-312-x86_64-linux-gnu.so",
        "contents/generated/table.txt",
        "contents/py.typed",
        "contents-0.1.0rc1.data/data/share/contents/table.csv",
        "contents-0.1.0rc1.data/scripts/hello",
        "notes/a.md",
        f"{dist_info}/METADATA",
        f"{dist_info}/RECORD",
        f"{dist_info}/WHEEL",
        f"{dist_info}/sboms/contents.cyclonedx.json",
    }
    assert wheel.read("contents/generated/table.txt") == b"generated\n"
    assert wheel.is_executable("contents-0.1.0rc1.data/scripts/hello")
    assert wheel.find_record_problems() == []
    venv = make_venv(python)
    venv.install(wheel.path)
    assert venv.ask("import contents; print(contents.MODERN)") == "True"


def test_features_by_python(project, build_wheels, interpreter, make_venv) -> None:
    pythons = {name: interpreter(name) for name in ("3.11", "3.12")}
    wheels = build_wheels(project, "-i", *pythons.values(), "--profile", "dev")
    answers = []
    for wheel, python in zip(wheels, pythons.values()):
        venv = make_venv(python)
        venv.install(wheel.path)
        answers.append(venv.ask("import contents; print(contents.MODERN)"))
    assert answers == ["False", "True"]


def test_same_input_same_bytes(project, run_ferrule, interpreter, tmp_path) -> None:
    contents = []
    target, out = tmp_path / "target", tmp_path / "out"
    env = {"CARGO_TARGET_DIR": str(target)}
    for _ in range(2):
        args = ("-i", interpreter("3.12"), "--profile", "dev", "-o", out)
        run_ferrule("build", *args, cwd=project, env=env).check()
        (wheel,) = out.iterdir()
        contents.append(wheel.read_bytes())
        shutil.rmtree(out)
        shutil.rmtree(target)
    assert contents[0] == contents[1]


def test_stripping_makes_the_library_smaller(
    project, build_wheels, interpreter
) -> None:
    python = interpreter("3.12")
    name = "contents/_core.cpython-312-x86_64-linux-gnu.so"
    (plain,) = build_wheels(project, "-i", python, "--profile", "dev")
    (stripped,) = build_wheels(project, "-i", python, "--profile", "dev", "--strip")
    assert len(stripped.read(name)) < len(plain.read(name)) / 2


def test_policy_that_the_library_does_not_meet(
    project, run_ferrule, interpreter, tmp_path
) -> None:
    args = (
        "--profile",
        "dev",
        "--compatibility",
        "manylinux_2_5",
        "-o",
        tmp_path / "o",
    )
    done = run_ferrule("build", "-i", interpreter("3.12"), *args, cwd=project)
    assert done.returncode != 0
    assert "GLIBC_2." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "o").exists()


def test_two_modules_of_one_crate_with_their_own_features(
    project, build_wheels, interpreter, make_venv
) -> None:
    text = PYPROJECT.partition("[tool.ferrule]")[0]
    (project / "pyproject.toml").write_text(
        text + '[[tool.ferrule.modules]]\nname = "contents._core"\n\n'
        '[[tool.ferrule.modules]]\nname = "contents.modern._core"\n'
        'features = ["modern"]\n'
    )
    (project / "contents/modern").mkdir()
    (project / "contents/modern/__init__.py").write_text("from ._core import MODERN\n")
    python = interpreter("3.12")
    (wheel,) = build_wheels(project, "-i", python, "--profile", "dev")
    venv = make_venv(python)
    venv.install(wheel.path)
    code = "import contents, contents.modern as m; print(contents.MODERN, m.MODERN)"
    assert venv.ask(code) == "False True"
