"""`[tool.maturin]` in the keys of `[tool.ferrule]`.

Every key means what it means to maturin 1.x, which ignores keys that it does
not know; here a warning names them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.settings import UnsupportedBindingsError
from ferrule.settings.compat.build_args import (
    translate_arguments,
    translate_compatibility,
)

__all__ = ["translate_maturin"]

_SAME = (
    *("all-features", "config", "data", "editable-profile", "exclude", "features"),
    *("frozen", "include", "locked", "manifest-path", "module-name"),
    *("no-default-features", "profile", "python-packages", "python-source"),
    *("rustc-args", "sdist-generator", "strip", "unstable-flags"),
)
_WITHOUT_COUNTERPART = (
    *("auditwheel", "generate-ci", "include-import-lib", "pgo-command"),
    *("pgo-dependency-group", "sbom", "skip-auditwheel", "target", "targets"),
    "use-base-python",
)
_REMOVED = ("cargo-extra-args", "rustc-extra-args", "sdist-include")
_RENAMED = ("bindings", "compatibility", "manylinux")
_KNOWN = (*_SAME, *_RENAMED, *_WITHOUT_COUNTERPART, *_REMOVED)

_PATTERN_KEYS = {
    "path": "path",
    "format": "format",
    "from": "from",
    "to": "to",
    "crate-name": "crate",
}
_FEATURE_KEYS = {
    "feature": "feature",
    "python-version": "python-version",
    "python-implementation": "python-implementation",
}


def translate_maturin(
    table: Mapping[str, object],
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the table in ferrule's keys, and warnings.

    Values keep their types, right or wrong: the caller converts and checks
    them. Raises `UnsupportedBindingsError` for cffi, uniffi and rust-cpython.
    """
    result: dict[str, object] = {}
    warnings: list[str] = []
    for key, value in table.items():
        where = f"tool.maturin.{key}"
        if key in ("include", "exclude"):
            result[key] = _tables(value, _PATTERN_KEYS, where, warnings)
        elif key == "features":
            result[key] = _tables(value, _FEATURE_KEYS, where, warnings)
        elif key in _SAME:
            result[key] = value
        elif key == "bindings":
            result[key] = _bindings(value, where)
        elif key in ("compatibility", "manylinux"):
            is_text = isinstance(value, str)
            result["compatibility"] = (
                translate_compatibility(value) if is_text else value  # type: ignore[arg-type]  # is_text
            )
        elif key in _WITHOUT_COUNTERPART:
            warnings.append(f"{where} has no counterpart in ferrule and is ignored")
        elif key not in _REMOVED:
            hint = did_you_mean(key, _KNOWN)
            warnings.append(f"{where} is not a key of maturin and is ignored{hint}")
    # Last, because these add to the keys that replaced them.
    for key in _REMOVED:
        if key in table:
            _translate_removed(key, table[key], result, warnings)
    return result, tuple(warnings)


def _bindings(value: object, where: str) -> object:
    if value in ("cffi", "uniffi", "rust-cpython"):
        raise UnsupportedBindingsError(where, str(value))
    return "pyo3" if value == "pyo3-ffi" else value


def _tables(
    value: object, keys: Mapping[str, str], where: str, warnings: list[str]
) -> object:
    if not isinstance(value, list):
        return value
    items: list[object] = []
    for number, item in enumerate(value):
        if not isinstance(item, Mapping):
            items.append(item)
            continue
        translated = {keys[key]: item[key] for key in item if key in keys}
        for key in item:
            if key not in keys:
                path = f"{where}[{number}].{key}"
                hint = did_you_mean(key, tuple(keys))
                warnings.append(f"{path} is not a key of maturin and is ignored{hint}")
        if "from" in translated:
            # Generated files never enter maturin's sdists, whatever the format.
            translated["format"] = ["wheel"]
        name = translated.get("python-implementation")
        if isinstance(name, str):
            translated["python-implementation"] = name.lower()
        items.append(translated)
    return items


def _translate_removed(
    key: str, value: object, result: dict[str, object], warnings: list[str]
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
        new = "include with the format sdist"
        translated["include"] = [{"path": path, "format": "sdist"} for path in inside]
    elif key == "cargo-extra-args":
        new = "typed keys"
        translated, more = translate_arguments(texts, where, problems)
        warnings.extend(text for text in more if "no counterpart" in text)
    else:
        new = "rustc-args"
        translated, _ = translate_arguments([f"-- {' '.join(texts)}"], where, problems)
    for name, item in translated.items():
        earlier = result.get(name)
        if isinstance(earlier, list) and isinstance(item, list):
            result[name] = [*earlier, *item]
        else:
            result.setdefault(name, item)
    text = f"{where} was removed in maturin 1.0 and is read for old projects: use {new}"
    warnings.append(text)
    warnings.extend(str(problem) for problem in problems)
