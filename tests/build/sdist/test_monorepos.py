"""Monorepos of every shape: `ferrule sdist`, unpacked elsewhere, read by cargo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sdist_samples import LIB, crate, git, names, unpack, write_tree

from ferrule.toml_text import parse

pytestmark = pytest.mark.build

PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "{}"
version = "1.0"
"""
CDYLIB = '[lib]\ncrate-type = ["cdylib"]\n'


@pytest.fixture
def check(tmp_path, run_ferrule, run_command, user_env):
    """Return a function that packs, unpacks, resolves and packs again."""

    def call(start: Path, *args: str, env: dict[str, str] | None = None) -> Path:
        count = len(list(tmp_path.glob("out*")))
        out = tmp_path / f"out{count}"
        run = run_ferrule("sdist", *args, "-o", out, "--json", cwd=start, env=env)
        archive = Path(run.check().json()["sdist"])
        inner = unpack(archive, tmp_path / f"unpacked{count}")
        tool = parse((inner / "pyproject.toml").read_text()).get("tool", {})
        table = tool.get("ferrule", tool.get("maturin", {}))
        manifest = inner / table.get("manifest-path", "Cargo.toml")
        command = ["cargo", "metadata", "--offline", "--locked", "--format-version=1"]
        run_command(*command, f"--manifest-path={manifest}", cwd=inner, env=user_env)
        again = run_ferrule("sdist", "-o", tmp_path / f"again{count}", cwd=inner)
        assert Path(again.check().stdout.strip()).read_bytes() == archive.read_bytes()
        return inner

    return call


def files(folder: Path) -> list[str]:
    found = folder.rglob("*")
    return sorted(p.relative_to(folder).as_posix() for p in found if p.is_file())


def packages(**more: str) -> dict[str, str]:
    """Return the files of small crates, one per keyword: name to manifest lines."""
    found = {}
    for name, lines in more.items():
        found[f"crates/{name}/Cargo.toml"] = crate(name, lines)
        found[f"crates/{name}/src/lib.rs"] = LIB
    return found


VIRTUAL = '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n'


def test_a_package_of_a_virtual_workspace_with_one_pyproject(
    tmp_path, check, run_ferrule
):
    root = tmp_path / "repo"
    write_tree(
        root,
        {
            "Cargo.toml": VIRTUAL,
            "pyproject.toml": PYPROJECT.format("repo"),
            **packages(one=CDYLIB, two=CDYLIB),
        },
    )
    git(root)
    inner = check(root, "-p", "two")
    assert parse((inner / "pyproject.toml").read_text())["tool"] == {
        "ferrule": {"manifest-path": "crates/two/Cargo.toml"}
    }
    assert not (inner / "crates/one").exists()
    # The same by variable, by config setting of a hook, and as a setting.
    by_variable = check(root, env={"FERRULE_PACKAGE": "two"})
    assert files(by_variable) == files(inner)
    variable = {"FERRULE_MANIFEST_PATH": "crates/two/Cargo.toml"}
    assert files(check(root, env=variable)) == files(inner)
    setting = '[tool.ferrule]\npackage = "two"\n'
    write_tree(root, {"pyproject.toml": PYPROJECT.format("repo") + setting})
    by_setting = check(root)
    assert files(by_setting) == files(inner)
    assert parse((by_setting / "pyproject.toml").read_text())["tool"] == {
        "ferrule": {"package": "two"}
    }
    failed = run_ferrule("sdist", "-p", "tow", cwd=root)
    assert failed.returncode == 3
    assert failed.stderr == (
        'error: no package `tow` in this workspace (did you mean "two"?)\n'
        "  packages found: one, two\n"
        "  fix: correct `package` in [tool.ferrule] or `--package`, or give "
        "`manifest-path`\n"
    )


