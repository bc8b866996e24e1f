"""The guide's "manual build": only the importable file, under its right name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule import atomic, log
from ferrule.pipeline.build.placing import write_members
from ferrule.pipeline.build.wheels import plan_builds
from ferrule.pipeline.compiling import compile_build
from ferrule.pipeline.opening import open_project

if TYPE_CHECKING:
    from ferrule.pipeline.request import Request

__all__ = ["build_bare"]


def build_bare(
    request: Request, folder: Path, *, style: Literal["plain", "tagged", "abi3"] | None
) -> list[Path]:
    """Build the extension modules and put just them into `folder`.

    Returns the files; for a cffi or UniFFI module, those of its package. The
    name is `style`'s, except that PyPy and GraalPy always get the tagged name:
    they ignore other files (PEP 3149 and the guide, "Manual builds").
    """
    from ferrule.python.abis import bare_suffix

    opened = open_project(request)
    written: list[Path] = []
    for build, names in plan_builds(opened):
        log.step(f"building for {', '.join(names)}")
        compiled = compile_build(opened, build)
        for module in build.modules:
            package = compiled.packages.get(module.name)
            if package is not None:
                last = module.name.rpartition(".")[2]
                written += write_members(package.members(last), folder)
                continue
            suffix = bare_suffix(module.abi, build.interpreter, style)
            path = folder / f"{module.name.rpartition('.')[2]}{suffix}"
            content = compiled.library(module).read_bytes()
            atomic.write_bytes(path, content, mode=0o755)
            written.append(path)
    return list(dict.fromkeys(written))
