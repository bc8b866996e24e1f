"""Whether the platform tag of a wheel promises what its binaries keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

from ferrule.report.model import Obstacle, Rung, Verdict

if TYPE_CHECKING:
    from ferrule.audit import platform_report
    from ferrule.audit.platform_report import PlatformReport

__all__ = ["give_verdict"]

State = Literal["right", "too wide", "could be wider"]
Version = tuple[int, int]

_FAT: Final[Mapping[str, tuple[str, ...]]] = {
    "universal2": ("x86_64", "arm64"),
    "universal": ("i386", "ppc", "ppc64", "x86_64"),
    "intel": ("i386", "x86_64"),
    "fat": ("i386", "ppc"),
    "fat3": ("i386", "ppc", "x86_64"),
    "fat64": ("ppc64", "x86_64"),
}
"""Architectures of macOS tags that are not named after one (PEP 425)."""
_FIRST_ARM64: Final = (11, 0)


def give_verdict(claimed: Sequence[str], report: PlatformReport) -> Verdict:
    """Return the verdict on the platform tags of a wheel's file name."""
    state = _state(claimed, report)
    rungs = (
        _macos_rungs(claimed, report) if report.minimum_os else _rungs(claimed, report)
    )
    reasons = report.reasons or tuple(item.text for item in report.limits)
    return Verdict(
        state=state,
        summary=_summary(state, claimed, report.platforms),
        claimed=tuple(claimed),
        computed=report.platforms,
        reasons=reasons,
        ladder=tuple(rungs),
    )


def _state(claimed: Sequence[str], report: PlatformReport) -> State:
    if not report.system:
        return "right"
    if not all(_is_kept(tag, report) for tag in claimed):
        return "too wide"
    best, named = _oldest(report.platforms), _oldest(claimed)
    is_wider = best is not None and (named is None or best < named)
    return "could be wider" if is_wider and report.is_portable else "right"


def _is_kept(tag: str, report: PlatformReport) -> bool:
    """Return whether the binaries work wherever a tag promises that they do."""
    if tag in report.platforms:
        return True
    if tag.startswith("linux_"):
        return tag[len("linux_") :] in report.architectures
    if tag.startswith("macosx_"):
        return _keeps_macos(tag, dict(report.minimum_os))
    if tag.startswith("ios_"):
        _, version, kind = _parts(tag)
        least = [parts[1] for parts in map(_parts, report.platforms) if kind in parts]
        return version is not None and any(item and item <= version for item in least)
    for rung in report.ladder:
        if tag in (rung.tag, *rung.aliases):
            return rung.is_met
    # PEP 600 knows every glibc version; what an older one promises holds.
    family, version, arch = _parts(tag)
    return version is not None and any(
        rung.is_met and _parts(rung.tag)[::2] == (family, arch)
        for rung in report.ladder
        if (_parts(rung.tag)[1] or version) <= version
    )


def _keeps_macos(tag: str, needs: Mapping[str, str]) -> bool:
    _, version, kind = _parts(tag)
    arches = _FAT.get(kind, (kind,))
    return version is not None and all(
        arch in needs and _need(needs[arch], arch) <= _offered(version, arch)
        for arch in arches
    )


def _oldest(tags: Sequence[str]) -> Version | None:
    """Return the lowest version that manylinux, musllinux or macOS tags name."""
    versions = [version for version in (_parts(tag)[1] for tag in tags) if version]
    return min(versions, default=None)


def _parts(tag: str) -> tuple[str, Version | None, str]:
    """Return family, version and architecture of a platform tag.

    >>> _parts("manylinux_2_17_x86_64"), _parts("win_amd64")
    (('manylinux', (2, 17), 'x86_64'), ('win', None, 'amd64'))
    """
    words = tag.split("_", 3)
    if len(words) == 4 and words[1].isdecimal() and words[2].isdecimal():
        return words[0], (int(words[1]), int(words[2])), words[3]
    family, _, arch = tag.partition("_")
    return family, None, arch


def _need(text: str, arch: str) -> Version:
    major, minor = [*(int(word) for word in text.split(".") if word.isdecimal()), 0, 0][
        :2
    ]
    return _offered((major, minor), arch)


def _offered(version: Version, arch: str) -> Version:
    # Every arm64 Mac runs macOS 11, and from 11 on minor versions promise nothing.
    if arch.startswith("arm64"):
        version = max(version, _FIRST_ARM64)
    return version if version < _FIRST_ARM64 else (version[0], 0)


def _rungs(claimed: Sequence[str], report: PlatformReport) -> Iterator[Rung]:
    for rung in report.ladder:
        names = (rung.tag, *rung.aliases)
        yield Rung(
            tag=rung.tag,
            aliases=rung.aliases,
            is_met=rung.is_met,
            is_claimed=any(name in claimed for name in names),
            obstacles=tuple(sorted(map(_obstacle, rung.obstacles), key=_newness)),
        )


def _obstacle(item: platform_report.Obstacle) -> Obstacle:
    brief = item.version or item.library or item.kind.replace("-", " ")
    return Obstacle(brief, item.text, item.path, item.library, item.symbols)


def _newness(item: Obstacle) -> tuple[str, tuple[int, ...]]:
    family, _, number = item.brief.partition("_")
    words = number.split(".")
    return family, tuple(int(word) for word in words if word.isdecimal())


def _macos_rungs(claimed: Sequence[str], report: PlatformReport) -> Iterator[Rung]:
    """Yield for each architecture the claimed and the needed version of macOS."""
    for arch, text in report.minimum_os:
        need = _need(text, arch)
        wanted = {
            _offered(version, arch)
            for family, version, kind in map(_parts, claimed)
            if family == report.system.replace("macos", "macosx")
            and version
            and arch in _FAT.get(kind, (kind,))
        }
        for version in sorted({need, *wanted}):
            major, minor = version
            is_met = version >= need
            blocked = Obstacle(
                f"macOS {need[0]}.{need[1]}",
                f"the binaries for {arch} are built for macOS {text} and newer",
            )
            yield Rung(
                tag=f"macosx_{major}_{minor}_{arch}",
                aliases=(),
                is_met=is_met,
                is_claimed=version in wanted,
                obstacles=() if is_met else (blocked,),
            )


def _summary(state: State, claimed: Sequence[str], computed: Sequence[str]) -> str:
    tag, best = ".".join(claimed), ".".join(computed)
    if computed in ((), ("any",)):
        if tag == "any":
            return "There are no binaries in it, so any holds."
        return f"There are no binaries in it that could tell whether {tag} holds."
    return {
        "right": f"The binaries keep what {tag} promises.",
        "too wide": f"The tag promises {tag}, but the binaries are only {best}.",
        "could be wider": f"The tag is {tag}, and the binaries would also be {best}.",
    }[state]
