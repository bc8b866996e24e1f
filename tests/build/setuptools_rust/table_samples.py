"""Projects of setuptools-rust, each with one feature or layout of its own.

Their libraries define the module by hand instead of with PyO3, so that each
compiles in a moment; one sample depends on PyO3, for its features.
"""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SAMPLES", "Sample", "change_backend", "module", "write_sample"]

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
BACKEND = """\
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"
"""

MODULE = """\
use std::os::raw::{c_char, c_int, c_void};

#[repr(C)]
struct Def {
    refcount: isize,
    kind: *mut c_void,
    init: *mut c_void,
    index: isize,
    copy: *mut c_void,
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    rest: [*mut c_void; 5],
}

extern "C" {
    fn PyModule_Create2(def: *mut Def, version: c_int) -> *mut c_void;
}

const NULL: *mut c_void = std::ptr::null_mut();

static mut DEF: Def = Def {
    refcount: 1, kind: NULL, init: NULL, index: 0, copy: NULL,
    name: b"NAME\\0".as_ptr() as *const c_char,
    doc: b"DOC\\0".as_ptr() as *const c_char,
    size: -1, rest: [NULL; 5],
};

#[no_mangle]
pub unsafe extern "C" fn PyInit_NAME() -> *mut c_void {
    PyModule_Create2(std::ptr::addr_of_mut!(DEF), 1013)
}
"""


def cargo(name: str, more: str = "", *, lib: str = "") -> str:
    """Return a manifest of a crate without dependencies."""
    library = f'name = "{lib}"\n' if lib else ""
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n\n'
        f'[lib]\n{library}crate-type = ["cdylib"]\n\n[workspace]\n{more}'
    )


def module(name: str, doc: str = "made of Rust") -> str:
    """Return a library that is the Python module `name`."""
    return MODULE.replace("NAME", name).replace("DOC", doc)


def program(text: str) -> str:
    """Return a program that prints a text."""
    return f'fn main() {{ println!("{text}"); }}\n'


@dataclass(frozen=True)
class Sample:
    """A project, and what is known about it."""

    files: dict[str, str]
    imports: str
    """Python code that prints something when the wheel is installed."""
    prints: str
    tags: tuple[str, str] | None = None
    """Python and ABI tag of ferrule's wheel, where they say more: the stable ABI
    that Cargo.toml asks for, or that a program needs no Python at all."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Names in setuptools' wheel that differ for the same reason."""
    not_in_sdist: frozenset[str] = frozenset()
    """Files that MANIFEST.in excludes, and caches."""


HELLO_WORLD = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[project]
name = "hello-world"
version = "1.0"
dynamic = ["readme"]
authors = [{ name = "A", email = "a@example.org" }]
dependencies = ["typing-extensions; python_version < '3'"]

[project.scripts]
hello = "hello_world:main"

[tool.setuptools.packages]
find = { where = ["python"] }

[tool.setuptools.dynamic]
readme = { file = ["README.md"] }

[[tool.setuptools-rust.ext-modules]]
target = "hello_world._lib"
rustc-flags = ["-Copt-level=1"]
args = ["--profile", "small"]

