"""What a command will write, and the writing: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ferrule.errors.files import ReadError, WriteError

__all__ = ["Plan", "PlannedFile", "read_if_present", "write_plan"]

Action = Literal["create", "change", "keep"]


@dataclass(frozen=True)
class PlannedFile:
    """One file of a project before and after."""

    path: str
    """Relative to the project's folder, with slashes."""
    before: str | None
    """None: there is no such file."""
    after: str

    @property
    def action(self) -> Action:
        """Return what happens to the file."""
        if self.before is None:
            return "create"
        return "keep" if self.before == self.after else "change"


@dataclass(frozen=True)
class Plan:
    """What will be written, and what the user should know about it."""

    root: Path
    kind: str
    files: tuple[PlannedFile, ...]
    notes: tuple[str, ...] = ()


def read_if_present(path: Path) -> str | None:
    """Return the text of a file as it is, or None; raises `ReadError`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise ReadError(
            path, OSError(0, f"it is not UTF-8 ({error.reason})")
        ) from error
    except OSError as error:
        raise ReadError(path, error) from error


def write_plan(plan: Plan) -> None:
    """Write every file of a plan.

    Raises `WriteError`; what was written before is taken back then, and folders
    that were made are removed, so that nothing is left.
    """
    from ferrule.atomic import write_text

    folders = _missing_folders(plan)
    done: list[PlannedFile] = []
    try:
        for file in plan.files:
            if file.action == "keep":
                continue
            path = plan.root / file.path
            mode = path.stat().st_mode & 0o777 if file.before is not None else 0o644
            # A link stays one: what it points to is replaced.
            write_text(path.resolve(), file.after, mode=mode)
            done.append(file)
    except OSError as error:
        _undo(plan, done, folders)
        raise WriteError(plan.root, error) from error
    except BaseException:
        _undo(plan, done, folders)
        raise


def _undo(plan: Plan, done: Sequence[PlannedFile], folders: Sequence[Path]) -> None:
    from ferrule.atomic import write_text
    from ferrule.errors import FerruleError

    for file in done:
        path = plan.root / file.path
        with suppress(OSError, FerruleError):
            if file.before is None:
                path.unlink()
            else:
                mode = path.stat().st_mode & 0o777
                write_text(path.resolve(), file.before, mode=mode)
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _missing_folders(plan: Plan) -> list[Path]:
    """Return the folders that writing will make, the innermost first."""
    missing = set()
    for file in plan.files:
        for folder in (plan.root / file.path).parents:
            if folder.exists():
                break
            missing.add(folder)
    return sorted(missing, key=lambda folder: len(folder.parts), reverse=True)
