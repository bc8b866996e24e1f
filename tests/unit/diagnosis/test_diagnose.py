from __future__ import annotations

import itertools

import pytest

from ferrule.diagnosis import Context, diagnose, explain_import

COMPILE_ERROR = """\
   Compiling serde v1.0.219
   Compiling demo v0.1.0 (/src)
error[E0308]: mismatched types
 --> src/lib.rs:2:39
  |
2 | fn unused() -> *mut u8 { let x: i32 = "a"; std::ptr::null_mut() }
  |                                 ---   ^^^ expected `i32`, found `&str`
error: could not compile `demo` (lib) due to 1 previous error
"""
TRAIT_ERROR = """\
error[E0277]: `Rc<i32>` cannot be sent between threads safely
   --> src/lib.rs:10:1
    |
10  | #[pyclass]
    | ^^^^^^^^^^ `Rc<i32>` cannot be sent between threads safely
note: required by a bound in `assert_pyclass_sync`
   --> /root/.cargo/registry/src/pyo3-0.29.3/src/impl_/pyclass/assertions.rs:11:8
error[E0599]: no function or associated item named `initialise` found for struct `App`
error[E0425]: cannot find function `initialize` in this scope
"""
OTHER_LINK_ERRORS = """\
/usr/bin/ld: main.o: undefined reference to `SSL_new'
rust-lld: error: undefined symbol: my_c_function
>>> referenced by lib.rs
  "_SSL_new", referenced from:
core.obj : error LNK2019: unresolved external symbol SSL_new referenced in function f
"""
IMPORT_ERRORS = """\
ModuleNotFoundError: No module named 'requests'
ImportError: cannot import name 'add' from 'demo' (/venv/demo/__init__.py)
"""
TEST_FAILURE = """\
test tests::adds ... FAILED
thread 'tests::adds' panicked at src/lib.rs:30:9:
assertion `left == right` failed
error: test failed, to rerun pass `--lib`
E       AssertionError: assert 3 == 4
"""
# From a successful `cargo build -vv` with PyO3 0.29.3 and 0.22.6.
SUCCESS = """\
   Compiling pyo3-ffi v0.29.3
[pyo3-ffi 0.29.3] cargo:rerun-if-env-changed=PYO3_CONFIG_FILE
[pyo3-ffi 0.29.3] cargo:rerun-if-env-changed=PYO3_BUILD_EXTENSION_MODULE
[pyo3-ffi 0.29.3] cargo:rerun-if-env-changed=PYO3_PRINT_CONFIG
[pyo3-ffi 0.22.6] cargo:rerun-if-env-changed=UNSAFE_PYO3_BUILD_FREE_THREADED
[pyo3-ffi 0.29.3] cargo:rustc-check-cfg=cfg(Py_3_13)
[pyo3-ffi 0.29.3] cargo:rustc-link-lib=python3.11
     Running `rustc --crate-name demo --cfg 'feature="extension-module"' -C linker=cc`
warning: unused variable: `PyList_New`
    Finished `dev` profile [unoptimized + debuginfo] target(s) in 12.89s
"""
NETWORK = """\
warning: spurious network error (3 tries remaining): Could not resolve host
error: failed to get `pyo3` as a dependency of package `demo v0.1.0`
"""


@pytest.mark.parametrize(
    "text",
    [
        COMPILE_ERROR,
        TRAIT_ERROR,
        OTHER_LINK_ERRORS,
        IMPORT_ERRORS,
        TEST_FAILURE,
        SUCCESS,
        NETWORK,
        "",
        "\0\1\2\xff" * 1000,
    ],
)
def test_other_texts_are_left_alone(text):
    assert diagnose(text) == []


def ids(text, **known):
    return [item.id for item in diagnose(text, Context(**known))]


def test_values_are_quoted():
    (item,) = diagnose(
        "a.rs: undefined reference to `PyList_New'\n"
        "a.rs: undefined reference to `PyExc_ValueError'\n"
        "a.rs: undefined reference to `PyList_New'\n"
    )
    assert item.meaning.startswith("PyList_New, PyExc_ValueError: ")
    assert len(item.seen) == 2


def test_many_values_are_counted():
    text = "".join(f"x: undefined reference to `PyFunction_{n}'\n" for n in range(9))
    (item,) = diagnose(text)
    assert "PyFunction_2 and 6 more: " in item.meaning
    assert len(item.seen) == 3


def test_the_most_specific_failure_wins():
    text = (
        "error: failed to run custom build command for `pyo3-ffi v0.29.3`\n"
        "  error: no Python 3.x interpreter found\n"
    )
    assert ids(text) == ["no-python-found"]


def test_several_failures_stand_in_their_order():
    text = (
        "error: linker `cc` not found\n"
        "ImportError: /a.so: wrong ELF class: ELFCLASS32\n"
        "error: no library targets found in package `tool`\n"
    )
    assert ids(text) == [
        "linker-not-found",
        "wrong-architecture-import",
        "no-library-target",
    ]


LLD = "rust-lld: error: undefined symbol: PyList_New\n"


