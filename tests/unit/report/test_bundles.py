"""The page about a bundle."""

from __future__ import annotations

import pytest

from ferrule.report.bundles import (
    BundleInspection,
    BundleMember,
    _group,
    bundle_lines,
    member_lines,
)

SITE = "lib/python3.12/site-packages"


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("bin/app", "program"),
        ("lib/libz.so.1", "libraries"),
        ("lib/python3.12/json/__init__.pyc", "standard library"),
        (f"{SITE}/numpy/x.pyc", "numpy"),
        (f"{SITE}/numpy.libs/x.so", "numpy.libs"),
        (f"{SITE}/six.pyc", "six"),
        (f"{SITE}/six-1.0.dist-info/METADATA", "six"),
        ("licenses/index.txt", "licences and contents"),
        ("Lib/site-packages/a/x.pyc", "a"),
        ("Lib/json/x.pyc", "standard library"),
    ],
)
def test_parts(path, group):
    assert _group(path) == group


def make() -> BundleInspection:
    members = (
        BundleMember("bin/app", "program", 5_000_000, 5_000_000, ""),
        BundleMember(f"{SITE}/a/x.pyc", "module", 900, 400, "ab"),
    )
    facts = {
        "program": "app",
        "mode": "dynamic",
        "python": "3.12.1",
        "needs": "glibc 2.36",
        "ferrule": "9",
        "packages": {"a": "1.0"},
        "libraries": ["libz.so.1"],
    }
    return BundleInspection("dist/app", "folder", 5_000_400, facts, members)


def test_the_page():
    assert list(bundle_lines(make())) == [
        "app",
        "  form     dynamic bundle, folder",
        "  python   3.12.1",
        "  needs    glibc 2.36",
        "  made by  ferrule 9",
        "  size     5.0 MB",
        "",
        "parts",
        "    5.0 MB  program (1 file)",
        "     400 B  a (1 file)",
        "",
        "packages",
        "  a 1.0",
        "",
        "libraries",
        "  libz.so.1",
    ]


def test_the_list():
    assert list(member_lines(make())) == [
        "   5000000  program  bin/app",
        f"       900  module   {SITE}/a/x.pyc",
    ]


def test_the_schema():
    told = make().to_json()
    assert told["kind"] == "bundle"
    assert told["parts"][1] == {"name": "a", "files": 1, "sizeBytes": 400}
    assert told["members"][1]["sha256"] == "ab"
    assert told["bundle"]["python"] == "3.12.1"


def test_a_single_file_without_contents():
    old = BundleInspection("x/tool", "single file", 5, {}, ())
    assert list(bundle_lines(old))[:2] == [
        "tool",
        "  form     onefile bundle, single file",
    ]
