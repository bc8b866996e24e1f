"""Errors about cargo, rustc and what they build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors import FerruleError, did_you_mean

if TYPE_CHECKING:
    from ferrule.diagnosis import Diagnosis

__all__ = [
    "CargoMetadataError",
    "CargoNotFoundError",
    "CompileError",
    "ForeignDevelopmentError",
    "IndirectPyo3Error",
    "MissingBinaryError",
    "ModuleNameError",
    "NoBinaryError",
    "NoCdylibError",
    "NoPyo3Error",
    "NoTargetError",
    "NothingLinkedError",
    "RustReleaseError",
    "RustcError",
    "SeveralPyo3Error",
    "StandardLibraryError",
    "ToolchainMissingError",
    "UnequalSlicesError",
    "UnknownPackageError",
    "UnknownRustTargetError",
    "UnknownTargetError",
]


def _explained(diagnoses: Sequence[Diagnosis], otherwise: str) -> tuple[list[str], str]:
    """Return the lines that explain known failures, and the fix if there are none."""
    lines: list[str] = []
    for number, item in enumerate(diagnoses, 1):
        lines.append(f"{number}. {item.title}" if len(diagnoses) > 1 else item.title)
        lines += [f"  {line}" for line in item.lines()]
    return lines, "" if diagnoses else otherwise


class CargoNotFoundError(FerruleError):
    """No cargo on this machine."""

    exit_code = 5
    url = "https://rustup.rs"

    def __init__(self, tried: str) -> None:
        super().__init__(
            f"cargo was not found: {tried} cannot be run",
            why=["ferrule compiles Rust code with cargo, which comes with Rust"],
            fix="install Rust (https://rustup.rs, or your distribution's cargo and "
            "rustc packages), or set CARGO to the program",
        )


class ToolchainMissingError(FerruleError):
    """The project pins a Rust toolchain that is not installed."""

    exit_code = 5

    def __init__(self, text: str, pinned_by: Path | None = None) -> None:
        # With RUST_BACKTRACE, rustup prints its own functions as well.
        lines = text.partition("Stack backtrace:")[0].strip().splitlines()
        name = text.partition("toolchain '")[2].partition("'")[0]
        named = f"the Rust toolchain {name}" if name else "the Rust toolchain"
        pin = str(pinned_by) if pinned_by else "rust-toolchain.toml"
        if pinned_by is not None:
            lines.append(f"it is pinned by {pinned_by}")
        super().__init__(
            f"{named} that this project asks for is not installed",
            why=lines,
            fix="install it with rustup (ferrule never installs toolchains), change "
            f"{pin}, or set RUSTUP_TOOLCHAIN to an installed one",
        )


class RustcError(FerruleError):
    """The program that is taken for rustc does not answer like one."""

    exit_code = 5

    def __init__(self, rustc: str, problem: str, text: str, *, is_named: bool) -> None:
        fix = "reinstall Rust (https://rustup.rs, or your distribution's rustc package)"
        if is_named:
            fix = "correct the variable RUSTC, or leave it away: rustc is then found"
        super().__init__(
            f"{'RUSTC=' if is_named else ''}{rustc} {problem}",
            why=text.strip().splitlines()[:5],
            fix=fix,
        )


class CargoMetadataError(FerruleError):
    """cargo cannot read the project."""

    exit_code = 3

    def __init__(
        self, manifest_path: Path, text: str, diagnoses: Sequence[Diagnosis] = ()
    ) -> None:
        lines, fix = _explained(
            diagnoses, "the message above is cargo's own; correct the manifest it names"
        )
        super().__init__(
            f"cargo cannot read {manifest_path}",
            why=[*text.strip().splitlines(), *lines],
            fix=fix,
        )
        self.diagnoses = tuple(diagnoses)

    def details(self) -> dict[str, Any]:
        """Return the known failures, for JSON."""
        return {"diagnoses": [item.as_data() for item in self.diagnoses]}


class SeveralPyo3Error(FerruleError):
    """Two releases of PyO3 in one dependency graph."""

    exit_code = 3

    def __init__(self, text: str) -> None:
        super().__init__(
            "two different releases of PyO3 meet in this project's dependencies",
            why=[
                "only one pyo3-ffi can be linked into a module; cargo says:",
                *text.strip().splitlines(),
            ],
            fix="let every dependency use the same PyO3 release: `cargo tree -i pyo3` "
            "shows who asks for which; update those crates, or your own requirement",
        )


class NoPyo3Error(FerruleError):
    """The crate does not use PyO3 at all."""

    exit_code = 3

    def __init__(self, crate: str, manifest_path: Path) -> None:
        super().__init__(
            f"package `{crate}` does not depend on pyo3",
            why=[f"manifest: {manifest_path}"],
            fix="add pyo3 to its dependencies, enable the feature that brings it, or "
            'set bindings = "bin" in [tool.ferrule] for a plain Rust program',
        )


class IndirectPyo3Error(FerruleError):
    """The setting `abi3` for a crate whose own manifest does not name PyO3."""

    exit_code = 3

    def __init__(self, crate: str, manifest_path: Path) -> None:
        super().__init__(
            f"`abi3` cannot enable the stable ABI: package `{crate}` reaches PyO3 "
            "through other packages only",
            why=[f"manifest: {manifest_path}"],
            fix="add pyo3 to its dependencies, or enable pyo3's feature abi3-py3* in "
            "the package that names pyo3 and remove `abi3`",
        )


class NoCdylibError(FerruleError):
    """The crate has no library that Python could import."""

    exit_code = 3

    def __init__(self, crate: str, manifest_path: Path, kinds: Sequence[str]) -> None:
        seen = ", ".join(kinds) or "none"
        super().__init__(
            f"package `{crate}` has no cdylib library target",
            why=[f"manifest: {manifest_path}", f"library kinds found: {seen}"],
            fix='add `[lib]` with `crate-type = ["cdylib"]` to its Cargo.toml',
        )


class NothingLinkedError(FerruleError):
    """cargo has succeeded, and what it was to make is not there."""

    exit_code = 5

    def __init__(self, crate: str, manifest_path: Path) -> None:
        super().__init__(
            f"cargo reports success, but there is no library or program of `{crate}`",
            why=[f"manifest: {manifest_path}"],
            fix="try the program that links (`ferrule target explain TARGET` names "
            "it): it ends with status 0 and writes no file",
        )


class UnknownPackageError(FerruleError):
    """A setting names a workspace package that does not exist."""

    exit_code = 3

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"no package `{name}` in this workspace{did_you_mean(name, known)}",
            why=[f"packages found: {', '.join(sorted(known)) or 'none'}"],
            fix="correct `package` in [tool.ferrule] or `--package`, or give "
            "`manifest-path`",
        )


class MissingBinaryError(FerruleError):
    """A setting names a binary that the crate does not have."""

    exit_code = 3

    def __init__(self, name: str, crate: str, known: Sequence[str]) -> None:
        super().__init__(
            f"package `{crate}` has no binary `{name}`{did_you_mean(name, known)}",
            why=[f"binaries found: {', '.join(sorted(known)) or 'none'}"],
            fix="correct `name` in [[tool.ferrule.binaries]], or add the `[[bin]]`",
        )


class NoBinaryError(FerruleError):
    """A project of programs whose crate gives none."""

    exit_code = 3

    def __init__(
        self, crate: str, manifest_path: Path, needs: Mapping[str, Sequence[str]]
    ) -> None:
        if needs:
            problem = "each of its binaries needs cargo features that are off"
            seen = [f"{name} needs {', '.join(needs[name])}" for name in sorted(needs)]
            fix = "enable the features with `features`"
        else:
            problem = "it has none"
            seen = []
            fix = 'add src/main.rs, or set another value than bindings = "bin"'
        super().__init__(
            f"package `{crate}` gives no program to pack: {problem}",
            why=[f"manifest: {manifest_path}", *seen],
            fix=fix,
        )


class UnknownTargetError(FerruleError):
    """The setting `targets` names what the crate does not have."""

    exit_code = 2

    def __init__(
        self, name: str, kind: str | None, crate: str, known: Mapping[str, str]
    ) -> None:
        wanted = f"target `{name}`" + (f" of the kind {kind}" if kind else "")
        seen = ", ".join(f"{item} ({kinds})" for item, kinds in known.items())
        hint = "" if name in known else did_you_mean(name, list(known))
        super().__init__(
            f"package `{crate}` has no {wanted}{hint}",
            why=[f"its targets: {seen or 'none'}"],
            fix="correct `targets`",
        )


class NoTargetError(FerruleError):
    """The setting `targets` leaves nothing to pack."""

    exit_code = 2

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"`targets` leaves {reason}",
            fix="name the library, or a binary whose features are on; or remove "
            "`targets`",
        )


class RustReleaseError(FerruleError):
    """rustc is not of a release that the project asks for."""

    exit_code = 5

    def __init__(self, wanted: str, found: str) -> None:
        is_number = wanted[:1].isdecimal()
        hint = f'; rust-version = ">={wanted}" allows newer ones' if is_number else ""
        super().__init__(
            f'rustc {found} does not satisfy rust-version = "{wanted}"',
            fix=f"choose another toolchain (rustup, RUSTUP_TOOLCHAIN){hint}",
        )


class ModuleNameError(FerruleError):
    """The library exports another module than the one that will be imported."""

    exit_code = 3

    def __init__(self, module: str, library: Path, found: Sequence[str]) -> None:
        last = module.rpartition(".")[2]
        names = [name.partition("_")[2] for name in found]
        seen = ", ".join(found) if found else "no PyInit_ function at all"
        if names:
            stem = module.rpartition(".")[0]
            other = f"{stem}.{names[0]}" if stem else names[0]
            fix = (
                f'name the #[pymodule] "{last}" (or add #[pyo3(name = "{last}")]), '
                f'or set module-name = "{other}" in [tool.ferrule]'
            )
        else:
            fix = (
                f"add a #[pymodule] named `{last}` to the crate (is it behind a "
                "cargo feature that is off?)"
            )
        super().__init__(
            f"the built library does not define PyInit_{last}: "
            f"`import {module}` would fail",
            why=[f"library: {library}", f"it defines: {seen}"],
            fix=fix,
        )


class CompileError(FerruleError):
    """cargo ended with an error; its diagnostics were shown already."""

    exit_code = 5

    def __init__(
        self, command: str, status: int, diagnoses: Sequence[Diagnosis] = ()
    ) -> None:
        what = "the Rust code does not compile"
        reason = (
            f"cargo was ended by signal {-status}"
            if status < 0
            else f"cargo ended with exit status {status}"
        )
        lines, fix = _explained(diagnoses, "see cargo's messages above")
        why = [reason, f"command: {command}", *lines]
        super().__init__(what, why=why, fix=fix)
        self.status = status
        self.diagnoses = tuple(diagnoses)

    def details(self) -> dict[str, Any]:
        """Return the known failures, for JSON."""
        return {"diagnoses": [item.as_data() for item in self.diagnoses]}


class UnknownRustTargetError(FerruleError):
    """rustc does not know the target."""

    exit_code = 2

    def __init__(self, target: str, known: Sequence[str], *, meant: str = "") -> None:
        hint = did_you_mean(target, known)
        if meant in known:
            hint = f' (did you mean "{meant}"?)'
        if "," in target:
            hint = ": several go into several options, or a list in pyproject.toml"
        super().__init__(
            f'"{target}" is not a Rust target{hint}',
            why=[f"this rustc knows {len(known)} targets"],
            fix="choose one of the lines of `rustc --print target-list`",
        )


class StandardLibraryError(FerruleError):
    """The toolchain cannot compile anything for the target."""

    exit_code = 5
    url = "https://rust-lang.github.io/rustup/cross-compilation.html"

    def __init__(
        self,
        target: str,
        sysroot: Path,
        *,
        toolchain_name: str,
        packages: Sequence[tuple[str, str]] = (),
    ) -> None:
        # `packages` are commands of distributions, each with whom it is for.
        why = [f"looked in {sysroot / 'lib' / 'rustlib' / target}"]
        if toolchain_name:
            fix = f"rustup target add --toolchain {toolchain_name} {target}"
        else:
            ways = [f"{command} ({whom})" for command, whom in packages]
            ways.append("take a toolchain of rustup, which has it for most targets")
            ways.append(
                "compile it: a nightly toolchain, its rust-src, and unstable-flags = "
                '["build-std=std,panic_unwind"] in [tool.ferrule]'
            )
            fix = ", or ".join(ways)
        super().__init__(
            f"this toolchain has no Rust standard library for {target}",
            why=why,
            fix=fix,
        )


class ForeignDevelopmentError(FerruleError):
    """What is to be imported here would be built for another machine."""

    exit_code = 2

    def __init__(self, target: str, host: str) -> None:
        super().__init__(
            f"a module for {target} cannot be imported on {host}",
            why=["a development install is for the Python of this machine"],
            fix="leave the target away, or build a wheel: ferrule build --target "
            f"{target}",
        )


class UnequalSlicesError(FerruleError):
    """What is built for one processor of macOS has no counterpart for the other."""

    exit_code = 2

    def __init__(self, first: Sequence[str], second: Sequence[str]) -> None:
        super().__init__(
            "the two halves of a universal2 wheel are not alike",
            why=[
                f"for Apple's processors: {', '.join(first) or 'nothing'}",
                f"for Intel's: {', '.join(second) or 'nothing'}",
            ],
            fix="build both targets by themselves, or remove what makes them differ "
            "(features, optional parts, Pythons)",
        )
