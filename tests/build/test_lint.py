"""The lint against the compiler: what it says fails does, and nothing else.

Every construct is an example of one crate, so one `cargo check` for each stable
ABI tells which of them compile.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

MANIFEST = """\
[package]
name = "constructs"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = {{ version = "={pyo3}", features = ["{feature}"] }}

[build-dependencies]
pyo3-build-config = "={pyo3}"
"""
PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule.backend"

[project]
name = "constructs"
version = "0.1.0"
"""
LIBRARY = """\
use pyo3::prelude::*;

#[pyclass]
pub struct Signed {}

#[pymethods]
impl Signed {
    #[new]
    #[pyo3(text_signature = "(unlike, signature=None)")]
    fn new() -> Self {
        Signed {}
    }
}

#[pymodule]
fn constructs(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Signed>()
}
"""
CONSTRUCTS = {
    "class_dict": "use pyo3::prelude::*;\n#[pyclass(dict)]\npub struct A {}",
    "class_weakref": "use pyo3::prelude::*;\n#[pyclass(weakref)]\npub struct A {}",
    "buffer_type": "pub fn f(_: pyo3::buffer::PyBuffer<u8>) {}",
    "buffer_import": "use pyo3::buffer::PyBuffer;\npub fn f(_: PyBuffer<u8>) {}",
    "buffer_method": """\
use pyo3::prelude::*;
#[pyclass]
pub struct A {}
#[pymethods]
impl A {
    unsafe fn __releasebuffer__(&self, _view: *mut pyo3::ffi::Py_buffer) {}
}""",
    "ffi_buffer": "pub fn f(_: pyo3::ffi::Py_buffer) {}",
    "native_dict": """\
use pyo3::{prelude::*, types::PyDict};
#[pyclass(extends = PyDict)]
pub struct A {}""",
    "native_error": """\
use pyo3::{exceptions::PyValueError, prelude::*};
#[pyclass(extends=PyValueError)]
pub struct A {}""",
    "own_base": """\
use pyo3::prelude::*;
#[pyclass(subclass)]
pub struct PyDict {}
#[pyclass(extends = PyDict)]
pub struct A {}""",
    "function_type": "pub fn f(_: pyo3::types::PyFunction) {}",
    "function_glob": "use pyo3::types::*;\npub fn f(_: PyFunction) {}",
    "code_type": "pub use pyo3::types::PyCode;",
    "frame_type": "pub use pyo3::types::{PyAny, PyFrame as Frame};",
    "dates": "pub use pyo3::types::{PyDate, PyDateTime, PyDelta, PyTime, PyTzInfo};",
    "date_access": "pub use pyo3::types::PyDateAccess;",
    "string_data": "pub fn f(_: pyo3::types::PyStringData<'_>) {}",
    "marshal": "pub use pyo3::marshal::VERSION;",
    "guarded": """\
#[cfg(not(Py_LIMITED_API))]
pub use pyo3::types::PyFrame;
#[cfg(any(Py_3_11, not(Py_LIMITED_API)))]
pub mod buffers {
    pub use pyo3::buffer::PyBuffer;
}
use pyo3::prelude::*;
#[cfg_attr(any(Py_3_9, not(Py_LIMITED_API)), pyclass(dict))]
#[cfg_attr(not(any(Py_3_9, not(Py_LIMITED_API))), pyclass)]
pub struct A {}""",
    "macro_body": """\
use pyo3::prelude::*;
macro_rules! never {
    ($name:ident) => {
        #[pyclass(dict, extends = PyDict)]
        pub struct $name(pyo3::buffer::PyBuffer<u8>, pyo3::types::PyFrame);
    };
}""",
    "words": '// pyo3::types::PyFrame\npub const A: &str = "pyo3::types::PyFrame";',
}
IMMUTABLE = "use pyo3::prelude::*;\n#[pyclass(immutable_type)]\npub struct A {}"
"""An option that PyO3 0.22 does not know at all."""


def write_crate(folder: Path, pyo3: str, feature: str) -> Path:
    """Write the crate with every construct as an example."""
    root = folder / "constructs"
    (root / "src").mkdir(parents=True)
    (root / "examples").mkdir()
    (root / "Cargo.toml").write_text(MANIFEST.format(pyo3=pyo3, feature=feature))
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "build.rs").write_text("fn main() { pyo3_build_config::use_pyo3_cfgs(); }")
    (root / "src" / "lib.rs").write_text(LIBRARY)
    constructs = dict(CONSTRUCTS)
    if pyo3 != "0.22.6":
        constructs["immutable"] = IMMUTABLE
    for name, text in constructs.items():
        path = root / "examples" / f"{name}.rs"
        path.write_text(f"#![allow(warnings)]\n{text}\nfn main() {{}}\n")
    return root


