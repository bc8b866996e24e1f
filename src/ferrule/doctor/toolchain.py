"""Findings about cargo, rustc and the toolchain that a project chooses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.toolchain import find_cargo, identify_toolchain
from ferrule.doctor.finding import Finding
from ferrule.errors import FerruleError
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.cargo.survey import RustNeed, Survey
    from ferrule.cargo.toolchain import Toolchain

__all__ = [
    "check_minimum_rust",
    "check_mixed",
    "check_override",
    "check_targets",
    "find_toolchain",
    "pinned_targets",
    "pinning_file",
]


def find_toolchain(
    env: Mapping[str, str], folder: Path
) -> tuple[Toolchain | None, list[Finding]]:
    """Return the toolchain that builds in `folder`, and what to say about it."""
    try:
        toolchain = identify_toolchain(env, folder)
        cargo = find_cargo(env)
    except FerruleError as error:
        return None, [
            Finding(
                "rust-toolchain",
                "error",
                error.what.rstrip(),
                tuple(error.why),
                "nothing can be compiled in this folder",
                (error.fix,) if error.fix else (),
            )
        ]
    first = toolchain.verbose_version.splitlines()[0]
    details = [f"cargo: {cargo}"]
    pin = pinning_file(folder)
    if env.get("RUSTUP_TOOLCHAIN"):
        details.append(f"chosen by RUSTUP_TOOLCHAIN={env['RUSTUP_TOOLCHAIN']}")
    elif pin is not None:
        details.append(f"chosen by {pin}")
    what = f"{first} for {toolchain.host}"
    return toolchain, [Finding("rust-toolchain", "ok", what, tuple(details))]


def pinning_file(folder: Path) -> Path | None:
    """Return the file by which a project chooses its toolchain (rustup's rule)."""
    for parent in (folder, *folder.parents):
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            if (parent / name).is_file():
                return parent / name
    return None


def check_override(env: Mapping[str, str], folder: Path) -> list[Finding]:
    """Return a finding if a variable wins over the project's own choice."""
    chosen, pin = env.get("RUSTUP_TOOLCHAIN"), pinning_file(folder)
    if not chosen or pin is None:
        return []
    return [
        Finding(
            "rust-override",
            "warning",
            f"RUSTUP_TOOLCHAIN={chosen} wins over {pin}",
            why="another shell or the editor compiles with another Rust, and each "
            "switch compiles everything again",
            remedy=("unset RUSTUP_TOOLCHAIN",),
        )
    ]


def check_mixed(env: Mapping[str, str]) -> list[Finding]:
    """Return a finding if cargo and rustc on PATH do not belong together."""
    cargo, rustc = find_command("cargo", env), find_command("rustc", env)
    if cargo is None or rustc is None:
        return []
    is_proxy = _is_rustup(cargo), _is_rustup(rustc)
    same_folder = _real_folder(cargo) == _real_folder(rustc)
    if all(is_proxy) or (same_folder and not any(is_proxy)):
        return []
    details = tuple(
        f"{path} ({'of rustup' if proxy else 'not of rustup'})"
        for path, proxy in zip((cargo, rustc), is_proxy)
    )
    rustup = cargo if is_proxy[0] else rustc if is_proxy[1] else cargo
    return [
        Finding(
            "rust-mixed",
            "warning",
            "cargo and rustc on PATH are of two installations",
            details,
            "cargo starts the rustc that it finds, which may be another release than "
            "the one that it belongs to",
            (f'export PATH="{os.path.dirname(rustup)}:$PATH"',),
        )
    ]


def _real_folder(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))


def _is_rustup(path: str) -> bool:
    """Whether a command is a proxy of rustup: a link to it, soft or hard."""
    real = os.path.realpath(path)
    if os.path.basename(real).startswith("rustup"):
        return True
    beside = os.path.join(os.path.dirname(path), "rustup")
    for name in (beside, f"{beside}.exe"):
        try:
            # On Windows the proxies are copies of one size.
            same = os.path.samefile(path, name) or (
                os.path.getsize(path) == os.path.getsize(name)
            )
        except OSError:
            continue
        if same:
            return True
    return False


