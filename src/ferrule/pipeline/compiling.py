"""Compiling a build: cargo once per compile key, then a look at the modules."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrule.cargo.compile import Compiled, CompileKey, compile_artifacts
from ferrule.errors.cargo import ModuleNameError

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.pipeline.opening import OpenProject
    from ferrule.plan.build import Build, PlannedModule

__all__ = ["CompiledBuild", "compile_build"]


@dataclass
class CompiledBuild:
    """A build whose artifacts exist."""

    build: Build
    results: dict[CompileKey, Compiled] = field(default_factory=dict)

    def library(self, module: PlannedModule) -> Path:
        """Return the built library of a module, free of libpython."""
        path = self.results[module.key].artifacts[0].path
        if not module.key.plain:
            return path
        folder = module.key.target_directory / "ferrule" / "shared"
        return _without_libpython(path, folder / module.key.profile / path.name)

    @property
    def compiled(self) -> tuple[str, ...]:
        """Return the targets that cargo compiled."""
        return tuple(
            name for item in self.results.values() for name in item.run.compiled
        )

    @property
    def fresh(self) -> int:
        """Return the number of targets that were up to date."""
        return sum(item.run.fresh for item in self.results.values())

    def out_dir_of(self, crate: str | None) -> Path | None:
        """Return `OUT_DIR` of a crate's build script; None means the project's."""
        for item in self.results.values():
            found = item.run.out_dirs.get(crate or item.key.crate.name)
            if found is not None:
                return found
        return None


def compile_build(opened: OpenProject, build: Build) -> CompiledBuild:
    """Run cargo for every compile key of a build and check the modules."""
    from ferrule.audit.judgement import module_inits

    result = CompiledBuild(build)
    for key in build.keys:
        if key not in result.results:
            result.results[key] = compile_artifacts(
                key,
                opened.toolchain,
                env=opened.request.env,
                quiet=opened.request.quiet_cargo,
            )
    for module in build.modules:
        library = result.library(module)
        found = module_inits(library, env=opened.request.env)
        last = module.name.rpartition(".")[2]
        wanted = {f"PyInit_{last}", f"PyModExport_{last}"}
        if found is not None and not wanted.intersection(found):
            raise ModuleNameError(module.name, library, found)
    return result


def _without_libpython(source: Path, target: Path) -> Path:
    """Copy a library without its need of libpython, unless that was done."""
    from ferrule import atomic
    from ferrule.formats.elf import without_needed

    time_ns = source.stat().st_mtime_ns
    if not target.is_file() or target.stat().st_mtime_ns != time_ns:
        content = without_needed(source.read_bytes(), "libpython", name=str(source))
        with atomic.replacing(target, mode=0o755) as stream:
            stream.write(content)
        os.utime(target, ns=(time_ns, time_ns))
    return target
