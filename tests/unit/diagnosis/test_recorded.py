"""Short texts in the words of tools, as people paste them.

The names and paths in them are made up; what matters is the wording of the tools,
and that exactly the failure is recognised that it tells.
"""

from __future__ import annotations

import pytest

from ferrule.diagnosis import diagnose

NETWORK = "Caused by:\n  failed to download from `https://index.example/config.json`\n"
TEXTS = {
    "undefined-python-symbols": (
        "dyld[72]: symbol not found in flat namespace '_PyExc_TypeError'\n",
        "./app: symbol lookup error: ./app: undefined symbol: PyList_New\n",
    ),
    "undefined-symbol-import": (
        (
            "E   ImportError: m.cpython-38-x86_64-linux-gnu.so: undefined symbol: "
            "PyCMethod_New\n"
        ),
        "    m.cpython-312-x86_64-linux-gnu.so: undefined symbol: PyUnicode_AS_UNICODE",
    ),
    "library-symbol-missing": ("ImportError: /v/m.so: undefined symbol: SSL_CTX_new",),
    "missing-libpython-run": (
        (
            "error: dlopen(/src/target/debug/deps/libmac-6fdb.dylib, 0x0005): Library "
            "not loaded: @rpath/libpython3.8.dylib\n"
        ),
    ),
    "missing-libpython-link": (
        (
            "warning: search path '/X.app/Python3.framework/3.9/lib' not found\n"
            "ld: library 'python3.9' not found\n"
        ),
    ),
    "no-python-found": (
        (
            'Error: "Could not find any interpreter at python, are you sure you have '
            'python installed on your PATH?"\n'
        ),
    ),
    "import-library-missing": (
        "LINK : fatal error LNK1181: 无法打开输入文件“python39.lib”\n",
        (
            'LINK : fatal error LNK1181: Eingabedatei "python312.lib" kann nicht '
            "geöffnet werden.\n"
        ),
        (
            "compiling for Windows without an interpreter requires PyO3's "
            "`generate-import-lib` feature\n"
        ),
    ),
    "windows-sdk-missing": (
        "LINK : fatal error LNK1104: cannot open file 'kernel32.lib'\n",
        "LINK : fatal error LNK1181: cannot open input file 'msvcrt.lib'\n",
    ),
    "missing-library-link": (
        "LINK : fatal error LNK1181: cannot open input file 'windows.0.52.0.lib'\n",
        "LINK : fatal error LNK1181: cannot open input file 'stdc++.lib'\n",
    ),
    "dll-load-failed": (
        (
            "ImportError: DLL load failed while importing _core: Das angegebene Modul "
            "wurde nicht gefunden.\n"
        ),
    ),
    "system-library-too-old": (
        "ImportError: /lib/libc.so.6: version `GLIBC_2.32' not found\n",
    ),
    "two-pyo3-releases": (
        (
            "the package pyo3-ffi links to the native library python, but it conflicts "
            "with a previous package which links to python as well:\n"
            "package pyo3-ffi v0.22.2\n"
        ),
    ),
    "edition-unsupported": ("  feature `resolver` is required\n",),
    "rustc-too-old": (
        "error: Rust 1.41.0 does not match extension requirement >=1.45.0\n",
    ),
    "rust-missing": (
        "error: Can not find Rust compiler\n",
        "bash: cargo: command not found\n",
        "zsh: command not found: cargo\n",
        "cargo : The term 'cargo' is not recognized as the name of a cmdlet\n",
        (
            "  Caused by: Cargo metadata failed. Do you have cargo in your PATH?\n"
            "  Caused by: No such file or directory (os error 2)\n"
        ),
    ),
    "rust-toolchain-missing": ("error: no default toolchain configured\n",),
    "download-failed": (NETWORK, "  network failure seems to have happened\n"),
    "out-of-memory": (
        "cc: fatal error: Killed signal terminated program cc1\n",
        "rustc-LLVM ERROR: out of memory\n",
        "memory allocation of 4294967296 bytes failed\n",
    ),
    "permission-denied": (
        (
            "error: failed to open: /io/target/release/.cargo-lock\n"
            "Caused by:\n  Permission denied (os error 13)\n"
        ),
    ),
    "folder-not-executable": (
        (
            "  could not execute process `/tmp/x/build-script-build` (never executed)\n"
            "Caused by:\n  Permission denied (os error 13)\n"
        ),
    ),
    "program-blocked": (
        (
            "  could not execute process `C:\\x\\build-script-build` (never executed)\n"
            "  An Application Control policy has blocked this file. (os error 4551)\n"
        ),
    ),
    "wheel-not-compliant": (
        (
            "Your library is not manylinux/musllinux compliant because it requires "
            "copying the following libraries:\n    libssl.so.3 => /lib/libssl.so.3\n"
        ),
    ),
    "wheel-not-for-python": (
        (
            "Because only demo==0.1.0 is available and demo==0.1.0 has no wheels with "
            "a matching Python version tag (e.g., `cp314`), we can conclude\n"
        ),
    ),
    "extension-not-built": (
        (
            '  File "/src/python/demo/__init__.py", line 1, in <module>\n'
            "    from ._native import add\n"
            "ModuleNotFoundError: No module named 'demo._native'\n"
        ),
        "Unable to import module 'app': No module named 'demo_core._demo_core'\n",
    ),
    "pyinit-mismatch": (
        "Warning: Couldn't find the symbol `PyInit_demo` in the native library.\n",
    ),
    "zig-missing-library": (
        "  = note: error: unable to find Dynamic system library 'z' using strategy\n",
    ),
    "pyo3-api-renamed": (
        "error[E0432]: unresolved import `pyo3::PyCell`\n",
        (
            "error[E0599]: no function or associated item named `acquire_gil` found "
            "for struct `pyo3::Python<'_>` in the current scope\n"
        ),
        (
            "error[E0599]: no method named `downcast` found for reference "
            "`&pyo3::Bound<'py, T>` in the current scope\n"
        ),
    ),
    "crate-too-old-for-rust": (
        (
            "error[E0282]: type annotations needed for `Box<_>`\n"
            "  --> /r/time-0.3.30/src/format_description/parse/mod.rs:83:9\n"
        ),
    ),
    "free-threaded-unsupported": (
        "Free-threaded Python interpreter is only supported on 3.14 and later.\n",
    ),
    "no-library-target": (
        "Caused by: Cargo didn't build a cdylib. Did you miss crate-type?\n",
    ),
    "missing-target-std": (
        "Target x86_64-apple-darwin is not installed (installed targets: a).\n",
    ),
    "linker-of-older-system": (
        (
            "/c/x86_64-conda-linux-gnu/bin/ld: std.rlib(a.o): undefined reference to "
            "symbol 'getauxval@@GLIBC_2.16'\n"
        ),
        "/c/x86_64-conda-linux-gnu/bin/ld: a.o: undefined reference to `getauxval'\n",
    ),
    "file-in-use": (
        (
            "OSError: [WinError 32] The process cannot access the file because it is "
            "being used by another process: 'C:\\\\v\\\\_core.pyd'\n"
        ),
    ),
}
NOT_KNOWN = {
    "a warning that cargo recovered from": (
        "warning: spurious network error (1 try remaining): [28] Timeout was reached\n"
        "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 3.78s\n"
    ),
    "a package of Python": (
        '  File "/src/main.py", line 1, in <module>\n'
        "ModuleNotFoundError: No module named 'google.cloud'\n"
    ),
    "a circle of Python": (
        "ImportError: cannot import name 'Foo' from partially initialized module "
        "'app.models' (most likely due to a circular import) (/src/app/models.py)\n"
    ),
    "a file that a program lacks": (
        "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound }\n"
        "No such file or directory (os error 2)\n"
    ),
    "a key that ssh lacks": "git@git.example: Permission denied (publickey).\n",
    "a manifest": (
        "  Caused by: Cargo metadata failed. Do you have cargo in your PATH?\n"
        "  Caused by: Error during execution of `cargo metadata`: error: failed\n"
    ),
    "a process that could not be started": (
        "error: could not exec the linker `x86_64-pc-cygwin-gcc`\n"
        "  = note: Resource temporarily unavailable (os error 11)\n"
    ),
    "a broken pipe": "error: failed printing to stdout: Broken pipe (os error 32)\n",
    "a host": "error: connection failed: Host is down (os error 112)\n",
    "a bad disk": "cannot read `/v/m.so`: Input/output error (os error 5)\n",
    "a permission that a program lacks": (
        "Error: cannot bind to port 80\n\nCaused by:\n"
        "    Permission denied (os error 13)\n"
    ),
    "another tool": "zsh: command not found: maturin\n",
    "a build of C": "main.c:(.text+0x5): undefined reference to `sqrt'\n",
    "a DLL that starts and fails": (
        "ImportError: DLL load failed while importing _core: A dynamic link library "
        "(DLL) initialization routine failed.\n"
    ),
    "a plugin of polars": (
        'DlSym { desc: "/v/_x.so: undefined symbol: _polars_plugin_get_version" }\n'
    ),
    "a table of Markdown": "| a | b |\n|---|---|\n> quoted\n>>> import demo\n",
}


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        pytest.param(identifier, text, id=f"{identifier}-{number}")
        for identifier, texts in TEXTS.items()
        for number, text in enumerate(texts)
    ],
)
def test_the_failure_is_recognised(identifier, text):
    assert [item.id for item in diagnose(text)] == [identifier]


