"""What is said depends on what the log shows."""

from __future__ import annotations

import pytest

from ferrule.diagnosis import Context, diagnose


def answer(text, **known):
    (item,) = diagnose(text, Context(**known))
    return item


def fixes(item):
    return [fix.line for fix in item.fixes]


OWN = "/src/target/aarch64-unknown-linux-gnu/debug/deps/a.rcgu.o"


@pytest.mark.parametrize(
    "line",
    [
        f"/usr/bin/ld: {OWN}: Relocations in generic ELF (EM: 183)\n",
        f"/usr/bin/ld: {OWN}: error adding symbols: file in wrong format\n",
        f"rust-lld: error: {OWN} is incompatible with elf64-x86-64\n",
    ],
)
def test_rusts_own_objects_show_that_the_linker_is_wrong(line):
    item = answer(line)
    assert item.title == "The linker is not one for the target"
    assert 'linker = "aarch64-linux-gnu-gcc"' in fixes(item)
    assert "ferrule build --zig --target aarch64-unknown-linux-gnu" in fixes(item)


def test_objects_of_c_show_that_the_compiler_is_wrong():
    item = answer(
        "ld: /tmp/rustcX/libring.rlib(a.o): Relocations in generic ELF (EM: 62)\n",
        target="aarch64-unknown-linux-gnu",
    )
    assert "compiled for x86-64" in item.meaning
    assert "CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc" in fixes(item)


def test_the_member_of_an_archive_is_no_part_of_its_name():
    text = (
        "/usr/bin/ld: {}/libpython3.10.a(dtoa.o): relocation R_X86_64_32 against "
        "`.bss' can not be used when making a PIE object; recompile with -fPIC\n"
    )
    assert "lib_name=python3.10-pic" in fixes(answer(text.format("/usr/lib")))
    own = answer(text.format("/usr/local/lib"))
    assert not [line for line in fixes(own) if "-pic" in line]


def test_lld_names_the_archive_some_lines_further():
    item = answer(
        "rust-lld: error: relocation R_X86_64_32 cannot be used against symbol 'x'\n"
        ">>> referenced by a.c\n"
        ">>>               config.o:(f) in archive /opt/libpython3.12.a\n"
    )
    assert item.meaning.startswith("/opt/libpython3.12.a was compiled")


@pytest.mark.parametrize(
    ("file", "symbol", "meaning"),
    [
        ("/p/lib-dynload/math.so", "_PyLong_GCD", "Python's own standard library"),
        ("/p/lib-dynload/math.so", "PyFloat_Type", "a program with a static Python"),
        ("/v/m.pypy39-pp73.so", "PyList_New", "is named for PyPy"),
        ("/v/m.cpython-38-x.so", "PyCMethod_New", "its name says that it is for 3.8"),
        ("/v/m.cpython-313-x.so", "PyCMethod_New", "CPython has from 3.9 on. It was"),
        ("/v/m.so", "PyUnicode_AsUnicode", "CPython 3.12 and newer do not have"),
        ("/v/m.so", "PyUnicodeUCS4_Decode", "built for Python 2"),
        ("/v/m.so", "PyExc_ValueError", "a program with a static Python"),
        ("/v/m.so", "PyFoo_Bar", "for another Python (version, PyPy"),
    ],
)
def test_a_missing_symbol_tells_which_python_is_meant(file, symbol, meaning):
    linux = answer(f"ImportError: {file}: undefined symbol: {symbol}\n")
    assert meaning in linux.meaning
    mac = answer(f"ImportError: dlopen({file}, 0x0002): Symbol not found: _{symbol}\n")
    assert mac.meaning == linux.meaning


def test_a_symbol_of_cpp_is_told_from_one_of_c():
    text = "ImportError: /v/m.so: undefined symbol: {}\n"
    cpp = answer(text.format("_ZNSt7__cxx1112basic_stringE"))
    assert "C++'s standard library" in cpp.meaning
    c = answer(text.format("onig_region_free"))
    assert "It belongs to a C library" in c.meaning


def test_the_newest_version_of_the_c_library_is_named():
    item = answer(
        "a.so: version `GLIBC_2.9' not found (required by a.so)\n"
        "a.so: version `GLIBC_2.33' not found (required by a.so)\n"
        "a.so: version `GLIBC_2.17' not found (required by a.so)\n"
    )
    assert "needs GLIBC 2.33" in item.meaning


