"""Tests of the bill of materials of grafted libraries."""

from __future__ import annotations

import json

import pytest

from ferrule.repair.owners import Owner
from ferrule.wheel.library_sbom import GraftedLibrary, library_sbom

OWNER = Owner("deb", "debian", "12", "libssl3", "3.0.1-1~deb12u1", "amd64")
LIBRARIES = [
    GraftedLibrary("demo.libs/libz-2.so", "libz.so.1", "22" * 32, None),
    GraftedLibrary("demo.libs/libssl-1.so.3", "libssl.so.3", "11" * 32, OWNER),
]


def make(libraries=LIBRARIES, epoch=None):
    """Return the document's text."""
    return library_sbom(
        libraries,
        distribution="demo",
        version="1.0",
        tool_version="0",
        epoch=epoch,
    ).decode()


def test_libraries_are_named_with_their_packages():
    components = json.loads(make())["components"]
    assert components[0] == {
        "type": "library",
        "bom-ref": "file:demo.libs/libssl-1.so.3",
        "name": "libssl3",
        "version": "3.0.1-1~deb12u1",
        "hashes": [{"alg": "SHA-256", "content": "11" * 32}],
        "purl": "pkg:deb/debian/libssl3@3.0.1-1~deb12u1?arch=amd64&distro=debian-12",
        "properties": [
            {"name": "ferrule:library", "value": "libssl.so.3"},
            {"name": "ferrule:path", "value": "demo.libs/libssl-1.so.3"},
        ],
    }
    assert "purl" not in components[1]


def test_the_document_depends_on_its_content_only():
    assert make() == make(list(reversed(LIBRARIES)))
    assert "timestamp" not in make()
    metadata = json.loads(make(epoch=0))["metadata"]
    assert metadata["timestamp"] == "1970-01-01T00:00:00Z"


@pytest.mark.build  # imports grammars that take a second to make
def test_the_document_satisfies_the_schema():
    schema = pytest.importorskip("cyclonedx.schema")
    validation = pytest.importorskip("cyclonedx.validation.json")
    validator = validation.JsonStrictValidator(schema.SchemaVersion.V1_5)
    assert validator.validate_str(make(epoch=1)) is None
