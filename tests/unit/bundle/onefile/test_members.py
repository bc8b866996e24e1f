"""Which file of a bundle becomes which member of a payload."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ferrule.bundle.onefile.members import make_payload
from ferrule.bundle.onefile.payload import PayloadFacts
from ferrule.errors.bundle import DecompressorError
from ferrule.formats.elf import read_elf

STD, SITE = "lib/python3.13", "lib/python3.13/site-packages"
FACTS = PayloadFacts((STD, f"{STD}/lib-dynload", SITE))
SUFFIXES = (".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so")
HEADER = bytes(16)


def made(files, **given):
    contents = {
        path: HEADER + path.encode() if path.endswith(".pyc") else path.encode()
        for path in files
    }
    contents.update(files if isinstance(files, dict) else {})
    named = {"suffixes": SUFFIXES, "own": {}, **given}
    return make_payload(contents, FACTS, **named)


def kinds(payload):
    return {name: (item.kind, item.path) for name, item in payload.modules.items()}


def test_modules_packages_and_extensions():
    payload = made(
        [
            f"{STD}/json/__init__.pyc",
            f"{STD}/json/decoder.pyc",
            f"{STD}/abc.pyc",
            f"{STD}/lib-dynload/math.cpython-313-x86_64-linux-gnu.so",
            f"{SITE}/pkg/__init__.pyc",
            f"{SITE}/pkg/_core.abi3.so",
            f"{STD}/_sysconfigdata__linux_x86_64-linux-gnu.pyc",
        ]
    )
    assert kinds(payload) == {
        "json": ("package", f"{STD}/json/__init__.pyc"),
        "json.decoder": ("module", f"{STD}/json/decoder.pyc"),
        "abc": ("module", f"{STD}/abc.pyc"),
        "math": (
            "extension",
            f"{STD}/lib-dynload/math.cpython-313-x86_64-linux-gnu.so",
        ),
        "pkg": ("package", f"{SITE}/pkg/__init__.pyc"),
        "pkg._core": ("extension", f"{SITE}/pkg/_core.abi3.so"),
        "_sysconfigdata__linux_x86_64-linux-gnu": (
            "module",
            f"{STD}/_sysconfigdata__linux_x86_64-linux-gnu.pyc",
        ),
    }
    assert payload.modules["abc"].content == f"{STD}/abc.pyc".encode()


def test_sources_are_data_and_their_bytecode_is_the_module():
    payload = made([f"{STD}/m.py", f"{STD}/__pycache__/m.cpython-313.opt-1.pyc"])
    assert payload.modules["m"].path == f"{STD}/m.py"
    assert payload.modules["m"].content.endswith(b"m.cpython-313.opt-1.pyc")
    assert set(payload.files) == {f"{STD}/m.py"}


def test_a_source_that_could_not_be_compiled_is_only_data():
    payload = made([f"{SITE}/pkg/template.py", f"{SITE}/pkg/__init__.pyc"])
    assert set(payload.modules) == {"pkg"}
    assert set(payload.files) == {f"{SITE}/pkg/template.py"}


def test_a_package_goes_before_a_module_and_an_extension_before_bytecode():
    payload = made(
        [
            f"{SITE}/a.pyc",
            f"{SITE}/a/__init__.pyc",
            f"{SITE}/b.pyc",
            f"{SITE}/b.abi3.so",
        ]
    )
    assert payload.modules["a"].kind == "package"
    assert payload.modules["b"].kind == "extension"


def test_folders_without_init_are_namespaces():
    payload = made([f"{SITE}/google/cloud/x.pyc", f"{SITE}/a-1.0.dist-info/METADATA"])
    assert kinds(payload) == {
        "google": ("namespace", f"{SITE}/google"),
        "google.cloud": ("namespace", f"{SITE}/google/cloud"),
        "google.cloud.x": ("module", f"{SITE}/google/cloud/x.pyc"),
    }
    assert f"{SITE}/a-1.0.dist-info/METADATA" in payload.files


def test_compression_without_zlib_is_refused():
    with pytest.raises(DecompressorError) as caught:
        made([f"{STD}/m.pyc"], compress=True)
    assert "its Python has no zlib" in str(caught.value)
    assert made([f"{STD}/m.pyc"], compress=True, builtins=("zlib",)).compress
    plain = made(
        [
            f"{STD}/zlib.so",
            f"{STD}/os.pyc",
            f"{STD}/encodings/utf_8.pyc",
            f"{STD}/x.pyc",
        ],
        compress=True,
    )
    spared = {name for name, item in plain.modules.items() if item.is_plain}
    assert spared == {"zlib", "os", "encodings", "encodings.utf_8"}


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> dict[str, bytes]:
    """Return c needs b needs a; a has no SONAME."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder: Path = tmp_path_factory.mktemp("libraries")
    (folder / "x.c").write_text("int x;")
    before: list[str] = []
    for name in "abc":
        soname = [] if name == "a" else [f"-Wl,-soname,lib{name}.so.1"]
        words = ["-shared", "-fPIC", "x.c", "-o", f"lib{name}.so", "-Wl,--no-as-needed"]
        subprocess.run([compiler, *words, *soname, *before], cwd=folder, check=True)
        before = [f"lib{name}.so"]
    return {name: (folder / f"lib{name}.so").read_bytes() for name in "abc"}


def test_needed_libraries_come_first(libraries):
    payload = made(
        {
            "lib/liba.so": libraries["a"],
            f"{SITE}/b.libs/libb.so.1": libraries["b"],
            f"{SITE}/c.so": libraries["c"],
        }
    )
    assert payload.needs == {
        f"{SITE}/b.libs/libb.so.1": ("lib/liba.so",),
        f"{SITE}/c.so": ("lib/liba.so", f"{SITE}/b.libs/libb.so.1"),
    }
    # The C library knows a library that is a file of memory by nothing else.
    assert read_elf(payload.libraries["lib/liba.so"]).soname == "liba.so"
