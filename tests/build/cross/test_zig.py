"""Modules that zig linked: for an older glibc, and for another processor.

zig comes from the package index, once: some 100 MB, kept in the per-user cache.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from pathlib import Path

import pytest

from ferrule.formats.elf import read_elf

pytestmark = [pytest.mark.build, pytest.mark.network]

PROJECT = "examples/abi3-module"


def glibc_versions(module: Path) -> list[tuple[int, ...]]:
    """Return the versions of glibc that a library needs, the newest last."""
    names = {name for need in read_elf(module).version_needs for name in need.versions}
    numbers = [name.partition("_")[2] for name in names if name.startswith("GLIBC_2")]
    return sorted(tuple(map(int, number.split("."))) for number in numbers)


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel and return its extension module."""
    shutil.unpack_archive(wheel, folder, "zip")
    return next(folder.glob("**/*.so"))


def add_c_code(project: Path) -> None:
    """Let the module call a C function that its build script compiles.

    It does not say that the library is a static one: linkers take what is there.
    """
    manifest = project / "Cargo.toml"
    text = manifest.read_text().replace(
        "[build-dependencies]\n", '[build-dependencies]\ncc = "1"\n'
    )
    manifest.write_text(text)
    (project / "answer.c").write_text("int answer(void) { return 42; }\n")
    script = project / "build.rs"
    known = script.read_text() if script.exists() else "fn main() {\n}\n"
    place = known.index("fn main() {") + len("fn main() {")
    call = """
    cc::Build::new().file("answer.c").cargo_metadata(false).compile("answer");
    println!("cargo:rustc-link-search={}", std::env::var("OUT_DIR").unwrap());
    println!("cargo:rustc-link-lib=answer");"""
    script.write_text(known[:place] + call + known[place:])
    library = project / "src" / "lib.rs"
    code = library.read_text()
    start = code.index("#[pymodule]")
    extra = textwrap.dedent(
        """
        unsafe extern "C" {
            fn answer() -> i32;
        }
        #[unsafe(no_mangle)]
        pub extern "C" fn ask_c() -> i32 {
            unsafe { answer() }
        }

        """
    )
    library.write_text(code[:start] + extra + code[start:])


def test_an_old_glibc_on_a_new_machine(
    zig, copy_project, build_wheels, run_ferrule, make_venv, tmp_path
) -> None:
    project = copy_project(PROJECT)
    add_c_code(project)
    env = {"FERRULE_ZIG": zig}
    wanted = ("--zig", "--compatibility", "manylinux_2_17", "--profile", "dev")
    (wheel,) = build_wheels(project, *wanted, env=env)
    assert wheel.tags[2] == "manylinux2014_x86_64.manylinux_2_17_x86_64"
    module = unpack(wheel.path, tmp_path / "unpacked")
    assert glibc_versions(module)[-1] <= (2, 17)
    environment = make_venv()
    environment.install(wheel.path)
    environment.run_tests(project / "tests")
    # What the system's compiler links lies elsewhere, and both stay.
    again = run_ferrule("build", *wanted, "--json", cwd=project, env=env).check()
    assert again.json()["wheels"][0]["compiled"] == []
    assert "first link" not in again.stderr


@pytest.mark.parametrize(
    ("debian", "target", "tag"),
    [
        (
            "armhf",
            "armv7-unknown-linux-gnueabihf",
            "manylinux2014_armv7l.manylinux_2_17_armv7l",
        ),
        # The bytes of numbers are the other way round there.
        (
            "s390x",
            "s390x-unknown-linux-gnu",
            "manylinux2014_s390x.manylinux_2_17_s390x",
        ),
        # zig has no glibc older than 2.19.
        ("ppc64el", "powerpc64le-unknown-linux-gnu", "manylinux_2_24_ppc64le"),
    ],
)
def test_another_processor(
    debian, target, tag, zig, debian_rust, qemu, copy_project, build_wheels, tmp_path
) -> None:
    project = copy_project(PROJECT)
    add_c_code(project)
    env = {**debian_rust(debian), "FERRULE_ZIG": zig}
    machine = qemu(debian)
    arguments = ("--zig", "--target", target, "--profile", "dev")
    (wheel,) = build_wheels(project, *arguments, env=env)
    assert wheel.tags[2] == tag
    assert glibc_versions(unpack(wheel.path, tmp_path / "unpacked"))[-1] <= (2, 19)
    assert "passed" in machine.run_tests(project, wheel.path)


def test_without_zig(copy_project, run_ferrule, tmp_path) -> None:
    project = copy_project(PROJECT)
    env = {"FERRULE_ZIG": str(tmp_path / "none"), "PATH": os.environ["PATH"]}
    done = run_ferrule("build", "--zig", cwd=project, env=env)
    assert done.returncode == 5
    assert "names no program" in done.stderr
    assert "pip install ziglang" in done.stderr