[[tool.setuptools-rust.bins]]
target = "print-hello"
args = ["--profile", "small"]
""",
        "README.md": "# Hello\n",
        "MANIFEST.in": "include Cargo.toml\nrecursive-include src *\n",
        "Cargo.toml": cargo(
            "hello-world",
            "\n[dependencies.pyo3]\n"
            'version = "0.30"\ndefault-features = false\nfeatures = ["abi3-py39"]\n'
            '\n[[bin]]\nname = "print-hello"\npath = "src/main.rs"\n'
            '\n[profile.small]\ninherits = "dev"\ndebug = 0\n',
            lib="hello_world",
        ),
        "src/lib.rs": module("_lib"),
        "src/main.rs": program("hello"),
        "python/hello_world/__init__.py": "from . import _lib\n",
        "python/hello_world/py.typed": "",
        "python/hello_world/data.json": "{}",
    },
    "import hello_world; print(hello_world._lib.__doc__)",
    "made of Rust",
    tags=("cp39", "abi3"),
    renamed={f"hello_world/_lib{SUFFIX}": "hello_world/_lib.abi3.so"},
)

NAMESPACE = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[project]
name = "namespace-package"
dynamic = ["version", "dependencies", "description"]
license-files = ["LICENSE*"]

[tool.setuptools]
package-dir = { "" = "lib" }
script-files = ["tools/greet.py"]

[tool.setuptools.packages.find]
where = ["lib"]
exclude = ["namespace.skipped*"]

[tool.setuptools.package-data]
"namespace.inner" = ["*.txt", "deep/**/*.csv"]

[tool.setuptools.exclude-package-data]
"namespace.inner" = ["secret.txt"]

[tool.setuptools.dynamic]
version = { attr = "namespace.inner.__version__" }
dependencies = { file = "requirements.txt" }
description = { file = "SUMMARY" }

[[tool.setuptools-rust.ext-modules]]
target = "namespace._native"
path = "native/Cargo.toml"
binding = "NoBinding"
debug = true
features = ["loud"]
""",
        "requirements.txt": "# comment\ntyping-extensions\n",
        "SUMMARY": "A namespace",
        "LICENSE": "free\n",
        "MANIFEST.in": "graft lib/namespace/more\nprune lib/namespace/skipped\n",
        "tools/greet.py": "#!/usr/bin/env python3\nprint('greeted')\n",
        "native/Cargo.toml": cargo(
            "rust-namespace", "\n[features]\nloud = []\n", lib="other_name"
        ),
        "native/src/lib.rs": module("_native", "hi"),
        "lib/namespace/inner/__init__.py": "__version__ = '2.5'\nimport os\n",
        "lib/namespace/inner/kept.txt": "kept\n",
        "lib/namespace/inner/secret.txt": "no\n",
        "lib/namespace/inner/plain.csv": "no\n",
        "lib/namespace/inner/deep/a/b.csv": "yes\n",
        "lib/namespace/more/table.dat": "yes\n",
        "lib/namespace/skipped/__init__.py": "",
        "lib/namespace/inner/__pycache__/x.cpython-39.pyc": "stale",
    },
    "import namespace._native as n, namespace.inner; print(n.__doc__)",
    "hi",
    not_in_sdist=frozenset(
        (
            "lib/namespace/inner/__pycache__/x.cpython-39.pyc",
            "lib/namespace/skipped/__init__.py",
        )
    ),
)

PROGRAM = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[project]
name = "only-program"
version = "1"

[tool.setuptools]
packages = []

[[tool.setuptools-rust.bins]]
target = "my-tool"
""",
        "Cargo.toml": '[package]\nname = "only-program"\nversion = "0.1.0"\n'
        'edition = "2021"\n\n[[bin]]\nname = "my-tool"\npath = "src/main.rs"\n'
        "\n[workspace]\n",
        "src/main.rs": program("tool"),
    },
    "import subprocess, sys, os; "
    "print(subprocess.check_output([os.path.dirname(sys.executable) + '/my-tool'])"
    ".decode().strip())",
    "tool",
    tags=("py3", "none"),
)

INSIDE = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[project]
name = "program-inside"
version = "1"

[[tool.setuptools-rust.ext-modules]]
target = "outer.bin.my-helper"
binding = "Exec"
strip = "All"

[tool.setuptools]
packages = ["outer", "outer.bin"]

[tool.distutils.bdist_wheel]
py_limited_api = "cp39"
""",
        "Cargo.toml": '[package]\nname = "program-inside"\nversion = "0.1.0"\n'
        'edition = "2021"\n\n[[bin]]\nname = "my-helper"\npath = "rust/main.rs"\n'
        "\n[workspace]\n",
        "rust/main.rs": program("inside"),
        "outer/__init__.py": "",
        "outer/bin/__init__.py": "",
        "tests/test_it.py": "",
    },
    "import subprocess, outer.bin, os; "
    "print(subprocess.check_output([os.path.dirname(outer.bin.__file__) + "
    "'/my-helper']).decode().strip())",
    "inside",
    tags=("py3", "none"),
)

GENERATED = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[project]
name = "generated-files"
version = "1"

[[tool.setuptools-rust.ext-modules]]
target = "generated._lib"
binding = "NoBinding"

[tool.setuptools-rust.ext-modules.generated-files]
"made.txt" = "generated"
"folder" = "generated.data"
"nested/inner" = "generated"
""",
        "Cargo.toml": cargo("generated-files", lib="generated"),
        "src/lib.rs": module("_lib"),
        "build.rs": """\
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR").unwrap());
    for name in ["made.txt", "folder/a.txt", "nested/inner/b.txt", "other.txt"] {
        let path = out.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
}
""",
        "generated/__init__.py": "",
        "generated/data/__init__.py": "",
    },
    "import generated._lib as m; print(m.__doc__)",
    "made of Rust",
)

SETUP_CFG = Sample(
    {
        "pyproject.toml": BACKEND
        + """
[[tool.setuptools-rust.ext-modules]]
target = "configured._lib"
binding = "NoBinding"
""",
        "setup.cfg": """\
