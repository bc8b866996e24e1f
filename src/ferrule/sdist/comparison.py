"""What differs between two source distributions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ferrule.wheel.comparison import Difference, compare_trees
from ferrule.wheel.metadata_comparison import compare_metadata

__all__ = ["compare_sdists"]

_LATE = "older releases of setuptools leave it out of PKG-INFO"


def compare_sdists(
    a: Path, b: Path, *, expected: Collection[str] = ()
) -> list[Difference]:
    """Return how sdist `b` differs from sdist `a`, the reference.

    Compared are names and contents of the files, and PKG-INFO header by
    header. `expected` names files whose change is wanted. Raises `ReadError`
    and `UnreadableArchiveError`.
    """
    left, right = _read(a), _read(b)
    found = []
    for item in compare_trees(left, right, skip=("PKG-INFO",)):
        why = item.explanation or _explain(item, expected)
        found.append(Difference(item.kind, item.name, item.left, item.right, why))
    texts = (
        members.get("PKG-INFO", b"").decode("utf-8", "replace")
        for members in (left, right)
    )
    for name, before, after, why in compare_metadata(*texts):
        is_late = name in ("Requires-Dist", "Provides-Extra") and before is None
        reason = _LATE if is_late else why
        found.append(Difference("metadata", name, before, after, reason))
    return found


def _explain(item: Difference, expected: Collection[str]) -> str | None:
    if item.name in expected:
        return "changed by the migration"
    if any(part.endswith(".egg-info") for part in item.name.split("/")):
        return "a build product of setuptools; PKG-INFO says the same"
    if item.name == "setup.cfg" and item.right is None:
        return "written by setuptools into every sdist"
    if item.name.endswith("Cargo.lock") and item.left is None:
        return "the sdist builds with the versions that were tested"
    if item.name.endswith(("Cargo.toml", "Cargo.lock")) and item.kind == "content":
        return "each tool writes the manifests of its sdist in its own way"
    return None


def _read(path: Path) -> dict[str, bytes]:
    """Return the files of an sdist without their top folder."""
    import tarfile

    from ferrule.errors.files import ReadError
    from ferrule.errors.wheel import UnreadableArchiveError

    members = {}
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.isfile() else None
                if stream is not None:
                    name = entry.name.partition("/")[2]
                    members[name] = stream.read()
    except tarfile.TarError as error:
        raise UnreadableArchiveError(path, str(error)) from error
    except OSError as error:
        raise ReadError(path, error) from error
    return members
