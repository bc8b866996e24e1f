"""Refresh `src/ferrule/audit/stable_abi.json` from an installed abi3info.

Run it in an environment that has abi3info (Python 3.10 and newer):
`python tools/refresh_stable_abi.py`. abi3info holds what CPython says about its
stable ABI in `Misc/stable_abi.toml`; the file here keeps only what can be seen in
a binary: the names of functions and variables, by the minor version that added
them. Names in one string per version are read ten times faster than objects.
"""

from __future__ import annotations

import json
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src" / "ferrule" / "audit" / "stable_abi.json"

NEEDS_MODULE_DEFINITION = (
    "PyModuleDef_Init",
    "PyModule_Create2",
    "PyModule_FromDefAndSpec2",
)
"""PEP 803, "Implications": they stay in abi3t, but an abi3t module cannot make the
structure that they are given."""


def read_table() -> dict[str, Any]:
    """Return the table as the file holds it."""
    known_objects: Any = import_module("abi3info")
    functions, variables = known_objects.FUNCTIONS, known_objects.DATAS
    added: dict[int, list[str]] = defaultdict(list)
    conditions: dict[str, list[str]] = defaultdict(list)
    abi_only: list[str] = []
    for item in (*functions.values(), *variables.values()):
        name = item.symbol.name
        if item.added.major != 3 or not name.startswith(("Py", "_Py")):
            raise SystemExit(f"{name}, added in {item.added}: the check skips it")
        added[item.added.minor].append(name)
        if item.ifdef is not None:
            conditions[item.ifdef.name].append(name)
        if item.abi_only:
            abi_only.append(name)
    known = {name for group in added.values() for name in group}
    if unknown := set(NEEDS_MODULE_DEFINITION) - known:
        raise SystemExit(f"no longer in the stable ABI: {sorted(unknown)}")
    return {
        "added": {str(minor): _joined(added[minor]) for minor in sorted(added)},
        "conditions": {key: _joined(conditions[key]) for key in sorted(conditions)},
        "abi_only": _joined(abi_only),
        "data": _joined([item.symbol.name for item in variables.values()]),
        "not_abi3t": _joined(NEEDS_MODULE_DEFINITION),
    }


def _joined(names: list[str] | tuple[str, ...]) -> str:
    return " ".join(sorted(names))


def main() -> None:
    """Write the file."""
    found = version("abi3info")
    data = {
        "_source": f"abi3info {found} (CPython's Misc/stable_abi.toml), rewritten by "
        "tools/refresh_stable_abi.py",
        "_license": "MIT, Copyright (c) 2022 William Woodruff; see README.md",
        **read_table(),
    }
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, from abi3info {found}")


if __name__ == "__main__":
    main()
