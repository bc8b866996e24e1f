"""Vendored sdists: packed with every crate, built without network and registry."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
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
name = "prog"
version = "1.0"

[tool.ferrule]
bindings = "bin"
"""
MAIN = """\
fn main() {
    println!("{} {}", itoa::Buffer::new().format(part::answer()), env!("FROM_BUILD"))
}
"""
BUILD = """\
fn main() {
    println!("cargo:rustc-env=FROM_BUILD={}", hostdep::answer())
}
"""


def commit(root: Path, tag: str) -> None:
    git(root)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for argv in ([*who, "commit", "-qm", "all"], ["tag", tag]):
        subprocess.run(["git", *argv], cwd=root, check=True)


def host() -> str:
    text = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True)
    return text.stdout.split("host: ")[1].splitlines()[0]


@pytest.fixture
def upstream(tmp_path) -> Path:
    """Return a git repository with crates that inherit from its workspace."""
    root = tmp_path / "upstream"
    member = "[package]\nname = \"{}\"\nversion.workspace = true\nedition = '2021'\n"
    needs = '[dependencies]\nsub = { path = "../sub" }\n'
    write_tree(
        root,
        {
            "Cargo.toml": '[workspace]\nmembers = ["*"]\nresolver = "2"\n'
            '[workspace.package]\nversion = "0.3.0"\n',
            "part/Cargo.toml": member.format("part") + needs,
            "part/src/lib.rs": "pub use sub::answer;\n",
            "part/tool.sh": "#!/bin/sh\n",
            "part/data/x.whl": "no wheel",
            "part/data/__pycache__/x.pyc": "no bytecode",
            "sub/Cargo.toml": member.format("sub"),
            "sub/src/lib.rs": LIB,
            "hostdep/Cargo.toml": member.format("hostdep"),
            "hostdep/src/lib.rs": LIB,
            "winonly/Cargo.toml": member.format("winonly"),
            "winonly/src/lib.rs": LIB,
            "winonly/big.bin": "x" * 1000,
            "winonly/build.rs": "fn main() {}\n",
        },
    )
    (root / "part/tool.sh").chmod(0o755)
    commit(root, "v1")
    return root


@pytest.fixture
def project(tmp_path, upstream) -> Path:
    """Return a program with crates of a registry and of a git repository."""
    root = tmp_path / "prog"
    source = f'{{ git = "file://{upstream}", tag = "v1" }}'
    dependencies = (
        f'[dependencies]\nitoa = "1"\npart = {source}\n'
        f"[target.'cfg(windows)'.dependencies]\nwinonly = {source}\n"
        f"[build-dependencies]\nhostdep = {source}\n"
    )
    write_tree(
        root,
        {
            "pyproject.toml": PYPROJECT,
            "Cargo.toml": crate("prog", dependencies),
            "src/main.rs": MAIN,
            "build.rs": BUILD,
            # The project's own configuration stays.
            ".cargo/config.toml": '# Ours.\n[alias]\nlint = "clippy"\n',
        },
    )
    git(root)
    return root


