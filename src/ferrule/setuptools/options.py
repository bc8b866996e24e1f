"""Options that a front end gave for commands that setuptools does not pass them to.

setuptools hands `-C--build-option=...` to `bdist_wheel` when it builds a wheel,
and to nothing when it builds an editable wheel or an sdist.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["options_given", "pending_options"]

Options = dict[str, dict[str, object]]

_pending: ContextVar[Options] = ContextVar("ferrule_setuptools_options")


def pending_options(command: str) -> dict[str, object]:
    """Return the options, by attribute, that a command still has to be given."""
    return _pending.get({}).get(command, {})


@contextmanager
def options_given(
    config_settings: Mapping[str, Any] | None,
) -> Iterator[None]:
    """Make `--build-option` of some config settings known to the commands."""
    value = (config_settings or {}).get("--build-option") or ()
    words = shlex.split(value) if isinstance(value, str) else list(value)
    token = _pending.set(_read(words))
    try:
        yield
    finally:
        _pending.reset(token)


def _read(words: Sequence[str]) -> Options:
    options: Options = {}
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name == "--py-limited-api":
            value = value if equals else next(waiting, "")
            options["bdist_wheel"] = {"py_limited_api": value}
        elif name == "--vendor-crates":
            options["sdist"] = {"vendor_crates": 1}
    return options
