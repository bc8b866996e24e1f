from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from ferrule.errors.wheel_file import (
    BrokenWheelError,
    UnsafeMemberError,
    WrongRecordError,
)
from ferrule.wheel.reading import open_wheel
from ferrule.wheel.record_reading import (
    parse_record,
    record_problems,
    refuse_wrong_record,
)
from tests.unit.made_wheels import record_of, wheel_bytes, wheel_files

INFO = "a-1.0.dist-info"


def parse(text):
    return list(parse_record(text, Path("x.whl"), "RECORD"))


@pytest.fixture
def problems(tmp_path):
    def find(files=None, **options):
        path = tmp_path / "a-1.0-py3-none-any.whl"
        path.write_bytes(wheel_bytes(files, **options))
        with open_wheel(path) as wheel:
            return [
                (item.kind, item.path, item.what) for item in record_problems(wheel)
            ]

    return find


def good(**changes):
    """Return a right RECORD for the default files, lines replaced by path."""
    files = wheel_files(RECORD=None)
    lines = {line.partition(",")[0]: line for line in record_of(files, INFO).split()}
    lines.update(changes.pop("lines", {}))
    return "\n".join(filter(None, lines.values())) + "\n"


def test_lines():
    found = parse('a/b.py,sha256=ab-_=,12\n"x,y",SHA512=q,3\r\nRECORD,,\n\n')
    assert [(item.path, item.algorithm, item.digest, item.size) for item in found] == [
        ("a/b.py", "sha256", "ab-_", 12),
        ("x,y", "sha512", "q", 3),
        ("RECORD", "", "", None),
    ]


def test_lines_without_all_fields():
    assert [item.path for item in parse("a\nb,\n")] == ["a", "b"]


@pytest.mark.parametrize(
    "line", ["a,b.py,sha256=x,1", "a,sha256=x,many", "a,sha256=x,-1", "a,x,1,2"]
)
def test_lines_that_are_none(line):
    with pytest.raises(BrokenWheelError, match=r"line 1 is not PATH,HASH,SIZE"):
        parse(line)


def test_only_line_breaks_end_lines():
    name = "a/\u2028\u0085x.py"
    assert [item.path for item in parse(f"{name},,\r\nb,,\rc,,\n")] == [name, "b", "c"]
    assert [item.path for item in parse(f'"{name}",,\r\nb,,\n')] == [name, "b"]


def test_a_quotation_that_never_ends():
    with pytest.raises(BrokenWheelError):
        parse('"' + "x" * 200000)


@pytest.mark.parametrize("path", ["../a", "/a", "a\\..\\b", "\\a", "C:/a", "C:\\a"])
def test_unsafe_paths(path):
    with pytest.raises(UnsafeMemberError) as caught:
        parse(f"ok.py,,\n{path},,")
    assert caught.value.reason.startswith(f"line 2 lists {path!r}: its name")


def test_backslashes_of_windows(problems):
    (line,) = parse("a\\b.py,sha256=x,1")
    assert (line.path, line.written) == ("a/b.py", "a\\b.py")
    record = good().replace("a/__init__.py", "a\\__init__.py")
    what = "RECORD calls it a\\__init__.py, a path on Windows alone"
    assert problems(RECORD=record) == [("spelling", "a/__init__.py", what)]


def test_backslashes_do_not_make_a_record_wrong(tmp_path):
    path = tmp_path / "a-1.0-py3-none-any.whl"
    path.write_bytes(wheel_bytes(RECORD=good().replace("a/__", "a\\__")))
    with open_wheel(path) as wheel:
        refuse_wrong_record(wheel)


@pytest.mark.parametrize("algorithm", ["sha3_256", "blake2b"])
def test_strong_hashes_of_other_families(problems, algorithm):
    digest = hashlib.new(algorithm, b"x = 1\n").digest()
    text = urlsafe_b64encode(digest).decode().rstrip("=")
    line = f"a/__init__.py,{algorithm}={text},6"
    assert problems(RECORD=good(lines={"a/__init__.py": line})) == []
    (found,) = problems(RECORD=good(lines={"a/__init__.py": line[:-6] + "abc,6"}))
    assert found[0] == "hash"


