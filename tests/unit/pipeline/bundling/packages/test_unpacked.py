"""Unpacking the wheels of a bundle."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from ferrule.errors.wheel_file import WrongRecordError
from ferrule.pipeline.bundling.packages.unpacked import unpacked_wheel

FILES = {
    "thing/__init__.py": "VALUE = 1\n",
    "thing-1.0.data/scripts/tool": "#!python\n",
    "thing-1.0.data/data/share/x.txt": "data\n",
    "thing-1.0.dist-info/METADATA": "Name: thing\nVersion: 1.0\nLicense: MIT\n",
    "thing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\n",
}


def write_wheel(folder: Path, *, wrong: str = "") -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    lines = []
    for name, text in FILES.items():
        content = (text + "other" * (name == wrong)).encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        lines.append(f"{name},sha256={digest.decode().rstrip('=')},")
    record = "thing-1.0.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
        archive.writestr(record, "\n".join([*lines, f"{record},,"]) + "\n")
    return path


def test_a_wheel_is_unpacked_once(tmp_path: Path) -> None:
    wheel, store = write_wheel(tmp_path), tmp_path / "store"
    store.mkdir()
    package = unpacked_wheel(wheel, store)
    assert (package.label, package.license) == ("thing 1.0", "MIT")
    assert [(item.root, item.path) for item in package.files] == [
        ("home", "share/x.txt"),
        ("packages", "thing-1.0.dist-info/METADATA"),
        ("packages", "thing-1.0.dist-info/WHEEL"),
        ("packages", "thing/__init__.py"),
    ]
    source = package.files[-1].source
    assert source.read_text() == "VALUE = 1\n"
    time_ns = source.stat().st_mtime_ns
    assert unpacked_wheel(wheel, store) == package
    assert source.stat().st_mtime_ns == time_ns
    names = sorted(path.name for path in store.iterdir())
    assert names == [package.key, f"{package.key}.sha256"]
    source.write_text("VALUE = 2\n")
    assert unpacked_wheel(wheel, store) == package
    assert source.read_text() == "VALUE = 1\n"


def test_content_that_record_does_not_know_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, wrong="thing/__init__.py")
    with pytest.raises(WrongRecordError, match="thing/__init__"):
        unpacked_wheel(wheel, tmp_path / "store")
    assert not (tmp_path / "store").exists()
