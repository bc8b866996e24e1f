"""Published wheels of many systems: what LLVM's tools read is what is read."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import zipfile

import pytest

from ferrule.errors.formats import BinaryEditError, BrokenBinaryError
from ferrule.formats.elf_edit import ElfEdit, edit_elf
from ferrule.formats.image import identify, read_image
from ferrule.formats.macho import read_macho
from ferrule.formats.macho_edit import MachOEdit, edit_macho
from ferrule.formats.macho_signature import verify_signature
from ferrule.formats.pe_edit import PeEdit, edit_pe

pytestmark = pytest.mark.network

PLATFORMS = [
    "manylinux_2_17_x86_64",
    "manylinux_2_17_aarch64",
    "manylinux_2_17_s390x",
    "manylinux_2_17_armv7l",
    "musllinux_1_2_x86_64",
    "macosx_11_0_arm64",
    "macosx_10_12_x86_64",
    "win_amd64",
    "win32",
]
INIT = "PyInit_rpds"


@pytest.fixture(scope="module", params=PLATFORMS)
def module(request, tmp_path_factory):
    """Give the extension module of a small wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
    command += ["--only-binary=:all:", "--python-version", "3.12"]
    command += ["--platform", request.param, "rpds-py==0.27.1"]
    subprocess.run(command, check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [x for x in archive.namelist() if x.endswith((".so", ".pyd"))]
        (name,) = names
        return archive.read(name)


def parts(image):
    return image.slices if hasattr(image, "slices") else (image,)


def read_all(content):
    for item in parts(read_image(content)):
        _ = item.imports, item.exports, item.sections, item.undefined
        if hasattr(item, "signature"):
            _ = item.signature


def change(content):
    kind = identify(content[:8])
    if kind == "elf":
        edit = ElfEdit(soname="librpds-01234567.so", rpath=("$ORIGIN/../rpds.libs",))
        return edit_elf(content, edit).apply(content)
    if kind == "macho":
        edit = MachOEdit(rpaths=("@loader_path",))
        return edit_macho(content, edit).apply(content)
    names = {"python312.dll": "python312-0123456789abcdef.dll"}
    return edit_pe(content, PeEdit(names)).apply(content)


def test_the_module_is_understood(module, tmp_path):
    (found,) = parts(read_image(module))
    assert INIT in found.defined
    assert "PyLong_FromSsize_t" in found.undefined or "PyList_New" in found.undefined
    assert found.arch
    tool = shutil.which("llvm-readobj")
    if tool is None:
        pytest.skip("needs LLVM")
    path = tmp_path / "module"
    path.write_bytes(module)
    shown = subprocess.run(
        [tool, "--needed-libs", path], check=True, capture_output=True, text=True
    )
    rows = {row.strip() for row in shown.stdout.splitlines()}
    assert set(found.needed) - {getattr(found, "install_name", "")} <= rows


def test_a_change_keeps_symbols_and_is_what_llvm_reads(module, tmp_path):
    result = change(module)
    (before,), (after,) = parts(read_image(module)), parts(read_image(result))
    assert after.undefined == before.undefined
    assert after.defined == before.defined
    if identify(module[:8]) == "macho":
        (found,) = read_macho(result).slices
        assert found.rpaths == ("@loader_path",)
        assert verify_signature(found.image) == (found.arch == "arm64")
    tool = shutil.which("llvm-readobj")
    if tool is None:
        pytest.skip("needs LLVM")
    path = tmp_path / "module"
    path.write_bytes(result)
    options = ["--file-headers", "--sections", "--needed-libs"]
    shown = subprocess.run(
        [tool, *options, path], check=True, capture_output=True, text=True
    )
    assert "warning" not in shown.stderr
    for name in after.needed:
        assert name in shown.stdout


def test_damaged_copies_give_designed_errors(module):
    chosen = random.Random(len(module))
    allowed = (BrokenBinaryError, BinaryEditError)
    for _ in range(60):
        damaged = bytearray(module)
        for _ in range(chosen.randint(1, 20)):
            limit = chosen.choice([512, 8192, len(module)])
            damaged[chosen.randrange(limit)] = chosen.choice([0, 1, 0x7F, 0x80, 0xFF])
        if chosen.random() < 0.3:
            del damaged[chosen.randrange(16, len(damaged)) :]
        damaged[:4] = module[:4]
        for action in (read_all, change):
            try:
                action(bytes(damaged))
            except allowed as error:
                text = str(error)
            else:
                text = "fix: nothing"
            assert "fix: " in text
