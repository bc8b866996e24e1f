"""Modules and programs whose loader does not find symbols of Python."""

from __future__ import annotations

import re
from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

# A path, and not the "error" of a linker; programs are `undefined-python-symbols`.
_FILE: Final = r"[^\s'\":]*[./][^\s'\":]*"
_SYMBOL: Final = r"_?Py(?!Init_)(?!Py)[A-Z_]\w*"

_EVERYWHERE: Final = re.compile(
    r"PyExc_(?:\w+Error|Exception|StopIteration|\w*Warning)"
    r"|Py(?:Float|Long|Tuple|List|Dict|Bytes|ByteArray|Unicode|Type|BaseObject|Module)"
    r"_Type|_Py_(?:None|True|False)Struct|PyObject_SelfIter|PyModuleDef_Init"
)
"""Symbols that no CPython lacks; the loader names one of the first it looks for."""

_FREE_THREADED: Final = frozenset(
    ("_Py_DecRefShared", "_Py_DecRefSharedDebug", "_Py_MergeZeroLocalRefcount")
)
"""Symbols of CPython's `Include/refcount.h` for builds without the GIL."""

_SINCE: Final = {
    "PyCMethod_New": "3.9",
    "PyFrame_GetCode": "3.9",
    "PyModule_AddType": "3.9",
    "PyObject_CallNoArgs": "3.9",
    "PyObject_CallOneArg": "3.9",
    "PyObject_GC_IsTracked": "3.9",
    "PyObject_Vectorcall": "3.9",
    "PyObject_VectorcallMethod": "3.9",
    "PyType_FromModuleAndSpec": "3.9",
    "PyType_GetModule": "3.9",
    "PyType_GetModuleState": "3.9",
    "Py_GenericAlias": "3.9",
    "PyGC_Disable": "3.10",
    "PyGC_Enable": "3.10",
    "PyIter_Send": "3.10",
    "PyModule_AddObjectRef": "3.10",
    "PySet_CheckExact": "3.10",
    "_Py_DecRef": "3.10",
    "_Py_IncRef": "3.10",
    "PyErr_GetHandledException": "3.11",
    "PyErr_SetHandledException": "3.11",
    "PyType_GetName": "3.11",
    "PyType_GetQualName": "3.11",
    "PyErr_GetRaisedException": "3.12",
    "PyErr_SetRaisedException": "3.12",
    "PyObject_GetTypeData": "3.12",
    "PyType_FromMetaclass": "3.12",
    "PyUnstable_Object_GC_NewWithExtraData": "3.12",
    "PyCriticalSection_Begin": "3.13",
    "PyCriticalSection_End": "3.13",
    "PyDict_ContainsString": "3.13",
    "PyDict_GetItemRef": "3.13",
    "PyDict_GetItemStringRef": "3.13",
    "PyDict_SetDefaultRef": "3.13",
    "PyImport_AddModuleRef": "3.13",
    "PyList_Extend": "3.13",
    "PyList_GetItemRef": "3.13",
    "PyLong_AsInt": "3.13",
    "PyMapping_GetOptionalItem": "3.13",
    "PyMutex_Lock": "3.13",
    "PyMutex_Unlock": "3.13",
    "PyObject_GetOptionalAttr": "3.13",
    "PyUnicode_EqualToUTF8": "3.13",
    "PyUnicode_EqualToUTF8AndSize": "3.13",
    "PyUnstable_Module_SetGIL": "3.13",
    "PyWeakref_GetRef": "3.13",
    "Py_GetConstantBorrowed": "3.13",
    "PyImport_ImportModuleAttr": "3.14",
    "PyIter_NextItem": "3.14",
    "PyUnicodeWriter_Create": "3.14",
    "PyUnstable_EnableTryIncRef": "3.14",
}
"""Version of CPython that brought a function (its "New in" notes)."""

_REMOVED: Final = {
    "PyUnicode_AS_DATA": "3.12",
    "PyUnicode_AS_UNICODE": "3.12",
    "PyUnicode_AsUnicode": "3.12",
    "PyUnicode_AsUnicodeAndSize": "3.12",
    "PyUnicode_FromUnicode": "3.12",
    "PyUnicode_GetSize": "3.12",
    "PyCFunction_Call": "3.13",
    "PyEval_CallFunction": "3.13",
    "PyEval_CallMethod": "3.13",
    "PyEval_CallObjectWithKeywords": "3.13",
}
"""Version of CPython that no longer has a function ("What's New", removed)."""

_PYTHON_2: Final = re.compile(r"Py(?:UnicodeUCS[24]|String|Int)_\w+")
_TAG: Final = re.compile(r"[.](?:cpython-|cp)(?P<major>3)(?P<minor>\d+)[a-z]*[-.]")
"""Version of CPython in the name of a module."""

_BUNDLE: Final = Fix(
    "ferrule bundle --mode static",
    "for a program with a static libpython: exports its symbols",
)
_DLOPEN: Final = Fix(
    'dlopen("libpython3.X.so", RTLD_NOW | RTLD_GLOBAL)',
    "before Python starts, where a plugin brings it: what a private dlopen loads shows "
    "its symbols to nobody else",
)
_DEVELOP: Final = Fix(
    "ferrule develop", "builds it for the environment that imports it"
)
_ABI3: Final = Fix(
    "ferrule build -i 3.9 --features pyo3/abi3-py39",
    "one module for every newer Python, if that is what you ship",
)


