"""setuptools' own commands, extended for a Distribution with Rust extensions.

Each wrapper is a subclass of whatever class the project uses, made where the
command is looked up, so that a project's own subclasses stay in charge.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from setuptools.errors import BaseError

from ferrule import log
from ferrule.setuptools.commands import RustCommand, explained
from ferrule.setuptools.limited_api import choose_tag, is_possible, parse_floor
from ferrule.setuptools.options import pending_options
from ferrule.setuptools.placement import Ledger, place_file, remove_siblings
from ferrule.setuptools.state import rust_extensions, rust_state

if TYPE_CHECKING:
    from ferrule.setuptools.building import Planned
    from ferrule.setuptools.extension import RustExtension

__all__ = ["wrapped"]

_WHEEL_MODULES = ("setuptools.command.bdist_wheel", "wheel.bdist_wheel")
_TARGET_OPTION = ("target=", None, "Rust target triple")


@cache
def wrapped(command: str, base: type[Any]) -> type[Any]:
    """Return the class of a command with what Rust extensions need."""
    wrap = _WRAPPERS.get(command)
    if wrap is None or issubclass(base, RustCommand):
        return base
    made = wrap(base)
    # Options are looked up, and errors reported, under the name of the class.
    made.__name__, made.__qualname__ = base.__name__, base.__qualname__
    made.is_ferrule = True
    return made


def _take_pending(command: Any, name: str) -> None:
    for option, value in pending_options(name).items():
        setattr(command, option, value)


def _wrap_build_ext(base: Any) -> type[Any]:
    class BuildExt(base):  # type: ignore[misc]
        user_options: ClassVar[list[tuple[str, Any, str]]] = [
            *base.user_options,
            _TARGET_OPTION,
        ]

        def initialize_options(self) -> None:
            super().initialize_options()
            self.target = os.environ.get("CARGO_BUILD_TARGET")

        def run(self) -> None:
            _clear_up(self)
            super().run()
            _run_rust(self)

        def get_outputs(self) -> list[str]:
            return [*super().get_outputs(), *rust_state(self.distribution).placed]

        def get_output_mapping(self) -> dict[str, str]:
            # Cython's own build_ext derives from distutils', which has no mapping.
            inner = getattr(super(), "get_output_mapping", dict)
            mapping: dict[str, str] = dict(inner())
            if self.inplace:
                mapping.update(rust_state(self.distribution).placed)
            return mapping

    return BuildExt


def _place(build_ext: Any) -> tuple[bool, str]:
    return bool(build_ext.inplace), str(build_ext.build_lib)


def _ledger(build_ext: Any) -> Ledger:
    return Ledger(Path(build_ext.build_temp, "ferrule", "placed.txt").absolute())


def _clear_up(build_ext: Any) -> None:
    """Remove what earlier builds left, before anything of this one is placed."""
    state = rust_state(build_ext.distribution)
    if _place(build_ext) in state.finished:
        return
    state.placed.clear()
    state.files.clear()
    if not build_ext.inplace:
        _ledger(build_ext).clear()
        _remove_modules(build_ext)


def _run_rust(build_ext: Any) -> None:
    """Run `build_rust`, once per folder and unless the project did that itself."""
    dist = build_ext.distribution
    state = rust_state(dist)
    place = _place(build_ext)
    if place in state.finished:
        return
    state.finished.add(place)
    declared = state.has_binaries and rust_extensions(dist)
    if declared and not dist.have_run.get("build_rust"):
        command = build_ext.get_finalized_command("build_rust")
        command.inplace = build_ext.inplace
        command.target = build_ext.target or command.target
        command.verbose = build_ext.verbose
        command.plat_name = build_ext.plat_name
        command.run()
    if not build_ext.inplace:
        if state.files:
            with explained():
                _ledger(build_ext).write(state.files)
        _settle_purity(dist)


def _remove_modules(build_ext: Any) -> None:
    """Remove modules that `build_py` copied from an in-place build."""
    for extension in rust_extensions(build_ext.distribution):
        for place in extension.target.values():
            package, _, name = place.rpartition(".")
            folder = Path(build_ext.build_lib, *package.split("."))
            remove_siblings(folder, name, keep="", only_own=False)


def _settle_purity(dist: Any) -> None:
    """Make the wheel a pure one where every extension was optional and failed."""
    state = rust_state(dist)
    names = {item.name for item in rust_extensions(dist)}
    wheel = dist.get_command_obj("bdist_wheel", create=False)
    if not names or names - state.failed or wheel is None:
        return
    if getattr(wheel, "root_is_pure", True) or _decides_itself(type(wheel)):
        return
    state.is_pure = True
    if dist.has_ext_modules() or dist.has_c_libraries():
        state.is_pure = False
        return
    log.warn("the wheel is built without its optional Rust extensions")
    wheel.root_is_pure = True


def _decides_itself(wheel: type[Any]) -> bool:
    """Return whether the project's own class says what kind of wheel it is."""
    own = {"finalize_options", "get_tag"}
    for part in wheel.__mro__:
        if part.__module__ in _WHEEL_MODULES:
            return False
        if not vars(part).get("is_ferrule", False) and own & set(vars(part)):
            return True
    return True


