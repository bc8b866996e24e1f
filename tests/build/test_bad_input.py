"""Bad input: a designed error, no traceback, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

LIB = """
use pyo3::prelude::*;

#[pymodule]
mod {module} {{}}
"""


@pytest.fixture
def project(tmp_path: Path):
    """Return a function that writes a small project."""

    def write(
        *,
        cargo: str = "",
        pyproject: str = "",
        module: str = "sample",
        dependency: str = 'pyo3 = "0.30"',
        lib: str = '[lib]\ncrate-type = ["cdylib"]\n',
    ) -> Path:
        root = tmp_path / "sample"
        (root / "src").mkdir(parents=True)
        (root / "Cargo.toml").write_text(
            '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2021"\n'
            f"{lib}[dependencies]\n{dependency}\n{cargo}"
        )
        (root / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["ferrule"]\nbuild-backend = "ferrule"\n'
            f'[project]\nname = "sample"\nversion = "0.1.0"\n{pyproject}'
        )
        (root / "src" / "lib.rs").write_text(LIB.format(module=module))
        return root

    return write


def fails(run_ferrule, root: Path, code: int, *texts: str, env=None, args=()) -> str:
    """Run a build that must fail in the designed way; return its message."""
    before = {path for path in root.rglob("*") if "target" not in path.parts}
    done = run_ferrule("build", *args, cwd=root, env=env)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for text in texts:
        assert text in done.stderr
    after = {path for path in root.rglob("*") if "target" not in path.parts}
    left = {path.name for path in after - before} - {"Cargo.lock"}
    assert left == set()
    return done.stderr


def test_missing_cargo_toml(tmp_path, run_ferrule) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    fails(run_ferrule, tmp_path, 3, "Cargo.toml", "fix:")


def test_virtual_workspace(tmp_path, run_ferrule) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["a"]\n')
    (tmp_path / "a" / "src").mkdir(parents=True)
    (tmp_path / "a" / "Cargo.toml").write_text(
        '[package]\nname = "a"\nversion = "0.1.0"\n[lib]\ncrate-type = ["cdylib"]\n'
    )
    (tmp_path / "a" / "src" / "lib.rs").write_text("")
    fails(run_ferrule, tmp_path, 3, "virtual", 'manifest-path = "a/Cargo.toml"')


def test_no_cdylib(project, run_ferrule) -> None:
    root = project(lib='[lib]\ncrate-type = ["rlib"]\n')
    fails(run_ferrule, root, 3, "has no cdylib", 'crate-type = ["cdylib"]')


def test_no_pyo3(project, run_ferrule) -> None:
    table = '[tool.ferrule]\nbindings = "pyo3"\n'
    root = project(dependency="", pyproject=table)
    fails(run_ferrule, root, 3, "`sample` does not depend on pyo3", "bindings")


def test_two_pyo3_releases(project, run_ferrule) -> None:
    root = project(
        dependency='pyo3 = "0.30"\nold = { package = "pyo3", version = "=0.22.6" }'
    )
    fails(run_ferrule, root, 3, "two different releases of PyO3", "cargo tree -i pyo3")


def test_module_name_that_the_library_does_not_have(project, run_ferrule) -> None:
    root = project(module="other")
    fails(
        run_ferrule,
        root,
        3,
        "does not define PyInit_sample",
        "PyInit_other",
        'module-name = "other"',
        args=("--profile", "dev"),
    )


def test_invalid_toml(project, run_ferrule) -> None:
    root = project(pyproject="broken = [\n")
    fails(run_ferrule, root, 2, "pyproject.toml:7 is not valid TOML", "line 7")


def test_bad_licence_and_missing_readme_together(project, run_ferrule) -> None:
    root = project(pyproject='license = "Nonsense OR"\nreadme = "ABSENT.md"\n')
    fails(run_ferrule, root, 2, "Nonsense OR", "ABSENT.md")


def test_unknown_settings_are_reported_together(project, run_ferrule) -> None:
    root = project(pyproject='[tool.ferrule]\nmodul-name = "a"\nstripp = true\n')
    fails(run_ferrule, root, 2, 'did you mean "module-name"', 'did you mean "strip"')


def test_interpreter_that_does_not_run(project, run_ferrule, tmp_path) -> None:
    broken = tmp_path / "python-broken"
    broken.write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 3\n")
    broken.chmod(0o755)
    root = project()
    fails(
        run_ferrule,
        root,
        4,
        str(broken),
        "no such thing",
        args=("-i", str(broken)),
    )


def test_cargo_that_is_not_installed(project, run_ferrule, tmp_path) -> None:
    root = project()
    env = {"PATH": "/usr/bin:/bin", "CARGO_HOME": str(tmp_path), "HOME": str(tmp_path)}
    if shutil.which("cargo", path=env["PATH"]):
        pytest.skip("this machine has cargo in /usr/bin")
    fails(run_ferrule, root, 5, "cargo was not found", "rustup.rs", env=env)


def test_compile_error_is_shown_and_nothing_is_left(project, run_ferrule) -> None:
    root = project()
    (root / "src" / "lib.rs").write_text("fn main( {")
    message = fails(run_ferrule, root, 5, "the Rust code does not compile")
    assert "src/lib.rs:1" in message


def test_full_disk(project, run_ferrule, tmp_path) -> None:
    out = tmp_path / "small"
    out.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(out)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small file system")
    try:
        args = ("--out", str(out), "--profile", "dev")
        fails(run_ferrule, project(), 6, "cannot write", "free space", args=args)
        assert os.listdir(out) == []
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_unwritable_output_folder(project, run_ferrule, tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    args = ("--out", str(blocked / "dist"), "--profile", "dev")
    fails(run_ferrule, project(), 6, "cannot write", args=args)


def test_errors_as_json(project, run_ferrule) -> None:
    root = project(lib='[lib]\ncrate-type = ["rlib"]\n')
    done = run_ferrule("build", "--json", cwd=root)
    assert done.returncode == 3
    assert done.json()["error"]["kind"] == "NoCdylibError"
