from __future__ import annotations

import zipfile

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.wheel import UnreadableArchiveError
from ferrule.wheel.comparison import Difference, compare_wheels, is_compiled

TAG = "cp312-cp312-linux_x86_64"
METADATA = "Metadata-Version: 2.4\nName: x\nVersion: 1\n"
FILES = {
    "x/__init__.py": b"",
    "x-1.dist-info/METADATA": METADATA.encode(),
    "x-1.dist-info/WHEEL": f"Generator: g\nRoot-Is-Purelib: false\nTag: {TAG}".encode(),
    "x-1.dist-info/RECORD": b"",
    "x-1.dist-info/entry_points.txt": b"[console_scripts]\nx = x:main\n",
}


@pytest.fixture
def wheel(tmp_path):
    """Return a function that writes a wheel; None removes a file."""

    def write(*, tag=TAG, executable=(), **changes):
        folder = tmp_path / f"wheel{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        path = folder / f"x-1-{tag}.whl"
        files = {**FILES, **changes}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x-1.dist-info/", b"")
            for name, content in files.items():
                if content is not None:
                    entry = zipfile.ZipInfo(name)
                    mode = 0o755 if name in executable else 0o644
                    entry.external_attr = mode << 16
                    archive.writestr(entry, content)
        return path

    return write


def test_equal_wheels_have_no_differences(wheel):
    other = {
        "x-1.dist-info/RECORD": b"other",
        "x-1.dist-info/WHEEL": FILES["x-1.dist-info/WHEEL"].replace(b": g", b": h"),
        "x-1.dist-info/entry_points.txt": b"# c\n[console_scripts]\nx=x:main\n",
    }
    assert compare_wheels(wheel(), wheel(**other)) == []


def test_files_and_contents(wheel):
    left = wheel(**{"x/a.txt": b"1", "x/gone.txt": b""})
    right = wheel(**{"x/a.txt": b"22", "x/new.txt": b""})
    assert compare_wheels(left, right) == [
        Difference("content", "x/a.txt", "1 bytes", "2 bytes"),
        Difference("file", "x/gone.txt", "x/gone.txt", None),
        Difference("file", "x/new.txt", None, "x/new.txt"),
    ]


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ({"x/__pycache__/a.pyc": b""}, {}, "bytecode caches are left out"),
        ({"x-1.dist-info/top_level.txt": b""}, {}, "only old versions of setuptools"),
        ({}, {"x-1.dist-info/sboms/x.json": b""}, "a bill of materials"),
        ({"x-1.dist-info/sboms/x.json": b""}, {}, "a bill of materials"),
        ({"x/a": b"a\r\nb"}, {"x/a": b"a\nb"}, "line ends only"),
        (
            {"x/__init__.py": b"from .x import *\n"},
            {"x/__init__.py": b"__doc__ = _extension.__doc__\n"},
            "`__init__.py` is generated: a module may export its own name now",
        ),
    ],
)
def test_known_improvements_are_explained(wheel, left, right, reason):
    (found,) = compare_wheels(wheel(**left), wheel(**right))
    assert found.explanation is not None
    assert found.explanation.startswith(reason)


def test_bytes_of_compiled_files_are_not_compared(wheel):
    left, right = ({"x/a.exe": b"MZ" + more} for more in (b"1", b"2"))
    assert compare_wheels(wheel(**left), wheel(**right)) == []


def test_abi3_of_the_crate_explains_tag_and_name(wheel):
    name = "x/_x.cpython-312-x86_64-linux-gnu.so"
    left = wheel(**{name: b"MZ"})
    tag = "cp39-abi3-linux_x86_64"
    text = FILES["x-1.dist-info/WHEEL"].replace(TAG.encode(), tag.encode())
    right = wheel(tag=tag, **{"x/_x.abi3.so": b"MZ", "x-1.dist-info/WHEEL": text})
    found = compare_wheels(left, right)
    assert [(item.kind, item.name) for item in found] == [
        ("tag", "file name"),
        ("tag", "WHEEL Tag"),
        ("file", "x/_x.so"),
    ]
    assert all(item.explanation for item in found)


def test_another_platform_is_not_explained(wheel):
    right = wheel(tag="cp312-cp312-manylinux_2_17_x86_64")
    (found,) = compare_wheels(wheel(), right)
    assert (found.kind, found.right) == ("tag", "cp312-cp312-manylinux_2_17_x86_64")
    assert found.explanation is None


def test_a_lost_permission_is_a_difference(wheel):
    name = "x-1.data/scripts/run"
    files = {name: b"#!python\n"}
    with_mode, without = wheel(executable=[name], **files), wheel(**files)
    assert compare_wheels(with_mode, without) == [
        Difference("mode", "*.data/scripts/run", "executable", "not executable")
    ]
    (found,) = compare_wheels(without, with_mode)
    assert found.explanation == "a script keeps its permission to be run"


def test_permissions_of_modules_do_not_matter(wheel):
    name = "x/_x.abi3.so"
    files = {name: b"MZ"}
    assert compare_wheels(wheel(executable=[name], **files), wheel(**files)) == []


def test_entry_points_are_compared(wheel):
    text = b"[console_scripts]\nx = x:other\n[group]\ny = z\n"
    right = wheel(**{"x-1.dist-info/entry_points.txt": text})
    assert compare_wheels(wheel(), right) == [
        Difference("entry point", "console_scripts: x", "x:main", "x:other"),
        Difference("entry point", "group: y", None, "z"),
    ]


def test_metadata_is_compared(wheel):
    text = METADATA.encode() + b"Summary: s\n"
    right = wheel(**{"x-1.dist-info/METADATA": text})
    assert compare_wheels(wheel(), right) == [
        Difference("metadata", "Summary", None, "s")
    ]


def test_what_elf_modules_export_and_need_is_compared(wheel, elf_image):
    left, right = (
        elf_image(needed=needed, symbols=[(symbol, True, False, None)])
        for needed, symbol in (
            (["libc.so.6"], "PyInit__x"),
            (["libc.so.6", "libssl.so.3"], "PyInit_y"),
        )
    )
    name = "x/_x.so"
    found = compare_wheels(wheel(**{name: left}), wheel(**{name: right}))
    assert found == [
        Difference("module", "x/_x.so: entry points", "PyInit__x", "PyInit_y"),
        Difference(
            "module", "x/_x.so: libraries", "libc.so.6", "libc.so.6, libssl.so.3"
        ),
    ]


def test_what_is_compiled():
    assert is_compiled(b"\x7fELF...")
    assert is_compiled(b"\xca\xfe\xba\xbe\0\0\0\2")
    assert not is_compiled(b"\xca\xfe\xba\xbe\0\0\0\x34")
    assert not is_compiled(b"import os")


def test_a_damaged_archive(tmp_path):
    path = tmp_path / "x-1-py3-none-any.whl"
    path.write_bytes(b"no zip")
    with pytest.raises(UnreadableArchiveError) as caught:
        compare_wheels(path, path)
    assert str(caught.value) == (
        f"{path} cannot be read as an archive\n"
        "  it has only 6 bytes: it is no zip archive\n"
        "  fix: build it anew, or check that it was downloaded completely"
    )


def test_a_missing_archive(tmp_path):
    with pytest.raises(ReadError):
        compare_wheels(tmp_path / "a-1-py3-none-any.whl", tmp_path / "b")
