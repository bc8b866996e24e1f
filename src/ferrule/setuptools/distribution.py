"""How a Distribution learns about Rust: keyword, table and command lookup."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

from setuptools.errors import SetupError

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.setuptools import ExtensionTableError
from ferrule.setuptools.commands import check_extensions
from ferrule.setuptools.extension import Binding, RustBin, RustExtension, Strip
from ferrule.setuptools.state import rust_extensions, rust_state
from ferrule.setuptools.wrappers import wrapped

__all__ = ["accept_keyword", "finalize", "read_table"]

_TABLES: dict[str, type[RustExtension]] = {
    "ext-modules": RustExtension,
    "bins": RustBin,
}


def accept_keyword(dist: Any, attribute: str, value: object) -> None:
    """Accept `rust_extensions` of setup(); raises `SetupError`."""
    del attribute
    try:
        check_extensions(value)
    except FerruleError as error:
        raise SetupError(str(error)) from error
    finalize(dist)
    rust_state(dist).has_binaries |= bool(value)
    _add_entry_points(dist)


def finalize(dist: Any) -> None:
    """Prepare a Distribution for Rust extensions.

    Those that a subclass of Distribution assigns later are known to all commands,
    but built only where the project runs `build_rust` itself.
    """
    state = rust_state(dist)
    if state.is_attached:
        return
    state.is_attached = True
    _attach(dist)
    try:
        extensions = read_table(Path("pyproject.toml"))
    except FerruleError as error:
        raise SetupError(str(error)) from error
    if extensions:
        dist.rust_extensions = extensions
        state.has_binaries = True
        _add_entry_points(dist)


def _attach(dist: Any) -> None:
    state = rust_state(dist)
    find_class = dist.get_command_class
    has_ext_modules = dist.has_ext_modules

    def get_command_class(command: str) -> type[Any]:
        return wrapped(command, find_class(command))

    def has_modules() -> bool:
        # Once declared, they count: a command may drop them from the list later.
        if state.has_binaries and not state.is_pure:
            return True
        return bool(has_ext_modules())

    dist.get_command_class = get_command_class
    dist.has_ext_modules = has_modules


def _add_entry_points(dist: Any) -> None:
    scripts = [line for item in rust_extensions(dist) for line in item.entry_points()]
    if not scripts:
        return
    points = dist.entry_points or {}
    if isinstance(points, dict):
        known = list(points.get("console_scripts") or [])
        known += [line for line in scripts if line not in known]
        dist.entry_points = {**points, "console_scripts": known}


def read_table(path: Path) -> list[RustExtension]:
    """Return the extensions of `[tool.setuptools-rust]`.

    Raises `ExtensionTableError` for what means nothing, and what reading TOML
    raises.
    """
    if not os.path.isfile(path):
        return []
    from ferrule.project.pyproject import read_toml

    tools = read_toml(path).get("tool", {})
    if "ferrule" in tools:
        log.warn(
            "[tool.ferrule] is not read by ferrule.setuptools: say it in setup.py or "
            "[tool.setuptools-rust]"
        )
    table = tools.get("setuptools-rust", {})
    for key in table:
        if key not in _TABLES:
            raise ExtensionTableError("[tool.setuptools-rust]", key, list(_TABLES))
    return [
        _create(made, entry, f"[[tool.setuptools-rust.{key}]]")
        for key, made in _TABLES.items()
        for entry in table.get(key, [])
    ]


def _create(
    made: type[RustExtension], entry: dict[str, Any], place: str
) -> RustExtension:
    known = [name for name in inspect.signature(made).parameters if name != "self"]
    values = {}
    for key, value in entry.items():
        name = key.replace("-", "_")
        if name not in known:
            spelled = [item.replace("_", "-") for item in known]
            raise ExtensionTableError(place, key, spelled)
        values[name] = value
    for name, kind in (("binding", Binding), ("strip", Strip)):
        if name in values:
            members: list[str] = [member.name for member in kind]
            if values[name] not in members:
                raise ExtensionTableError(f"{place} {name}", values[name], members)
            values[name] = kind[values[name]]
    return made(**values)