def _not_exported(file: str, symbols: str) -> Advice:
    return Advice(
        f"{file} needs {symbols}, which every CPython has, and the "
        "process that imports it shows no such symbol. It is a program with a static "
        "Python in it: linkers keep the symbols of a program to themselves unless they "
        "are told to export them. Or libpython came with a plugin that was loaded "
        "privately.",
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
            _DLOPEN,
        ),
        title="A static Python does not show its symbols to a module",
    )


def _standard_module(file: str, symbols: str) -> Advice:
    return Advice(
        f"{file} is a module of Python's own standard library, and needs {symbols}, "
        "which the process does not show. Either a program with a static Python in it "
        "does not export its symbols, or the library belongs to another release of "
        "Python than the one that runs (PYTHONHOME, PYTHONPATH, or another libpython "
        "than the program was linked to), or libpython came with a plugin that was "
        "loaded privately.",
        (
            _BUNDLE,
            _DLOPEN,
            Fix("unset PYTHONHOME PYTHONPATH", "if they lead to another Python"),
            Fix("ferrule run", "starts a program with the Python it was linked to"),
        ),
        title="A module of the standard library does not fit the Python that runs",
    )


def _for_pypy(file: str, symbols: str, *, is_named: bool) -> Advice:
    meaning = (
        f"{file} needs {symbols}, which only PyPy has: it was built for PyPy, or the "
        "Python that loads it is another PyPy."
    )
    if is_named:
        meaning = (
            f"{file} is named for PyPy and needs {symbols}, a name of CPython: PyPy "
            "calls its functions PyPy_... The Rust code was compiled for a CPython "
            "(PYO3_PYTHON, PYO3_CONFIG_FILE, or an abi3 feature with an old tool), or "
            "its PyO3 has a function that this PyPy lacks."
        )
    return Advice(
        meaning,
        (
            _DEVELOP,
            Fix("ferrule build -i pypy", "compiles PyO3 for PyPy; each has its own"),
            Fix("cargo update -p pyo3", "a newer PyO3 knows what a newer PyPy has"),
        ),
    )


def _age(file: str, symbols: tuple[str, ...], shown: str, python: str) -> str:
    """Return the sentence about a function that some versions have, or nothing."""
    since = next((_SINCE[name] for name in symbols if name in _SINCE), "")
    if since:
        tag = _TAG.search(file)
        minor = int(since.partition(".")[2])
        if tag and int(tag["minor"]) < minor:
            version = f"3.{tag['minor']}"
            return (
                f"{file} needs {shown}, which CPython has from {since} on, and its "
                f"name says that it is for {version}: PyO3 was configured for another "
                "Python than the one the file is named after (PYO3_PYTHON, "
                "PYO3_CONFIG_FILE, or `python3` on PATH)."
            )
        return (
            f"{file} needs {shown}, which CPython has from {since} on. It was built "
            "for a newer Python than the one that imports it"
            + (f" ({python})" if python else "")
            + ", or its abi3 feature names a newer one."
        )
    removed = next((_REMOVED[name] for name in symbols if name in _REMOVED), "")
    if removed:
        return (
            f"{file} needs {shown}, which CPython {removed} and newer do not have any "
            "more: its code, or a library in it, was written for older Pythons."
        )
    if any(_PYTHON_2.fullmatch(name) for name in symbols):
        return (
            f"{file} needs {shown}, which only Python before 3.3 has: it was built for "
            "Python 2."
        )
    return ""


def _undefined(seen: Seen, context: Context) -> Advice:
    symbols = seen.values.get("symbol", ())
    shown = seen.shown("symbol")
    file = seen.first("file") or "The module"
    is_everywhere = any(_EVERYWHERE.fullmatch(name) for name in symbols)
    if "/lib-dynload/" in file and not is_everywhere:
        return _standard_module(file, shown)
    if "pypy" in seen.names:
        return _for_pypy(file, shown, is_named=False)
    if ".pypy" in file:
        return _for_pypy(file, shown, is_named=True)
    if is_everywhere:
        return _not_exported(file, shown)
    fixes: tuple[Fix, ...] = (_DEVELOP, _ABI3, _BUNDLE)
    meaning = _age(file, symbols, shown, context.python)
    if any(name in _REMOVED for name in symbols):
        fixes = (
            Fix("pip install --upgrade <project>", "for a module of somebody else"),
            Fix(
                "an older Python",
                "below the version named above, until the module is updated",
            ),
        )
    elif meaning:
        fixes = fixes[:2]
    elif _FREE_THREADED.intersection(symbols):
        meaning = (
            f"{file} needs {shown}, which only a free-threaded CPython (3.13t) has: it "
            "was built for one, and the Python that imports it has a GIL."
        )
        fixes = fixes[:2]
    else:
        meaning = (
            f"{file} needs {shown}, and the process that imports it has no such "
            "symbol. It was built for another Python (version, PyPy, free-threaded "
            "or debug build), or it is loaded by a Rust program whose static Python "
            "does not export its symbols."
        )
    return Advice(meaning, fixes)


