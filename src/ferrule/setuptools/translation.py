"""An extension of a setup.py in ferrule's own terms: settings and a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ferrule.settings.model import BinarySettings, Feature, ModuleSettings, Settings
from ferrule.setuptools.cargo_arguments import CargoArguments, read_arguments
from ferrule.setuptools.extension import Binding, Strip
from ferrule.setuptools.limited_api import limited_feature

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.setuptools.extension import RustExtension

__all__ = ["Translation", "Wish", "translate"]

_RUST_CPYTHON_FEATURES = ("cpython/python3-sys", "cpython/extension-module")


@dataclass(frozen=True)
class Wish:
    """How the commands want an extension built."""

    is_debug: bool = False
    limited_api: bool | str = False
    """The option `py_limited_api` of `bdist_wheel`."""
    target: str | None = None
    cargo: str | None = None
    """The program to run instead of `cargo`."""
    is_quiet: bool = False


@dataclass(frozen=True)
class Translation:
    """Settings that build one extension, and words that only cargo understands."""

    settings: Settings
    profile: str
    words: tuple[str, ...]


def translate(
    extension: RustExtension,
    wish: Wish,
    *,
    interpreter: Interpreter,
    env: Mapping[str, str],
) -> Translation:
    """Return the settings of an extension.

    The profile is the one of `SETUPTOOLS_RUST_CARGO_PROFILE`, of `args`, or
    follows from `debug`. Raises `CargoArgumentError` and `LimitedApiError`.
    """
    arguments = read_arguments((*extension.args, *extension.cargo_manifest_args))
    profile = env.get("SETUPTOOLS_RUST_CARGO_PROFILE") or arguments.profile
    features = [*extension.features, *arguments.features]
    if extension.binding == Binding.RustCPython:
        features += _RUST_CPYTHON_FEATURES
    limited = limited_feature(extension, wish.limited_api, interpreter)
    features += [limited] if limited else []
    settings = Settings(
        features=tuple(Feature(name) for name in dict.fromkeys(features)),
        rustc_args=_rustc_args(extension, is_debug=wish.is_debug),
        strip=extension.strip == Strip.All and not wish.is_debug,
        jobs=_number(arguments.jobs or ""),
        target=tuple(filter(None, [_target(wish, arguments, env)])),
        target_dir=arguments.target_dir,
        config=tuple(arguments.config),
        unstable_flags=tuple(arguments.unstable_flags),
        env={
            name: value
            for name, value in extension.variables.items()
            if env.get(name) != value
        },
        **dict.fromkeys(arguments.switches, True),  # type: ignore[arg-type]
        **_products(extension, arguments.package),
    )
    return Translation(
        settings,
        profile or ("dev" if wish.is_debug else "release"),
        tuple(arguments.rest),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _products(extension: RustExtension, package: str | None) -> dict[str, Any]:
    if extension.binding == Binding.Exec:
        names = [name for name, _ in extension.programs]
        binaries = tuple(BinarySettings(name=name, package=package) for name in names)
        return {"binaries": binaries, "bindings": "bin"}
    return {"modules": (ModuleSettings(name=extension.name, package=package),)}


def _rustc_args(extension: RustExtension, *, is_debug: bool) -> tuple[str, ...]:
    words = () if extension.binding == Binding.Exec else tuple(extension.rustc_flags)
    if extension.strip == Strip.Debug and not is_debug:
        return ("-C", "strip=debuginfo", *words)
    return words


def _target(
    wish: Wish, arguments: CargoArguments, env: Mapping[str, str]
) -> str | None:
    return wish.target or arguments.target or env.get("CARGO_BUILD_TARGET") or None
