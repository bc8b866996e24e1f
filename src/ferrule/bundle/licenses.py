"""The texts of the licences of everything in a bundle, in one tree.

`licenses/` holds one folder per component, sorted by kind (`python`, `packages`,
`libraries`, `crates`), and `licenses/index.txt`: which component is under which
licence, and where its text is, or that none was found on this machine.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.model import BundleFile

if TYPE_CHECKING:
    from ferrule.bundle.packages import Package
    from ferrule.cargo.sources import CrateSource
    from ferrule.python.interpreter import Interpreter
    from ferrule.repair.owners import Owner

__all__ = [
    "FOLDER",
    "KNOWN_LICENSES",
    "PYTHON_LICENSE",
    "Licensed",
    "crate_licenses",
    "known_license",
    "library_licenses",
    "license_tree",
    "package_licenses",
    "python_licenses",
    "rust_licenses",
]

FOLDER: Final = "licenses"
PYTHON_LICENSE: Final = "Python-2.0"
_NAMES: Final = (
    *("licen[cs]e*", "copying*", "copyright*", "notice*", "unlicense*", "authors*"),
    *("mit-license*", "apache-license*", "*.license", "patents*"),
)
"""File names of licences, in lower case."""
_CODE: Final = (".py", ".pyc", ".rs", ".toml", ".so", ".sh", ".json")
_DOCUMENTS: Final = Path("/usr/share/doc")

KNOWN_LICENSES: Final[Mapping[str, str]] = {
    "libbz2": "bzip2-1.0.6",
    "libcom_err": "MIT",
    "libcrypt": "LGPL-2.1-or-later",
    "libcrypto": "Apache-2.0",
    "libdb": "Sleepycat",
    "libedit": "BSD-3-Clause",
    "libexpat": "MIT",
    "libffi": "MIT",
    "libform": "X11-distribute-modifications-variant",
    "libgcc_s": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libgdbm": "GPL-3.0-or-later",
    "libgdbm_compat": "GPL-3.0-or-later",
    "libgomp": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libintl": "LGPL-2.1-or-later",
    "liblzma": "0BSD",
    "libmpdec": "BSD-2-Clause",
    "libncurses": "X11-distribute-modifications-variant",
    "libncursesw": "X11-distribute-modifications-variant",
    "libpanel": "X11-distribute-modifications-variant",
    "libpanelw": "X11-distribute-modifications-variant",
    "libreadline": "GPL-3.0-or-later",
    "libsqlite3": "blessing",
    "libssl": "Apache-2.0",
    "libstdc++": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libtcl": "TCL",
    "libtinfo": "X11-distribute-modifications-variant",
    "libtk": "TCL",
    "libuuid": "BSD-3-Clause",
    "libX11": "MIT",
    "libz": "Zlib",
    "libzstd": "BSD-3-Clause OR GPL-2.0-only",
}
"""SPDX expressions of libraries that Python is linked to, by the start of their
names. OpenSSL is under another licence before 3.0, so its version decides."""


@dataclass(frozen=True)
class Licensed:
    """One component with the texts of its licence."""

    kind: str
    """`python`, `packages`, `libraries` or `crates`."""
    name: str
    version: str
    expression: str
    """What its metadata says; empty if nothing."""
    texts: tuple[tuple[str, Path], ...]
    """File names and files, sorted."""

    @property
    def folder(self) -> str:
        """Return its folder below `licenses`."""
        label = f"{self.name}-{self.version}" if self.version else self.name
        return f"{self.kind}/{re.sub(r'[^A-Za-z0-9._+-]', '_', label)}"


def license_tree(components: Sequence[Licensed]) -> tuple[BundleFile, ...]:
    """Return the files of all components and the index of them, sorted by path."""
    found: dict[str, BundleFile] = {}
    lines = []
    for item in sorted(components, key=lambda item: item.folder.lower()):
        what = f"{item.name} {item.version}".strip()
        names = []
        for name, path in item.texts:
            place = posixpath.join(FOLDER, item.folder, name)
            why = f"the licence of {what}"
            found.setdefault(place, BundleFile(place, path, "notice", why, owner=what))
            names.append(name)
        where = f"{item.folder}/: {', '.join(names)}" if names else "no text found"
        lines.append(f"{what}\n  {item.expression or 'no licence named'}\n  {where}\n")
    index = posixpath.join(FOLDER, "index.txt")
    text = "".join(lines).encode()
    found[index] = BundleFile(index, text, "notice", "which licences there are")
    return tuple(found[path] for path in sorted(found))


def python_licenses(interpreter: Interpreter) -> Licensed:
    """Return the licence of Python, which also tells those of what it contains."""
    library = dict(interpreter.install_paths).get("stdlib", "")
    version = "{}.{}".format(*interpreter.minor_version)
    places = (
        Path(library, "LICENSE.txt"),
        Path(interpreter.base_prefix, "LICENSE.txt"),
        Path(interpreter.base_prefix, "LICENSE"),
        _DOCUMENTS / f"python{version}" / "copyright",
    )
    text = next((path for path in places if path.is_file()), None)
    texts = () if text is None else ((f"{text.name}", text),)
    return Licensed(
        "python", "cpython", interpreter.version_text, PYTHON_LICENSE, texts
    )


def package_licenses(package: Package) -> Licensed:
    """Return the licence files of a Python package (PEP 639 and before)."""
    named = set(_named_files(package))
    texts = {}
    for item in package.files:
        folder, _, below = item.path.partition("/")
        if not folder.endswith((".dist-info", ".egg-info")) or not below:
            continue
        is_text = below.startswith("licenses/") or below in named
        if is_text or ("/" not in below and _is_license(below)):
            texts[below[len("licenses/") :] if "/" in below else below] = item.source
    return Licensed(
        "packages",
        package.name,
        package.version,
        package.license if "\n" not in package.license else "",
        tuple(sorted(texts.items())),
    )


def _named_files(package: Package) -> Iterator[str]:
    for item in package.files:
        if item.path.endswith(".dist-info/METADATA"):
            text = item.source.read_text(encoding="utf-8", errors="replace")
            for line in text.partition("\n\n")[0].splitlines():
                key, _, value = line.partition(":")
                if key.lower() == "license-file":
                    yield value.strip()


def library_licenses(
    libraries: Sequence[tuple[str, Path]], owners: Mapping[Path, Owner]
) -> Iterator[Licensed]:
    """Yield the licences of libraries: file names, and where they lay.

    Several libraries of one package of the system are one component.
    """
    done: set[tuple[str, str]] = set()
    for name, path in sorted(libraries):
        owner = owners.get(path)
        label, version = (owner.name, owner.version) if owner else (name, "")
        if (label, version) in done:
            continue
        done.add((label, version))
        text = _DOCUMENTS / label / "copyright"
        texts = (("copyright", text),) if owner and text.is_file() else ()
        yield Licensed("libraries", label, version, known_license(name), texts)


def known_license(name: str) -> str:
    """Return the licence of a library by its file name; empty if it is not known.

    >>> known_license("libz.so.1"), known_license("libssl.so.1.1")
    ('Zlib', 'OpenSSL')
    """
    stem = re.split(r"\.so|\.a$|\.dylib|\.dll|\.lib$", name, maxsplit=1)[0]
    bare = re.sub(r"(?<=[a-z])[-.]?[\d.]+$", "", stem)
    found = KNOWN_LICENSES.get(stem) or KNOWN_LICENSES.get(bare, "")
    if bare in ("libssl", "libcrypto") and re.search(r"\.so\.(10|1[.]|1$)", name):
        return "OpenSSL"
    return found


def crate_licenses(sources: Sequence[CrateSource]) -> Iterator[Licensed]:
    """Yield the licences of the crates whose code is in the program."""
    for item in sources:
        component = item.component
        if not item.is_linked:
            continue
        texts = dict(_license_files(item.folder))
        if not texts and component.source != "registry":
            texts = dict(_texts_above(item.folder))
        if item.license_file:
            path = item.folder / item.license_file
            if path.is_file():
                texts.setdefault(path.name, path)
        yield Licensed(
            "crates",
            component.name,
            component.version,
            component.license or "",
            tuple(sorted(texts.items())),
        )


def rust_licenses(sysroot: Path, release: str) -> Licensed:
    """Return the licences of Rust's standard library."""
    folder = sysroot / "share" / "doc" / "rust"
    names = ("COPYRIGHT-library.html", "COPYRIGHT", "LICENSE-APACHE", "LICENSE-MIT")
    found = {name: folder / name for name in names}
    found.update(
        (name, folder / "licenses" / name) for name in ("Apache-2.0.txt", "MIT.txt")
    )
    texts = tuple((name, path) for name, path in found.items() if path.is_file())
    return Licensed(
        "crates", "rust-std", release, "MIT OR Apache-2.0", tuple(sorted(texts))
    )


def _texts_above(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the licence files of the workspace or repository of a crate."""
    for above in folder.parents:
        is_root = (above / ".git").exists()
        found = [*_license_files(above)] if is_root or _has_manifest(above) else []
        if found or is_root:
            yield from found
            return


def _has_manifest(folder: Path) -> bool:
    return (folder / "Cargo.toml").is_file()


def _license_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the licence files of a crate, also of its folder `LICENSES` (REUSE)."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.is_file() and _is_license(path.name):
            yield path.name, path
        elif path.is_dir() and path.name.lower() in ("licenses", "license"):
            for inner in sorted(path.iterdir()):
                if inner.is_file():
                    yield f"{path.name}/{inner.name}", inner


def _is_license(name: str) -> bool:
    lower = name.lower()
    return not lower.endswith(_CODE) and any(
        fnmatchcase(lower, glob) for glob in _NAMES
    )
