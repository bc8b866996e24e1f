"""macOS wheels: published ones whose libraries are taken out, and put back."""

from __future__ import annotations

import posixpath
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest
from made_libraries import write_wheel

from ferrule.formats.macho import read_macho
from ferrule.formats.macho_edit import MachOEdit, edit_macho
from ferrule.formats.macho_signature import verify_signature

pytestmark = [pytest.mark.build, pytest.mark.network]

CACHE = platformdirs.user_cache_path("ferrule-tests") / "wheels"


@dataclass(frozen=True)
class Published:
    """A wheel with grafts, and where its libraries lie once more."""

    requirement: str
    file: str
    platform: str
    version: str
    grafts: int
    slices: int


WHEELS = [
    Published(
        "shapely==2.1.2",
        "shapely-2.1.2-cp312-cp312-macosx_11_0_arm64.whl",
        "macosx_11_0_arm64",
        "3.12",
        2,
        1,
    ),
    Published(
        "pyzmq==27.1.0",
        "pyzmq-27.1.0-cp312-abi3-macosx_10_15_universal2.whl",
        "macosx_10_15_universal2",
        "3.12",
        2,
        2,
    ),
]


def fetch(wheel: Published, env: dict[str, str]) -> Path:
    """Return the path of a published wheel."""
    path = CACHE / wheel.file
    if not path.is_file():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
        command += ["--only-binary", ":all:", "-d", str(CACHE)]
        command += ["--platform", wheel.platform, "--python-version", wheel.version]
        subprocess.run([*command, wheel.requirement], env=env, check=True)
    return path


def is_image(path: str) -> bool:
    return path.endswith((".so", ".dylib"))


def forged(source: Path, wheel: Path, root: Path, *, through_rpath: bool) -> Path:
    """Write a wheel whose libraries lie below a root, as before any repair."""
    with zipfile.ZipFile(source) as archive:
        contents = {
            item: archive.read(item)
            for item in archive.namelist()
            if ".dist-info/" not in item and not item.endswith("/")
        }
    base = "@rpath" if through_rpath else "/opt/x"
    for path in [item for item in contents if is_image(item)]:
        needed = {
            name for part in read_macho(contents[path]).slices for name in part.needed
        }
        names = {
            name: f"{base}/{posixpath.basename(name)}"
            for name in needed
            if name.startswith("@loader_path")
        }
        rpaths = ("/opt/x",) if through_rpath else None
        edit = MachOEdit(libraries=names, rpaths=rpaths)
        content = edit_macho(contents[path], edit).apply(contents[path])
        if "/.dylibs/" in path:
            del contents[path]
            target = root / "opt" / "x" / posixpath.basename(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        else:
            contents[path] = content
    return write_wheel(wheel, contents)


def find_faults(wheel) -> list[str]:
    """Return references that lead nowhere, and signatures that do not hold."""
    faults = []
    for path in filter(is_image, sorted(wheel.names())):
        for part in read_macho(wheel.read(path)).slices:
            for name in part.needed:
                if name.startswith(("/usr/lib/", "/System/")):
                    continue
                folder = posixpath.dirname(path)
                place = posixpath.normpath(
                    name.replace("@loader_path", folder or ".", 1)
                )
                if place not in wheel.names():
                    faults.append(f"{path}: {name}")
            faults += [
                f"{path}: rpath {item}" for item in part.rpaths if item[0] == "/"
            ]
            if part.signature is not None and not verify_signature(part.image):
                faults.append(f"{path}: signature of {part.arch}")
            if part.arch == "arm64" and part.signature is None:
                faults.append(f"{path}: not signed for arm64")
    return faults


@pytest.mark.parametrize("published", WHEELS, ids=lambda item: item.requirement)
@pytest.mark.parametrize("through_rpath", [False, True], ids=["absolute", "rpath"])
def test_libraries_return_to_their_places(
    published, through_rpath, tmp_path, user_env, run_ferrule, read_wheel
):
    source = fetch(published, user_env)
    root = tmp_path / "root"
    path = tmp_path / "dist" / published.file
    wheel = forged(source, path, root, through_rpath=through_rpath)
    assert find_faults(read_wheel(wheel))
    missing = run_ferrule("repair", wheel, cwd=tmp_path)
    assert missing.returncode == 3
    arguments = ("repair", wheel, "--sysroot", root, "-o", tmp_path / "out")
    done = run_ferrule(*arguments, cwd=tmp_path).check()
    repaired = read_wheel(Path(done.stdout.strip()))
    assert find_faults(repaired) == []
    assert repaired.find_record_problems() == []
    assert repaired.path.name == published.file
    grafts = [name for name in repaired.names() if "/.dylibs/" in name]
    assert len(grafts) == published.grafts
    # The published wheel has the same libraries in the same places.
    assert set(grafts) == {
        name for name in read_wheel(source).names() if "/.dylibs/" in name
    }
    for name in grafts:
        image = read_macho(repaired.read(name))
        assert len(image.slices) == published.slices
        assert {item.install_name for item in image.slices} == {f"/DLC/{name}"}


def test_a_universal_wheel_refuses_thin_libraries(tmp_path, user_env, run_ferrule):
    published = WHEELS[1]
    root = tmp_path / "root"
    path = tmp_path / "dist" / published.file
    wheel = forged(fetch(published, user_env), path, root, through_rpath=False)
    for library in (root / "opt" / "x").iterdir():
        part = read_macho(library.read_bytes()).slices[0]
        library.write_bytes(bytes(part.image.view.data))
    done = run_ferrule("repair", wheel, "--sysroot", root, cwd=tmp_path)
    assert done.returncode == 3
    assert "it is for x86_64, not for arm64" in done.stderr
