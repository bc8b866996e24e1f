"""The texts of errors about bundles."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors import bundle as errors

CASES = [
    (
        errors.UnbundledPythonError("PyPy 3.11", "/p/pypy"),
        ("PyPy 3.11 cannot be bundled", "/p/pypy", "PyPy and GraalPy", "see: https://"),
    ),
    (
        errors.BundledPythonTooOldError("CPython 3.8", "/p/python3.8", "3.9"),
        (
            "CPython 3.8 cannot be bundled: it is older than 3.9",
            "/p/python3.8",
            "3.9 is the oldest",
        ),
    ),
    (
        errors.ModeMissingError("x", ("dynamic",)),
        ("no bundle of mode x", "--mode dynamic"),
    ),
    (errors.BundleTargetError("static", "t"), ("mode static cannot be made for t",)),
    (errors.SharedLibraryError("CPython 3.12", "/p"), ("another Python", "/p")),
    (
        errors.SharedLibraryError("CPython 3.12", "/p", "install x", has_archive=True),
        ("fix: install x; or link it statically: --mode static",),
    ),
    (
        errors.ApiGenerationError(
            "0.30.1", [("src/main.rs:4", "with_gil", "Python::attach(...)")]
        ),
        (
            "the program calls `with_gil`, which pyo3 0.30.1 does not have",
            "src/main.rs:4: write `Python::attach(...)` instead of `with_gil`",
            'choose a release that has them: pyo3 = "0.27"',
        ),
    ),
    (
        errors.ApiGenerationError(
            "0.22.6",
            [("a.rs:1", "initialize", "pyo3::prepare_freethreaded_python()")],
        ),
        ('pyo3 = "0.26" or later',),
    ),
    (
        errors.NotEmbeddingError("app", "tool"),
        ("`app` does not embed Python", "`tool` does not depend on PyO3"),
    ),
    (
        errors.ObjectError("hook.o", "rustc x", "error: a\n\nerror: b"),
        ("rustc failed to make hook.o", "command: rustc x", "error: a", "error: b"),
    ),
    (errors.PackageInstallerError("pip wheel", 1), ("pip wheel", "exit status: 1")),
    (
        errors.RequirementsFileError(Path("r.txt"), "there is no such file"),
        ("r.txt cannot be used", "there is no such file"),
    ),
    (
        errors.BundlePackageError("p", "it is editable", "build it"),
        ("p cannot join the bundle", "it is editable", "fix: build it"),
    ),
    (
        errors.BytecodeError("/p", "Traceback\nboom"),
        ("cannot be compiled to bytecode", "boom", "--sources"),
    ),
    (
        errors.BundleFolderError(Path("out"), "it is a file or a link"),
        ("out is not replaced: it is a file or a link",),
    ),
    (errors.CompressorMissingError(), ("compresses with zstd", "--format tar.gz")),
    (
        errors.BundleVerificationError("a root", ["import x: ImportError: y"]),
        ("does not work in a root; nothing was replaced", "import x", "--no-verify"),
    ),
]


@pytest.mark.parametrize(
    ("error", "parts"), CASES, ids=[type(error).__name__ for error, _ in CASES]
)
def test_texts(error, parts) -> None:
    text = str(error)
    for part in parts:
        assert part in text
    assert error.exit_code in (2, 3, 4, 5, 6)
