"""Asking for wheels, as far as no installer runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.bundle import RequirementsFileError
from ferrule.pipeline.bundling.packages.requested import requested_wheels
from ferrule.settings.model import BundleSettings


def request(tmp_path: Path, interpreter, **settings):
    return requested_wheels(
        BundleSettings(**settings),
        interpreter,
        root=tmp_path,
        folder=tmp_path / "got",
        store=tmp_path / "store",
        env={"PATH": ""},
    )


def test_nothing_wanted_is_nothing_done(tmp_path: Path, make_interpreter) -> None:
    assert request(tmp_path, make_interpreter()) == []
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize(
    "settings", [{"lock": "pylock.toml"}, {"requirements": ("r.txt",)}], ids=str
)
def test_missing_files(tmp_path: Path, make_interpreter, settings) -> None:
    with pytest.raises(RequirementsFileError, match="there is no such file"):
        request(tmp_path, make_interpreter(), **settings)


def test_the_lock_of_uv_needs_uv(tmp_path: Path, make_interpreter) -> None:
    (tmp_path / "uv.lock").write_text("")
    with pytest.raises(RequirementsFileError, match="uv export --format"):
        request(tmp_path, make_interpreter(), lock="uv.lock")
