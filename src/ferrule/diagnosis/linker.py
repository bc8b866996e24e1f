"""Linking against Python: symbols that are missing, and libpython itself.

What is special about a static libpython is in `static_python`.
"""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["PYTHON_SYMBOL", "RULES", "undefined_signs"]

# Functions and data of libpython; Apple writes one more underscore, and a module's
# own PyInit_ function is no part of it.
PYTHON_SYMBOL: Final = r"_{0,2}Py(?!Init_)(?!Py)[A-Z_]\w*"


def undefined_signs(symbol: str) -> tuple[Sign, ...]:
    """Return how linkers say that symbols of one form are missing."""
    dll = r"(?:__declspec\(dllimport\) |__imp_)?"
    return (
        # GNU ld and gold.
        Sign(
            "undefined reference to",
            rf"undefined reference to [`'\"]{dll}(?P<symbol>{symbol})['\"]",
        ),
        # lld of all kinds, and mold.
        Sign(
            "undefined symbol: ", rf"rror: undefined symbol: {dll}(?P<symbol>{symbol})"
        ),
        # Apple's linkers; the new one without quotes.
        Sign(
            ", referenced from:",
            rf"^\W*(?P<symbol>{symbol})\"?, referenced from:",
            "apple",
        ),
        Sign(
            "unresolved external symbol",
            rf"unresolved external symbol \"?{dll}(?P<symbol>{symbol})",
            "msvc",
        ),
    )


_DYNAMIC_LOOKUP: Final = (
    'rustflags = ["-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup"]'
)


_STATIC_FIXES: Final = (
    Fix(
        "ferrule bundle --mode static",
        "reads the archive, and chooses the linker and the flags that fit it",
    ),
    Fix(
        'rustflags = ["-C", "linker-features=-lld"]',
        "in .cargo/config.toml: links with GCC's own linker, if GCC is of the "
        "release that made the archive (x86-64 Linux, Rust 1.90)",
    ),
    Fix(
        "use a Python that was built without --with-lto",
        "its archive has machine code, which every linker reads",
    ),
)


def _undefined(seen: Seen, context: Context) -> Advice | None:
    if "msvc" in seen.names or "windows" in context.target:
        return _undefined_on_windows(seen)
    part = seen.fact("part")
    is_module = part == "lib" or (not part and bool(seen.fact("cdylib")))
    if "apple" in seen.names and is_module:
        return _dynamic_lookup(seen)
    if "loader" in seen.names and not part:
        part = "program or test"
    what = part or "program"
    symbols = seen.shown("symbol")
    meaning = (
        f"{symbols}: these are parts of libpython, and the {what} was linked without "
        "it."
    )
    if "extension-module" in context.features:
        meaning += (
            " The feature `extension-module` of pyo3 is on: it leaves libpython out, "
            "which is right for a module that Python loads, and wrong for tests and "
            "programs, which nobody else gives a Python."
        )
    elif seen.fact("variable"):
        meaning += (
            " PYO3_BUILD_EXTENSION_MODULE is set: it leaves libpython out of tests and "
            "programs too (any value does, 0 as well)."
        )
    elif seen.fact("static"):
        meaning += (
            f" {seen.fact('static')} was searched: if it holds the symbols, its "
            "objects are LTO code of another compiler, which lld passes over in "
            "silence."
        )
    else:
        meaning += (
            " Mostly the feature `extension-module` of pyo3 is on, directly or "
            "through another crate of the workspace: it leaves libpython out, which "
            "is right for a module that Python loads, and wrong for tests and "
            "programs."
        )
    if seen.fact("static") and not (
        seen.fact("variable") or "extension-module" in context.features
    ):
        return Advice(meaning, _STATIC_FIXES)
    return Advice(meaning, _fixes_without_libpython(seen, part))


def _fixes_without_libpython(seen: Seen, part: str) -> tuple[Fix, ...]:
    """Return what ends it, for the part of the crate that was linked, if known."""
    is_program = part.startswith(("bin", "example"))
    command = "ferrule run" if is_program and "test" not in part else "ferrule test"
    fixes = (
        Fix(command, "links libpython and finds it at run time, whatever the features"),
        Fix(
            "remove `extension-module` from the features of pyo3 in Cargo.toml",
            "ferrule, maturin >= 1.9.4 and setuptools-rust >= 1.12 build modules "
            "without it (PyO3 0.26 or newer)",
        ),
        Fix(
            "cargo test --no-default-features",
            "where `extension-module` is a default feature of your own crate",
        ),
    )
    if part or "apple" not in seen.names:
        return fixes
    # Old releases of cargo do not say what was linked.
    return (
        *fixes,
        Fix(
            f"[target.'cfg(target_os = \"macos\")']  {_DYNAMIC_LOOKUP}",
            "in .cargo/config.toml, if what was linked is the module itself; "
            "`ferrule build` and `ferrule develop` tell the linker so",
        ),
    )


