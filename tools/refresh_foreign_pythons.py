"""Refresh `src/ferrule/python/foreign_pythons.json`: `python tools/... FOLDER`.

FOLDER holds what the table is read from, as the registries give it:

  libpython3.*-minimal_*_ARCH.deb     `apt-get download`: every architecture of Debian
  pyodide-*.tgz                       `npm pack pyodide@VERSION`
  cpython-*-macosx-*.jar              Maven, org.bytedeco:cpython
  python-resources-*.jar              Maven, org.graalvm.python:python-resources
  maturin-sysconfig/*.txt             the folder `sysconfig` of maturin's repository:
                                      what `python -m sysconfig` printed somewhere
  maturin-json/{linux,macos,...}.json `src/python_interpreter/sysconfig-*.json` of
                                      maturin before its commit d2806bb6
  *.whl                               wheels of projects that a Python of the
                                      platform has built: the file names of modules

Further arguments are interpreters of this machine, which are run. Nothing else is:
`_sysconfigdata*.py` is read as a literal.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from ferrule.python.sysconfigdata import read_variables

TARGET: Final = Path(__file__).parent.parent / "src/ferrule/python/foreign_pythons.json"
VARIABLES: Final = (
    *("SOABI", "EXT_SUFFIX", "LDVERSION", "VERSION", "SIZEOF_VOID_P"),
    *("Py_ENABLE_SHARED", "Py_GIL_DISABLED", "Py_DEBUG", "PYTHONFRAMEWORK"),
    "SOABI_PLATFORM",
)
SCRIPT: Final = f"""\
import json, sysconfig
names = {VARIABLES!r}
values = {{name: sysconfig.get_config_var(name) for name in names}}
print(json.dumps(dict(values, platform=sysconfig.get_platform())))
"""
TRIPLETS: Final = {
    "x86_64-linux-gnu": "x86_64-unknown-linux-gnu",
    "i386-linux-gnu": "i686-unknown-linux-gnu",
    "aarch64-linux-gnu": "aarch64-unknown-linux-gnu",
    "arm-linux-gnueabihf": "armv7-unknown-linux-gnueabihf",
    "arm-linux-gnueabi": "armv5te-unknown-linux-gnueabi",
    "powerpc64le-linux-gnu": "powerpc64le-unknown-linux-gnu",
    "s390x-linux-gnu": "s390x-unknown-linux-gnu",
    "riscv64-linux-gnu": "riscv64gc-unknown-linux-gnu",
}
LINUX: Final = {
    "i686": "i686-unknown-linux-{libc}",
    "x86_64": "x86_64-unknown-linux-{libc}",
    "aarch64": "aarch64-unknown-linux-{libc}",
    "armv7l": "armv7-unknown-linux-{libc}eabihf",
    "armv6l": "arm-unknown-linux-{libc}eabihf",
    "ppc64le": "powerpc64le-unknown-linux-{libc}",
    "s390x": "s390x-unknown-linux-{libc}",
    "riscv64": "riscv64gc-unknown-linux-{libc}",
}
OTHERS: Final = {
    "win_amd64": "x86_64-pc-windows-msvc",
    "win_arm64": "aarch64-pc-windows-msvc",
    "win32": "i686-pc-windows-msvc",
    "android_24_arm64_v8a": "aarch64-linux-android",
    "android_24_x86_64": "x86_64-linux-android",
    "ios_13_0_arm64_iphoneos": "aarch64-apple-ios",
    "ios_13_0_arm64_iphonesimulator": "aarch64-apple-ios-sim",
    "ios_13_0_x86_64_iphonesimulator": "x86_64-apple-ios",
}
PATTERNS: Final = {
    "windows": {
        "x86_64": "x86_64-pc-windows-msvc",
        "i686": "i686-pc-windows-msvc",
        "aarch64": "aarch64-pc-windows-msvc",
    },
    "macos": {"x86_64": "x86_64-apple-darwin", "aarch64": "aarch64-apple-darwin"},
    "emscripten": {"wasm32": "wasm32-unknown-emscripten"},
    "freebsd": {
        "x86_64": "x86_64-unknown-freebsd",
        "i686": "i686-unknown-freebsd",
        "aarch64": "aarch64-unknown-freebsd",
        "armv7l": "armv7-unknown-freebsd",
    },
    "linux": {machine: text.format(libc="gnu") for machine, text in LINUX.items()},
}
NAMES: Final = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}


@dataclass
class Row:
    """One Python of one target; None is for what its source does not say."""

    implementation: str
    version: str
    """With the letters `t` and `d`, such as `3.14t`."""
    target: str
    ext_suffix: str
    soabi: str | None = None
    ld_version: str | None = None
    width: int | None = None
    shared: bool | None = None
    platform: str | None = None
    tag: str | None = None
    """The platform tag of its wheels, where nothing else tells it."""


Found = Iterator[tuple[Row, str]]
"""Rows with the sentence that names their source and its licence."""


def from_variables(
    values: Mapping[str, Any], target: str, implementation: str = "CPython"
) -> Row:
    """Return the row of a Python that says itself what it is."""
    flags = "t" if str(values.get("Py_GIL_DISABLED")) == "1" else ""
    flags += "d" if str(values.get("Py_DEBUG")) == "1" else ""
    shared, width = values.get("Py_ENABLE_SHARED"), values.get("SIZEOF_VOID_P")
    return Row(
        implementation,
        f"{values['VERSION']}{flags}",
        target,
        values["EXT_SUFFIX"],
        values.get("SOABI"),
        values.get("LDVERSION"),
        int(width) * 8 if width else None,
        None
        if shared is None
        else str(shared) == "1" or bool(values.get("PYTHONFRAMEWORK")),
        values.get("platform"),
        pyodide_tag(values),
    )


def pyodide_tag(values: Mapping[str, Any]) -> str | None:
    """Return the platform tag of Pyodide (PEP 783, and what came before it)."""
    for variable, family in (
        ("PYEMSCRIPTEN_PLATFORM_VERSION", "pyemscripten"),
        ("PYODIDE_ABI_VERSION", "pyodide"),
    ):
        if values.get(variable):
            return f"{family}_{values[variable]}_wasm32"
    return None


def read_literal(content: bytes) -> dict[str, Any]:
    """Return `build_time_vars` of a `_sysconfigdata*.py`."""
    values = read_variables(content)
    if values is None:
        raise SystemExit("a _sysconfigdata without variables")
    return {str(name): value for name, value in values.items()}


def from_debian(path: Path) -> Found:
    """Read a package of Debian."""
    data = subprocess.run(
        [shutil.which("dpkg-deb") or "dpkg-deb", "--fsys-tarfile", str(path)],
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive.getmembers():
            name = member.name.rpartition("/")[2]
            stream = archive.extractfile(member) if member.isfile() else None
            if stream and name.startswith("_sysconfigdata"):
                triplet = re.sub(r"_sysconfigdata__(linux_)?|\.py$", "", name)
                values = read_literal(stream.read())
                source = f"Debian {path.stem} (PSF-2.0)"
                yield from_variables(values, TRIPLETS[triplet]), source


def from_pyodide(path: Path) -> Found:
    """Read Pyodide's package for npm."""
    with tarfile.open(path) as archive:
        stream = archive.extractfile("package/python_stdlib.zip")
        content = stream.read() if stream is not None else b""
        with zipfile.ZipFile(io.BytesIO(content)) as library:
            for name in library.namelist():
                if name.startswith("_sysconfigdata"):
                    values = read_literal(library.read(name))
                    row = from_variables(values, "wasm32-unknown-emscripten")
                    yield row, f"npm {path.stem} (MPL-2.0)"


