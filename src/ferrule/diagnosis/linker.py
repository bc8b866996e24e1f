"""Linking against Python: symbols that are missing, and libpython itself."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

# Functions and data of libpython; Apple writes one more underscore, and a module's
# own PyInit_ function is no part of it.
_SYMBOL: Final = r"_{0,2}Py(?!Init_)(?!Py)[A-Z_]\w*"


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
    return Advice(meaning, fixes)


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
    return Advice(
        meaning,
        (
            Fix(
                f"ferrule config -i {interpreter} --explain",
                "shows lib_name and lib_dir, and where they come from",
            ),
            Fix(debian, "Debian and Ubuntu; `dnf install python3-devel` on Fedora"),
            Fix(
                f"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install "
                f"{version or '3.13'}",
                "a Python of pyenv with a shared library",
            ),
        ),
    )


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


def _modlibs(seen: Seen, context: Context) -> Advice | None:
    del context
    library = seen.fact("static")
    symbols = seen.shown("symbol")
    if not library or not symbols:
        return None
    return Advice(
        f"{symbols}: {library} is a static Python whose built-in modules (zlib, "
        "pyexpat, _ssl, readline, ...) use libraries of their own. Whoever links it "
        "has to name them too; the interpreter knows the list.",
        (
            Fix(
                "ferrule bundle --mode static",
                "links them, statically where it can, and says what to install",
            ),
            Fix(
                "python -c \"import sysconfig as s; print(s.get_config_var('MODLIBS'), "
                "s.get_config_var('LIBS'), s.get_config_var('SYSLIBS'))\"",
                "run with that Python: prints what to link; each word goes into a "
                "`cargo:rustc-link-lib` line of build.rs",
            ),
        ),
    )


def _twice(seen: Seen, context: Context) -> Advice:
    del context
    symbols = seen.values.get("symbol", ())
    if any(name.endswith("_PyImport_Inittab") for name in symbols):
        return Advice(
            "Two objects define _PyImport_Inittab, the table of built-in modules: an "
            "own one, and config.o of libpython.a. Linkers take config.o from the "
            "archive unless the own table comes before it, and PyO3 links the archive "
            "before everything that is added to the command.",
            (
                Fix(
                    "ferrule bundle --mode static --builtins LIST",
                    "writes the table and links it before the archive",
                ),
                Fix(
                    "ar d libpython3.X.a config.o",
                    "in a copy of the archive, to which lib_dir leads",
                ),
            ),
            title="Two tables of built-in modules are linked",
        )
    return Advice(
        f"{seen.shown('symbol')}: two static libraries with Python's code are linked, "
        "mostly because PyO3 links libpython.a and a build script or a flag does, too.",
        (
            Fix(
                "remove the `cargo:rustc-link-lib=static=python3.X` line",
                "or the -l flag; PyO3 links libpython by itself",
            ),
            Fix(
                "suppress_build_script_link_lines=true",
                "in the file that PYO3_CONFIG_FILE names, where PyO3 shall not",
            ),
        ),
    )


_PLAIN: Final = r"(?!_{0,2}(?:Py|_R|ZN|_ZN|rust_))[A-Za-z_]\w*"

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
        signs=undefined_signs(_SYMBOL),
        examples=(
            (
                "/usr/bin/ld: lib.rs:(.text+0x6): undefined reference to "
                "`PyExc_ValueError'"
            ),
            "rust-lld: error: undefined symbol: PyList_New",
            "mold: error: undefined symbol: Py_InitializeEx",
            "lib.rs:function f: error: undefined reference to '_Py_NoneStruct'",
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
            ),
            Sign(
                "ld: library 'python",
                r"ld: library '(?P<library>python(?P<version>3\.\d+)\w*)' not found",
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
        advise=_missing,
        url=guide.DYNAMIC,
        yields_to=("wrong-architecture-link",),
    ),
    Rule(
        id="libpython-twice",
        title="Python's code is linked twice",
        meaning=(
            "A static libpython may be linked once, and so may its table of built-in "
            "modules. A second one has the same symbols, and linkers refuse that."
        ),
        signs=(
            Sign(
                "multiple definition of",
                rf"multiple definition of [`'](?P<symbol>{_SYMBOL})'",
            ),
            # lld; then mold, which names the two files first.
            Sign("duplicate symbol: ", rf"duplicate symbol: (?P<symbol>{_SYMBOL})$"),
            Sign(
                "duplicate symbol: ",
                rf"duplicate symbol: (?P<file>\S+): \S+: (?P<symbol>{_SYMBOL})$",
            ),
            Sign("duplicate symbol '", rf"duplicate symbol '(?P<symbol>{_SYMBOL})' in"),
            Sign(
                "already defined in",
                rf"error LNK2005: \W?(?P<symbol>{_SYMBOL})\W? already defined in",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: libpython3.12.a(config.o):(.data+0x0): multiple "
                "definition of `_PyImport_Inittab'; table.o:(.data+0x0): first defined "
                "here"
            ),
            (
                "/usr/bin/ld.gold: error: libpython3.12.a(config.o): multiple "
                "definition of '_PyImport_Inittab'"
            ),
            "rust-lld: error: duplicate symbol: PyList_New",
            (
                "mold: error: duplicate symbol: libpython3.12.a(config.o): table.o: "
                "_PyImport_Inittab"
            ),
        ),
        advise=_twice,
        url=guide.STATIC,
    ),
    Rule(
        id="missing-modlibs",
        title="A static libpython needs libraries that are not linked",
        meaning=(
            "libpython.a contains Python's own extension modules if they were built "
            "in. They use zlib, expat, OpenSSL and others, and an archive does not "
            "carry that knowledge: sysconfig's MODLIBS, LIBS and SYSLIBS do."
        ),
        signs=(
            Sign(
                "undefined reference to",
                rf"undefined reference to [`']((?P<symbol>{_PLAIN}))'",
            ),
            Sign(
                "undefined symbol: ", rf"rror: undefined symbol: (?P<symbol>{_PLAIN})"
            ),
            # GNU ld, where another library has the symbol; versions are its own.
            Sign(
                "undefined reference to symbol",
                rf"undefined reference to symbol '(?P<symbol>{_PLAIN})(?:@@?[\w.]+)?'",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: /opt/py/lib/libpython3.12.a(zlibmodule.o): in "
                "function `f':\n"
                "zlibmodule.c:(.text+0x12): undefined reference to `inflateEnd'"
            ),
            (
                "rust-lld: error: undefined symbol: XML_ParserFree\n"
                ">>> referenced by pyexpat.c\n"
                ">>>               pyexpat.o:(f) in archive /opt/py/lib/libpython3.12.a"
            ),
        ),
        advise=_modlibs,
        url=guide.STATIC,
        yields_to=(
            "undefined-python-symbols",
            "bitcode-libpython",
            "lto-version-mismatch",
        ),
    ),
)
