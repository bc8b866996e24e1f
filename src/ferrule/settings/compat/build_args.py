"""Command line arguments inside one string, as maturin's PEP 517 hooks take them.

`-C build-args="--features fast --locked"` becomes typed settings. maturin
splits a lone string like a shell and takes a list as it is; so does this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ferrule.errors.settings import SettingValueError, UnknownSettingError

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["translate_arguments"]

_LISTS = {
    "--features": "features",
    "-F": "features",
    "--config": "config",
    "-Z": "unstable-flags",
    "--interpreter": "interpreter",
    "-i": "interpreter",
    "--compatibility": "compatibility",
    "--manylinux": "compatibility",
    "--sbom-include": "sbom",
}
_VALUES = {
    "--profile": "profile",
    "--target": "target",
    "--target-dir": "target-dir",
    "--jobs": "jobs",
    "-j": "jobs",
    "--manifest-path": "manifest-path",
    "-m": "manifest-path",
    "--bindings": "bindings",
    "-b": "bindings",
    "--auditwheel": "audit",
}
_SEVERAL = (
    *("--interpreter", "-i", "--compatibility", "--manylinux", "--sbom-include"),
)
"""Options that take every word up to the next option."""
_SWITCHES = {
    "--all-features": "all-features",
    "--no-default-features": "no-default-features",
    "--locked": "locked",
    "--frozen": "frozen",
    "--offline": "offline",
    "--strip": "strip",
    "--pgo": "pgo",
    "--generate-stubs": "generate-stubs",
}
_CHOICES = {
    "--zig": ("linker", "zig"),
    "--release": ("profile", "release"),
    "-r": ("profile", "release"),
}
"""Switches that set a setting to one of its values."""
_IGNORED_SWITCHES = (
    *("--ignore-rust-version", "--include-debuginfo"),
    *("--find-interpreter", "-f", "--compression-enable-large-file-support"),
)
_IGNORED_VALUES = ("--compression-method", "--compression-level")
_OUTPUT_SWITCHES = (
    *("--quiet", "-q", "--verbose", "-v", "-vv", "-vvv", "--timings"),
    "--future-incompat-report",
)
"""Options about what is printed: nothing is lost without them."""
_WITH_VALUE = (*_LISTS, *_VALUES, *_IGNORED_VALUES, "--color")
_SKIP = "--skip-auditwheel"
_KNOWN = (
    *(*_WITH_VALUE, *_SWITCHES, *_CHOICES, *_IGNORED_SWITCHES, *_OUTPUT_SWITCHES),
    *(_SKIP, "--"),
)


def translate_arguments(
    texts: Sequence[str],
    where: str,
    problems: list[FerruleError],
    *,
    hints: list[str] | None = None,
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return settings in `[tool.ferrule]` keys, and warnings.

    Records unknown options as problems. `where` names the source in messages;
    `hints` receives the typed spelling of what was understood.
    """
    options = list(_options(_words(texts, where, problems), where, problems))
    lists: dict[str, list[str]] = {}
    table: dict[str, object] = {}
    ignored: list[str] = []
    for flag, value in options:
        if flag in _LISTS:
            is_split = _LISTS[flag] == "features"
            words = value.replace(",", " ").split() if is_split else [value]
            lists.setdefault(_LISTS[flag], []).extend(words)
        elif flag in _VALUES:
            is_number = _VALUES[flag] == "jobs" and value.lstrip("-").isdecimal()
            table[_VALUES[flag]] = int(value) if is_number else value
        elif flag in _SWITCHES:
            table[_SWITCHES[flag]] = value != "false"
        elif flag in _CHOICES:
            key, chosen = _CHOICES[flag]
            table[key] = chosen
        elif flag == "--":
            lists["rustc-args"] = value.split("\0")
        elif flag in _IGNORED_SWITCHES or flag in _IGNORED_VALUES:
            ignored.append(flag)
    if any(flag == _SKIP for flag, _ in options):
        table.setdefault("audit", "skip")
    if table.get("bindings") == "pyo3-ffi":
        table["bindings"] = "pyo3"
    tags = [translate_compatibility(tag) for tag in lists.pop("compatibility", ())]
    if tags:
        table["compatibility"] = ",".join(tags)
    sboms = lists.pop("sbom", None)
    if sboms:
        table["sbom"] = {"include": sboms}
    table.update(lists)
    if table and hints is not None:
        hints.append(_hint(table, where))
    return table, tuple(
        f"{where}: the option {flag} has no counterpart and is ignored"
        for flag in dict.fromkeys(ignored)
    )


def translate_compatibility(value: str) -> str:
    """Return maturin's platform compatibility in ferrule's words.

    >>> translate_compatibility("2014"), translate_compatibility("off")
    ('manylinux_2_17', 'linux')
    """
    name = value.lower().replace("manylinux", "").lstrip("_")
    aliases = {"off": "linux", "1": "2_5", "2010": "2_12"}
    name = aliases.get(name, "2_17" if name == "2014" else name)
    return f"manylinux_{name}" if name[:1].isdecimal() else name


def _words(texts: Sequence[str], where: str, problems: list[FerruleError]) -> list[str]:
    if len(texts) != 1:
        return list(texts)
    import shlex

    try:
        return shlex.split(texts[0])
    except ValueError as error:
        problem = f"cannot be split into words: {str(error).lower()}"
        problems.append(SettingValueError(where, problem, fix="close the quotes"))
        return []


def _options(
    words: list[str], where: str, problems: list[FerruleError]
) -> Iterator[tuple[str, str]]:
    """Yield each known option with its value ("" for a switch)."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            if rest:
                yield "--", "\0".join(rest)
            return
        flag, equals, value = word.partition("=")
        is_joined = not word.startswith("--") and word[:2] in _WITH_VALUE
        if is_joined and word != word[:2]:
            yield word[:2], word[2:].lstrip("=")
        elif flag not in _KNOWN:
            what = f"{where}: the option {flag}"
            problems.append(UnknownSettingError(what, flag, _KNOWN))
        elif equals:
            yield flag, value
        elif flag in _SEVERAL:
            while rest and not rest[0].startswith("-"):
                yield flag, rest.pop(0)
        elif flag in _WITH_VALUE:
            if not rest:
                problem = f"ends with {flag}, which needs a value"
                problems.append(SettingValueError(where, problem))
                return
            yield flag, rest.pop(0)
        elif flag == "--strip" and rest[:1] in (["true"], ["false"]):
            yield flag, rest.pop(0)
        else:
            yield flag, ""


def _hint(table: dict[str, object], where: str) -> str:
    if where.startswith("MATURIN_"):
        names = {key: key.replace("-", "_").upper() for key in table}
        words = [f"FERRULE_{names[key]}={_text(table[key])}" for key in table]
    else:
        words = [f"-C {key}={_text(value)}" for key, value in table.items()]
    return f"{where} is read for compatibility: write {' '.join(words)} instead"


def _text(value: object) -> str:
    import shlex

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        entries = [f"{key} = {_toml(item)}" for key, item in value.items()]
        return shlex.quote(f"{{{', '.join(entries)}}}")
    is_simple = isinstance(value, list) and not any("," in word for word in value)
    if isinstance(value, list):
        return shlex.quote(",".join(value) if is_simple else " ".join(value))
    return shlex.quote(str(value))


def _toml(words: list[str]) -> str:
    import json

    # A JSON list of strings is a TOML list too.
    return json.dumps(words)
