"""What `ferrule target` prints."""

from __future__ import annotations

import json
import os
import sys

import pytest

from ferrule.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs a shell script")

HOST = "x86_64-unknown-linux-gnu"
RUSTC = """#!/bin/sh
case $1 in
-vV) printf 'rustc 1.95.0\\nhost: {host}\\nrelease: 1.95.0\\n' ;;
--print=sysroot) echo {sysroot} ;;
*) echo {host} ;;
esac
"""


@pytest.fixture(autouse=True)
def _machine(tmp_path, monkeypatch) -> None:
    library = tmp_path / "toolchains/stable/lib/rustlib" / HOST / "lib"
    library.mkdir(parents=True)
    (library / "libstd-1.so").touch()
    rustc = tmp_path / "rustc"
    rustc.write_text(RUSTC.format(host=HOST, sysroot=tmp_path / "toolchains/stable"))
    rustc.chmod(0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "path", [])
    for name in list(os.environ):
        if name.startswith(("CARGO", "RUST", "FERRULE_", "XWIN", "ZIG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUSTC", str(rustc))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    monkeypatch.setenv("FERRULE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(tmp_path)


def test_list(capsys) -> None:
    assert main(["target", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["TARGET", "STD", "LINKER", "RUNS", "PLATFORM", "TAG"]
    (host,) = (line for line in lines if line.startswith("* x86_64"))
    assert host.split()[1:4] == [HOST, "yes", "system"]
    assert "* 1 can be built for now; this machine is x86_64-unknown-linux-gnu" in lines


def test_ready_ones_as_json(capsys) -> None:
    assert main(["target", "list", "--ready", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["host"] == HOST
    (row,) = found["targets"]
    assert (row["target"], row["ready"], row["std"]) == (HOST, True, True)


def test_explain(capsys) -> None:
    assert main(["target", "explain", HOST]) == 0
    text = capsys.readouterr().out
    assert f"target:       {HOST}\nstd:          installed (" in text
    assert "\nlinker:       system: " in text
    assert "\nplatform tag: manylinux_*_x86_64\n" in text
    assert "\n  * system: x86_64-unknown-linux-gnu links for it\n" in text


def test_explain_what_is_missing(capsys, tmp_path) -> None:
    (tmp_path / "zig").write_text("#!/bin/sh\necho 0.17.1\n")
    (tmp_path / "zig").chmod(0o755)
    name = "aarch64-pc-windows-gnullvm"
    assert main(["target", "explain", name, "--zig"]) == 5
    text = capsys.readouterr().out
    assert f"linker:       zig: {tmp_path / 'zig'} 0.17.1 (on PATH)" in text
    assert f"  FERRULE_ZIG={tmp_path / 'zig'}\n" in text
    assert "missing: a rustc that knows aarch64-pc-windows-gnullvm" in text


def test_unknown(capsys) -> None:
    assert main(["target", "explain", "x86_64-unknown-linux-gnuu", "--json"]) == 2
    assert "did you mean" in capsys.readouterr().err
