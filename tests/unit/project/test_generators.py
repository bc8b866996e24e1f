"""Which projects are asked about packages that generate code."""

from __future__ import annotations

import pytest

from ferrule.project.generators import may_need_packages

PROJECT = '[project]\nname = "demo"\nversion = "1"\n'
CDYLIB = '[package]\nname = "demo"\n[lib]\ncrate-type = ["cdylib"]\n'
RENAMED = '[dependencies]\npython = { package = "pyo3", version = "1" }\n'
FOR_A_TARGET = "[target.'cfg(unix)'.dependencies]\npyo3 = { workspace = true }\n"


@pytest.mark.parametrize(
    ("manifest", "tool", "env", "expected"),
    [
        (CDYLIB, "", {}, True),
        (CDYLIB, '[tool.maturin]\nbindings = "auto"', {}, True),
        (CDYLIB, '[tool.ferrule]\nbindings = "pyo3"', {}, False),
        (CDYLIB, '[tool.maturin]\nbindings = "bin"', {}, False),
        (CDYLIB, '[[tool.ferrule.modules]]\nname = "a"', {}, False),
        (CDYLIB + '[dependencies]\npyo3 = "1"\n', "", {}, False),
        (CDYLIB + RENAMED, "", {}, False),
        (CDYLIB + FOR_A_TARGET, "", {}, False),
        (CDYLIB + RENAMED, '[tool.maturin]\nbindings = "cffi"', {}, True),
        (CDYLIB + RENAMED, "", {"FERRULE_BINDINGS": "cffi"}, True),
        (CDYLIB + RENAMED, '[tool.ferrule]\ncompression = "libdeflate"', {}, True),
        (CDYLIB + RENAMED, '[tool.ferrule]\ncompression = "zlib"', {}, False),
        (CDYLIB + RENAMED, "", {"FERRULE_COMPRESSION": "libdeflate"}, True),
        (
            CDYLIB + RENAMED,
            '[[tool.ferrule.overrides]]\ncompression = "libdeflate"',
            {},
            True,
        ),
        ('[package]\nname = "demo"\n', "", {}, False),
        ('[package]\nname = "demo"\n[dependencies]\nuniffi = "1"\n', "", {}, True),
        ("not TOML", "", {}, False),
        ("[package]\nname = 'a'\ndependencies = 3\n", "", {}, False),
    ],
)
def test_answer(manifest, tool, env, expected, tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT + tool)
    (tmp_path / "Cargo.toml").write_text(manifest)
    assert may_need_packages(tmp_path, env, {}) is expected


def test_config_settings_and_missing_projects(tmp_path):
    assert not may_need_packages(tmp_path, {}, {})
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "Cargo.toml").write_text(CDYLIB + RENAMED)
    assert not may_need_packages(tmp_path, {}, {})
    assert may_need_packages(tmp_path, {}, {"bindings": "uniffi"})
