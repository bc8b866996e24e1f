"""Where PyO3's guide and other documents explain what the rules are about."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ABI3",
    "CARGO_TEST",
    "CONFIGURE",
    "CROSS",
    "DLL_NOT_FOUND",
    "DYNAMIC",
    "EMBEDDING",
    "FREE_THREADING",
    "MACOS",
    "RUSTUP_TARGETS",
    "STATIC",
    "TESTS_FOLDER",
]

_GUIDE: Final = "https://pyo3.rs/latest"
_BUILDING: Final = f"{_GUIDE}/building-and-distribution.html"

ABI3: Final = f"{_BUILDING}#py_limited_apiabi3"
CARGO_TEST: Final = (
    f"{_GUIDE}/faq.html#i-cant-run-cargo-test-or-i-cant-build-in-a-cargo-workspace-im-"
    "having-linker-issues-like-symbol-not-found-or-undefined-reference-to-_pyexc_"
    "systemerror"
)
CONFIGURE: Final = f"{_BUILDING}#configuring-the-python-version"
CROSS: Final = f"{_BUILDING}#cross-compiling"
DLL_NOT_FOUND: Final = (
    f"{_GUIDE}/faq.html#im-trying-to-call-python-from-rust-but-i-get-"
    "status_dll_not_found-or-status_entrypoint_not_found"
)
DYNAMIC: Final = f"{_BUILDING}#dynamically-embedding-the-python-interpreter"
EMBEDDING: Final = f"{_BUILDING}#embedding-python-in-rust"
FREE_THREADING: Final = f"{_GUIDE}/free-threading.html"
MACOS: Final = f"{_BUILDING}#macos"
RUSTUP_TARGETS: Final = "https://rust-lang.github.io/rustup/cross-compilation.html"
STATIC: Final = f"{_BUILDING}#statically-embedding-the-python-interpreter"
TESTS_FOLDER: Final = (
    f"{_GUIDE}/faq.html#i-cant-run-cargo-test-my-crate-cannot-be-found-for-tests-in-"
    "tests-directory"
)