def from_jar(path: Path) -> Found:
    """Read CPython for macOS, or the modules of GraalPy."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in names:
            if "_sysconfigdata_" in name and name.endswith(".py"):
                machine = "aarch64" if "arm64" in path.stem else "x86_64"
                values = read_literal(archive.read(name))
                row = from_variables(values, f"{machine}-apple-darwin")
                yield row, f"Maven org.bytedeco:{path.stem} (PSF-2.0)"
        pattern = r"\.graalpy\d+-(\d)(\d+)-native-(\w+)-(\w+)\.(?:so|pyd)$"
        found = {
            match[0]: match for match in map(re.compile(pattern).search, names) if match
        }
        systems = {
            "linux": "unknown-linux-gnu",
            "darwin": "apple-darwin",
            "win32": "pc-windows-msvc",
        }
        for suffix, match in found.items():
            target = f"{match[3]}-{systems[match[4]]}"
            row = Row("GraalVM", f"{match[1]}.{match[2]}", target, suffix)
            yield row, f"Maven org.graalvm.python:{path.stem} (UPL-1.0)"


def from_text(path: Path) -> Found:
    """Read what `python -m sysconfig` printed, as maturin's repository keeps it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    values: dict[str, Any] = dict(re.findall(r'(?m)^\t(\w+) = "(.*)"$', text))
    platform = re.search(r'(?m)^Platform: "(.*)"$', text)
    if "EXT_SUFFIX" not in values or platform is None:
        return
    values["platform"] = platform[1]
    values["VERSION"] = values["py_version_short"]
    target = target_of_platform(platform[1], values["EXT_SUFFIX"])
    words = path.stem.split("-")
    is_old = values["VERSION"] == "3.6" or values["EXT_SUFFIX"] == ".pyd"
    if target and words[0] in NAMES and not is_old:
        row = from_variables(values, target, NAMES[words[0]])
        yield row, f"maturin's sysconfig/{path.name} (MIT OR Apache-2.0)"


