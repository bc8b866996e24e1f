"""Small projects with a setup.py, written as users of setuptools-rust write them.

All of them compile the same two crates: a library that speaks Python's C
interface through `pyo3-ffi` (under the name `pyo3`, so that features of `pyo3`
reach it), and a program without dependencies.
"""

from __future__ import annotations

__all__ = [
    "CRATE",
    "CYTHON",
    "GENERATED",
    "IN_TREE",
    "LEGACY",
    "MIXED",
    "OLDER",
    "OPTIONAL",
    "PYPROJECT",
    "TOOL",
    "UNRELATED",
]

PYPROJECT = """\
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"
"""
_MANIFEST = """\
[package]
name = "core-crate"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[features]
default = ["loud"]
loud = []
first = []
second = []
third = []
traced = []
broken = []

[dependencies]
pyo3 = { package = "pyo3-ffi", version = "0.30" }
"""
_LIBRARY = """\
use pyo3::*;
use std::ptr::null_mut;

#[cfg(feature = "broken")]
compile_error!("broken on purpose");

static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"core".as_ptr(),
    m_doc: null_mut(),
    m_size: 0,
    m_methods: null_mut(),
    m_slots: null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

#[cfg_attr(feature = "first", export_name = "PyInit__first")]
#[cfg_attr(feature = "second", export_name = "PyInit__second")]
#[cfg_attr(feature = "third", export_name = "PyInit__third")]
#[cfg_attr(
    not(any(feature = "first", feature = "second", feature = "third")),
    export_name = "PyInit__core"
)]
pub unsafe extern "C" fn init() -> *mut PyObject {
    let module = PyModule_Create(std::ptr::addr_of_mut!(MODULE));
    if !module.is_null() {
        let facts = [
            (c"DEBUG", cfg!(debug_assertions) as i64),
            (c"LOUD", cfg!(feature = "loud") as i64),
            (c"TRACED", cfg!(feature = "traced") as i64),
            (c"TEXT", option_env!("CORE_TEXT").unwrap_or("").len() as i64),
        ];
        for (name, value) in facts {
            PyModule_AddIntConstant(module, name.as_ptr(), value as _);
        }
    }
    module
}
"""
_BUILD_SCRIPT = """\
use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR").unwrap();
    let out = Path::new(&out);
    fs::create_dir_all(out.join("tables/deep")).unwrap();
    fs::write(out.join("one.txt"), "one").unwrap();
    fs::write(out.join("tables/two.txt"), "two").unwrap();
    fs::write(out.join("tables/deep/three.txt"), "three").unwrap();
}
"""
CRATE = {
    "rust/Cargo.toml": _MANIFEST,
    "rust/build.rs": _BUILD_SCRIPT,
    "rust/src/lib.rs": _LIBRARY,
}
TOOL = {
    "tool/Cargo.toml": '[package]\nname = "greet-me"\nversion = "0.1.0"\n'
    'edition = "2021"\n',
    "tool/src/main.rs": 'fn main() {\n    println!("greetings");\n}\n',
}

MIXED = {
    **CRATE,
    **TOOL,
    "pyproject.toml": PYPROJECT.replace('rust"', 'rust", "cffi"'),
    "setup.py": """\
import os

from setuptools import Extension, find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools_rust import Binding, RustBin, RustExtension, Strip
from setuptools_rust.build import build_rust

DEBUG = os.environ.get("MIXED_DEBUG", "0") == "1"


class TracingBuildRust(build_rust):
    def finalize_options(self):
        super().finalize_options()
        self.traced = []

    def run(self):
        self.extensions[0].features = (*self.extensions[0].features, "traced")
        super().run()
        self.mkpath(self.build_temp)
        with open(os.path.join(self.build_temp, "traced.txt"), "w") as file:
            file.write(" ".join(self.traced))

    def build_extension(self, ext):
        self.traced.append(ext.name)
        return super().build_extension(ext)


class CheckedBuildExt(build_ext):
    def build_extension(self, ext):
        if ext.name == "mixed._c":
            ext.define_macros.append(("ANSWER", "42"))
        super().build_extension(ext)


class NumberedWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.build_number = "7"


def rust(name, *features, **more):
    return RustExtension(
        f"mixed.{name}",
        path="rust/Cargo.toml",
        features=features,
        binding=Binding.PyO3,
        strip=Strip.Debug,
        debug=DEBUG,
        **more,
    )


setup(
    name="mixed",
    version="1.0",
    package_dir={"": "src"},
    packages=find_packages("src"),
    ext_modules=[Extension("mixed._c", ["c/answer.c"])],
    cffi_modules=["c/build_cffi.py:ffibuilder"],
    setup_requires=["setuptools_rust>=1.0"],
    rust_extensions=[
        rust("_first", "first"),
        rust("_second", "second", args=["--no-default-features"]),
        rust("_third", "third", env={**os.environ, "CORE_TEXT": "text"}),
        RustBin("greet-me", path="tool/Cargo.toml", debug=DEBUG),
    ],
    cmdclass={
        "build_rust": TracingBuildRust,
        "build_ext": CheckedBuildExt,
        "bdist_wheel": NumberedWheel,
    },
    zip_safe=False,
)
""",
    "c/answer.c": """\
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_c", NULL, -1, NULL};

PyMODINIT_FUNC PyInit__c(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module) PyModule_AddIntConstant(module, "answer", ANSWER);
    return module;
}
""",
    "c/build_cffi.py": """\
from cffi import FFI

ffibuilder = FFI()
ffibuilder.cdef("int twice(int);")
ffibuilder.set_source("mixed._cffi", "static int twice(int x) { return 2 * x; }")
""",
    "src/mixed/__init__.py": "",
}

