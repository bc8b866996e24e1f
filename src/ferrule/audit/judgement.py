"""What built files export and promise, remembered by the files' identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ferrule import __version__, cache
from ferrule.errors.wheel import ExternalLibrariesError
from ferrule.identity import file_identities

__all__ = ["module_inits", "platform_tags"]


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


def platform_tags(
    files: Sequence[Path],
    *,
    wanted: str,
    machine: str,
    env: Mapping[str, str],
    audit: str = "repair",
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return Linux platform tags, and why there is no better one.

    `wanted` is the setting `compatibility`: several policies are separated by
    commas. `audit` is the setting of that name. Raises what
    `linux_platform_tags` raises, and `ExternalLibrariesError`.
    """
    is_check = audit == "check" and wanted != "linux"
    is_skip = audit == "skip"
    identities = file_identities(files)
    key = repr([__version__, "tags", identities, wanted, machine, is_check, is_skip])
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        return tuple(found["tags"]), tuple(found["reasons"])
    tags, reasons = _judge(
        files, wanted=wanted, machine=machine, is_check=is_check, is_skip=is_skip
    )
    value = {"tags": list(tags), "reasons": list(reasons)}
    cache.write_json(env, "answers", key, value, label=", ".join(tags))
    return tags, reasons


def _judge(
    files: Sequence[Path], *, wanted: str, machine: str, is_check: bool, is_skip: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from ferrule.audit.linux import (
        external_libraries,
        linux_platform_tags,
        policy_tags,
    )

    if is_check:
        missing = external_libraries(files)
        if missing:
            raise ExternalLibrariesError(missing)
    if is_skip:
        plain, _ = linux_platform_tags(files, wanted="linux", machine=machine)
        if wanted in ("auto", "linux"):
            return plain, ()
        arch = plain[0][len("linux_") :]
        return _union(policy_tags(word, arch) for word in wanted.split(",")), ()
    results = [
        linux_platform_tags(files, wanted=word, machine=machine)
        for word in wanted.split(",")
    ]
    reasons = tuple(reason for _, more in results for reason in more)
    return _union(tags for tags, _ in results), reasons


def _union(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in groups for tag in group))
