"""Projects for the layouts of cffi modules that maturin's own test crates use."""

from __future__ import annotations

from layout_samples import below, local
from peer_samples import Sample, pyproject

__all__ = ["CFFI", "HEADER"]

HEADER = "int64_t answer(void);\n"
"""What both tools find as `header.h` in cargo's target folder, and take."""
LIBRARY = """\
#[no_mangle]
pub extern "C" fn answer() -> i64 {
    %s
}
"""
INIT = {"content *__init__.py": "each tool writes its own `__init__.py`"}


def module(
    name: str, tool: str = "", *, value: str = "42", dependencies: str = ""
) -> dict[str, str]:
    """Return a project with nothing but a library with a C interface."""
    return {
        "Cargo.toml": (
            f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
            f'[lib]\nname = "ext"\ncrate-type = ["cdylib"]\n'
            f"[dependencies]\n{dependencies}"
        ),
        "src/lib.rs": LIBRARY % value,
        "pyproject.toml": pyproject(
            name, f'bindings = "cffi"\n{tool}', project='dependencies = ["cffi"]\n'
        ),
    }


def asking(package: str) -> str:
    """Return code that calls the library of a package."""
    return f"import {package} as p; print(p.lib.answer())"


CFFI = (
    Sample("cffi-pure", module("cffi-pure"), asking("ext"), "42", reasons=INIT),
    Sample(
        "cffi-pure-dotted",
        module("cffi-dotted", 'module-name = "a.ext"\n'),
        asking("a.ext"),
        "42",
        reasons={
            "file ext/*": "maturin drops the parents of the name",
            "file a/ext/*": "where the module is by its name",
        },
    ),
    Sample(
        "cffi-mixed",
        {**module("cffi-mixed"), "ext/__init__.py": "from .ext import lib\n"},
        asking("ext"),
        "42",
        reasons=INIT,
    ),
    Sample(
        "cffi-mixed-submodule",
        {
            **module("cffi-sub", 'module-name = "pkg.deep.ext"\n'),
            "pkg/__init__.py": "from .deep.ext import lib\n",
            "pkg/deep/__init__.py": "",
        },
        asking("pkg"),
        "42",
        reasons=INIT,
    ),
    Sample(
        "cffi-mixed-namespace-without-init",
        {
            **module("cffi-ns", 'module-name = "a.b.ext"\npython-source = "python"\n'),
            "python/a/b/tool.py": "from .ext import lib\n",
        },
        asking("a.b.tool"),
        "42",
        reasons=INIT,
    ),
    Sample(
        "cffi-mixed-src-layout-with-rust-folder",
        {
            **below("rust", module("cffi-src")),
            "src/cffi_src/__init__.py": "from .ext import lib\n",
            "pyproject.toml": module("cffi-src", 'module-name = "cffi_src.ext"\n')[
                "pyproject.toml"
            ],
        },
        asking("cffi_src"),
        "42",
        reasons=INIT,
    ),
    Sample(
        "cffi-mixed-with-path-dependency-and-patterns",
        {
            **module(
                "cffi-dep",
                'module-name = "pkg.ext"\nexclude = ["pkg/no.py"]\n'
                'include = ["notes.md"]\n',
                value="part::PART + 2",
                dependencies='part = { path = "part" }\n',
            ),
            **below("part", local()),
            "notes.md": "",
            "pkg/__init__.py": "from .ext import lib\n",
            "pkg/no.py": "",
        },
        asking("pkg"),
        "42",
        reasons=INIT,
    ),
)