def test_members_with_a_pyproject_each(tmp_path, check, run_ferrule):
    root = tmp_path / "repo"
    lints = "[lints]\nworkspace = true\n[dependencies]\nbase.workspace = true\n"
    inherited = (
        '[workspace.package]\nversion = "1.0.0"\nlicense = "MIT"\n'
        '[workspace.dependencies]\nbase = { path = "crates/base", features = ["f"] }\n'
        '[workspace.lints.rust]\nunused = "allow"\n'
    )
    member = lints + CDYLIB
    written = packages(base="[features]\nf = []\n", one=member, two=member)
    for name in ("one", "two"):
        text = written[f"crates/{name}/Cargo.toml"]
        written[f"crates/{name}/Cargo.toml"] = text.replace(
            'version = "1.0.0"', "version.workspace = true\nlicense.workspace = true"
        )
        written[f"crates/{name}/pyproject.toml"] = PYPROJECT.format(f"the-{name}")
        written[f"crates/{name}/{name}.pyi"] = ""
    write_tree(root, {"Cargo.toml": VIRTUAL + inherited, **written})
    git(root)
    inner = check(root, "-p", "one")
    assert inner.name == "the_one-1.0"
    assert files(inner) == [
        "Cargo.lock",
        "Cargo.toml",
        "PKG-INFO",
        "crates/base/Cargo.toml",
        "crates/base/src/lib.rs",
        "crates/one/Cargo.toml",
        "crates/one/one.pyi",
        "crates/one/src/lib.rs",
        "pyproject.toml",
    ]
    # From the member's folder without an option; from one member, the other.
    assert files(check(root / "crates/one")) == files(inner)
    assert check(root / "crates/one", "-p", "two").name == "the_two-1.0"
    config = run_ferrule("config", "-p", "nine", cwd=root)
    assert "no package `nine` in this workspace" in config.stderr


def test_path_dependencies_above_the_project(tmp_path, check):
    root = tmp_path / "repo"
    write_tree(
        root,
        {
            "shared/Cargo.toml": crate(
                "shared", '[dependencies]\ndeep = { path = "../deep/er" }\n'
            ),
            "shared/src/lib.rs": LIB,
            "deep/er/Cargo.toml": crate("deep"),
            "deep/er/src/lib.rs": LIB,
            "README.md": "# repo\n",
            "LICENSE": "free\n",
            "apps/py/Cargo.toml": crate(
                "app", '[dependencies]\nshared = { path = "../../shared" }\n' + CDYLIB
            ),
            "apps/py/src/lib.rs": LIB,
            "apps/py/python/app/__init__.py": "",
            "apps/py/pyproject.toml": PYPROJECT.format("app")
            + 'readme = "../../README.md"\nlicense = { file = "../../LICENSE" }\n'
            '[tool.ferrule]\npython-source = "python"\nmodule-name = "app.core"\n',
        },
    )
    git(root)
    inner = check(root / "apps/py")
    assert files(inner) == [
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "apps/py/Cargo.lock",
        "apps/py/Cargo.toml",
        "apps/py/python/app/__init__.py",
        "apps/py/src/lib.rs",
        "deep/er/Cargo.toml",
        "deep/er/src/lib.rs",
        "pyproject.toml",
        "shared/Cargo.toml",
        "shared/src/lib.rs",
    ]
    document = parse((inner / "pyproject.toml").read_text())
    assert document["project"]["readme"] == "README.md"
    assert document["project"]["license"] == {"file": "LICENSE"}
    assert document["tool"]["ferrule"] == {
        "python-source": "apps/py/python",
        "module-name": "app.core",
        "manifest-path": "apps/py/Cargo.toml",
    }