def test_a_feature_that_is_known_is_named():
    (item,) = diagnose(LLD, Context(features=frozenset({"extension-module"})))
    assert "The feature `extension-module` of pyo3 is on" in item.meaning
    assert item.fix.startswith("ferrule test")


def test_a_feature_is_read_from_a_verbose_log():
    line = (
        "Running `rustc --crate-name pyo3_ffi --cfg 'feature=\"extension-module\"'`\n"
    )
    (item,) = diagnose(line + LLD)
    assert "The feature `extension-module` of pyo3 is on" in item.meaning


def test_a_variable_is_read_from_the_log():
    (item,) = diagnose("$ PYO3_BUILD_EXTENSION_MODULE=1 cargo test\n" + LLD)
    assert "PYO3_BUILD_EXTENSION_MODULE is set" in item.meaning


def test_a_program_is_started_with_run():
    part = 'error: could not compile `demo` (bin "app") due to 1 previous error\n'
    (item,) = diagnose(LLD + part)
    assert item.fix.startswith("ferrule run")
    assert 'the bin "app" was linked without it' in item.meaning


def test_a_static_libpython_that_lacks_symbols_is_suspected():
    (item,) = diagnose('"/opt/lib/libpython3.12.a"\n' + LLD)
    assert "/opt/lib/libpython3.12.a was searched" in item.meaning


APPLE = '  "_PyExc_ValueError", referenced from:\n      demo in demo.rcgu.o\n'


def test_a_module_for_macos_needs_dynamic_lookup():
    part = "error: could not compile `demo` (lib) due to 1 previous error\n"
    (item,) = diagnose(APPLE + part)
    assert "undefined dynamic_lookup" in item.title
    assert "link-arg=dynamic_lookup" in str(item.fixes)


def test_tests_on_macos_need_libpython():
    part = "error: could not compile `demo` (lib test) due to 1 previous error\n"
    (item,) = diagnose(APPLE + part)
    assert item.title == "Tests or a program are linked without libpython"


def test_windows_has_import_libraries():
    text = "x.obj : error LNK2019: unresolved external symbol __imp_PyExc_TypeError\n"
    (item,) = diagnose(text)
    assert item.title == "Symbols of Python are missing in the import library"
    assert "PyExc_TypeError: on Windows" in item.meaning


def test_another_architecture_explains_missing_symbols():
    text = (
        "ld: warning: ignoring file /py/libpython3.9.dylib, building for macOS-arm64 "
        "but attempting to link with file built for macOS-x86_64\n" + APPLE
    )
    (item,) = diagnose(text)
    assert item.id == "wrong-architecture-link"
    assert "is not for macOS-arm64 (it is macOS-x86_64)" in item.meaning


TOO_NEW = (
    "error: the configured Python interpreter version (3.15) is newer than PyO3's "
    "maximum supported version (3.14)\n"
)


def test_the_release_for_a_new_python_is_named():
    (item,) = diagnose(TOO_NEW, Context(pyo3="0.27.2"))
    assert item.fix.startswith('pyo3 = "0.29"')
    assert item.meaning.startswith("PyO3 0.27.2 knows Python up to 3.14")
    assert "PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1" in str(item.fixes)


def test_newer_releases_have_another_variable():
    text = TOO_NEW + "= help: this package is being built with PyO3 version 0.29.3\n"
    (item,) = diagnose(text.replace("3.15)", "3.17)").replace("3.14)", "3.15)"))
    assert "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY=1" in str(item.fixes)
    assert 'pyo3 = "' not in str(item.fixes)


def test_free_threaded_pythons_have_no_forward_compatibility():
    text = TOO_NEW + "= help: ... so this check cannot be suppressed.\n"
    (item,) = diagnose(text)
    assert "FORWARD" not in str(item.fixes)


def test_an_old_pypy_is_not_called_python():
    text = TOO_NEW.replace(
        "Python interpreter version (3.15) is newer",
        "PyPy interpreter version (3.9) is lower",
    ).replace("maximum supported version (3.14", "minimum supported version (3.11")
    (item,) = diagnose(text)
    assert item.fix == "ferrule build -i pypy3.11  (builds for PyPy 3.11)"


def test_the_feature_behind_a_minimum_python_is_named():
    (item,) = diagnose(
        "cannot set a minimum Python version 3.12 higher than the interpreter version "
        "3.9 (the minimum Python version is implied by the abi3-py312 feature)"
    )
    assert "`abi3-py312`" in item.meaning
    assert 'features = ["abi3-py39"]' in str(item.fixes)


def test_releases_that_meet_are_named():
    text = (
        "package `pyo3-ffi` links to the native library `python`, but it conflicts "
        "with a previous package which links to `python` as well:\n"
        "package `pyo3-ffi v0.29.0`\n"
        '    ... which satisfies dependency `pyo3-ffi = "=0.28.3"` of package\n'
    )
    (item,) = diagnose(text)
    assert "0.29.0, 0.28.3" in item.meaning


def test_two_crates_of_another_library_are_not_pyo3():
    text = (
        "package `openssl-sys` links to the native library `openssl`\n"
        "Only one package in the dependency graph may specify the same links value."
    )
    assert diagnose(text) == []


