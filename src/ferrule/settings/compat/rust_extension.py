"""The parameters of `RustExtension` and `RustBin`, checked.

They come from `[tool.setuptools-rust]` or from a setup.py that was read; every
problem is recorded with the place the user wrote it in. Rules of setuptools-rust 1.13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrule.errors import did_you_mean
from ferrule.errors.settings import (
    SettingTypeError,
    SettingValueError,
    UnknownSettingError,
)
from ferrule.settings.compat.bdist_wheel import abi3_of_tag
from ferrule.settings.compat.cargo_words import CargoWords, read_cargo_words

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["Declared", "Extension", "check_extension", "declared_in_pyproject"]

_TABLES = ("ext-modules", "bins")
_SHAPES: dict[str, str] = {
    "target": "target",
    "path": "text",
    "args": "texts",
    "cargo_manifest_args": "texts",
    "features": "texts",
    "rustc_flags": "texts",
    "rust_version": "text",
    "quiet": "switch",
    "debug": "switch",
    "binding": "binding",
    "strip": "strip",
    "script": "switch",
    "native": "switch",
    "optional": "switch",
    "py_limited_api": "limited",
    "env": "table",
    "generated_files": "table",
}
_NOT_OF_BINS = (
    *("binding", "generated_files", "native", "py_limited_api", "rustc_flags"),
    "script",
)
_BINDINGS = ("PyO3", "RustCPython", "NoBinding", "Exec")
_STRIPS = ("No", "Debug", "All")
_EXPECTED = {
    "text": "a string",
    "texts": "a list of strings",
    "switch": "true or false",
    "binding": "a string",
    "strip": "a string",
    "table": "a table of strings",
    "target": "a string or a table of strings",
    "limited": '"auto", true, false or a tag such as "cp39"',
}


@dataclass(frozen=True)
class Declared:
    """One extension or program as its author declared it."""

    where: str
    """Its place, for example `tool.setuptools-rust.ext-modules[0]`."""
    values: Mapping[str, object]
    """The parameters, with dashes or underscores."""
    is_bin: bool = False


@dataclass
class Extension:
    """Checked parameters."""

    where: str
    is_bin: bool
    targets: dict[str, str]
    path: str = "Cargo.toml"
    features: list[str] = field(default_factory=list)
    rustc_args: list[str] = field(default_factory=list)
    binding: str = "PyO3"
    strip: str = "No"
    profile: str | None = None
    script: bool = False
    optional: bool = False
    env: dict[str, str] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    rust_version: str | None = None
    abi3: str | None = None
    words: CargoWords = field(default_factory=CargoWords)


def declared_in_pyproject(
    table: object, problems: list[FerruleError]
) -> list[Declared]:
    """Return what `[tool.setuptools-rust]` declares.

    Records misspelt table names, which setuptools-rust ignores.
    """
    where = "tool.setuptools-rust"
    if not isinstance(table, Mapping):
        problems.append(SettingTypeError(where, "a table", table))
        return []
    found = []
    for key, value in table.items():
        path = f"{where}.{key}"
        if key not in _TABLES:
            fix = "write [[tool.setuptools-rust.ext-modules]] or .bins"
            problems.append(UnknownSettingError(path, key, _TABLES, fix=fix))
        elif not isinstance(value, list):
            problems.append(SettingTypeError(path, "a list of tables", value))
        else:
            for number, item in enumerate(value):
                place = f"{path}[{number}]"
                if isinstance(item, Mapping):
                    found.append(Declared(place, item, is_bin=key == "bins"))
                else:
                    problems.append(SettingTypeError(place, "a table", item))
    return found


def check_extension(
    declared: Declared, problems: list[FerruleError], warnings: list[str]
) -> Extension | None:
    """Return what was declared with the types and names that it must have.

    Records problems, after which it returns None, and warnings.
    """
    before = len(problems)
    values = _typed_values(declared, problems, warnings)
    where = declared.where
    if "target" not in declared.values:
        problems.append(SettingValueError(where, 'lacks the key "target"'))
    target = values.get("target")
    if target is None or len(problems) > before:
        return None
    binding = "Exec" if declared.is_bin else str(values.get("binding", "PyO3"))
    item = Extension(
        where=where,
        is_bin=declared.is_bin,
        targets={"": target} if isinstance(target, str) else dict(target),  # type: ignore[call-overload]  # checked by its shape
        binding=binding,
        strip=str(values.get("strip", "No")),
        script=bool(values.get("script")),
        optional=bool(values.get("optional")),
    )
    item.path = _normal(str(values.get("path", "Cargo.toml")))
    item.env.update(_table(values.get("env")))
    item.generated.update(_table(values.get("generated_files")))
    item.rustc_args += _texts(values.get("rustc_flags"))
    if values.get("native"):
        item.rustc_args.append("-Ctarget-cpu=native")
    version = values.get("rust_version")
    if version is not None:
        item.rust_version = _rust_version(str(version), where, problems)
    _read_words(item, values, warnings)
    _read_limited_api(item, values.get("py_limited_api", "auto"))
    _check_targets(item, problems)
    _warn(item, values, warnings)
    return item if len(problems) == before else None


def _typed_values(
    declared: Declared, problems: list[FerruleError], warnings: list[str]
) -> dict[str, object]:
    known = [key for key in _SHAPES if not declared.is_bin or key not in _NOT_OF_BINS]
    values: dict[str, object] = {}
    for given, value in declared.values.items():
        key, where = given.replace("-", "_"), f"{declared.where}.{given}"
        if key not in known:
            names = [name.replace("_", "-") for name in known]
            fix = ""
            if key in _SHAPES:
                fix = "programs (bins) have no such parameter; use ext-modules"
            problems.append(UnknownSettingError(where, given, names, fix=fix))
        elif value is not None:
            checked = _typed(_SHAPES[key], value, where, problems, warnings)
            if checked is not None:
                values[key] = checked
    return values


def _typed(
    shape: str,
    value: object,
    where: str,
    problems: list[FerruleError],
    warnings: list[str],
) -> object | None:
    if not _has_shape(shape, value):
        problems.append(SettingTypeError(where, _EXPECTED[shape], value))
        return None
    if shape in ("binding", "strip"):
        names = _BINDINGS if shape == "binding" else _STRIPS
        return _member(str(value), names, where, problems, warnings)
    is_tag = shape == "limited" and isinstance(value, str) and value != "auto"
    if is_tag and abi3_of_tag(str(value)) is None:
        fix = 'write "auto", true, false or a tag such as "cp39"'
        problems.append(SettingValueError(where, f'is "{value}"', fix=fix))
        return None
    return value


def _has_shape(shape: str, value: object) -> bool:
    is_text = isinstance(value, str)
    is_table = isinstance(value, Mapping) and all(
        isinstance(item, str) for pair in value.items() for item in pair
    )
    if shape == "target":
        return is_text or is_table
    if shape == "texts":
        return isinstance(value, (list, tuple)) and all(
            isinstance(item, str) for item in value
        )
    if shape == "limited":
        return is_text or isinstance(value, bool)
    if shape == "switch":
        return isinstance(value, bool)
    return is_table if shape == "table" else is_text


def _member(
    value: str,
    names: Sequence[str],
    where: str,
    problems: list[FerruleError],
    warnings: list[str],
) -> str | None:
    if value in names:
        return value
    for name in names:
        if name.lower() == value.lower():
            warnings.append(f'{where} is "{value}": setuptools-rust writes "{name}"')
            return name
    allowed = ", ".join(f'"{name}"' for name in names)
    hint = did_you_mean(value.lower(), [name.lower() for name in names])
    for name in names:
        hint = hint.replace(f'"{name.lower()}"', f'"{name}"')
    problem = f'is "{value}"{hint}'
    problems.append(SettingValueError(where, problem, fix=f"use one of {allowed}"))
    return None


def _read_words(
    item: Extension, values: Mapping[str, object], warnings: list[str]
) -> None:
    words = [
        *_texts(values.get("args")),
        *_texts(values.get("cargo_manifest_args")),
    ]
    item.words = read_cargo_words(words)
    item.features = [*_texts(values.get("features")), *item.words.features]
    debug = values.get("debug")
    if debug is not None:
        item.profile = "dev" if debug else "release"
    item.profile = item.words.profile or item.profile
    warnings.extend(
        f"{item.where}.args: {word} has no counterpart in ferrule and is ignored"
        for word in item.words.ignored
    )


def _read_limited_api(item: Extension, value: object) -> None:
    if isinstance(value, str) and value != "auto":
        item.abi3 = abi3_of_tag(value)


def _check_targets(item: Extension, problems: list[FerruleError]) -> None:
    where = f"{item.where}.target"
    if item.binding != "Exec":
        if set(item.targets) != {""}:
            fix = 'write a dotted name, or add binding = "Exec" for programs'
            problem = "is a table, which only programs can have"
            problems.append(SettingValueError(where, problem, fix=fix))
        elif not all(part.isidentifier() for part in item.targets[""].split(".")):
            problem = f'is "{item.targets[""]}", which Python cannot import'
            fix = "write names with letters, digits and _, joined by dots: pkg._core"
            problems.append(SettingValueError(where, problem, fix=fix))
    elif not item.targets or not all(item.targets.values()):
        problems.append(SettingValueError(where, "names no program"))
    for source in item.generated:
        if source.startswith("/") or ".." in source.split("/"):
            path = f"{item.where}.generated-files"
            problem = f'has "{source}", which leaves OUT_DIR'
            problems.append(SettingValueError(path, problem))


def _warn(item: Extension, values: Mapping[str, object], warnings: list[str]) -> None:
    if item.binding == "Exec" and item.script:
        warnings.append(
            f"{item.where}.script: the program itself is installed as a script, "
            "without setuptools-rust's Python launcher"
        )
    if values.get("native"):
        warnings.append(
            f"{item.where}.native: the wheel runs only on processors like this one"
        )
    if values.get("py_limited_api") is False:
        warnings.append(
            f"{item.where}.py_limited_api: whether the module uses the stable ABI "
            "follows from the PyO3 features of the crate"
        )


def _rust_version(text: str, where: str, problems: list[FerruleError]) -> str | None:
    from ferrule.settings.rust_version import rust_version_problem

    problem = rust_version_problem(text)
    if problem:
        path = f"{where}.rust-version"
        fix = 'write for example ">=1.74"'
        problems.append(SettingValueError(path, problem, fix=fix))
        return None
    return text


def _normal(path: str) -> str:
    import posixpath

    return posixpath.normpath(path.replace("\\", "/"))


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _table(value: object) -> dict[str, str]:
    return dict(value) if isinstance(value, Mapping) else {}
