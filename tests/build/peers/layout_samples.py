"""Projects for the layouts and file rules that maturin's own test crates use."""

from __future__ import annotations

from peer_samples import (
    FFI,
    LIBRARY,
    LOCAL,
    PROGRAM,
    Sample,
    answering,
    crate,
    pyproject,
)

__all__ = ["LAYOUTS", "PROGRAMS"]

ASK = "import ext; print(ext.ANSWER)"
PART = answering("part::PART + 2")
BUILD_SCRIPT = """\
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/table.txt"), "generated\\n").unwrap();
}
"""


def local(name: str = "part") -> dict[str, str]:
    """Return the files of a library for path dependencies, by place in its crate."""
    manifest = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
    return {"Cargo.toml": manifest, "src/lib.rs": LOCAL}


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    """Return the files one folder lower."""
    return {f"{folder}/{name}": text for name, text in files.items()}


def extension(name: str, tool: str = "", *, project: str = "") -> dict[str, str]:
    """Return a project with nothing but an extension module."""
    return {
        "Cargo.toml": crate(name),
        "src/lib.rs": LIBRARY,
        "pyproject.toml": pyproject(name, tool, project=project),
    }


LAYOUTS = (
    Sample("pure", extension("pure"), ASK, "42", sdist=True),
    Sample(
        "pure-with-stub-and-local-version",
        {
            **extension("stubbed", 'editable-profile = "release"\nfeatures = ["fast"]'),
            "Cargo.toml": crate("stubbed", "[features]\nfast = []\n").replace(
                '"1.0.0"', '"1.0.0+abc123de"', 1
            ),
            "pyproject.toml": pyproject(
                "Stubbed.Thing", 'editable-profile = "release"\n'
            ).replace('version = "1.0.0"', 'dynamic = ["version"]'),
            "ext.pyi": "ANSWER: int\n",
        },
        "import ext, importlib.metadata as m; print(m.version('stubbed-thing'))",
        "1.0.0+abc123de",
        sdist=True,
    ),
    Sample(
        "mixed",
        {
            **extension("mixed"),
            "ext/__init__.py": "from .ext import ANSWER\n",
            "ext/py.typed": "",
            "ext/inner/__init__.py": "",
            "ext/inner/data.json": "{}",
            "ext/tool.sh!": "#!/bin/sh\n",
            "ext/a,b.txt": "a comma\n",
            "other/__init__.py": "",
        },
        ASK,
        "42",
        sdist=True,
    ),
    Sample(
        "mixed-submodule",
        {
            **extension("sub", 'module-name = "pkg.deep.ext"\n'),
            "pkg/__init__.py": "from .deep.ext import ANSWER\n",
            "pkg/deep/__init__.py": "",
        },
        "import pkg; print(pkg.ANSWER)",
        "42",
    ),
    Sample(
        "mixed-namespace-without-init",
        {
            **extension("ns", 'module-name = "a.b.ext"\npython-source = "python"\n'),
            "python/a/b/tool.py": "from .ext import ANSWER\n",
        },
        "import a.b.tool; print(a.b.tool.ANSWER)",
        "42",
    ),
    Sample(
        "mixed-python-subdir-and-include-outside",
        {
            **extension(
                "subdir",
                'module-name = "pkg.ext"\npython-source = "python"\n'
                'python-packages = ["more"]\ninclude = ["notes/*.md", "pkg/gen.txt"]\n',
            ),
            ".gitignore": "gen.txt\n",
            "python/pkg/__init__.py": "from .ext import ANSWER\n",
            "python/pkg/gen.txt": "ignored by git, asked for\n",
            "python/more/__init__.py": "",
            "python/unwanted/__init__.py": "",
            "notes/a.md": "a\n",
        },
        "import pkg, more; print(pkg.ANSWER)",
        "42",
    ),
    Sample(
        "mixed-src-layout-with-rust-folder",
        {
            "rust/Cargo.toml": crate("src-layout"),
            "rust/src/lib.rs": LIBRARY,
            "src/src_layout/__init__.py": "from .ext import ANSWER\n",
            "pyproject.toml": pyproject(
                "src-layout", 'module-name = "src_layout.ext"\n'
            ),
        },
        "import src_layout; print(src_layout.ANSWER)",
        "42",
        sdist=True,
    ),
    Sample(
        "mixed-include-exclude-out-dir",
        {
            **extension(
                "patterns",
                'module-name = "pkg.ext"\nexclude = ["pkg/secret.py", "**/*.tmp", '
                '{ path = "pkg/wheelless.py", format = "wheel" }]\ninclude = ['
                '"pkg/generated.py", { path = "notes/only.txt", format = "wheel" }, '
                '{ path = "*.txt", from = "out-dir", to = "pkg/made" }, "none/*.x"]\n',
            ),
            "build.rs": BUILD_SCRIPT,
            ".gitignore": "generated.py\nleft.out\n",
            "notes/only.txt": "",
            "pkg/__init__.py": "from .ext import ANSWER\n",
            "pkg/generated.py": "",
            "pkg/left.out": "",
            "pkg/.hidden": "",
            "pkg/secret.py": "",
            "pkg/inner/x.tmp": "",
            "pkg/inner/x.txt": "",
            "pkg/wheelless.py": "",
        },
        "import pkg; print(pkg.ANSWER)",
        "42",
        sdist=True,
    ),
    Sample(
        "python-source-outside-of-the-project",
        {
            **below(
                "crate",
                extension(
                    "outside", 'module-name = "pkg.ext"\npython-source = "../python"\n'
                ),
            ),
            "python/pkg/__init__.py": "from .ext import ANSWER\n",
        },
        "import pkg; print(pkg.ANSWER)",
        "42",
        root="crate",
        reasons={"file pkg/__init__.py": "maturin's walk never leaves the project"},
        sdist=True,
    ),
    Sample(
        "path-dependency",
        {
            **extension("path-dep"),
            "Cargo.toml": crate("path-dep", 'part = { path = "part" }\n'),
            "src/lib.rs": PART,
            **below("part", local()),
        },
        ASK,
        "42",
        sdist=True,
    ),
    Sample(
        "path-dependency-of-a-target-above",
        {
            **below("main", extension("target-dep")),
            "main/Cargo.toml": crate(
                "target-dep",
                "[target.'cfg(not(windows))'.dependencies]\n"
                'part = { path = "../part" }\n',
            ),
            "main/src/lib.rs": PART,
            **below("part", local()),
        },
        ASK,
        "42",
        root="main",
        sdist=True,
    ),
    Sample(
        "data-folder",
        {
            **extension("with-data"),
            "ext.data/data/share/table.csv": "1\n",
            "ext.data/headers/ext.h": "",
            "ext.data/scripts/say!": "#!python\nimport ext; print(ext.ANSWER)\n",
            "ext.data/purelib/beside.py": "",
            "ext.data/platlib/plat.py": "",
        },
        "import sys, pathlib, subprocess, beside, plat;"
        "say = pathlib.Path(sys.executable).with_name('say');"
        "print(subprocess.run([say], capture_output=True, text=True).stdout.strip())",
        "42",
        sdist=True,
    ),
    Sample(
        "data-folder-of-another-name",
        {
            **extension("named-data", 'data = "extra"\n'),
            "extra/data/etc/x.conf": "x\n",
        },
        "import sys, os; print(os.path.exists(os.path.join(sys.prefix, 'etc/x.conf')))",
        "True",
    ),
    Sample(
        "entry-points-and-assets",
        {
            **extension(
                "entries",
                'module-name = "pkg.ext"\n',
                project=(
                    'description = "Assets"\nrequires-python = ">=3.8"\n'
                    'keywords = ["b", "a"]\ndependencies = ["b ; python_version<'
                    "'3'\"]\n"
                    'classifiers = ["Programming Language :: Rust"]\n'
                    '[project.optional-dependencies]\nFoo_Bar = ["c>1"]\n'
                    "[project.urls]\nSource = 'https://example.com/s'\n"
                    "Docs = 'https://example.com/d'\n"
                    "[project.scripts]\nanswer = 'pkg:answer'\n"
                    "[project.gui-scripts]\nshow = 'pkg:answer'\n"
                    "[project.entry-points.'pkg.plug']\none = 'pkg'\n"
                ),
            ),
            "pkg/__init__.py": (
                "from .ext import ANSWER\ndef answer():\n    print(ANSWER)\n"
            ),
            "pkg/assets/logo.svg": "<svg/>",
        },
        "import sys, pathlib, subprocess;"
        "say = pathlib.Path(sys.executable).with_name('answer');"
        "print(subprocess.run([say], capture_output=True, text=True).stdout.strip())",
        "42",
    ),
    Sample(
        "licences-found",
        {
            **extension("licensed"),
            "LICENSE": "one\n",
            "LICENCE.txt": "two\n",
            "COPYING.md": "three\n",
            "NOTICE": "four\n",
            "AUTHORS.txt": "five\n",
            "docs/LICENSE": "not at the top\n",
        },
        ASK,
        "42",
        sdist=True,
    ),
    Sample(
        "licences-by-pattern",
        {
            **extension(
                "patterned",
                project=(
                    'license = "MIT"\nlicense-files = ["LICENSE", "vendor/*/LIC*"]\n'
                ),
            ),
            "LICENSE": "one\n",
            "NOTICE": "not named\n",
            "vendor/a/LICENSE": "a\n",
            "vendor/b/LICENCE": "b\n",
        },
        ASK,
        "42",
        sdist=True,
    ),
    Sample(
        "module-behind-an-optional-feature",
        {
            **extension("optional", 'features = ["python"]\n'),
            "Cargo.toml": crate(
                "optional",
                '[features]\npython = ["dep:pyo3-ffi"]\n',
                dependencies='pyo3-ffi = { version = "0.30", optional = true }\n',
            ),
            "src/lib.rs": LIBRARY,
        },
        ASK,
        "42",
    ),
    Sample(
        "everything-from-cargo",
        {
            "Cargo.toml": crate("from-cargo").replace(
                'edition = "2021"',
                'edition = "2021"\ndescription = "Two\\nlines"\nlicense = "MIT"\n'
                'authors = ["A <a@example.com>"]\nkeywords = ["x", "y"]\n'
                'repository = "https://example.com/r"\n'
                'homepage = "https://example.com/h"\nreadme = "README.md"',
            ),
            "README.md": "# Read\n",
            "src/lib.rs": LIBRARY,
            "pyproject.toml": (
                '[build-system]\nrequires = ["maturin>=1,<2"]\n'
                'build-backend = "maturin"\n'
            ),
        },
        ASK,
        "42",
        sdist=True,
    ),
)

