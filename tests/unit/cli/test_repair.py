"""Tests of `ferrule repair`."""

from __future__ import annotations

import json

import pytest

from ferrule.cli import main
from tests.unit.made_wheels import wheel_bytes


@pytest.fixture
def wheel(tmp_path, monkeypatch, elf_image):
    """Return a wheel that needs a library, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    tag = "cp39-abi3-linux_x86_64"
    module = elf_image(needed=["libdemo.so", "libc.so.6"], stack=6)
    path = tmp_path / f"a-1.0-{tag}.whl"
    path.write_bytes(wheel_bytes({"a/_core.so": module}, tag=tag))
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libdemo.so").write_bytes(elf_image(stack=6))
    return path


@pytest.mark.parametrize("option", ["-L", "--lib-path", "--ldpaths", "--add-path"])
def test_the_path_of_the_result_is_printed(option, wheel, capsys, tmp_path):
    assert main(["repair", wheel.name, option, "lib", "-w", "out"]) == 0
    (path,) = capsys.readouterr().out.splitlines()
    assert (tmp_path / path).is_file()
    assert path.startswith("out/a-1.0-cp39-abi3-manylinux1_x86_64.")


def test_a_dry_run_prints_the_plan(wheel, capsys, tmp_path):
    assert main(["repair", wheel.name, "-L", "lib", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("  graft ")
    assert not (tmp_path / "wheelhouse").exists()
    assert main(["repair", wheel.name, "-e", "libdemo.so", "-n", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["wheels"]
    assert found["plan"]["leftOut"] == {"libdemo.so": "excluded by libdemo.so"}
    assert found["changed"]


def test_errors_have_their_exit_code(wheel, capsys):
    assert main(["repair", wheel.name, "--no-host"]) == 3
    assert "cannot be found: libdemo.so" in capsys.readouterr().err
    assert main(["repair", wheel.name, "--sysroot", "none"]) == 2
    assert "--sysroot none is no folder" in capsys.readouterr().err
