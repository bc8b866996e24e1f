"""Small libraries and wheels that need them, made with the C compiler."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sysconfig
import zipfile
from pathlib import Path

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
CPYTHON = f"cp{sysconfig.get_config_var('py_version_nodot')}"

INNER = "int inner(void) { return 40; }"
OUTER = "int inner(void);\nint outer(void) { return inner() + 2; }"
CPP = """\
#include <string>
#include <vector>
extern "C" int cpp(void) { return std::vector<std::string>{"x"}.size(); }
"""
MODULE = """\
#include <Python.h>
int outer(void);
int cpp(void);
static PyObject *answer(PyObject *self, PyObject *args) {
    return PyLong_FromLong(outer() * 10 + cpp());
}
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_ext", 0, -1, methods
};
PyMODINIT_FUNC PyInit__ext(void) { return PyModule_Create(&module); }
"""
# Windows has no Python headers here; the stable ABI's layouts are few.
WINDOWS_MODULE = """\
#include <stddef.h>
typedef struct { ptrdiff_t count; void *type; } Object;
typedef struct {
    const char *name; Object *(*call)(Object *, Object *); int flags;
    const char *doc;
} Method;
typedef struct {
    Object base; void *init; ptrdiff_t index; void *copy; const char *name;
    const char *doc; ptrdiff_t size; Method *methods;
    void *slots, *traverse, *clear, *release;
} Module;
__declspec(dllimport) Object *PyModule_Create2(Module *, int);
__declspec(dllimport) Object *PyLong_FromLong(long);
__declspec(dllimport) int outer(void);
static Object *answer(Object *self, Object *args) {
    return PyLong_FromLong(outer());
}
static Method methods[] = {{"answer", answer, 4, 0}, {0}};
static Module module = {{1, 0}, 0, 0, 0, "_ext", 0, -1, methods, 0, 0, 0, 0};
__declspec(dllexport) Object *PyInit__ext(void) {
    return PyModule_Create2(&module, 1013);
}
"""


def compile_library(
    target: Path, source: str, *arguments: str, compiler: str = "gcc"
) -> Path:
    """Compile a shared library from C, or C++, and return its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = "cc" if compiler == "g++" else "c"
    text = target.with_name(f"{target.name.partition('.')[0]}-source.{suffix}")
    text.write_text(source)
    command = [compiler, "-shared", "-fPIC", "-O1", str(text), "-o", str(target)]
    subprocess.run([*command, *arguments], check=True)
    text.unlink()
    return target


def make_libraries(folder: Path) -> Path:
    """Make `libouter.so`, which needs `libinner.so.1`, and `libcpp.so.3`."""
    soname = "-Wl,-soname,libinner.so.1"
    compile_library(folder / "libinner.so.1.2", INNER, soname)
    (folder / "libinner.so.1").symlink_to("libinner.so.1.2")
    (folder / "libinner.so").symlink_to("libinner.so.1")
    compile_library(folder / "libouter.so", OUTER, f"-L{folder}", "-linner")
    soname = "-Wl,-soname,libcpp.so.3"
    compile_library(folder / "libcpp.so", CPP, soname, compiler="g++")
    (folder / "libcpp.so").rename(folder / "libcpp.so.3")
    (folder / "libcpp.so").symlink_to("libcpp.so.3")
    return folder


def make_module(target: Path, libraries: Path, *arguments: str) -> Path:
    """Make an extension module that needs `libouter.so` and `libcpp.so.3`."""
    include = f"-I{sysconfig.get_paths()['include']}"
    links = (f"-L{libraries}", "-louter", "-lcpp")
    return compile_library(target, MODULE, include, *links, *arguments)


def write_wheel(path: Path, files: dict[str, bytes]) -> Path:
    """Write a wheel of the distribution that `path` names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name, version, tag = path.stem.split("-", 2)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    python, abi, platforms = tag.split("-")
    tags = "".join(f"Tag: {python}-{abi}-{item}\n" for item in platforms.split("."))
    wheel = f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: false\n{tags}"
    files = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": wheel.encode(),
    }
    record = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in files.items():
            entry = zipfile.ZipInfo(place, (2024, 1, 2, 3, 4, 6))
            is_program = "/scripts/" in place
            entry.external_attr = (0o755 if is_program else 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            record += f"{place},sha256={digest.decode().rstrip('=')},{len(content)}\n"
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path
