"""What `inspect_wheel` gathers. The wheels are those of tests/unit/report."""

from __future__ import annotations

import json
import zipfile

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.wheel_file import BrokenWheelError
from ferrule.pipeline.finished.inspection import inspect_wheel


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a wheel without a RECORD worth the name."""

    def make(files, name="pkg-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"):
        path = tmp_path / name
        members = {
            "pkg-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pkg\n"
            "Version: 1.0\n",
            "pkg-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\n",
            "pkg-1.0.dist-info/RECORD": "",
            **files,
        }
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return make


def test_the_file(write):
    path = write({"pkg/__init__.py": "x" * 100})
    found = inspect_wheel(path)
    assert found.header.filename == path.name
    assert found.header.tags == ("cp39-abi3-manylinux_2_17_x86_64",)
    assert found.header.size == path.stat().st_size
    assert found.header.members == 4
    assert len(found.header.sha256) == 64
    assert found.header.generator == "hand"
    assert found.sizes.size == found.header.unpacked
    assert found.record.verified == 0
    assert any("pkg/__init__.py" in item for item in found.record.problems)


def test_json_is_plain_data(write):
    data = json.loads(json.dumps(inspect_wheel(write({"pkg/a.py": "1"})).to_json()))
    assert data["schema"] == 1
    assert data["sizes"]["kind"] == "folder"
    assert all(item.keys() >= {"rule", "severity"} for item in data["findings"])


def test_a_module(write, elf_image):
    module = elf_image(
        needed=[
            "libfoo.so.1",
            "libbar-1234abcd.so",
            "libc.so.6",
            "libpython3.9.so.1.0",
        ],
        runpath="$ORIGIN/../pkg.libs",
        symbols=[
            ("PyObject_GetBuffer", False, False, ""),
            ("_PyLong_Secret", False, False, ""),
            ("memcpy", False, False, "GLIBC_2.14"),
            ("PyInit_core", True, False, ""),
        ],
        versions={"libc.so.6": ["GLIBC_2.14", "GLIBC_2.2.5"]},
    )
    found = inspect_wheel(
        write(
            {
                "pkg/core.abi3.so": module,
                "pkg.libs/libbar-1234abcd.so": elf_image(soname="libbar-1234abcd.so"),
            }
        )
    )
    binary = next(item for item in found.binaries if item.inits)
    assert binary.python_abi == "abi3"
    assert binary.inits == ("PyInit_core",)
    assert binary.rpaths == ("$ORIGIN/../pkg.libs",)
    assert {item.name: item.group for item in binary.libraries} == {
        "libfoo.so.1": "external",
        "libbar-1234abcd.so": "grafted",
        "libc.so.6": "system",
        "libpython3.9.so.1.0": "python",
    }
    libc = next(item for item in binary.libraries if item.name == "libc.so.6")
    assert libc.versions == ("GLIBC_2.2.5", "GLIBC_2.14")
    (abi,) = found.stable_abi
    assert (abi.claimed, abi.needed) == ("3.9", "")
    assert dict(abi.symbols) == {"PyObject_GetBuffer": "3.11", "_PyLong_Secret": ""}
    assert found.verdict.state == "too wide"


def test_a_broken_binary_is_a_finding(write, elf_image):
    module = elf_image(needed=["libc.so.6"])
    found = inspect_wheel(write({"pkg/core.abi3.so": module[:70]}))
    assert found.binaries == ()
    assert any(item.path == "pkg/core.abi3.so" for item in found.findings)


def test_a_wheel_without_binaries_is_right(write):
    found = inspect_wheel(write({"pkg/a.py": "1"}, "pkg-1.0-py3-none-any.whl"))
    assert found.verdict.state == "right"
    assert found.verdict.ladder == ()
    assert found.verdict.summary == "There are no binaries in it, so any holds."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no json", ("", ())),
        ("[" * 100_000, ("", ())),
        ("[1]", ("", ())),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', ("CycloneDX 1.6", ())),
        (
            (
                '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "b"}, '
                '{"name": "a", "versionInfo": "1"}]}'
            ),
            ("SPDX 2.3", ("a 1", "b")),
        ),
        (
            '{"bomFormat": "CycloneDX", "components": [7, {"name": "x"}]}',
            ("CycloneDX", ("x",)),
        ),
    ],
)
def test_bills_of_materials(write, text, shown):
    found = inspect_wheel(write({"pkg-1.0.dist-info/sboms/a.json": text}))
    (bom,) = found.boms
    assert (bom.format, bom.components) == shown


def test_what_is_no_wheel_is_refused(tmp_path):
    path = tmp_path / "pkg-1.0-py3-none-any.whl"
    with pytest.raises(ReadError):
        inspect_wheel(path)
    path.write_bytes(b"PK nothing")
    with pytest.raises(BrokenWheelError):
        inspect_wheel(path)
