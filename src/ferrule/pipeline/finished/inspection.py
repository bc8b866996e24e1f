"""Gathers everything about one wheel for `ferrule inspect`.

The wheel is opened once and nothing of it is written to disk. What the facts
mean is told by `ferrule.audit`; how they look, by `ferrule.report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.formats import BrokenBinaryError
from ferrule.report.model import (
    Binary,
    Header,
    Inspection,
    RecordReport,
    Reproducibility,
    StableAbi,
    Verdict,
)

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.formats.image import Image
    from ferrule.report.difference import WheelDifference
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["compare_inspected", "inspect_wheel"]


def inspect_wheel(path: Path, *, with_crates: bool = True) -> Inspection:
    """Return everything about a wheel.

    Without `with_crates` the names of functions are not read, which takes time for
    a large binary that was not stripped. Raises `ReadError`, a `BrokenWheelError`
    and `WheelFileNameError`; a binary that cannot be read is a finding.
    """
    from ferrule.pipeline.finished.checking import SoundImages, check_opened
    from ferrule.report.metadata import describe_metadata, read_boms
    from ferrule.report.sizes import size_tree
    from ferrule.wheel.reading import open_wheel

    with open_wheel(path) as wheel:
        header = _header(wheel)
        images = dict(SoundImages(wheel))
        binaries = tuple(_binaries(wheel, images, with_crates=with_crates))
        sound = {item.path: images[item.path] for item in binaries}
        findings = tuple(check_opened(wheel))
        return Inspection(
            header=header,
            verdict=_verdict(wheel, sound),
            binaries=binaries,
            stable_abi=tuple(_stable_abi(wheel, binaries)),
            metadata=describe_metadata(wheel),
            record=_record(wheel, findings),
            boms=read_boms(wheel),
            sizes=size_tree(path.name, wheel.entries.values(), binaries),
            reproducibility=_reproducibility(wheel, findings),
            findings=findings,
        )


def compare_inspected(left: Path, right: Path) -> WheelDifference:
    """Return what changed from one wheel to another.

    Raises what `inspect_wheel` and `compare_wheels` raise.
    """
    from ferrule.report.difference import compare_inspections
    from ferrule.wheel.comparison import compare_wheels
    from ferrule.wheel.reading import open_wheel

    with open_wheel(left) as old, open_wheel(right) as new:
        entries = old.entries, new.entries
    return compare_inspections(
        inspect_wheel(left), inspect_wheel(right), entries, compare_wheels(left, right)
    )


def _header(wheel: OpenedWheel) -> Header:
    from ferrule.wheel.content import compute_sha256

    name = wheel.filename
    digest = compute_sha256(wheel.path)
    purelib = wheel.wheel_fields.get("root-is-purelib", ("",))[0]
    return Header(
        filename=wheel.path.name,
        name=name.distribution,
        version=name.version,
        build=name.build,
        tags=tuple(name.tag.expanded()),
        generator=wheel.wheel_fields.get("generator", ("",))[0],
        is_purelib=purelib.lower() == "true",
        size=wheel.size,
        unpacked=sum(item.size for item in wheel.entries.values()),
        members=len(wheel.entries),
        sha256=digest,
    )


def _record(wheel: OpenedWheel, findings: Sequence[Finding]) -> RecordReport:
    """Return what the check of RECORD found; it has hashed every file."""
    problems = [item for item in findings if item.rule.startswith("record-")]
    wrong = {item.path for item in problems}
    return RecordReport(
        lines=len(wheel.record),
        verified=sum(
            line.path in wheel.entries and line.path not in wrong and bool(line.digest)
            for line in wheel.record.values()
        ),
        problems=tuple(f"{item.path}: {item.what}" for item in problems),
    )


def _binaries(
    wheel: OpenedWheel, images: Mapping[str, Image], *, with_crates: bool
) -> Iterator[Binary]:
    """Yield the facts of the binaries, without those that contradict themselves."""
    from ferrule.audit.python_tag import Promise
    from ferrule.report.binaries import describe_binary, wheel_grouping

    tag = wheel.filename.tag
    group_of = wheel_grouping(_own_names(images), tag.platforms)
    for path, image in images.items():
        with suppress(BrokenBinaryError):
            yield describe_binary(
                wheel.entries[path],
                image,
                promise=Promise.of_tag(tag),
                group_of=group_of,
                with_crates=with_crates,
            )


def _own_names(images: Mapping[str, Image]) -> set[str]:
    """Return the lower-case names under which the wheel's binaries are found."""
    names = {path.rpartition("/")[2].lower() for path in images}
    names.update(getattr(image, "soname", "").lower() for image in images.values())
    return names - {""}


def _verdict(wheel: OpenedWheel, images: Mapping[str, Image]) -> Verdict:
    from ferrule.audit.platforms import judge_images
    from ferrule.report.verdict import give_verdict

    tag = wheel.filename.tag
    report = judge_images(images, claimed=tag.platforms, python=tag.python)
    return give_verdict(tag.platforms, report)


def _stable_abi(wheel: OpenedWheel, binaries: Sequence[Binary]) -> Iterator[StableAbi]:
    """Yield what each module of CPython uses of Python."""
    from ferrule.audit.python_tag import Promise
    from ferrule.audit.stable_table import load_table

    promise = Promise.of_tag(wheel.filename.tag)
    added = load_table().added
    for binary in binaries:
        names = binary.python_symbols
        if not binary.inits or any(name.startswith("PyPy") for name in names):
            continue
        minors = [added.get(name) for name in names]
        known = [minor for minor in minors if minor is not None]
        is_stable = len(known) == len(minors)
        yield StableAbi(
            path=binary.path,
            claimed=promise.python if promise.stable else "",
            needed=f"3.{max(known, default=2)}" if is_stable else "",
            symbols=tuple(
                (name, "" if minor is None else f"3.{minor}")
                for name, minor in zip(names, minors)
            ),
        )


def _reproducibility(
    wheel: OpenedWheel, findings: Sequence[Finding]
) -> Reproducibility:
    from ferrule.report.reproducibility import is_sorted, member_times

    times, has_one_time = member_times(wheel.entries.values())
    return Reproducibility(
        times=times,
        has_one_time=has_one_time,
        is_sorted=is_sorted(wheel.entries),
        leaked=tuple(
            (item.path, item.details) for item in findings if item.rule == _LEAK
        ),
    )


_LEAK = "leaked-path"
