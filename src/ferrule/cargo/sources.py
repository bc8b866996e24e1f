"""Where the sources of a program's packages lie: for licences and for `--trim`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.metadata import cargo_metadata

if TYPE_CHECKING:
    from ferrule.cargo.components import Component

__all__ = ["CrateSource", "find_sources"]


@dataclass(frozen=True)
class CrateSource:
    """One package that a program is compiled from, with its folder."""

    component: Component
    folder: Path
    license_file: str
    """What the manifest names, relative to the folder; empty for nothing."""
    is_linked: bool
    """Whether its code is in the program."""
    uses_python: bool
    """Whether it is a part of PyO3 or depends on it directly."""

    @property
    def is_local(self) -> bool:
        """Return whether it belongs to the project rather than to a registry."""
        return self.component.source is None


def find_sources(
    manifest_path: Path,
    components: Sequence[Component],
    triple: str,
    env: Mapping[str, str],
) -> tuple[CrateSource, ...]:
    """Return the packages of a program with their folders, in the same order.

    `triple` is the target. Nothing is downloaded: the program was compiled. Raises
    what `cargo_metadata` raises.
    """
    # The question of `read_graph`, whose answer is on this machine.
    words = ["--offline", f"--filter-platform={triple}", "--all-features"]
    metadata = cargo_metadata(manifest_path, words, env=env)
    places: dict[tuple[str, str], list[Mapping[str, str | None]]] = {}
    for item in metadata["packages"]:
        places.setdefault((item["name"], item["version"]), []).append(item)
    names = [item.name for item in components]
    found = []
    for item in components:
        package = _fitting(places.get((item.name, item.version), []), item.source)
        if package is None:
            continue
        needs = [names[number] for number in item.needs if number < len(names)]
        found.append(
            CrateSource(
                item,
                Path(str(package["manifest_path"])).parent,
                package.get("license_file") or "",
                item.is_linked,
                any(name.startswith("pyo3") for name in (item.name, *needs)),
            )
        )
    return tuple(found)


def _fitting(
    packages: Sequence[Mapping[str, str | None]], source: str | None
) -> Mapping[str, str | None] | None:
    """Return the one from a source; components name the default registry shortly."""
    for item in packages:
        own = item["source"]
        is_registry = source == "registry" and (own or "").startswith(
            ("registry+", "sparse+")
        )
        if own == source or is_registry:
            return item
    return packages[0] if packages else None