def _dynamic_lookup(seen: Seen) -> Advice:
    return Advice(
        f"{seen.shown('symbol')}: a module finds these symbols in the Python that "
        "loads it. Apple's linker does not accept that by itself; it wants to be "
        "told `-undefined dynamic_lookup`, and this cargo command did not tell it.",
        (
            Fix("ferrule build", "tells the linker; so do `ferrule develop` and pip"),
            Fix(
                f"[target.'cfg(target_os = \"macos\")']  {_DYNAMIC_LOOKUP}",
                "in .cargo/config.toml, for plain cargo",
            ),
            Fix(
                "pyo3_build_config::add_extension_module_link_args();",
                "in the main function of build.rs, for plain cargo",
            ),
        ),
        title="A module for macOS is linked without `-undefined dynamic_lookup`",
    )


def _undefined_on_windows(seen: Seen) -> Advice:
    return Advice(
        f"{seen.shown('symbol')}: on Windows every module and program is linked to the "
        "DLL of Python, through an import library or raw-dylib. The one that was used "
        "does not have these symbols: it belongs to another architecture, an older "
        "Python or another ABI (python3.lib has the stable ABI only), or no "
        "python3*.lib was on the linker's command line.",
        (
            Fix(
                "ferrule config --explain",
                "shows which library name and folder PyO3 was told, and why",
            ),
            Fix(
                'pyo3 = "0.29"',
                "or newer, in Cargo.toml: needs no import library at all",
            ),
        ),
        title="Symbols of Python are missing in the import library",
    )


def _missing(seen: Seen, context: Context) -> Advice:
    name = seen.first("library")
    version = seen.first("version") or context.python
    if context.target and context.target != context.host:
        return _missing_for_target(name, version, context.target)
    interpreter = context.interpreter or (f"python{version}" if version else "python")
    meaning = (
        f"The linker looked for lib{name} and found neither a shared nor a static one. "
        "Either this Python was built without a shared library (pyenv without "
        "--enable-shared), or the package with the link `.so` without a version is not "
        "installed, or the folder is not the one that PyO3 was told."
    )
    debian = (
        f"apt install libpython{version}-dev"
        if version
        else "apt install libpython3-dev"
    )
    explain = Fix(
        f"ferrule config -i {interpreter} --explain",
        "shows lib_name and lib_dir, and where they come from",
    )
    pyenv = Fix(
        f"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install {version or '3.13'}",
        "a Python of pyenv with a shared library",
    )
    # With plain cargo, or before PyO3 0.26.
    module = Fix(
        "ferrule build",
        "if it was a module that was linked: modules need no libpython, and plain "
        "cargo links it unless PYO3_BUILD_EXTENSION_MODULE or the feature "
        "`extension-module` says so",
    )
    if "apple" in seen.names:
        folder = seen.first("folder")
        if folder:
            meaning = (
                f"The linker looked for lib{name} in {folder}, which PyO3 was told, "
                "and that folder does not exist: Xcode or the Python in it was moved "
                "or removed."
            )
        xcode = Fix(
            "xcode-select -p",
            "for Apple's own Python: the folder of the Xcode that is in use",
        )
        brew = Fix("brew install python", "a Python with a shared library")
        return Advice(meaning, (explain, xcode if folder else brew, pyenv, module))
    linux = Fix(debian, "Debian and Ubuntu; `dnf install python3-devel` on Fedora")
    return Advice(meaning, (explain, linux, pyenv, module))


