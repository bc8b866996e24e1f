"""Variables that name other programs for making import libraries.

`python3-dll-a`, which PyO3's feature `generate-import-lib` calls, reads them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["tell_unneeded"]

_NAMES = ("PYO3_MINGW_DLLTOOL", "ZIG_COMMAND")
_told: set[str] = set()
"""A build for several Pythons asks for each of them."""


def tell_unneeded(env: Mapping[str, str]) -> None:
    """Note, once, that a program is named which ferrule does not call."""
    for name in _NAMES:
        if not env.get(name) or name in _told:
            continue
        from ferrule import log

        _told.add(name)
        log.info(
            f"{name}={env[name]} is not needed for import libraries: ferrule writes "
            "them without dlltool or zig"
        )
