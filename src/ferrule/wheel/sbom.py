"""Software bills of materials inside a wheel (PEP 770).

One CycloneDX 1.5 document per crate lists the packages that the module or
program was compiled from, on this target and with these features. It is a
function of its inputs: no time unless SOURCE_DATE_EPOCH gives one, a serial
number made from the content, no path of the machine that built it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.cargo.components import Component

__all__ = [
    "crate_component",
    "crate_dependencies",
    "crate_sbom",
    "crate_url",
    "cyclonedx",
    "license_choice",
    "product_metadata",
    "quote",
    "timestamp",
]

_UNQUOTED = "-._~"
_LICENSE_SIGNS = frozenset("+-.() ")


def crate_sbom(
    components: Sequence[Component],
    *,
    distribution: str,
    version: str,
    kind: str,
    tool_version: str,
    epoch: int | None,
) -> bytes:
    """Return the document of one crate, which is the first of `components`.

    `kind` is `library` or `application`. Packages that are not part of the
    product have the scope `excluded`.
    """
    references = [crate_url(item) for item in components]
    metadata = product_metadata(
        distribution, version, kind=kind, tool_version=tool_version, epoch=epoch
    )
    described = [
        crate_component(item, reference, is_root=number == 0)
        for number, (item, reference) in enumerate(zip(components, references))
    ]
    return cyclonedx(
        metadata, described, references[:1], crate_dependencies(components)
    )


def cyclonedx(
    metadata: dict[str, Any],
    components: Sequence[dict[str, Any]],
    parts: Sequence[str],
    dependencies: Sequence[dict[str, Any]],
) -> bytes:
    """Return a document with a serial number that is made of its content.

    `metadata` is a `product_metadata`; `parts` are the components that the product
    itself depends on; `dependencies` say what these depend on.
    """
    import json

    product = metadata["component"]["bom-ref"]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": list(components),
        "dependencies": [{"ref": product, "dependsOn": list(parts)}, *dependencies],
    }
    return (json.dumps(_with_serial(document), indent=1) + "\n").encode()


def crate_dependencies(components: Sequence[Component]) -> list[dict[str, Any]]:
    """Return which crates each crate depends on, by their `crate_url`s."""
    references = [crate_url(item) for item in components]
    return [
        {
            "ref": reference,
            "dependsOn": sorted({references[number] for number in item.needs}),
        }
        for item, reference in zip(components, references)
    ]


def product_metadata(
    name: str,
    version: str,
    *,
    kind: str,
    tool_version: str,
    epoch: int | None,
    reference: str = "",
) -> dict[str, Any]:
    """Return the part of a document that names the product and its maker.

    `kind` is `library` or `application`. The product is a distribution with a
    package URL, unless `reference` says how the document calls it.
    """
    product = reference or f"pkg:pypi/{name.replace('_', '-')}@{quote(version)}"
    metadata: dict[str, Any] = {
        "tools": {
            "components": [
                {"type": "application", "name": "ferrule", "version": tool_version}
            ]
        },
        "component": {
            "type": kind,
            "bom-ref": product,
            "name": name,
            "version": version,
        },
    }
    if not reference:
        metadata["component"]["purl"] = product
    if epoch is not None:
        metadata["timestamp"] = timestamp(epoch)
    return metadata


def crate_component(
    item: Component, reference: str, *, is_root: bool
) -> dict[str, Any]:
    """Return one crate as a component; `reference` is its `crate_url`."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference,
        "name": item.name,
        "version": item.version,
        "scope": "required" if item.is_linked or is_root else "excluded",
    }
    if item.checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": item.checksum}]
    if item.license:
        component["licenses"] = [license_choice(item.license)]
    component["purl"] = reference
    return component


def license_choice(text: str) -> dict[str, Any]:
    """Return a licence as an expression, or as a name where it is none."""
    # Before SPDX expressions, manifests separated choices by "/".
    expression = " OR ".join(part.strip() for part in text.split("/"))
    if all(sign.isalnum() or sign in _LICENSE_SIGNS for sign in expression):
        return {"expression": expression}
    return {"license": {"name": text}}


def crate_url(item: Component) -> str:
    """Return the package URL; packages from elsewhere say where they are from."""
    url = f"pkg:cargo/{item.name}@{quote(item.version)}"
    kind, _, address = (item.source or "").partition("+")
    if address.startswith("file:"):
        return url  # a registry or repository on the machine that built it
    if kind == "git":
        return f"{url}?vcs_url={quote('git+' + address)}"
    # The package URL specification: the type's default registry is left out.
    if kind in ("registry", "sparse") and address:
        return f"{url}?repository_url={quote(address)}"
    return url


def quote(text: str) -> str:
    """Percent-encode for a package URL.

    Every build writes this document, so the import of `urllib` is saved.
    """
    return "".join(
        sign
        if sign.isascii() and (sign.isalnum() or sign in _UNQUOTED)
        else "".join(f"%{byte:02X}" for byte in sign.encode())
        for sign in text
    )


def timestamp(epoch: int) -> str:
    """Return seconds since 1970 as CycloneDX writes a time."""
    import time

    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


def _with_serial(document: dict[str, Any]) -> dict[str, Any]:
    """Add a name-based UUID (RFC 9562, version 8) of the content."""
    import hashlib
    import json

    content = json.dumps(document, sort_keys=True).encode()
    digits = hashlib.sha256(content).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    serial = (
        f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-"
        f"{variant}{digits[17:20]}-{digits[20:32]}"
    )
    head = {name: document[name] for name in ("bomFormat", "specVersion")}
    return {**head, "serialNumber": f"urn:uuid:{serial}", **document}
