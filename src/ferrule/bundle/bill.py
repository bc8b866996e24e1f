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

from ferrule.bundle.licenses import (
    FOLDER,
    PYTHON_LICENSE,
    crate_licenses,
    known_license,
    library_licenses,
    license_tree,
    package_licenses,
    python_licenses,
    rust_licenses,
)
from ferrule.bundle.model import BundleFile
from ferrule.wheel.content import chunks
from ferrule.wheel.library_sbom import owner_url
from ferrule.wheel.sbom import (
    crate_component,
    crate_dependencies,
    crate_url,
    cyclonedx,
    license_choice,
    product_metadata,
    quote,
)

if TYPE_CHECKING:
    from ferrule.bundle.licenses import Licensed
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.packages import Package
    from ferrule.cargo.components import Component
    from ferrule.cargo.sources import CrateSource
    from ferrule.python.interpreter import Interpreter
    from ferrule.repair.owners import Owner

__all__ = ["MARK", "Bill", "bill_files", "read_mark"]

MARK: Final = "bundle.json"
"""The file by which a folder is known as a bundle, which the next one replaces."""
_SBOM: Final = "bundle.cdx.json"
_MAGIC_BYTES: Final = 4


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
    sources: Sequence[CrateSource] = ()
    """The crates with their folders, for their licences."""
    archives: Sequence[Path] = ()
    """Static libraries that became a part of the program."""
    sysroot: Path | None = None
    """The folder of the Rust toolchain."""
    rust_release: str = ""


def bill_files(bill: Bill) -> tuple[BundleFile, ...]:
    """Return the files that describe a bundle, and the licences of its parts.

    Raises `ReadError`.
    """
    import json

    contents = (json.dumps(_contents(bill), indent=1) + "\n").encode()
    files = [
        BundleFile(MARK, contents, "notice", "what the bundle is and holds"),
        BundleFile(_SBOM, _sbom(bill), "notice", "bill of materials (CycloneDX)"),
        *license_tree([*_licensed(bill)]),
    ]
    return tuple(sorted(files, key=lambda item: item.path))


def read_mark(content: bytes) -> dict[str, Any] | None:
    """Return what a bundle's `MARK` tells; None for a file that is none.

    Other programs write files of this name, too: their folders are no bundles.
    """
    import json

    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    types = {"packages": dict, "leftOut": dict, "libraries": list, "entries": list}
    texts = ("ferrule", "program", "mode", "target", "python", "bytecode", "needs")
    is_mark = (
        isinstance(found, dict)
        and {"ferrule", "program", "mode"} <= found.keys()
        and all(isinstance(found.get(name, ""), str) for name in texts)
        and all(isinstance(found.get(name, of()), of) for name, of in types.items())
    )
    return found if is_mark else None


def _contents(bill: Bill) -> dict[str, Any]:
    bundle = bill.bundle
    return {
        "ferrule": bill.tool_version,
        "program": bundle.name,
        "mode": bundle.mode,
        "target": bill.target,
        "python": bill.interpreter.version_text,
        "bytecode": _magic(bundle),
        "needs": bundle.c_library,
        "packages": {item.name: item.version for item in _by_name(bill.packages)},
        "libraries": [posixpath.basename(item.path) for item in bundle.of("library")],
        "leftOut": dict(bundle.left_out),
        "entries": sorted(_entries(bundle)),
    }


def _entries(bundle: Bundle) -> set[str]:
    """Return what is in the folder of a bundle, without what is below folders."""
    notices = {MARK, _SBOM, FOLDER}
    if bundle.mode == "onefile":
        return {bundle.name, f"{bundle.name}.lib", *notices}
    paths = [*(item.path for item in bundle.files), *(name for name, _ in bundle.links)]
    return {path.partition("/")[0] for path in paths} | notices


def _sbom(bill: Bill) -> bytes:
    metadata = product_metadata(
        bill.bundle.name,
        bill.crates[0].version if bill.crates else "",
        kind="application",
        tool_version=bill.tool_version,
        epoch=bill.epoch,
        reference=f"program:{bill.bundle.name}",
    )
    components = [*_components(bill)]
    first = {crate_url(item) for item in bill.crates[1:]}
    parts = [item["bom-ref"] for item in components if item["bom-ref"] not in first]
    return cyclonedx(metadata, components, parts, crate_dependencies(bill.crates))


def _components(bill: Bill) -> Iterator[dict[str, Any]]:
    version = bill.interpreter.version_text
    yield {
        "type": "library",
        "bom-ref": f"pkg:generic/cpython@{version}",
        "name": "cpython",
        "version": version,
        "licenses": [license_choice(PYTHON_LICENSE)],
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
        yield _library(item.path, item.owner, item.origin, bill.owners)
    for path in bill.archives:
        yield _library(path.name, path.name, path, bill.owners)
    for number, crate in enumerate(bill.crates):
        yield crate_component(crate, crate_url(crate), is_root=number == 0)


def _library(
    path: str, name: str, origin: Path | None, owners: Mapping[Path, Owner]
) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"file:{path}",
        "name": name,
    }
    expression = known_license(name)
    owner = owners.get(origin) if origin else None
    if owner is not None:
        component["name"], component["version"] = owner.name, owner.version
    if expression:
        component["licenses"] = [license_choice(expression)]
    if owner is not None:
        component["purl"] = owner_url(owner)
        component["properties"] = [{"name": "ferrule:path", "value": path}]
    return component


def _licensed(bill: Bill) -> Iterator[Licensed]:
    yield python_licenses(bill.interpreter)
    for package in bill.packages:
        yield package_licenses(package)
    libraries = [
        (posixpath.basename(item.path), item.origin)
        for item in bill.bundle.of("library")
        if item.origin is not None
    ]
    libraries += [(path.name, path) for path in bill.archives]
    yield from library_licenses(libraries, bill.owners)
    yield from crate_licenses(bill.sources)
    if bill.sysroot is not None:
        yield rust_licenses(bill.sysroot, bill.rust_release)


def _magic(bundle: Bundle) -> str:
    """Return the first bytes of this Python's bytecode, in hexadecimal."""
    for item in bundle.files:
        if item.path.endswith(".pyc"):
            return bytes(next(chunks(item.content)))[:_MAGIC_BYTES].hex()
    return ""


def _by_name(packages: Iterable[Package]) -> list[Package]:
    return sorted(packages, key=lambda item: item.name.lower())
