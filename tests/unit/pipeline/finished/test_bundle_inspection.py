"""Reading bundles, and taking files out of single ones."""

from __future__ import annotations

import json

import pytest

from ferrule.bundle.onefile.payload import ModuleMember, Payload, PayloadFacts
from ferrule.errors.bundle import PayloadError
from ferrule.errors.files import WriteError
from ferrule.errors.usage import UsageError
from ferrule.pipeline.finished.bundle_inspection import (
    extract_bundle,
    inspect_bundle,
    is_bundle,
)

FACTS = {
    "program": "app",
    "mode": "onefile",
    "python": "3.12.1",
    "ferrule": "0.1.0",
    "bytecode": "cb0d0d0a",
}
SITE = "lib/python3.12/site-packages"


def write_single(path, *, compress=False, **files):
    payload = Payload(
        PayloadFacts((SITE,)),
        {
            "a": ModuleMember("package", f"{SITE}/a/__init__.pyc", b"code" * 90),
            "a.n": ModuleMember("extension", f"{SITE}/a/n.so", b"\x7fELF"),
            "ns": ModuleMember("namespace", f"{SITE}/ns"),
            "b": ModuleMember("module", f"{SITE}/b.py", b"more"),
        },
        libraries={"lib/libz.so.1": b"library"},
        files={
            "bundle.json": json.dumps(FACTS).encode(),
            "licenses/x": b"text",
            f"{SITE}/b.py": b"source",
            **files,
        },
        compress=compress,
    )
    path.write_bytes(b"program" + b"".join(payload.chunks()))
    return path


def test_a_single_file(tmp_path):
    path = write_single(tmp_path / "app")
    assert is_bundle(path)
    found = inspect_bundle(path)
    assert (found.form, found.facts["python"]) == ("single file", "3.12.1")
    rows = {item.path: (item.kind, item.size) for item in found.members}
    assert rows == {
        "app": ("program", 7),
        "bundle.json": ("file", len(json.dumps(FACTS))),
        "lib/libz.so.1": ("library", 7),
        "licenses/x": ("file", 4),
        f"{SITE}/a/__init__.pyc": ("module", 360),
        f"{SITE}/a/n.so": ("module", 4),
        f"{SITE}/b.py": ("file", 6),
        f"{SITE}/b.pyc": ("module", 4),
    }


def test_compressed_members_have_two_sizes(tmp_path):
    found = inspect_bundle(write_single(tmp_path / "app", compress=True))
    (item,) = (item for item in found.members if item.path.endswith("__init__.pyc"))
    assert item.size == 360
    assert item.stored_size < 100


def test_a_folder(tmp_path):
    files = {
        "bin/app": b"12",
        "lib/libz.so.1": b"3",
        f"{SITE}/a/x.pyc": b"45",
        "bundle.json": json.dumps({**FACTS, "mode": "dynamic"}).encode(),
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert is_bundle(tmp_path)
    found = inspect_bundle(tmp_path)
    assert found.form == "folder"
    assert [(item.path, item.kind) for item in found.members] == [
        ("bin/app", "program"),
        ("bundle.json", "file"),
        ("lib/libz.so.1", "library"),
        (f"{SITE}/a/x.pyc", "module"),
    ]


def test_taking_everything_out(tmp_path):
    path = write_single(tmp_path / "app", compress=True)
    out = tmp_path / "out"
    assert extract_bundle(path, out) == 7
    assert (out / "licenses/x").read_bytes() == b"text"
    code = (out / SITE / "a/__init__.pyc").read_bytes()
    assert code == bytes.fromhex("cb0d0d0a01000000") + bytes(8) + b"code" * 90
    assert (out / SITE / "a/n.so").read_bytes() == b"\x7fELF"
    assert (out / SITE / "b.py").read_bytes() == b"source"
    with pytest.raises(UsageError, match="it is not an empty folder"):
        extract_bundle(path, out)


def test_taking_some_out(tmp_path):
    path = write_single(tmp_path / "app")
    assert extract_bundle(path, tmp_path / "out", ("licenses/*", "*.json")) == 2
    assert not (tmp_path / "out" / "lib").exists()


def test_nothing_is_written_outside(tmp_path):
    path = write_single(tmp_path / "app", **{"../../evil": b"x"})
    with pytest.raises(PayloadError, match="would leave the folder"):
        extract_bundle(path, tmp_path / "a" / "b" / "out")
    assert not (tmp_path / "a" / "evil").exists()


def test_damaged_files_are_told(tmp_path):
    path = write_single(tmp_path / "app")
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    with pytest.raises(PayloadError, match="has changed since it was built"):
        inspect_bundle(path)


def test_what_is_no_bundle(tmp_path):
    assert not is_bundle(tmp_path)
    assert not is_bundle(tmp_path / "none")
    (tmp_path / "x").write_bytes(bytes(100))
    assert not is_bundle(tmp_path / "x")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": ["x.js"]}', "[" * 99999])
def test_a_bundle_json_of_something_else(tmp_path, text):
    (tmp_path / "bundle.json").write_text(text)
    assert not is_bundle(tmp_path)
    with pytest.raises(PayloadError, match=r"bundle\.json is not what ferrule writes"):
        inspect_bundle(tmp_path)


def test_libraries_beside_the_program_are_not_in_it(tmp_path):
    payload = Payload(
        PayloadFacts((SITE,), "beside", beside="app.lib"),
        {"n": ModuleMember("extension", f"{SITE}/n.so", b"\x7fELF")},
        {"lib/libx.so": b"library"},
        files={"data": b"text", "bundle.json": json.dumps(FACTS).encode()},
    )
    path = tmp_path / "app"
    path.write_bytes(b"".join(payload.chunks()))
    found = [item.path for item in inspect_bundle(path).members]
    assert found == ["app", "bundle.json", "data"]
    assert extract_bundle(path, tmp_path / "out") == 2


def test_a_failure_leaves_nothing(tmp_path):
    path = write_single(tmp_path / "app", **{"data": b"x", "data/below": b"x"})
    (tmp_path / "out").mkdir()
    with pytest.raises(WriteError):
        extract_bundle(path, tmp_path / "out")
    assert not any((tmp_path / "out").iterdir())
    assert sorted(item.name for item in tmp_path.iterdir()) == ["app", "out"]


def test_a_folder_that_is_there_stays_the_same(tmp_path):
    path = write_single(tmp_path / "app")
    (tmp_path / "out").mkdir()
    before = (tmp_path / "out").stat().st_ino
    extract_bundle(path, tmp_path / "out")
    assert (tmp_path / "out").stat().st_ino == before


def test_an_empty_file(tmp_path):
    (tmp_path / "app").write_bytes(b"")
    with pytest.raises(PayloadError, match="it is empty"):
        inspect_bundle(tmp_path / "app")
