"""A wheel for musl from a machine with glibc, loaded by musl's own loader.

zig is taken by itself, as the musl-gcc of distributions has no shared unwinder.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from requirements import require_tool

from ferrule.formats.elf import read_elf

pytestmark = [pytest.mark.build, pytest.mark.network]

TARGET = "x86_64-unknown-linux-musl"
LOADS = r"""
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words)
{
    void *module = NULL;
    (void)count;
    if (dlopen(words[1], RTLD_NOW | RTLD_GLOBAL) != NULL)
        module = dlopen(words[2], RTLD_NOW);
    if (module == NULL || dlsym(module, "PyInit_editdistance") == NULL) {
        puts(dlerror());
        return 1;
    }
    puts("loaded");
    return 0;
}
"""


def compile_c(compiler: str, target: Path, text: str, *flags: str) -> Path:
    """Compile C code that is for musl."""
    command = [compiler, "-x", "c", "-", "-o", str(target), *flags]
    subprocess.run(command, input=text, text=True, check=True)
    return target


def test_musl(zig, debian_rust, copy_project, run_ferrule, read_wheel, tmp_path):
    compiler = require_tool("musl-gcc")
    project = copy_project("examples/abi3-module")
    env = {**debian_rust(has_source=True), "FERRULE_ZIG": zig, "PYO3_NO_PYTHON": "1"}
    words = ("build", "--target", TARGET, "--profile", "dev", "--json")
    done = run_ferrule(*words, "--out", tmp_path / "dist", cwd=project, env=env)
    (built,) = done.check().json()["wheels"]
    wheel = read_wheel(Path(built["path"]))
    assert wheel.tags[:2] == ("cp39", "abi3")
    assert wheel.tags[2].startswith("musllinux_1_")
    assert wheel.tags[2].endswith("_x86_64")

    module = tmp_path / "editdistance.abi3.so"
    module.write_bytes(wheel.read("editdistance/editdistance.abi3.so"))
    elf = read_elf(module)
    assert elf.needed in (("libc.so",), ("libc.musl-x86_64.so.1",))
    # What Python would give: names, so that all others must come from musl.
    names = sorted(name for name in elf.undefined if name.lstrip("_").startswith("Py"))
    python = "".join(f"char {name}[64];\n" for name in names)
    stand_in = compile_c(
        compiler, tmp_path / "libpython.so", python, "-shared", "-fPIC"
    )
    program = compile_c(compiler, tmp_path / "loads", LOADS)
    shown = subprocess.run(
        [program, stand_in, module], capture_output=True, text=True, check=False
    )
    assert shown.stdout == "loaded\n"

    again = run_ferrule(*words, "--out", tmp_path / "dist", cwd=project, env=env)
    assert again.check().json()["wheels"][0]["compiled"] == []
