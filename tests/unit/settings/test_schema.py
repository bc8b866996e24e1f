from __future__ import annotations

import subprocess
import sys

from ferrule.settings.model import Settings
from ferrule.settings.schema import SCHEMA_PATH, compute_schema, render_schema
from ferrule.settings.shapes import shapes_of


def test_the_packaged_schema_is_current():
    current = SCHEMA_PATH.read_text(encoding="utf-8")
    assert current == render_schema(), "run: python -m ferrule.settings.schema"


def test_every_setting_is_described():
    schema = compute_schema()
    properties = schema["properties"]
    assert set(properties) == {*shapes_of(Settings), "overrides"}
    tables = [schema, *schema["definitions"].values()]
    for table in tables:
        assert table["description"]
        assert table["additionalProperties"] is False
        assert all(item["description"] for item in table["properties"].values())


def test_references_resolve():
    schema = compute_schema()

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                name = node["$ref"].rpartition("/")[2]
                assert name in schema["definitions"]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(schema)


def test_kinds_of_values():
    schema = compute_schema()
    properties = schema["properties"]
    kinds = ["auto", "pyo3", "cffi", "uniffi", "bin"]
    assert properties["bindings"]["enum"] == kinds
    assert properties["sbom"]["allOf"] == [{"$ref": "#/definitions/SbomSettings"}]
    assert properties["bindings"]["default"] == "auto"
    assert properties["jobs"]["type"] == "integer"
    assert properties["env"]["additionalProperties"] == {"type": "string"}
    assert properties["features"]["items"] == {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"$ref": "#/definitions/Feature"},
        ]
    }
    definitions = schema["definitions"]
    assert definitions["ModuleSettings"]["required"] == ["name"]
    assert "from" in definitions["FilePattern"]["properties"]
    test = definitions["Condition"]["properties"]["env"]["additionalProperties"]
    assert test == {"type": ["boolean", "string"]}
    assert definitions["Override"]["required"] == ["if"]
    assert {"if", "inherit", "features"} <= set(definitions["Override"]["properties"])


def test_the_generator_writes_a_file(tmp_path):
    path = tmp_path / "schema.json"
    command = [sys.executable, "-m", "ferrule.settings.schema", str(path)]
    subprocess.run(command, check=True)
    assert path.read_text(encoding="utf-8") == render_schema()
