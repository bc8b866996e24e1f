"""Imports of modules that fail, whoever built them."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _pyinit(seen: Seen, context: Context) -> Advice:
    name = seen.first("name")
    function = f"PyInit_{name}"
    found = seen.first("file")
    crate = context.crate.replace("-", "_")
    hint = ""
    if crate and crate != name:
        hint = f" The crate is called `{crate}`."
    return Advice(
        f"Python imports `{name}` and calls {function} in "
        f"{found or 'its library'}, which does not export that. The function's name "
        "comes from #[pymodule]: its Rust function or module has another name than "
        f"the file, or it is behind a cargo feature that is off.{hint}",
        (
            Fix(f'#[pyo3(name = "{name}")]', "above the #[pymodule] in the Rust code"),
            Fix(
                'module-name = "..."',
                "in [tool.ferrule]: the name that the #[pymodule] has; `ferrule build` "
                "checks that both are equal",
            ),
        ),
    )


def _libpython(seen: Seen, context: Context) -> Advice:
    del context
    library = seen.first("library")
    return Advice(
        f"The module itself needs {library}, and the loader does not find it. Modules "
        "should not need libpython: the Python that loads them is there already. It "
        "was built as a program is, without PyO3's setting for modules.",
        (
            Fix("ferrule develop", "or `ferrule build`: modules without that need"),
            Fix(
                "PYO3_BUILD_EXTENSION_MODULE=1 cargo build --lib",
                "with plain cargo (PyO3 0.26 and newer; before that, the feature "
                "`extension-module`)",
            ),
        ),
    )


def _library(seen: Seen, context: Context) -> Advice:
    del context
    library = seen.first("library")
    if library.startswith("libc.musl"):
        return Advice(
            "The module was built for musl (Alpine), and this system has glibc.",
            (
                Fix(
                    "pip install --platform manylinux2014_x86_64 --only-binary :all: "
                    "--target package <project>",
                    "takes wheels for glibc, whatever system packs them",
                ),
                Fix("FROM python:3.12-slim", "instead of an image with Alpine"),
                Fix(
                    "ferrule build --zig --target x86_64-unknown-linux-gnu",
                    "for a project of your own: builds for glibc on Alpine, too",
                ),
            ),
            title="A module for musl on a system with glibc",
        )
    return Advice(
        f"The module, or a library that it uses, needs {library}, which is not in the "
        "loader's search path of this machine.",
        (
            Fix("ldd <module>.so", "shows everything that is not found"),
            Fix(
                f"apt-file search {library}",
                "Debian and Ubuntu: names the package; on the building machine it was "
                "installed",
            ),
            Fix(
                f"LD_LIBRARY_PATH=/folder/of/{library}",
                "for a try; a wheel should carry the library or link it statically",
            ),
        ),
    )


def _once(seen: Seen, context: Context) -> Advice:
    del context
    lines = " ".join(seen.lines)
    apart = (
        Fix("WSGIApplicationGroup %{GLOBAL}", "for mod_wsgi: the main interpreter"),
        Fix("one process for each interpreter", "where a program starts several"),
    )
    if "wsgi" in lines or "ceph" in lines:
        return Advice(
            "PyO3 refuses to make a module twice in one process, and this program "
            "runs several interpreters, each of which imports it.",
            apart,
        )
    return Advice(
        "PyO3 refuses to make a module twice in one process: it was imported under two "
        "names, removed from sys.modules and imported again, or imported in a second "
        "interpreter of the process.",
        (
            Fix("import it under one name only", "no `del sys.modules[...]` in tests"),
            Fix(
                "ferrule develop, with rebuild on import",
                "reloads a changed module under a new file name",
            ),
            *apart,
        ),
    )


def _subinterpreters(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "PyO3 does not support several interpreters in one process (mod_wsgi with "
        "several applications, `concurrent.interpreters`, Ceph's manager).",
        (
            Fix("WSGIApplicationGroup %{GLOBAL}", "for mod_wsgi: the main interpreter"),
            Fix("one process for each interpreter", "everywhere else"),
        ),
    )


def _not_built(seen: Seen, context: Context) -> Advice | None:
    del context
    folders = {
        path.replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
        for path in seen.values.get("frame", ())
    }
    for dotted in seen.values.get("module", ()):
        package, _, name = dotted.rpartition(".")
        if package.rpartition(".")[2] in folders:
            return _native_module(package, name)
    package, name = seen.first("package"), seen.first("name")
    if "lambda" in seen.names:
        return _other_platform(package, name)
    return _native_module(package, name) if name else None


def _cffi(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "`_cffi_backend` is the binary module of cffi, which modules in Rust use for "
        "their C code (cryptography does, and PyO3 panics where the import fails). "
        "cffi is not there, or was installed for another Python or processor.",
        (
            Fix(
                "pip install --force-reinstall cffi",
                "with the Python that imports it (`python -m pip`)",
            ),
            Fix(
                "--hidden-import=_cffi_backend",
                "for PyInstaller, which does not see an import from Rust",
            ),
        ),
    )


def _other_platform(package: str, name: str) -> Advice:
    return Advice(
        f"`{package}` was installed for another Python, system or processor than that "
        f"of the service: its module `{name}` carries those in its file name, and the "
        "service looks for its own.",
        (
            Fix(
                "pip install --platform manylinux2014_x86_64 --only-binary :all: "
                f"--python-version 3.12 --target package {package}",
                "with the service's version and processor (aarch64)",
            ),
            Fix(
                "ferrule build --zig --target x86_64-unknown-linux-gnu -i 3.12",
                "for a project of your own",
            ),
        ),
        title="A package was installed for another platform than the service's",
    )


def _native_module(package: str, name: str) -> Advice:
    top = package.partition(".")[0]
    return Advice(
        f"The Python files of `{package}` are there, and its module `{name}` is not. "
        "If that is the one in Rust: it was not built into the folder from which "
        f"`{top}` is imported. Mostly the current folder has the sources of `{top}`, "
        "which hide the installed package; or the module was built for another Python, "
        "or is called otherwise (module-name).",
        (
            Fix("ferrule develop", "builds it into the environment that imports it"),
            Fix(
                f'python -c "import {top}; print({top}.__path__)"',
                "shows which folder is meant; run it elsewhere, too",
            ),
            Fix(
                f'module-name = "{package}.{name}"',
                "in [tool.ferrule] (or [tool.maturin]), with the Python package in "
                "python-source",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="pyinit-mismatch",
        title="The module does not export the function that Python calls",
        meaning=(
            "`import name` loads name.*.so and calls PyInit_name. The name of the "
            "file, the last part of the module's name and the name of the "
            "#[pymodule] must be equal."
        ),
        signs=(
            Sign(
                "does not define module export function",
                r"does not define module export function \((?:PyInit_|PyModExport_)"
                r"(?P<name>\w+)(?: or \w+)?\)",
            ),
            # maturin, when it builds.
            Sign(
                "find the symbol `PyInit_",
                r"Couldn't find the symbol `PyInit_(?P<name>\w+)` in the native "
                r"library",
            ),
            Sign(
                "does not define init function",
                r"does not define init function \(init(?P<name>\w+)\)",
            ),
        ),
        examples=(
            (
                "ImportError: dynamic module does not define module export function "
                "(PyInit_my_module)"
            ),
        ),
        advise=_pyinit,
    ),
    Rule(
        id="module-needs-libpython",
        title="The module needs libpython, and should not",
        meaning=(
            "A module that is linked to libpython can be imported only where exactly "
            "this file is found. PyO3 leaves it out of modules if the tool asks for "
            "it; ferrule, maturin and setuptools-rust do, plain cargo does not."
        ),
        signs=(
            Sign(
                "ImportError: libpython",
                r"ImportError: (?P<library>libpython\S*): cannot open shared object "
                r"file",
            ),
            Sign(
                "Library not loaded: ",
                r"^(?!.*dlopen\([^,]*/target/).*dlopen\(.*Library not loaded: "
                r"(?P<library>\S*(?:libpython|Python3?\.framework)\S*)",
            ),
        ),
        examples=(
            (
                "ImportError: libpython3.8.so.1.0: cannot open shared object file: "
                "No such file or directory"
            ),
            (
                "ImportError: dlopen(/venv/m.so, 0x0002): Library not loaded: "
                "@rpath/libpython3.8.dylib"
            ),
        ),
        advise=_libpython,
        url=guide.CARGO_TEST,
    ),
    Rule(
        id="shared-library-missing",
        title="The module needs a shared library that is not found",
        meaning="The loader looks for libraries in its own folders and the run path.",
        signs=(
            Sign(
                "cannot open shared object file",
                # Lambda's words, too.
                r"(?:ImportError: |import module '[\w.]+': )"
                r"(?P<library>(?!libpython)lib[^\s:]+): cannot open shared object file",
            ),
        ),
        examples=(
            (
                "ImportError: libssl.so.3: cannot open shared object file: No such "
                "file or directory"
            ),
        ),
        advise=_library,
    ),
    Rule(
        id="initialized-twice",
        title="A PyO3 module is initialized a second time",
        meaning=(
            "PyO3 keeps one module object for a process. Python 3.8, PyPy and the "
            "stable ABI on Windows cannot give it out again."
        ),
        signs=(
            Sign(
                "may only be initialized once",
                r"PyO3 modules .*may only be initialized once per interpreter process",
            ),
        ),
        examples=(
            (
                "ImportError: PyO3 modules compiled for CPython 3.8 or older may "
                "only be initialized once per interpreter process"
            ),
        ),
        advise=_once,
    ),
    Rule(
        id="subinterpreters",
        title="PyO3 modules do not work in subinterpreters",
        meaning="State of a PyO3 module belongs to the process, not to an interpreter.",
        signs=(
            Sign(
                "do not yet support subinterpreters",
                r"PyO3 modules do not yet support subinterpreters",
            ),
        ),
        examples=(
            (
                "ImportError: PyO3 modules do not yet support subinterpreters, see "
                "https://github.com/PyO3/pyo3/issues/576"
            ),
        ),
        advise=_subinterpreters,
        url="https://github.com/PyO3/pyo3/issues/576",
    ),
    Rule(
        id="cffi-missing",
        title="The binary module of cffi is missing",
        meaning="A module in Rust imports it when it is imported itself.",
        signs=(
            Sign(
                "No module named '_cffi_backend'",
                r"No module named '_cffi_backend'",
            ),
        ),
        examples=("ModuleNotFoundError: No module named '_cffi_backend'",),
        advise=_cffi,
    ),
    Rule(
        id="extension-not-built",
        title="A package's module in Rust is not where Python looks",
        meaning=(
            "A package of Python and Rust imports its compiled module by a name such "
            "as `package._core`. Sources without a build beside them do not have it."
        ),
        signs=(
            Sign(
                "No module named '",
                r"ModuleNotFoundError: No module named '(?P<module>\w+(?:\.\w+)+)'",
            ),
            Sign('File "', r'File "(?P<frame>[^"]+\.py)", line', "frame"),
            # AWS Lambda.
            Sign(
                "Unable to import module '",
                r"Unable to import module '[^']+': No module named "
                r"'(?P<package>\w+)\.(?P<name>_\w+)'",
                "lambda",
            ),
            Sign(
                "partially initialized module '",
                r"cannot import name '(?P<name>_\w+)' from partially initialized "
                r"module '(?P<package>[\w.]+)'",
            ),
        ),
        examples=(
            (
                '  File "/src/python/demo/__init__.py", line 1, in <module>\n'
                "    from ._core import add\n"
                "ModuleNotFoundError: No module named 'demo._core'"
            ),
            (
                "ImportError: cannot import name '_core' from partially initialized "
                "module 'demo' (most likely due to a circular import)"
            ),
        ),
        advise=_not_built,
        yields_to=("module-not-registered",),
    ),
)
