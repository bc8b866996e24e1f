"""The file names of wheels.

Standards: the binary distribution format (PEP 427, escaping of names as in
PEP 503 and 625) and PEP 425 (compressed tag sets). Whether the version is a
valid one (PEP 440) is for `ferrule.audit` to say.
"""

from __future__ import annotations

from ferrule.errors.wheel_file import WheelFileNameError
from ferrule.records import dataclass
from ferrule.wheel.tags import WheelTag

__all__ = ["WheelFileName", "normalized_name", "parse_file_name"]


@dataclass(frozen=True)
class WheelFileName:
    """What the name of a wheel's file says."""

    distribution: str
    """As written; compare it through `normalized_name`."""
    version: str
    build: str
    """The build tag, which begins with a digit; empty as a rule."""
    tag: WheelTag

    def __str__(self) -> str:
        build = f"-{self.build}" if self.build else ""
        return f"{self.distribution}-{self.version}{build}-{self.tag}.whl"


def parse_file_name(name: str) -> WheelFileName:
    """Return the parts of a wheel's file name. Raises `WheelFileNameError`.

    >>> found = parse_file_name("a_b-1.0-2-cp39-abi3-win32.whl")
    >>> found.distribution, found.version, found.build, found.tag.abi
    ('a_b', '1.0', '2', 'abi3')
    """
    if not name.endswith(".whl"):
        raise WheelFileNameError(name, "it does not end in .whl")
    parts = name[: -len(".whl")].split("-")
    if len(parts) not in (5, 6):
        reason = f"it has {len(parts)} parts between hyphens, and 5 or 6 are needed"
        raise WheelFileNameError(name, reason)
    distribution, version = parts[:2]
    build = parts[2] if len(parts) == 6 else ""
    if not _is_word(distribution, "._"):
        raise WheelFileNameError(name, f"{distribution!r} is no name of a distribution")
    if not _is_word(version, "._+!"):
        raise WheelFileNameError(name, f"{version!r} is no version")
    if len(parts) == 6 and not (build[:1].isdigit() and _is_word(build, "._")):
        reason = f"{build!r} is no build tag: those begin with a digit"
        raise WheelFileNameError(name, reason)
    for tag in parts[-3:]:
        if not all(_is_word(item, "_") for item in tag.split(".")):
            raise WheelFileNameError(name, f"{tag!r} is no tag")
    python, abi, platform = parts[-3:]
    tag_set = WheelTag(python, abi, tuple(platform.split(".")))
    return WheelFileName(distribution, version, build, tag_set)


def normalized_name(name: str) -> str:
    """Return the name by which distributions are compared (PEP 503).

    >>> normalized_name("Ruamel.YAML__x")
    'ruamel-yaml-x'
    """
    words = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(word for word in words if word)


def _is_word(text: str, more: str) -> bool:
    return bool(text) and all(
        char.isascii() and (char.isalnum() or char in more) for char in text
    )
