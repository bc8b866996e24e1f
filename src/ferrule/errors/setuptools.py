"""Errors about projects that `ferrule.setuptools` builds."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "CargoArgumentError",
    "ExtensionListError",
    "ExtensionNameError",
    "ExtensionTableError",
    "ForeignPythonError",
    "GeneratedFilesError",
    "LimitedApiError",
    "MissingCrateError",
    "RustVersionError",
]


class ExtensionListError(FerruleError):
    """`rust_extensions` is not a list of RustExtension objects."""

    exit_code = 2

    def __init__(self, found: str) -> None:
        super().__init__(
            "rust_extensions must be a list of RustExtension and RustBin objects",
            why=[f"found: {found}"],
            fix="pass `rust_extensions=[RustExtension(...), ...]` to setup()",
        )


class ExtensionNameError(FerruleError):
    """The library exports another module than the extension is called."""

    exit_code = 3

    def __init__(self, module: str, found: Sequence[str]) -> None:
        last = module.rpartition(".")[2]
        super().__init__(
            f"the built library does not define PyInit_{last}: "
            f"`import {module}` would fail",
            why=[f"it defines: {', '.join(found) or 'no PyInit_ function at all'}"],
            fix=f'name the #[pymodule] "{last}" (or add #[pyo3(name = "{last}")]), or '
            "correct `target` of the RustExtension",
        )


class ExtensionTableError(FerruleError):
    """A key or value of [tool.setuptools-rust] that means nothing."""

    exit_code = 2

    def __init__(self, place: str, word: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{place}: {word!r} is not known{did_you_mean(word, known)}",
            why=[f"known: {', '.join(known)}"],
            fix="correct pyproject.toml",
        )


class CargoArgumentError(FerruleError):
    """`args` of an extension cannot be read."""

    exit_code = 2

    def __init__(self, option: str, arguments: Sequence[str]) -> None:
        super().__init__(
            f"the cargo argument {option} needs a value",
            why=[f"arguments: {' '.join(arguments)}"],
            fix="correct `args` of the RustExtension",
        )


class MissingCrateError(FerruleError):
    """An extension names a manifest that is not there."""

    exit_code = 3

    def __init__(self, extension: str, path: str) -> None:
        super().__init__(
            f"Rust extension {extension} has no manifest: {path} is not a file",
            fix="correct `path` of the RustExtension (it is relative to setup.py); if "
            "an sdist is being built from, the file was not packed into it",
        )


class RustVersionError(FerruleError):
    """The compiler is not one that an extension accepts."""

    exit_code = 5

    def __init__(self, extension: str, found: str, wanted: str) -> None:
        super().__init__(
            f"Rust extension {extension} needs Rust {wanted}",
            why=[f"found: Rust {found}"],
            fix="install a fitting toolchain, or set RUSTUP_TOOLCHAIN to one",
        )


class ForeignPythonError(FerruleError):
    """PYO3_PYTHON is a Python for which the wheel is not."""

    exit_code = 2

    def __init__(self, path: str, found: str, wanted: str) -> None:
        super().__init__(
            f"PYO3_PYTHON does not fit this build, which is for {wanted}",
            why=[f"PYO3_PYTHON={path}", f"that is: {found}"],
            fix="unset PYO3_PYTHON, or let a front end of that Python build",
        )


class LimitedApiError(FerruleError):
    """A value of py_limited_api that cannot be read."""

    exit_code = 2

    def __init__(self, value: object) -> None:
        super().__init__(
            f"py_limited_api = {value!r} is not understood",
            why=["known: a tag such as cp39, and for extensions auto, True and False"],
            fix="write the oldest Python as a tag, for example py_limited_api = cp39",
        )


class GeneratedFilesError(FerruleError):
    """Files that a build script should have written are missing."""

    exit_code = 3

    def __init__(self, extension: str, missing: Sequence[str], folder: str) -> None:
        super().__init__(
            f"Rust extension {extension} did not generate: {', '.join(missing)}",
            why=[f"OUT_DIR: {folder or 'none, the crate has no build script'}"],
            fix="correct `generated_files`, whose keys are paths below OUT_DIR of the "
            "extension's own build script",
        )
