"""Conditions on a Python: version specifiers (PEP 440) and implementations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from ferrule.settings.model import Feature

__all__ = ["features_for", "matches_python", "python_name", "specifier_problem"]

Version = Union[str, tuple[int, ...]]


def features_for(
    features: Iterable[Feature], version: Version | None, implementation: str | None
) -> tuple[str, ...]:
    """Return the cargo features that hold for one Python, in order, each once.

    `version` is for example `"3.12.1"` or `(3, 12, 1)`, `implementation` any
    spelling of CPython, PyPy or GraalPy. A condition on a Python that is not
    known (None) does not hold.
    """
    chosen = (
        feature.feature
        for feature in features
        if _holds(feature, version, implementation)
    )
    return tuple(dict.fromkeys(chosen))


def matches_python(specifier: str, version: Version | None) -> bool:
    """Return whether a Python satisfies a valid specifier.

    A clause that names only major and minor, such as `==3.11` or `<=3.11`, is
    about the minor version: it holds for 3.11.4 although PEP 440 says that
    3.11.4 is neither equal to 3.11 nor below it.
    """
    if version is None:
        return False
    from packaging.specifiers import SpecifierSet

    text = version if isinstance(version, str) else ".".join(map(str, version))
    minor = ".".join(text.split(".")[:2])
    for clause in SpecifierSet(specifier):
        is_short = clause.version.count(".") <= 1
        # `~=3.9` means `>=3.9, ==3.*`: right for the minor version as well.
        if not clause.contains(minor if is_short else text, prereleases=True):
            return False
    return True


def python_name(implementation: str) -> str:
    """Return `cpython`, `pypy` or `graalpy` for any usual spelling."""
    name = implementation.lower()
    return "graalpy" if name == "graalvm" else name


def specifier_problem(specifier: str) -> str | None:
    """Return what is wrong with a version specifier, or None."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(specifier)
    except InvalidSpecifier:
        return f'is "{specifier}", which is not a version specifier'
    return None


def _holds(
    feature: Feature, version: Version | None, implementation: str | None
) -> bool:
    wanted = feature.python_implementation
    if wanted is not None and (
        implementation is None or python_name(implementation) != wanted
    ):
        return False
    specifier = feature.python_version
    return specifier is None or matches_python(specifier, version)
