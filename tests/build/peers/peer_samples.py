"""How a small project of these tests is written: files as text, one shared library.

The library speaks Python's C interface through `pyo3-ffi`, which compiles in a
few seconds and reads PyO3's configuration as `pyo3` does. The layout of a
project is data; only the last crate is compiled for each project.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "FFI",
    "LIBRARY",
    "LOCAL",
    "PROGRAM",
    "Sample",
    "answering",
    "change_backend",
    "crate",
    "pyproject",
    "write_sample",
]

FFI = 'pyo3-ffi = "0.30"\n'
LOCAL = "pub const PART: i64 = 40;\n"
"""A library without Python, for path dependencies."""
PROGRAM = """\
fn main() {
    println!("%s");
}
"""
_LIBRARY = """\
use pyo3_ffi::*;
use std::ptr::null_mut;

static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"ext".as_ptr(),
    m_doc: c"Knows the answer.".as_ptr(),
    m_size: 0,
    m_methods: null_mut(),
    m_slots: null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

#[no_mangle]
pub unsafe extern "C" fn PyInit_ext() -> *mut PyObject {
    let module = PyModule_Create(std::ptr::addr_of_mut!(MODULE));
    if !module.is_null() {
        PyModule_AddIntConstant(module, c"ANSWER".as_ptr(), ANSWER);
    }
    module
}
"""


def answering(expression: str) -> str:
    """Return the source of the library `ext` with a constant of its own."""
    return f"{_LIBRARY}\nconst ANSWER: std::ffi::c_long = ({expression}) as _;\n"


LIBRARY = answering("42")


@dataclass(frozen=True)
class Sample:
    """A project that uses one feature, and what must come out of it."""

    name: str
    files: Mapping[str, str]
    """Content by path; a file whose name ends with `!` is executable."""
    use: str
    """Python code that runs in an environment with the wheel."""
    answer: str
    root: str = "."
    """The folder of pyproject.toml."""
    arguments: tuple[str, ...] = ()
    """Command-line arguments for both tools."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why the wheels differ, by pattern of what the comparison names."""
    sdist: bool = False
    """Whether sdists are compared too, and built again."""
    only_in_our_sdist: Mapping[str, str] = field(default_factory=dict)
    """Files that maturin's sdist lacks, each with the reason."""
    only_in_their_sdist: Mapping[str, str] = field(default_factory=dict)


def crate(name: str, more: str = "", *, dependencies: str = FFI) -> str:
    """Return the manifest of a crate with the library `ext`."""
    return (
        f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
        f'[lib]\nname = "ext"\ncrate-type = ["cdylib"]\n'
        f"[dependencies]\n{dependencies}{more}"
    )


def pyproject(name: str, tool: str = "", *, project: str = "") -> str:
    """Return a pyproject.toml as maturin's users write it."""
    return (
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n\n'
        f'[project]\nname = "{name}"\nversion = "1.0.0"\n{project}\n'
        f"[tool.maturin]\n{tool}"
    )


def write_sample(files: Mapping[str, str], folder: Path) -> None:
    """Write the files of a sample below a folder."""
    for name, text in files.items():
        path = folder / name.rstrip("!")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if name.endswith("!"):
            os.chmod(path, 0o755)


def change_backend(path: Path) -> None:
    """Change what a user changes to try ferrule: the backend, and what it needs."""
    text = path.read_text(encoding="utf-8")
    text, backends = re.subn(
        r'(?m)^build-backend\s*=\s*["\']maturin["\']', 'build-backend = "ferrule"', text
    )
    text, requirements = re.subn(
        r"(?m)^requires\s*=\s*\[[^\]]*\]", 'requires = ["ferrule"]', text, count=1
    )
    assert (backends, requirements) == (1, 1), text
    path.write_text(text, encoding="utf-8")
