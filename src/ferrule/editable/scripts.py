"""Scripts for entry points (the entry points specification, "Use for scripts")."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.project.entrypoints import Entries

__all__ = ["script_files"]

_LONGEST_SHEBANG = 127
"""Bytes that every Unix reads of a first line."""
_TEMPLATE = """\
import sys

from {module} import {first}

if __name__ == "__main__":
    sys.exit({call}())
"""


def script_files(
    scripts: Entries, gui_scripts: Entries, executable: str
) -> Iterator[Member]:
    """Yield the files of the scripts folder for console and GUI entry points.

    On Windows a script is a `.cmd` file beside a Python file.
    """
    for name, reference in (*scripts, *gui_scripts):
        body = _body(reference)
        if os.name == "nt":
            launcher = f'@"{executable}" "%~dp0{name}-script.py" %*\r\n'
            yield Member(f"{name}-script.py", body.encode("utf-8"))
            yield Member(f"{name}.cmd", launcher.encode("utf-8"))
        else:
            text = f"{_shebang(executable)}\n{body}"
            yield Member(name, text.encode("utf-8"), executable=True)


def _body(reference: str) -> str:
    module, _, attribute = reference.partition("[")[0].partition(":")
    attribute = attribute.strip()
    return _TEMPLATE.format(
        module=module.strip(),
        first=attribute.partition(".")[0],
        call=attribute,
    )


def _shebang(executable: str) -> str:
    line = f"#!{executable}"
    if len(os.fsencode(line)) <= _LONGEST_SHEBANG and " " not in executable:
        return line
    # The shell starts Python with this file; Python reads two strings.
    quoted = executable.replace("'", "'\"'\"'")
    return f"#!/bin/sh\n'''exec' '{quoted}' \"$0\" \"$@\"\n' '''"
