"""Wheel tags and wheel file names.

Standards: PEP 425 (tags, compressed tag sets), PEP 427 (file names). Which
Python and ABI tags apply is decided by `ferrule.python.abi`, which platform
tags by `ferrule.audit`; this module only spells them.
"""

from __future__ import annotations

from ferrule.records import dataclass

__all__ = ["WheelTag", "wheel_filename"]


@dataclass(frozen=True)
class WheelTag:
    """The three tags of a wheel; each may be a dotted set."""

    python: str
    """For example `cp312` or `py2.py3`."""
    abi: str
    """For example `cp312`, `abi3` or `abi3.abi3t`."""
    platforms: tuple[str, ...]
    """For example `("manylinux2014_x86_64", "manylinux_2_17_x86_64")`."""

    def __str__(self) -> str:
        return "-".join(".".join(part) for part in self._sets())

    def expanded(self) -> list[str]:
        """Return every simple tag, as the `Tag` lines of WHEEL want them.

        >>> WheelTag("cp312", "cp312", ("linux_x86_64",)).expanded()
        ['cp312-cp312-linux_x86_64']
        """
        pythons, abis, platforms = self._sets()
        return [
            f"{python}-{abi}-{platform}"
            for python in pythons
            for abi in abis
            for platform in platforms
        ]

    def _sets(self) -> tuple[list[str], list[str], list[str]]:
        platforms = {item for name in self.platforms for item in name.split(".")}
        return (
            sorted(set(self.python.split("."))),
            sorted(set(self.abi.split("."))),
            sorted(platforms),
        )


def wheel_filename(distribution: str, version: str, tag: WheelTag) -> str:
    """Return the file name of a wheel; `distribution` is escaped already.

    >>> wheel_filename("a_b", "1.0", WheelTag("py3", "none", ("any",)))
    'a_b-1.0-py3-none-any.whl'
    """
    return f"{distribution}-{version.replace('-', '_')}-{tag}.whl"