def _missing_for_target(name: str, version: str, target: str) -> Advice:
    meaning = (
        f"The linker looked for lib{name} of {target} and did not find it. A module "
        "needs none, but programs that embed Python are linked to that of the target."
    )
    root = "/path/to/target"
    return Advice(
        meaning,
        (
            Fix(
                f"PYO3_CROSS_LIB_DIR={root}/usr/lib/python{version or '3.13'}",
                "the folder with _sysconfigdata*.py in a copy of the target's files",
            ),
            Fix(
                f"apt install libpython{version or '3'}-dev:ARCHITECTURE",
                "on Debian, after dpkg --add-architecture ARCHITECTURE",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="undefined-python-symbols",
        title="Tests or a program are linked without libpython",
        meaning=(
            "Symbols such as PyExc_SystemError or PyList_New live in libpython. A "
            "module does not need them at link time, because the Python that loads "
            "it has them. Tests, benchmarks and programs have no such Python: they "
            "must be linked to libpython. PyO3 leaves it out where its feature "
            "`extension-module` is on (cargo unifies features over a workspace, so "
            "one crate can switch it on for all) or PYO3_BUILD_EXTENSION_MODULE is "
            "set. On macOS, a module itself has the same symptom where the linker is "
            "not told `-undefined dynamic_lookup`. With a static libpython under lld "
            "it can also mean that the archive holds LTO code of another compiler, "
            "which lld passes over without a word."
        ),
        signs=(
            *undefined_signs(PYTHON_SYMBOL),
            # The loaders, of programs that were linked without a complaint.
            Sign(
                "dyld",
                rf"^\s*dyld(?:\[\d+\])?: [Ss]ymbol not found(?: in flat namespace)?"
                rf"(?:: | ')(?P<symbol>{PYTHON_SYMBOL})",
                "loader",
            ),
            Sign(
                "symbol lookup error: ",
                rf"symbol lookup error: [^\s:]+(?<!\.so): undefined symbol: "
                rf"(?P<symbol>{PYTHON_SYMBOL})",
                "loader",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: lib.rs:(.text+0x6): undefined reference to "
                "`PyExc_ValueError'"
            ),
            "rust-lld: error: undefined symbol: PyList_New",
            "mold: error: undefined symbol: Py_InitializeEx",
            "lib.rs:function f: error: undefined reference to '_Py_NoneStruct'",
            # PyO3 issue 340.
            (
                "dyld: Symbol not found: _PyExc_SystemError\n"
                "  Referenced from: /src/target/debug/deps/demo-2d1df0d8"
            ),
            (
                "target/debug/deps/demo: symbol lookup error: target/debug/deps/demo: "
                "undefined symbol: PyExc_SystemError"
            ),
            # PyO3 issue 1330.
            (
                "Undefined symbols for architecture arm64:\n"
                '  "_PyExc_ValueError", referenced from:\n'
                "ld: symbol(s) not found for architecture arm64"
            ),
            # PyO3 issue 4076, Apple's linker of Xcode 15.
            "            _PyBytes_AsString, referenced from:",
            # rpds issue 116.
            (
                "libpyo3.rlib(pyo3.rcgu.o) : error LNK2019: unresolved external symbol "
                "PyImport_AddModule referenced in function f"
            ),
            (
                "core.obj : error LNK2001: unresolved external symbol "
                "__imp_PyExc_TypeError\n"
                "core.dll : fatal error LNK1120: 94 unresolved externals"
            ),
        ),
        advise=_undefined,
        url=guide.CARGO_TEST,
        yields_to=(
            "bitcode-libpython",
            "import-library-missing",
            "lto-version-mismatch",
            "missing-libpython-link",
            "wrong-architecture-link",
        ),
    ),
    Rule(
        id="missing-libpython-link",
        title="The linker does not find libpython",
        meaning=(
            "Tests, programs and everything else that embeds Python are linked to "
            "`libpythonX.Y`. The linker needs the file with the plain name "
            "(libpython3.12.so, .dylib, .a or a .tbd), which many systems put into a "
            "development package, and which pyenv builds only with --enable-shared; a "
            "libpython3.12.so.1.0 alone is not found."
        ),
        signs=(
            Sign(
                "cannot find -lpython",
                r"cannot find -l(?P<library>python(?P<version>3\.\d+)\w*)",
            ),
            Sign(
                "unable to find library -lpython",
                r"unable to find library -l(?P<library>python(?P<version>3\.\d+)\w*)",
            ),
            # mold.
            Sign(
                "library not found: python",
                r"library not found: (?P<library>python(?P<version>3\.\d+)\w*)",
            ),
            Sign(
                "library not found for -lpython",
                r"library not found for -l(?P<library>python(?P<version>3\.\d+)\w*)",
                "apple",
            ),
            Sign(
                "ld: library 'python",
                r"ld: library '(?P<library>python(?P<version>3\.\d+)\w*)' not found",
                "apple",
            ),
            Sign(
                "warning: search path '",
                r"warning: search path '(?P<folder>[^']*[Pp]ython[^']*)' not found",
                "folder",
            ),
            # rustc itself, for `static=`.
            Sign(
                "could not find native static library `python",
                r"could not find native static library "
                r"`(?P<library>python(?P<version>3\.\d+)\w*)`",
            ),
            Sign("-lpypy", r"(?:find|library|for) -l(?P<library>pypy[\w.-]+)"),
        ),
        examples=(
            "/usr/bin/ld: cannot find -lpython3.12: No such file or directory",
            "rust-lld: error: unable to find library -lpython3.13",
            "mold: fatal: library not found: python3.11",
            # PyO3 issue 1800.
            "= note: ld: library not found for -lpython3.9",
            "ld: library 'python3.12' not found",
            (
                "error: could not find native static library `python3.13`, perhaps "
                "an -L flag is missing?"
            ),
        ),
        advise=lambda seen, context: (
            _missing(seen, context) if seen.first("library") else None
        ),
        url=guide.DYNAMIC,
        yields_to=("wrong-architecture-link",),
    ),
)
