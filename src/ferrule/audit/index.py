"""Which platform tags the Python Package Index takes.

The rules are those of its upload check: tags that it knows by name, and
families of tags with their architectures.
"""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors.wheel import RefusedTagError

__all__ = ["check_tags", "is_accepted"]

_NAMES = frozenset(
    (
        *("any", "win32", "win_amd64", "win_arm64", "linux_armv6l", "linux_armv7l"),
        *(
            f"manylinux{year}_{arch}"
            for year in (1, 2010)
            for arch in ("x86_64", "i686")
        ),
        *(
            f"manylinux2014_{arch}"
            for arch in (
                *("x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"),
            )
        ),
    )
)
_MUSLLINUX = ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64")
_FAMILIES = {
    r"manylinux_\d+_\d+": (*_MUSLLINUX, "ppc64"),
    r"musllinux_\d+_\d+": _MUSLLINUX,
    # No macOS was ever numbered 16 to 25.
    r"macosx_(?:10_\d+|(?:1[1-5]|2[6-9]|[3-9]\d)_0)": (
        *("x86_64", "arm64", "universal2", "i386", "intel", "ppc", "ppc64"),
        *("fat", "fat3", "fat64", "universal"),
    ),
    r"android_\d+": ("armeabi_v7a", "arm64_v8a", "x86", "x86_64"),
    r"ios_\d+_\d+": (
        *("arm64_iphoneos", "arm64_iphonesimulator", "x86_64_iphonesimulator"),
    ),
    r"pyemscripten_\d+_\d+": ("wasm32",),
}


def is_accepted(platform: str) -> bool:
    """Return whether wheels with this platform tag can be uploaded.

    >>> is_accepted("manylinux_2_28_x86_64"), is_accepted("linux_x86_64")
    (True, False)
    """
    if platform in _NAMES:
        return True
    import re

    return any(
        re.fullmatch(f"{family}_(?:{'|'.join(machines)})", platform)
        for family, machines in _FAMILIES.items()
    )


def check_tags(platforms: Sequence[str], reasons: Sequence[str]) -> None:
    """Raise `RefusedTagError` if a tag is among those that are not taken.

    `reasons` tell why there is no better tag.
    """
    refused = [tag for tag in platforms if not is_accepted(tag)]
    if refused:
        raise RefusedTagError(refused, reasons)
