"""Where PyO3's own search for a foreign Python ends otherwise than ferrule's.

PyO3 decides by the names of folders: an architecture anywhere in the path, a
version as a prefix (3.1 is also python3.13), none of `lib64`, `lib/<multiarch>`
and `build-details.json`; and it never compares the version that it finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.errors import FerruleError
from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release
from ferrule.python.situation import is_cross_compiling
from ferrule.python.sysconfigdata import find_sysconfigdata, parse_sysconfigdata

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.selector import Name
    from ferrule.target.triple import Triple

__all__ = ["config_difference", "upstream_difference"]


def upstream_difference(
    lib_dir: str,
    target: Triple,
    name: Name | None,
    env: Mapping[str, str],
    found: Interpreter,
    release: Pyo3Release = NEWEST_RELEASE,
) -> str:
    """Return what PyO3 would make of a folder, in a sentence; empty for the same.

    `found` is the Python that ferrule takes from it.
    """
    version = (name.version[0], name.version[1]) if name is not None else None
    try:
        path = find_sysconfigdata(lib_dir, target, version, env, release)
        said = parse_sysconfigdata(path, release)
    except FerruleError as error:
        return (
            f"`ferrule build` takes {found.display_name} from PYO3_CROSS_LIB_DIR; PyO3 "
            f"by itself would fail: {error.what}"
        )
    theirs = (said.get("SOABI"), said.get("VERSION"))
    major, minor = found.minor_version
    if theirs == (found.soabi, f"{major}.{minor}"):
        return ""
    return (
        f"`ferrule build` takes {found.display_name} ({found.soabi}) from "
        f"PYO3_CROSS_LIB_DIR; PyO3 by itself would take {path} ({theirs[0]})"
    )


def config_difference(
    env: Mapping[str, str], target: Triple, host: Triple, release: Pyo3Release
) -> str:
    """Return where a build takes another Python than PyO3, in a sentence.

    Empty where both take the same one.
    """
    lib_dir = env.get("PYO3_CROSS_LIB_DIR")
    is_forced = any(name.startswith("PYO3_CROSS") for name in env)
    is_cross = is_forced or is_cross_compiling(release, host, target)
    if not is_cross and target.is_musl != host.is_musl:
        return (
            f"PyO3 takes this machine's Python for {target.text}; `ferrule build` "
            "takes one of that C library"
        )
    from ferrule.python.foreign_files import find_foreign
    from ferrule.python.selector import parse_name

    if lib_dir is None or target.is_windows or "PYO3_NO_PYTHON" in env:
        return ""
    words = {"PyPy": "pypy", "GraalVM": "graalpy"}
    prefix = words.get(env.get("PYO3_CROSS_PYTHON_IMPLEMENTATION", ""), "")
    version = env.get("PYO3_CROSS_PYTHON_VERSION")
    name = parse_name(f"{prefix}{version}") if version else None
    try:
        found = find_foreign(lib_dir, target, name, env)
    except FerruleError as error:
        try:
            find_sysconfigdata(lib_dir, target, None, env, release)
        except FerruleError:
            return ""
        return f"`ferrule build` refuses this folder: {error.what}"
    return upstream_difference(lib_dir, target, name, env, found, release)
