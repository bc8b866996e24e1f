from __future__ import annotations

import hashlib

import pytest

from ferrule.publishing.index import (
    IndexFile,
    compare,
    has_same_origin,
    page_urls,
    read_page,
)

PAGE = b"""<!DOCTYPE html><html><body>
<a href="../../files/a-1.0%2Bx.tar.gz#sha256=AB12">a</a><br>
<a href="http://other/a-2.0-py3-none-any.whl">no hash</a><a name="x">no link</a>
</body></html>"""


def test_pages_are_looked_for_where_servers_have_them():
    assert page_urls("http://h/legacy/", "", "p") == [
        "http://h/simple/p/",
        "http://h/legacy/simple/p/",
        "http://h/legacy/+simple/p/",
    ]
    assert page_urls("http://h/root/x", "", "p")[0] == "http://h/root/x/simple/p/"
    assert page_urls("http://h/", "http://c/simple/", "p") == ["http://c/simple/p/"]


def test_files_are_read_from_html():
    found = read_page(PAGE, "text/html", "http://h/simple/a/")
    assert found == {
        "a-1.0+x.tar.gz": IndexFile(
            "a-1.0+x.tar.gz", "http://h/files/a-1.0%2Bx.tar.gz", {"sha256": "ab12"}
        ),
        "a-2.0-py3-none-any.whl": IndexFile(
            "a-2.0-py3-none-any.whl", "http://other/a-2.0-py3-none-any.whl", {}
        ),
    }


def test_files_are_read_from_json():
    content = (
        b'{"files": [{"filename": "a", "url": "/f/a", "hashes": {"md5": "C"}}, 1]}'
    )
    kind = "application/vnd.pypi.simple.v1+json"
    assert read_page(content, kind, "http://h/simple/a/") == {
        "a": IndexFile("a", "http://h/f/a", {"md5": "c"})
    }


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"x", "text/plain")],
)
def test_other_answers_are_no_page(content, kind):
    with pytest.raises(ValueError, match=r"."):
        read_page(content, kind, "http://h/")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "md5"])
def test_any_known_hash_is_compared(tmp_path, algorithm):
    path = tmp_path / "a.whl"
    path.write_bytes(b"content")
    digest = hashlib.new(algorithm, b"content").hexdigest()
    same = IndexFile("a.whl", "http://h/a.whl", {algorithm: digest})
    other = IndexFile("a.whl", "http://h/a.whl", {algorithm: "0" * len(digest)})
    assert compare(path, same, pytest.fail)[0] == "same"
    verdict, local, remote = compare(path, other, pytest.fail)
    assert verdict == "different"
    assert local == f"{algorithm} {digest}"
    assert remote.startswith(f"{algorithm} 000")


def test_without_a_known_hash_the_file_is_fetched(tmp_path):
    path = tmp_path / "a.whl"
    path.write_bytes(b"content")
    listed = IndexFile("a.whl", "http://h/a.whl", {"crc": "1"})
    digest = hashlib.sha256(b"content").hexdigest()
    assert compare(path, listed, {"http://h/a.whl": digest}.__getitem__)[0] == "same"
    assert compare(path, listed, lambda _: "")[0] == "unknown"
    assert compare(path, None, pytest.fail)[0] == "absent"


def test_credentials_stay_with_their_origin():
    assert has_same_origin("https://h/a", "https://h/b?c")
    assert not has_same_origin("https://h/", "http://h/")
    assert not has_same_origin("https://h/", "https://h:444/")
    assert not has_same_origin("https://h/", "https://h.other/")
