"""What changed between two wheels."""

from __future__ import annotations

import json

import pytest

from ferrule.pipeline.finished.inspection import compare_inspected
from ferrule.report.difference_text import difference_lines


@pytest.fixture
def difference(make_wheel, module_bytes):
    info = "pkg-{}.dist-info/sboms/x.json"
    bom = (
        '{{"bomFormat": "CycloneDX", "components": [{{"name": "{}", "version": "1"}}]}}'
    )
    old = make_wheel(
        {
            "pkg/core.cpython-312-x86_64-linux-gnu.so": module_bytes(),
            "pkg/old.py": "x = 1\n",
            "pkg/same.py": "same\n",
            "pkg/text.py": "a\n",
            info.format("1.0"): bom.format("gone"),
        }
    )
    new = make_wheel(
        {
            "pkg/core.abi3.so": module_bytes(
                "GLIBC_2.28", "statx", python=("PyLong_AsLong",)
            ),
            "pkg/new.py": "x = 1\n" * 9,
            "pkg/same.py": "same\n",
            "pkg/text.py": "ab\n",
            info.format("2.0"): bom.format("come"),
        },
        tag="cp39-abi3-manylinux_2_28_x86_64",
        version="2.0",
    )
    return compare_inspected(old, new)


def test_members(difference):
    kinds = {item.path: item.kind for item in difference.members}
    assert kinds["pkg/old.py"] == "removed"
    assert kinds["pkg/new.py"] == "added"
    assert kinds["pkg/text.py"] == "changed"
    assert kinds["pkg/core.abi3.so"] == "changed"
    assert "pkg/same.py" not in kinds
    new = next(item for item in difference.members if item.path == "pkg/new.py")
    assert (new.before, new.after) == (0, 54)


def test_values(difference):
    values = {(item.kind, item.name): item for item in difference.values}
    tag = values["tag", "file name"]
    assert (tag.before, tag.after) == (
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp39-abi3-manylinux_2_28_x86_64",
    )
    assert values["metadata", "Version"].after == "2.0"


def test_binaries(difference):
    (module,) = difference.binaries
    assert module.path == "pkg/core.abi3.so"
    names = {item.what: item for item in module.names}
    assert names["symbol versions"].added == ("GLIBC_2.28 of libc.so.6",)
    assert names["symbol versions"].removed == ("GLIBC_2.17 of libc.so.6",)
    assert names["names of Python"].added == ("PyLong_AsLong",)
    assert names["names of Python"].removed == ("PyLong_FromLong",)
    assert "libraries" not in names


def test_components(difference):
    assert difference.components.added == ("come 1",)
    assert difference.components.removed == ("gone 1",)


def test_json_is_plain_data(difference):
    data = json.loads(json.dumps(difference.to_json()))
    assert data["schema"] == 1
    assert data["left"]["version"] == "1.0"
    assert data["members"][0].keys() >= {"kind", "path", "before", "after"}


def test_text(difference):
    text = "\n".join(difference_lines(difference))
    assert text.startswith("- pkg-1.0-cp312-cp312-manylinux_2_17_x86_64.whl\n+ pkg-2.0")
    assert "  + pkg/new.py  54 B" in text
    assert "    - GLIBC_2.17 of libc.so.6" in text
    assert "  - gone 1" in text


def test_equal_wheels(make_wheel):
    path = make_wheel({"pkg/__init__.py": "x\n"})
    difference = compare_inspected(path, path)
    assert (difference.values, difference.members, difference.binaries) == ((), (), ())
    assert list(difference_lines(difference))[-1] == (
        "  the files are equal, byte for byte"
    )
