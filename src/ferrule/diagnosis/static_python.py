"""Linking a static libpython: twice, or without the libraries that it uses."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.linker import PYTHON_SYMBOL
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_PLAIN: Final = r"(?!_{0,2}(?:Py|_R|ZN|_ZN|rust_))[A-Za-z_]\w*"


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


def _from_memory(seen: Seen, context: Context) -> Advice:
    del context
    module = seen.first("module") or "The module"
    return Advice(
        f"PyOxidizer was to load `{module}` from memory, which works with a few "
        "modules and systems only: binary modules are files for the loader.",
        (
            Fix(
                "ferrule bundle",
                "a folder with the program and its modules; on Linux also one file "
                "(--mode onefile), which makes them files in memory",
            ),
            Fix(
                'policy.resources_location_fallback = "filesystem-relative:lib"',
                "in pyoxidizer.bzl: puts such modules beside the program",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="module-from-memory",
        title="A binary module cannot be loaded from memory",
        meaning="dlopen and LoadLibrary want files.",
        signs=(
            Sign(
                "cannot be loaded from memory",
                r"extension module (?P<module>[\w.]+) cannot be loaded from memory",
            ),
        ),
        examples=(
            (
                "extension module _cffi_backend cannot be loaded from memory but "
                "memory loading required"
            ),
        ),
        advise=_from_memory,
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
                rf"multiple definition of [`'](?P<symbol>{PYTHON_SYMBOL})'",
            ),
            # lld; then mold, which names the two files first.
            Sign(
                "duplicate symbol: ", rf"duplicate symbol: (?P<symbol>{PYTHON_SYMBOL})$"
            ),
            Sign(
                "duplicate symbol: ",
                rf"duplicate symbol: (?P<file>\S+): \S+: (?P<symbol>{PYTHON_SYMBOL})$",
            ),
            Sign(
                "duplicate symbol '",
                rf"duplicate symbol '(?P<symbol>{PYTHON_SYMBOL})' in",
            ),
            Sign(
                "already defined in",
                rf"error LNK2005: \W?(?P<symbol>{PYTHON_SYMBOL})\W? already defined in",
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