_OPENSSL: Final = re.compile(
    r"(?:D?TLS|SSL|EVP|EC|ECDSA|RSA|DSA|DH|OPENSSL|OSSL|X509|BIO|BN|ERR|CRYPTO|FIPS"
    r"|HMAC|PEM|PKCS\d+|ASN1|CMAC|RAND)_"
)
"""How the names of OpenSSL's functions begin."""


def _of_a_library(seen: Seen, context: Context) -> Advice:
    del context
    file, shown = seen.first("file"), seen.shown("symbol")
    is_cpp = any(name.startswith("_ZNS") for name in seen.values["symbol"])
    if any(_OPENSSL.match(name) for name in seen.values["symbol"]):
        return Advice(
            f"{file} needs {shown}, and the OpenSSL that is loaded does not have it: "
            "the module was compiled against another release or build of OpenSSL than "
            "the one found here, which may be that of conda, of an application or of "
            "an upgraded system.",
            (
                Fix(
                    "pip install --force-reinstall --only-binary :all: <project>",
                    "for a module of somebody else: wheels carry their own OpenSSL",
                ),
                Fix(
                    f"ldd {file}",
                    "shows which libssl is found (macOS: otool -L); LD_LIBRARY_PATH "
                    "and conda put others first",
                ),
                Fix(
                    'openssl = { version = "0.10", features = ["vendored"] }',
                    "in Cargo.toml, for a module of your own: compiles it in",
                ),
            ),
            title="The module was compiled against another OpenSSL",
        )
    why = (
        "It is of C++'s standard library: that of this machine is older than the one "
        "at build time, or the module is linked without any (by `cc` instead of "
        "`c++`)."
        if is_cpp
        else "It belongs to a C library (or to another part of the program) that the "
        "module calls and is not linked to, or the one that is found is of another "
        "version."
    )
    return Advice(
        f"{file} needs {shown}, and no library that is loaded has it. {why}",
        (
            Fix(
                "cargo:rustc-link-lib=dylib=stdc++"
                if is_cpp
                else "cargo:rustc-link-lib=NAME",
                "printed by build.rs of the crate that calls it; dylib=NAME or "
                "static=NAME",
            ),
            Fix(
                "ferrule inspect <wheel>",
                "shows which libraries a module names, and what it lacks",
            ),
            Fix(
                "a feature such as `vendored`, `bundled` or `static`",
                "of the crate that calls it: compiles the library in",
            ),
            Fix(
                "pip install --force-reinstall --no-cache-dir <project>",
                "for a module of somebody else: another build of it",
            ),
        ),
    )


RULES: Final = (
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
                rf"(?:dlopen\((?P<file>[^\s,]+), \w+\): )?symbol not found in flat "
                rf"namespace '_(?P<symbol>{_SYMBOL})'",
            ),
            Sign(
                "Symbol not found: ",
                rf"(?:dlopen\((?P<file>[^\s,]+), \w+\): )?Symbol not found: "
                rf"_(?P<symbol>{_SYMBOL})",
            ),
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
            "ImportError: /opt/app/m.abi3.so: undefined symbol: PyExc_ValueError",
            (
                "ImportError: /pypy/site-packages/m.pypy39-pp73-x86_64-linux-gnu.so: "
                "undefined symbol: PyUnicode_AsUTF8AndSize"
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
        id="library-symbol-missing",
        title="The module needs a function that no loaded library has",
        meaning=(
            "Linkers let shared libraries have symbols that nobody defines; the loader "
            "finds out. A library that a crate's C code calls was not linked, or is of "
            "another version."
        ),
        signs=(
            Sign(
                ": undefined symbol: ",
                rf"ImportError\b.*?(?P<file>{_FILE}): undefined symbol: "
                r"(?P<symbol>(?!_?_?Py[A-Z_]|_?PyPy)\w+)",
            ),
            # musl, and dyld.
            Sign(
                "Error relocating ",
                r"ImportError\b.*?Error relocating (?P<file>\S+): "
                r"(?P<symbol>(?!_?_?Py[A-Z_]|_?PyPy)\w+): symbol not found",
            ),
            Sign(
                "Symbol not found: _",
                r"ImportError\b.*?dlopen\((?P<file>[^\s,]+), \w+\): Symbol not found: "
                r"_(?P<symbol>(?!_?_?Py[A-Z_]|_?PyPy)\w+)",
            ),
            Sign(
                "undefined symbol: _Z",
                rf"(?P<file>{_FILE}): undefined symbol: (?P<symbol>_ZNS\w+)",
            ),
        ),
        examples=(
            "ImportError: /venv/m.abi3.so: undefined symbol: onig_region_free",
            (
                "ImportError: /venv/m.abi3.so: undefined symbol: "
                "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE7reserveEv"
            ),
        ),
        advise=_of_a_library,
        yields_to=("undefined-symbol-import",),
    ),
)
