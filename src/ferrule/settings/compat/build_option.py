"""`-C--build-option`: options of setuptools' own commands.

setuptools hands them to `bdist_wheel`. maturin reads the same key as its own
arguments, so what setuptools does not know is left for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.errors.settings import SettingValueError
from ferrule.settings.compat.bdist_wheel import translate_bdist_wheel

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["read_build_option"]

_COMMANDS = ("bdist_wheel", "build", "build_ext", "build_rust", "sdist")
_VALUES = {
    "--py-limited-api": "py_limited_api",
    "--plat-name": "plat_name",
    "-p": "plat_name",
}
_SWITCHES = {"--vendor-crates": True, "--no-vendor-crates": False}


def read_build_option(
    texts: Sequence[str],
    where: str,
    problems: list[FerruleError],
    warnings: list[str],
) -> tuple[dict[str, object], list[str]]:
    """Return settings in `[tool.ferrule]` keys, and the text that is left.

    Records a limited API that is no tag and an option without its value.
    """
    import shlex

    words = list(texts)
    if len(words) == 1:
        try:
            words = shlex.split(words[0])
        except ValueError as error:
            problem = f"cannot be split into words: {str(error).lower()}"
            problems.append(SettingValueError(where, problem, fix="close the quotes"))
            return {}, []
    options: dict[str, str] = {}
    table: dict[str, object] = {}
    left: list[str] = []
    while words:
        word = words.pop(0)
        flag, equals, value = word.partition("=")
        if flag in _VALUES:
            if not equals and not words:
                problem = f"ends with {flag}, which needs a value"
                problems.append(SettingValueError(where, problem))
                break
            options[_VALUES[flag]] = value if equals else words.pop(0)
        elif word in _SWITCHES:
            table["sdist-vendor"] = _SWITCHES[word]
        elif word not in _COMMANDS:
            left.append(word)
    table.update(translate_bdist_wheel(options, where, problems, warnings))
    return table, [shlex.join(left)] if left else []
