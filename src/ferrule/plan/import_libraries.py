"""Import libraries of Python for Windows, for the releases of PyO3 that need one.

From 0.29 on PyO3 lets rustc make the entries by itself (`raw-dylib`), unless
`PYO3_USE_RAW_DYLIB=0`. Older releases look for `pythonXY.lib` in `lib_dir`, which a
Python of another machine does not have; their feature `generate-import-lib`, which
calls a dlltool, is not needed either (the guide, "Windows").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.cargo.graph import Pyo3Use
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release
    from ferrule.target.triple import Triple

__all__ = ["with_import_library"]


def with_import_library(
    text: str,
    use: Pyo3Use,
    interpreter: Interpreter | None,
    target: str,
    *,
    env: Mapping[str, str],
    fallback: Path,
) -> str:
    """Return a PyO3 configuration that names a folder with the import library.

    The text is returned as it is where no library is needed, or a folder is named
    already. Programs that the environment names for the purpose are not called, which
    is told. The library is written into the per-user cache, or below `fallback`
    where that cannot be used. Raises `UnknownPythonError` and
    `UnknownMachineError` for Pythons that ferrule has no symbols of.
    """
    from ferrule.implib.variables import tell_unneeded
    from ferrule.python.releases import Pyo3Release
    from ferrule.target.triple import parse_triple

    release, triple = Pyo3Release.parse(use.version), parse_triple(target)
    opted_out = release.has_raw_dylib_env and env.get("PYO3_USE_RAW_DYLIB") == "0"
    if triple.is_windows:
        tell_unneeded(env)
    if not triple.is_windows or (release.raw_dylib and not opted_out):
        return text
    names = [line.partition("=")[0] for line in text.splitlines()]
    if "lib_dir" in names or "lib_name" not in names:
        return text
    folder = interpreter.lib_dir if interpreter is not None else ""
    return f"{text}lib_dir={folder or _written(text, release, triple, env, fallback)}\n"


def _written(
    text: str,
    release: Pyo3Release,
    triple: Triple,
    env: Mapping[str, str],
    fallback: Path,
) -> Path:
    from ferrule import cache
    from ferrule.implib.generation import (
        ensure_import_library,
        flavor_of,
        library_of_config,
    )
    from ferrule.python.config_file import parse_config

    config = parse_config(text, release)
    library = library_of_config(config)
    root = cache.folder(env, "pyo3-config") or fallback / "pyo3-config"
    folder = root / "import-libraries" / f"{triple.text}-{library.python}"
    # Written once; what is linked with it does not change by another release.
    if not (folder / library.file_name(flavor_of(triple))).is_file():
        ensure_import_library(config, triple, folder)
    return folder
