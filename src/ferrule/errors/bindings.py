"""Errors about cffi and UniFFI: the programs that generate Python code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "BindgenError",
    "BindgenMissingError",
    "BindgenVersionError",
    "CbindgenError",
    "CbindgenMissingError",
    "CffiMissingError",
    "HeaderError",
    "NoUniffiError",
]


class CffiMissingError(FerruleError):
    """The interpreter that should generate `ffi.py` has no cffi."""

    exit_code = 4

    def __init__(self, executable: str) -> None:
        super().__init__(
            "cffi is not installed in the Python that the wheel is built with",
            why=[
                f"interpreter: {executable}",
                "a cffi module needs it to turn the C header into ffi.py",
            ],
            fix=f"run `{executable} -m pip install cffi`; in a build that pip or "
            'another front end started, write bindings = "cffi" in [tool.ferrule], '
            "or add cffi to `build-system.requires`",
        )


class HeaderError(FerruleError):
    """cffi does not understand the C header."""

    exit_code = 3

    def __init__(self, header: str, text: str) -> None:
        super().__init__(
            "cffi cannot read the C header of the library",
            why=[f"header: {header}", *text.strip().splitlines()[-6:]],
            fix="cffi knows C declarations only, no #include and no #ifdef: leave the "
            "item out with `export.exclude` in cbindgen.toml, or put a header of your "
            "own at header.h in cargo's target directory",
        )


class CbindgenError(FerruleError):
    """cbindgen ended with an error."""

    exit_code = 5

    def __init__(self, command: str, crate: Path, text: str) -> None:
        super().__init__(
            f"cbindgen cannot make a C header of {crate}",
            why=[f"command: {command}", *text.strip().splitlines()],
            fix="correct what the message above names, or put a header of your own at "
            "header.h in cargo's target directory",
        )


class CbindgenMissingError(FerruleError):
    """There is no cbindgen, and it cannot be installed."""

    exit_code = 5

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(
            "cbindgen, which makes the C header of a cffi module, is not installed",
            why=[reason],
            fix=f"run `cargo install cbindgen --version {version} --locked` (many "
            "systems package it, too), or put a header of your own at header.h in "
            "cargo's target directory",
        )


class NoUniffiError(FerruleError):
    """The crate does not use UniFFI at all."""

    exit_code = 3

    def __init__(self, crate: str, manifest_path: Path) -> None:
        super().__init__(
            f"package `{crate}` does not depend on uniffi",
            why=[f"manifest: {manifest_path}"],
            fix="add uniffi to its dependencies, or leave `bindings` away: ferrule "
            "looks at the crate",
        )


class BindgenMissingError(FerruleError):
    """No uniffi-bindgen generates the Python code."""

    exit_code = 3

    def __init__(self, crate: str, version: str) -> None:
        super().__init__(
            f"no uniffi-bindgen for package `{crate}`",
            why=[
                "neither the crate, its workspace nor PATH has that program",
                f"version of uniffi: {version}",
            ],
            fix="add a binary `uniffi-bindgen` to the crate (a `main` that calls "
            "`uniffi::uniffi_bindgen_main()`, with uniffi's feature `cli`), or "
            f"install uniffi-bindgen {version}",
        )


class BindgenVersionError(FerruleError):
    """The uniffi-bindgen on PATH belongs to another release of uniffi."""

    exit_code = 3

    def __init__(self, program: str, seen: str, wanted: str) -> None:
        super().__init__(
            f"{program} does not fit the crate's uniffi",
            why=[
                f"it is of release {seen}, the crate uses uniffi {wanted}",
                "Python code of another release refuses to load the library",
            ],
            fix=f"install uniffi-bindgen {wanted}, or add a binary `uniffi-bindgen` to "
            "the crate (a `main` that calls `uniffi::uniffi_bindgen_main()`)",
        )


class BindgenError(FerruleError):
    """uniffi-bindgen ended with an error, or wrote nothing."""

    exit_code = 5

    def __init__(self, command: str, reasons: Sequence[str]) -> None:
        super().__init__(
            "uniffi-bindgen cannot generate the Python code",
            why=[f"command: {command}", *reasons],
            fix="correct what the message above names; `uniffi::setup_scaffolding!()` "
            "or `uniffi::include_scaffolding!()` must stand in the crate's lib.rs",
        )