def test_every_kind_of_path_dependency(tmp_path, check):
    root = tmp_path / "repo"
    kinds = "".join(
        f'[{table}]\n{name} = {{ path = "../{name}"{more} }}\n'
        for name, table, more in (
            ("normal", "dependencies", ""),
            ("chosen", "dependencies", ", optional = true"),
            ("dev", "dev-dependencies", ""),
            ("build", "build-dependencies", ""),
            ("win", "target.'cfg(windows)'.dependencies", ""),
            ("mac", 'target."x86_64-apple-darwin".build-dependencies', ""),
        )
    ).replace("[dependencies]\nchosen", "chosen")
    of_dev = '[dev-dependencies]\ndevdev = { path = "../devdev" }\n'
    write_tree(
        root,
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/py", "crates/other"]\n'
            'resolver = "2"\n',
            **packages(py=CDYLIB + kinds, normal="", chosen="", dev=of_dev, build=""),
            **packages(win="", mac="", devdev="", other="", unused=""),
            "crates/py/pyproject.toml": PYPROJECT.format("py"),
        },
    )
    git(root)
    inner = check(root / "crates/py")
    found = sorted(path.name for path in (inner / "crates").iterdir())
    expected = ["build", "chosen", "dev", "devdev", "mac", "normal", "py", "win"]
    assert found == expected


def test_a_root_package_that_a_member_depends_on(tmp_path, check):
    root = tmp_path / "repo"
    write_tree(
        root,
        {
            "Cargo.toml": crate("core", '[workspace]\nmembers = ["py", "cli"]\n'),
            "src/lib.rs": LIB,
            "notes.txt": "",
            "py/Cargo.toml": crate(
                "py", '[dependencies]\ncore = { path = ".." }\n' + CDYLIB
            ),
            "py/src/lib.rs": LIB,
            "py/pyproject.toml": PYPROJECT.format("py"),
            "cli/Cargo.toml": crate("cli"),
            "cli/src/main.rs": "fn main() {}\n",
        },
    )
    git(root)
    inner = check(root / "py")
    assert files(inner) == [
        "Cargo.lock",
        "Cargo.toml",
        "PKG-INFO",
        "notes.txt",
        "py/Cargo.toml",
        "py/src/lib.rs",
        "pyproject.toml",
        "src/lib.rs",
    ]
    manifest = parse((inner / "Cargo.toml").read_text())
    assert manifest["workspace"] == {"members": ["py"]}
    assert manifest["package"]["name"] == "core"
    # The root package itself as the project: a member of the same workspace.
    write_tree(root, {"pyproject.toml": PYPROJECT.format("core-py")})
    assert check(root, "-p", "core").name == "core_py-1.0"


def test_nested_workspaces(tmp_path, check):
    root = tmp_path / "repo"
    outer = (
        '[workspace]\nmembers = ["lib"]\nexclude = ["bindings"]\nresolver = "2"\n'
        '[workspace.package]\nedition = "2021"\nversion = "2.0.0"\n'
        '[workspace.lints.rust]\nunused = "allow"\n'
    )
    lib = (
        '[package]\nname = "lib"\nversion.workspace = true\n'
        "edition.workspace = true\n[lints]\nworkspace = true\n"
    )
    write_tree(
        root,
        {
            "Cargo.toml": outer,
            "lib/Cargo.toml": lib,
            "lib/src/lib.rs": LIB,
            "bindings/Cargo.toml": '[workspace]\nmembers = ["py", "node"]\n'
            'resolver = "2"\n[workspace.dependencies]\nlib = { path = "../lib" }\n',
            "bindings/py/Cargo.toml": crate(
                "py", "[dependencies]\nlib.workspace = true\n" + CDYLIB
            ),
            "bindings/py/src/lib.rs": LIB,
            "bindings/py/pyproject.toml": PYPROJECT.format("py"),
            "bindings/node/Cargo.toml": crate("node"),
            "bindings/node/src/lib.rs": LIB,
        },
    )
    git(root)
    inner = check(root / "bindings/py")
    assert files(inner) == [
        "PKG-INFO",
        "bindings/Cargo.lock",
        "bindings/Cargo.toml",
        "bindings/py/Cargo.toml",
        "bindings/py/src/lib.rs",
        "lib/Cargo.toml",
        "lib/src/lib.rs",
        "pyproject.toml",
    ]
    assert parse((inner / "lib/Cargo.toml").read_text()) == {
        "package": {"name": "lib", "version": "2.0.0", "edition": "2021"},
        "lints": {"rust": {"unused": "allow"}},
    }


