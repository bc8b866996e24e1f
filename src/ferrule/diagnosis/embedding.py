"""Programs that embed Python: starting them, and building them with PyPy."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.linker import undefined_signs
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _libpython(seen: Seen, context: Context) -> Advice:
    del context
    library = seen.first("library")
    is_windows = library.endswith(".dll")
    program = seen.first("program") or "the program"
    search = "PATH" if is_windows else "the run path of the program"
    others = (
        (Fix("set PATH=<folder of python.exe>;%PATH%", "for a try, in the shell"),)
        if is_windows
        else (
            Fix(
                "pyo3_build_config::add_libpython_rpath_link_args();",
                "in the main function of build.rs, for plain cargo (PyO3 0.28 and "
                "newer)",
            ),
            Fix(
                'LD_LIBRARY_PATH=$(python3 -c "import sysconfig as s; '
                "print(s.get_config_var('LIBDIR'))\") <program>",
                "for a try; DYLD_LIBRARY_PATH on macOS",
            ),
        )
    )
    return Advice(
        f"{program} is linked to {library}, and the loader does not find that file: "
        f"its folder is not in {search}, nor among the system's own (Pythons of "
        "pyenv, uv and conda never are).",
        (
            Fix(
                "ferrule run", "finds it, without any variable; so does `ferrule test`"
            ),
            Fix(
                "ferrule bundle",
                "puts program and libpython into a folder to give away",
            ),
            *others,
        ),
    )


def _framework(seen: Seen, context: Context) -> Advice:
    del context
    return Advice(
        f"{seen.first('library')} is the Python of Xcode, whose framework is found "
        "through the run path only, and this program or module has none for it.",
        (
            Fix("ferrule run", "sets the run path; so do `ferrule test` and `build`"),
            Fix(
                "pyo3_build_config::add_python_framework_link_args();",
                "in the main function of build.rs (PyO3 0.23.4 and newer)",
            ),
            Fix("brew install python", "or use another Python than /usr/bin/python3"),
        ),
    )


_UNSET: Final = ("unset PYTHONHOME", "if it is set: the usual cause")


def _home(seen: Seen, context: Context) -> Advice:
    del context
    home, prefix = seen.first("home"), seen.first("prefix")
    said = f" PYTHONHOME is {home}." if home else ""
    if prefix and "unset" in seen.names:
        said = f" It looked below {prefix}; PYTHONHOME is not set."
    is_set = () if "unset" in seen.names else (Fix(*_UNSET),)
    wrong = "" if "unset" in seen.names else "PYTHONHOME names a wrong folder, "
    return Advice(
        f"Python started and did not find its standard library: {wrong}a virtual "
        "environment is taken for an installation, or the program runs on a machine "
        f"without the Python it was linked to.{said}",
        (
            *is_set,
            Fix("ferrule run", "starts the program with the right home"),
            Fix("ferrule bundle", "makes a program that brings its standard library"),
            Fix(
                'PYTHONHOME=$(python3 -c "import sys; print(sys.base_prefix)") '
                "<program>",
                "with the Python that the program is linked to",
            ),
        ),
    )


def _stdlib(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The standard library on sys.path belongs to another version of Python than "
        "the interpreter: PYTHONHOME or PYTHONPATH of another Python, or a program "
        "that was linked to another libpython than the one it finds.",
        (
            Fix("unset PYTHONHOME PYTHONPATH", "if another Python set them"),
            Fix("ferrule run", "starts the program with the Python it was linked to"),
            Fix("ferrule bundle", "packs the standard library that belongs to it"),
        ),
    )


def _not_initialized(seen: Seen, context: Context) -> Advice:
    newer = not context.pyo3 or int(context.pyo3.split(".")[1]) >= 26
    call = "Python::initialize()" if newer else "pyo3::prepare_freethreaded_python()"
    if "pyo3::prepare_" in " ".join(seen.lines):
        call = "pyo3::prepare_freethreaded_python()"
    return Advice(
        "Rust code asked for Python where none runs. A test or a program has to start "
        "it once, first. In a module, a thread of Rust's own went on after Python had "
        "ended.",
        (
            Fix(f"{call};", "as the first statement of main(), or of the test"),
            Fix(
                'pyo3 = { features = ["auto-initialize"] }',
                "in [dev-dependencies] for tests, or in [dependencies] of a program",
            ),
            Fix(
                "Python::try_attach(|py| ...)",
                "in threads of a module: gives None once Python has ended (PyO3 0.26 "
                "and newer); or join them in an `atexit` function of Python",
            ),
        ),
    )


def _pypy(seen: Seen, context: Context) -> Advice | None:
    item = seen.first("item") or seen.first("symbol")
    is_pypy = "pypy" in context.interpreter.lower() or seen.first("symbol")
    # Other releases of PyO3 do not have all of these functions either.
    if seen.names == {"compiler"} and not is_pypy:
        return None
    return Advice(
        f"`{item}` is missing because the build is for PyPy or GraalPy. They can load "
        "modules, and cannot be embedded in a program: there is no such interface "
        "in them. That concerns tests that start Python, too.",
        (
            Fix("ferrule test -i 3.12", "tests and programs with a CPython"),
            Fix("ferrule build -i pypy", "still builds the module for PyPy"),
            Fix(
                "#[cfg(not(any(PyPy, GraalPy)))]", "around the code that starts Python"
            ),
        ),
    )


def _exit_code(seen: Seen, context: Context) -> Advice:
    del context
    is_entry = "entry" in seen.names
    what = (
        "The python3*.dll that Windows found lacks a function that the program needs: "
        "it is that of another Python, earlier in PATH."
        if is_entry
        else "Windows did not find a DLL that the program needs: for tests and "
        "programs with PyO3 nearly always python3.dll or python3XY.dll."
    )
    return Advice(
        what,
        (
            Fix(
                "ferrule test", "or `ferrule run`: puts the right Python's folder first"
            ),
            Fix(
                "set PATH=<folder of python.exe>;%PATH%",
                "in the shell; new variables reach new shells only",
            ),
        ),
    )


_EMBED: Final = (
    r"append_to_inittab|prepare_freethreaded_python|with_embedded_python_interpreter|"
    r"Py_InitializeEx|Py_Initialize|Py_FinalizeEx|PyImport_AppendInittab"
)


def _static_c_library(seen: Seen, context: Context) -> Advice:
    del context
    file = seen.first("file")
    return Advice(
        f"{file or 'A module'} was to be loaded by a program that contains its C "
        "library, and such a program has no loader: only modules that are built into "
        "its Python can be imported.",
        (
            Fix(
                'rustflags = ["-C", "target-feature=-crt-static"]',
                "in .cargo/config.toml below [target.<triple>]: the C library is "
                "linked dynamically; Python can still be static",
            ),
            Fix(
                "cargo build --target x86_64-unknown-linux-gnu",
                "a target whose programs have a loader",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="missing-libpython-run",
        title="A program does not find libpython when it starts",
        meaning=(
            "Programs and tests that embed Python need the shared libpython at run "
            "time too. The linker knew its folder; the loader does not, unless the "
            "folder is a system folder or stands in the program's run path."
        ),
        signs=(
            Sign(
                "error while loading shared libraries: libpy",
                r"(?:(?P<program>[^\s:]+): )?error while loading shared libraries: "
                r"(?P<library>libpy[\w.-]+): cannot open",
            ),
            Sign(
                "Library not loaded: ",
                # What cargo itself loads is a procedural macro.
                r"^(?:(?!.*dlopen\()|(?=.*dlopen\([^,]*/target/)).*Library not loaded: "
                r"(?P<library>\S*libpython\S*)",
            ),
            Sign(
                "Error loading shared library libpython",
                r"Error loading shared library (?P<library>libpython[^:\s]*):",
            ),
            Sign(
                "was not found",
                r"because (?P<library>python3\w*\.dll) was not found",
            ),
        ),
        examples=(
            (
                "target/debug/app: error while loading shared libraries: "
                "libpython3.12.so.1.0: cannot open shared object file: No such file or "
                "directory"
            ),
            # PyO3 issue 2110.
            (
                "dyld[17278]: Library not loaded: @rpath/libpython3.8.dylib\n"
                "  Referenced from: /src/target/debug/app"
            ),
            "The code execution cannot proceed because python312.dll was not found.",
        ),
        advise=_libpython,
        url=guide.DYNAMIC,
    ),
    Rule(
        id="python-framework-not-found",
        title="Xcode's Python framework is not found at run time",
        meaning=(
            "/usr/bin/python3 on macOS is a framework in Xcode or the command line "
            "tools. Its library is called @rpath/Python3.framework/..., so a run path "
            "is needed."
        ),
        signs=(
            Sign(
                "Library not loaded: ",
                r"^(?!.*dlopen\().*Library not loaded: "
                r"(?P<library>@rpath/Python3?\.framework\S*)",
            ),
        ),
        examples=(
            # PyO3 issue 2437.
            (
                "dyld[85569]: Library not loaded: "
                "@rpath/Python3.framework/Versions/3.8/Python3"
            ),
        ),
        advise=_framework,
        url=guide.MACOS,
    ),
    Rule(
        id="dll-not-found",
        title="Windows cannot start the program: a DLL is missing or wrong",
        meaning=(
            "0xc0000135 (STATUS_DLL_NOT_FOUND) and 0xc0000139 "
            "(STATUS_ENTRYPOINT_NOT_FOUND) come before the first line of the program "
            "runs. Windows looks for python3*.dll beside the program and in PATH."
        ),
        signs=(
            Sign("0xc0000135", r"exit code: 0xc0000135"),
            Sign("STATUS_DLL_NOT_FOUND", r"STATUS_DLL_NOT_FOUND"),
            Sign("0xc0000139", r"exit code: 0xc0000139", "entry"),
            Sign(
                "STATUS_ENTRYPOINT_NOT_FOUND", r"STATUS_ENTRYPOINT_NOT_FOUND", "entry"
            ),
        ),
        examples=(
            (
                r"process didn't exit successfully: `target\debug\app.exe` (exit code: "
                "0xc0000135, STATUS_DLL_NOT_FOUND)"
            ),
            (
                r"process didn't exit successfully: `target\debug\app.exe` (exit code: "
                "0xc0000139, STATUS_ENTRYPOINT_NOT_FOUND)"
            ),
        ),
        advise=_exit_code,
        url=guide.DLL_NOT_FOUND,
        yields_to=("missing-libpython-run",),
    ),
    Rule(
        id="standard-library-not-found",
        title="Python does not find its standard library",
        meaning=(
            "The first thing that Python imports is `encodings`. It looks below "
            "PYTHONHOME, else relative to the program and to libpython."
        ),
        signs=(
            Sign("No module named 'encodings'", r"No module named 'encodings'"),
            Sign("Failed to import encodings", r"Failed to import encodings module"),
            Sign(
                "init_fs_encoding",
                r"init_fs_encoding: failed to get the Python codec",
            ),
            Sign(
                "Unable to get the locale encoding",
                r"Py_Initialize: Unable to get the locale encoding",
            ),
            Sign("initfsencoding", r"initfsencoding: unable to load the file system"),
            Sign("RustPython", r"RustPython could not import", "another"),
            Sign("  PYTHONHOME = '", r"^\s*PYTHONHOME = '(?P<home>[^']+)'", "home"),
            Sign("PYTHONHOME = (not", r"^\s*PYTHONHOME = \(not set\)", "unset"),
            Sign("sys.prefix = '", r"^\s*sys\.prefix = '(?P<prefix>[^']+)'", "prefix"),
        ),
        examples=(
            (
                "Fatal Python error: Failed to import encodings module\n"
                "ModuleNotFoundError: No module named 'encodings'"
            ),
            (
                "Python path configuration:\n"
                "  PYTHONHOME = '/nonexistent'\n"
                "Fatal Python error: init_fs_encoding: failed to get the Python "
                "codec of the filesystem encoding"
            ),
        ),
        advise=lambda seen, context: (
            None
            if seen.names <= {"home", "unset", "prefix"} or "another" in seen.names
            else _home(seen, context)
        ),
        url=guide.EMBEDDING,
    ),
    Rule(
        id="standard-library-mismatch",
        title="The standard library is that of another Python",
        meaning="Python's own modules check that they belong to the interpreter.",
        signs=(Sign("SRE module mismatch", r"AssertionError: SRE module mismatch"),),
        examples=("AssertionError: SRE module mismatch",),
        advise=_stdlib,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="static-c-library",
        title="A program without a loader cannot import binary modules",
        meaning=(
            "Rust's musl targets link the C library into the program (crt-static). "
            "dlopen, by which Python loads extension modules, does not work there."
        ),
        signs=(
            Sign(
                "Dynamic loading not supported",
                r"(?:ImportError: (?P<file>[^\s:]+): )?Dynamic loading not supported",
            ),
        ),
        examples=("ImportError: Dynamic loading not supported",),
        advise=_static_c_library,
        url=guide.STATIC,
    ),
    Rule(
        id="interpreter-not-initialized",
        title="Python was not started",
        meaning=(
            "In a module, Python runs already. In tests and programs, Rust has to "
            "start it, or the feature `auto-initialize` does."
        ),
        signs=(
            Sign(
                "interpreter is not initialized and the",
                r"The Python interpreter is not initialized and the `?auto-initialize",
            ),
            Sign(
                "Consider calling `",
                r"Consider calling `(?:pyo3::prepare_|Python::init)",
            ),
            # Where the text is shown without its quotes.
            Sign("Consider calling pyo3::prepare_", r"Consider calling pyo3::prepare_"),
        ),
        examples=(
            (
                "The Python interpreter is not initialized and the `auto-initialize` "
                "feature is not enabled."
            ),
        ),
        advise=_not_initialized,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="pypy-embedding",
        title="PyPy and GraalPy cannot be embedded",
        meaning=(
            "PyO3 leaves out everything that starts Python when it is configured for "
            "PyPy or GraalPy, and their libraries cannot be linked into a program."
        ),
        signs=(
            Sign(
                "cannot find macro `append_to_inittab`",
                r"cannot find macro `(?P<item>append_to_inittab)` in this scope",
                "certain",
            ),
            Sign(
                "pyo3::append_to_inittab",
                r"unresolved import `(?P<item>pyo3::append_to_inittab)`",
                "certain",
            ),
            Sign(
                "could not find `append_to_inittab`",
                r"could not find `(?P<item>append_to_inittab)` in `pyo3`",
                "certain",
            ),
            Sign(
                "cannot find function `",
                rf"cannot find function `(?P<item>{_EMBED})` in",
                "compiler",
            ),
            Sign(
                "function or associated item named `initialize`",
                r"named `(?P<item>initialize)` found for struct `(?:pyo3::)?Python<",
                "compiler",
            ),
            *undefined_signs(r"_{0,2}PyPy[A-Z_]\w*"),
        ),
        examples=(
            (
                "/usr/bin/ld: lib.rs:(.text+0x6): undefined reference to "
                "`PyPyExc_ValueError'"
            ),
        ),
        advise=_pypy,
        url=guide.EMBEDDING,
    ),
)