# --- the release ------------------------------------------------------------------


def check_minimum_rust(survey: Survey, toolchain: Toolchain) -> list[Finding]:
    """Return crates that need a newer Rust, and a promise that does not hold."""
    present = toolchain.release
    too_new = [
        need
        for need in survey.needs
        if _release(need.rust_version) > (*present, _LAST_PATCH)
    ]
    if too_new:
        return [_too_old(too_new, present)]
    promised = survey.root_rust_version
    if not promised:
        return []
    broken = [
        need
        for need in survey.needs
        if not need.is_local
        and _release(need.rust_version)[:2] > _release(promised)[:2]
    ]
    if not broken:
        return []
    highest = max(broken, key=lambda need: _release(need.rust_version))
    return [
        Finding(
            "rust-version-promise",
            "warning",
            f'rust-version = "{promised}", but dependencies need '
            f"{highest.rust_version}",
            tuple(_describe(broken)),
            "who builds with the promised release gets an error of a dependency",
            ("# Cargo.toml, [package]", f'rust-version = "{highest.rust_version}"'),
        )
    ]


_LAST_PATCH = 10**6
"""The patch release of a compiler plays no part: every patch of 1.85 will do."""


def _too_old(too_new: Sequence[RustNeed], present: tuple[int, int]) -> Finding:
    return Finding(
        "rust-version",
        "error",
        f"Rust {present[0]}.{present[1]} is older than the crates allow",
        tuple(_describe(too_new)),
        "cargo refuses to compile them",
        ("rustup update stable",),
    )


def _describe(needs: Sequence[RustNeed]) -> Iterator[str]:
    shown = sorted(needs, key=lambda need: _release(need.rust_version), reverse=True)
    for need in shown[:4]:
        yield f"{need.name} {need.version} needs Rust {need.rust_version}"
    if len(shown) > 4:
        yield f"and {len(shown) - 4} more"


def _release(text: str) -> tuple[int, ...]:
    """Return a release as numbers; an absent or odd one is older than any."""
    numbers = text.partition("-")[0].split(".")
    if not all(number.isdecimal() for number in numbers):
        return (0, 0, 0)
    return (*map(int, numbers), 0, 0)[:3]


# --- targets ----------------------------------------------------------------------


def check_targets(sysroot: Path, host: str, wanted: Mapping[str, str]) -> list[Finding]:
    """Return the installed targets, and wanted ones without standard library.

    `wanted` maps target triples to what asks for them.
    """
    library = sysroot / "lib" / "rustlib"
    installed = sorted(
        path.parent.name
        for path in library.glob("*/lib")
        if any(path.glob("libstd-*")) or any(path.glob("libcore-*"))
    )
    findings = [
        Finding(
            "rust-targets",
            "ok",
            f"targets: {', '.join(installed) or 'none'}",
            (f"in {library}",),
        )
    ]
    for triple, origin in sorted(wanted.items()):
        # A path ends in .json: a target of the user's own.
        if triple in installed or triple.endswith(".json") or triple == "host-tuple":
            continue
        is_rustup = "toolchains" in sysroot.parts
        command = f"rustup target add {triple}" if is_rustup else ""
        findings.append(
            Finding(
                "rust-targets",
                "error",
                f"the standard library for {triple} is not installed",
                (f"wanted by {origin}", f"host: {host}"),
                "cargo fails with: can't find crate for `core`",
                (command,) if command else (),
            )
        )
    return findings


def pinned_targets(folder: Path) -> dict[str, str]:
    """Return the targets that the project's `rust-toolchain` file asks for."""
    from ferrule.project.pyproject import read_toml

    pin = pinning_file(folder)
    if pin is None:
        return {}
    try:
        table = read_toml(pin).get("toolchain")
    except FerruleError:
        return {}  # the old form: a name and nothing else
    targets = table.get("targets") if isinstance(table, dict) else None
    if not isinstance(targets, list):
        return {}
    return {item: str(pin) for item in targets if isinstance(item, str)}
