"""Projects for the workspaces and stable ABIs that maturin's own test crates use."""

from __future__ import annotations

from layout_samples import ASK, PART, below, extension, local
from peer_samples import FFI, LIBRARY, PROGRAM, Sample, crate, pyproject

__all__ = ["ABIS", "WORKSPACES"]

INHERITING = (
    '[package]\nname = "{name}"\nversion.workspace = true\nedition.workspace = true\n'
    "license.workspace = true\n"
)
WORKSPACE = (
    '[workspace]\nresolver = "2"\nmembers = [{members}]\n'
    '[workspace.package]\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\n'
    '[workspace.dependencies]\npyo3-ffi = "0.30"\npart = {{ path = "{part}" }}\n'
    'unused = {{ path = "unused" }}\n'
)
INHERITING_MAIN = (
    INHERITING.format(name="heir")
    + '[lib]\nname = "ext"\ncrate-type = ["cdylib"]\n'
    + "[dependencies]\npyo3-ffi.workspace = true\npart.workspace = true\n"
)

WORKSPACES = (
    Sample(
        "member-named-by-manifest-path",
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
            "crates/ext/Cargo.toml": crate("member"),
            "crates/ext/src/lib.rs": LIBRARY,
            **below("crates/other", local("other")),
            "pkg/__init__.py": "from .ext import ANSWER\n",
            "pyproject.toml": pyproject(
                "member",
                'manifest-path = "crates/ext/Cargo.toml"\nmodule-name = "pkg.ext"\n',
            ),
        },
        "import pkg; print(pkg.ANSWER)",
        "42",
        sdist=True,
    ),
    Sample(
        "member-with-its-own-pyproject",
        {
            "Cargo.toml": '[workspace]\nmembers = ["py", "lib"]\nresolver = "2"\n',
            **below("py", extension("py-member")),
            **below("lib", local("other")),
        },
        ASK,
        "42",
        root="py",
        sdist=True,
    ),
    Sample(
        "workspace-with-inherited-fields",
        {
            "Cargo.toml": WORKSPACE.format(
                members='"python", "part", "unused"', part="part"
            ),
            "python/Cargo.toml": INHERITING_MAIN,
            "python/src/lib.rs": PART,
            "python/pyproject.toml": (
                '[build-system]\nrequires = ["maturin>=1,<2"]\n'
                'build-backend = "maturin"\n'
            ),
            **below("part", local()),
            "part/Cargo.toml": INHERITING.format(name="part"),
            **below("unused", local("unused")),
        },
        ASK,
        "42",
        root="python",
        sdist=True,
    ),
    Sample(
        "root-that-is-a-dependency-of-its-member",
        {
            "Cargo.toml": (
                '[package]\nname = "part"\nversion = "1.0.0"\nedition = "2021"\n'
                '[workspace]\nmembers = ["bindings"]\n'
            ),
            "src/lib.rs": local()["src/lib.rs"],
            "bindings/Cargo.toml": crate("inverted", 'part = { path = ".." }\n'),
            "bindings/src/lib.rs": PART,
            "bindings/pyproject.toml": pyproject("inverted"),
        },
        ASK,
        "42",
        root="bindings",
        sdist=True,
    ),
    Sample(
        "members-that-the-sdist-leaves-out",
        {
            "Cargo.toml": (
                '[workspace]\nmembers = ["python", "part", "stranger"]\n'
                'default-members = ["stranger"]\nresolver = "2"\n'
            ),
            **below("python", extension("filtered")),
            "python/Cargo.toml": crate("filtered", 'part = { path = "../part" }\n'),
            "python/src/lib.rs": PART,
            **below("part", local()),
            "stranger/Cargo.toml": (
                '[package]\nname = "stranger"\nversion = "1.0.0"\nedition = "2021"\n'
            ),
            "stranger/src/main.rs": PROGRAM % "stranger",
        },
        ASK,
        "42",
        root="python",
        sdist=True,
    ),
    Sample(
        "crate-excluded-from-the-workspace-of-its-dependency",
        {
            "Cargo.toml": WORKSPACE.format(members='"part"', part="part")
            + '[workspace.lints.rust]\nunused = "allow"\n',
            **below("part", local()),
            "part/Cargo.toml": INHERITING.format(name="part")
            + "[lints]\nworkspace = true\n",
            "excluded/Cargo.toml": crate(
                "excluded", 'part = { path = "../part" }\n[workspace]\n'
            ),
            "excluded/src/lib.rs": PART,
            "excluded/pyproject.toml": pyproject("excluded"),
        },
        ASK,
        "42",
        root="excluded",
        sdist=True,
        only_in_their_sdist={
            "Cargo.toml": "what the dependency inherits is written into its manifest"
        },
    ),
    Sample(
        "readme-of-two-crates",
        {
            "README.md": "# Shared\n",
            "Cargo.toml": '[workspace]\nmembers = ["py", "part"]\nresolver = "2"\n',
            **below("py", extension("shared", project='readme = "README.md"\n')),
            "py/Cargo.toml": crate("shared", 'part = { path = "../part" }\n').replace(
                'edition = "2021"', 'edition = "2021"\nreadme = "../README.md"', 1
            ),
            "py/src/lib.rs": PART,
            "py/README.md": "# Own\n",
            **below("part", local()),
            "part/Cargo.toml": local()["Cargo.toml"] + 'readme = "../README.md"\n',
        },
        ASK,
        "42",
        root="py",
        sdist=True,
        only_in_their_sdist={
            "part/README.md": "a copy; the manifest finds the one above"
        },
    ),
)


