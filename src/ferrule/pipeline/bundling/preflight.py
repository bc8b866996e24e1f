"""What is known to fail when a program is compiled, before cargo runs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ferrule.errors.bundle import ApiGenerationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ferrule.cargo.compile import CompileKey, Pyo3Config
    from ferrule.python.interpreter import Interpreter

__all__ = ["check_program"]


def check_program(
    key: CompileKey,
    name: str,
    interpreter: Interpreter,
    target: str,
    env: Mapping[str, str],
) -> None:
    """Raise what PyO3's build script or rustc would fail with.

    `name` is that of the program. Raises `ConfigurationError` where the release of
    PyO3 does not support the interpreter, and `ApiGenerationError` where the
    program is written for another release.
    """
    pyo3 = key.pyo3
    if pyo3 is None:
        return
    if pyo3.user_file is None:
        _check_support(pyo3, interpreter, target, env)
    _check_generation(key, pyo3, name, target)


def _check_support(
    pyo3: Pyo3Config, interpreter: Interpreter, target: str, env: Mapping[str, str]
) -> None:
    from ferrule.errors.configuration import UnknownReleaseError
    from ferrule.python.module_facts import check_support
    from ferrule.python.releases import Pyo3Release

    try:
        release = Pyo3Release.parse(pyo3.use.version)
    except UnknownReleaseError:
        return  # too old to be known; its build script checks it
    features = pyo3.use.features - {"auto-initialize"}
    check_support(release, features, interpreter, target, env)


def _check_generation(
    key: CompileKey, pyo3: Pyo3Config, name: str, target: str
) -> None:
    from ferrule.lint.cfg import Conditions, target_names
    from ferrule.lint.embedding import Part, may_concern
    from ferrule.lint.generations import find_other_generation, replacement
    from ferrule.lint.modules import Files, read_crate
    from ferrule.lint.names import read_names

    numbers = [int(part) for part in re.findall(r"\d+", pyo3.use.version)[:2]]
    own = next((item for item in key.own_crates if item.crate.id == key.crate.id), None)
    root = next((item for item in key.crate.binaries if item.name == name), None)
    if own is None or root is None or len(numbers) < 2:
        return
    release = (numbers[0], numbers[1])
    conditions = Conditions(own.features, target_names(target), None)
    trees = read_crate(str(root.src_path), conditions, Files(), may_concern)
    parts = [Part(tree, read_names(tree, own.pyo3_name)) for tree in trees]
    uses = find_other_generation(parts, release)
    if uses:
        folder = str(key.crate.folder)
        raise ApiGenerationError(
            pyo3.use.version,
            [
                (
                    f"{os.path.relpath(item.path, folder)}:{item.line}",
                    item.name,
                    replacement(item.name, release),
                )
                for item in uses
            ],
        )
