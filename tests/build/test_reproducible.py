"""Equal sources give equal wheels in every folder and for every user."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ferrule.audit.leaks import check_leaks
from ferrule.wheel.reading import open_wheel

pytestmark = pytest.mark.build

PROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "places"
version = "1.0.0"

[tool.ferrule]
bindings = "bin"
"""
CARGO = """\
[package]
name = "places"
version = "1.0.0"
edition = "2021"

[workspace]

[dependencies]
beside = { path = "crates/beside" }
"""
MAIN = """\
include!(concat!(env!("OUT_DIR"), "/made.rs"));

fn main() {
    let number = std::env::args().count();
    println!("{}", beside::third(&vec![number]) + made(number));
}
"""
BUILD = """\
fn main() {
    let folder = std::env::var("OUT_DIR").unwrap();
    let text = "fn made(n: usize) -> usize { assert!(n < 9, \\"made\\"); n }";
    std::fs::write(format!("{folder}/made.rs"), text).unwrap();
}
"""
BESIDE = """\
#[inline(never)]
pub fn third(list: &[usize]) -> usize {
    if list.len() > 5 {
        panic!("too long: {list:?}");
    }
    list[2]
}
"""


@pytest.fixture
def build_in(tmp_path, run_ferrule):
    """Give a function that builds the project in a folder, as a user of its own."""

    def build(place: str, *args: str) -> Path:
        folder = tmp_path / place
        project, beside = folder / "project", folder / "project/crates/beside"
        if not folder.exists():
            for crate in (project, beside):
                (crate / "src").mkdir(parents=True)
            (project / "pyproject.toml").write_text(PROJECT)
            (project / "Cargo.toml").write_text(CARGO)
            (project / "build.rs").write_text(BUILD)
            (project / "src" / "main.rs").write_text(MAIN)
            text = CARGO.partition("[workspace]")[0].replace("places", "beside")
            (beside / "Cargo.toml").write_text(text)
            (beside / "src" / "lib.rs").write_text(BESIDE)
        env = {
            "CARGO_HOME": str(folder / "home"),
            "CARGO_TARGET_DIR": str(folder / "target"),
        }
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        run_ferrule("build", "-o", out, *args, cwd=project, env=env).check()
        (wheel,) = out.glob("*.whl")
        return wheel

    return build


def leaks_of(path: Path):
    with open_wheel(path) as wheel:
        return list(check_leaks(wheel))


@pytest.mark.parametrize("options", [[], ["--reproducible", "--profile", "dev"]])
def test_wheels_of_two_folders_are_equal(build_in, options):
    first = build_in("a", *options)
    second = build_in("another/much longer", *options)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    assert leaks_of(first) == []


def test_true_paths_are_kept_where_they_are_wanted(build_in, tmp_path):
    wheel = build_in("a", "--profile", "dev")
    assert str(tmp_path).encode() in content_of(wheel)
    same = build_in("a", "--profile", "dev", "--reproducible")
    assert str(tmp_path).encode() not in content_of(same)


def test_the_compressor_that_is_named(build_in, tmp_path, run_command, user_env):
    wheel = build_in("a", "--compression", "zlib", "--compression-level", "fast")
    with open_wheel(wheel) as opened:
        assert opened.wheel_fields["generator"][0].endswith("(zlib 1)")
    code = "import ferrule; print(ferrule.get_requires_for_build_wheel())"
    env = {**user_env, "FERRULE_COMPRESSION": "libdeflate"}
    project = tmp_path / "a" / "project"
    asked = run_command(sys.executable, "-c", code, cwd=project, env=env)
    assert asked.stdout == "['deflate>=0.8']\n"


def content_of(path: Path) -> bytes:
    with open_wheel(path) as wheel:
        return b"".join(bytes(wheel.content(name)) for name in wheel.binary_paths)