CYTHON = {
    **CRATE,
    "pyproject.toml": PYPROJECT.replace('rust"', 'rust", "Cython"'),
    "MANIFEST.in": "recursive-include src *.pyx *.pxd\n",
    "setup.py": """\
from Cython.Build import build_ext, cythonize
from setuptools import Extension, setup
from setuptools_rust import RustExtension

setup(
    name="cymixed",
    version="1.0",
    package_dir={"": "src"},
    packages=["cymixed"],
    package_data={"cymixed": ["*.pxd"]},
    ext_modules=[
        *cythonize("src/cymixed/_early.pyx", language_level=3),
        Extension("cymixed._late", ["src/cymixed/_late.pyx"]),
    ],
    rust_extensions=[RustExtension("cymixed._core", path="rust/Cargo.toml")],
    cmdclass={"build_ext": build_ext},
)
""",
    "src/cymixed/__init__.py": "",
    "src/cymixed/_early.pxd": "cpdef int twice(int x)\n",
    "src/cymixed/_early.pyx": "cpdef int twice(int x):\n    return 2 * x\n",
    "src/cymixed/_late.pyx": """\
from cymixed._early cimport twice


def four_times(int x):
    return twice(twice(x))
""",
}

OLDER = {
    **CRATE,
    "pyproject.toml": PYPROJECT,
    "setup.py": """\
import os

import setuptools
import setuptools_rust as rust
from setuptools_rust.build import build_rust as _build_rust
from setuptools_rust.utils import get_rust_version


class build_rust(_build_rust):
    def run(self):
        if "nightly" not in get_rust_version().prerelease:
            self.extensions[0].features.append("traced")
        _build_rust.run(self)

    def build_extension(self, ext, target):
        assert os.path.isabs(os.path.abspath(self.build_temp))
        return _build_rust.build_extension(self, ext, target)

    def install_extension(self, ext, dylib_paths):
        _build_rust.install_extension(self, ext, dylib_paths)

    def get_dylib_ext_path(self, ext, module_name):
        path = _build_rust.get_dylib_ext_path(self, ext, module_name)
        return path.replace(os.path.join("older", "_core"), "older/inner/_core")


class Distribution(setuptools.Distribution):
    def get_command_class(self, command):
        return super().get_command_class(command)


setuptools.setup(
    name="older",
    version="0.1",
    packages=["older"],
    distclass=Distribution,
    cmdclass={"build_rust": build_rust},
    rust_extensions=[
        rust.RustExtension(
            "older._core",
            os.path.join("rust", "Cargo.toml"),
            ["--features=loud"],
            binding=rust.Binding.PyO3,
            strip=rust.Strip.All,
            rust_version=">=1.60",
            env={"CORE_TEXT": "abc"},
            generated_files={"one.txt": "older"},
        )
    ],
)
""",
    "older/__init__.py": "",
    "older/inner/__init__.py": "",
}

OPTIONAL = {
    **CRATE,
    "pyproject.toml": PYPROJECT,
    "setup.py": """\
from setuptools import setup
from setuptools_rust import RustExtension

setup(
    name="perhaps",
    version="2.0",
    packages=["perhaps"],
    rust_extensions=[
        RustExtension(
            "perhaps._core", "rust/Cargo.toml", features=["broken"], optional=True
        )
    ],
)
""",
    "perhaps/__init__.py": "VALUE = 3\n",
}

GENERATED = {
    **CRATE,
    "pyproject.toml": """\
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"

[project]
name = "generated"
version = "3.0"

[tool.setuptools]
packages = ["generated", "generated.data"]

[[tool.setuptools-rust.ext-modules]]
target = "generated._core"
path = "rust/Cargo.toml"
binding = "PyO3"
debug = true
generated-files = { "one.txt" = "generated", "tables" = "generated.data" }
""",
    "generated/__init__.py": "",
    "generated/data/__init__.py": "",
}

_TOOL_SETUP = """\
from setuptools import setup
from setuptools_rust import Binding, RustBin, RustExtension

setup(
    name="tooling",
    version="4.0",
    description=TEXT,
    packages=["tooling"],
    rust_extensions=[
        RustBin("greet-me", path="tool/Cargo.toml", debug=True),
        RustExtension(
            {"greet-me": "tooling.greet-inside"},
            path="tool/Cargo.toml",
            binding=Binding.Exec,
            debug=True,
        ),
    ],
)
"""
IN_TREE = {
    **TOOL,
    "pyproject.toml": """\
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "own_backend"
backend-path = ["backend"]
""",
    "backend/own_backend.py": """\
import os

from setuptools import build_meta as original
from setuptools.build_meta import *


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    os.environ["TOOLING_TEXT"] = (config_settings or {}).get("text", "none")
    return original.build_wheel(wheel_directory, config_settings, metadata_directory)
""",
    "setup.py": "import os\n\nTEXT = os.environ.get('TOOLING_TEXT', 'unset')\n"
    + _TOOL_SETUP,
    "tooling/__init__.py": "",
}
LEGACY = {
    **TOOL,
    "pyproject.toml": '[build-system]\nrequires = ["setuptools", "setuptools-rust"]\n',
    "texts.py": 'TEXT = "from beside setup.py"\n',
    "setup.py": "from texts import TEXT\n" + _TOOL_SETUP,
    "tooling/__init__.py": "",
}
UNRELATED = {
    "pyproject.toml": PYPROJECT.replace(', "setuptools-rust"', ""),
    "setup.py": """\
import sys

from setuptools import setup

setup(name="unrelated", version="1.0", py_modules=["unrelated"])
print("LOADED", sorted(name for name in sys.modules if name.startswith("ferrule")))
""",
    "unrelated.py": "",
}
