"""Imports of modules that fail, whoever built them."""

from __future__ import annotations

import re
from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

# A path, and not the "error" of a linker.
_FILE: Final = r"[^\s'\":]*[./][^\s'\":]*"
_SYMBOL: Final = r"_?Py(?!Init_)(?!Py)[A-Z_]\w*"

_EVERYWHERE: Final = re.compile(
    r"PyExc_(?:\w+Error|Exception|StopIteration|\w*Warning)"
    r"|Py(?:Float|Long|Tuple|List|Dict|Bytes|Unicode|Type|BaseObject|Module)_Type"
    r"|_Py_(?:None|True|False)Struct|PyObject_SelfIter|PyModuleDef_Init"
)
"""Symbols that no CPython lacks; the loader names one of the first it looks for."""

_FREE_THREADED: Final = frozenset(
    ("_Py_DecRefShared", "_Py_DecRefSharedDebug", "_Py_MergeZeroLocalRefcount")
)
"""Symbols of CPython's `Include/refcount.h` for builds without the GIL."""

_SINCE: Final = {
    "_Py_IncRef": "3.10",
    "_Py_DecRef": "3.10",
    "PyModule_AddObjectRef": "3.10",
    "PyObject_CallNoArgs": "3.9",
    "PyObject_CallOneArg": "3.9",
    "PyObject_GetIter": "",
    "PyType_GetName": "3.11",
    "PyType_GetQualName": "3.11",
    "PyErr_GetRaisedException": "3.12",
    "PyErr_SetRaisedException": "3.12",
    "PyObject_Vectorcall": "3.9",
    "PyObject_VectorcallMethod": "3.9",
    "PyMemoryView_FromBuffer": "",
    "PyObject_GetBuffer": "",
    "PyBuffer_Release": "",
    "PyList_GetItemRef": "3.13",
    "PyDict_GetItemRef": "3.13",
    "PyDict_SetDefaultRef": "3.13",
    "PyWeakref_GetRef": "3.13",
    "PyImport_AddModuleRef": "3.13",
    "PyUnicode_EqualToUTF8": "3.13",
    "PyUnicode_EqualToUTF8AndSize": "3.13",
    "PyMutex_Lock": "3.13",
    "PyMutex_Unlock": "3.13",
    "PyUnstable_Module_SetGIL": "3.13",
    "PyCriticalSection_Begin": "3.13",
    "PyCriticalSection_End": "3.13",
    "Py_GetConstantBorrowed": "3.13",
    "PyUnstable_EnableTryIncRef": "3.14",
    "PyIter_NextItem": "3.14",
}
"""Version of CPython that brought a function (its "New in" notes)."""


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


def _not_exported(seen: Seen) -> Advice:
    file = seen.first("file") or "The module"
    return Advice(
        f"{file} needs {seen.shown('symbol')}, which every CPython has, and the "
        "process that imports it shows no such symbol. It is a program with a static "
        "Python in it: linkers keep the symbols of a program to themselves unless they "
        "are told to export them.",
        (
            Fix(
                "ferrule bundle --mode static",
                "exports Python's symbols, and none of the libraries linked beside it",
            ),
            Fix(
                'rustflags = ["-C", "link-arg=-Wl,--export-dynamic-symbol=Py*", "-C", '
                '"link-arg=-Wl,--export-dynamic-symbol=_Py*"]',
                "in .cargo/config.toml below [target.<triple>], for plain cargo "
                "(not with gold)",
            ),
            Fix(
                "use a Python with a shared library",
                "in which every symbol is exported: pyenv's --enable-shared, uv's",
            ),
        ),
        title="A static Python does not show its symbols to a module",
    )


def _undefined(seen: Seen, context: Context) -> Advice:
    symbols = seen.values.get("symbol", ())
    shown = seen.shown("symbol")
    file = seen.first("file") or "The module"
    since = next((_SINCE[name] for name in symbols if _SINCE.get(name)), "")
    if "pypy" not in seen.names and any(_EVERYWHERE.fullmatch(x) for x in symbols):
        return _not_exported(seen)
    if "pypy" in seen.names:
        meaning = (
            f"{file} needs {shown}, which only PyPy has: it was built for PyPy, or the "
            "Python that loads it is another PyPy."
        )
    elif _FREE_THREADED.intersection(symbols):
        meaning = (
            f"{file} needs {shown}, which only a free-threaded CPython (3.13t) has: it "
            "was built for one, and the Python that imports it has a GIL."
        )
    elif since:
        meaning = (
            f"{file} needs {shown}, which CPython has from {since} on. It was built "
            "for a newer Python than the one that imports it"
            + (f" ({context.python})" if context.python else "")
            + ", or its abi3 feature names a newer one."
        )
    else:
        meaning = (
            f"{file} needs {shown}, and the process that imports it has no such "
            "symbol. It was built for another Python (version, PyPy, free-threaded "
            "or debug build), or it is loaded by a Rust program whose static Python "
            "does not export its symbols."
        )
    return Advice(
        meaning,
        (
            Fix("ferrule develop", "builds it for the environment that imports it"),
            Fix(
                "ferrule build -i 3.9 --features pyo3/abi3-py39",
                "one module for every newer Python, if that is what you ship",
            ),
            Fix(
                "ferrule bundle --mode static",
                "for a program with a static libpython: exports its symbols",
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
    del seen, context
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
        id="undefined-symbol-import",
        title="The module needs a function that this Python does not have",
        meaning=(
            "A module finds the functions of Python in the process that loads it. If "
            "one is missing, the module was built for another Python: a newer one, "
            "PyPy, a debug or free-threaded build; or a program with a static Python "
            "does not export them."
        ),
        signs=(
            Sign(
                ": undefined symbol: ",
                rf"(?P<file>{_FILE}): undefined symbol: (?P<symbol>{_SYMBOL})",
            ),
            Sign(
                ": undefined symbol: ",
                rf"(?P<file>{_FILE}): undefined symbol: (?P<symbol>_?PyPy\w+)",
                "pypy",
            ),
            # dyld, new and old.
            Sign(
                "symbol not found in flat namespace '",
                rf"symbol not found in flat namespace '_(?P<symbol>{_SYMBOL})'",
            ),
            Sign("Symbol not found: ", rf"Symbol not found: _(?P<symbol>{_SYMBOL})"),
            # musl.
            Sign(
                "Error relocating ",
                rf"Error relocating (?P<file>\S+): (?P<symbol>{_SYMBOL}): symbol "
                rf"not found",
            ),
        ),
        examples=(
            (
                "ImportError: /venv/m.cpython-313-x86_64-linux-gnu.so: undefined "
                "symbol: PyDict_GetItemRef"
            ),
            (
                "ImportError: /opt/app/lib/python3.13/lib-dynload/math.cpython-313-"
                "x86_64-linux-gnu.so: undefined symbol: PyFloat_Type"
            ),
            (
                "ImportError: dlopen(/venv/m.abi3.so, 0x0002): symbol not found in "
                "flat namespace '_PyType_GetName'"
            ),
        ),
        advise=_undefined,
        yields_to=("pypy-embedding", "undefined-python-symbols"),
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
                r"dlopen\(.*Library not loaded: (?P<library>\S*(?:libpython|"
                r"Python3?\.framework)\S*)",
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
                r"ImportError: (?P<library>(?!libpython)lib[^\s:]+): cannot open "
                r"shared "
                r"object file",
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
)
