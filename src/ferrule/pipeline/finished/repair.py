"""Repairing finished wheels: open, plan, judge, write."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import FerruleError, SeveralError
from ferrule.errors.repair import SearchFolderError, WheelInputError
from ferrule.records import dataclass
from ferrule.repair.wishes import RepairWishes, split_folders

if TYPE_CHECKING:
    from ferrule.formats.image import Image
    from ferrule.repair.application import Changes
    from ferrule.repair.content import WheelContent
    from ferrule.repair.plan import RepairPlan
    from ferrule.wheel.reading import OpenedWheel
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "RepairOptions",
    "RepairedWheel",
    "environment_folders",
    "make_wishes",
    "read_epoch",
    "repair_wheel",
    "repair_wheels",
]

SBOM_NAME = "ferrule.cdx.json"
_FORMATS = {
    **dict.fromkeys(("linux", "manylinux", "musllinux", "android"), "elf"),
    **dict.fromkeys(("macosx", "ios"), "macho"),
    "win": "pe",
}
"""The format of the binaries of a platform, by how its tag begins."""
_VARIABLES = ("FERRULE_LIBRARY_PATH", "AUDITWHEEL_LD_LIBRARY_PATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class RepairOptions:
    """What the user asked for."""

    wishes: RepairWishes = field(default_factory=RepairWishes)
    platform: str = "auto"
    """`auto`, or a policy such as `manylinux_2_28`, with or without architecture."""
    only_platform: bool = False
    """Give the wheel no tag but those of `platform`."""
    updates_tags: bool = True
    has_sbom: bool = True
    epoch: int | None = None
    """SOURCE_DATE_EPOCH, for the bill of materials."""


@dataclass(frozen=True)
class RepairedWheel:
    """What became of one wheel."""

    source: Path
    path: Path
    """The result, which is not written in a dry run."""
    plan: RepairPlan
    is_changed: bool

    def to_json(self) -> dict[str, object]:
        """Return plain data for `--json`."""
        return {
            "source": str(self.source),
            "path": str(self.path),
            "changed": self.is_changed,
            "plan": self.plan.to_json(),
        }


def make_wishes(
    wishes: RepairWishes,
    provided_by: tuple[str, ...],
    root: Path,
    *,
    names: tuple[str, str] = ("--lib-path", "--sysroot"),
) -> RepairWishes:
    """Return wishes with providers read, and their folders looked at.

    `names` are what errors call the two kinds of folders. Raises
    `SearchFolderError` and `ProviderError`.
    """
    from ferrule.repair.providers import read_provider

    for option, paths in zip(names, (wishes.lib_paths, wishes.sysroots)):
        for path in paths:
            if not path.is_dir():
                raise SearchFolderError(option, path)
    providers = tuple(read_provider(text, root) for text in provided_by)
    return replace(wishes, providers=providers)


def environment_folders(env: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders that variables of loaders and tools name."""
    found: list[Path] = []
    for name in (*_VARIABLES, *(("PATH",) if os.name == "nt" else ())):
        found += split_folders(env.get(name, ""), os.pathsep)
    return tuple(found)


