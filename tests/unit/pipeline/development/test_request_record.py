"""The record with which an editable install is built again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.errors.editable_record import RecordError
from ferrule.pipeline.development.request_record import (
    make_record,
    place_label,
    read_record,
    write_request,
)
from ferrule.pipeline.request import Request

ENV = {
    "PATH": "/bin",
    "HOME": "/home/somebody",
    "CARGO": "/bin/sh",
    "CARGO_TARGET_DIR": "/target",
    "CARGO_REGISTRY_TOKEN": "secret",
    "CARGO_PKG_NAME": "caller",
    "RUSTFLAGS": "-C debuginfo=0",
    "FERRULE_REBUILD_ON_IMPORT": "true",
    "FERRULE_PROFILE": "fast",
}


def _request(**more: object) -> Request:
    return replace(Request(Path("/project"), ENV, "editable"), **more)  # type: ignore[arg-type]


def test_what_is_recorded_comes_back(tmp_path: Path) -> None:
    request = _request(command_line={"features": ["a"], "locked": True}, package="one")
    path = tmp_path / "request.json"
    write_request(path, make_record(request, None, "demo", {"metadata": "1"}))
    record = read_record(path)
    assert record.installed == {"metadata": "1"}
    now = {"PATH": "/usr/bin", "RUSTFLAGS": "-C other", "PYO3_NO_PYTHON": "1"}
    again = record.to_request({**now, "CARGO_REGISTRY_TOKEN": "new"}, "/venv/python")
    assert again.start == Path("/project")
    assert again.package == "one"
    assert again.selectors == ("/venv/python",)
    assert again.command_line == {"features": ("a",), "locked": True}
    assert again.env["PATH"] == "/usr/bin:/bin"
    assert again.env["RUSTFLAGS"] == "-C debuginfo=0"
    assert again.env["CARGO_REGISTRY_TOKEN"] == "new"
    assert "PYO3_NO_PYTHON" not in again.env


def test_secrets_and_passing_variables_are_not_recorded(tmp_path: Path) -> None:
    text = make_record(_request(), None, "demo", {}).to_text()
    assert set(json.loads(text)["env"]) == {
        "CARGO",
        "CARGO_TARGET_DIR",
        "FERRULE_PROFILE",
        "RUSTFLAGS",
    }


@pytest.mark.parametrize(
    ("more", "is_same"),
    [
        pytest.param({"command_line": {"rebuild_on_import": True}}, True, id="finder"),
        pytest.param({"config_settings": {}}, True, id="no-settings"),
        pytest.param({"config_settings": {"profile": "release"}}, False, id="profile"),
        pytest.param({"command_line": {"features": ["a"]}}, False, id="features"),
        pytest.param({"env": {**ENV, "RUSTFLAGS": ""}}, False, id="variables"),
        pytest.param({"env": {**ENV, "HOME": "/other"}}, True, id="home"),
    ],
)
def test_what_decides_the_place(more, is_same) -> None:
    root = Path("/project")
    label = place_label(_request(), root, None)
    assert (place_label(_request(**more), root, None) == label) == is_same
    assert place_label(_request(**more), Path("/checkout"), None) != label


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("{", "Expecting", id="no-json"),
        pytest.param('{"schema": 0}', "another release of ferrule wrote it", id="old"),
        pytest.param('{"schema": 1}', "it has no 'distribution'", id="incomplete"),
    ],
)
def test_unreadable_records(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    with pytest.raises(RecordError) as caught:
        read_record(path)
    assert "which says how the editable install was made" in str(caught.value)
    assert reason in str(caught.value)
    assert "run `ferrule develop` again" in str(caught.value)


def test_a_missing_record(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        read_record(tmp_path / "request.json")
