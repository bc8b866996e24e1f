"""Compilers of the system that are not what their names say."""

from __future__ import annotations

import pytest

from ferrule.target.linkers.model import Linker
from ferrule.target.linkers.system import is_musl_wrapper

WRAPPER = b"""#!/bin/sh
exec "${REALGCC:-gcc}" "$@" -specs "/usr/lib/musl/lib/musl-gcc.specs"
"""


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("musl-gcc", WRAPPER, True),
        ("x86_64-linux-musl-gcc", WRAPPER, True),
        ("x86_64-linux-musl-gcc", b"\x7fELF and more", False),
        ("x86_64-linux-gnu-gcc", WRAPPER, False),
    ],
)
def test_the_wrapper_of_distributions(name, content, expected, tmp_path) -> None:
    program = tmp_path / name
    program.write_bytes(content)
    program.chmod(0o755)
    assert is_musl_wrapper(Linker("system", name), {"PATH": str(tmp_path)}) is expected


def test_one_that_is_gone(tmp_path) -> None:
    gone = Linker("system", "musl-gcc")
    assert not is_musl_wrapper(gone, {"PATH": str(tmp_path)})
