"""Adding compiler flags to those that a user configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.rustflags import added_rustflags

HOST = "x86_64-unknown-linux-gnu"


def added(
    folder: Path, env: dict[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    variables = {"CARGO_HOME": str(folder / "home"), **(env or {})}
    return added_rustflags(["-Ca=b"], folder=folder, host=HOST, env=variables)


def test_nothing_configured(tmp_path: Path) -> None:
    assert added(tmp_path) == ({}, ['--config=build.rustflags=["-Ca=b"]'])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUSTFLAGS", "-Cx -Cy"),
        ("CARGO_ENCODED_RUSTFLAGS", "-Cx\x1f-Cy"),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Cx  -Cy"),
    ],
)
def test_variables_are_extended(tmp_path: Path, variable: str, value: str) -> None:
    found = added(tmp_path, {variable: value})
    assert found == ({"CARGO_ENCODED_RUSTFLAGS": "-Cx\x1f-Cy\x1f-Ca=b"}, [])


@pytest.mark.parametrize("place", [".cargo/config.toml", ".cargo/config"])
def test_flags_of_the_target_are_joined(tmp_path: Path, place: str) -> None:
    (tmp_path / ".cargo").mkdir()
    text = '[target."cfg(unix)"]\nrustflags = ["-Cx"]\n'
    (tmp_path / place).write_text(text)
    (tmp_path / "crate").mkdir()
    expected = [f'--config=target.{HOST}.rustflags=["-Ca=b"]']
    assert added(tmp_path / "crate") == ({}, expected)


def test_flags_of_another_target_change_nothing(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    text = '[build]\nrustflags = "-Cx"\n[target.wasm32-wasip1]\nrustflags = "-Cy"\n'
    (tmp_path / ".cargo" / "config.toml").write_text(text)
    assert added(tmp_path) == ({}, ['--config=build.rustflags=["-Ca=b"]'])


def test_a_target_without_flags_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    text = f'[build]\nrustflags = "-Cx"\n[target.{HOST}]\nlinker = "cc"\n'
    (tmp_path / "home" / "config.toml").write_text(text)
    assert added(tmp_path) == ({}, ['--config=build.rustflags=["-Ca=b"]'])
