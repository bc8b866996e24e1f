from __future__ import annotations

import base64
import csv
import hashlib
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.wheel.record import Digest, record_line, record_text

NAMES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1
)


def digest(content):
    return Digest(len(content), 0, hashlib.sha256(content).digest())


def test_a_plain_line():
    line = record_line("a/b.py", digest(b""))
    assert line == "a/b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"


def test_record_itself_has_no_hash():
    assert record_text(["x,sha256=y,1"], "a-1.dist-info/RECORD") == (
        "x,sha256=y,1\na-1.dist-info/RECORD,,\n"
    )


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=5))
def test_csv_reads_every_name_back(files):
    lines = [record_line(name, digest(content)) for name, content in files]
    text = record_text(lines, "d/RECORD")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows.pop() == ["d/RECORD", "", ""]
    assert [row[0] for row in rows] == [name for name, _ in files]
    for row, (_, content) in zip(rows, files):
        algorithm, _, value = row[1].partition("=")
        assert algorithm == "sha256"
        assert "=" not in value
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        assert raw == hashlib.sha256(content).digest()
        assert row[2] == str(len(content))
