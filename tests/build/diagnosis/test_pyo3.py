"""What PyO3's own build scripts refuse, alone and through ferrule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

NEW, OLD = "0.30.1", "0.22.6"
CONFIG = "implementation=CPython\nshared=true\npointer_width=64\n"


@pytest.fixture
def crate(tmp_path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    return tmp_path


@pytest.fixture
def checking(failing, crate):
    """Return a function that runs `cargo check` on PyO3 in a configuration."""

    def call(
        *words: str,
        config: str = "",
        pyo3: str = NEW,
        features=(),
        package: str = "pyo3-ffi",
        **variables: str,
    ):
        (crate / "Cargo.toml").write_text(
            '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
            '[lib]\ncrate-type = ["cdylib"]\n[workspace]\n[dependencies]\n'
            f'{package} = {{ version = "={pyo3}", default-features = false, '
            f"features = {json.dumps(list(features))} }}\n"
        )
        if config:
            path = crate / "pyo3.txt"
            path.write_text(config)
            variables["PYO3_CONFIG_FILE"] = str(path)
        return failing(
            "cargo", "check", "--quiet", "--keep-going", *words, cwd=crate, **variables
        )

    return call


@pytest.mark.parametrize(
    ("pyo3", "maximum", "fix"),
    [(NEW, "3.15", "ferrule build -i 3.15"), (OLD, "3.13", "ferrule build -i 3.13")],
)
def test_python_is_too_new(checking, pyo3, maximum, fix):
    failure = checking(config=CONFIG + "version=3.77\n", pyo3=pyo3)
    diagnosis = failure.only("interpreter-too-new")
    assert f"PyO3 {pyo3} knows Python up to {maximum}" in diagnosis.meaning
    assert diagnosis.fix.startswith(fix)


def test_python_is_too_old(checking):
    failure = checking(config=CONFIG + "version=3.8\n")
    diagnosis = failure.only("interpreter-too-old")
    assert 'pyo3 = "0.29"' in str(diagnosis.fixes)


def test_the_widths_differ(checking):
    config = CONFIG.replace("64", "32") + "version=3.12\n"
    diagnosis = checking(config=config).only("pointer-width")
    assert "for 64 bits, and the interpreter has 32" in diagnosis.meaning


def test_free_threaded_python_is_too_old(checking):
    config = "version=3.13\nbuild_flags=Py_GIL_DISABLED\npointer_width=64\n"
    failure = checking(config=config)
    diagnosis = failure.only("free-threaded-unsupported")
    assert "3.14t and newer only" in diagnosis.meaning


def test_early_releases_refuse_free_threaded_python(checking):
    config = CONFIG + "version=3.13\nbuild_flags=Py_GIL_DISABLED\n"
    checking(config=config, pyo3=OLD).only("free-threaded-unsupported")


def test_libpython_has_no_name(checking):
    checking(config=CONFIG + "version=3.12\nlib_name=\n", pyo3=OLD)


@pytest.mark.parametrize(
    ("variables", "config", "part"),
    [
        ({"PYO3_CONFIG_FILE": "relative.txt"}, "", "its path is not absolute"),
        ({"PYO3_CONFIG_FILE": "/no/such.txt"}, "", "/no/such.txt cannot be opened"),
        ({}, "version=many\n", "value of `version` is not valid"),
        ({}, "nonsense\n", "its content is not valid"),
    ],
)
def test_the_configuration_file_is_wrong(checking, variables, config, part):
    failure = checking(config=config, **variables)
    assert part in failure.only("config-file-invalid").meaning


def test_the_configuration_is_printed(checking):
    failure = checking(config=CONFIG + "version=3.12\n", PYO3_PRINT_CONFIG="1")
    failure.only("print-config-set")


def test_python_cannot_be_started(checking):
    failure = checking(PYO3_PYTHON="/no/such/bin/python")
    diagnosis = failure.only("python-not-runnable")
    assert "told to use /no/such/bin/python" in diagnosis.meaning


def test_python_is_broken(checking):
    checking(PYO3_PYTHON="/bin/false").only("python-script-failed")


def test_there_is_no_python(checking, tmp_path, user_env):
    import shutil

    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("cargo", "rustc", "cc", "ld", "as", "sh"):
        found = shutil.which(name, path=user_env["PATH"])
        if found:
            (tools / name).symlink_to(found)
    checking(PATH=str(tools)).only("no-python-found")


@pytest.mark.parametrize("pyo3", [NEW, OLD])
def test_the_minimum_of_abi3_is_newer(checking, interpreter, pyo3):
    failure = checking(
        PYO3_PYTHON=str(interpreter("3.9")), pyo3=pyo3, features=["abi3-py312"]
    )
    diagnosis = failure.only("abi3-newer-than-host")
    assert "`abi3-py312`" in diagnosis.meaning


def test_the_python_of_a_target_is_unknown(checking):
    failure = checking("--target", "aarch64-unknown-linux-gnu")
    assert "cross-python-unknown" in failure.ids


def test_no_python_and_no_stable_abi(checking):
    failure = checking(PYO3_NO_PYTHON="1")
    assert "PYO3_NO_PYTHON" in failure.only("cross-python-unknown").meaning


def test_a_folder_without_a_python_of_the_target(checking, tmp_path):
    failure = checking(
        "--target", "aarch64-unknown-linux-gnu", PYO3_CROSS_LIB_DIR=str(tmp_path)
    )
    assert "cross-sysconfigdata" in failure.ids


def test_a_folder_with_several_pythons_of_the_target(checking, tmp_path):
    for version in ("3.11", "3.12"):
        folder = tmp_path / "lib" / f"python{version}"
        folder.mkdir(parents=True)
        (folder / "_sysconfigdata__linux_aarch64-linux-gnu.py").write_text("")
    failure = checking(
        "--target",
        "aarch64-unknown-linux-gnu",
        PYO3_CROSS_LIB_DIR=str(tmp_path / "lib"),
    )
    assert "cross-sysconfigdata" in failure.ids


def test_starting_python_needs_a_shared_library(checking):
    config = CONFIG.replace("true", "false") + "version=3.12\nlib_name=python3.12\n"
    failure = checking(config=config, package="pyo3", features=["auto-initialize"])
    failure.only("auto-initialize-static")


PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"
[project]
name = "demo"
version = "0.1.0"
""",
    "Cargo.toml": f"""\
[package]
name = "demo"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[workspace]
[dependencies]
pyo3-ffi = "={NEW}"
""",
}


