"""What the Python and ABI tags of a wheel promise.

Standards: PEP 425 (tags), PEP 384 (abi3), PEP 803 (abi3t), PEP 3149 and
CPython's `EXTENSION_SUFFIXES` (names of modules).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.wheel.tags import WheelTag

__all__ = ["FIRST_ABI3T", "ModuleName", "Promise", "module_name", "oldest_minor"]

FIRST_ABI3T = 15
"""The first minor version of CPython with abi3t (PEP 803)."""


@dataclass(frozen=True)
class Promise:
    """Which Pythons load the modules of a wheel, as its tag says."""

    text: str
    """Python and ABI tag, for example `cp39-abi3`."""
    abi3: bool
    abi3t: bool
    floor: int | None
    """The lowest minor version of CPython that is named; None if none is."""
    version: str
    """`311`, `313t` for a wheel of one CPython; empty for all others."""
    python2: bool = False
    """Whether some Python 2 is named, whose modules export `initNAME`."""

    @classmethod
    def of_tag(cls, tag: WheelTag) -> Promise:
        """Return what a wheel's tag promises."""
        pythons, abis = tag.python.split("."), set(tag.abi.split("."))
        minors = [
            int(name[3:])
            for name in pythons
            if name.startswith("cp3") and name[3:].isdecimal()
        ]
        versions = [name[2:] for name in abis if name.startswith("cp3")]
        stable = "abi3" in abis or "abi3t" in abis
        version = versions[0] if len(versions) == 1 and not stable else ""
        return cls(
            text=f"{tag.python}-{tag.abi}",
            abi3="abi3" in abis,
            abi3t="abi3t" in abis,
            floor=min(minors, default=None),
            version=version.rstrip("m"),
            python2=any(name[2:3] == "2" for name in pythons),
        )

    @property
    def stable(self) -> bool:
        """Return whether the modules are for every Python from one version on."""
        return self.abi3 or self.abi3t

    @property
    def python(self) -> str:
        """Return the lowest version for people: `3.9`."""
        return "3" if self.floor is None else f"3.{self.floor}"


@dataclass(frozen=True)
class ModuleName:
    """The file name of an extension module, taken apart."""

    stem: str
    """Path without the suffix: two files with one stem are one module."""
    leaf: str
    """The name that is imported; that of the folder for `__init__`."""
    mark: str
    """What the suffix names: `abi3`, `cpython-311-x86_64-linux-gnu`, or nothing."""
    ending: str
    """`so` or `pyd`."""

    @property
    def is_marked(self) -> bool:
        """Return whether the name says that this is a module of Python."""
        return self.ending == "pyd" or bool(self.mark)

    @property
    def hooks(self) -> tuple[str, str]:
        """Return the functions that Python looks for (PEP 489, PEP 793)."""
        if self.leaf.isascii():
            return f"PyInit_{self.leaf}", f"PyModExport_{self.leaf}"
        # What CPython does for other names (PEP 489, "Export Hook Name").
        coded = self.leaf.encode("punycode").decode("ascii").replace("-", "_")
        return f"PyInitU_{coded}", f"PyModExportU_{coded}"

    def problem(self, promise: Promise) -> str:
        """Return why some Python of the promise does not find the module.

        Empty if all find it.
        """
        kind, _, platform = self.mark.partition("-")
        if not self.mark:
            return ""
        if not promise.stable:
            return self._problem_of_version(promise.version)
        if kind not in ("abi3", "abi3t"):
            return f"only one Python looks for the suffix .{self.mark}"
        if promise.abi3t and kind == "abi3":
            return "free-threaded Pythons do not look for .abi3 modules"
        is_new = kind == "abi3t" or bool(platform)
        if is_new and promise.floor is not None and promise.floor < FIRST_ABI3T:
            return f"Python before 3.{FIRST_ABI3T} does not know .{self.mark}"
        return ""

    def _problem_of_version(self, wanted: str) -> str:
        import re

        found = re.match(r"(?:cpython-|cp)(\d+t?)", self.mark)
        if wanted and found and found[1] != wanted:
            return f"Python {wanted[0]}.{wanted[1:]} does not look for .{self.mark}"
        if wanted.endswith("t") and self.mark.partition("-")[0] == "abi3":
            return "free-threaded Pythons do not look for .abi3 modules"
        return ""


def module_name(path: str) -> ModuleName | None:
    """Return the parts of a module's path; None for names of other files.

    >>> module_name("pkg/_core.abi3.so").leaf, module_name("pkg/libz.so.1")
    ('_core', None)
    """
    folder, _, name = path.rpartition("/")
    stem, _, suffix = name.partition(".")
    mark, _, ending = suffix.rpartition(".")
    if ending not in ("so", "pyd") or not stem.isidentifier():
        return None
    if mark and not mark.startswith(("abi3", "cpython-", "cp3", "pypy", "graalpy")):
        return None
    leaf = folder.rpartition("/")[2] if stem == "__init__" else stem
    return ModuleName(f"{folder}/{stem}", leaf, mark, ending)


def oldest_minor(requires_python: str) -> int | None:
    """Return the lowest minor version of Python 3 that a specifier allows.

    None where it sets no limit.

    >>> oldest_minor(">=3.8, <4"), oldest_minor("!=3.0.*")
    (8, None)
    """
    import re

    found = re.findall(r"(?:>=|~=|===?|>)\s*3\.(\d+)", requires_python)
    return max(map(int, found)) if found else None