def test_it_builds_with_pip_without_network_and_registry(
    tmp_path, project, upstream, run_ferrule, run_command, user_env, read_wheel
):
    setting = f'sdist-vendor = true\nsdist-vendor-targets = ["{host()}"]\n'
    write_tree(project, {"pyproject.toml": PYPROJECT + setting})
    run = run_ferrule("sdist", "-o", tmp_path / "out", cwd=project).check()
    archive = Path(run.stdout.strip())
    assert "vendored 4 crates, 0." in run.stderr
    assert "; 1 of other targets are left out\n" in run.stderr
    inner = unpack(archive, tmp_path / "unpacked")
    text = (inner / ".cargo/config.toml").read_text()
    assert text.startswith('# Ours.\n[alias]\nlint = "clippy"\n')
    assert parse(text)["source"] == {
        "crates-io": {"replace-with": "vendored-sources"},
        f"git+file://{upstream}?tag=v1": {
            "git": f"file://{upstream}",
            "tag": "v1",
            "replace-with": "vendored-sources",
        },
        "vendored-sources": {"directory": ".cargo/vendor"},
    }
    vendor = inner / ".cargo/vendor"
    assert (vendor / "part-0.3.0/tool.sh").stat().st_mode & 0o111
    assert (vendor / "part-0.3.0/data/x.whl").is_file()
    stub = {path.name for path in (vendor / "winonly-0.3.0").rglob("*")}
    assert stub == {"Cargo.toml", ".cargo-checksum.json", "build.rs", "src", "lib.rs"}

    # The same bytes again, and from the unpacked archive.
    for start, name in ((project, "again"), (inner, "inner")):
        run = run_ferrule("sdist", "-o", tmp_path / name, cwd=start).check()
        assert Path(run.stdout.strip()).read_bytes() == archive.read_bytes()

    shutil.rmtree(upstream)
    bare = {
        **user_env,
        "CARGO_HOME": str(tmp_path / "empty"),
        "CARGO_NET_OFFLINE": "true",
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
    }
    pip = [sys.executable, "-m", "pip", "wheel", "-v", "--no-deps", "--no-index"]
    pip += ["--no-build-isolation", "-w", tmp_path / "wheels", archive]
    first = run_command(*pip, cwd=tmp_path, env=bare)
    assert "compiled crates are kept in" in first.stdout + first.stderr
    (path,) = (tmp_path / "wheels").iterdir()
    assert "prog-1.0.data/scripts/prog" in read_wheel(path).names()
    with zipfile.ZipFile(path) as wheel:
        program = Path(wheel.extract("prog-1.0.data/scripts/prog", tmp_path))
    program.chmod(0o755)
    assert run_command(program, cwd=tmp_path, env=bare).stdout == "42 42\n"


def test_without_targets_every_crate_is_whole(tmp_path, project, run_ferrule):
    run = run_ferrule(
        "build", "--sdist", "--vendor", "-o", tmp_path / "out", "--profile=dev",
        cwd=project,
    )  # fmt: skip
    assert "vendored 5 crates" in run.check().stderr
    archive, wheel = map(Path, run.stdout.split())
    assert wheel.is_file()
    assert "big.bin" in {name.split("/")[-1] for name in names(archive)}


