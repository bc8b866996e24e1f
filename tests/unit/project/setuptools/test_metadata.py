"""Keywords of `setup()` as fields of `[project]`."""

from __future__ import annotations

import pytest

from ferrule.project.setuptools.metadata import parse_entry_points, project_field

FIELDS = [
    ("description", {"description": "a\n b"}, "a b"),
    ("license", {"license": "MIT"}, {"text": "MIT"}),
    ("license-files", {"license_file": "L"}, ["L"]),
    ("license-files", {"license_files": ["L", "N"]}, ["L", "N"]),
    ("keywords", {"keywords": "a b"}, ["a", "b"]),
    ("keywords", {"keywords": "a b, c"}, ["a b", "c"]),
    ("classifiers", {"classifiers": ("A",)}, ["A"]),
    (
        "authors",
        {"author": "A, B", "author_email": "a@x, C <c@x>"},
        [
            *({"name": "A"}, {"name": "B"}, {"email": "a@x"}),
            {"name": "C", "email": "c@x"},
        ],
    ),
    ("maintainers", {"maintainer": "M"}, [{"name": "M"}]),
    (
        "urls",
        {"url": "h", "download_url": "d", "project_urls": {"S": "s"}},
        {"Homepage": "h", "Download": "d", "S": "s"},
    ),
    (
        "readme",
        {"long_description": "text"},
        {"text": "text", "content-type": "text/x-rst"},
    ),
    (
        "readme",
        {"long_description": "file: R.md"},
        {"file": "R.md", "content-type": "text/markdown"},
    ),
    (
        "readme",
        {"long_description": "x", "long_description_content_type": "text/plain"},
        {"text": "x", "content-type": "text/plain"},
    ),
    ("dependencies", {"install_requires": "a\nb; x=='1'\n"}, ["a", "b; x=='1'"]),
    (
        "dependencies",
        {"install_requires": ["a"], "extras_require": {":m": ["b"]}},
        ["a", "b; m"],
    ),
    (
        "optional-dependencies",
        {"extras_require": {"x": ["a"], "x:m": "b", ":m": ["c"]}},
        {"x": ["a", "b; m"]},
    ),
    ("scripts", {"entry_points": {"console_scripts": ["a = b:c"]}}, {"a": "b:c"}),
    (
        "entry-points",
        {"entry_points": "[console_scripts]\na = b:c\n\n[g.h]\n# no\nx=y\n"},
        {"g.h": {"x": "y"}},
    ),
    ("requires-python", {"python_requires": ">=3.8"}, ">=3.8"),
    ("version", {}, None),
]


@pytest.mark.parametrize(("name", "keywords", "value"), FIELDS)
def test_fields(name, keywords, value):
    assert project_field(keywords, name) == value


def test_entry_points_by_group():
    found = parse_entry_points({"gui_scripts": "g = a:b", "p": {"x": "y"}, "e": []})

    assert found == {"gui-scripts": {"g": "a:b"}, "entry-points": {"p": {"x": "y"}}}
