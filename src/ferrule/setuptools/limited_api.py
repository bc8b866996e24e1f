"""The limited API: who asks for it, with which cargo feature, and the wheel's tag.

setuptools' own option `py_limited_api` of `bdist_wheel` is what a project or its
user says, in whatever way setuptools accepts it. What the crates really are is
known from their features; a wheel's tag follows both (PEP 384, PEP 425).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

from ferrule import log
from ferrule.errors.setuptools import LimitedApiError
from ferrule.setuptools.extension import Binding

if TYPE_CHECKING:
    from ferrule.python.abi import Abi
    from ferrule.python.interpreter import Interpreter
    from ferrule.setuptools.extension import RustExtension

__all__ = ["choose_tag", "is_possible", "limited_feature", "parse_floor"]

Wanted = Union[bool, str]


def parse_floor(value: object) -> str | None:
    """Return the minor version in a tag such as `cp39`, or None for True and False.

    Raises `LimitedApiError`.
    """
    if isinstance(value, bool) or value is None:
        return None
    text = str(value)
    if not text.startswith("cp3") or not text[3:].isdecimal():
        raise LimitedApiError(value)
    return text[3:]


def is_possible(interpreter: Interpreter) -> bool:
    """Return whether a Python has a limited API; note where it has none."""
    if interpreter.implementation == "CPython" and not interpreter.gil_disabled:
        return True
    log.info(
        f"py_limited_api is ignored: {interpreter.display_name} has no limited API"
    )
    return False


def limited_feature(
    extension: RustExtension, wheel: Wanted, interpreter: Interpreter
) -> str | None:
    """Return the feature of pyo3 that makes an extension abi3, if one is wanted.

    `wheel` is the option of `bdist_wheel`, which extensions follow that say
    nothing themselves. Raises `LimitedApiError`.
    """
    own = extension.py_limited_api
    if extension.binding != Binding.PyO3 or own is False:
        return None
    wanted = wheel if own == "auto" or (own is True and wheel) else own
    floor = parse_floor(wanted)
    if not wanted or not is_possible(interpreter):
        return None
    return f"pyo3/abi3-py3{floor}" if floor else "pyo3/abi3"


def choose_tag(
    given: tuple[str, str, str],
    *,
    wanted: Wanted,
    abis: Iterable[Abi],
    others_limited: bool,
) -> tuple[str, str, str]:
    """Return the wheel's tag: setuptools' own, corrected by what was built.

    `others_limited` says that nothing else in the wheel needs one Python version.
    Raises `LimitedApiError`.
    """
    abis = list(abis)
    specific = [abi for abi in abis if abi.kind == "version"]
    if specific and wanted and given[1] == "abi3":
        log.warn(
            f"py_limited_api = {wanted}, but a Rust extension is for "
            f"{specific[0].python_tag} only: the wheel is tagged so"
        )
        return specific[0].python_tag, specific[0].abi_tag, given[2]
    if not abis or specific or not others_limited:
        return given
    highest = max(abis, key=lambda abi: abi.version)
    floor = parse_floor(wanted) if given[1] == "abi3" else None
    if floor is not None and (3, int(floor)) >= highest.version:
        return given
    return highest.python_tag, highest.abi_tag, given[2]
