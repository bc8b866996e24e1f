import os

import pytest

from ferrule.errors.files import ReadError, WriteError
from ferrule.errors.starters import FolderInUseError
from ferrule.starters.folder import check_folder, check_new_folder
from ferrule.starters.plan import Plan, PlannedFile, read_if_present, write_plan


def test_files_are_created_changed_and_kept(tmp_path):
    (tmp_path / "old").write_text("1\n")
    (tmp_path / "kept").write_text("2\n")
    kept = (tmp_path / "kept").stat().st_mtime_ns
    files = (
        PlannedFile("a/b/new", None, "3\n"),
        PlannedFile("old", "1\n", "4\n"),
        PlannedFile("kept", "2\n", "2\n"),
    )

    write_plan(Plan(tmp_path, "module", files))

    assert [file.action for file in files] == ["create", "change", "keep"]
    assert (tmp_path / "a/b/new").read_text() == "3\n"
    assert (tmp_path / "old").read_text() == "4\n"
    assert (tmp_path / "kept").stat().st_mtime_ns == kept


def test_a_failure_leaves_nothing(tmp_path):
    root = tmp_path / "project"
    (tmp_path / "old").write_text("1\n")
    files = (
        PlannedFile("../old", "1\n", "2\n"),
        PlannedFile("a/new", None, "x"),
        PlannedFile("a/new/impossible", None, "x"),
    )

    with pytest.raises(WriteError):
        write_plan(Plan(root, "module", files))

    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "1\n"


def test_links_stay_links(tmp_path):
    (tmp_path / "real").write_text("1\n")
    (tmp_path / "link").symlink_to("real")

    write_plan(Plan(tmp_path, "module", (PlannedFile("link", "1\n", "2\n"),)))

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "2\n"


def test_other_encodings_are_read_errors(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe")

    assert read_if_present(tmp_path / "y") is None
    with pytest.raises(ReadError, match="is not UTF-8"):
        read_if_present(tmp_path / "x")


def test_new_projects_need_an_empty_folder(tmp_path):
    check_new_folder(tmp_path / "absent")
    (tmp_path / ".git").mkdir()
    check_new_folder(tmp_path)
    for number in range(6):
        (tmp_path / f"file{number}").touch()

    with pytest.raises(FolderInUseError) as caught:
        check_new_folder(tmp_path)

    assert f"{tmp_path} is there already, and not empty" in str(caught.value)
    assert "it holds file0, file1, file2, file3, file4, ..." in str(caught.value)
    assert f"ferrule init {tmp_path}" in str(caught.value)
    with pytest.raises(FolderInUseError, match="a file of that name"):
        check_new_folder(tmp_path / "file0")


def test_a_missing_folder_cannot_be_completed(tmp_path):
    with pytest.raises(ReadError, match="cannot read"):
        check_folder(tmp_path / "absent")
