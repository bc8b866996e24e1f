"""The CycloneDX document of a crate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ferrule.cargo.components import Component
from ferrule.wheel.sbom import crate_sbom

ROOT = Component("demo", "0.1.0", None, "MIT", None, True, (1, 2, 3))
ITOA = Component("itoa", "1.0.1", "registry", "MIT/Apache-2.0", "ab" * 32, True, ())
GIT = Component("fork", "2.0.0+x", "git+https://e.org/a?b=c#1", None, None, True, ())
BUILD = Component(
    "cc", "1.0.0", "registry+https://else.org/i", "a & b", None, False, ()
)
ALL = (ROOT, ITOA, GIT, BUILD)


def document(
    epoch: int | None = None, components: tuple[Component, ...] = ALL
) -> dict[str, Any]:
    content = crate_sbom(
        components,
        distribution="demo_dist",
        version="1.0",
        kind="library",
        tool_version="0.1",
        epoch=epoch,
    )
    found: dict[str, Any] = json.loads(content)
    return found


def test_every_package_has_a_package_url() -> None:
    urls = [item["purl"] for item in document()["components"]]
    assert urls == [
        "pkg:cargo/demo@0.1.0",
        "pkg:cargo/itoa@1.0.1",
        "pkg:cargo/fork@2.0.0%2Bx?vcs_url=git%2Bhttps%3A%2F%2Fe.org%2Fa%3Fb%3Dc%231",
        "pkg:cargo/cc@1.0.0?repository_url=https%3A%2F%2Felse.org%2Fi",
    ]


def test_no_package_url_has_a_path_of_the_machine() -> None:
    components = tuple(
        Component("x", "1.0", f"{kind}+file:///home/me/x", None, None, True, ())
        for kind in ("git", "registry")
    )
    found = document(components=components)
    assert [item["purl"] for item in found["components"]] == ["pkg:cargo/x@1.0"] * 2


def test_the_product_depends_on_the_crate() -> None:
    found = document()
    product = found["metadata"]["component"]
    assert product["purl"] == "pkg:pypi/demo-dist@1.0"
    edges = {item["ref"]: item["dependsOn"] for item in found["dependencies"]}
    assert edges[product["bom-ref"]] == ["pkg:cargo/demo@0.1.0"]
    assert len(edges["pkg:cargo/demo@0.1.0"]) == 3


def test_licences_hashes_and_scopes() -> None:
    root, itoa, fork, build = document()["components"]
    assert itoa["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert itoa["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert "licenses" not in fork
    assert build["licenses"] == [{"license": {"name": "a & b"}}]
    assert [item["scope"] for item in (root, build)] == ["required", "excluded"]


def test_equal_input_gives_equal_bytes_and_the_serial_follows_the_content() -> None:
    assert document() == document()
    other = document(components=(ROOT, ITOA, GIT, ITOA))
    assert document()["serialNumber"] != other["serialNumber"]
    assert "timestamp" not in document()["metadata"]
    assert document(epoch=0)["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"


@pytest.mark.build  # imports grammars that take a second to make
def test_the_document_is_valid_cyclonedx() -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    schema = pytest.importorskip("cyclonedx.schema")
    validator = validation.JsonStrictValidator(schema.SchemaVersion.V1_5)
    assert validator.validate_str(json.dumps(document(epoch=0))) is None
