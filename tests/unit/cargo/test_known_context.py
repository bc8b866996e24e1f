from __future__ import annotations

import pytest

from ferrule.cargo.known_context import _target


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ((), ""),
        (("--locked", "--target=x86_64-apple-darwin"), "x86_64-apple-darwin"),
        (("--target", "i686-pc-windows-msvc"), "i686-pc-windows-msvc"),
        (("--target",), ""),
    ],
)
def test_the_target_is_read_from_cargos_arguments(arguments, target):
    assert _target(arguments) == target