def test_a_mac_program_and_a_mac_module_miss_libpython_differently():
    program = "dyld[1]: Library not loaded: @rpath/libpython3.8.dylib\n"
    module = f"ImportError: dlopen(/a.so, 0x0002): {program}"
    assert ids(program) == ["missing-libpython-run"]
    assert ids(module) == ["module-needs-libpython"]


def test_a_newer_function_tells_the_version():
    (item,) = explain_import(
        "ImportError: /v/m.so: undefined symbol: PyDict_GetItemRef",
        Context(python="3.11"),
    )
    assert "from 3.13 on" in item.meaning
    assert "(3.11)" in item.meaning


def test_a_module_for_pypy_is_recognised():
    (item,) = explain_import("ImportError: /v/m.so: undefined symbol: PyPyList_New")
    assert "which only PyPy has" in item.meaning


def test_a_missing_start_function_is_pypy_only_with_pypy():
    text = "error[E0425]: cannot find function `Py_InitializeEx` in module `ffi`\n"
    assert ids(text) == []
    assert ids(text, interpreter="/usr/bin/pypy3") == ["pypy-embedding"]


def test_a_wrong_import_in_tests_is_not_the_crate():
    text = (
        "error[E0432]: unresolved import `other`\n --> tests/all.rs:1:5\n"
        'error: could not compile `demo` (test "all") due to 1 previous error\n'
    )
    assert diagnose(text) == []
    assert ids(text.replace("`other`", "`demo`")) == ["test-cannot-use-crate"]


def test_fixes_follow_the_tool():
    maturin = [fix.tool for fix in diagnose(TOO_NEW + "💥 maturin failed\n")[0].fixes]
    assert "maturin" in maturin
    assert "cargo" not in maturin
    own = diagnose(TOO_NEW, Context(tool="ferrule"))[0].fixes
    assert {fix.tool for fix in own} == {""}


def test_long_lines_are_quoted_in_part():
    text = "x" * 9000 + "undefined reference to `PyList_New'" + "y" * 9000
    (item,) = diagnose(text)
    assert all(len(line) <= 240 for line in item.seen)


def test_blocks_may_end_anywhere():
    text = "first\n" + LLD * 3 + "last"
    blocks = [
        "".join(part) for part in itertools.zip_longest(*[iter(text)] * 7, fillvalue="")
    ]
    assert [item.id for item in diagnose(blocks)] == ["undefined-python-symbols"]


def test_a_linker_has_no_arguments():
    (item,) = diagnose("error: linker `arm-gcc --sysroot=/x -v` not found")
    assert item.as_data()["fixes"][0]["line"] == (
        'linker = "arm-gcc", '
        'rustflags = ["-C", "link-arg=--sysroot=/x", "-C", "link-arg=-v"]'
    )


def test_an_answer_is_data_and_text():
    (item,) = diagnose("error: linker `mold` not found")
    assert item.as_data()["fixes"][0]["line"] == "apt install mold"
    assert item.lines()[0] == "seen: error: linker `mold` not found"
    assert item.lines()[-1] == "more: ferrule explain linker-not-found"


@pytest.mark.parametrize(
    "line",
    [
        "undefined reference to `" * 400,
        "Library not loaded: " * 400,
        '", referenced from:' * 400,
        "error: a: " * 800 + "dynamic reloc",
        "ignoring file " * 500 + "attempting to link with file built for",
        "requires rustc " * 500,
        "'" * 4000 + "incompatible architecture (have '",
        "\x1b[" + "0;" * 4000,
    ],
)
def test_no_line_takes_long(line):
    # Thousands of repetitions of what an expression looks for; seconds would
    # pass if one of them were not linear.
    assert isinstance(diagnose(f"{line}\n" * 20), list)


def test_a_module_for_a_free_threaded_python():
    text = "ImportError: /venv/m.so: undefined symbol: _Py_MergeZeroLocalRefcount"
    [found] = diagnose(text)
    assert found.id == "undefined-symbol-import"
    assert "which only a free-threaded CPython (3.13t) has" in found.meaning


def test_openssl_in_a_cross_build():
    text = (
        "pkg-config has not been configured to support cross-compilation.\n"
        "Could not find directory of OpenSSL installation, and this `-sys` crate"
    )
    (item,) = diagnose(text, Context(target="aarch64-unknown-linux-gnu"))
    assert item.id == "openssl-missing"
    first = item.fixes[0].line
    assert first.startswith("AARCH64_UNKNOWN_LINUX_GNU_OPENSSL_DIR=")


def test_pkg_config_in_a_cross_build():
    text = "pkg-config has not been configured to support cross-compilation."
    (item,) = diagnose(text, Context(target="aarch64-unknown-linux-gnu"))
    assert "refuses to ask it" in item.meaning
    assert [fix.line.partition("=")[0] for fix in item.fixes] == [
        "PKG_CONFIG_SYSROOT_DIR_aarch64_unknown_linux_gnu",
        "PKG_CONFIG_aarch64_unknown_linux_gnu",
    ]
