"""Failures of linking with Python, by each linker that is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ferrule.formats.elf import read_elf
from tests.build.static_pythons import PRETENDED, USER, links

pytestmark = pytest.mark.build

PYTHON_WITH_ZLIB = PRETENDED.replace("return", "inflateEnd(&data); return")


@pytest.fixture
def program(tmp_path) -> Path:
    path = tmp_path / "app.rs"
    path.write_text(USER)
    return path


def compile_object(folder: Path, *options: str, code: str = PRETENDED) -> Path:
    source = folder / "zlibmodule.c"
    source.write_text(code)
    path = folder / "zlibmodule.o"
    command = ["gcc", *options, "-w", "-c", source, "-o", path]
    subprocess.run(command, check=True)
    return path


def archive(folder: Path, path: Path) -> list[str]:
    """Make a libpython.a of one object; return how rustc links it."""
    subprocess.run(["ar", "rcs", folder / "libpython3.77.a", path], check=True)
    return ["-L", str(folder), "-lstatic=python3.77"]


def test_symbols_of_python_are_missing(failing, program, linker, tmp_path):
    failure = failing("rustc", *linker, program, cwd=tmp_path)
    diagnosis = failure.only("undefined-python-symbols")
    assert "PyList_New" in diagnosis.meaning
    assert "PyExc_ValueError" in diagnosis.meaning
    assert diagnosis.fix.startswith("ferrule test")


def test_libpython_is_missing(failing, program, linker, tmp_path):
    failure = failing("rustc", *linker, "-lpython3.77", program, cwd=tmp_path)
    diagnosis = failure.only("missing-libpython-link")
    assert "libpython3.77 " in diagnosis.meaning
    assert "libpython3.77-dev" in str(diagnosis.fixes)


def test_a_static_libpython_is_missing(failing, program, tmp_path):
    failure = failing("rustc", "-lstatic=python3.77", program, cwd=tmp_path)
    failure.only("missing-libpython-link")


def test_an_import_library_is_missing(failing, program, linker, tmp_path):
    # As MinGW's linkers say it, which are GNU ld and lld.
    failure = failing("rustc", *linker, "-lpython312", program, cwd=tmp_path)
    if "library not found: python312" in failure.text:
        pytest.skip("mold does not link for Windows")
    failure.only("import-library-missing")


def test_an_object_is_not_position_independent(failing, program, linker, tmp_path):
    path = compile_object(tmp_path, "-fno-pic", "-fno-pie", "-O0")
    command = ["rustc", *linker, *archive(tmp_path, path), program]
    if links(*command[1:], cwd=tmp_path):
        pytest.skip("this linker accepts it")
    diagnosis = failing(*command, cwd=tmp_path).only("pie-relocation")
    assert "libpython3.77" in diagnosis.meaning
    assert "relocation-model=static" in str(diagnosis.fixes)


@pytest.mark.parametrize("name", ["bfd", "gold", "mold"])
def test_another_version_of_gcc_made_the_objects(
    failing, program, linkers, tmp_path, name
):
    if name not in linkers:
        pytest.skip(f"{name} is not installed")
    path = compile_object(tmp_path, "-flto", "-fPIC", "-O1")
    age(path)
    static = archive(tmp_path, path)
    # An archive of LTO objects needs an index that gcc's plugin makes.
    subprocess.run(
        ["gcc-ranlib", tmp_path / "libpython3.77.a"], check=True, capture_output=True
    )
    failure = failing("rustc", *linkers[name], *static, program, cwd=tmp_path)
    diagnosis = failure.only("lto-version-mismatch")
    assert "libpython3.77.a was made by GCC with LTO format 6." in diagnosis.meaning


def age(path: Path) -> None:
    """Say in an object that GCC's intermediate code has the format 6."""
    content = bytearray(path.read_bytes())
    for section in read_sections(content):
        if section[0].startswith(".gnu.lto_.lto."):
            content[section[1]] = 6
    path.write_bytes(content)


def read_sections(content: bytes) -> list[tuple[str, int]]:
    """Return name and offset of each section of a 64-bit object."""
    import struct

    (table,) = struct.unpack_from("<Q", content, 40)
    size, count, names = struct.unpack_from("<HHH", content, 58)
    headers = [
        struct.unpack_from("<IIQQQQ", content, table + n * size) for n in range(count)
    ]
    base = headers[names][4]
    return [
        (content[base + item[0] :].split(b"\0", 1)[0].decode(), item[4])
        for item in headers
    ]


@pytest.mark.parametrize("name", ["bfd", "gold", "mold"])
def test_the_archive_is_bitcode(failing, program, linkers, tmp_path, name):
    if name not in linkers:
        pytest.skip(f"{name} is not installed")
    source = tmp_path / "python.rs"
    source.write_text(
        "#![no_std]\n"
        "#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }\n"
        '#[no_mangle] pub extern "C" fn PyList_New() {}\n'
    )
    library = tmp_path / "libpython3.77.a"
    command = ["rustc", "--crate-type=staticlib", "-Cpanic=abort", "-o", library]
    subprocess.run([*command, "-Clinker-plugin-lto", source], check=True)
    # Not as a library of rustc, which would look into the archive itself.
    words = [*linkers[name], f"-Clink-arg={library}"]
    failure = failing("rustc", *words, program, cwd=tmp_path)
    failure.only("bitcode-libpython")


def test_libraries_of_built_in_modules_are_missing(failing, program, linker, tmp_path):
    path = compile_object(tmp_path, "-fPIC", code=PYTHON_WITH_ZLIB)
    command = ["rustc", *linker, *archive(tmp_path, path), program]
    diagnosis = failing(*command, cwd=tmp_path).only("missing-modlibs")
    assert diagnosis.meaning.startswith("inflateEnd: ")
    assert "libpython3.77.a is a static Python" in diagnosis.meaning


def test_libpython_is_for_another_architecture(failing, program, linker, tmp_path):
    path = compile_object(tmp_path, "-fPIC")
    library = tmp_path / "libpython3.77.so"
    subprocess.run(["gcc", "-shared", path, "-o", library], check=True)
    content = bytearray(library.read_bytes())
    content[18] = 183 if content[18] == 62 else 62  # e_machine: AArch64, x86-64
    library.write_bytes(content)
    words = ["-L", str(tmp_path), "-ldylib=python3.77"]
    failure = failing("rustc", *linker, *words, program, cwd=tmp_path)
    diagnosis = failure.only("wrong-architecture-link")
    assert "libpython3.77.so is not for" in diagnosis.meaning


def test_pypy_cannot_be_linked(failing, program, linker, tmp_path):
    program.write_text(USER.replace("Py", "PyPy"))
    failure = failing("rustc", *linker, program, cwd=tmp_path)
    failure.only("pypy-embedding")


def test_a_program_does_not_find_libpython(failing, program, tmp_path):
    path = compile_object(tmp_path, "-fPIC")
    name = "libpython3.77.so.1.0"
    command = ["gcc", "-shared", f"-Wl,-soname,{name}", path, "-o"]
    subprocess.run([*command, tmp_path / "libpython3.77.so"], check=True)
    words = ["-L", str(tmp_path), "-lpython3.77", "-o", tmp_path / "app"]
    subprocess.run(["rustc", *words, program], check=True, cwd=tmp_path)
    assert name in read_elf(tmp_path / "app").needed
    diagnosis = failing(tmp_path / "app", cwd=tmp_path).only("missing-libpython-run")
    assert f"is linked to {name}, and the loader" in diagnosis.meaning
    assert diagnosis.fix.startswith("ferrule run")
