"""The importer as a part of the hook."""

from __future__ import annotations

import re

import pytest

from ferrule.bundle.hook.object import Hook
from ferrule.bundle.onefile.frozen import IMPORTER_MODULES, payload_part

CODE = {"_ferrule_importer": b"\x00core\xff", "encodings": b"start"}


def part(version, *, is_free_threaded=False):
    return payload_part(version, CODE, is_free_threaded=is_free_threaded)


# Include/cpython/import.h of each release.
@pytest.mark.parametrize(
    ("version", "fields", "table"),
    [
        ((3, 9), "name code size", "old"),
        ((3, 10), "name code size", "old"),
        ((3, 11), "name code size is_package call", "new"),
        ((3, 12), "name code size is_package call", "new"),
        ((3, 13), "name code size is_package", "new"),
        ((3, 14), "name code size is_package", "new"),
    ],
)
def test_the_table_is_that_of_the_release(version, fields, table):
    source = part(version).source
    found = re.search(r"pub struct Frozen \{(.*?)\}", source)
    assert found is not None
    assert re.findall(r"(\w+):", found[1]) == fields.split()
    assert ("static mut TABLE" in source) == (table == "old")


def test_packages_of_older_releases_have_a_negative_size():
    assert "size: -5 }" in part((3, 10)).source
    assert "size: 5, is_package: 1 }" in part((3, 13)).source


def test_every_byte_of_the_code_is_in_it():
    assert r'*b"\x00\x63\x6f\x72\x65\xff"' in part((3, 13)).source


def test_the_head_of_objects_without_the_lock():
    assert "OBJECT_WORDS: usize = 2;" in part((3, 13)).source
    assert "OBJECT_WORDS: usize = 4;" in part((3, 13), is_free_threaded=True).source


def test_the_hook_runs_it_before_python():
    source = Hook((3, 13), 0, parts=(part((3, 13)),)).source
    assert "payload::before();" in source
    assert "const LEVELS: usize = 0;" in source


def test_the_other_modules_lie_in_the_payload():
    assert sorted(IMPORTER_MODULES) == [
        *("_ferrule_beside", "_ferrule_cache", "_ferrule_files", "_ferrule_natives"),
        *("_ferrule_resources", "_ferrule_sweeping"),
    ]
