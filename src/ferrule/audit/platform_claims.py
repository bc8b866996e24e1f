"""Whether a wheel keeps the promise of its platform tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ferrule.audit.finding import Finding
from ferrule.audit.platforms import judge_images, system_of_tag
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.platform_report import PlatformReport
    from ferrule.formats.image import Image
    from ferrule.wheel.reading import OpenedWheel
    from ferrule.wheel.tags import WheelTag

__all__ = ["PlatformVerdict", "judge_claims", "verdict_on_wheel"]

_FAT = {"universal2": ("x86_64", "arm64"), "intel": ("i386", "x86_64")}


@dataclass(frozen=True)
class PlatformVerdict:
    """The claimed platform tags beside the computed ones."""

    claimed: tuple[str, ...]
    report: PlatformReport
    findings: tuple[Finding, ...]
    """Those of the report, and those about tags that promise too much or little."""

    @property
    def computed(self) -> tuple[str, ...]:
        """Return the platform tags that the binaries allow."""
        return self.report.platforms

    @property
    def is_kept(self) -> bool:
        """Return whether every claimed tag is true."""
        return not any(item.rule == "platform-claim" for item in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            **self.report.to_json(),
            "claimed": list(self.claimed),
            "kept": self.is_kept,
            "findings": [item.to_json() for item in self.findings],
        }


def verdict_on_wheel(opened: OpenedWheel) -> PlatformVerdict:
    """Return what an opened wheel claims, and what its binaries allow.

    Raises a `BrokenBinaryError` and what `OpenedWheel.binaries` raises.
    """
    return judge_claims(dict(opened.binaries()), opened.filename.tag)


def judge_claims(images: Mapping[str, Image], tag: WheelTag) -> PlatformVerdict:
    """Return the verdict on binaries under a wheel tag. Raises as above."""
    claimed = tuple(item for name in tag.platforms for item in name.split("."))
    report = judge_images(images, claimed=claimed, python=tag.python)
    found = [item for name in claimed for item in _check(name, report, images)]
    if not found and report.system == "linux" and claimed:
        found = list(_wider(claimed, report))
    return PlatformVerdict(claimed, report, (*report.findings, *found))


def _check(
    tag: str, report: PlatformReport, images: Mapping[str, Image]
) -> Iterator[Finding]:
    system = system_of_tag(tag)
    if not system or not report.system:
        return  # wheels for any platform are judged by their files' places
    if system != report.system:
        yield _broken(tag, f"its binaries are for {report.system}", report)
    elif system == "linux":
        yield from _check_linux(tag, report, images)
    elif system == "macos":
        yield from _check_macos(tag, report)
    elif not _is_kept(tag, report):
        yield _broken(tag, f"its binaries are for {report.platforms[0]}", report)


def _is_kept(tag: str, report: PlatformReport) -> bool:
    """Return whether a tag of Android, iOS or Windows is true."""
    if report.system == "windows":
        return tag in report.platforms
    if report.system == "android":
        _, level, abi = (*tag.split("_", 2), "", "")[:3]
        least = int(dict(report.minimum_os).get(abi) or 0)
        known = abi in report.architectures and level.isdecimal()
        return known and least <= int(level)
    claimed, kind = _dated(tag)
    return any(
        least <= claimed
        for least, own in map(_dated, report.platforms)
        if own == kind and least
    )


def _dated(tag: str) -> tuple[tuple[int, ...], str]:
    """Return the version in a tag of iOS or macOS, and what follows it.

    >>> _dated("ios_13_0_arm64_iphoneos"), _dated("macosx_x_y_z")
    (((13, 0), 'arm64_iphoneos'), ((), 'z'))
    """
    _, major, minor, kind = (*tag.split("_", 3), "", "", "")[:4]
    is_version = major.isdecimal() and minor.isdecimal()
    return (int(major), int(minor)) if is_version else (), kind


def _check_linux(
    tag: str, report: PlatformReport, images: Mapping[str, Image]
) -> Iterator[Finding]:
    from ferrule.audit.linux import named_policy, policy_rung
    from ferrule.audit.linux_files import LinuxFiles
    from ferrule.errors.wheel import PolicyNameError

    arch = report.architectures[0] if len(report.architectures) == 1 else ""
    if not arch or not tag.endswith(f"_{arch}"):
        names = ", ".join(report.architectures) or "an unknown architecture"
        yield _broken(tag, f"its binaries are for {names}", report)
        return
    if tag.startswith("linux_"):
        return
    for rung in report.ladder:
        if tag in (rung.tag, *rung.aliases):
            texts = tuple(item.text for item in rung.obstacles)
            if texts:
                yield _broken(tag, "its binaries need more", report, texts)
            return
    try:
        libc, policy = named_policy(tag, arch)
    except PolicyNameError as error:
        yield _broken(tag, error.what, report)
        return
    elves = {path: item for path, item in images.items() if item.format == "elf"}
    files = LinuxFiles.of(elves, arch)
    texts = tuple(item.text for item in policy_rung(files, libc, policy).obstacles)
    if texts:
        yield _broken(tag, "its binaries need more", report, texts)


def _check_macos(tag: str, report: PlatformReport) -> Iterator[Finding]:
    from ferrule.audit.macos import version_of

    claimed, kind = _dated(tag)
    if not claimed or not kind:
        yield _broken(tag, "it is no tag of macOS", report)
        return
    minimum = dict(report.minimum_os)
    for arch in _FAT.get(kind, (kind,)):
        if arch not in minimum:
            yield _broken(tag, f"its binaries have no code for {arch}", report)
            continue
        major, minor = version_of(minimum[arch])
        need = (major, 0 if major >= 11 else minor)
        # No Mac with an Apple processor runs what is older than 11.0.
        floor = max(claimed, (11, 0)) if arch.startswith("arm64") else claimed
        if need > floor:
            what = f"its {arch} code needs macOS {minimum[arch]}"
            yield _broken(tag, what, report)


def _wider(claimed: tuple[str, ...], report: PlatformReport) -> Iterator[Finding]:
    if not report.is_portable or set(claimed) & set(report.platforms):
        return
    rungs = [{rung.tag, *rung.aliases} for rung in report.ladder]
    places = [place for place, names in enumerate(rungs) if names & set(claimed)]
    best = [place for place, names in enumerate(rungs) if names & {*report.platforms}]
    # Old musl cannot be told from new, so a lower claim for it may be true.
    if places and min(places) < min(best):
        return
    yield Finding(
        "platform-wider",
        "note",
        "",
        f"its binaries would do for {', '.join(report.platforms)} too",
        "build it with the wider tag",
    )


def _broken(
    tag: str, what: str, report: PlatformReport, details: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        "platform-claim",
        "error",
        "",
        f"the tag {tag} is not true: {what}",
        _fix(report),
        details,
    )


def _fix(report: PlatformReport) -> str:
    if report.platforms == ("any",):
        return "build it for the platform of the tag"
    if report.external and report.platforms[0].startswith("linux_"):
        return "put what it needs into the wheel with `ferrule repair`"
    return f"tag it {'.'.join(report.platforms)}"
