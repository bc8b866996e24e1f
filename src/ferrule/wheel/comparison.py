"""What differs between two wheels, and which differences are improvements.

`left` is the reference (a peer's wheel, or the wheel before a change) and
`right` is judged. An explained difference is known and wanted; a difference
without explanation needs a look. Compiled files are compared by what a loader
and an installer see, not by their bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.errors.wheel_file import BrokenWheelError
from ferrule.wheel.metadata_comparison import compare_metadata
from ferrule.wheel.module_names import module_key, pair_names
from ferrule.wheel.reading import open_archive

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedArchive

__all__ = ["Difference", "Kind", "compare_trees", "compare_wheels", "is_compiled"]

Kind = Literal["tag", "file", "content", "mode", "module", "metadata", "entry point"]

_COMPILED = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"!<arch>")
_UNIVERSAL = b"\xca\xfe\xba\xbe"
_INFO = "*.dist-info/"
_DATA = "*.data/"
_JUDGED_APART = (f"{_INFO}METADATA", f"{_INFO}WHEEL", f"{_INFO}entry_points.txt")
# Of these only the names are compared: their content follows from the rest.
_DERIVED = (f"{_INFO}RECORD", f"{_INFO}sboms/")


@dataclass(frozen=True)
class Difference:
    """One thing in which two archives differ."""

    kind: Kind
    name: str
    """The file, header or entry that differs."""
    left: str | None
    """What the reference has; None where it has nothing."""
    right: str | None
    explanation: str | None = None
    """Why the difference is right; None where it needs a look."""


@dataclass(frozen=True)
class _Member:
    content: bytes
    is_executable: bool


def compare_wheels(a: Path, b: Path) -> list[Difference]:
    """Return how wheel `b` differs from wheel `a`, the reference.

    Compared are tags (file name and WHEEL), names, contents and permissions of
    the files, METADATA header by header, entry points, and of compiled ELF
    files the module entry points and needed libraries. Names of compiled
    modules are compared without their ABI suffix. Raises `ReadError` and
    `UnreadableArchiveError`.
    """
    left, right = _read(a), _read(b)
    found = [*_compare_tags(a, b, left, right)]
    abi3 = any(item.explanation for item in found)
    found += compare_trees(
        {name: member.content for name, member in left.items()},
        {name: member.content for name, member in right.items()},
        skip=_JUDGED_APART,
        is_abi_explained=abi3,
    )
    found += _compare_modes(left, right)
    found += _compare_modules(left, right)
    found += [
        Difference("metadata", *item)
        for item in compare_metadata(
            _text(left, f"{_INFO}METADATA"), _text(right, f"{_INFO}METADATA")
        )
    ]
    found += _compare_entry_points(left, right)
    return found


def compare_trees(
    left: Mapping[str, bytes],
    right: Mapping[str, bytes],
    *,
    skip: tuple[str, ...] = (),
    is_abi_explained: bool = False,
) -> Iterator[Difference]:
    """Yield the files of two trees that only one has, or that differ.

    Files whose names begin with a word of `skip` are not looked at.
    """
    pairs = pair_names(
        (name for name in left if not name.startswith(skip)),
        (name for name in right if not name.startswith(skip)),
    )
    for old, new in pairs:
        if old is None or new is None:
            name = old or new or ""
            why = _explain_absence(name) if new is None else _explain_presence(name)
            yield Difference("file", name, old, new, why)
            continue
        if old != new:
            why = _ABI3 if is_abi_explained else None
            yield Difference("file", module_key(new), old, new, why)
        if old.startswith(_DERIVED) or is_compiled(left[old]):
            continue
        if left[old] != right[new]:
            sizes = (f"{len(left[old])} bytes", f"{len(right[new])} bytes")
            why = _explain_content(left[old], right[new])
            yield Difference("content", new, *sizes, why)


def is_compiled(content: bytes) -> bool:
    """Tell whether bytes are a library, program or object of some platform."""
    if content.startswith(_UNIVERSAL):
        # Java classes begin so, too; a universal binary has few slices.
        return int.from_bytes(content[4:8], "big") < 20
    return content.startswith(_COMPILED)


_SBOM = "a bill of materials (PEP 770), which every tool names in its own way"
_ABI3 = (
    "the crate enables PyO3's abi3: the module works with every later Python, and "
    "its name now says so"
)


def _explain_absence(name: str) -> str | None:
    """Return why a file of the reference is rightly left out."""
    if "__pycache__" in name.split("/") or name.endswith((".pyc", ".pyo")):
        return "bytecode caches are left out: installers make them"
    if name == f"{_INFO}top_level.txt":
        return "only old versions of setuptools read it"
    if name.startswith(f"{_INFO}sboms/"):
        return _SBOM
    return None


def _explain_presence(name: str) -> str | None:
    if name.startswith(f"{_INFO}sboms/"):
        return _SBOM
    return None


def _explain_content(left: bytes, right: bytes) -> str | None:
    if left.replace(b"\r\n", b"\n") == right:
        return "line ends only"
    # The __init__.py of a module without Python code of its own.
    if b"import *" in left and b"__doc__ = _extension.__doc__" in right:
        return "`__init__.py` is generated: a module may export its own name now"
    return None


# --------------------------------------------------------------------- reading


def _read(path: Path) -> dict[str, _Member]:
    """Return the files of a wheel, its own folders under `*.dist-info` and `*.data`."""
    from ferrule.errors.wheel import UnreadableArchiveError

    try:
        with open_archive(path) as archive:
            return dict(_members(archive))
    except BrokenWheelError as error:
        where = f"{error.member}: " if error.member else ""
        raise UnreadableArchiveError(path, f"{where}{error.reason}") from error


def _members(archive: OpenedArchive) -> Iterator[tuple[str, _Member]]:
    for path, entry in archive.entries.items():
        top, slash, rest = path.partition("/")
        if top.endswith(".dist-info"):
            top = _INFO[:-1]
        elif top.endswith(".data"):
            top = _DATA[:-1]
        is_executable = bool(entry.mode & 0o111)
        yield top + slash + rest, _Member(archive.read(path), is_executable)


def _text(members: Mapping[str, _Member], name: str) -> str:
    member = members.get(name)
    return member.content.decode("utf-8", "replace") if member else ""


# ------------------------------------------------------------------- comparing


def _compare_tags(
    a: Path, b: Path, left: Mapping[str, _Member], right: Mapping[str, _Member]
) -> Iterator[Difference]:
    old, new = ("-".join(path.stem.split("-")[-3:]) for path in (a, b))
    if old != new:
        yield Difference("tag", "file name", old, new, _explain_tag(old, new))
    for name in ("Tag", "Root-Is-Purelib"):
        before, after = (
            ", ".join(sorted(_wheel_values(_text(members, f"{_INFO}WHEEL"), name)))
            for members in (left, right)
        )
        if before.lower() != after.lower():
            why = _explain_tag(old, new) if name == "Tag" else None
            yield Difference("tag", f"WHEEL {name}", before or None, after or None, why)


def _wheel_values(text: str, name: str) -> list[str]:
    prefix = f"{name}:".lower()
    lines = [line for line in text.splitlines() if line.lower().startswith(prefix)]
    return [line.partition(":")[2].strip() for line in lines]


def _explain_tag(old: str, new: str) -> str | None:
    before, after = old.split("-"), new.split("-")
    is_same_platform = before[2:] == after[2:]
    if is_same_platform and before[0] == before[1] and after[1] == "abi3":
        return _ABI3
    return None


def _compare_modes(
    left: Mapping[str, _Member], right: Mapping[str, _Member]
) -> Iterator[Difference]:
    words = {True: "executable", False: "not executable"}
    for name in sorted(left.keys() & right.keys()):
        before, after = left[name].is_executable, right[name].is_executable
        # Loaders need no such permission, and tools differ about it.
        is_module = is_compiled(left[name].content) and not name.startswith(_DATA)
        if before == after or is_module:
            continue
        why = None
        if after and left[name].content.startswith(b"#!"):
            why = "a script keeps its permission to be run"
        elif before and name.startswith(_INFO):
            why = "metadata is never run"
        yield Difference("mode", name, words[before], words[after], why)


def _compare_modules(
    left: Mapping[str, _Member], right: Mapping[str, _Member]
) -> Iterator[Difference]:
    from ferrule.formats.elf import exported_inits, is_elf, read_elf

    for name, other in pair_names(left, right):
        if name is None or other is None:
            continue
        old, new = left[name].content, right[other].content
        if not (is_elf(old) and is_elf(new)):
            continue
        facts = (
            ("entry points", *(exported_inits(item) or [] for item in (old, new))),
            ("libraries", *(sorted(read_elf(item).needed) for item in (old, new))),
        )
        for what, before, now in facts:
            if before != now:
                sides = (", ".join(before) or None, ", ".join(now) or None)
                yield Difference("module", f"{other}: {what}", *sides)


def _compare_entry_points(
    left: Mapping[str, _Member], right: Mapping[str, _Member]
) -> Iterator[Difference]:
    name = f"{_INFO}entry_points.txt"
    before, after = (_entries(_text(members, name)) for members in (left, right))
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Difference("entry point", key, before.get(key), after.get(key))


def _entries(text: str) -> dict[str, str]:
    """Return `group: name` and target of each entry (entry points specification)."""
    group, found = "", {}
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            found[f"{group}: {name.strip()}"] = "".join(target.split())
    return found
