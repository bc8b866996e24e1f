"""What one module or program says about its own compilation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Union

from ferrule.settings.model import ModuleSettings

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.settings.model import BinarySettings, Settings

    Part = Union[ModuleSettings, BinarySettings]

__all__ = ["group_binaries", "has_own_build", "with_part"]


def with_part(key: CompileKey, part: Part, settings: Settings) -> CompileKey:
    """Return the compile key with a part's profile, arguments and variables."""
    rustc_args = key.rustc_args
    if part.strip and not settings.strip:
        rustc_args = ("-C", "strip=symbols", *rustc_args)
    if isinstance(part, ModuleSettings):
        rustc_args = (*rustc_args, *part.rustc_args)
    return replace(
        key,
        profile=part.profile or key.profile,
        arguments=(*key.arguments, *part.cargo_args),
        rustc_args=rustc_args,
        env={**key.env, **part.env},
    )


def has_own_build(part: Part) -> bool:
    """Tell whether a part is compiled otherwise than plain cargo would."""
    own = part.profile or part.cargo_args or part.env or part.strip
    return bool(own or (isinstance(part, ModuleSettings) and part.rustc_args))


def group_binaries(
    binaries: Sequence[BinarySettings], settings: Settings
) -> list[list[BinarySettings]]:
    """Group the binaries that one cargo run can build.

    cargo takes arguments for rustc for a single target only.
    """
    groups: dict[tuple[object, ...], list[BinarySettings]] = {}
    for item in binaries:
        is_alone = item.strip or settings.strip or bool(settings.rustc_args)
        key = (
            *(item.manifest_path, item.package, item.features, item.profile),
            *(item.cargo_args, tuple(sorted(item.env.items())), item.strip),
            *(item.optional, is_alone and item.name),
        )
        groups.setdefault(key, []).append(item)
    return list(groups.values())
