"""Rust is not there, or not the Rust that was asked for."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _missing(seen: Seen, context: Context) -> Advice | None:
    del context
    if seen.names == {"metadata"}:
        return None
    return Advice(
        "The package has to be compiled here, and `cargo` is not on PATH. Either Rust "
        "is not installed, or the shell, the container or the service that builds has "
        "another PATH than the one in which it is (rustup writes to ~/.cargo/bin). If "
        "you only want to install the package: pip found no finished wheel for this "
        "Python, this system and this processor.",
        (
            Fix(
                "curl https://sh.rustup.rs -sSf | sh",
                "installs Rust; or a package `cargo` of the distribution, if it is "
                "new enough",
            ),
            Fix(
                'export PATH="$HOME/.cargo/bin:$PATH"',
                "if it is installed and not found (also after `sudo`)",
            ),
            Fix(
                "pip install --upgrade pip; pip install --only-binary :all: <project>",
                "to install a finished wheel; tells whether there is one",
            ),
        ),
    )


def _toolchain(seen: Seen, context: Context) -> Advice:
    del context
    name = seen.first("toolchain")
    if not name:
        return Advice(
            "rustup is installed and has no toolchain: neither a default one nor one "
            "that this folder asks for.",
            (
                Fix("rustup default stable", "installs the newest stable one"),
                Fix(
                    'channel = "stable"',
                    "below [toolchain] in rust-toolchain.toml, for one project",
                ),
            ),
        )
    return Advice(
        f"rustup was asked for the toolchain `{name}` (rust-toolchain.toml, "
        "RUSTUP_TOOLCHAIN, `rustup override` or `cargo +NAME`), and it is not "
        "installed. rustup 1.28.0 does not install it by itself.",
        (
            Fix(f"rustup toolchain install {name}", "installs it"),
            Fix("rustup show", "tells what asks for it"),
        ),
    )


def _component(seen: Seen, context: Context) -> Advice:
    del context
    component = seen.first("component")
    name = seen.first("toolchain")
    return Advice(
        f"The toolchain `{name}` has no `{component}`: it was installed in part, or "
        "the installation was interrupted.",
        (
            Fix(f"rustup component add {component} --toolchain {name}", "adds it"),
            Fix(
                f"rustup toolchain uninstall {name} && rustup toolchain install {name}",
                "if that fails, too",
            ),
        ),
        title="A toolchain of rustup is not complete",
    )


def _nightly(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The code, or a dependency, uses features of Rust that only nightly compilers "
        "have (`#![feature(...)]`, an option -Z, or PyO3 before 0.11).",
        (
            Fix(
                "cargo update",
                "newer releases of a dependency mostly do without; PyO3 does from "
                "0.11 on",
            ),
            Fix("rustup override set nightly", "uses a nightly Rust in this folder"),
        ),
    )


RULES: Final = (
    Rule(
        id="rust-missing",
        title="Rust is not installed, or not on PATH",
        meaning=(
            "A package with Rust in it is compiled where no finished wheel fits. That "
            "needs cargo and rustc."
        ),
        signs=(
            # setuptools-rust, new and old.
            Sign("find Rust compiler", r"rror: (?:can't|Can not) find Rust compiler"),
            # maturin.
            Sign(
                "the Rust package manager",
                r"Cargo, the Rust package manager, is not installed or is not on PATH",
            ),
            Sign(
                "the rust compiler",
                r"rustc, the rust compiler,? is not installed or not in PATH",
            ),
            Sign(
                "Do you have cargo in your PATH?",
                r"Cargo metadata failed\. Do you have cargo in your PATH\?",
                "metadata",
            ),
            Sign(
                "(os error 2)",
                r"Caused by: (?:No such file|The system).*\(os error 2",
                "absent",
            ),
            # Shells.
            Sign("cargo", r"\b(?:cargo|rustc): (?:command )?not found"),
            Sign("cargo", r"command not found: (?:cargo|rustc)"),
            Sign(
                "is not recognized",
                r"(?:'cargo'|The term 'cargo') is not recognized as",
            ),
            Sign(
                "No such file or directory: '",
                r"(?:FileNotFoundError: .*|\[Errno 2\] )No such file or directory: "
                r"'(?:cargo|rustc)'",
            ),
            # What maturin's build backend does about it does not always work.
            Sign("Rust not found, installing", r"Rust not found, installing", "loads"),
            Sign("[WinError 2]", r"FileNotFoundError: \[WinError 2\]", "unnamed"),
        ),
        examples=(
            "error: can't find Rust compiler",
            "Cargo, the Rust package manager, is not installed or is not on PATH.",
            (
                "maturin failed\n"
                "  Caused by: rustc, the rust compiler, is not installed or not in "
                "PATH."
            ),
            "/bin/sh: 1: cargo: not found",
            "'cargo' is not recognized as an internal or external command,",
        ),
        advise=lambda seen, context: (
            _missing(seen, context)
            if seen.names - {"absent", "loads", "unnamed"}
            or seen.names >= {"loads", "unnamed"}
            else None
        ),
        url="https://rustup.rs",
    ),
    Rule(
        id="rust-toolchain-missing",
        title="rustup has no toolchain to run",
        meaning=(
            "rustup's `cargo` chooses a toolchain: that of the folder, else the "
            "default. It may be absent, above all in fresh containers."
        ),
        signs=(
            Sign(
                "could not choose a version of",
                r"rustup could not choose a version of (?:rustc|cargo) to run",
            ),
            Sign("no default toolchain configured", r"no default toolchain configured"),
            Sign(
                "' is not installed",
                r"toolchain '(?P<toolchain>[^']+)'.{0,80} is not installed",
            ),
        ),
        examples=(
            (
                "error: rustup could not choose a version of cargo to run, because one "
                "wasn't specified explicitly, and no default is configured."
            ),
            "error: toolchain '1.81.0-x86_64-unknown-linux-gnu' is not installed",
        ),
        advise=_toolchain,
        url="https://rust-lang.github.io/rustup/overrides.html",
    ),
    Rule(
        id="rust-component-missing",
        title="A component of the toolchain is missing",
        meaning="rustup installs toolchains in components: rustc, cargo, rust-std.",
        signs=(
            Sign(
                "' binary, normally provided by",
                r"normally provided by the '(?P<component>[\w-]+)' component, is not "
                r"applicable to the '(?P<toolchain>[^']+)' toolchain",
            ),
        ),
        examples=(
            (
                "error: the 'cargo' binary, normally provided by the 'cargo' "
                "component, is not applicable to the "
                "'stable-x86_64-unknown-linux-gnu' toolchain"
            ),
        ),
        advise=_component,
    ),
    Rule(
        id="nightly-needed",
        title="The code needs a nightly Rust",
        meaning=(
            "Features that are not finished are behind `#![feature]`, which stable "
            "compilers refuse."
        ),
        signs=(
            Sign(
                "may not be used on the", r"E0554.*may not be used on the \w+ release"
            ),
            Sign("requires a nightly", r"pyo3 requires a nightly or dev version"),
            Sign(
                "only accepted on the nightly",
                r"the option `Z` is only accepted on the nightly compiler",
            ),
        ),
        examples=(
            (
                "error[E0554]: `#![feature]` may not be used on the stable release "
                "channel"
            ),
            "error: the option `Z` is only accepted on the nightly compiler",
        ),
        advise=_nightly,
    ),
)
