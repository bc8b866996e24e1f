"""What built files export and promise, remembered by the files' identity."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ferrule import __version__, cache
from ferrule.errors.wheel import ExternalLibrariesError, PolicyNotMetError
from ferrule.identity import file_identities

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "LinuxWish",
    "TagAnswer",
    "abi_findings",
    "module_inits",
    "native_tags",
    "platform_tags",
]

_ABI_ANSWER = 2
"""Raised whenever the check of the stable ABI finds something else than before."""

_TAG_ANSWER = 1
"""Raised whenever the judgement of the platform changes."""


class LinuxWish(NamedTuple):
    """What a wheel for Linux is wanted to be, and what only its build knows."""

    wanted: str
    """The setting `compatibility`: several policies are separated by commas."""
    machine: str = ""
    """Architecture as tags spell it, where the files do not tell it."""
    audit: str = "repair"
    """The setting of that name."""
    cpu: str = ""
    """The processor that the compiler was told to use; empty for any."""
    left_out: tuple[str, ...] = ()
    """Libraries that count as promised."""


class TagAnswer(NamedTuple):
    """The platform tags of a wheel that is being built."""

    tags: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    """Why they promise nothing."""
    warnings: tuple[str, ...] = ()
    """What users will meet all the same."""


def module_inits(library: Path, *, env: Mapping[str, str]) -> list[str] | None:
    """Return the module entry points that a library exports, or None.

    Raises what `exported_inits` raises.
    """
    key = repr([__version__, "inits", file_identities([library])])
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        names: list[str] | None = found["names"]
        return names
    from ferrule.formats.elf import exported_inits

    names = exported_inits(library)
    cache.write_json(env, "answers", key, {"names": names}, label=library.name)
    return names


def abi_findings(
    files: Mapping[str, Path],
    tag: WheelTag,
    *,
    requires_python: str,
    releases: Collection[str],
    env: Mapping[str, str],
) -> tuple[list[dict[str, Any]], bool]:
    """Return what `check_stable_abi` finds, as plain data, and whether it is new.

    `files` are the libraries by their path in the wheel, `releases` those of PyO3
    that they were built with. Raises what `check_stable_abi` raises.
    """
    names = {path: str(file) for path, file in sorted(files.items())}
    identities = file_identities(files.values())
    promise = (tag.python, tag.abi, requires_python, sorted(releases))
    key = repr([__version__, "abi", _ABI_ANSWER, names, identities, promise])
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        return found["findings"], False
    from ferrule.audit.stable_abi import check_stable_abi
    from ferrule.formats.image import identify, read_image
    from ferrule.formats.view import read_start

    images = {
        path: read_image(file)
        for path, file in files.items()
        if identify(read_start(file)) is not None  # WebAssembly is not
    }
    oldest = _suggested_python(requires_python, releases)
    findings = check_stable_abi(images, tag, requires_python=oldest)
    answer = [finding.to_json() for finding in findings]
    label = f"{tag.python}-{tag.abi}"
    cache.write_json(env, "answers", key, {"findings": answer}, label=label)
    return answer, True


def _suggested_python(requires_python: str, releases: Collection[str]) -> str:
    """Return the specifier below which no wider tag is suggested.

    Without one in the metadata the author's wishes are unknown: then it is empty.
    """
    if not requires_python:
        return ""
    from ferrule.python.releases import Pyo3Release

    features = [Pyo3Release.parse(text).abi3_features for text in sorted(releases)]
    return ", ".join([requires_python, *(f">=3.{item[0]}" for item in features)])


def platform_tags(
    files: Mapping[str, Path], wish: LinuxWish, *, env: Mapping[str, str]
) -> TagAnswer:
    """Return Linux platform tags, and why there is no better one.

    `files` are the binaries by their path in the wheel. Raises what
    `linux_platform_tags` raises, and `ExternalLibrariesError`.
    """
    return _remembered(files, wish, lambda: _judge_linux(files, wish), env=env)


def native_tags(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    files: Mapping[str, Path],
    *,
    wanted: str,
    target: str,
    python: str,
    env: Mapping[str, str],
    cpu: str = "",
    claimed: str = "",
) -> TagAnswer:
    """Return the platform tags of binaries for macOS or Windows, and what is wrong.

    There are no tags for files of other systems. `target` is the deployment
    target of the build and `python` the wheel's Python tag. `wanted` is a tag to
    verify, or a word that leaves the choice to the files; `claimed` is one that the
    files may ask more than. Raises
    `PolicyNotMetError`, `ReadError` and a `BrokenBinaryError`.
    """
    parts = ["native", wanted, target, python, cpu, claimed]
    return _remembered(
        files,
        parts,
        lambda: _judge_native(
            files,
            wanted=wanted,
            target=target,
            python=python,
            cpu=cpu,
            claimed=claimed,
        ),
        env=env,
    )


def _remembered(
    files: Mapping[str, Path],
    parts: Sequence[object],
    judge: Callable[[], TagAnswer],
    *,
    env: Mapping[str, str],
) -> TagAnswer:
    identities = file_identities(files.values())
    key = repr([__version__, "tags", _TAG_ANSWER, [*files], identities, *parts])
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        return TagAnswer(*(tuple(found[name]) for name in TagAnswer._fields))
    answer = judge()
    value = {name: list(part) for name, part in answer._asdict().items()}
    cache.write_json(env, "answers", key, value, label=", ".join(answer.tags))
    return answer


def _judge_linux(files: Mapping[str, Path], wish: LinuxWish) -> TagAnswer:
    from ferrule.audit.linux import (
        external_libraries,
        judge_elf,
        linux_platform_tags,
        policy_tags,
    )

    wanted, machine = wish.wanted, wish.machine
    is_skip = wish.audit == "skip"
    if machine and (wanted == "linux" or (is_skip and wanted == "auto")):
        return TagAnswer((f"linux_{machine}",))
    elves = _read_elves(files, frozenset(wish.left_out))
    if wish.audit == "check" and wanted != "linux":
        missing = external_libraries(elves)
        if missing:
            raise ExternalLibrariesError(missing)
    if is_skip:
        plain, _ = linux_platform_tags(elves, wanted="linux", machine=machine)
        if wanted in ("auto", "linux"):
            return TagAnswer(plain)
        arch = plain[0][len("linux_") :]
        return TagAnswer(_union(policy_tags(word, arch) for word in wanted.split(",")))
    results = [
        linux_platform_tags(elves, wanted=word, machine=machine, cpu=wish.cpu)
        for word in wanted.split(",")
    ]
    reasons = tuple(reason for _, more in results for reason in more)
    report = judge_elf(elves, arch=machine)
    told = ("executable-stack", "text-relocations", "foreign-architecture")
    warnings = [
        f"{item.path}: {item.what}" for item in report.findings if item.rule in told
    ]
    return TagAnswer(_union(tags for tags, _ in results), reasons, tuple(warnings))


def _read_elves(
    files: Mapping[str, Path], left_out: frozenset[str]
) -> dict[str, ElfFile]:
    """Read the ELF files, which then need nothing of what is `left_out`."""
    from ferrule.formats.elf import is_elf, read_elf
    from ferrule.formats.view import read_start

    found = {
        path: read_elf(file, path)
        for path, file in sorted(files.items())
        if is_elf(read_start(file))
    }
    if not left_out:
        return found
    return {
        path: replace(
            elf, needed=tuple(name for name in elf.needed if name not in left_out)
        )
        for path, elf in found.items()
    }


def _judge_native(
    files: Mapping[str, Path],
    *,
    wanted: str,
    target: str,
    python: str,
    cpu: str,
    claimed: str,
) -> TagAnswer:
    from ferrule.audit.platform_claims import judge_claims
    from ferrule.audit.platforms import judge_images, system_of_tag
    from ferrule.formats.image import identify, read_image
    from ferrule.formats.view import read_start
    from ferrule.wheel.tags import WheelTag

    images = {
        path: read_image(file, path)
        for path, file in sorted(files.items())
        if identify(read_start(file)) in ("macho", "pe", "elf")
    }
    claims = (claimed,) if claimed else ()
    report = judge_images(images, claimed=claims, python=python, cpu=cpu, target=target)
    if report.system not in ("macos", "ios", "windows", "android"):
        return TagAnswer(())
    warnings = tuple(
        f"{item.path}: {item.what}" if item.path else item.what
        for item in report.findings
        if item.severity != "note"
    )
    if system_of_tag(wanted) != report.system:
        return TagAnswer(report.platforms, report.reasons, warnings)
    words = tuple(wanted.split(","))
    verdict = judge_claims(images, WheelTag(python, "none", words))
    if not verdict.is_kept:
        broken = [item for item in verdict.findings if item.rule == "platform-claim"]
        raise PolicyNotMetError(
            wanted, [item.what for item in broken], report.platforms[0]
        )
    return TagAnswer(words, (), warnings)


def _union(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in groups for tag in group))
