from __future__ import annotations

import shutil
import subprocess

import pytest

from ferrule.errors.files import WriteError
from ferrule.migrate.changes import FileChange, apply_changes, unified_diff

CHANGES = (
    FileChange("pyproject.toml", "a\r\nb\r\n", "a\r\nc"),
    FileChange("sub/new.txt", None, "new\n"),
    FileChange("setup.py", "gone\n", None),
)


def test_the_diff_can_be_applied_by_git(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / "pyproject.toml").write_bytes(b"a\r\nb\r\n")
    (tmp_path / "setup.py").write_text("gone\n")
    diff = unified_diff(CHANGES).encode()
    subprocess.run(
        ["git", "apply", "-p1", "--whitespace=nowarn"],
        input=diff,
        cwd=tmp_path,
        check=True,
    )
    assert (tmp_path / "pyproject.toml").read_bytes() == b"a\r\nc"
    assert (tmp_path / "sub" / "new.txt").read_text() == "new\n"
    assert not (tmp_path / "setup.py").exists()


def test_changes_are_written_and_permissions_kept(tmp_path):
    (tmp_path / "pyproject.toml").write_text("a")
    (tmp_path / "pyproject.toml").chmod(0o600)
    (tmp_path / "setup.py").write_text("gone\n")
    apply_changes(tmp_path, CHANGES)
    assert (tmp_path / "pyproject.toml").read_bytes() == b"a\r\nc"
    assert (tmp_path / "pyproject.toml").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "setup.py").exists()


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.toml").write_text("a")
    (tmp_path / "pyproject.toml").symlink_to("real.toml")
    apply_changes(tmp_path, [FileChange("pyproject.toml", "a", "b")])
    assert (tmp_path / "pyproject.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text() == "b"


def test_a_file_that_cannot_be_deleted(tmp_path):
    with pytest.raises(WriteError, match=r"cannot write .*setup\.py"):
        apply_changes(tmp_path, [FileChange("setup.py", "x", None)])