def stable(name: str, *features: str) -> dict[str, str]:
    """Return a project whose crate asks for stable ABIs."""
    listed = ", ".join(f'"{feature}"' for feature in features)
    dependency = f'pyo3-ffi = {{ version = "0.30", features = [{listed}] }}\n'
    files = extension(name)
    return {**files, "Cargo.toml": crate(name, dependencies=dependency)}


ASKING = """\
fn main() {
    let python = std::env::var("PYO3_PYTHON").unwrap();
    let code = "import pytest, sys; print(sys.version_info[1])";
    let done = std::process::Command::new(python).args(["-c", code]).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    println!("cargo::rustc-env=MINOR={}", text.trim());
}
"""
EMBEDDING = """\
use pyo3_ffi::*;

fn main() {
    unsafe {
        Py_InitializeEx(0);
        PyRun_SimpleString(c"print(6 * 7, flush=True)".as_ptr());
    }
}
"""

ABIS = (
    Sample(
        "build-script-that-asks-python-of-the-build-environment",
        {
            **extension("asking"),
            "build.rs": ASKING,
            "src/lib.rs": LIBRARY.replace("(42)", '(env!("MINOR").len())'),
        },
        "import ext, sys; print(ext.ANSWER == len(str(sys.version_info[1])))",
        "True",
    ),
    Sample("abi3", stable("with-abi3", "abi3-py39"), ASK, "42"),
    Sample("abi3-bare", stable("bare-abi3", "abi3"), ASK, "42"),
    Sample(
        "abi3-and-abi3t",
        stable("both-abis", "abi3-py39", "abi3t-py315"),
        ASK,
        "42",
    ),
    Sample(
        "abi3t-for-a-python-that-has-none",
        stable("future-abi", "abi3t-py315"),
        ASK,
        "42",
    ),
    Sample(
        "old-pyo3-without-extension-module-feature",
        {
            **extension("old"),
            "Cargo.toml": crate("old", dependencies=FFI.replace("0.30", "0.26")),
        },
        ASK,
        "42",
    ),
    # Last: it makes maturin compile pyo3-ffi once more, in another configuration.
    Sample(
        "program-that-embeds-python",
        {
            "Cargo.toml": (
                '[package]\nname = "embeds"\nversion = "1.0.0"\nedition = "2021"\n'
                f"[dependencies]\n{FFI}"
            ),
            "src/main.rs": EMBEDDING,
            "pyproject.toml": pyproject("embeds"),
        },
        "import os, sys, sysconfig, pathlib, subprocess;"
        "path = pathlib.Path(sys.executable).with_name('embeds');"
        "places = {'LD_LIBRARY_PATH': sysconfig.get_config_var('LIBDIR'), "
        "'PYTHONHOME': sys.base_prefix};"
        "print(subprocess.run([path], capture_output=True, env=places).stdout)",
        "b'42\\n'",
    ),
)
