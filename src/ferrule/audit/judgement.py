"""What built files export and promise, remembered by the files' identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrule import __version__, cache
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
    files: Sequence[Path], *, wanted: str, machine: str, env: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return Linux platform tags, and why there is no better one.

    Raises what `linux_platform_tags` raises.
    """
    key = repr([__version__, "tags", file_identities(files), wanted, machine])
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        return tuple(found["tags"]), tuple(found["reasons"])
    from ferrule.audit.linux import linux_platform_tags

    tags, reasons = linux_platform_tags(files, wanted=wanted, machine=machine)
    value = {"tags": list(tags), "reasons": list(reasons)}
    cache.write_json(env, "answers", key, value, label=", ".join(tags))
    return tags, reasons
