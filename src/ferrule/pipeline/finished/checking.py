"""Checking finished wheels: every rule, in one pass over the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.audit.finding import Finding
from ferrule.audit.ignoring import IgnoreList, parse_ignore_list
from ferrule.errors.check import NoWheelError
from ferrule.errors.formats import BrokenBinaryError
from ferrule.errors.wheel_file import BrokenWheelError, WheelFileNameError
from ferrule.records import dataclass
from ferrule.wheel.reading import OpenedWheel, open_wheel

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.formats.image import Image

__all__ = [
    "CheckedWheel",
    "check_files",
    "check_opened",
    "check_wheel",
    "find_wheels",
    "read_ignore_list",
]

_ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class CheckedWheel:
    """What was found in one wheel."""

    path: Path
    findings: tuple[Finding, ...]
    """Errors first, then warnings and notes."""
    ignored: int
    """How many more findings the ignore list covers."""

    def count(self, severity: str) -> int:
        """Return how many findings have this severity."""
        return sum(item.severity == severity for item in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        counts = Counter(item.severity for item in self.findings)
        return {
            "path": str(self.path),
            "errors": counts["error"],
            "warnings": counts["warning"],
            "notes": counts["note"],
            "ignored": self.ignored,
            "findings": [item.to_json() for item in self.findings],
        }


def check_files(
    paths: Sequence[Path], ignored: IgnoreList | None = None
) -> list[CheckedWheel]:
    """Return what is found in each wheel. Raises `ReadError`."""
    ignored = ignored or IgnoreList()
    checked = []
    for path in paths:
        found = check_wheel(path)
        told = tuple(item for item in found if not ignored.covers(item))
        checked.append(CheckedWheel(path, told, len(found) - len(told)))
    return checked


def check_wheel(path: Path) -> list[Finding]:
    """Return what is found in a wheel, errors first. Raises `ReadError`.

    An archive that is refused gives the one finding `unreadable-wheel`.
    """
    try:
        with open_wheel(path) as wheel:
            return check_opened(wheel)
    except BrokenWheelError as error:
        fix, reason = error.fix, error.reason
        return [Finding("unreadable-wheel", "error", error.member, reason, fix)]


def check_opened(wheel: OpenedWheel) -> list[Finding]:
    """Return what is found in an opened wheel, errors first.

    Raises a `BrokenWheelError` for content that is damaged.
    """
    try:
        wheel.filename  # noqa: B018  # all that follows needs it
    except WheelFileNameError as error:
        return [Finding("file-name", "error", "", error.reason, error.fix)]
    found = dict.fromkeys(_check(wheel))
    return sorted(found, key=lambda item: (_ORDER.index(item.severity), item.rule))


def _check(wheel: OpenedWheel) -> Iterator[Finding]:
    from ferrule.audit.checks.archive import check_archive
    from ferrule.audit.checks.binaries import check_binaries
    from ferrule.audit.checks.entry_points import check_entry_points
    from ferrule.audit.checks.fields import check_fields
    from ferrule.audit.checks.metadata import check_metadata
    from ferrule.audit.checks.record import check_record
    from ferrule.audit.checks.type_files import check_types
    from ferrule.audit.leaks import check_leaks

    yield from check_archive(wheel)
    yield from check_fields(wheel)
    yield from check_metadata(wheel)
    yield from check_entry_points(wheel)
    yield from check_types(wheel)
    # Binaries are unpacked once, for all that looks into them and for RECORD.
    yield from check_binaries(wheel)
    yield from check_leaks(wheel)
    yield from _check_promises(wheel)
    yield from check_record(wheel)


def _check_promises(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield where the binaries do not keep what the tags promise."""
    from ferrule.audit.platform_claims import judge_claims

    images = SoundImages(wheel)
    tag = wheel.filename.tag
    # Programs in wheels for any platform are data: launchers to be copied.
    is_judged = "any" not in tag.platforms
    try:
        found = [*judge_claims(images, tag).findings] if is_judged else []
        found += _check_stable_abi(wheel, images)
    except BrokenBinaryError as error:
        # Some parts of a binary are read only when somebody asks for them.
        what, fix = f"it is damaged: {error.reason}", "build it anew"
        found = [Finding("broken-binary", "error", error.name, what, fix)]
    yield from found


def _check_stable_abi(
    wheel: OpenedWheel, images: Mapping[str, Image]
) -> Iterator[Finding]:
    from ferrule.audit.stable_abi import check_stable_abi

    prefix = "requires-python:"
    lines = wheel.metadata_text.partition("\n\n")[0].splitlines()
    values = [line[len(prefix) :] for line in lines if line.lower().startswith(prefix)]
    requires = values[0].strip() if values else ""
    yield from check_stable_abi(images, wheel.filename.tag, requires_python=requires)


class SoundImages(Mapping[str, "Image"]):
    """The binaries that can be read; one that was let go is unpacked again."""

    def __init__(self, wheel: OpenedWheel) -> None:
        self._wheel = wheel
        self._paths = tuple(path for path in wheel.binary_paths if self._is_sound(path))

    def _is_sound(self, path: str) -> bool:
        try:
            self._wheel.image(path)
        except BrokenBinaryError:
            return False
        return True

    def __getitem__(self, path: str) -> Image:
        if path not in self._paths:
            raise KeyError(path)
        return self._wheel.image(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


# ---------------------------------------------------------------- what to check


def find_wheels(words: Sequence[str]) -> list[Path]:
    """Return the wheels that are named; a folder stands for those in it.

    Raises `NoWheelError`.
    """
    found: list[Path] = []
    for word in words:
        path = Path(word)
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(path.glob("*.whl"))
        if not inside:
            raise NoWheelError(word)
        found += inside
    if not found:
        raise NoWheelError
    return list(dict.fromkeys(found))


def read_ignore_list(pyproject: Path) -> IgnoreList:
    """Return the ignore list of `[tool.ferrule.check]` in a pyproject.toml.

    Raises `ReadError`, `InvalidTomlError`, `InvalidSettingsError` and
    `UnknownRuleError`.
    """
    from ferrule.project.pyproject import read_pyproject

    table: object = read_pyproject(pyproject)
    for key in ("tool", "ferrule", "check"):
        table = table.get(key) if isinstance(table, dict) else None
    if table is None:
        return IgnoreList()
    from ferrule.errors.settings import InvalidSettingsError
    from ferrule.settings.convert import convert_table
    from ferrule.settings.model import CheckSettings

    where = "tool.ferrule.check"
    problems: list[FerruleError] = []
    settings = convert_table(CheckSettings, table, where, problems)
    if problems:
        raise InvalidSettingsError(problems, root=pyproject.parent)
    return parse_ignore_list(settings.ignore, f"{where}.ignore")
