"""Tests of the databases of installed packages."""

from __future__ import annotations

import sqlite3
import struct

import pytest

from ferrule.repair.owners import Owner, find_owners


@pytest.fixture
def root(tmp_path):
    """Return a root with a distribution's name."""
    (tmp_path / "etc").mkdir()
    text = 'NAME="Some"\nID=some\nVERSION_ID="12"\n'
    (tmp_path / "etc" / "os-release").write_text(text)
    return tmp_path


def test_dpkg_names_the_package_of_a_file(root):
    info = root / "var" / "lib" / "dpkg" / "info"
    info.mkdir(parents=True)
    (info / "liba1:amd64.list").write_text("/.\n/lib\n/lib/x/liba.so.1.2\n")
    (info / "other.list").write_text("/.\n/usr/lib/x/liba.so.1.2.3\n")
    status = (
        "Package: other\nVersion: 9\nArchitecture: all\n\n"
        "Package: liba1\nStatus: install ok installed\nArchitecture: amd64\n"
        "Version: 1:2.0-3\nDescription: text\n Version: 7\n"
    )
    (info.parent / "status").write_text(status)
    path = root / "usr" / "lib" / "x" / "liba.so.1.2"
    assert find_owners([path], root) == {
        path: Owner("deb", "some", "12", "liba1", "1:2.0-3", "amd64")
    }


def test_apk_names_the_package_of_a_file(root):
    database = root / "lib" / "apk" / "db"
    database.mkdir(parents=True)
    text = (
        "P:musl\nV:1\nA:x86_64\nF:lib\nR:x.so\n\nP:liba\nV:2-r0\nA:x86_64\nF:usr/lib\n"
    )
    (database / "installed").write_text(text + "R:liba.so.1\nZ:Q1abc=\n")
    path = root / "usr" / "lib" / "liba.so.1"
    assert find_owners([path], root) == {
        path: Owner("apk", "some", "12", "liba", "2-r0", "x86_64")
    }


def rpm_header(texts, numbers):
    """Return a header with string and integer tags."""
    index, store = b"", b""
    for tag, values in texts.items():
        index += struct.pack(">4I", tag, 8, len(store), len(values))
        store += b"".join(value.encode() + b"\0" for value in values)
    for tag, values in numbers.items():
        store += bytes(-len(store) % 4)
        index += struct.pack(">4I", tag, 4, len(store), len(values))
        store += struct.pack(f">{len(values)}I", *values)
    return struct.pack(">2I", len(texts) + len(numbers), len(store)) + index + store


def test_rpm_names_the_package_of_a_file(root):
    folder = root / "var" / "lib" / "rpm"
    folder.mkdir(parents=True)
    header = rpm_header(
        {
            1000: ["liba"],
            1001: ["2.0"],
            1002: ["3.el9"],
            1022: ["x86_64"],
            1117: ["README", "liba.so.2"],
            1118: ["/usr/share/", "/usr/lib64/"],
        },
        {1116: [0, 1]},
    )
    with sqlite3.connect(folder / "rpmdb.sqlite") as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER, blob BLOB)")
        connection.execute("CREATE TABLE Basenames (key TEXT, hnum INTEGER)")
        connection.execute("INSERT INTO Packages VALUES (1, ?)", (header,))
        connection.execute("INSERT INTO Basenames VALUES ('liba.so.2', 1)")
    connection.close()
    path = root / "usr" / "lib64" / "liba.so.2"
    assert find_owners([path], root) == {
        path: Owner("rpm", "some", "12", "liba", "2.0-3.el9", "x86_64")
    }
    (folder / "rpmdb.sqlite").write_bytes(b"SQLite format 3\0" + bytes(200))
    assert find_owners([path], root) == {}


def test_files_elsewhere_have_no_owner(root, tmp_path_factory):
    assert find_owners([tmp_path_factory.mktemp("x") / "liba.so"], root) == {}
    assert find_owners([root / "opt" / "liba.so"], root) == {}
