"""The check of the stable ABI against abi3audit, and in builds.

abi3audit judges published wheels symbol by symbol; wheels without the stable ABI
are asked what they would break if they were tagged `cp312-abi3`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest
from published_wheels import read_table

from ferrule.audit.binary_view import python_views
from ferrule.audit.stable_abi import check_stable_abi
from ferrule.wheel.reading import open_wheel

pytestmark = [pytest.mark.build, pytest.mark.network]

PEER = "abi3audit==0.0.26"
# The stable ABI is Python 3's.
ROWS = [row for row in read_table() if not row.tags[0].startswith("cp2")]
NEWER = "procmaps-0.5.0-cp36-abi3-manylinux2010_x86_64.whl"


@pytest.fixture(scope="session")
def abi3audit(user_env) -> Path:
    """Return the program, from an environment of its own."""
    if sys.version_info < (3, 10):
        pytest.skip("abi3audit needs Python 3.10")
    name = PEER.replace("==", "-") + f"-py{sys.version_info[1]}"
    folder = platformdirs.user_cache_path("ferrule-tests") / "tools" / name
    program = folder / "bin" / "abi3audit"
    if not program.is_file():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, PEER], check=True, env=user_env)
    return program


@pytest.fixture(scope="session")
def ask_abi3audit(abi3audit, user_env, tmp_path_factory):
    """Return a function that gives the symbols abi3audit complains of, by file."""

    def ask(*wheels: Path, options=()) -> dict[str, dict[str, set[str]]]:
        report = tmp_path_factory.mktemp("abi3audit") / "report.json"
        command = [abi3audit, "--report", "--output", report, *options, *wheels]
        # The exit status tells of violations.
        subprocess.run(command, env=user_env, capture_output=True, check=False)
        specs = json.loads(report.read_text())["specs"]
        answers = {}
        for path, spec in specs.items():
            files = answers[Path(path).name] = {}
            for item in spec["wheel"]:
                result = item["result"]
                symbols = {*result["non_abi3_symbols"], *result["future_abi3_objects"]}
                files.setdefault(item["name"], set()).update(symbols)
        return answers

    return ask


@pytest.fixture(scope="session")
def their_answers(ask_abi3audit, published_wheels):
    """Return abi3audit's complaints about every wheel of the table."""
    stable, others = [], []
    for row in ROWS:
        chosen = stable if row.tags[1] == "abi3" else others
        chosen.append(published_wheels[row.file])
    assumed = ["--assume-minimum-abi3", "3.12"]
    return {**ask_abi3audit(*stable), **ask_abi3audit(*others, options=assumed)}


def our_answer(wheel, tag):
    """Return the symbols that ferrule complains of, by file."""
    images = dict(wheel.binaries())
    found: dict[str, set[str]] = {}
    for item in check_stable_abi(images, tag):
        if item.rule.endswith("-symbol"):
            names = {line.partition(":")[0].partition(" ")[0] for line in item.details}
            found.setdefault(item.path.rpartition("/")[2], set()).update(names)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row.short_name for row in ROWS])
def test_published_wheels_as_abi3audit_sees_them(row, published_wheels, their_answers):
    with open_wheel(published_wheels[row.file]) as wheel:
        tag = wheel.filename.tag
        if tag.abi != "abi3":
            tag = replace(tag, python="cp312", abi="abi3")
        ours = our_answer(wheel, tag)
        theirs = {name: set(names) for name, names in their_answers[row.file].items()}
        defined = {
            path.rpartition("/")[2]: frozenset().union(
                *(view.exports for view in python_views(image))
            )
            for path, image in wheel.binaries()
        }
    differences = {
        name: names - ours.get(name, set()) for name, names in theirs.items()
    }
    differences = {name: names for name, names in differences.items() if names}
    assert bool(differences) is ("abi3audit" in row.differences)
    for name, names in differences.items():
        # Their defect: what a module defines is no import of it.
        assert names <= defined[name]
        theirs[name] -= names
    complaints = {name: names for name, names in theirs.items() if names}
    assert ours == complaints


@pytest.mark.parametrize("row", ROWS, ids=[row.short_name for row in ROWS])
def test_published_wheels_keep_what_their_tags_promise(row, published_wheels):
    with open_wheel(published_wheels[row.file]) as wheel:
        found = check_stable_abi(dict(wheel.binaries()), wheel.filename.tag)
    wrong = [item.rule for item in found if item.severity != "note"]
    assert wrong == (["abi3-newer-symbol"] if row.file == NEWER else [])


