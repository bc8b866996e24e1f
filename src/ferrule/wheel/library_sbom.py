"""The software bill of materials of the libraries that a repair added (PEP 770).

One CycloneDX 1.5 document lists every graft with the package of the operating
system that it comes from. It is a function of its inputs and names no path of
the machine that made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ferrule.wheel.sbom import cyclonedx, product_metadata, quote

if TYPE_CHECKING:
    from ferrule.repair.owners import Owner

__all__ = ["GraftedLibrary", "library_sbom", "owner_url"]


@dataclass(frozen=True)
class GraftedLibrary:
    """A library that joined the wheel."""

    path: str
    """Its place in the wheel."""
    name: str
    """The name under which it was asked for."""
    sha256: str
    """Of the content before it was edited."""
    owner: Owner | None


def library_sbom(
    libraries: Sequence[GraftedLibrary],
    *,
    distribution: str,
    version: str,
    tool_version: str,
    epoch: int | None,
) -> bytes:
    """Return the document; `epoch` is SOURCE_DATE_EPOCH where it is set."""
    components = _components(sorted(libraries, key=lambda item: item.path))
    metadata = product_metadata(
        distribution, version, kind="library", tool_version=tool_version, epoch=epoch
    )
    references = [item["bom-ref"] for item in components]
    dependencies = [{"ref": reference} for reference in references]
    return cyclonedx(metadata, components, references, dependencies)


def _components(libraries: Sequence[GraftedLibrary]) -> list[dict[str, Any]]:
    found = []
    for item in libraries:
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": f"file:{item.path}",
            "name": item.name,
        }
        if item.owner is not None:
            component["name"] = item.owner.name
            component["version"] = item.owner.version
        component["hashes"] = [{"alg": "SHA-256", "content": item.sha256}]
        if item.owner is not None:
            component["purl"] = owner_url(item.owner)
        component["properties"] = [
            {"name": "ferrule:library", "value": item.name},
            {"name": "ferrule:path", "value": item.path},
        ]
        found.append(component)
    return found


def owner_url(owner: Owner) -> str:
    """Return the package URL (its specification's types `deb`, `apk` and `rpm`)."""
    url = f"pkg:{owner.kind}/{quote(owner.distribution)}/{quote(owner.name)}"
    release = "-".join(part for part in (owner.distribution, owner.release) if part)
    qualifiers = f"arch={quote(owner.arch)}&distro={quote(release)}"
    return f"{url}@{quote(owner.version)}?{qualifiers}"
