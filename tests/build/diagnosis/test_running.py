"""Programs that are linked or started without what they need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.static_pythons import USER, link_embedding, links, plan_own_link

pytestmark = pytest.mark.build

CALCULATOR = Path(__file__).parents[3] / "examples" / "embedding-program"
EMPTY = "fn main() {}\n"
AFTER_THE_END = """
use std::ffi::{c_int, c_void};
extern "C" {
    fn Py_InitializeEx(signals: c_int);
    fn Py_FinalizeEx() -> c_int;
    fn PyThreadState_Get() -> *const c_void;
}
fn main() {
    unsafe {
        Py_InitializeEx(0);
        Py_FinalizeEx();
        PyThreadState_Get();
    }
}
"""
MODULE = """
#[pymodule]
fn host(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "main")
}
"""


def write(folder: Path, code: str = EMPTY) -> Path:
    path = folder / "app.rs"
    path.write_text(code)
    return path


@pytest.mark.parametrize("library", ["ssl", "stdc++", "nothinglikeit"])
def test_a_library_is_missing(failing, linker, tmp_path, library):
    # With a folder in front, so that it is missing wherever this runs.
    words = [*linker, f"-Clink-arg=-l{library}_absent", write(tmp_path)]
    diagnosis = failing("rustc", *words, cwd=tmp_path).only("missing-library-link")
    assert f"lib{library}_absent.so or lib{library}_absent.a" in diagnosis.meaning
    assert "apt-file search" in diagnosis.fix


def test_a_static_library_is_missing(failing, tmp_path):
    words = ["-lstatic=z_absent", write(tmp_path)]
    failing("rustc", *words, cwd=tmp_path).only("missing-library-link")


def test_a_library_of_a_library_is_not_named(failing, linkers, tmp_path):
    if "bfd" not in linkers:
        pytest.skip("GNU ld is not installed")
    texts = {"z": "int inflateEnd(void *p) { return 0; }", "other": "int other;"}
    for name, code in texts.items():
        (tmp_path / f"{name}.c").write_text(code)
        command = ["gcc", "-shared", "-fPIC", f"{name}.c", "-o", f"lib{name}.so"]
        needs = ["-Wl,--no-as-needed", "-L.", "-lz"] if name == "other" else []
        subprocess.run([*command, *needs], check=True, cwd=tmp_path)
    code = "int inflateEnd(void *); int PyList_New(void) { return inflateEnd(0); }"
    (tmp_path / "zlibmodule.c").write_text(code + "\nint PyExc_ValueError;")
    subprocess.run(["gcc", "-c", "-fPIC", "zlibmodule.c"], check=True, cwd=tmp_path)
    archive = tmp_path / "libpython3.77.a"
    subprocess.run(["ar", "rcs", archive, "zlibmodule.o"], check=True, cwd=tmp_path)
    words = [
        f"-Clink-arg={word}" for word in (archive, "-Wl,--no-as-needed", "-lother")
    ]
    command = [*linkers["bfd"], "-L", str(tmp_path), *words, write(tmp_path, USER)]
    failure = failing("rustc", *command, cwd=tmp_path)
    assert "DSO missing from command line" in failure.text
    assert failure.only("missing-modlibs").meaning.startswith("inflateEnd: ")


def test_a_library_is_missing_when_the_program_starts(failing, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "other.c").write_text("int other(void) { return 3; }")
    command = ["gcc", "-shared", "-fPIC", "-Wl,-soname,libstdc++.so.77", "other.c"]
    subprocess.run([*command, "-o", "far/libother.so"], check=True, cwd=tmp_path)
    code = 'extern "C" { fn other() -> i32; }\nfn main() { unsafe { other(); } }\n'
    command = ["-L", "far", "-lother", write(tmp_path, code), "-o", "app"]
    assert links(*command, cwd=tmp_path)
    failure = failing(tmp_path / "app", cwd=tmp_path)
    diagnosis = failure.only("missing-library-run")
    assert "app needs libstdc++.so.77, and the loader" in diagnosis.meaning
    assert diagnosis.fix.startswith("ferrule bundle")


def test_nothing_may_be_executed_there(failing, tmp_path):
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o noexec none {tmp_path}/place"
    (tmp_path / "place").mkdir()
    if shutil.which("unshare") is None or subprocess.call([*own, mount]):
        pytest.skip("this system allows no user namespaces")
    (tmp_path / "mod.c").write_text("void *PyInit_mod(void) { return 0; }")
    command = ["gcc", "-shared", "-fPIC", "mod.c", "-o", "mod.so"]
    subprocess.run(command, check=True, cwd=tmp_path)
    code = "import sys; sys.path.insert(0, 'place'); import mod"
    script = f'{mount} && cp mod.so place && exec {sys.executable} -c "{code}"'
    failure = failing(*own, script, cwd=tmp_path)
    diagnosis = failure.only("folder-not-executable")
    assert "place/mod.so lies where nothing may be executed" in diagnosis.meaning


def test_python_is_used_after_its_end(failing, tmp_path):
    found, plan = plan_own_link()
    app = link_embedding(tmp_path, plan.flags(), code=AFTER_THE_END)
    failure = failing(app, cwd=tmp_path, PYTHONHOME=found.base_prefix)
    diagnosis = failure.only("no-thread-state")
    assert "(PyThreadState_Get)" in diagnosis.meaning
    assert "Python was finalized before" in diagnosis.meaning


@pytest.mark.parametrize("name", ["run", "cargo", "test"])
def test_the_failure_is_explained_where_it_happens(copy_project, run_ferrule, name):
    project = copy_project(CALCULATOR)
    (project / ".cargo").mkdir()
    text = '[env]\nPYTHONHOME = "/nowhere"\n'
    (project / ".cargo" / "config.toml").write_text(text)
    words = {"run": ["--", "1"], "cargo": ["--", "run", "--", "1"], "test": ["--rust"]}
    done = run_ferrule(name, "-i", sys.executable, *words[name], cwd=project)
    assert done.returncode != 0
    assert "No module named 'encodings'" in done.stdout + done.stderr
    assert "Python does not find its standard library" in done.stderr
    assert "unset PYTHONHOME" in done.stderr


@pytest.mark.parametrize("late", [False, True], ids=["never", "late"])
def test_a_module_of_the_program_is_not_registered(copy_project, run_ferrule, late):
    project = copy_project(CALCULATOR)
    # cargo takes packages of one name and different folders for the same one.
    for name in ("Cargo.toml", "Cargo.lock"):
        text = (project / name).read_text()
        assert text.count('"calculator"') == 1
        (project / name).write_text(text.replace('"calculator"', f'"host-{late}"'))
    main = project / "src" / "main.rs"
    start = "    Python::initialize();\n"
    text = main.read_text().replace("fn main()", f"{MODULE}\nfn main()")
    assert start in text
    register = "    pyo3::append_to_inittab!(host);\n"
    main.write_text(text.replace(start, start + register if late else start, 1))
    words = ["-i", sys.executable, "--", "__import__('host')"]
    done = run_ferrule("run", *words, cwd=project)
    assert done.returncode == (101 if late else 1)
    if late:
        assert "A module is registered after Python was started" in done.stderr
        assert "above Python::initialize()" in done.stderr
    else:
        assert "cannot import a module of the program itself" in done.stderr
        assert "fix: pyo3::append_to_inittab!(host);" in done.stderr
