"""Generating the packages of cffi and UniFFI modules after their compilation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.pipeline.opening import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ferrule.bindings.package import BoundPackage
    from ferrule.cargo.compile import Compiled, CompileKey
    from ferrule.plan.build import Bindgen, Build, PlannedModule
    from ferrule.project.core_metadata import CoreMetadata

__all__ = ["bind_module", "check_generators"]


def check_generators(build: Build) -> dict[str, Path]:
    """Return the generators on PATH that modules need, by module name.

    Called before anything is compiled. Raises `BindgenMissingError` and
    `BindgenVersionError`; warns about a package that lacks cffi at run time.
    """
    found = {}
    for module in build.modules:
        if module.bindings == "cffi":
            _check_requirement(build.project.metadata)
        bindgen = module.bindgen
        if bindgen is not None and bindgen.key is None:
            from ferrule.bindings.uniffi import find_program

            name = module.key.crate.name
            found[module.name] = find_program(name, bindgen.version, env=build.env)
    return found


def bind_module(
    module: PlannedModule,
    build: Build,
    library: Path,
    *,
    program: Path | None,
    compile_key: Callable[[CompileKey], Compiled],
) -> BoundPackage:
    """Return the package of one cffi or UniFFI module.

    `program` is the module's entry of `check_generators`; `compile_key` runs
    cargo for a uniffi-bindgen of the project's own. Raises the errors of
    `ferrule.bindings`.
    """
    if module.bindgen is not None:
        from ferrule.bindings.uniffi import uniffi_package

        return uniffi_package(
            library,
            module.key,
            lambda: program or _compiled_program(module.bindgen, compile_key),
            config_files=module.bindgen.config_files,
            env=build.env,
        )
    from ferrule.bindings.cffi import cffi_package

    if build.interpreter is None:
        raise ValueError(module)
    name = module.name.rpartition(".")[2]
    return cffi_package(name, library, module.key, build.interpreter, env=build.env)


def _compiled_program(
    bindgen: Bindgen | None, compile_key: Callable[[CompileKey], Compiled]
) -> Path:
    if bindgen is None or bindgen.key is None:
        raise ValueError(bindgen)
    log.info(f"compiling uniffi-bindgen of {bindgen.key.crate.name}")
    return compile_key(bindgen.key).artifacts[0].path


def _check_requirement(metadata: CoreMetadata) -> None:
    for requirement in metadata.requires_dist:
        match = re.match(r"\s*([A-Za-z0-9._-]+)", requirement)
        if match and match[1].lower() == "cffi":
            return
    warn_once(
        f"{metadata.name} needs cffi when it is imported, but does not require it: "
        'add "cffi" to `dependencies` in [project]'
    )
