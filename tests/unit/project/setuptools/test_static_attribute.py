"""Versions that are attributes of modules."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools_project import StaticAttributeError
from ferrule.project.setuptools.static_attribute import read_version_attribute


@pytest.mark.parametrize(
    ("attribute", "package_dir"),
    [
        ("pkg.__version__", {"": "src"}),
        ("pkg.about.VERSION", {"": "src"}),
        ("other.VERSION", {"other": "src/pkg/about"}),
    ],
)
def test_reads_the_text_of_the_module(tmp_path, attribute, package_dir):
    folder = tmp_path / "src/pkg"
    (folder / "about").mkdir(parents=True)
    (folder / "__init__.py").write_text("import gone\n__version__: str = '1.2'\n")
    (folder / "about/__init__.py").write_text("VERSION = 0\nVERSION = (1, 2)\n")

    found, _ = read_version_attribute(tmp_path, attribute, package_dir, where="x")

    assert found == "1.2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1\n", "assigns nothing to V at its top level"),
        ("V = compute()\n", "line 1: what V is assigned is code"),
        ("V = \n", "invalid syntax"),
        (None, "there is no module pkg below"),
    ],
)
def test_explains_what_cannot_be_read(tmp_path, text, reason):
    if text is not None:
        (tmp_path / "pkg.py").write_text(text)

    with pytest.raises(StaticAttributeError) as caught:
        read_version_attribute(tmp_path, "pkg.V", {}, where="the place")

    assert "the place is `pkg.V`, whose value cannot be read" in str(caught.value)
    assert reason in str(caught.value)
    assert "fix: assign a plain string there" in str(caught.value)
