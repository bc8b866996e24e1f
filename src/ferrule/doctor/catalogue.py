"""Every finding that doctor knows, with its section and meaning.

The identifiers are stable: programs read them from `ferrule doctor --json`.
`docs/doctor.md` lists the same table.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FINDINGS", "SECTIONS"]

SECTIONS: Final = (
    "interpreters",
    "toolchain",
    "linker",
    "configuration",
    "caches",
    "pyo3",
    "project",
    "installed",
    "sources",
)
"""In the order of the report."""

FINDINGS: Final[dict[str, tuple[str, str]]] = {
    # --- interpreters
    "python-default": (
        "interpreters",
        "the interpreter that a build takes, and why; an error where it does not work",
    ),
    "python-found": ("interpreters", "the other interpreters of this machine"),
    "python-broken": ("interpreters", "files named like a Python that do not run"),
    "python-two-environments": (
        "interpreters",
        "`VIRTUAL_ENV` and `CONDA_PREFIX` are both set, so both are ignored",
    ),
    "python-venv-broken": (
        "interpreters",
        "a virtual environment whose Python was removed",
    ),
    "python-venv-inactive": (
        "interpreters",
        "the project's `.venv` has another Python than the one a build takes",
    ),
    "python-libpython": (
        "interpreters",
        "whether tests and programs can link libpython",
    ),
    "python-requires": (
        "interpreters",
        "the interpreter is outside of the project's `requires-python`",
    ),
    # --- toolchain
    "rust-toolchain": (
        "toolchain",
        "the Rust release that builds; an error where cargo or the toolchain is absent",
    ),
    "rust-override": (
        "toolchain",
        "`RUSTUP_TOOLCHAIN` wins over the project's `rust-toolchain` file",
    ),
    "rust-mixed": ("toolchain", "cargo and rustc on PATH are of two installations"),
    "rust-version": ("toolchain", "a crate needs a newer Rust than the one in use"),
    "rust-version-promise": (
        "toolchain",
        "`rust-version` promises an older Rust than a dependency needs",
    ),
    "rust-targets": ("toolchain", "installed targets; a wanted one that is missing"),
    "cargo-variables": (
        "toolchain",
        "variables of this shell that are part of cargo's fingerprints",
    ),
    "cargo-flags-hidden": (
        "toolchain",
        "`RUSTFLAGS` switches off the flags of cargo's configuration files",
    ),
    "cargo-config": ("toolchain", "cargo's configuration files and what they change"),
    "cargo-config-broken": ("toolchain", "a configuration file that is no valid TOML"),
    "cargo-config-name": (
        "toolchain",
        "`.cargo/config` without suffix, which hides `config.toml` beside it",
    ),
    "cargo-wrapper": ("toolchain", "a compiler wrapper such as sccache"),
    # --- linker
    "linker": ("linker", "the compiler driver and the linker that are used"),
    "linker-missing": ("linker", "a driver or linker that is not on this machine"),
    "linker-cross": ("linker", "tools for other platforms that were found"),
    "linker-target": (
        "linker",
        "what links for the project's `target`; what is missing for it",
    ),
    # --- configuration
    "drift-variables": (
        "configuration",
        "shell, editor and `.cargo/config.toml` give PyO3 different variables",
    ),
    "drift-interpreter": (
        "configuration",
        "the editor's Python is another one than a build takes",
    ),
    "drift-editor-file": ("configuration", "an editor's settings cannot be read"),
    "env-unshared": (
        "configuration",
        "cargo, editor and ferrule have no common PyO3 configuration",
    ),
    "env-file-gone": (
        "configuration",
        "`PYO3_CONFIG_FILE` in `.cargo/config.toml` names a file that is gone",
    ),
    "env-interpreter": (
        "configuration",
        "`.cargo/config.toml` is for another Python than a build takes",
    ),
    "env-stale": (
        "configuration",
        "the lines of `ferrule env --write` do not fit the project any more",
    ),
    "env-links": (
        "configuration",
        "the links to libpython in the target directory are gone",
    ),
    # --- caches
    "cache": ("caches", "ferrule's per-user cache and its size"),
    "cache-unusable": ("caches", "the cache cannot be used, or others may write to it"),
    "cache-leftovers": ("caches", "what interrupted writes left in the cache"),
    "cache-old-builds": ("caches", "compiled crates that no build used for a month"),
    "target-size": ("caches", "what the target directory holds"),
    "target-foreign": ("caches", "files of another user in the target directory"),
    "target-stale": ("caches", "outputs of PyO3 configurations that are gone"),
    # --- pyo3
    "pyo3-release": ("pyo3", "the release of PyO3 and its features"),
    "pyo3-several": ("pyo3", "two releases of PyO3 in one dependency graph"),
    "pyo3-interpreter": ("pyo3", "PyO3 refuses the interpreter"),
    "pyo3-extension-module": (
        "pyo3",
        "the feature `extension-module` is always on, so `cargo test` cannot link",
    ),
    "pyo3-auto-initialize": (
        "pyo3",
        "the feature `auto-initialize` in an extension module",
    ),
    "pyo3-abi3": ("pyo3", "the abi3 feature does not fit `requires-python`"),
    "pyo3-crate-type": (
        "pyo3",
        "`crate-type` does not allow a module, or nothing but a module",
    ),
    "pyo3-module-name": ("pyo3", "no `#[pymodule]` has the module's name"),
    "pyo3-build-script": ("pyo3", "a build script that is not needed any more"),
    "pyo3-panic": ("pyo3", '`panic = "abort"`: a Rust panic ends the interpreter'),
    "pyo3-profile": ("pyo3", "profiles in a manifest where cargo ignores them"),
    # --- project
    "project": ("project", "the project, or why it cannot be read"),
    "project-cargo": ("project", "cargo cannot read the manifest or the lock file"),
    "project-lock": ("project", "Cargo.lock is missing or out of date"),
    "project-settings": ("project", "settings of the project that are wrong"),
    "project-backend": ("project", "the build backend and what `requires` names"),
    "project-classifiers": (
        "project",
        "classifiers name a Python that `requires-python` excludes",
    ),
    "project-gitignore": (
        "project",
        "git ignores a file that builds need, or keeps the target directory",
    ),
    "project-cache-keys": (
        "project",
        "uv would not notice changes of the Rust sources",
    ),
    "project-module-copies": (
        "project",
        "built modules in the source tree, which may hide newer ones",
    ),
    # --- installed
    "installed": ("installed", "how the project is installed for the interpreter"),
    "installed-twice": ("installed", "several installations of the project at once"),
    "installed-elsewhere": (
        "installed",
        "an editable install of a folder that is gone, or of another one",
    ),
    "installed-older": (
        "installed",
        "an installed copy, or modules of an editable install, older than the source",
    ),
    "installed-leftovers": (
        "installed",
        "editable installs of ferrule's whose project, or whose modules, are gone",
    ),
    # --- sources
    "sources": ("sources", "what the checks of the Rust sources found"),
    # --- doctor itself
    "check-failed": ("project", "a check that could not be made"),
}
"""Section and meaning by identifier."""
