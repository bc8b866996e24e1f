"""Which DLLs every Windows has, and which come with Python.

The names are data; where they come from is told in README.md beside them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

__all__ = ["DllClass", "classify_dll", "promised_runtime", "system_libraries"]

DllClass = Literal["system", "api-set", "runtime", "python", "external"]

_RUNTIME = (
    r"(?:vcruntime\d|vccorlib\d|msvcp[\d_]|msvcr\d|concrt\d|mfcm?\d|mfcmifc\d|vcamp\d"
    r"|vcomp(?:\d|\.)|ucrtbase|libgcc_s|libstdc\+\+|libwinpthread).*"
)
_PYTHON = (
    r"python\d+t?(?:_d)?\.dll|libpython\d[\d.]*\.dll|libpypy(?:\d+\.)*\d+-c\.dll"
    r"|python-native\.dll"
)


@cache
def system_libraries(platform: str) -> frozenset[str]:
    """Return the DLLs of all Windows from 7 on, in lower case.

    `platform` is a platform tag such as `win_amd64`; all names are returned for
    an unknown one.
    """
    import json

    path = Path(__file__).with_name("windows_libraries.json")
    table = json.loads(path.read_text(encoding="utf-8"))
    groups = ["win32", "win_amd64", "win_arm64"]
    wanted = ["shared", *([platform] if platform in groups else groups)]
    words = [word for group in wanted for line in table[group] for word in line.split()]
    return frozenset(word if word.endswith(".drv") else f"{word}.dll" for word in words)


def classify_dll(name: str, platform: str) -> DllClass:
    """Return where a DLL comes from on a machine without the wheel.

    >>> classify_dll("VCRUNTIME140.dll", "win_amd64")
    'runtime'
    """
    import re

    lower = name.lower()
    if lower.startswith(("api-ms-", "ext-ms-")):
        return "api-set"
    if re.fullmatch(_PYTHON, lower):
        return "python"
    if lower in system_libraries(platform):
        return "system"
    return "runtime" if re.fullmatch(_RUNTIME, lower) else "external"


def promised_runtime(
    python: str, platform: str, *, has_programs: bool = True
) -> frozenset[str]:
    """Return the DLLs of the C runtime that the Python of a tag brings along.

    CPython's installers hold vcruntime140.dll since 3.5 and, for 64 bits,
    vcruntime140_1.dll since 3.9 (3.8 got it in a patch release); older ones hold
    msvcr100.dll and, up to 3.2, msvcr90.dll. ucrtbase.dll is part of Windows 10,
    and of what CPython requires on older systems. PyPy is linked to the same,
    without vcruntime140_1.dll.

    Programs do not find what lies beside python.exe: a `py3` tag promises the
    first of them only to a wheel without programs, whose DLLs Python itself opens.

    >>> sorted(promised_runtime("cp39", "win_amd64"))
    ['ucrtbase.dll', 'vcruntime140.dll', 'vcruntime140_1.dll']
    """
    tags = python.split(".")
    # Whoever names both does not speak of the runtime of Python 2.
    tags = [tag for tag in tags if not tag.startswith("py2")] or tags
    promised = [_brought(tag, platform, has_programs=has_programs) for tag in tags]
    return frozenset.intersection(*promised) | {"ucrtbase.dll"}


def _brought(python: str, platform: str, *, has_programs: bool) -> frozenset[str]:
    implementation, major, minor = _release(python)
    if implementation == "cp" and (major, minor) < (3, 5):
        if major not in (2, 3):
            return frozenset()
        is_old = (major, minor) < (3, 3)
        return frozenset(("msvcr90.dll" if is_old else "msvcr100.dll",))
    if implementation == "py" and (has_programs or major != 3):
        return frozenset()
    if implementation not in ("cp", "pp", "py"):
        return frozenset()
    is_late = implementation == "cp" and minor >= 9 and platform != "win32"
    return frozenset(
        ("vcruntime140.dll", "vcruntime140_1.dll") if is_late else ("vcruntime140.dll",)
    )


def _release(python: str) -> tuple[str, int, int]:
    digits = python[2:].strip("abcdefghijklmnopqrstuvwxyz_")
    if not digits.isdecimal():
        return python[:2], 0, 0
    return python[:2], int(digits[0]), int(digits[1:] or 0)