@pytest.mark.parametrize(
    ("needer", "title"),
    [
        ("/root/.rustup/toolchains/x/bin/rustc", "This system is too old for Rust"),
        ("/src/target/release/build/a-0/build-script-build", "The target folder was"),
        ("/src/target/release/deps/libmac-0.so", "The target folder was"),
        ("/venv/m.abi3.so", "The system's C library is older"),
    ],
)
def test_who_needs_the_c_library_decides_what_ends_it(needer, title):
    text = f"/lib/libc.so.6: version `GLIBC_2.29' not found (required by {needer})\n"
    assert answer(text).title.startswith(title)


def test_a_conda_environment_may_have_an_old_libstdcpp():
    item = answer(
        "ImportError: /opt/conda/lib/libstdc++.so.6: version `GLIBCXX_3.4.29' not "
        "found (required by /v/m.so)\n"
    )
    assert fixes(item)[0] == "conda install -c conda-forge libstdcxx-ng"


CONFLICT = """\
error: failed to select a version for `pyo3-ffi`.
    ... required by package `pyo3 v0.26.0`
    ... which satisfies dependency `pyo3 = "^0.26"` of package `pythonize v0.26.0`
versions that meet the requirements `=0.26.0` are: 0.26.0

package `pyo3-ffi` links to the native library `python`, but it conflicts with a \
previous package which links to `python` as well:
package `pyo3-ffi v0.27.1`
"""


@pytest.mark.parametrize("text", [CONFLICT, CONFLICT.replace("`", "")])
def test_both_releases_of_pyo3_and_who_wants_the_other_are_named(text):
    item = answer(text)
    assert "0.26.0, 0.27.1" in item.meaning
    assert "pythonize v0.26.0 wants another release" in item.meaning
    assert fixes(item)[0] == 'pyo3 = "0.26"'
    assert "cargo update -p pythonize" in fixes(item)


def test_pypy_keeps_its_name_in_every_command():
    item = answer(
        "error: the configured PyPy interpreter version (3.11) is newer than PyO3's "
        "maximum supported version (3.10)\n"
        "= help: Current version: 0.23.4\n"
        "maturin failed\n"
    )
    assert fixes(item)[:2] == ['pyo3 = "0.24"', "ferrule build -i pypy3.10"]
    assert "maturin build -i pypy3.10" in fixes(item)
    assert "FORWARD" not in str(item.fixes)


def test_apples_linker_is_not_told_of_debian():
    item = answer("ld: library 'python3.12' not found\n")
    assert "apt" not in str(item.fixes)
    assert "brew install python" in fixes(item)


def test_an_unknown_link_on_macos_may_be_the_module():
    text = '  "_PyList_New", referenced from:\n'
    unknown = answer(f"{text}error: could not compile `demo` due to 1 error\n")
    assert "dynamic_lookup" in str(unknown.fixes)
    test = answer(f"{text}error: could not compile `demo` (lib test) due to 1 error\n")
    assert "dynamic_lookup" not in str(test.fixes)


@pytest.mark.parametrize(
    ("line", "known", "word"),
    [
        ("LNK1181: cannot open input file 'kernel32.lib'", {}, "winget"),
        ("lld-link: error: could not open 'kernel32.lib'", {}, "--xwin"),
    ],
)
def test_the_windows_sdk_comes_otherwise_to_a_cross_build(line, known, word):
    assert word in str(answer(f"{line}\n", **known).fixes)


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (
            (
                "of the presence of too-recent versioned symbols: "
                '["libc.so.6 offending symbols: x@@GLIBC_2.18"]'
            ),
            "A wheel does not keep what its platform tag promises",
        ),
        (
            'it links the following forbidden libraries: ["libz.so.1"]',
            "A wheel needs libraries that its platform tag does not promise",
        ),
    ],
)
def test_new_symbols_and_foreign_libraries_are_told_apart(reason, title):
    item = answer(f"Your library is not manylinux_2_17 compliant because {reason}\n")
    assert item.title == title
    assert "manylinux_2_17" in item.meaning


def test_the_tag_of_a_wheel_says_what_it_needs():
    item = answer(
        "ERROR: demo-1.0-cp39-cp39-manylinux_2_28_x86_64.whl is not a supported wheel "
        "on this platform.\n"
    )
    assert "it is for `cp39`" in item.meaning
    assert "glibc 2.28" in item.meaning


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("SSL certificate problem: self signed certificate", "cargo does not trust"),
        ("the revocation function was unable to check revocation", "Windows could not"),
        ("[28] Timeout was reached", "cargo could not load https://a.example/x"),
    ],
)
def test_the_reason_of_a_failed_download_is_told(words, start):
    text = f"error: failed to download from `https://a.example/x`\n  {words}\n"
    assert answer(text).meaning.startswith(start)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Both VIRTUAL_ENV and CONDA_PREFIX are set. Please unset", "unset CONDA"),
        ("Couldn't find a virtualenv or conda environment, but", "python3 -m venv"),
    ],
)
def test_two_environments_are_not_none(text, word):
    assert word in str(answer(text).fixes)


