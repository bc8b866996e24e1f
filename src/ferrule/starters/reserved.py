"""Names that a new project cannot have, as data."""

from __future__ import annotations

from typing import Final

__all__ = [
    "PYTHON_TOOLS",
    "RUST_CRATES",
    "RUST_KEYWORDS",
    "STANDARD_MODULES",
    "STARTER_NAMES",
    "WINDOWS_DEVICES",
]

_RUST_KEYWORDS_TEXT: Final = """
as async await break const continue crate dyn else enum extern false fn for gen if impl
in let loop match mod move mut pub ref return self static struct super trait true type
unsafe use where while abstract become box do final macro override priv try typeof
unsized virtual yield
"""
RUST_KEYWORDS: Final = frozenset(_RUST_KEYWORDS_TEXT.split())
"""The Rust reference, Keywords: strict and reserved ones of all editions."""

RUST_CRATES: Final = frozenset({"alloc", "core", "proc_macro", "std", "test"})
"""Crates of the Rust distribution, which a crate of the name would hide."""

_WINDOWS_DEVICES_TEXT: Final = """
aux con nul prn com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5
lpt6 lpt7 lpt8 lpt9
"""
WINDOWS_DEVICES: Final = frozenset(_WINDOWS_DEVICES_TEXT.split())
"""File names that Windows keeps for devices, whatever their ending."""

PYTHON_TOOLS: Final = frozenset(
    {"ferrule", "mypy", "packaging", "pip", "pytest", "ruff", "setuptools", "wheel"}
)
"""Modules that a starter's own tools import."""

STARTER_NAMES: Final = frozenset(
    {
        *("average", "build", "crates", "deps", "dist", "examples", "host"),
        *("incremental", "mean", "pyo3", "python", "rust", "src", "target", "tests"),
    }
)
"""Names of items, folders and dependencies of the starters, and of cargo's folders."""

_STANDARD_MODULES_TEXT: Final = """
abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit
audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk
cmath cmd code codecs codeop collections colorsys compileall compression concurrent
configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses
datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno
faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath
getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib
imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3
linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder
msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode
operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform
plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc
pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy
sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr
socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile
telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize
tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata
unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref
xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
"""
STANDARD_MODULES: Final = frozenset(_STANDARD_MODULES_TEXT.split())
"""Public modules of the standard library, CPython 3.10 to 3.14."""