@pytest.fixture
def project(crate) -> Path:
    for name, text in PROJECT.items():
        (crate / name).write_text(text)
    return crate


def test_ferrule_explains_in_place(project, run_ferrule):
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(
        '[build]\nrustflags = ["-Clinker=no-such-linker"]\n'
    )
    words = ["build", "--profile", "dev", "--out", "dist"]
    failed = run_ferrule(*words, cwd=project)
    assert failed.returncode == 5
    assert "error: linker `no-such-linker` not found\n" in failed.stderr
    assert "\n  The linker is not installed\n" in failed.stderr
    assert "\n    more: ferrule explain linker-not-found\n" in failed.stderr
    (item,) = run_ferrule(*words, "--json", cwd=project).json()["error"]["diagnoses"]
    assert item["id"] == "linker-not-found"
    assert item["fixes"][0]["line"]


def test_the_build_hook_explains_too(project, run_command, user_env):
    import subprocess
    import sys

    (project / "src" / "lib.rs").write_text(
        'extern "C" { fn PyPyNothing_New(); }\n'
        '#[no_mangle] pub extern "C" fn PyInit_demo() {\n'
        "    unsafe { PyPyNothing_New() }\n}\n"
    )
    (project / "build.rs").write_text(
        'fn main() { println!("cargo:rustc-link-arg=-Wl,--no-undefined"); }\n'
    )
    code = "import ferrule.backend as b; b.build_wheel('dist', {'profile': 'dev'})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env=user_env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 5
    assert "PyPy and GraalPy cannot be embedded" in done.stderr
    assert "Traceback" not in done.stderr


def test_pypy_cannot_start_python(project, run_ferrule, interpreter):
    # PyO3 0.22 is the newest release for the PyPy of many systems.
    used = f'pyo3 = {{ version = "={OLD}", default-features = false }}'
    text = PROJECT["Cargo.toml"].replace(f'pyo3-ffi = "={NEW}"', used)
    (project / "Cargo.toml").write_text(text)
    (project / "src" / "lib.rs").write_text(
        '#[no_mangle] pub extern "C" fn PyInit_demo() {\n'
        "    pyo3::prepare_freethreaded_python()\n}\n"
    )
    words = ["build", "--profile", "dev", "-i", interpreter("pypy3"), "--out", "dist"]
    failed = run_ferrule(*words, cwd=project)
    assert failed.returncode == 5
    told = " ".join(failed.stderr.split())
    assert "`prepare_freethreaded_python` is missing because the build is" in told
