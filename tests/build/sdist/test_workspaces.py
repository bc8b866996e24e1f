"""Sdists of workspaces: which members stay, what is rewritten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sdist_samples import (
    LIB,
    PYPROJECT,
    check,
    crate,
    git,
    names,
    pack,
    single,
    write_tree,
)

from ferrule.toml_text import parse

pytestmark = pytest.mark.build

WORKSPACE = """\
# The workspace.
[workspace]
members = ["crates/*"]  # all of them
default-members = ["crates/other"]
resolver = "2"

[workspace.package]
version = "1.0.0"
edition = "2021"

[workspace.dependencies]
base = { path = "crates/base" }
other = { path = "crates/other" }

[profile.release]
lto = true
"""
MEMBER = """\
[package]
name = "{name}"
version.workspace = true
edition = {{ workspace = true }}
"""


def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "w"
    write_tree(
        root,
        {
            "Cargo.toml": WORKSPACE,
            "crates/base/Cargo.toml": MEMBER.format(name="base"),
            "crates/base/src/lib.rs": LIB,
            "crates/base/pyproject.toml": "",
            "crates/other/Cargo.toml": MEMBER.format(name="other"),
            "crates/other/src/lib.rs": LIB,
            "crates/py/Cargo.toml": MEMBER.format(name="py")
            + "[dependencies]\nbase.workspace = true\n",
            "crates/py/src/lib.rs": LIB,
        },
    )
    return root


def test_a_member_brings_its_workspace_without_the_other_members(tmp_path):
    root = workspace(tmp_path)
    project = root / "crates/py"
    write_tree(
        project,
        {
            "pyproject.toml": PYPROJECT.format(name="py") + 'readme = "README.md"\n',
            "README.md": "# py\n",
            "LICENSE": "free\n",
            "py/__init__.py": "",
        },
    )
    git(root)
    inner = check(project, tmp_path)
    assert names(tmp_path / "out/py-1.0.tar.gz") == [
        "PKG-INFO",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "crates/base/Cargo.toml",
        "crates/base/pyproject.toml",
        "crates/base/src/lib.rs",
        "crates/py/Cargo.toml",
        "crates/py/LICENSE",
        "crates/py/README.md",
        "crates/py/py/__init__.py",
        "crates/py/src/lib.rs",
        "pyproject.toml",
    ]
    text = (inner / "Cargo.toml").read_text()
    assert text.startswith('# The workspace.\n[workspace]\nmembers = ["crates/base", ')
    assert parse(text)["workspace"]["members"] == ["crates/base", "crates/py"]
    assert "default-members" not in text
    assert parse(text)["profile"] == {"release": {"lto": True}}
    assert "other" not in (inner / "Cargo.lock").read_text()
    pyproject = parse((inner / "pyproject.toml").read_text())
    assert pyproject["tool"]["ferrule"] == {
        "manifest-path": "crates/py/Cargo.toml",
        "python-source": "crates/py",
    }
    assert pyproject["project"]["readme"] == "crates/py/README.md"
    assert pyproject["project"]["license-files"] == ["LICENSE"]


def test_a_virtual_workspace_with_manifest_path_keeps_pyproject(tmp_path):
    root = workspace(tmp_path)
    text = PYPROJECT.format(name="py") + (
        '[tool.ferrule]\nmanifest-path = "crates/py/Cargo.toml"\n'
    )
    write_tree(root, {"pyproject.toml": text, "python/py/__init__.py": ""})
    git(root)
    inner = check(root, tmp_path)
    assert (inner / "pyproject.toml").read_text() == text
    assert (inner / "python/py/__init__.py").exists()
    assert not (inner / "crates/other").exists()


def test_a_root_package_that_is_not_needed_becomes_a_virtual_workspace(tmp_path):
    root = tmp_path / "w"
    write_tree(
        root,
        {
            "Cargo.toml": crate("tool")
            + '[dependencies]\npy = { path = "py" }\n[workspace]\n',
            "src/main.rs": "fn main() {}\n",
            "py/Cargo.toml": crate("py"),
            "py/src/lib.rs": LIB,
            "py/pyproject.toml": PYPROJECT.format(name="py"),
        },
    )
    inner = check(root / "py", tmp_path)
    assert parse((inner / "Cargo.toml").read_text()) == {
        "workspace": {"members": ["py"], "resolver": "2"}
    }
    assert not (inner / "src").exists()


def test_a_crate_excluded_from_the_workspace_of_its_dependency(tmp_path):
    root = tmp_path / "w"
    write_tree(
        root,
        {
            "Cargo.toml": crate("core")
            + '[workspace]\nmembers = ["other"]\nexclude = ["py"]\n',
            "src/lib.rs": LIB,
            "LICENSE": "of core\n",
            "other/Cargo.toml": crate("other"),
            "other/src/lib.rs": LIB,
            "py/Cargo.toml": crate("py", '[dependencies]\ncore = { path = ".." }\n'),
            "py/src/lib.rs": LIB,
            "py/pyproject.toml": PYPROJECT.format(name="py"),
        },
    )
    git(root)
    inner = check(root / "py", tmp_path)
    assert parse((inner / "Cargo.toml").read_text())["workspace"] == {
        "members": [],
        "exclude": ["py"],
    }
    assert (inner / "py/Cargo.lock").exists()
    assert not (inner / "other").exists()


def test_inherited_fields_of_a_foreign_workspace_are_written_out(tmp_path):
    root = workspace(tmp_path / "all")
    write_tree(
        root,
        {
            "crates/mid/Cargo.toml": MEMBER.format(name="mid")
            + "[dependencies]\nbase = { workspace = true }\n",
            "crates/mid/src/lib.rs": LIB,
        },
    )
    project = tmp_path / "all/p"
    more = '[dependencies]\nmid = { path = "../w/crates/mid" }\n'
    write_tree(
        project,
        {
            "pyproject.toml": PYPROJECT.format(name="p"),
            "Cargo.toml": crate("p", more),
            "src/lib.rs": LIB,
        },
    )
    inner = check(project, tmp_path)
    assert not (inner / "w/Cargo.toml").exists()
    assert parse((inner / "w/crates/mid/Cargo.toml").read_text()) == {
        "package": {"name": "mid", "version": "1.0.0", "edition": "2021"},
        "dependencies": {"base": {"path": "../base"}},
    }


def test_patterns_and_modules_move_with_pyproject(tmp_path):
    root = workspace(tmp_path)
    tool = (
        "[tool.ferrule]\n"
        'module-name = "pkg._py"\npython-source = "lib"\n'
        'include = ["data/*.log", "pkg/*.log"]\n'
        'exclude = ["secret", "/lib/pkg/no.py"]\n'
        'modules = [{ name = "pkg._py", manifest-path = "Cargo.toml" }]\n'
    )
    write_tree(
        root / "crates/py",
        {
            "pyproject.toml": PYPROJECT.format(name="py") + tool,
            "lib/pkg/__init__.py": "",
            "lib/pkg/no.py": "",
            "lib/pkg/a.log": "",
            "data/b.log": "",
            "secret": "",
        },
    )
    write_tree(root, {".gitignore": "*.log\n", "crates/base/secret": ""})
    git(root)
    inner = check(root / "crates/py", tmp_path)
    assert parse((inner / "pyproject.toml").read_text())["tool"]["ferrule"] == {
        "module-name": "pkg._py",
        "manifest-path": "crates/py/Cargo.toml",
        "python-source": "crates/py/lib",
        "include": ["crates/py/data/*.log", "pkg/*.log"],
        "exclude": ["/crates/py/**/secret", "/crates/py/lib/pkg/no.py"],
        "modules": [{"name": "pkg._py", "manifest-path": "crates/py/Cargo.toml"}],
    }
    found = names(tmp_path / "out/py-1.0.tar.gz")
    assert "crates/py/data/b.log" in found
    assert "crates/py/lib/pkg/a.log" in found
    assert "crates/base/secret" in found
    assert "crates/py/secret" not in found
    assert "crates/py/lib/pkg/no.py" not in found


def test_a_patched_dependency_is_packed(tmp_path):
    root = single(tmp_path)
    more = (
        '[dependencies]\nbase64 = "0.99"\n'
        '[patch.crates-io]\nbase64 = { path = "vendor/base64" }\n'
    )
    vendored = crate("base64").replace("1.0.0", "0.99.0")
    write_tree(
        root,
        {
            "Cargo.toml": crate("single", more),
            "vendor/base64/Cargo.toml": vendored,
            "vendor/base64/src/lib.rs": LIB,
        },
    )
    inner = check(root, tmp_path)
    assert (inner / "vendor/base64/src/lib.rs").exists()


def test_the_backend_of_a_peer_builds_the_same_file_list(tmp_path):
    beside = str(Path(sys.executable).parent)
    maturin = shutil.which("maturin", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if maturin is None:
        pytest.skip("maturin is not installed")
    root = workspace(tmp_path) / "crates/py"
    write_tree(root, {"pyproject.toml": PYPROJECT.format(name="py")})
    with open(root / "Cargo.toml", "a", encoding="utf-8") as manifest:
        manifest.write('[lib]\ncrate-type = ["cdylib"]\n')
    git(root.parents[1])
    archive = pack(root, tmp_path / "out")
    theirs = tmp_path / "theirs"
    argv = [maturin, "sdist", "-o", str(theirs)]
    subprocess.run(argv, cwd=root, check=True, env=dict(os.environ))
    assert names(archive) == names(next(theirs.iterdir()))