def test_a_component_is_added_to_its_toolchain():
    item = answer(
        "error: the 'cargo' binary, normally provided by the 'cargo' component, is not "
        "applicable to the 'nightly' toolchain\n"
    )
    assert fixes(item)[0] == "rustup component add cargo --toolchain nightly"


def test_musl_is_told_from_targets_without_libraries():
    text = (
        "error: cannot produce cdylib for `a v1 (/s)` as the target `{}` does not "
        "support these crate types\n"
    )
    musl = answer(text.format("x86_64-unknown-linux-musl"))
    assert "crt-static" in str(musl.fixes)
    other = answer(text.format("wasm32-unknown-unknown"))
    assert other.title == "The target has no shared libraries"


def test_names_of_pyo3_lead_to_those_that_replace_them():
    item = answer(
        "error[E0599]: no function or associated item named `new_bound` found for "
        "struct `PyDict` in the current scope\n"
        "error[E0432]: unresolved import `pyo3::ToPyObject`\n",
        pyo3="0.26.0",
    )
    assert "`new_bound` exists in PyO3 0.21 to 0.24; this is 0.26.0" in item.meaning
    assert fixes(item)[:2] == ["new", "IntoPyObject (0.23 and newer)"]


def test_the_processor_decides_the_version_of_arm():
    text = 'error: #error "ARM assembler must define __ARM_ARCH"\n'
    assert fixes(answer(text))[0].endswith("__ARM_ARCH=8")
    old = answer(text, target="armv7-unknown-linux-gnueabihf")
    assert fixes(old)[0] == ("CFLAGS_armv7_unknown_linux_gnueabihf=-D__ARM_ARCH=7")


def test_memory_that_was_refused_is_no_signal():
    killed = answer("collect2: fatal error: ld terminated with signal 9 [Killed]\n")
    assert killed.meaning.startswith("The operating system ended")
    refused = answer("memory allocation of 4294967296 bytes failed\n")
    assert refused.meaning.startswith("The compiler or the linker got no more memory")


@pytest.mark.parametrize("text", ["cannot open `docker`", "error: no such file"])
def test_commands_and_containers_are_named_by_their_own_words_only(text):
    assert diagnose(text) == []


def test_what_ferrule_does_itself_comes_before_an_installation():
    item = answer("error: no such command: `zigbuild`\n")
    assert fixes(item)[0] == "ferrule build --zig"
    item = answer("error: no such command: `deny`\n")
    assert fixes(item) == ["cargo install cargo-deny"]


def test_uv_compares_a_wheel_with_the_python_that_runs():
    item = answer(
        "The built wheel demo-2.21.1-cp39-abi3-linux_x86_64.whl is not compatible with "
        "the current Python 3.15t\n"
    )
    assert item.id == "wheel-not-for-python"
    assert "it is for `cp39`" in item.meaning


def test_only_condas_compiler_is_told_of_conda():
    text = "{}/ld: libz.so: undefined reference to `memcpy@GLIBC_2.14'\n"
    conda = answer(text.format("/opt/conda/x86_64-conda-linux-gnu/bin"))
    assert fixes(conda)[0].startswith("conda install")
    other = answer(text.format("/opt/cross/bin"))
    assert "conda install" not in str(other.fixes)
    assert "glibc 2.14" in other.meaning


def test_a_dll_of_another_version_is_told_from_a_missing_one():
    text = "ImportError: DLL load failed while importing _rust: {}\n"
    for words in (
        "The specified procedure could not be found.",
        "Die angegebene Prozedur wurde nicht gefunden.",
        "找不到指定的程序。",
    ):
        assert "lacks" in answer(text.format(words)).title
    missing = answer(text.format("The specified module could not be found."))
    assert "not the DLLs" in missing.title


def test_several_interpreters_are_told_from_a_second_import():
    text = "ImportError: PyO3 modules may only be initialized once per interpreter {}\n"
    server = answer("[wsgi:error] [pid 5:tid 5] " + text.format("process"))
    assert fixes(server)[0] == "WSGIApplicationGroup %{GLOBAL}"
    assert fixes(answer(text.format("process")))[0].startswith("import it under")