def test_a_right_record(problems):
    assert problems() == []
    assert problems({"a/x,y.py": b"1", 'a/"q".py': b"2"}, RECORD=None or QUOTED) == []


def _quoted():
    files = wheel_files({"a/x,y.py": b"1", 'a/"q".py': b"2"}, RECORD=None)
    text = record_of(files, INFO)
    return text.replace("a/x,y.py", '"a/x,y.py"').replace('a/"q".py', '"a/""q"".py"')


QUOTED = _quoted()


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_better_hashes(problems, algorithm):
    digest = urlsafe_b64encode(hashlib.new(algorithm, b"x = 1\n").digest()).decode()
    line = f"a/__init__.py,{algorithm}={digest.rstrip('=')},6"
    assert problems(RECORD=good(lines={"a/__init__.py": line})) == []


@pytest.mark.parametrize(
    ("line", "kind", "what"),
    [
        ("", "unlisted", "RECORD does not list it"),
        ("{0}x,6", "hash", "its content has another sha256 than RECORD says"),
        ("{0},7", "size", "it has 6 bytes, and RECORD says 7"),
        (
            "a/__init__.py,md5=x,6",
            "weak",
            "RECORD has md5 for it, where sha256 or better is required",
        ),
        (
            "a/__init__.py,,",
            "weak",
            "RECORD has no hash for it, where sha256 or better is required",
        ),
        ("{0},6\n{0},6", "repeated", "RECORD lists it twice"),
        ("{0},6\n{0},5", "repeated", "RECORD lists it twice, differently"),
    ],
)
def test_what_differs(problems, line, kind, what):
    right = next(item for item in good().split() if item.startswith("a/__init__"))
    text = line.format(right.rpartition(",")[0])
    found = problems(RECORD=good(lines={"a/__init__.py": text}))
    assert found == [(kind, "a/__init__.py", what)]


def test_a_file_that_is_missing(problems):
    assert problems(RECORD=good(lines={"gone.py": "gone.py,sha256=x,1"})) == [
        ("absent", "gone.py", "RECORD lists it, and the wheel does not hold it")
    ]


def test_signatures_need_no_line(problems):
    files = {"a.py": b"", f"{INFO}/RECORD.jws": b"{}", f"{INFO}/RECORD.p7s": b""}
    text = "\n".join(
        line
        for line in record_of(wheel_files(files, RECORD=None), INFO).splitlines()
        if "RECORD." not in line
    )
    assert problems(files, RECORD=text) == []


def test_names_and_sizes_alone(tmp_path, monkeypatch):
    path = tmp_path / "a-1.0-py3-none-any.whl"
    line = "a/__init__.py,sha256=wrong,7"
    path.write_bytes(wheel_bytes(RECORD=good(lines={"a/__init__.py": line})))
    with open_wheel(path) as wheel:
        wheel.record  # noqa: B018  # the one file that is needed
        record = wheel.text(f"{INFO}/RECORD")
        monkeypatch.setattr(wheel, "text", lambda _name: record)
        monkeypatch.setattr(wheel, "content", None)
        found = [
            (item.kind, item.path) for item in record_problems(wheel, hashes=False)
        ]
    assert found == [("size", "a/__init__.py")]


def test_a_wrong_record_is_refused(tmp_path):
    path = tmp_path / "a-1.0-py3-none-any.whl"
    path.write_bytes(wheel_bytes({f"{number}.py": b"" for number in range(12)}))
    with open_wheel(path) as wheel:
        refuse_wrong_record(wheel)
    path.write_bytes(
        wheel_bytes({f"{number}.py": b"" for number in range(12)}, RECORD=good())
    )
    with open_wheel(path) as wheel, pytest.raises(WrongRecordError) as caught:
        refuse_wrong_record(wheel)
    text = str(caught.value).splitlines()
    assert text[0] == f"RECORD does not describe the files of {path}"
    assert text[1] == "  0.py: RECORD does not list it"
    assert text[-2:] == [
        "  and 3 more",
        "  fix: the wheel was changed after it was built: build it anew",
    ]
