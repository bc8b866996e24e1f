"""Small programs with Python in them, real and pretended, and how they are linked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ferrule.bundle.static.linkers import RustLinker
from ferrule.bundle.static.mode import find_static_library
from ferrule.bundle.static.plan import LinkPlan, plan_link
from ferrule.python.probe import running_interpreter
from ferrule.python.sysconfigdata import read_build_variables
from ferrule.target.triple import guess_host

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "DEBIAN",
    "PRETENDED",
    "USER",
    "archive_of",
    "ask",
    "has_archive",
    "link_embedding",
    "links",
    "plan_own_link",
]

USER = """
use std::ffi::c_void;
extern "C" {
    fn PyList_New(n: isize) -> *mut c_void;
    static PyExc_ValueError: *mut c_void;
}
fn main() { unsafe { println!("{:?} {:?}", PyList_New(0), PyExc_ValueError); } }
"""
"""Rust code that is linked to the library `PRETENDED`."""
PRETENDED = """
int data = 3; int *PyExc_ValueError = &data;
void *PyList_New(long n) { return &data + n; }
"""
"""C code of a library that passes for libpython."""
EMBEDDING = """
use std::ffi::{c_char, c_int, CString};
extern "C" {
    fn Py_InitializeEx(signals: c_int);
    fn PyRun_SimpleString(code: *const c_char) -> c_int;
    fn Py_FinalizeEx() -> c_int;
}
fn main() {
    let code = CString::new(std::env::args().nth(1).unwrap()).unwrap();
    unsafe {
        Py_InitializeEx(0);
        let failed = PyRun_SimpleString(code.as_ptr());
        Py_FinalizeEx();
        std::process::exit(failed.abs());
    }
}
"""
DEBIAN = Path("/usr/bin/python3")
FACTS = """
import json, sysconfig, sys
names = ("LIBPL", "LIBDIR", "LDVERSION", "MODLIBS", "LIBS", "SYSLIBS")
facts = {name: str(sysconfig.get_config_var(name)) for name in names}
print(json.dumps({**facts, "home": sys.base_prefix}))
"""


def ask(python: Path) -> dict[str, str]:
    """Return the facts of an interpreter that a link needs."""
    done = subprocess.run([python, "-c", FACTS], capture_output=True, check=True)
    return json.loads(done.stdout)


def archive_of(facts: dict[str, str]) -> Path | None:
    """Return the libpython.a of an interpreter with such facts."""
    name = f"libpython{facts['LDVERSION']}.a"
    paths = [Path(facts[key], name) for key in ("LIBPL", "LIBDIR")]
    return next((path for path in paths if path.is_file()), None)


def has_archive(python: Path) -> bool:
    """Return whether an interpreter has a libpython.a."""
    return archive_of(ask(python)) is not None


def plan_own_link() -> tuple[Interpreter, LinkPlan]:
    """Return the Python of these tests, and how its libpython.a is linked."""
    found = running_interpreter()
    archive = find_static_library(found)
    if archive is None:
        pytest.skip("this Python has no libpython.a")
    host = guess_host()
    rust = RustLinker(host.text, (0, 0), 0, None)
    return found, plan_link(archive, read_build_variables(found), host, rust)


def link_embedding(folder: Path, flags: Iterable, *, code: str = EMBEDDING) -> Path:
    """Link a program that runs its argument as Python code, with a plan's flags."""
    (folder / "app.rs").write_text(code)
    words = [word for flag in flags for word in flag.words]
    program = folder / "app"
    command = ["rustc", *words, "app.rs", "-o", program]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    return program


def links(*words: str | Path, cwd: Path) -> bool:
    """Return whether rustc succeeds."""
    done = subprocess.run(
        ["rustc", *map(str, words)], cwd=cwd, capture_output=True, check=False
    )
    return done.returncode == 0
