"""`build-details.json`: what a Python says of itself without being run (PEP 739).

CPython writes it from 3.14 on. It is read as data, in the terms of
`_sysconfigdata*.py`, so that both describe a Python alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ferrule.errors.configuration import SysconfigdataError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_build_details"]

_NARROW: Final = (
    *("i386", "i586", "i686", "win32"),
    *("armv6l", "armv7l", "arm", "wasm32"),
)
"""How the names of platforms with 32-bit pointers end."""


def read_build_details(path: Path) -> dict[str, str]:
    """Return build-time variables out of a `build-details.json`.

    `VERSION`, `LDVERSION`, `SOABI`, `EXT_SUFFIX`, `Py_ENABLE_SHARED`,
    `Py_GIL_DISABLED` and `Py_DEBUG`, and `SIZEOF_VOID_P` where the platform tells
    it. Raises `SysconfigdataError` for what PEP 739 does not allow.
    """
    import json

    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _variables(data)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise SysconfigdataError(
            f"cannot read {path} as the description of a Python (PEP 739)",
            why=[reason],
            fix="point to an unmodified installation of the target's Python",
        ) from error


def _variables(data: dict[str, Any]) -> dict[str, str]:
    version = str(data["language"]["version"])
    implementation = str(data["implementation"]["name"])
    abi = data.get("abi") or {}
    flags = abi.get("flags") or []
    suffix = str(abi.get("extension_suffix") or data["suffixes"]["extensions"][0])
    libpython = data.get("libpython") or {}
    letters = "".join(letter for letter in ("t", "d") if letter in flags)
    name = suffix.lstrip(".").rpartition(".")[0]
    windows = str(data.get("platform", "")).startswith("win")
    variables = {
        "VERSION": version,
        "LDVERSION": f"{version}{letters}",
        # Windows has none; the implementation is all that is read from it.
        "SOABI": name if name.startswith(implementation) else implementation,
        "EXT_SUFFIX": suffix,
        "Py_ENABLE_SHARED": "1" if windows or libpython.get("dynamic") else "0",
        "Py_GIL_DISABLED": "1" if "t" in flags else "0",
        "Py_DEBUG": "1" if "d" in flags else "0",
    }
    platform = str(data["platform"])
    width = "4" if platform.endswith(_NARROW) else "8"
    return {**variables, "SIZEOF_VOID_P": width}
