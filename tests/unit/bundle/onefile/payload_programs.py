"""A plain Python whose program is a payload, for tests of the importer.

`STAND_IN` offers what the program's own module offers (rust/payload.rs); the tests
with real programs are in tests/build/bundle.
"""

from __future__ import annotations

import functools
import json
import marshal
import subprocess
import sys
from ast import literal_eval
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from ferrule.bundle.onefile import frozen
from ferrule.bundle.onefile.frozen import IMPORTER_MODULES
from ferrule.bundle.onefile.members import make_payload
from ferrule.bundle.onefile.payload import PayloadFacts

FOLDER = Path(frozen.__file__).with_name("importer")
STAND_IN = """
import ctypes, hashlib, os, sys, types
program, core = sys.argv[1:3]
data = open(program, "rb").read()
members, index = (int.from_bytes(data[at:at + 8], "little") for at in (-56, -48))
start = len(data) - 64 - index - members
native = types.ModuleType("_ferrule")
native.index = lambda: data[start + members : -64]
def read(entry):
    offset, size = (int.from_bytes(entry[at:at + 8], "little") for at in (0, 8))
    content = memoryview(data)[start + offset : start + offset + size]
    if hashlib.sha256(content).digest() != entry[24:56]:
        raise ImportError("this program is damaged")
    return content
native.read = read
native.hash = lambda content: hashlib.sha256(content).digest()
def memory_file(name, content):
    if os.environ.get("FORBID"):
        raise PermissionError(1, "Operation not permitted")
    file = os.memfd_create(name)
    os.write(file, content)
    return file
native.memory_file = memory_file
def library_file(name, entry, total):
    import zlib
    offset, size = (int.from_bytes(entry[at:at + 8], "little") for at in (0, 8))
    content = data[start + offset : start + offset + size]
    if zlib.crc32(content) != total:
        raise ImportError("this program is damaged")
    return memory_file(name, content)
native.library_file = library_file
native.load = ctypes.CDLL
import fcntl as _fcntl
def lock(file, operation):
    try:
        _fcntl.flock(file, operation)
    except OSError:
        return False
    return True
native.lock = lock
native.is_privileged = lambda: bool(os.environ.get("PRIVILEGED"))
sys.modules["_ferrule"] = native
sys.executable = program
import importlib.machinery, importlib.util
place = importlib.util.spec_from_file_location("_ferrule_importer", core)
importer = importlib.util.module_from_spec(place)
sys.modules["_ferrule_importer"] = importer
place.loader.exec_module(importer)
sys.path[:0] = [program + "/" + root for root in importer.meta["roots"]]
spec = importlib.machinery.ModuleSpec("encodings", None, is_package=True)
names = {}
importer.start(spec, names)
assert names["STARTED"]
assert names["__file__"].startswith(program + "/std/encodings/__init__.py")
import io, builtins
builtins.open = __import__("_io").open
io.open = builtins.open
for name in ("stat", "lstat", "listdir", "scandir", "open", "access", "listxattr"):
    setattr(os, name, getattr(__import__("posix"), name))
"""
PACKAGE = {
    "site/pkg/__init__.py": "from . import inner\nVALUE = inner.VALUE",
    "site/pkg/inner.py": "VALUE = 7\ndef fail():\n    raise ValueError('inner')\n",
    "site/pkg/data/text.txt": "tëxt",
    "site/pkg/py.typed": "",
    "site/space/part.py": "HERE = True",
    "site/pkg/vendor/hidden.py": "FOUND = True",
    "site/Some_Pkg-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: Some-Pkg\n"
    "Version: 1.5\n",
    "site/Some_Pkg-1.5.dist-info/entry_points.txt": "[group]\nname = pkg:VALUE\n",
    "std/encodings/__init__.py": "STARTED = True",
}


def compiled(text: str, path: str) -> bytes:
    return bytes(16) + marshal.dumps(compile(text, path, "exec"))


@functools.cache
def own_modules() -> dict[str, bytes]:
    return {
        name: compiled((FOLDER / f"{file}.py").read_text(), name)[16:]
        for name, file in IMPORTER_MODULES.items()
    }


@dataclass
class Program:
    """A file that ends with a payload."""

    path: Path

    def run(self, code: str, env: dict[str, str] | None = None, *, prelude: str = ""):
        words = [sys.executable, "-I", "-S", "-B", "-c", prelude + STAND_IN + code]
        words += [str(self.path), str(FOLDER / "core.py")]
        return subprocess.run(
            words, env=env or {}, capture_output=True, text=True, check=False
        )

    def ask(self, code: str, env: dict[str, str] | None = None, *, prelude: str = ""):
        # Without `json` there: its import is a third of what these programs do.
        done = self.run(f"{code}\nprint(ascii(answer))", env, prelude=prelude)
        assert done.returncode == 0, done.stderr
        return json.loads(json.dumps(literal_eval(done.stdout)))


def make_program(
    path, files=None, *, sources=False, compress=False, **facts
) -> Program:
    """Write a program with the modules of `PACKAGE` and more.

    With `beside`, its libraries are written to that folder.
    """
    contents = {}
    for name, text in {**PACKAGE, **(files or {})}.items():
        if not name.endswith(".py"):
            contents[name] = text if isinstance(text, bytes) else text.encode()
            continue
        code = compiled(text, name)
        if sources:
            folder, _, base = name.rpartition("/")
            contents[name] = text.encode()
            contents[f"{folder}/__pycache__/{base[:-3]}.cpython-3.pyc"] = code
        else:
            contents[name + "c"] = code
    payload = make_payload(
        contents,
        PayloadFacts(("std", "site"), **facts),
        suffixes=sorted(EXTENSION_SUFFIXES, key=len, reverse=True),
        own=own_modules(),
        builtins=("zlib",),
        compress=compress,
    )
    path.write_bytes(b"program" + b"".join(payload.chunks()))
    if payload.facts.beside:
        extensions = {
            member.path: member.content
            for member in payload.modules.values()
            if member.kind == "extension"
        }
        for name, content in {**payload.libraries, **extensions}.items():
            place = path.parent / payload.facts.beside / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            place.write_bytes(content)
    return Program(path)
