"""What a bundle tells about itself: its contents, its SBOM and the licences.

All of it is a function of what is packed and names no folder of this machine.
The SBOM is one CycloneDX 1.5 document: Python, packages, libraries and crates.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.bundle.model import BundleFile
from ferrule.wheel.library_sbom import owner_url
from ferrule.wheel.sbom import (
    crate_component,
    crate_url,
    license_choice,
    quote,
    timestamp,
    with_serial,
)

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.packages import Package
    from ferrule.cargo.components import Component
    from ferrule.python.interpreter import Interpreter
    from ferrule.repair.owners import Owner

__all__ = ["MARK", "Bill", "bill_files"]

MARK: Final = "bundle.json"
"""The file by which a folder is known as a bundle, which the next one replaces."""
_SBOM: Final = "bundle.cdx.json"
_LICENSES: Final = "licenses"
_PYTHON_LICENSE: Final = "Python-2.0"


@dataclass(frozen=True)
class Bill:
    """Everything that a bundle was made of."""

    bundle: Bundle
    interpreter: Interpreter
    target: str
    packages: Sequence[Package]
    crates: Sequence[Component]
    """The program's own crate first."""
    owners: Mapping[Path, Owner]
    """The system's packages by the files that came from them."""
    tool_version: str
    epoch: int | None


def bill_files(bill: Bill) -> tuple[BundleFile, ...]:
    """Return the files that describe a bundle."""
    import json

    contents = (json.dumps(_contents(bill), indent=1) + "\n").encode()
    sbom = (json.dumps(with_serial(_sbom(bill)), indent=1) + "\n").encode()
    files = [
        BundleFile(MARK, contents, "notice", "what the bundle is and holds"),
        BundleFile(_SBOM, sbom, "notice", "bill of materials (CycloneDX)"),
        *_license_files(bill),
    ]
    return tuple(sorted(files, key=lambda item: item.path))


def _contents(bill: Bill) -> dict[str, Any]:
    bundle = bill.bundle
    return {
        "ferrule": bill.tool_version,
        "program": bundle.name,
        "mode": bundle.mode,
        "target": bill.target,
        "python": bill.interpreter.version_text,
        "needs": bundle.c_library,
        "packages": {item.name: item.version for item in _by_name(bill.packages)},
        "libraries": [posixpath.basename(item.path) for item in bundle.of("library")],
        "leftOut": dict(bundle.left_out),
    }


def _sbom(bill: Bill) -> dict[str, Any]:
    root = bill.crates[0] if bill.crates else None
    product = f"program:{bill.bundle.name}"
    component: dict[str, Any] = {
        "type": "application",
        "bom-ref": product,
        "name": bill.bundle.name,
    }
    if root is not None:
        component["version"] = root.version
    tool = {"type": "application", "name": "ferrule", "version": bill.tool_version}
    metadata: dict[str, Any] = {
        "tools": {"components": [tool]},
        "component": component,
    }
    if bill.epoch is not None:
        metadata["timestamp"] = timestamp(bill.epoch)
    components = [*_components(bill)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": [
            {"ref": product, "dependsOn": [item["bom-ref"] for item in components]}
        ],
    }


def _components(bill: Bill) -> Iterator[dict[str, Any]]:
    version = bill.interpreter.version_text
    yield {
        "type": "library",
        "bom-ref": f"pkg:generic/cpython@{version}",
        "name": "cpython",
        "version": version,
        "licenses": [license_choice(_PYTHON_LICENSE)],
        "purl": f"pkg:generic/cpython@{version}",
    }
    for package in _by_name(bill.packages):
        name = package.name.lower().replace("_", "-")
        url = f"pkg:pypi/{quote(name)}@{quote(package.version)}"
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": url,
            "name": package.name,
            "version": package.version,
        }
        if package.license and "\n" not in package.license:
            component["licenses"] = [license_choice(package.license)]
        yield {**component, "purl": url}
    for item in bill.bundle.of("library"):
        yield _library(item, bill.owners)
    for number, crate in enumerate(bill.crates):
        yield crate_component(crate, crate_url(crate), is_root=number == 0)


def _library(item: BundleFile, owners: Mapping[Path, Owner]) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"file:{item.path}",
        "name": item.owner,
    }
    owner = owners.get(item.origin) if item.origin else None
    if owner is None:
        return component
    component["name"], component["version"] = owner.name, owner.version
    component["purl"] = owner_url(owner)
    component["properties"] = [{"name": "ferrule:path", "value": item.path}]
    return component


def _license_files(bill: Bill) -> Iterator[BundleFile]:
    """Yield the texts that this machine has; packages bring their own."""
    found: dict[str, tuple[Path, str]] = {}
    text = _python_license(bill.interpreter)
    if text is not None:
        found["cpython.txt"] = text, bill.interpreter.display_name
    for item in bill.bundle.of("library"):
        owner = bill.owners.get(item.origin) if item.origin else None
        if owner is None:
            continue
        path = Path("/usr/share/doc", owner.name, "copyright")
        if path.is_file():
            found.setdefault(f"{owner.name}.txt", (path, owner.name))
    for name, (path, what) in sorted(found.items()):
        place = posixpath.join(_LICENSES, name)
        yield BundleFile(place, path, "notice", f"the licence of {what}", owner=what)


def _python_license(interpreter: Interpreter) -> Path | None:
    library = dict(interpreter.install_paths).get("stdlib", "")
    version = "{}.{}".format(*interpreter.minor_version)
    places = (
        Path(library, "LICENSE.txt"),
        Path(interpreter.base_prefix, "LICENSE.txt"),
        Path("/usr/share/doc", f"python{version}", "copyright"),
    )
    return next((path for path in places if path.is_file()), None)


def _by_name(packages: Iterable[Package]) -> list[Package]:
    return sorted(packages, key=lambda item: item.name.lower())
