"""What installers and build tools say, and what is no failure of theirs."""

from __future__ import annotations

import pytest

from ferrule.diagnosis import diagnose


def answer(text):
    (item,) = diagnose(text)
    return item


def fixes(item):
    return [fix.line for fix in item.fixes]


@pytest.mark.parametrize(
    ("built", "here", "fix"),
    [
        ("ABI version 0x1000009", "0x2000000", 'pip install "numpy<2"'),
        ("API version 0x10", "0xe", "pip install --upgrade numpy"),
    ],
)
def test_of_two_releases_of_numpy_the_older_is_replaced(built, here, fix):
    text = f"RuntimeError: module compiled against {built} but this version of numpy "
    assert fix in fixes(answer(f"{text}is {here}\n"))


def test_a_tag_of_one_machine_is_told_from_one_that_is_not_taken():
    line = "has an unsupported platform tag '{}'.\n"
    own = answer(line.format("linux_aarch64"))
    assert "quay.io/pypa/manylinux_2_28_aarch64" in str(own.fixes)
    other = answer(line.format("manylinux1_aarch64"))
    assert fixes(other)[0] == "ferrule check <wheel>"


def test_the_triple_of_termux_is_named():
    item = answer(
        "      error: Don't know the correct rust target for system type "
        "aarch64-unknown-linux-android. Please set the CARGO_BUILD_TARGET\n"
    )
    assert fixes(item)[0] == "CARGO_BUILD_TARGET=aarch64-linux-android"


def test_what_pyproject_toml_has_wrong_is_quoted():
    item = answer(
        "  Caused by: pyproject.toml is not PEP 517 compliant: invalid type: string "
        '"on", expected a boolean for key `tool.maturin.strip` at line 12 column 9\n'
    )
    assert "(key `tool.maturin.strip`)" in item.meaning
    assert 'invalid type: string "on", expected a boolean.' in item.meaning


def test_a_loaded_rust_is_no_failure_alone():
    line = "Rust not found, installing into a temporary directory\n"
    assert diagnose(line) == []
    lost = f"{line}FileNotFoundError: [WinError 2] The system cannot find the file\n"
    assert answer(lost).id == "rust-missing"


@pytest.mark.parametrize(
    "text",
    [
        # Tests.
        (
            "collected 2 items\n"
            "E       AssertionError: assert 1 == 2\n"
            "FAILED tests/test_a.py::test_f - AssertionError: assert 1 == 2\n"
        ),
        (
            "test tests::bad ... FAILED\n"
            "thread 'tests::bad' panicked at src/lib.rs:12:9:\n"
            "assertion `left == right` failed\n"
            "error: test failed, to rerun pass `--lib`\n"
        ),
        # Rust of the user.
        (
            "   Compiling pyo3 v0.27.1\n"
            "error[E0308]: mismatched types\n"
            "  |     ^ expected `String`, found `u64`\n"
            "error[E0425]: cannot find value `foo` in this scope\n"
            "error: could not compile `demo` (lib) due to 2 previous errors\n"
        ),
        (
            "pyo3_runtime.PanicException: called `Result::unwrap()` on an `Err` value: "
            'Os { code: 2, kind: NotFound, message: "No such file or directory" }\n'
        ),
        # Other languages and tools.
        "src/index.ts(3,7): error TS2322: Type 'string' is not assignable\n",
        "Error: Cannot find module 'react'\nnpm ERR! code ELIFECYCLE\n",
        "CONFLICT (content): Merge conflict in src/lib.rs\n",
        "./main.go:8:2: undefined: foo\nmake: *** [Makefile:3: build] Error 1\n",
        "make[1]: *** [Makefile:65: test_x] Illegal instruction (core dumped)\n",
        "$ ./solver\nIllegal instruction (core dumped)\n",
        "/usr/bin/ld: main.o: undefined reference to `foo'\n",
        "npm ERR! network request failed, reason: connect ETIMEDOUT\n",
        "ModuleNotFoundError: No module named 'requests'\n",
        (
            "RuntimeError: RustPython could not import the encodings module.\n"
            "ModuleNotFoundError: No module named 'encodings'\n"
        ),
        # What succeeds.
        (
            "🔗 Found pyo3 bindings with abi3 support for Python ≥ 3.8\n"
            "🐍 Not using a specific python interpreter\n"
            "   Compiling openssl-sys v0.9.110\n"
            "   Compiling pyo3-ffi v0.27.1\n"
            "    Finished `release` profile [optimized] target(s) in 31.2s\n"
            "📦 Built wheel for abi3 Python ≥ 3.8 to demo-0.1.0-cp38-abi3-linux.whl\n"
        ),
    ],
)
def test_other_failures_and_successes_get_no_answer(text):
    assert diagnose(text) == []