def _wrap_bdist_wheel(base: Any) -> type[Any]:
    class BdistWheel(base):  # type: ignore[misc]
        user_options: ClassVar[list[tuple[str, Any, str]]] = [
            *base.user_options,
            _TARGET_OPTION,
        ]
        py_limited_api: Any

        def initialize_options(self) -> None:
            super().initialize_options()
            self.target = os.environ.get("CARGO_BUILD_TARGET")

        def finalize_options(self) -> None:
            from ferrule.python.probe import running_interpreter

            _take_pending(self, "bdist_wheel")
            wanted = self.py_limited_api
            if wanted and not is_possible(running_interpreter()):
                # setuptools refuses the option on free-threaded Pythons.
                self.py_limited_api = False
            with explained():
                parse_floor(self.py_limited_api)
            super().finalize_options()

        def get_tag(self) -> tuple[str, str, str]:
            given: tuple[str, str, str] = super().get_tag()
            if self.root_is_pure or given != _plain_tag(self, base, given):
                return given
            return _corrected_tag(self, given)

    return BdistWheel


def _plain_tag(
    command: Any, base: Any, given: tuple[str, str, str]
) -> tuple[str, str, str]:
    """Return the tag that setuptools itself would give."""
    for part in reversed(base.__mro__):
        if "get_tag" in vars(part):
            tag: tuple[str, str, str] = part.get_tag(command)
            return tag
    return given


def _corrected_tag(command: Any, given: tuple[str, str, str]) -> tuple[str, str, str]:
    dist = command.distribution
    state = rust_state(dist)
    wanted = [item for item in rust_extensions(dist) if item.name not in state.failed]
    build = command.get_finalized_command("build_rust")
    plans = _plans(build, wanted)
    modules = [item for item in plans if item.build.modules]
    abis = [item.abi for item in modules if item.abi is not None]
    known = len(abis) == len(modules)
    others = all(
        getattr(item, "py_limited_api", False) for item in dist.ext_modules or ()
    )
    if plans and not modules and not dist.ext_modules:
        embeds = any(item.embeds_python for item in plans)
        return given if embeds else ("py3", "none", given[2])
    embeds = any(item.embeds_python for item in plans) and not command.py_limited_api
    with explained():
        return choose_tag(
            given,
            wanted=command.py_limited_api or False,
            abis=abis,
            others_limited=known and others and not embeds,
        )


def _plans(build: Any, extensions: Sequence[RustExtension]) -> list[Planned]:
    found = (_plan(build, item) for item in extensions)
    return [item for item in found if item is not None]


def _plan(build: Any, extension: RustExtension) -> Planned | None:
    try:
        planned: Planned = build.plan(extension)
    except BaseError:
        # It will fail when it is built, too, and is left out.
        if not extension.optional:
            raise
        return None
    return planned


def _wrap_install_scripts(base: Any) -> type[Any]:
    class InstallScripts(base):  # type: ignore[misc]
        def run(self) -> None:
            super().run()
            for program in dict.fromkeys(rust_state(self.distribution).programs):
                target = os.path.join(self.install_dir, os.path.basename(program))
                if os.path.abspath(program) != os.path.abspath(target):
                    with explained():
                        place_file(Path(program), Path(target))
                self.outfiles = [*(getattr(self, "outfiles", None) or []), target]

    return InstallScripts


def _wrap_sdist(base: Any) -> type[Any]:
    class Sdist(base):  # type: ignore[misc]
        user_options: ClassVar[list[tuple[str, Any, str]]] = [
            *base.user_options,
            ("vendor-crates", None, "pack the crates that the extensions need"),
            ("no-vendor-crates", None, "pack no crates [default]"),
        ]
        boolean_options: ClassVar[list[str]] = [*base.boolean_options, "vendor-crates"]
        negative_opt: ClassVar[dict[str, str]] = {
            **base.negative_opt,
            "no-vendor-crates": "vendor-crates",
        }

        def initialize_options(self) -> None:
            super().initialize_options()
            self.vendor_crates = 0

        def finalize_options(self) -> None:
            _take_pending(self, "sdist")
            super().finalize_options()

        def make_distribution(self) -> None:
            from ferrule.setuptools.sources import complete_files

            with explained():
                self.filelist.files[:] = complete_files(
                    self.filelist.files, rust_extensions(self.distribution)
                )
            super().make_distribution()

        def make_release_tree(self, base_dir: str, files: list[str]) -> None:
            from ferrule.setuptools.sources import clean_configuration, vendor_crates

            super().make_release_tree(base_dir, files)
            with explained():
                clean_configuration(Path(base_dir))
                extensions = rust_extensions(self.distribution)
                if self.vendor_crates and extensions:
                    vendor_crates(Path(base_dir), extensions)

    return Sdist


def _wrap_clean(base: Any) -> type[Any]:
    class Clean(base):  # type: ignore[misc]
        def run(self) -> None:
            super().run()
            self.run_command("clean_rust")

    return Clean


_WRAPPERS: dict[str, Callable[[Any], type[Any]]] = {
    "bdist_wheel": _wrap_bdist_wheel,
    "build_ext": _wrap_build_ext,
    "clean": _wrap_clean,
    "install_scripts": _wrap_install_scripts,
    "sdist": _wrap_sdist,
}
