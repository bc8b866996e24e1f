"""The package of a cffi module: `ffi.py` out of the C header, and the library.

cffi's out-of-line ABI mode: `ffi.py` holds the declarations in a compact form
that any Python reads without a C compiler, `__init__.py` opens the library
that lies beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import __version__, cache, log
from ferrule.bindings.header import find_header
from ferrule.bindings.package import BoundPackage, library_file_name
from ferrule.errors.bindings import CffiMissingError, HeaderError

if TYPE_CHECKING:
    from ferrule.bindings.header import Header
    from ferrule.cargo.compile import CompileKey
    from ferrule.python.interpreter import Interpreter

__all__ = ["cffi_package", "init_text", "recompile"]

_NO_CFFI: Final = 64
"""Exit status of the script below in a Python without cffi."""
_SCRIPT: Final = f"""\
import os, sys, tempfile
sys.path[:] = [path for path in sys.path if path]
try:
    import cffi
    from cffi import recompiler
except ImportError:
    sys.exit({_NO_CFFI})
ffi = cffi.FFI()
ffi.cdef(sys.stdin.buffer.read().decode("utf-8"))
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "ffi.py")
    recompiler.make_py_source(ffi, "ffi", path)
    with open(path, "rb") as stream:
        sys.stdout.buffer.write(stream.read())
"""
_INIT: Final = """\
from pathlib import Path as _Path

from .ffi import ffi

__all__ = ["ffi", "lib"]

lib = ffi.dlopen(str(_Path(__file__).with_name({library!r})))
"""


def cffi_package(
    name: str,
    library: Path,
    key: CompileKey,
    interpreter: Interpreter,
    *,
    env: Mapping[str, str],
) -> BoundPackage:
    """Return the package of the module `name`, the last part of its import path.

    Raises the errors of `find_header` and `recompile`.
    """
    header = find_header(key, library, env=env)
    library_name = library_file_name(name, library)
    texts = {
        "__init__.py": init_text(library_name),
        "ffi.py": recompile(header, interpreter, env=env),
    }
    return BoundPackage(texts, library_name, library)


def init_text(library_name: str) -> str:
    """Return `__init__.py`: it exports `ffi`, and the opened library as `lib`."""
    return _INIT.format(library=library_name)


def recompile(
    header: Header, interpreter: Interpreter, *, env: Mapping[str, str]
) -> str:
    """Return `ffi.py` for a header, made by the interpreter's own cffi.

    Remembered by the header's text: the interpreter runs once for each. Raises
    `CffiMissingError` and `HeaderError`.
    """
    facts = (interpreter.stable_executable, interpreter.version)
    question = repr((__version__, "ffi.py", facts, header.text))
    cached = cache.read_json(env, "answers", question)
    if isinstance(cached, str):
        return cached
    text = _run(header, interpreter.executable, env)
    cache.write_json(env, "answers", question, text, label="ffi.py of a cffi module")
    return text


def _run(header: Header, executable: str, env: Mapping[str, str]) -> str:
    import subprocess

    log.debug(f"cffi of {executable} reads the C header ({header.origin})")
    done = subprocess.run(
        [executable, "-c", _SCRIPT],
        input=header.text.encode("utf-8"),
        env=dict(env),
        capture_output=True,
        check=False,
    )
    messages = done.stderr.decode("utf-8", "replace")
    if done.returncode == _NO_CFFI:
        raise CffiMissingError(executable)
    if done.returncode != 0:
        raise HeaderError(header.origin, messages)
    for line in messages.splitlines():
        log.info(f"cffi: {line}")
    return done.stdout.decode("utf-8").replace("\r\n", "\n")