def read_epoch(env: Mapping[str, str]) -> int | None:
    """Return SOURCE_DATE_EPOCH in seconds; None where it is not set to a number."""
    text = env.get("SOURCE_DATE_EPOCH", "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def repair_wheels(
    paths: Sequence[Path],
    out_dir: Path | None,
    options: RepairOptions,
    *,
    is_dry: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[RepairedWheel]:
    """Repair wheels into `out_dir`, or each in place of itself without one.

    `env` tells where ferrule's cache is; without it nothing is remembered. Every
    wheel is tried; those that can be repaired are. Raises what `repair_wheel` raises,
    several failures as one `SeveralError`.
    """
    found: list[RepairedWheel] = []
    failures: list[FerruleError] = []
    for path in paths:
        try:
            place = out_dir or path.parent
            result = repair_wheel(path, place, options, is_dry=is_dry, env=env)
        except FerruleError as error:
            if len(paths) == 1:
                raise
            failures.append(error)
            continue
        found.append(result)
        if out_dir is None and not is_dry and not result.path.samefile(path):
            path.unlink()
    if len(failures) == 1:
        raise failures[0]
    if failures:
        names = f"{len(failures)} of {len(paths)} wheels were not repaired"
        raise SeveralError(names, failures)
    return found


def repair_wheel(
    path: Path,
    out_dir: Path,
    options: RepairOptions,
    *,
    is_dry: bool = False,
    env: Mapping[str, str] | None = None,
) -> RepairedWheel:
    """Write a wheel that holds all it needs into `out_dir`.

    A wheel that needs nothing is copied as it is; with `env` it is known at once the
    next time. The result appears when it is complete; it may replace the wheel
    itself. Raises the errors of `ferrule.errors.repair`, `PolicyNameError`,
    `BrokenWheelError`s, `BinaryEditError`, `ReadError` and `WriteError`.
    """
    from ferrule.pipeline.finished.repair_memory import memory_key, recall, remember

    if not path.is_file():
        raise WheelInputError(path)
    key = "" if env is None else memory_key(path, options)
    known = None if env is None else recall(key, env)
    if known is not None:
        target = out_dir / path.name
        if not is_dry:
            _copy(path, target)
        return RepairedWheel(path, target, known, is_changed=False)
    result = _repair(path, out_dir, options, is_dry=is_dry)
    if env is not None and not result.is_changed:
        remember(key, result.plan, env, path.name)
    return result


def _repair(
    path: Path, out_dir: Path, options: RepairOptions, *, is_dry: bool
) -> RepairedWheel:
    from ferrule.wheel.reading import open_wheel
    from ferrule.wheel.record_reading import refuse_wrong_record

    with open_wheel(path) as opened:
        # RECORD is renewed: errors in it would be gone, and nobody would know.
        refuse_wrong_record(opened, hashes=False)
        content = _content(opened)
        plan = _plan(opened, content, options)
        tag = _tag(opened, plan)
        target = _target(opened, tag, out_dir)
        is_changed = not plan.is_empty or tag is not None
        if is_dry:
            return RepairedWheel(path, target, plan, is_changed)
        if not is_changed:
            _copy(path, target)
        else:
            from ferrule.wheel.rewriting import rewrite_wheel

            changes = _changes(opened, content, plan, options)
            rewrite_wheel(
                opened,
                changes.contents,
                tag=tag,
                out_dir=out_dir,
                executable=changes.executable,
            )
    for note in plan.notes:
        log.warn(f"{path.name}: {note}")
    return RepairedWheel(path, target, plan, is_changed)


def _content(opened: OpenedWheel) -> WheelContent:
    from ferrule.repair.content import WheelContent

    return WheelContent(
        distribution=opened.filename.distribution,
        names=tuple(opened.entries),
        images=_own_images(opened),
        source=opened.content,
    )


def _own_images(opened: OpenedWheel) -> dict[str, Image]:
    """Return the binaries for the systems and processors that the tag names.

    Others are data to it, such as the library of a tool for another system.
    """
    from ferrule.pipeline.finished.repair_platforms import wheel_arch

    found = dict(opened.binaries())
    wanted = [
        kind
        for tag in opened.filename.tag.platforms
        for word, kind in _FORMATS.items()
        if tag.startswith(word)
    ]
    if wanted:
        found = {path: item for path, item in found.items() if item.format in wanted}
    platforms = opened.filename.tag.platforms
    arch = wheel_arch(platforms)
    windows = [tag for tag in platforms if tag.startswith("win")]

    def is_own(item: Image) -> bool:
        if item.format == "elf":
            return not arch or item.arch in (arch, "")
        return item.format != "pe" or not windows or item.platform_tag in windows

    return {path: item for path, item in found.items() if is_own(item)}


def _plan(
    opened: OpenedWheel, content: WheelContent, options: RepairOptions
) -> RepairPlan:
    from ferrule.pipeline.finished.repair_platforms import (
        find_promises,
        result_platforms,
    )
    from ferrule.repair.planning import plan_repair

    tags = opened.filename.tag.platforms
    promises = find_promises(opened.filename.tag, content.images, options.platform)
    plan = plan_repair(content, options.wishes, promises)
    if not options.updates_tags:
        return plan
    platforms, notes = result_platforms(
        tags,
        content.images,
        plan,
        wanted=options.platform,
        is_only=options.only_platform,
    )
    return plan.with_platforms(platforms, notes)


def _tag(opened: OpenedWheel, plan: RepairPlan) -> WheelTag | None:
    """Return the new tag; None where the old one stays."""
    old = opened.filename.tag
    if not plan.platforms or set(plan.platforms) == set(old.platforms):
        return None
    return replace(old, platforms=plan.platforms)


def _target(opened: OpenedWheel, tag: WheelTag | None, out_dir: Path) -> Path:
    if tag is None:
        return out_dir / opened.path.name
    from ferrule.wheel.rewriting import rewritten_path

    return rewritten_path(opened, tag, out_dir)


def _changes(
    opened: OpenedWheel,
    content: WheelContent,
    plan: RepairPlan,
    options: RepairOptions,
) -> Changes:
    from ferrule.repair.application import apply_plan

    changes = apply_plan(plan, content)
    if not (plan.grafts and options.has_sbom):
        return changes
    place, number = f"{opened.dist_info}/sboms/{SBOM_NAME}", 1
    while place in opened.entries:
        # That of an earlier repair stays true.
        number += 1
        place = f"{opened.dist_info}/sboms/ferrule-{number}.cdx.json"
    document = grafts_sbom(
        plan,
        options.wishes,
        distribution=opened.filename.distribution,
        version=opened.filename.version,
        epoch=options.epoch,
    )
    return replace(changes, contents={**changes.contents, place: document})


def grafts_sbom(
    plan: RepairPlan,
    wishes: RepairWishes,
    *,
    distribution: str,
    version: str,
    epoch: int | None,
) -> bytes:
    """Return the bill of materials of the grafted libraries (PEP 770)."""
    from ferrule import __version__
    from ferrule.repair.owners import find_owners
    from ferrule.wheel.library_sbom import GraftedLibrary, library_sbom

    owners = {}
    rest = {item.source for item in plan.grafts}
    for root in (*(path.resolve() for path in wishes.sysroots), Path("/")):
        owners.update(find_owners(sorted(rest), root))
        rest -= set(owners)
    libraries = [
        GraftedLibrary(item.path, item.asked, item.sha256, owners.get(item.source))
        for item in plan.grafts
    ]
    return library_sbom(
        libraries,
        distribution=distribution,
        version=version,
        tool_version=__version__,
        epoch=epoch,
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a wheel byte for byte, unless it is there already."""
    from ferrule import atomic
    from ferrule.errors.files import ReadError

    if target.exists() and target.samefile(source):
        return
    try:
        old = source.open("rb")
    except OSError as error:
        raise ReadError(source, error) from error
    with old, atomic.replacing(target) as new:
        atomic.copy_stream(old, new)