def test_a_patch_above_the_project(tmp_path, check):
    root = tmp_path / "repo"
    patch = '[patch.crates-io]\nitoa = { path = "../fork" }\n'
    write_tree(
        root,
        {
            "fork/Cargo.toml": crate("itoa").replace("1.0.0", "0.0.1"),
            "fork/src/lib.rs": LIB,
            "py/Cargo.toml": crate("py", '[dependencies]\nitoa = "0.0.1"\n' + patch),
            "py/src/lib.rs": LIB,
            "py/pyproject.toml": PYPROJECT.format("py"),
        },
    )
    git(root)
    inner = check(root / "py")
    assert (inner / "fork/src/lib.rs").is_file()


def test_paths_of_the_project_are_rewritten(tmp_path, check):
    root = tmp_path / "repo"
    text = PYPROJECT.format("tool").replace(
        'build-backend = "ferrule"',
        'build-backend = "wrapped"\nbackend-path = ["backend"]',
    )
    table = (
        '\n[tool.maturin]\ndata = "../data"\npython-source = "../python"\n'
        'module-name = "tool.core"\n'
        "\n[tool.setuptools-rust]\n"
        'ext-modules = [{ target = "tool.core", path = "rust/Cargo.toml" }]\n'
        'bins = [{ target = "tool" }]\n'
        '\n[tool.setuptools.packages.find]\nwhere = ["../python"]\n'
    )
    write_tree(
        root,
        {
            "data/scripts/run": "#!/bin/sh\n",
            "python/tool/__init__.py": "",
            "p/backend/wrapped.py": "from ferrule import *\n",
            "p/Cargo.toml": crate("tool"),
            "p/src/main.rs": "fn main() {}\n",
            "p/pyproject.toml": text + table,
        },
    )
    git(root)
    inner = check(root / "p")
    document = parse((inner / "pyproject.toml").read_text())
    assert document["build-system"]["backend-path"] == ["p/backend"]
    assert document["tool"] == {
        "maturin": {
            "data": "data",
            "python-source": "python",
            "module-name": "tool.core",
            "manifest-path": "p/Cargo.toml",
        },
        "setuptools-rust": {
            "ext-modules": [{"target": "tool.core", "path": "p/rust/Cargo.toml"}],
            "bins": [{"target": "tool", "path": "p/Cargo.toml"}],
        },
        "setuptools": {"packages": {"find": {"where": ["python"]}}},
    }
    assert (inner / "data/scripts/run").is_file()
    assert (inner / "p/backend/wrapped.py").is_file()


def test_the_wheel_of_an_unpacked_member(
    tmp_path, check, user_env, run_command, run_ferrule, read_wheel
):
    root = tmp_path / "repo"
    program = crate("prog", '[dependencies]\nbase = { path = "../base" }\n')
    write_tree(
        root,
        {
            "Cargo.toml": VIRTUAL,
            **packages(base="", other=""),
            "crates/prog/Cargo.toml": program,
            "crates/prog/src/main.rs": 'fn main() { println!("{}", base::answer()) }\n',
            "crates/prog/pyproject.toml": PYPROJECT.format("prog"),
        },
    )
    git(root)
    inner = check(root, "-p", "prog")
    archive = next(tmp_path.glob("out0/*.tar.gz"))
    assert not [name for name in names(archive) if "other" in name]
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index"]
    pip += ["--no-build-isolation", "-w", tmp_path / "wheels", inner]
    run_command(*pip, cwd=tmp_path, env=user_env)
    (path,) = (tmp_path / "wheels").iterdir()
    assert "prog-1.0.data/scripts/prog" in read_wheel(path).names()
    args = ["build", "-p", "prog", "--profile=dev", "-o", tmp_path / "direct"]
    (direct,) = run_ferrule(*args, cwd=root).check().stdout.splitlines()
    assert read_wheel(Path(direct)).names() == read_wheel(path).names()