[metadata]
name = configured
version = attr: configured.about.VERSION
description = Set up by a file
long_description = file: README.rst, CHANGES.rst
long_description_content_type = text/x-rst
author = Ann Author
author_email = ann@example.org
license = MIT
keywords = one, two
classifiers =
    Programming Language :: Rust
    Topic :: Utilities
project_urls =
    Source = https://example.org/source

[options]
packages = find:
package_dir =
    =code
python_requires = >=3.8
install_requires =
    typing-extensions; python_version < "3"
py_modules = lonely

[options.packages.find]
where = code

[options.package_data]
* = *.dat
configured = texts/*.txt

[options.extras_require]
fast =
    packaging>=20

[options.entry_points]
console_scripts =
    configured = configured:main
configured.plugins =
    one = configured.about
""",
        "README.rst": "Read\n====\n",
        "CHANGES.rst": "Changes\n=======\n",
        "Cargo.toml": cargo("configured"),
        "src/lib.rs": module("_lib"),
        "code/lonely.py": "",
        "code/configured/__init__.py": "def main():\n    print('configured')\n",
        "code/configured/about.py": "import os\nVERSION = (3, 1, 4)\n",
        "code/configured/x.dat": "",
        "code/configured/texts/t.txt": "",
        "code/configured/texts/t.md": "",
        "code/other/__init__.py": "",
        "code/no_package/data.dat": "",
    },
    "import configured._lib as m, lonely; print(m.__doc__)",
    "made of Rust",
)

SETUP_PY = Sample(
    {
        "pyproject.toml": BACKEND,
        "setup.py": '''\
"""The project's setup."""
import os
from pathlib import Path

from setuptools import find_packages, setup
from setuptools_rust import Binding, RustBin, RustExtension, Strip

HERE = os.path.abspath(os.path.dirname(__file__))
VERSION = "0.9"
NAME = "literal"

with open(os.path.join(HERE, "README.md"), encoding="utf-8") as stream:
    long_description = stream.read()

setup_requires = ["setuptools-rust>=1.5"]

if __name__ == "__main__":
    setup(
        name=NAME,
        version=f"{VERSION}.1",
        url="https://example.org/literal",
        author="Bo",
        long_description=long_description,
        long_description_content_type="text/markdown",
        classifiers=["Programming Language :: Rust"],
        packages=find_packages(exclude=["tests", "tests.*"]),
        package_data={NAME: ["*.json"]},
        rust_extensions=[
            RustExtension(
                NAME + "._lib",
                path="Cargo.toml",
                binding=Binding.NoBinding,
                strip=Strip.Debug,
                debug=False,
            ),
            RustExtension(
                f"{NAME}.absent", "broken/Cargo.toml",
                binding=Binding.NoBinding, optional=True,
            ),
        ],
        entry_points={"console_scripts": ["literal-main = literal:main"]},
        python_requires=">=3.8",
        install_requires=Path("requirements.txt").read_text().splitlines(),
        extras_require={":python_version<'3'": ["typing"], "x": ["packaging"]},
        setup_requires=setup_requires,
        include_package_data=True,
        zip_safe=False,
    )
''',
        "README.md": "# Literal\n",
        "requirements.txt": "typing-extensions\n",
        "MANIFEST.in": "recursive-include literal *.toml\nexclude literal/no.toml\n",
        "Cargo.toml": cargo("literal"),
        "src/lib.rs": module("_lib"),
        "broken/Cargo.toml": cargo("broken", lib="broken"),
        "broken/src/lib.rs": "this is no Rust\n",
        "literal/__init__.py": "def main():\n    print('ran')\n",
        "literal/a.json": "",
        "literal/yes.toml": "",
        "literal/no.toml": "",
        "literal/sub/__init__.py": "",
        "tests/__init__.py": "",
    },
    "import literal._lib as m; print(m.__doc__)",
    "made of Rust",
    not_in_sdist=frozenset({"literal/no.toml"}),
)

SAMPLES: dict[str, Sample] = {
    "hello-world": HELLO_WORLD,
    "namespace-package": NAMESPACE,
    "program-only": PROGRAM,
    "program-inside-package": INSIDE,
    "generated-files": GENERATED,
    "setup-cfg": SETUP_CFG,
    "setup-py": SETUP_PY,
}


def write_sample(name: str, folder: Path) -> Path:
    """Write the files of a sample into a folder and return it."""
    for path, text in SAMPLES[name].files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def change_backend(project: Path) -> Path:
    """Make ferrule the backend of a project: the two lines a user changes."""
    path = project / "pyproject.toml"
    text = path.read_text()
    text = text.replace('"setuptools", "setuptools-rust"', '"ferrule"')
    path.write_text(text.replace('"setuptools.build_meta"', '"ferrule"'))
    return project
