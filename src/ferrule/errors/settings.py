"""Errors about `[tool.ferrule]` and the other places that hold settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, SeveralError, did_you_mean

__all__ = [
    "InvalidSettingsError",
    "SettingConflictError",
    "SettingTypeError",
    "SettingValueError",
    "StrictWarningsError",
    "UnknownSettingError",
    "UnsupportedBindingsError",
]


class InvalidSettingsError(SeveralError):
    """One or more settings are wrong; all of them are listed."""

    exit_code = 2

    def __init__(self, problems: Sequence[FerruleError | str], *, root: Path) -> None:
        count = len(problems)
        noun = "problem" if count == 1 else "problems"
        super().__init__(f"the settings of {root} have {count} {noun}:", problems)


class StrictWarningsError(SeveralError):
    """What is a warning elsewhere, under the setting `strict`."""

    exit_code = 2

    def __init__(self, warnings: Sequence[str], *, root: Path, origin: str) -> None:
        count = len(warnings)
        noun = "warning" if count == 1 else "warnings"
        verb = "is an error" if count == 1 else "are errors"
        what = f"{count} {noun} about {root} {verb}, because {origin} is set:"
        super().__init__(what, warnings)


class UnknownSettingError(FerruleError):
    """A key, variable or option that ferrule does not know."""

    exit_code = 2

    def __init__(
        self, where: str, word: str, known: Sequence[str], *, fix: str = ""
    ) -> None:
        super().__init__(
            f"{where} is not a setting{did_you_mean(word, known)}", fix=fix
        )
        self.where = where
        self.word = word


class SettingTypeError(FerruleError):
    """A setting has a value of the wrong type."""

    exit_code = 2

    def __init__(self, where: str, expected: str, value: object) -> None:
        super().__init__(f"{where} must be {expected}, not {describe(value)}")
        self.where = where
        self.value = value


class SettingValueError(FerruleError):
    """A setting has the right type, but a value that means nothing."""

    exit_code = 2

    def __init__(self, where: str, problem: str, *, fix: str = "") -> None:
        super().__init__(f"{where} {problem}", fix=fix)
        self.where = where


class SettingConflictError(FerruleError):
    """Two settings contradict each other."""

    exit_code = 2

    def __init__(self, first: str, second: str, *, fix: str) -> None:
        super().__init__(f"{first} and {second} exclude each other", fix=fix)


class UnsupportedBindingsError(FerruleError):
    """The project joins Rust and Python in a way that ferrule does not build."""

    exit_code = 3

    def __init__(self, where: str, bindings: str) -> None:
        super().__init__(
            f'{where} is "{bindings}", which ferrule does not build',
            why=["ferrule builds pyo3, cffi and uniffi modules, and programs (bin)"],
            fix="a library that brings its own PyInit_ function is named in "
            '[[tool.ferrule.modules]] with bindings = "none"; for anything else, keep '
            "the build backend that this project uses now",
        )
        self.bindings = bindings


_NOUNS = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "list",
    dict: "table",
}


def describe(value: object) -> str:
    """Return `value` for an error message: shortened, with its TOML type."""
    if value is None:
        return "empty"
    noun = _NOUNS.get(type(value), type(value).__name__)
    article = "an" if noun[0] in "aeiou" else "a"
    if isinstance(value, (list, dict)):
        return f"{article} {noun}"
    if isinstance(value, bool):
        text = "true" if value else "false"
    else:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{text} ({article} {noun})"