def refused_by_cargo(root: Path, python: Path, env: dict[str, str]) -> set[str]:
    """Return the examples that do not compile."""
    command = ("cargo", "check", "--examples", "--keep-going", "--message-format=json")
    done = subprocess.run(
        command,
        cwd=root,
        env={**env, "PYO3_PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    messages = [
        json.loads(line) for line in done.stdout.splitlines() if line[:1] == "{"
    ]
    assert any(item["reason"] == "compiler-artifact" for item in messages), done.stderr
    return {
        item["target"]["name"]
        for item in messages
        if item["reason"] == "compiler-message" and item["message"]["level"] == "error"
    }


@pytest.mark.parametrize(
    ("pyo3", "feature", "python", "some"),
    [
        ("0.22.6", "abi3-py38", "3.12", {"class_dict", "class_weakref", "buffer_type"}),
        ("0.22.6", "abi3-py311", "3.12", {"native_dict", "function_type", "dates"}),
        ("0.30.1", "abi3-py39", "3.12", {"buffer_import", "native_error", "immutable"}),
        ("0.30.1", "abi3-py312", "3.12", {"immutable", "frame_type", "marshal"}),
    ],
)
def test_the_compiler_refuses_what_the_lint_names(
    pyo3, feature, python, some, tmp_path, interpreter, run_ferrule, user_env
):
    found_python = interpreter(python)
    root = write_crate(tmp_path, pyo3, feature)

    done = run_ferrule("lint", "--json", "-i", python, cwd=root)
    findings = json.loads(done.stdout)["findings"]
    named = {Path(item["path"]).stem for item in findings if item["fails_to_compile"]}
    refused = refused_by_cargo(root, found_python, user_env)

    assert named == refused
    assert some <= refused
    assert done.returncode == 1
    dotted = f"{feature[7]}.{feature[8:]}"
    assert all(
        f"{dotted} ({feature}, Cargo.toml:10)" in item["message"] for item in findings
    )
    allowed = {Path(item["path"]).stem: item["allowed_from"] for item in findings}
    if feature == "abi3-py38":
        assert allowed["class_dict"] == allowed["class_weakref"] == "3.9"
        assert allowed["buffer_type"] == allowed["buffer_method"] == "3.11"


def test_a_class_has_its_signature_from_python_3_10_on(
    tmp_path, interpreter, run_command, run_ferrule, user_env
):
    pythons = {name: interpreter(name) for name in ("3.9", "3.10", "3.12")}
    root = write_crate(tmp_path, "0.30.1", "abi3-py39")
    done = run_ferrule("build", "-i", "3.12", "--profile", "dev", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "src/lib.rs:9:12: text-signature: the class has no" in done.stderr
    settings = {
        "error": (3, True),
        "off": (0, False),
    }
    for value, (code, told) in settings.items():
        again = run_ferrule(
            *("build", "-i", "3.12", "--profile", "dev"),
            cwd=root,
            env={"FERRULE_LINT": value},
        )
        assert (again.returncode, "text-signature" in again.stderr) == (code, told)
        assert value == "off" or "the lint found a place" in again.stderr
    allowed = {"FERRULE_LINT_ALLOW": "text-signature"}
    again = run_ferrule("lint", "-i", "3.12", "--github", cwd=root, env=allowed)
    assert "::error file=examples/buffer_type.rs,line=2,col=27,title=" in again.stdout
    assert "src/lib.rs" not in again.stdout

    [wheel] = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")

    code = "import constructs; print(constructs.Signed.__text_signature__)"
    seen = {
        name: run_command(
            path, "-c", code, cwd=tmp_path / "site", env=user_env
        ).stdout.strip()
        for name, path in pythons.items()
    }

    signature = "(unlike, signature=None)"
    assert seen == {"3.9": "None", "3.10": signature, "3.12": signature}


PROGRAM = """\
use pyo3::prelude::*;

#[pymodule]
fn embedded(_module: &Bound<'_, PyModule>) -> PyResult<()> {{
    Ok(())
}}

fn main() -> PyResult<()> {{
    {body}
    Python::attach(|py| {{
        py.import("embedded")?;
        println!("imported");
        Ok(())
    }})
}}
"""
INITIALIZE = "Python::initialize();"
APPEND = "pyo3::append_to_inittab!(embedded);"


def test_programs_fail_where_the_lint_says_so(
    tmp_path, interpreter, run_ferrule, user_env
):
    interpreter("3.12")
    root = tmp_path / "program"
    (root / "src" / "bin").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\npyo3 = "=0.30.1"\n'
    )
    (root / "pyproject.toml").write_text(
        PYPROJECT.replace("constructs", "program") + '[tool.ferrule]\nbindings="bin"\n'
    )
    bodies = {
        "right": f"{APPEND}\n    {INITIALIZE}",
        "late": f"{INITIALIZE}\n    {APPEND}",
        "missing": INITIALIZE,
    }
    for name, body in bodies.items():
        (root / "src" / "bin" / f"{name}.rs").write_text(PROGRAM.format(body=body))

    done = run_ferrule("lint", "-i", "3.12", cwd=root)
    found = [line.split(": ")[:2] for line in done.stdout.splitlines()]
    assert found == [
        ["src/bin/late.rs:10:11", "inittab-late"],
        ["src/bin/missing.rs:11:19", "inittab-missing"],
    ]

    results = {}
    for name in bodies:
        command = ("cargo", "-i", "3.12", "--", "run", "--quiet", "--bin", name)
        results[name] = run_ferrule(*command, cwd=root)
    assert results["right"].stdout == "imported\n", results["right"].stderr
    assert "a Python interpreter is already running" in results["late"].stderr
    assert "No module named 'embedded'" in results["missing"].stderr
