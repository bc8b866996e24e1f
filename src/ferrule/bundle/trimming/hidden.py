"""Imports of Python itself that no bytecode shows, each with its reason.

Found by reading `PyImport_ImportModule` and its like in CPython 3.9 to 3.14
(PSF-2.0), and by comparing `sys.modules`. Modules that a release lacks mean
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ALWAYS", "COMMAND_LINES", "COMPUTING", "HIDDEN", "IGNORED"]

_START: Final = "Python imports it when it starts"
_ERRORS: Final = "Python shows errors and warnings with it"
_CODEC: Final = "text of files, consoles and arguments"

ALWAYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("_collections_abc", "_sitebuiltins", "abc", "codecs", "encodings"),
            *("encodings.aliases", "genericpath", "importlib._bootstrap"),
            *("importlib._bootstrap_external", "io", "os", "posixpath", "site", "stat"),
            *("ntpath", "zipimport", "_bootlocale", "nturl2path"),
        ),
        _START,
    ),
    **dict.fromkeys(
        ("linecache", "traceback", "tokenize", "warnings", "_colorize", "_py_warnings"),
        _ERRORS,
    ),
    **dict.fromkeys(
        (
            *("encodings.ascii", "encodings.cp1252", "encodings.cp437"),
            *("encodings.idna", "encodings.latin_1", "encodings.mbcs"),
            *("encodings.oem", "encodings.punycode", "encodings.raw_unicode_escape"),
            *("encodings.unicode_escape", "encodings.utf_16", "encodings.utf_16_be"),
            *("encodings.utf_16_le", "encodings.utf_32", "encodings.utf_8"),
            *("encodings.utf_8_sig",),
        ),
        _CODEC,
    ),
    "threading": "Python waits for threads at its end",
    "runpy": "it runs modules and scripts",
    "importlib.machinery": "finders of packages need it",
    "importlib.util": "finders of packages need it",
}
"""Modules that every program keeps, and why."""

_CHARSETS: Final = "the data that it reads names its own character set"

HIDDEN: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "_asyncio": (
        ("asyncio.base_futures", "its C code imports it"),
        ("asyncio.base_tasks", "its C code imports it"),
        ("asyncio.coroutines", "its C code imports it"),
        ("asyncio.events", "its C code imports it"),
        ("asyncio.exceptions", "its C code imports it"),
        ("traceback", "it formats errors"),
        ("weakref", "it keeps sets of tasks"),
    ),
    "_bz2": (("_compression", "its files"),),
    "_ctypes": (("ctypes._endian", "its C code imports it"),),
    "_curses": (("curses", "it stores its constants there"),),
    "_curses_panel": (("_curses", "its C code imports it"),),
    "_datetime": (
        ("_strptime", "datetime.strptime is written in Python"),
        ("time", "its C code imports it"),
    ),
    "_decimal": (
        ("numbers", "it registers Decimal"),
        ("collections", "it makes a named tuple"),
        ("_pydecimal", "formats of numbers"),
    ),
    "_elementtree": (
        ("copy", "its C code imports it"),
        ("xml.etree.ElementPath", "paths are written in Python"),
        ("pyexpat", "it parses with it"),
    ),
    "_functools": (("reprlib", "its C code imports it"),),
    "_interpreters": (("pickle", "it sends objects"), ("runpy", "it runs scripts")),
    "_interpqueues": (
        ("concurrent.interpreters", "its errors"),
        ("test.support.interpreters", "its errors"),
    ),
    "_io": (
        ("io", "its base classes are registered there"),
        ("_pyio", "open_code and text encodings"),
        ("locale", "the encoding of files where none is given"),
    ),
    "_json": (("json.decoder", "its errors"), ("json.scanner", "its errors")),
    "_lsprof": (("profile", "its C code imports it"),),
    "_lzma": (("_compression", "its files"),),
    "_operator": (("operator", "pickles of its functions"),),
    "_pickle": (
        ("_compat_pickle", "names of Python 2"),
        ("codecs", "bytes of old pickles"),
        ("copyreg", "how objects are reduced"),
        ("functools", "methods are pickled as partial"),
    ),
    "_socket": (("socket", "its errors"),),
    "_sqlite3": (
        ("sqlite3.dump", "Connection.iterdump"),
        ("sqlite3.dbapi2", "its adapters"),
        ("sqlite3", "its C code imports it"),
        ("datetime", "adapters of dates"),
    ),
    "_ssl": (("socket", "its C code imports it"), ("ssl", "its errors")),
    "_strptime": (("locale", "names of days"), ("calendar", "names of days")),
    "_struct": (("struct", "its errors"),),
    "_thread": (("threading", "its end"),),
    "_tkinter": (("tkinter", "its errors"),),
    "_tracemalloc": (("tracemalloc", "it formats them"),),
    "_uuid": (("uuid", "its users"),),
    "_warnings": (("warnings", "warnings are shown by it"),),
    "_weakref": (("weakref", "its users"),),
    "_zoneinfo": (
        ("zoneinfo._common", "its C code imports it"),
        ("zoneinfo._tzpath", "its C code imports it"),
        ("io", "it reads files"),
    ),
    "_zstd": (("compression.zstd", "its errors"),),
    "array": (
        ("copyreg", "how arrays are reduced"),
        ("_collections_abc", "registered"),
    ),
    "collections.abc": (("_collections_abc", "they are the same"),),
    "concurrent.futures": (
        ("concurrent.futures.process", "imported at first use"),
        ("concurrent.futures.thread", "imported at first use"),
        ("concurrent.futures.interpreter", "imported at first use"),
    ),
    "ctypes.util": (("ctypes.macholib.dyld", "it finds libraries"),),
    "datetime": (("_strptime", "datetime.strptime"),),
    "dbm": (
        ("dbm.dumb", "its name is in a list"),
        ("dbm.gnu", "its name is in a list"),
        ("dbm.ndbm", "its name is in a list"),
        ("dbm.sqlite3", "its name is in a list"),
    ),
    "email": (("encodings.*", _CHARSETS),),
    "html.parser": (("encodings.*", _CHARSETS),),
    "http.client": (("encodings.*", _CHARSETS),),
    "importlib.resources": (("importlib.readers", "the reader of every loader"),),
    "itertools": (("copyreg", "how iterators are reduced"),),
    "logging.config": (("logging.handlers", "configurations name its classes"),),
    "mailbox": (("encodings.*", _CHARSETS),),
    "multiprocessing": (
        ("multiprocessing.*", "its processes import them by name"),
        ("runpy", "its processes run the main module"),
    ),
    "os": (("posixpath", "os.path"), ("ntpath", "os.path")),
    "pickle": (("_compat_pickle", "names of Python 2"),),
    "pyexpat": (("encodings.*", _CHARSETS), ("xml.parsers.expat", "its users")),
    "re": (
        ("re._compiler", "its C code imports it"),
        ("sre_compile", "its C code imports it"),
        ("copyreg", "how patterns are reduced"),
    ),
    "sqlite3": (("sqlite3.dump", "Connection.iterdump"),),
    "sysconfig": (("_sysconfigdata_*", "its name is computed"),),
    "_sysconfig": (("_sysconfigdata_*", "its name is computed"),),
    "distutils.sysconfig": (("_sysconfigdata_*", "its name is computed"),),
    "tarfile": (
        ("bz2", "its name is in a method"),
        ("gzip", "its name is in a method"),
        ("lzma", "its name is in a method"),
    ),
    "time": (("_strptime", "time.strptime is written in Python"),),
    "unittest": (("unittest.async_case", "imported at first use"),),
    "urllib.request": (("encodings.*", _CHARSETS),),
    "xml.dom": (("xml.dom.minidom", "its name is in a table"),),
    "xml.sax": (("xml.sax.expatreader", "the usual parser, by its name"),),
    "zipfile": (("encodings.cp437", "names of members"),),
    "zoneinfo": (("tzdata.*", "the data of time zones, where a system has none"),),
}
"""What else a module imports: globs of names, and why."""

_PERSON: Final = "only a person at a prompt needs it"
_ASKED: Final = "who asks for it imports importlib.metadata or importlib.resources"
_SELF_TEST: Final = "only the test of the module itself needs it"

IGNORED: Final = (
    ("_sitebuiltins", "pydoc*", _PERSON),
    ("site", "readline", _PERSON),
    ("site", "rlcompleter", _PERSON),
    ("site", "_pyrepl*", _PERSON),
    ("site", "sitecustomize", "it belongs to a machine"),
    ("site", "usercustomize", "it belongs to a machine"),
    ("importlib._bootstrap_external", "importlib.metadata*", _ASKED),
    ("importlib._bootstrap_external", "importlib.readers", _ASKED),
    ("zipimport", "importlib.readers", _ASKED),
    ("datetime", "_pydatetime", "it has the same in C"),
    ("*", "doctest", _SELF_TEST),
    ("*", "test", _SELF_TEST),
    ("*", "test.*", _SELF_TEST),
)
"""Imports within the standard library that do not count: globs of both, and why."""

COMMAND_LINES: Final = frozenset({"argparse", "getopt", "optparse"})
"""What functions of the standard library import to be programs of their own."""

COMPUTING: Final = frozenset(
    {
        *("encodings", "importlib", "pkgutil", "runpy", "pydoc", "inspect", "doctest"),
        *("pickle", "_pickle", "unittest.loader", "site", "code", "pdb", "trace"),
        *("modulefinder", "imp", "cgitb", "idlelib", "ensurepip", "venv", "lib2to3"),
    }
)
"""Modules of the standard library that import what their callers name."""
