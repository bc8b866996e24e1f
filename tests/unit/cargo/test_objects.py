"""Rust text of ferrule's own, compiled once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ferrule.cargo.objects import RustSource, compile_source
from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.bundle import ObjectError

COMPILER = """#!{python}
import pathlib, sys, time
place = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
if "fail" in pathlib.Path(sys.argv[-1]).read_text():
    sys.exit("error: it fails")
with open({calls!r}, "a") as stream:
    stream.write("called\\n")
# As rustc: what it needs on the way lies beside the result, by its name.
part = place.with_suffix(".rcgu.o")
part.write_text("object")
time.sleep(0.3)
place.write_text(part.read_text())
part.unlink()
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script is run")


@pytest.fixture
def compile_text(tmp_path):
    """Return a function that compiles with a stand-in of rustc."""
    compiler = tmp_path / "rustc"
    calls = str(tmp_path / "calls")
    compiler.write_text(COMPILER.format(python=sys.executable, calls=calls))
    compiler.chmod(0o755)
    toolchain = Toolchain("rustc 1.90", "x86_64-unknown-linux-gnu", (1, 90))

    def call(text: str) -> Path:
        return compile_source(
            RustSource("own", text, "own.o"),
            toolchain,
            target="",
            target_directory=tmp_path / "target",
            env={"RUSTC": str(compiler), "PATH": ""},
            cwd=tmp_path,
        )

    return call


def test_a_text_is_compiled_once(compile_text, tmp_path):
    made = compile_text("fn main() {}")
    assert made == compile_text("fn main() {}")
    assert made.read_text() == "object"
    assert (tmp_path / "calls").read_text() == "called\n"
    assert sorted(item.name for item in made.parent.iterdir()) == ["own.o", "own.rs"]


def test_two_commands_may_compile_the_same_text(compile_text):
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(compile_text, ["fn main() {}"] * 4))
    assert [path.read_text() for path in made] == ["object"]


def test_messages_of_the_compiler_are_shown(compile_text):
    with pytest.raises(ObjectError, match="it fails"):
        compile_text("fail")
