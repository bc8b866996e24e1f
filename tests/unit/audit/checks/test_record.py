from __future__ import annotations

import pytest

from ferrule.audit.checks.record import check_record
from tests.unit.made_wheels import record_of, wheel_files

CHECK = check_record
INFO = "a-1.0.dist-info"
RIGHT = record_of(wheel_files(RECORD=None), INFO)


def test_a_right_record(told):
    assert told() == []


@pytest.mark.parametrize(
    ("record", "rule", "severity", "path"),
    [
        (RIGHT.replace("sha256=", "sha256=x", 1), "record-mismatch", "error", ""),
        (RIGHT.replace(",6\n", ",7\n", 1), "record-mismatch", "error", ""),
        (RIGHT.partition("\n")[2], "record-unlisted", "error", ""),
        (RIGHT + "b.py,sha256=x,1\n", "record-absent", "error", "b.py"),
        (RIGHT.replace("sha256=", "md5=", 1), "record-weak-hash", "warning", ""),
        (RIGHT + RIGHT.partition("\n")[0], "record-repeated", "warning", ""),
    ],
)
def test_what_differs(found, record, rule, severity, path):
    (item,) = found(RECORD=record)
    expected = (rule, severity, path or "a/__init__.py")
    assert (item.rule, item.severity, item.path) == expected
