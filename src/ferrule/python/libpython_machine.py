"""Whether a libpython is one of the target's machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = [
    "check_libpython",
    "find_libraries",
    "library_machines",
    "machine_family",
]

_FAMILIES: Final = {
    **dict.fromkeys(("i386", "i486", "i586", "i686", "x86", "win32"), "x86"),
    **dict.fromkeys(("aarch64", "arm64", "win_arm64"), "aarch64"),
    **dict.fromkeys(("powerpc64le", "ppc64le", "ppc_64"), "ppc64le"),
    **dict.fromkeys(("powerpc64", "ppc64"), "ppc64"),
    **dict.fromkeys(("riscv64", "riscv64gc", "riscv64a23"), "riscv64"),
    **dict.fromkeys(("amd64", "x86_64", "x86_64h", "win_amd64"), "x86_64"),
}


def machine_family(word: str) -> str:
    """Return one name for all spellings of a processor.

    >>> machine_family("armv7l")
    'arm'
    """
    if word.startswith(("arm", "thumb")) and not word.startswith("arm64"):
        return "arm"
    return _FAMILIES.get(word, word)


def check_libpython(folder: str, ld_version: str, target: Triple) -> None:
    """Raise `ConfigurationError` where a folder's libpython is another machine's.

    A folder without one, and a file that no loader reads, are not judged.
    """
    for path in find_libraries(folder, ld_version):
        said = library_machines(path)
        if said and machine_family(target.architecture) not in said:
            raise ConfigurationError(
                f"{path} is a library for {' and '.join(sorted(said))}",
                causes=[f"{target} needs one for {target.architecture}"],
                fix="point to the Python of the target, or leave it away where only "
                "extension modules are built: they need none",
            )


def find_libraries(folder: str, ld_version: str) -> list[Path]:
    """Return the libpythons in a folder; `ld_version` is `3.13`, or `3.13t`."""
    names = (
        f"libpython{ld_version}.so",
        f"libpython{ld_version}.so.1.0",
        f"libpython{ld_version}.dylib",
        f"python{ld_version.replace('.', '')}.dll",
    )
    paths = (Path(folder, name) for name in names)
    return [path for path in paths if os.path.isfile(path)]


def library_machines(path: Path) -> set[str]:
    """Return the processors that a library is for; empty for unknown ones."""
    from ferrule.formats.image import identify, read_image
    from ferrule.formats.macho import MachOBinary
    from ferrule.formats.view import read_start

    try:
        if identify(read_start(path)) not in ("elf", "pe", "macho"):
            return set()
        image = read_image(path)
    except FerruleError as error:
        log.debug(f"{path} is not judged: {error}")
        return set()
    if isinstance(image, MachOBinary):
        return {machine_family(part.arch) for part in image.slices if part.arch}
    return {machine_family(image.arch)} if image.arch else set()
