from __future__ import annotations

import tarfile

import pytest

from tests.corpus.sdists import change_backend, repack, unpack

MATURIN = """\
[build-system]
requires = [
  "maturin>=1.9,<2",
  "cffi>=2; platform_python_implementation != 'PyPy'",
]
build-backend = "maturin"

[tool.maturin]
requires = []
"""
SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=42", "wheel", "setuptools_rust>=1"]
build-backend = "setuptools.build_meta"
"""


def test_only_the_peer_leaves_requires():
    text = change_backend(MATURIN, has_setup=False)

    assert text == (
        "[build-system]\n"
        'requires = ["ferrule", "cffi>=2; platform_python_implementation != \'PyPy\'"]'
        '\nbuild-backend = "ferrule"\n\n[tool.maturin]\nrequires = []\n'
    )


def test_setup_py_of_a_maturin_project_does_not_matter():
    text = change_backend(MATURIN, has_setup=True)

    assert 'build-backend = "ferrule"\n' in text


@pytest.mark.parametrize("has_setup", [False, True])
def test_setup_py_needs_the_backend_that_runs_it(has_setup):
    text = change_backend(SETUPTOOLS, has_setup=has_setup)

    backend = "ferrule.setuptools" if has_setup else "ferrule"
    assert text.splitlines() == [
        "[build-system]",
        'requires = ["ferrule", "setuptools>=42", "wheel"]',
        f'build-backend = "{backend}"',
    ]


def test_missing_backend_key_is_added():
    text = SETUPTOOLS.replace('build-backend = "setuptools.build_meta"\n', "")

    assert 'build-backend = "ferrule.setuptools"\n' in change_backend(
        text, has_setup=True
    )


def test_repacked_sdist_differs_in_pyproject_only(tmp_path):
    root = tmp_path / "demo-1.0"
    (root / "src").mkdir(parents=True)
    (root / "src" / "lib.rs").write_text("// code\n")
    (root / "pyproject.toml").write_text(MATURIN)
    original = tmp_path / "original.tar.gz"
    with tarfile.open(original, "w:gz") as archive:
        archive.add(root, root.name)

    changed = repack(unpack(original, tmp_path / "one"), tmp_path / "out")
    again = unpack(changed, tmp_path / "two")

    assert changed.name == "demo-1.0.tar.gz"
    assert (again / "src" / "lib.rs").read_text() == "// code\n"
    assert 'build-backend = "ferrule"' in (again / "pyproject.toml").read_text()