def test_a_library_without_room_is_not_taken_for_a_module():
    text = "ImportError: {}: cannot allocate memory in static TLS block\n"
    library = answer(text.format("/v/torch.libs/libgomp-4d.so.1.0.0"))
    assert fixes(library)[1] == "LD_PRELOAD=/v/torch.libs/libgomp-4d.so.1.0.0 python"
    assert "jemalloc" in answer(text.format("/v/_internal.abi3.so")).meaning


def test_windows_has_no_run_path():
    item = answer(
        "The code execution cannot proceed because python38.dll was not found."
    )
    assert not [line for line in fixes(item) if "LD_" in line or "rpath" in line]


def test_a_32_bit_cargo_without_addresses_is_no_broken_network():
    item = answer(
        "error: failed to fetch `https://git.example/index`\n"
        "  failed to mmap. Could not write data: Out of memory; class=Os (2)\n"
    )
    assert fixes(item)[0] == 'registries.crates-io.protocol = "sparse"'


def test_brackets_around_an_architecture_do_not_matter():
    item = answer(
        "dlopen(/v/t.so, 0x0002): tried: '/v/t.so' (mach-o file, but is an "
        "incompatible architecture (have (x86_64), need (arm64e)))\n"
    )
    assert "x86_64" in item.meaning
    assert "arm64e" in item.meaning


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        ("thread being attached", "Python::attach(|_py| drop(object))"),
        ("GIL being held", "Python::with_gil(|_py| drop(object))"),
    ],
)
def test_a_drop_without_python_names_the_call_of_its_release(words, fix):
    item = answer(f"Cannot drop pointer into Python heap without the {words}.\n")
    assert fixes(item)[0] == fix


@pytest.mark.parametrize(
    "text",
    [
        "ImportError: /v/_rust.abi3.so: undefined symbol: EVP_idea_cbc\n",
        (
            "ImportError: Error relocating /v/_rust.abi3.so: RSA_get0_crt_params: "
            "symbol not found\n"
        ),
        (
            "ImportError: dlopen(/v/_rust.abi3.so, 0x0002): Symbol not found: "
            "_SSL_get0_group_name\n"
        ),
    ],
)
def test_functions_of_openssl_show_another_release_of_it(text):
    item = answer(text)
    assert "OpenSSL" in item.title
    assert item.meaning.startswith("/v/_rust.abi3.so needs ")


@pytest.mark.parametrize(
    ("header", "package"),
    [
        ("bits/libc-header-start.h", "libc6-dev"),
        ("stdint.h", "libc6-dev"),
        ("gnu/stubs-32.h", "gcc-multilib"),
    ],
)
def test_headers_of_the_c_library_are_known(header, package):
    item = answer(f"a.c:1:10: fatal error: {header}: No such file or directory\n")
    assert fixes(item)[0] == f"apt install {package}"


def test_a_module_for_musl_is_no_missing_library():
    item = answer(
        '"errorMessage": "Unable to import module \'app\': libc.musl-x86_64.so.1: '
        'cannot open shared object file: No such file or directory",\n'
    )
    assert item.title == "A module for musl on a system with glibc"


def test_an_archive_that_is_told_of_twice_is_c_code():
    item = answer(
        "ld: /tmp/rustcvdX/libring.rlib: error adding symbols: file in wrong format\n"
        "ld: /tmp/rustcvdX/libring.rlib(0b-curve25519.o): Relocations in generic "
        "ELF (EM: 62)\n"
    )
    assert item.title.startswith("C code was compiled for another processor")


@pytest.mark.parametrize(
    ("library", "fix"),
    [
        ("libm.so", "ferrule build"),
        ("libx.so.1", "LD_LIBRARY_PATH=/folder/of/libx.so.1"),
    ],
)
def test_libraries_of_the_system_are_not_to_be_found(library, fix):
    text = f"Cannot repair wheel, because required library {library} could not be "
    assert fixes(answer(f"{text}located.\n"))[0] == fix


def test_a_variable_that_is_not_set_is_not_to_be_unset():
    text = (
        "  PYTHONHOME = (not set)\n  sys.prefix = '/install'\n"
        "Fatal Python error: init_fs_encoding: failed to get the Python codec\n"
    )
    item = answer(text)
    assert "below /install; PYTHONHOME is not set" in item.meaning
    assert "unset PYTHONHOME" not in fixes(item)
    assert diagnose(text.partition("Fatal")[0]) == []


@pytest.mark.parametrize(("library", "told"), [("ssl", True), ("boost_system", False)])
def test_a_static_python_is_named_for_what_it_needs(library, told) -> None:
    item = answer(f"/usr/bin/ld: cannot find -l{library}: No such file or directory\n")
    assert ("static Python" in item.meaning) is told
