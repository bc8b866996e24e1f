"""The files that stay, and the report."""

from __future__ import annotations

import pytest

from ferrule.bundle.layout import Layout
from ferrule.bundle.model import BundleFile
from ferrule.bundle.trimming.graph import Kept
from ferrule.bundle.trimming.trimmed import module_at, trim_files

LAYOUT = Layout("bin", "lib", "lib/python3.12", "lib/python3.12/site-packages")
SITE = LAYOUT.packages


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("lib/python3.12/json/__init__.pyc", "json"),
        ("lib/python3.12/json/decoder.py", "json.decoder"),
        (
            "lib/python3.12/json/__pycache__/decoder.cpython-312.opt-1.pyc",
            "json.decoder",
        ),
        ("lib/python3.12/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so", "_ssl"),
        (f"{SITE}/numpy/_core/x.cpython-312-x86_64-linux-gnu.so", "numpy._core.x"),
        (f"{SITE}/a/data.txt", ""),
        ("bin/app", ""),
        ("lib/libz.so.1", ""),
    ],
)
def test_the_module_of_a_file(path, module):
    assert module_at(path, LAYOUT) == module


def trim(paths: dict[str, str], kept: list[str]):
    """Trim files (paths and owners) to modules."""
    files = [
        BundleFile(
            path,
            b"12345",
            "package" if SITE in path else "standard library",
            "",
            owner=owner,
        )
        for path, owner in paths.items()
    ]
    modules = {path: name for path in paths if (name := module_at(path, LAYOUT))}
    reasons = {name: Kept("", "main.rs:1 imports it") for name in kept}
    found = trim_files(files, modules, reasons, LAYOUT)
    return {item.path for item in found.files}, found.report


def test_data_stays_with_its_package():
    paths = {
        f"{SITE}/a/__init__.pyc": "a 1",
        f"{SITE}/a/data/x.txt": "a 1",
        f"{SITE}/a/tests/__init__.pyc": "a 1",
        f"{SITE}/a/tests/data/y.txt": "a 1",
        f"{SITE}/a-1.dist-info/METADATA": "a 1",
        f"{SITE}/a.libs/libx.so.1": "a 1",
        f"{SITE}/b/__init__.pyc": "b 1",
        f"{SITE}/b.libs/liby.so.1": "b 1",
        f"{SITE}/b-1.dist-info/METADATA": "b 1",
        f"{SITE}/b.pth": "b 1",
        f"{SITE}/c/only/data.txt": "c 1",
    }
    stays, _ = trim(paths, ["a"])
    gone = {path[len(SITE) + 1 :] for path in set(paths) - stays}
    assert gone == {
        "a/tests/__init__.pyc",
        "a/tests/data/y.txt",
        "b/__init__.pyc",
        "b.libs/liby.so.1",
    }


def test_data_of_folders_without_init():
    paths = {f"{SITE}/ns/one/__init__.pyc": "n 1", f"{SITE}/ns/one/x.txt": "n 1"}
    assert trim(paths, ["ns", "ns.one"])[0] == set(paths)
    assert trim(paths, [])[0] == set()


def test_the_report():
    paths = {
        "lib/python3.12/a/__init__.pyc": "",
        "lib/python3.12/a/b/__init__.pyc": "",
        "lib/python3.12/a/b/c.pyc": "",
        "lib/python3.12/d/__init__.pyc": "",
        "lib/python3.12/d/e.pyc": "",
        "lib/python3.12/LICENSE.txt": "",
    }
    stays, report = trim(paths, ["a"])
    assert stays == {"lib/python3.12/a/__init__.pyc", "lib/python3.12/LICENSE.txt"}
    assert report.left_out == (("a.b", 2, 10), ("d", 2, 10))
    assert report.names == ("a.b", "a.b.c", "d", "d.e")
    assert report.rows[0] == (
        "a.b",
        "--trim: nothing imports it (2 modules, 10 B)",
    )
    assert report.chain("a") == "a ← main.rs:1 imports it"
    told = report.to_json()
    assert told["leftOutBytes"] == 20
    assert told["kept"] == [{"module": "a", "by": None, "how": "main.rs:1 imports it"}]
