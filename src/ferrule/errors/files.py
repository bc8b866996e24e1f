"""Errors about reading and writing files."""

from __future__ import annotations

from pathlib import Path

from ferrule.errors import FerruleError

__all__ = ["CurrentFolderError", "ReadError", "RefusalError", "WriteError"]


class ReadError(FerruleError):
    """A file that is needed cannot be read."""

    exit_code = 6

    def __init__(self, path: str | Path, error: OSError) -> None:
        reason = error.strerror or str(error)
        super().__init__(
            f"cannot read {path}",
            why=[f"the system says: {reason}"],
            fix="check that the path exists and that you may read it",
        )
        self.path = path


class RefusalError(FerruleError):
    """The system refused something that nobody foresaw."""

    exit_code = 6

    def __init__(self, error: OSError) -> None:
        place = f": {error.filename}" if error.filename is not None else ""
        super().__init__(
            f"the system refused what is needed{place}",
            why=[f"it says: {error.strerror or error}"],
            fix="check that it exists and that you may use it; -v tells where it "
            "happened",
        )


class CurrentFolderError(FerruleError):
    """The current folder has been removed, or may not be read."""

    exit_code = 6

    def __init__(self, error: OSError) -> None:
        super().__init__(
            "there is no current folder",
            why=[f"the system says: {error.strerror or error}"],
            fix="cd to a folder that exists",
        )


class WriteError(FerruleError):
    """A file cannot be written; the old content, if any, is untouched."""

    exit_code = 6

    def __init__(self, path: str | Path, error: OSError) -> None:
        import errno

        other = "choose another folder"
        fixes = {
            errno.ENOSPC: f"free space on that disk, or {other}",
            errno.EDQUOT: "your disk quota is used up: free space there",
            errno.EACCES: f"you may not write there: {other}",
            errno.EROFS: f"that file system is read-only: {other}",
        }
        reason = error.strerror or str(error)
        super().__init__(
            f"cannot write {path}",
            why=[f"the system says: {reason}"],
            fix=fixes.get(error.errno or 0, other),
        )
        self.path = path
