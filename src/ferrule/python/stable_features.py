"""The cargo features of pyo3-ffi that decide about the ABI and about linking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ferrule.errors import did_you_mean
from ferrule.errors.configuration import UnknownFeatureError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.releases import Pyo3Release, Version

__all__ = ["BuildFeatures", "read_features"]

_PREFIXES: Final = ("pyo3/", "pyo3-ffi/", "pyo3-build-config/")


@dataclass(frozen=True)
class BuildFeatures:
    """What the enabled cargo features ask for."""

    abi3: bool = False
    abi3_version: Version | None = None
    """The lowest version among the `abi3-py3*` features."""
    abi3t: bool = False
    abi3t_version: Version | None = None
    extension_module: bool = False
    generate_import_lib: bool = False


def read_features(release: Pyo3Release, names: Iterable[str]) -> BuildFeatures:
    """Return what `names` ask for; `pyo3/abi3` counts like `abi3`.

    Features that have nothing to do with the configuration are ignored. Raises
    `UnknownFeatureError` for a stable ABI that the release does not have.
    """
    plain = {_strip(name) for name in names}
    abi3 = _minors(release, plain, "abi3", release.abi3_features)
    abi3t = _minors(release, plain, "abi3t", release.abi3t_features)
    # What lies above the maximum of the search enables abi3 and nothing else.
    found = [minor for minor in abi3 if minor <= release.abi3_maximum]
    return BuildFeatures(
        abi3="abi3" in plain or bool(abi3),
        abi3_version=(3, min(found)) if found else None,
        abi3t=release.has_target_abi and ("abi3t" in plain or bool(abi3t)),
        abi3t_version=(3, min(abi3t)) if abi3t else None,
        extension_module="extension-module" in plain,
        generate_import_lib="generate-import-lib" in plain,
    )


def _strip(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _minors(
    release: Pyo3Release, names: set[str], kind: str, known: range
) -> list[int]:
    minors = []
    for name in sorted(names):
        head, py, tail = name.partition("-py3")
        if head != kind or not py:
            continue
        if not tail.isdecimal() or int(tail) not in known:
            spelled = [f"{kind}-py3{minor}" for minor in known]
            raise UnknownFeatureError(
                f"PyO3 {release} has no feature {name}{did_you_mean(name, spelled)}",
                why=[f"it has {', '.join(spelled) or 'no feature for ' + kind}"],
                fix="choose one of these, or another release of pyo3",
            )
        minors.append(int(tail))
    return minors
