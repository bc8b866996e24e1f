"""`[tool.maturin]` in the keys of `[tool.ferrule]`.

Every key means what it means to maturin 1.16, which ignores keys that it does
not know; here a warning names them. `KEYS` is the whole table of the peer;
docs/from-maturin.md tells the same to people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.settings import SettingTypeError, UnsupportedBindingsError
from ferrule.settings.checks import compatibility_problem
from ferrule.settings.compat.build_args import (
    translate_arguments,
    translate_compatibility,
)
from ferrule.settings.model import (
    Audit,
    FileFormat,
    Implementation,
    SdistGenerator,
    TargetKind,
)

__all__ = ["KEYS", "REMOVED", "SUBKEYS", "translate_maturin"]

_SAME = (
    *("all-features", "bindings", "compatibility", "config", "data"),
    *("editable-profile", "exclude", "features", "frozen", "include"),
    *("include-import-lib", "locked", "manifest-path", "module-name"),
    *("no-default-features", "pgo-command", "pgo-dependency-group", "profile"),
    *("python-packages", "python-source", "rustc-args", "sbom"),
    *("sdist-generator", "strip", "targets", "unstable-flags"),
)
KEYS: Mapping[str, str | None] = {
    **{key: key for key in _SAME},
    "auditwheel": "audit",
    "skip-auditwheel": "audit",
    "manylinux": "compatibility",
    "target": "macos-deployment-target",
    # A module never depends on the virtual environment that it is built in:
    # ferrule configures PyO3 for the base interpreter anyway.
    "use-base-python": None,
    # For `maturin generate-ci` only; no build looks at it.
    "generate-ci": None,
}
"""The keys of maturin and what they are called here; None: nothing to do."""

REMOVED: Mapping[str, str] = {
    "cargo-extra-args": "typed keys",
    "rustc-extra-args": "rustc-args",
    "sdist-include": "include with the format sdist",
}
"""The keys of maturin before 1.0, and what replaces them."""

SUBKEYS: Mapping[str, Mapping[str, str]] = {
    "include": {
        **{key: key for key in ("path", "format", "from", "to")},
        # maturin's manual has one spelling, its code reads the other.
        "crate-name": "crate",
        "crate_name": "crate",
    },
    "exclude": {"path": "path", "format": "format"},
    "features": {
        key: key for key in ("feature", "python-version", "python-implementation")
    },
    "targets": {"name": "name", "kind": "kind"},
    "sbom": {"rust": "rust", "auditwheel": "repair", "include": "include"},
    "target": {
        "macos-deployment-target": "macos-deployment-target",
        "macosx-deployment-target": "macos-deployment-target",
    },
}
"""Keys of the tables inside the table, and what they are called here."""

_CHOICES: Mapping[str, Sequence[str]] = {
    "auditwheel": get_args(Audit),
    "bindings": ("pyo3", "pyo3-ffi", "cffi", "uniffi", "bin"),
    "format": get_args(FileFormat),
    "kind": get_args(TargetKind),
    "python-implementation": get_args(Implementation),
    "sdist-generator": get_args(SdistGenerator),
}
_LISTS_OF_TABLES = ("include", "exclude", "features", "targets")


def translate_maturin(
    table: Mapping[str, object], *, hints: list[str] | None = None
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the table in ferrule's keys, and warnings.

    Values keep their types, right or wrong: the caller converts and checks
    them. `hints` receives what is understood but has a better spelling. Raises
    `UnsupportedBindingsError` for rust-cpython and `SettingTypeError`.
    """
    result: dict[str, object] = {}
    warnings: list[str] = []
    for key, value in table.items():
        where = f"tool.maturin.{key}"
        if key in KEYS:
            name = KEYS[key]
            translated = _value(key, value, where, warnings)
            if name is not None and translated is not None:
                result[name] = translated
        elif key not in REMOVED:
            warnings.append(_unknown(where, key, tuple(KEYS)))
    if "auditwheel" in table and "audit" in result:
        # The newer key wins, wherever it stands.
        result["audit"] = table["auditwheel"]
    # Last, because these add to the keys that replaced them.
    for key in REMOVED:
        if key in table:
            notes = [] if hints is None else hints
            _translate_removed(key, table[key], result, warnings, notes)
    return result, tuple(warnings)


def _value(key: str, value: object, where: str, warnings: list[str]) -> object:
    """Return what a key's value means here, or None where it is left out."""
    if key in _LISTS_OF_TABLES:
        return _tables(key, value, where, warnings)
    if key in _READERS:
        return _READERS[key](value, where, warnings)
    if key in _CHOICES and not _is_choice(key, value, where, warnings):
        return None
    return value


def _bindings(value: object, where: str, warnings: list[str]) -> object:
    if value == "rust-cpython":
        raise UnsupportedBindingsError(where, str(value))
    if not _is_choice("bindings", value, where, warnings):
        return None
    return "pyo3" if value == "pyo3-ffi" else value


