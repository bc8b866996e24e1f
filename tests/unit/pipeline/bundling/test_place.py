"""Where a bundle goes, by what was written after -o."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.onefile.payload import Payload, PayloadFacts
from ferrule.errors.bundle import BundleFolderError, CompressorMissingError
from ferrule.errors.bundle_wishes import BundleWishesError
from ferrule.errors.files import ReadError
from ferrule.errors.usage import UsageError
from ferrule.pipeline.bundling import place as module
from ferrule.pipeline.bundling.place import choose_place

TARGET = "x86_64-unknown-linux-gnu"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "check_compressor", lambda _env: None)
    (tmp_path / "there").mkdir()
    return tmp_path


def chosen(out, wanted=None):
    return choose_place(
        out, wanted, default=Path("dist"), name="app", target=TARGET, env={}
    )


@pytest.mark.parametrize(
    ("out", "wanted", "path", "root"),
    [
        (None, None, "dist/app", "dist/app"),
        ("out", None, "out", "out"),
        ("a/b/", "dir", "a/b", "a/b"),
        ("there", None, "there", "there"),
        (None, "zip", f"dist/app-{TARGET}.zip", f"dist/app-{TARGET}"),
        ("there", "tar.gz", f"there/app-{TARGET}.tar.gz", f"there/app-{TARGET}"),
        ("new", "tar.gz", f"new/app-{TARGET}.tar.gz", f"new/app-{TARGET}"),
        ("x.tar.gz", "tar.gz", "x.tar.gz", "x"),
        ("y/x.tar.zst", None, "y/x.tar.zst", "y/x"),
        ("x.zip", None, "x.zip", "x"),
        (None, "file", "dist/app", "dist/app"),
        ("tool", "file", "tool", "tool"),
        ("there", "file", "there/app", "there/app"),
        ("new/", "file", "new/app", "new/app"),
        ("x.zip", "dir", "x.zip", "x.zip"),
    ],
)
def test_the_place(folder, out, wanted, path, root):
    found = chosen(out, wanted)
    assert (found.path, found.root) == (folder / path, folder / root)


def test_endings_that_contradict_the_format():
    with pytest.raises(BundleWishesError) as caught:
        chosen("x.zip", "tar.gz")
    assert "-o x.zip and --format tar.gz exclude each other" in str(caught.value)


@pytest.mark.parametrize(
    ("out", "wanted", "reason"),
    [
        ("letter", "dir", "it is a file or a link"),
        ("full", "dir", "it has files, and no bundle.json of a bundle"),
        ("letter/app", "dir", "letter is a file"),
        ("letter/a/x.zip", None, "letter is a file"),
        ("letter", "file", "it is a file that is no bundle"),
        ("folder.zip", "zip", ""),
        ("busy", "file", "it is a folder"),
    ],
)
def test_what_is_not_replaced(folder, out, wanted, reason):
    (folder / "letter").write_text("dear")
    for name in ("full", "busy/app"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("")
    if not reason:
        assert chosen(out, wanted).path == folder / out
        return
    with pytest.raises(BundleFolderError) as caught:
        chosen(out, wanted)
    assert reason in str(caught.value)


def test_an_older_single_file_is_replaced(folder):
    payload = Payload(PayloadFacts(), {})
    (folder / "tool").write_bytes(b"program" + b"".join(payload.chunks()))
    assert chosen("tool", "file").path == folder / "tool"
    (folder / "short").write_bytes(b"x")
    with pytest.raises(BundleFolderError):
        chosen("short", "file")


def test_nothing_that_compresses_is_told_before_anything_is_built(monkeypatch):
    def missing(env):
        raise CompressorMissingError

    monkeypatch.setattr(module, "check_compressor", missing)
    with pytest.raises(CompressorMissingError):
        chosen(None, "tar.zst")
    chosen(None, "tar.gz")


def test_paths_that_lead_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert chosen("a/../app", None).path == tmp_path / "app"
    (tmp_path / "x").write_text("")
    with pytest.raises(BundleFolderError, match="it has files"):
        chosen("none/..", None)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["there", "x"]


@pytest.mark.parametrize("out", ["", " ", "a\0b"])
def test_no_path(out):
    with pytest.raises(UsageError, match=r"-o names no path"):
        chosen(out, None)


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(ReadError, match=r"[Tt]oo long"):
        chosen(str(tmp_path / ("x" * 300)), None)


def test_a_folder_of_another_program(tmp_path):
    (tmp_path / "bundle.json").write_text('{"files": ["x.js"]}')
    with pytest.raises(BundleFolderError, match=r"no bundle\.json of a bundle"):
        chosen(str(tmp_path), None)
