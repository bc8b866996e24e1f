"""The processors that Windows runs on, and what COFF calls them."""

from __future__ import annotations

__all__ = ["MACHINES", "Machine", "machine_of_number", "parse_machine"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Machine:
    """One processor, as objects for it are marked. There is one object for each."""

    def __init__(
        self,
        name: str,
        number: int,
        sizes: tuple[int, int],
        *,
        has_underscore: bool = False,
    ) -> None:
        self.name = name
        """As Rust spells it."""
        self.number = number
        """`IMAGE_FILE_MACHINE_...`."""
        self.address_size, self.relocation = sizes
        """Bytes of a pointer; the type for 32 bits relative to the image's base:
        `..._ADDR32NB`."""
        self.has_underscore = has_underscore
        """The names of C begin with an underscore."""

    def __repr__(self) -> str:
        return f"Machine({self.name!r})"


MACHINES: Final = (
    Machine("x86_64", 0x8664, (8, 3)),
    Machine("i686", 0x14C, (4, 7), has_underscore=True),
    Machine("aarch64", 0xAA64, (8, 2)),
)

_SPELLINGS: Final = {
    **dict.fromkeys(("x86_64", "amd64", "x64", "win_amd64", "i386:x86-64"), 0),
    **dict.fromkeys(("i686", "i586", "i386", "x86", "win32"), 1),
    **dict.fromkeys(("aarch64", "arm64", "win_arm64"), 2),
}


def parse_machine(text: str) -> Machine:
    """Return the machine of a target triple, or of an architecture's name.

    Raises `UnknownMachineError`, also for a triple of another system.

    >>> parse_machine("x86_64-pc-windows-gnu").name
    'x86_64'
    """
    head, dash, rest = text.partition("-")
    is_triple = bool(dash) and text not in _SPELLINGS
    place = _SPELLINGS.get((head if is_triple else text).lower())
    if place is None or (is_triple and "windows" not in rest):
        from ferrule.errors.implib import UnknownMachineError

        known = [item.name for item in MACHINES]
        raise UnknownMachineError(text, [*known, *sorted(set(_SPELLINGS) - {*known})])
    return MACHINES[place]


def machine_of_number(number: int, name: str) -> Machine:
    """Return the machine of a file; `name` is what errors call the file.

    Raises `UnknownMachineError`.
    """
    for machine in MACHINES:
        if machine.number == number:
            return machine
    from ferrule.errors.implib import UnknownMachineError

    raise UnknownMachineError(
        f"{number:#x}", [f"{item.name} ({item.number:#x})" for item in MACHINES], name
    )
