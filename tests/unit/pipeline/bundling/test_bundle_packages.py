"""Getting the packages of a bundle, as far as no installer runs."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from ferrule.errors.bundle import BundlePackageError, RequirementsFileError
from ferrule.errors.wheel_file import WrongRecordError
from ferrule.pipeline.bundling.packages import (
    environment_packages,
    requested_wheels,
    unpacked_wheel,
)
from ferrule.settings.model import BundleSettings

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
    assert [path.name for path in store.iterdir()] == [package.key]


def test_content_that_record_does_not_know_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, wrong="thing/__init__.py")
    with pytest.raises(WrongRecordError, match="thing/__init__"):
        unpacked_wheel(wheel, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def request(tmp_path: Path, interpreter, **settings):
    return requested_wheels(
        BundleSettings(**settings),
        interpreter,
        root=tmp_path,
        folder=tmp_path / "got",
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


def test_the_environment_of_another_python(tmp_path: Path, make_interpreter) -> None:
    interpreter = make_interpreter(soabi="cpython-27-other")
    with pytest.raises(BundlePackageError, match="cannot join the bundle") as caught:
        environment_packages(Path(sys.prefix), interpreter, {"PATH": ""})
    assert "--python" in str(caught.value)
    with pytest.raises(BundlePackageError, match="cannot join the bundle"):
        environment_packages(tmp_path, interpreter, {"PATH": ""})
