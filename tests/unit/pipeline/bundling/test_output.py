"""Writing bundles: whole or not at all, the same bytes every time."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.bundle.model import Bundle, BundleFile
from ferrule.errors.bundle import BundleFolderError, CompressorMissingError
from ferrule.pipeline.bundling import output as bundle_output
from ferrule.pipeline.bundling.output import (
    check_place,
    place_notes,
    replace_file,
    replace_folder,
    staged_folder,
    write_archive,
)

MARK = b'{"ferrule": "1", "program": "app", "mode": "dynamic"}'
BUNDLE = Bundle(
    "app",
    "dynamic",
    (
        BundleFile("bin/app", b"program", "program", "", executable=True),
        BundleFile("bundle.json", MARK, "notice", ""),
        BundleFile("lib/x.pyc", b"code", "package", ""),
    ),
)


def listing(folder: Path) -> dict[str, tuple[int, float]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode & 0o777 if path.is_file() else 0,
            path.stat().st_mtime,
        )
        for path in sorted(folder.rglob("*"))
    }


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "out" / "app"
    with staged_folder(BUNDLE, target, None) as (staged, size):
        assert not target.exists()
        assert size == len(b"program" + MARK + b"code")
        replace_folder(staged, target)
    assert listing(target)["bin/app"] == (0o755, 315_532_800)
    assert listing(target)["lib/x.pyc"] == (0o644, 315_532_800)
    assert listing(target)["lib"][1] == 315_532_800
    assert [path.name for path in target.parent.iterdir()] == ["app"]


def test_a_bundle_replaces_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "app"
    for epoch in (1_000_000_000, 1_100_000_000):
        with staged_folder(BUNDLE, target, epoch) as (staged, _):
            replace_folder(staged, target)
        (target / "left-over").write_text("")
    with staged_folder(BUNDLE, target, 1_200_000_000) as (staged, _):
        replace_folder(staged, target)
    assert not (target / "left-over").exists()
    assert listing(target)["bin/app"][1] == 1_200_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


def test_a_failure_leaves_the_older_one(tmp_path: Path) -> None:
    target = tmp_path / "app"
    with staged_folder(BUNDLE, target, None) as (staged, _):
        replace_folder(staged, target)
    before = listing(target)
    with pytest.raises(ZeroDivisionError), staged_folder(BUNDLE, target, None):
        raise ZeroDivisionError
    assert listing(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


def test_what_is_no_bundle_is_not_replaced(tmp_path: Path) -> None:
    check_place(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("")
    with pytest.raises(BundleFolderError, match=r"no bundle\.json of a bundle"):
        check_place(tmp_path / "home")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for name in ("file", "link"):
        with pytest.raises(BundleFolderError, match="it is a file or a link"):
            check_place(tmp_path / name)


def test_what_lies_beside_an_older_bundle_is_kept(tmp_path: Path) -> None:
    mark = json.loads(MARK)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bundle.json").write_text(
        json.dumps({**mark, "entries": ["bin", "lib", "bundle.json"]})
    )
    check_place(tmp_path)
    (tmp_path / "a.whl").write_text("")
    with pytest.raises(BundleFolderError, match=r"beside the older bundle it has a\.w"):
        check_place(tmp_path)
    # Bundles of older releases do not say what they have.
    (tmp_path / "bundle.json").write_text(json.dumps(mark))
    check_place(tmp_path)


def archive(tmp_path: Path, name: str) -> bytes:
    target = tmp_path / name
    with staged_folder(BUNDLE, tmp_path / "app", None, replaces=False) as (staged, _):
        write_archive(staged, target, root="app-1", epoch=None, env={"PATH": ""})
    return target.read_bytes()


def test_archives_are_the_same_every_time(tmp_path: Path) -> None:
    first, second = archive(tmp_path, "a.tar.gz"), archive(tmp_path, "b.tar.gz")
    assert first == second
    with tarfile.open(tmp_path / "a.tar.gz") as opened:
        members = opened.getmembers()
    assert [item.name for item in members] == [
        "app-1",
        "app-1/bin",
        "app-1/bin/app",
        "app-1/bundle.json",
        "app-1/lib",
        "app-1/lib/x.pyc",
    ]
    assert {(item.uid, item.uname, item.mtime) for item in members} == {
        (0, "", 315_532_800)
    }
    assert {item.mode for item in members} == {0o755, 0o644}
    assert gzip.decompress(first)


def test_without_zstd(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(bundle_output, "_compressor", lambda _: None)
    with pytest.raises(CompressorMissingError):
        archive(tmp_path, "a.tar.zst")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_folders_are_the_owners_whatever_the_umask_is(tmp_path):
    before = os.umask(0)
    try:
        with staged_folder(BUNDLE, tmp_path / "made", None) as (staged, _):
            folders = [staged, *(item for item in staged.rglob("*") if item.is_dir())]
            assert {item.stat().st_mode & 0o777 for item in folders} == {0o755}
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_a_place_that_others_can_change_is_found(tmp_path):
    target = tmp_path / "shared" / "inner" / "app"
    target.parent.mkdir(parents=True)
    assert place_notes(target) == ()
    shared = target.parents[1]
    shared.chmod(0o777)
    (note,) = place_notes(target / "not-yet")
    assert f"other users can replace what is in {shared}, the program" in note
    shared.chmod(0o1777)
    assert place_notes(target) == ()


def test_a_zip_is_the_same_every_time(tmp_path: Path) -> None:
    bundle = replace(BUNDLE, links=(("lib/link", "x.pyc"),))
    contents = []
    for name in ("first", "second"):
        target = tmp_path / name / "app.zip"
        staging = staged_folder(bundle, tmp_path / name / "app", None, replaces=False)
        with staging as (staged, _):
            write_archive(staged, target, root="app", epoch=None, env={})
        contents.append(target.read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "first" / "app.zip") as archive:
        modes = {item.filename: item.external_attr >> 16 for item in archive.infolist()}
        assert archive.read("app/lib/link") == b"x.pyc"
    assert oct(modes["app/bin/app"]) == "0o100755"
    assert oct(modes["app/lib/x.pyc"]) == "0o100644"
    assert oct(modes["app/lib/link"])[:5] == "0o120"


def test_one_file_takes_the_place_of_another(tmp_path: Path) -> None:
    target = tmp_path / "new" / "app"
    staging = staged_folder(BUNDLE, tmp_path / "app", None, replaces=False)
    with staging as (staged, _):
        replace_file(staged / "bin/app", target)
    assert target.read_bytes() == b"program"
    assert target.stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with staged_folder(BUNDLE, tmp_path / "app", None) as (staged, _):
            assert staged.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
