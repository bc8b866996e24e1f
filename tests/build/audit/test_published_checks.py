"""`ferrule check` about wheels that their authors published and users install."""

from __future__ import annotations

import zipfile

import pytest
from published_wheels import read_table

from ferrule.pipeline.finished.checking import check_wheel

pytestmark = [pytest.mark.build, pytest.mark.network]

ERRORS = {
    # Defects of these releases, seen by independent tools, too.
    "cryptography-45.0.7-cp311-abi3-macosx_10_9_universal2.whl": ["platform-claim"],
    "procmaps-0.5.0-cp36-abi3-manylinux2010_x86_64.whl": ["abi3-newer-symbol"],
}
WARNINGS = {
    ("cffi", "metadata"),
    ("pyqt5_sip", "record-absent"),
    ("pyzmq", "absolute-rpath"),
    ("pyzmq", "missing-stub"),
    ("shapely", "debug-info"),
}


@pytest.mark.parametrize("row", read_table(), ids=lambda row: row.short_name)
def test_published_wheels(row, fetch_wheel):
    """Nothing is said about them that is not true of them."""
    found = check_wheel(fetch_wheel(row))
    errors = [item.rule for item in found if item.severity == "error"]
    assert errors == ERRORS.get(row.file, [])
    distribution = row.file.partition("-")[0].lower()
    for item in found:
        if item.severity == "warning":
            assert (distribution, item.rule) in WARNINGS


def test_a_changed_wheel(run_ferrule, fetch_wheel, tmp_path):
    row = next(row for row in read_table() if row.file.startswith("markupsafe"))
    path = fetch_wheel(row)
    changed = tmp_path / path.name
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "markupsafe/__init__.py":
                content += b"# changed\n"
            new.writestr(item, content)
    done = run_ferrule("check", changed.name, "--json", cwd=tmp_path)
    assert done.returncode == 1
    (wheel,) = done.json()["wheels"]
    broken = [
        (item["rule"], item["path"])
        for item in wheel["findings"]
        if item["severity"] == "error"
    ]
    assert set(broken) == {("record-mismatch", "markupsafe/__init__.py")}