def _compatibility(value: object, where: str, warnings: list[str]) -> object:
    if not isinstance(value, str):
        return value
    translated = translate_compatibility(value)
    if compatibility_problem(translated) is None:
        return translated
    warnings.append(f'{where} is "{value}", which is no platform: it is ignored')
    return None


def _skip_auditwheel(value: object, where: str, warnings: list[str]) -> object:
    del warnings
    if not isinstance(value, bool):
        raise SettingTypeError(where, "true or false", value)
    return "skip" if value else None


def _unknown(where: str, key: str, known: Sequence[str]) -> str:
    return f"{where} is not a key of maturin and is ignored{did_you_mean(key, known)}"


def _is_choice(key: str, value: object, where: str, warnings: list[str]) -> bool:
    """Return whether a word is known; other types are the caller's matter."""
    choices = _CHOICES[key]
    if not isinstance(value, str) or value in choices:
        return True
    hint = did_you_mean(value, choices)
    warnings.append(f'{where} is "{value}", which is ignored{hint}')
    return False


def _renamed(
    table: Mapping[str, object],
    keys: Mapping[str, str],
    where: str,
    warnings: list[str],
) -> dict[str, object]:
    warnings.extend(
        _unknown(f"{where}.{key}", key, tuple(keys)) for key in table if key not in keys
    )
    return {keys[key]: table[key] for key in table if key in keys}


def _tables(key: str, value: object, where: str, warnings: list[str]) -> object:
    if not isinstance(value, list):
        return value
    items: list[object] = []
    for number, item in enumerate(value):
        if not isinstance(item, Mapping):
            items.append(item)
            continue
        path = f"{where}[{number}]"
        table = _renamed(item, SUBKEYS[key], path, warnings)
        if "from" in table:
            # Generated files never enter maturin's sdists, whatever the format.
            table["format"] = ["wheel"]
        else:
            for word in sorted({"to", "crate"} & table.keys()):
                del table[word]
                warnings.append(f"{path}: {word} counts only beside `from`")
            _read_formats(table, f"{path}.format", warnings)
        kind = table.get("kind")
        if not _is_choice("kind", kind, f"{path}.kind", warnings):
            del table["kind"]
        name = table.get("python-implementation")
        if isinstance(name, str):
            name = table["python-implementation"] = name.lower()
            place = f"{path}.python-implementation"
            if not _is_choice("python-implementation", name, place, warnings):
                # maturin takes any name; the condition of an unknown one never
                # holds, so the feature is never on.
                continue
        items.append(table)
    return items


def _read_formats(table: dict[str, object], where: str, warnings: list[str]) -> None:
    if "format" not in table:
        return
    value = table["format"]
    words = value if isinstance(value, list) else [value]
    known = [word for word in words if _is_choice("format", word, where, warnings)]
    if known:
        table["format"] = known
    else:
        del table["format"]


def _sbom(value: object, where: str, warnings: list[str]) -> object:
    if not isinstance(value, Mapping):
        return value
    for key in ("rust", "auditwheel"):
        if not isinstance(value.get(key, True), bool):
            raise SettingTypeError(f"{where}.{key}", "true or false", value[key])
    return _renamed(value, SUBKEYS["sbom"], where, warnings)


def _deployment_targets(value: object, where: str, warnings: list[str]) -> object:
    if not isinstance(value, Mapping):
        return value
    found: dict[str, object] = {}
    for triple, table in value.items():
        path = f"{where}.{triple}"
        if not isinstance(table, Mapping):
            raise SettingTypeError(path, "a table", table)
        renamed = _renamed(table, SUBKEYS["target"], path, warnings)
        if "macos-deployment-target" in renamed:
            found[triple] = renamed["macos-deployment-target"]
    return found


_READERS: Mapping[str, Callable[[object, str, list[str]], object]] = {
    "bindings": _bindings,
    "compatibility": _compatibility,
    "manylinux": _compatibility,
    "sbom": _sbom,
    "skip-auditwheel": _skip_auditwheel,
    "target": _deployment_targets,
}


def _translate_removed(
    key: str,
    value: object,
    result: dict[str, object],
    warnings: list[str],
    hints: list[str],
) -> None:
    """Honour what maturin before 1.0 read."""
    where = f"tool.maturin.{key}"
    problems: list[FerruleError] = []
    translated: dict[str, object] = {}
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        warnings.append(f"{where} is not a string or a list of strings and is ignored")
        return
    if key == "sdist-include":
        inside = [text for text in texts if ".." not in text and text[:1] != "/"]
        translated["include"] = [{"path": path, "format": "sdist"} for path in inside]
    elif key == "cargo-extra-args":
        translated, more = translate_arguments(texts, where, problems)
        warnings.extend(more)
    else:
        translated, _ = translate_arguments([f"-- {' '.join(texts)}"], where, problems)
    for name, item in translated.items():
        earlier = result.get(name)
        if isinstance(earlier, list) and isinstance(item, list):
            result[name] = [*earlier, *item]
        else:
            result.setdefault(name, item)
    hints.append(
        f"{where} was removed in maturin 1.0 and is read for old projects: "
        f"use {REMOVED[key]}"
    )
    warnings.extend(str(problem) for problem in problems)
