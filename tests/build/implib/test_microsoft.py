"""ferrule's import libraries beside those that Microsoft's linker wrote.

They lie in the packages `org.bytedeco:cpython` with CPython's own build for Windows.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from ferrule.formats.archive import read_archive
from ferrule.implib.machine import MACHINES
from ferrule.implib.python import find_python_library

from .conftest import find_tool

pytestmark = [pytest.mark.build, pytest.mark.network]

X64, I686, _ = MACHINES


def find_library(call, version: str, classifier: str, name: str) -> bytes:
    """Return an import library of a package, which Maven fetches once."""
    local = Path.home() / ".m2" / "repository" / "org" / "bytedeco" / "cpython"
    jar = local / version / f"cpython-{version}-{classifier}.jar"
    if not jar.exists():
        coordinates = f"org.bytedeco:cpython:{version}:jar:{classifier}"
        fetch = ["dependency:get", "-Dtransitive=false", f"-Dartifact={coordinates}"]
        call(find_tool("mvn"), "-q", "-B", *fetch)
    with zipfile.ZipFile(jar) as archive:
        place = next(x for x in archive.namelist() if x.endswith(f"/{name}"))
        return archive.read(place)


def members(library: bytes) -> set[tuple[str, str, int, int, int]]:
    """Return symbol, DLL, machine, hint and type of all short entries."""
    archive = read_archive(library)
    found = set()
    for member in archive.members:
        content = bytes(archive.content(member))
        if content[:4] == b"\0\0\xff\xff":
            symbol, dll, _ = content[20:].split(b"\0")
            machine, hint, kind = struct.unpack_from("<6xH8x2H", content)
            found.add((symbol.decode(), dll.decode(), machine, hint, kind))
    return found


@pytest.mark.parametrize(
    ("python", "machine", "version", "classifier", "count"),
    [
        ("3.13", X64, "3.13.5-1.5.12", "windows-x86_64", 1655),
        ("3.11", X64, "3.11.3-1.5.9", "windows-x86_64", 1628),
        ("3.11", I686, "3.11.3-1.5.9", "windows-x86", 1629),
    ],
)
def test_members_and_hints_are_microsofts(
    call, python, machine, version, classifier, count
):
    library = find_python_library(python)
    name = f"{library.stem}.lib"
    theirs = find_library(call, version, classifier, name)
    ours = library.content(machine)
    assert members(ours) == members(theirs)
    assert len(members(ours)) == count
    # The index too, the descriptors' names among it.
    assert read_archive(ours).symbols == read_archive(theirs).symbols
    stable = find_library(call, version, classifier, "python3.lib")
    table = find_python_library(f"abi3-{python}").symbols(machine)
    prefix = "_" if machine is I686 else ""
    known = {(prefix + item.name, item.hint) for item in table}
    assert known == {(item[0], item[3]) for item in members(stable)}
