"""Code of ferrule's own that cargo compiles for another machine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo import generated_package
from ferrule.cargo.generated_package import needs_package
from ferrule.cargo.objects import RustSource
from ferrule.toml import parse_toml

TARGET = "x86_64-pc-windows-gnu"


@pytest.fixture
def sysroot(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(generated_package, "ask_sysroot", lambda *_: tmp_path)
    return tmp_path


def test_when_rustc_alone_is_not_enough(sysroot: Path) -> None:
    key = SimpleNamespace(target=TARGET, crate=SimpleNamespace(folder=sysroot))
    hook = RustSource("hook", "", "hook.o")
    probe = RustSource("probe", "", "probe", ("--crate-type=bin",))
    # A linker is configured for cargo, not for rustc.
    assert needs_package(probe, key, {})
    assert needs_package(hook, key, {})
    folder = sysroot / "lib" / "rustlib" / TARGET / "lib"
    folder.mkdir(parents=True)
    (folder / "libcore-1.rlib").write_bytes(b"")
    assert not needs_package(hook, key, {})
    key.target = ""
    assert not needs_package(probe, key, {})


@pytest.mark.parametrize("kind", ["object", "program"])
def test_the_package_is_a_workspace_of_its_own(tmp_path: Path, kind) -> None:
    flags = {"flags": ("--crate-type=bin",)} if kind == "program" else {}
    source = RustSource("a_b", "fn main() {}", "result", **flags)
    generated_package._write(tmp_path, source, "a_b-1")
    data = parse_toml((tmp_path / "Cargo.toml").read_text())
    assert data["workspace"] == {}
    if kind == "program":
        assert data["bin"] == [{"name": "a_b-1", "path": "a_b.rs"}]
    else:
        assert data["lib"] == {"name": "a_b_1", "path": "a_b.rs"}
    assert (tmp_path / "a_b.rs").read_text() == "fn main() {}"


def test_windows_cannot_do_without_unwind_tables() -> None:
    source = RustSource("hook", "", "hook.o")
    assert "-Cforce-unwind-tables=no" in source.flags_for("")
    assert "-Cforce-unwind-tables=no" not in source.flags_for(TARGET)