@pytest.mark.parametrize("text", NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_other_texts_are_no_failure_that_is_known(text):
    assert diagnose(text) == []


TOO_NEW = (
    "error: the configured Python interpreter version (3.14) is newer than PyO3's "
    "maximum supported version (3.13)"
)


@pytest.mark.parametrize("width", [40, 60, 79, 100])
def test_lines_that_a_terminal_broke_are_read(width):
    import textwrap

    text = textwrap.fill(
        f"{TOO_NEW} = help: this check cannot be suppressed",
        width,
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    before = "  x Failed to build `demo==1.0`\n  ╰─▶ Call to `build_wheel` failed\n\n"
    (item,) = diagnose(f"{before}      [stderr]\n      {text}\n")
    assert item.id == "interpreter-too-new"
    assert "up to 3.13, and the interpreter of this build is 3.14" in item.meaning


def test_what_is_vague_gives_way_to_what_stands_in_broken_lines():
    text = (
        "error: failed to run custom build command for `pyo3-ffi v0.24.1`\n"
        "  error: the configured Python interpreter version (3.14) is\n"
        "  newer than PyO3's maximum supported version (3.13)\n"
    )
    (item,) = diagnose(text)
    assert item.id == "interpreter-too-new"
    assert item.meaning.startswith("PyO3 0.24.1 ")


def test_broken_lines_are_looked_for_at_the_end_of_a_long_log():
    noise = "   Compiling demo v0.1.0 (/src)\n" * 3_000
    broken = TOO_NEW.replace("is newer", "is\n      newer")
    blocks = [noise, noise, noise, noise, f"{broken}\n"]
    assert [item.id for item in diagnose(blocks)] == ["interpreter-too-new"]
