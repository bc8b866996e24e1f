"""Refresh `src/ferrule/audit/windows_libraries.json` from an installed delvewheel.

Run it in an environment that has delvewheel: `python
tools/refresh_windows_libraries.py`. delvewheel lists the DLLs of every Windows
from 7 on per architecture; names that all three share are kept once.
"""

from __future__ import annotations

import json
import textwrap
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

TARGET = (
    Path(__file__).parent.parent
    / "src"
    / "ferrule"
    / "audit"
    / "windows_libraries.json"
)
TABLES = {
    "win32": "ignore_names_x86",
    "win_amd64": "ignore_names_x64",
    "win_arm64": "ignore_names_arm64",
}


def read_tables() -> dict[str, set[str]]:
    """Return the names of DLLs, without their suffix, by platform tag."""
    lists = import_module("delvewheel._dll_list")
    # Present from Windows 8 on, and of no use to older ones.
    always = {"combase.dll"}
    return {tag: getattr(lists, name) | always for tag, name in TABLES.items()}


def main() -> None:
    """Write the file."""
    tables = read_tables()
    shared = set.intersection(*tables.values())
    groups = {"shared": shared}
    groups.update({tag: names - shared for tag, names in tables.items()})
    release = version("delvewheel")
    data: dict[str, str | list[str]] = {
        "_source": f"delvewheel {release}, delvewheel/_dll_list.py, "
        "rewritten by tools/refresh_windows_libraries.py",
        "_license": "MIT, Copyright (c) 2020 Aohan Dang; see README.md",
        "_form": "names in lower case; those without .drv end in .dll",
    }
    for group, names in groups.items():
        words = " ".join(sorted(name.removesuffix(".dll") for name in names))
        data[group] = textwrap.wrap(words, 84, break_on_hyphens=False)
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, from delvewheel {release}")


if __name__ == "__main__":
    main()