def registry(root: Path) -> str:
    """Write a registry with one crate and return the URL of its index."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in (("Cargo.toml", crate("altdep")), ("src/lib.rs", LIB)):
            info = tarfile.TarInfo(f"altdep-1.0.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    line = {
        "name": "altdep",
        "vers": "1.0.0",
        "deps": [],
        "features": {},
        "cksum": hashlib.sha256(packed.getvalue()).hexdigest(),
        "yanked": False,
    }
    download = {"dl": f"file://{root}/{{crate}}-{{version}}.crate"}
    files = {
        "index/config.json": json.dumps(download),
        "index/al/td/altdep": json.dumps(line),
    }
    write_tree(root, files)
    (root / "altdep-1.0.0.crate").write_bytes(packed.getvalue())
    commit(root / "index", "v1")
    return f"file://{root}/index"


def test_other_registries_and_config_settings(
    tmp_path, user_env, run_command, run_ferrule
):
    url = registry(tmp_path / "registry")
    root = tmp_path / "prog"
    source = '{ package = "altdep", version = "1", registry = "my" }'
    needs = f"[dependencies]\nother = {source}\n"
    write_tree(
        root,
        {
            "pyproject.toml": PYPROJECT,
            "Cargo.toml": crate("prog", needs),
            "src/main.rs": 'fn main() { println!("{}", other::answer()) }\n',
        },
    )
    git(root)
    # Known on this machine only, not in a file of the project.
    env = {
        **user_env,
        "CARGO_REGISTRIES_MY_INDEX": url,
        "CARGO_HOME": str(tmp_path / "c"),
    }
    (tmp_path / "out").mkdir()
    code = (
        "import ferrule\n"
        f"print(ferrule.build_sdist({str(tmp_path / 'out')!r}, "
        "{'sdist-vendor': 'true'}))"
    )
    name = run_command(sys.executable, "-c", code, cwd=root, env=env).stdout.strip()
    inner = unpack(tmp_path / "out" / name, tmp_path / "unpacked")
    config = parse((inner / ".cargo/config.toml").read_text())
    assert config["registries"] == {"my": {"index": url}}
    assert url in [entry.get("registry") for entry in config["source"].values()]
    shutil.rmtree(tmp_path / "registry")
    bare = {"CARGO_HOME": str(tmp_path / "empty"), "CARGO_NET_OFFLINE": "true"}
    args = ["build", "--profile=dev", "--locked", "-o", tmp_path / "wheels"]
    run_ferrule(*args, cwd=inner, env=bare).check()
    failed = run_ferrule("sdist", "--vendor", cwd=root, env={**env, **bare})
    assert failed.returncode == 3


def test_a_project_that_keeps_its_crates_itself(tmp_path, run_ferrule, user_env):
    root = tmp_path / "repo"
    config = (
        '[source.crates-io]\nreplace-with = "kept"\n'
        '[source.kept]\ndirectory = "third_party"\n'
    )
    dependency = crate("itoa")
    content = {
        "Cargo.toml": dependency,
        "src/lib.rs": LIB,
        "x.pyc": "",
        "prog-1.whl": "",
    }
    sums = {
        name: hashlib.sha256(text.encode()).hexdigest()
        for name, text in content.items()
    }
    checksums = json.dumps({"files": sums, "package": None})
    write_tree(
        root,
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
            ".cargo/config.toml": config,
            "crates/prog/Cargo.toml": crate("prog", '[dependencies]\nitoa = "1"\n'),
            "crates/prog/src/main.rs": 'fn main() { println!("{}", itoa::answer()) }\n',
            "crates/prog/pyproject.toml": PYPROJECT + 'exclude = ["src/lib.rs"]\n',
            **{f"third_party/itoa/{name}": text for name, text in content.items()},
            "third_party/itoa/.cargo-checksum.json": checksums,
        },
    )
    git(root)
    args = ["sdist", "-p", "prog", "-o", tmp_path / "out"]
    archive = Path(run_ferrule(*args, cwd=root).check().stdout.strip())
    found = [name for name in names(archive) if name.startswith("third_party/")]
    assert len(found) == 5
    again = run_ferrule(*args, "--vendor", "-v", cwd=root).check()
    assert "the crates are in third_party already" in again.stderr
    inner = unpack(archive, tmp_path / "unpacked")
    second = run_ferrule("sdist", "-o", tmp_path / "again", cwd=inner).check()
    assert Path(second.stdout.strip()).read_bytes() == archive.read_bytes()
    bare = {"CARGO_HOME": str(tmp_path / "empty"), "CARGO_NET_OFFLINE": "true"}
    args = ["build", "--profile=dev", "--locked", "-o", tmp_path / "wheels"]
    run_ferrule(*args, cwd=inner, env=bare).check()
    (inner / "third_party/itoa/Cargo.toml").unlink()
    failed = run_ferrule("sdist", cwd=inner)
    assert failed.returncode == 3


def test_what_cannot_be_vendored(tmp_path, project, run_ferrule):
    run = run_ferrule("sdist", "--vendor", cwd=project).check()
    bare = {"CARGO_HOME": str(tmp_path / "empty")}
    failed = run_ferrule("sdist", "--vendor", "--offline", cwd=project, env=bare)
    assert failed.returncode == 3
    variable = {"FERRULE_SDIST_VENDOR_TARGETS": "linx"}
    failed = run_ferrule("sdist", "--vendor", cwd=project, env=variable)
    assert failed.returncode == 2
    assert failed.stderr.endswith(
        'error: "linx" is no group of targets (did you mean "linux"?)\n'
        "  groups: android, emscripten, ios, linux, macos, windows\n"
        "  fix: write a group or a Rust target triple in `sdist-vendor-targets`\n"
    )
    variable = {"FERRULE_SDIST_VENDOR_TARGETS": "x86_64-unknown-nothing"}
    failed = run_ferrule("sdist", "--vendor", cwd=project, env=variable)
    assert failed.returncode == 3
    assert "error: cannot vendor the crates of prog-1.0\n" in failed.stderr
    assert "wrong `sdist-vendor-targets`" in failed.stderr
    assert run.stdout