def test_the_check_of_an_abi3_wheel_takes_about_a_millisecond(published_wheels):
    rows = [row for row in ROWS if row.tags[1] == "abi3"]
    spent = []
    for row in rows:
        with open_wheel(published_wheels[row.file]) as wheel:
            images = dict(wheel.binaries())
            started = time.process_time()
            check_stable_abi(images, wheel.filename.tag)
            spent.append(time.process_time() - started)
    # The median of different wheels; ten times what it is on a free machine.
    assert sorted(spent)[len(spent) // 2] < 0.010


MANIFEST = """\
[package]
name = "promise"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[features]
newer = []
texts = ["dep:texts"]

[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py39"] }
texts = { path = "texts", optional = true }
"""
TEXTS_MANIFEST = """\
[package]
name = "texts"
version = "0.1.0"
edition = "2021"
"""
TEXTS = """\
extern "C" {
    fn PyUnicode_New(size: isize, highest: u32) -> *mut core::ffi::c_void;
}

/// Return the address of a new text.
pub fn blank(size: isize) -> usize {
    unsafe { PyUnicode_New(size, 127) as usize }
}
"""
LIBRARY = """\
#[cfg(feature = "newer")]
extern "C" {
    fn PyType_GetName(class: *mut core::ffi::c_void) -> *mut core::ffi::c_void;
}

#[pyo3::pymodule]
mod promise {
    use pyo3::prelude::*;

    #[pyfunction]
    fn answer() -> usize {
        #[cfg(feature = "newer")]
        return unsafe { super::PyType_GetName(core::ptr::null_mut()) as usize };
        #[cfg(feature = "texts")]
        return texts::blank(3);
        #[cfg(not(any(feature = "newer", feature = "texts")))]
        42
    }
}
"""
PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "promise"
version = "0.1.0"
requires-python = ">=3.9"
"""
DEV = ("--profile", "dev")


@pytest.fixture
def project(tmp_path):
    """Return the folder of a crate that breaks the stable ABI by its features."""
    folder = tmp_path / "promise"
    for name, content in (
        ("Cargo.toml", MANIFEST),
        ("pyproject.toml", PYPROJECT),
        ("src/lib.rs", LIBRARY),
        ("texts/Cargo.toml", TEXTS_MANIFEST),
        ("texts/src/lib.rs", TEXTS),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_a_function_outside_of_the_stable_abi_stops_the_build(
    project, run_ferrule, ask_abi3audit, tmp_path
):
    out = tmp_path / "out"
    arguments = ("build", *DEV, "--features", "texts", "--out", out)
    for _ in range(2):  # the second answer comes from the cache
        done = run_ferrule(*arguments, cwd=project)
        assert done.returncode == 3
        assert (
            "error: the wheel would be tagged cp39-abi3, and its modules do not keep "
            "that\n"
            "  promise/promise.abi3.so: it uses PyUnicode_New, which is not in the "
            "stable ABI of Python\n"
            "    PyUnicode_New: only for modules that are built for one version (used "
            "by crate texts)\n"
        ) in done.stderr
        assert not out.exists() or not list(out.iterdir())
    warned = run_ferrule(*arguments, cwd=project, env={"FERRULE_ABI3_CHECK": "warn"})
    assert (
        "warning: promise/promise.abi3.so: it uses PyUnicode_New"
        in warned.check().stderr
    )
    (wheel,) = out.iterdir()
    answer = ask_abi3audit(wheel)
    assert answer == {wheel.name: {"promise.abi3.so": {"PyUnicode_New"}}}
    # Whoever builds somebody else's sdist cannot change the code.
    metadata = project / "PKG-INFO"
    metadata.write_text("Metadata-Version: 2.1\nName: promise\nVersion: 0.1.0\n")
    from_sdist = run_ferrule(*arguments, cwd=project)
    assert (
        "warning: promise/promise.abi3.so: it uses PyUnicode_New"
        in from_sdist.check().stderr
    )
    metadata.unlink()
    silent = run_ferrule(*arguments, cwd=project, env={"FERRULE_ABI3_CHECK": "off"})
    assert "PyUnicode_New" not in silent.check().stderr


def test_a_function_that_is_newer_than_the_minimum(project, run_ferrule, build_wheels):
    done = run_ferrule("build", *DEV, "--features", "newer", cwd=project)
    assert done.returncode == 3
    assert "PyType_GetName: since Python 3.11 (used by code of promise itself)" in (
        done.stderr
    )
    assert "abi3-py311" in done.stderr
    manifest = project / "Cargo.toml"
    manifest.write_text(MANIFEST.replace("abi3-py39", "abi3-py311"))
    (wheel,) = build_wheels(project, *DEV, "--features", "newer", "-i", sys.executable)
    assert wheel.tags[:2] == ("cp311", "abi3")


def test_a_note_is_told_once(project, run_ferrule, tmp_path):
    source = project / "src" / "lib.rs"
    export = '#[no_mangle]\npub extern "C" fn PyPromise_Extra() {}\n'
    source.write_text(LIBRARY + export)
    arguments = ("build", *DEV, "--out", tmp_path / "out")
    note = "note: promise/promise.abi3.so: it exports PyPromise_Extra as if Python did"
    assert note in run_ferrule(*arguments, cwd=project).check().stderr
    source.write_text(f"// Compiled again.\n{LIBRARY}{export}")
    assert note not in run_ferrule(*arguments, cwd=project).check().stderr