def target_of_platform(platform: str, suffix: str) -> str:
    """Return the target of a `sysconfig.get_platform()`; empty if it is none."""
    for triplet, target in TRIPLETS.items():
        if triplet in suffix:
            return target
    system, _, rest = platform.partition("-")
    machine = rest.rpartition("-")[2]
    if system == "linux" and machine in LINUX and not suffix.startswith(".cpython"):
        # CPython without a triplet is one for something else, such as Termux.
        return LINUX[machine].format(libc="gnu")
    if system == "macosx":
        return PATTERNS["macos"]["aarch64" if machine == "arm64" else machine]
    if system == "freebsd" and "POWER" not in platform:
        names = {"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7"}
        return f"{names[machine]}-unknown-freebsd" if machine in names else ""
    return OTHERS.get(platform.replace("-", "_"), "")


def from_json(path: Path) -> Found:
    """Read a table that maturin shipped up to release 1.8."""
    for machine, rows in json.loads(path.read_text(encoding="utf-8")).items():
        target = PATTERNS.get(path.stem, {}).get(machine)
        for item in rows if target else ():
            if item["minor"] < 7:
                continue
            name = NAMES[item["interpreter"]]
            version = f"{item['major']}.{item['minor']}"
            if path.stem == "windows" and version == "3.7" and name == "CPython":
                # Its sysconfig says `.pyd`; what is built with it says more.
                continue
            row = Row(name, version, target or "", item["ext_suffix"])
            yield row, f"maturin's sysconfig-{path.name} (MIT OR Apache-2.0)"


def from_wheel(path: Path) -> Found:
    """Read the file name of a module that a Python of the platform has built."""
    *_, python, abi, platform = path.stem.split("-")
    first = platform.split(".")[0]
    machine = re.sub(r"^(manylinux(_\d+_\d+|\d+)|musllinux_\d+_\d+)_", "", first)
    target = OTHERS.get(first)
    if first.startswith(("manylinux", "musllinux")):
        libc = "musl" if first.startswith("musl") else "gnu"
        target = LINUX[machine].format(libc=libc)
    elif first.startswith("macosx"):
        name = first.split("_", 3)[3]
        target = PATTERNS["macos"]["aarch64" if name == "arm64" else name]
    if target is None or not abi.startswith("cp"):
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = re.search(r"\.(cpython-|cp)\d.*\.(so|pyd)$", name)
            if match:
                version = f"3.{python[3:]}" + ("t" if abi.endswith("t") else "")
                yield Row("CPython", version, target, match[0]), f"PyPI {path.name}"
                return


def from_interpreter(path: str) -> Found:
    """Ask an interpreter of this machine."""
    done = subprocess.run([path, "-c", SCRIPT], capture_output=True, check=True)
    values = json.loads(done.stdout)
    target = target_of_platform(values["platform"], values["EXT_SUFFIX"])
    yield from_variables(values, target), "an interpreter built by pyenv (PSF-2.0)"


def read_sources(folder: Path, interpreters: list[str]) -> Found:
    """Read everything, what a Python says of itself first."""
    for path in interpreters:
        yield from from_interpreter(path)
    for pattern, read in (
        ("*.deb", from_debian),
        ("*.tgz", from_pyodide),
        ("*.jar", from_jar),
        ("maturin-sysconfig/*.txt", from_text),
        ("*.whl", from_wheel),
        ("maturin-json/*.json", from_json),
    ):
        for item in sorted(folder.glob(pattern)):
            yield from read(item)


def merge(found: Found) -> tuple[list[Row], list[str]]:
    """Return one row for each Python and target, and the names of the sources."""
    rows: dict[tuple[str, str, str], Row] = {}
    sources: dict[str, None] = {}
    for row, source in found:
        key = (row.implementation, row.version, row.target)
        known = rows.setdefault(key, row)
        sources[source] = None
        if known.ext_suffix != row.ext_suffix:
            print(f"{key}: {known.ext_suffix} or {row.ext_suffix} ({source})")
        for field in fields(Row):
            if getattr(known, field.name) is None:
                setattr(known, field.name, getattr(row, field.name))
    order = sorted(rows, key=lambda key: (key[0], key[2], _minor(key[1]), key[1]))
    return [rows[key] for key in order], sorted(sources)


def _minor(version: str) -> int:
    return int(re.findall(r"\d+", version)[1])


def main() -> int:
    """Write the table; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("interpreters", nargs="*")
    options = parser.parse_args()
    rows, sources = merge(read_sources(options.folder, options.interpreters))
    names = [field.name for field in fields(Row)]
    lines = [
        json.dumps([getattr(row, name) for name in names], separators=(",", ":"))
        for row in rows
    ]
    head = ",\n".join(f"  {json.dumps(source)}" for source in sources)
    text = (
        f'{{"fields": {json.dumps(names)},\n"sources": [\n{head}],\n"pythons": [\n'
        + ",\n".join(lines)
        + "\n]}\n"
    )
    TARGET.write_text(text, encoding="utf-8")
    print(f"{len(rows)} Pythons from {len(sources)} sources, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
