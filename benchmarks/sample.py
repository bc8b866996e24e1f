"""Generates the project that every tool builds: a mixed Python/Rust package.

The Rust side uses functions, a class, an exception and a submodule, like the
sample crates that build tools test themselves with. It is specific to the
Python version, so each interpreter needs its own library.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = [
    "add_comment",
    "add_source_files",
    "count_compiled",
    "edit_one_line",
    "read_compile_times",
    "write_sample",
]

CARGO: Final = """\
[package]
name = "bench-mixed"
version = "0.1.0"
edition = "2021"

[lib]
name = "_bench_mixed"
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""
RUST: Final = """\
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;

create_exception!(_bench_mixed, SampleError, PyException);

const EDITION: i64 = 0;

#[pyclass]
struct Counter {
    value: i64,
}

#[pymethods]
impl Counter {
    #[new]
    #[pyo3(signature = (value = 0))]
    fn new(value: i64) -> Self {
        Counter { value }
    }

    fn add(&mut self, amount: i64) -> PyResult<i64> {
        self.value = self
            .value
            .checked_add(amount)
            .ok_or_else(|| SampleError::new_err("too large"))?;
        Ok(self.value)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("value", self.value)?;
        Ok(dict)
    }
}

#[pyfunction]
fn edition() -> i64 {
    EDITION
}

#[pyfunction]
fn concatenate(parts: Vec<String>, separator: &str) -> String {
    parts.join(separator)
}

#[pymodule]
fn _bench_mixed(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Counter>()?;
    module.add("SampleError", module.py().get_type::<SampleError>())?;
    module.add_function(wrap_pyfunction!(edition, module)?)?;
    module.add_function(wrap_pyfunction!(concatenate, module)?)
}
"""
PROJECT: Final = """
[project]
name = "bench-mixed"
version = "0.1.0"
requires-python = ">=3.9"
"""
PYPROJECT: Final = {
    "ferrule": """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"
""",
    "maturin": """\
[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"
""",
    "setuptools-rust": """\
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"
""",
}
SETTINGS: Final = {
    "ferrule": """
[tool.ferrule]
module-name = "bench_mixed._bench_mixed"
python-source = "python"
""",
    "maturin": """
[tool.maturin]
module-name = "bench_mixed._bench_mixed"
python-source = "python"
""",
    "setuptools-rust": """
[tool.setuptools.packages.find]
where = ["python"]

[[tool.setuptools-rust.ext-modules]]
target = "bench_mixed._bench_mixed"
path = "Cargo.toml"
binding = "PyO3"
""",
}
PYTHON: Final = """\
from bench_mixed._bench_mixed import Counter, SampleError, concatenate, edition

__all__ = ["Counter", "SampleError", "concatenate", "edition"]
"""


def write_sample(folder: Path, tool: str, env: Mapping[str, str]) -> None:
    """Write the project for one tool; its dependencies are fetched beforehand."""
    if folder.exists():
        shutil.rmtree(folder)
    texts = {
        "Cargo.toml": CARGO,
        "src/lib.rs": RUST,
        "pyproject.toml": PYPROJECT[tool] + PROJECT + SETTINGS[tool],
        "python/bench_mixed/__init__.py": PYTHON,
        "python/bench_mixed/plain.py": '"""Plain Python."""\n',
        "python/bench_mixed/py.typed": "",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, env=env, check=True)


def edit_one_line(folder: Path) -> None:
    """Change one line of the crate, so that the crate itself must be compiled."""
    path = folder / "src" / "lib.rs"
    text = path.read_text()
    before, start, rest = text.partition("const EDITION: i64 = ")
    number, end, after = rest.partition(";")
    path.write_text(f"{before}{start}{int(number) + 1}{end}{after}")


def add_comment(folder: Path) -> None:
    """Add a line to a crate of somebody else, so that it must be compiled."""
    path = folder / "src" / "lib.rs"
    path.write_text(f"{path.read_text()}// edited\n")


def add_source_files(folder: Path, count: int) -> None:
    """Add many source files to the crate, and import nothing in the package."""
    (folder / "python" / "bench_mixed" / "__init__.py").write_text("")
    many = folder / "src" / "many"
    many.mkdir(exist_ok=True)
    names = [f"part{number}" for number in range(count)]
    for name in names:
        (many / f"{name}.rs").write_text("")
    (many / "mod.rs").write_text("".join(f"mod {name};\n" for name in names))
    library = folder / "src" / "lib.rs"
    library.write_text(f"{library.read_text()}mod many;\n")


def read_compile_times(folder: Path) -> dict[Path, int]:
    """Return when each crate in the project's target directory was compiled.

    cargo keeps one folder per compiled unit and touches a file in it whenever
    rustc is started for that unit; runs of build scripts have no such file.
    """
    stamps = (folder / "target").glob("**/.fingerprint/*/invoked.timestamp")
    return {stamp: stamp.stat().st_mtime_ns for stamp in stamps}


def count_compiled(before: Mapping[Path, int], after: Mapping[Path, int]) -> int:
    """Return how many crates were compiled between two readings."""
    return sum(before.get(path) != moment for path, moment in after.items())
