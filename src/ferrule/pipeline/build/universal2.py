"""Wheels for both processors of macOS: two builds, joined file by file.

`universal2-apple-darwin` is no target of rustc. It is compiled for Intel and for
Apple's processors, and the Mach-O files of both are put into one (`macho_fat`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ferrule.errors.cargo import UnequalSlicesError

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.cargo.compile import Compiled, CompileKey
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.plan.build import Build

__all__ = ["UNIVERSAL2", "join_compiled", "plan_universal2"]

UNIVERSAL2: Final = "universal2-apple-darwin"
_PROCESSORS: Final = ("aarch64-apple-darwin", "x86_64-apple-darwin")

Planned = list[tuple["Build", tuple[str, ...]]]


def plan_universal2(plan: Callable[[str], Planned]) -> Planned:
    """Return the builds for both processors, each pair as one.

    `plan` returns the builds of one target. Raises `UnequalSlicesError` where a
    target has other wheels than the other.
    """
    first, second = (plan(target) for target in _PROCESSORS)
    if len(first) != len(second):
        sides = ([", ".join(names) for _, names in side] for side in (first, second))
        raise UnequalSlicesError(*sides)
    return [
        (replace(build, further=(other,)), names)
        for (build, names), (other, _) in zip(first, second)
    ]


def join_compiled(result: CompiledBuild, others: Sequence[CompiledBuild]) -> None:
    """Replace the artifacts of a build by those that serve every processor.

    Raises `BrokenMachOError`, and `UnequalSlicesError` where cargo built other
    files for one of them.
    """
    keys = tuple(dict.fromkeys(result.build.keys))
    for other in others:
        others_keys = tuple(dict.fromkeys(other.build.keys))
        if len(keys) != len(others_keys):
            raise UnequalSlicesError(_names(keys), _names(others_keys))
        for key, twin in zip(keys, others_keys):
            result.results[key] = _joined(result.results[key], other.results[twin])


def _names(keys: Sequence[CompileKey]) -> list[str]:
    return [" ".join([key.crate.name, *key.binaries]) for key in keys]


def _joined(mine: Compiled, theirs: Compiled) -> Compiled:
    twins = {(item.target, item.is_library): item.path for item in theirs.artifacts}
    label = str(mine.key.pyo3.slot) if mine.key.pyo3 else "plain"
    folder = mine.key.target_directory / "ferrule" / "universal2" / label
    artifacts = []
    for artifact in mine.artifacts:
        twin = twins.get((artifact.target, artifact.is_library))
        if twin is None:
            raise UnequalSlicesError(
                [artifact.target], sorted(name for name, _ in twins)
            )
        target = folder / mine.key.profile / artifact.path.name
        _write(target, [artifact.path, twin])
        artifacts.append(replace(artifact, path=target))
    return replace(mine, artifacts=tuple(artifacts))


def _write(target: Path, sources: Sequence[Path]) -> None:
    """Join files, unless that was done since they changed."""
    import os

    from ferrule import atomic
    from ferrule.formats.macho_fat import join_slices

    time_ns = max(path.stat().st_mtime_ns for path in sources)
    if target.is_file() and target.stat().st_mtime_ns == time_ns:
        return
    content = join_slices(list(sources))
    with atomic.replacing(target, mode=0o755) as stream:
        stream.write(content)
    os.utime(target, ns=(time_ns, time_ns))