PROGRAMS = (
    Sample(
        "two-programs-with-a-filter-and-files-around",
        {
            "README.md": "# Above\n",
            "Cargo.toml": '[workspace]\nmembers = ["inner/hello"]\nresolver = "2"\n',
            "inner/hello/Cargo.toml": (
                '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n'
                'readme = "../../README.md"\n'
                'exclude = ["benches", "examples/large.rs"]\n'
                '[[bin]]\nname = "hello"\npath = "src/main.rs"\n'
                '[[bin]]\nname = "second"\npath = "src/second.rs"\n'
                '[[bench]]\nname = "speed"\nharness = false\n'
                '[[example]]\nname = "large"\n'
            ),
            "inner/hello/src/main.rs": PROGRAM % "hello",
            "inner/hello/src/second.rs": PROGRAM % "second",
            "inner/hello/benches/speed.rs": PROGRAM % "speed",
            "inner/hello/examples/large.rs": PROGRAM % "large",
            "inner/hello/LICENSE": "free\n",
            "inner/hello/licenses/OTHER.txt": "other\n",
            "inner/hello/pyproject.toml": pyproject(
                "hello",
                'targets = [{ name = "hello", kind = "bin" }]\n',
                project=(
                    'readme = "../../README.md"\n'
                    'license-files = ["LICENSE", "licenses/*"]\n'
                ),
            ),
        },
        "import sys, pathlib, subprocess;"
        "folder = pathlib.Path(sys.executable).parent;"
        "print((folder / 'second').exists(), "
        "subprocess.run([folder / 'hello'], capture_output=True).stdout)",
        "False b'hello\\n'",
        root="inner/hello",
        sdist=True,
        only_in_their_sdist={
            "inner/hello/README.md": "a copy; the manifest finds the one above"
        },
    ),
    Sample(
        "program-with-a-python-package",
        {
            "Cargo.toml": (
                '[package]\nname = "both-worlds"\nversion = "1.0.0"\nedition = "2021"\n'
            ),
            "src/main.rs": PROGRAM % "both",
            "python/both_worlds/__init__.py": "WORLDS = 2\n",
            "pyproject.toml": pyproject(
                "both-worlds",
                'python-source = "python"\nmodule-name = "both_worlds"\n',
            ),
        },
        "import sys, pathlib, subprocess, both_worlds;"
        "path = pathlib.Path(sys.executable).with_name('both-worlds');"
        "print(both_worlds.WORLDS, subprocess.run([path], capture_output=True).stdout)",
        "2 b'both\\n'",
        sdist=True,
    ),
    Sample(
        "program-with-a-package-of-its-name",
        {
            "Cargo.toml": (
                '[package]\nname = "same-name"\nversion = "1.0.0"\nedition = "2021"\n'
            ),
            "src/main.rs": PROGRAM % "same",
            "same_name/__init__.py": "",
            "pyproject.toml": pyproject("same-name"),
        },
        "import same_name",
        "",
        reasons={
            "file same_name/__init__.py": "maturin looks for a folder `same-name`"
        },
    ),
    Sample(
        "program-beside-a-member-that-uses-python",
        {
            "Cargo.toml": (
                '[workspace]\nmembers = ["ext", "tool", "both"]\nresolver = "2"\n'
            ),
            "ext/Cargo.toml": crate(
                "ext",
                dependencies=(
                    f'{FFI}both = {{ path = "../both", features = ["python"] }}\n'
                ),
            ),
            "ext/src/lib.rs": LIBRARY,
            "both/Cargo.toml": (
                '[package]\nname = "both"\nversion = "1.0.0"\nedition = "2021"\n'
                '[dependencies]\npyo3-ffi = { version = "0.30", optional = true }\n'
                '[features]\npython = ["dep:pyo3-ffi"]\n'
            ),
            "both/src/lib.rs": LOCAL,
            "tool/Cargo.toml": (
                '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\n'
                '[dependencies]\nboth = { path = "../both" }\n'
            ),
            "tool/src/main.rs": PROGRAM % "tool",
            "tool/pyproject.toml": pyproject("tool"),
        },
        "import sys, pathlib, subprocess;"
        "path = pathlib.Path(sys.executable).with_name('tool');"
        "print(subprocess.run([path], capture_output=True).stdout)",
        "b'tool\\n'",
        root="tool",
        sdist=True,
    ),
)
