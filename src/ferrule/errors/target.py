"""Errors about targets and what links for them."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "ContainerEngineError",
    "CrossNotFoundError",
    "LinkerNotFoundError",
    "LinkerPackage",
    "UnknownListedTargetError",
    "WindowsSdkError",
    "ZigNotFoundError",
    "ZigTargetError",
    "linker_packages",
]

LinkerPackage = tuple[str, str]
"""The command that installs it, and the system that the command is for."""
_DEBIAN = {
    "aarch64-unknown-linux-gnu": "gcc-aarch64-linux-gnu",
    "armv7-unknown-linux-gnueabihf": "gcc-arm-linux-gnueabihf",
    "arm-unknown-linux-gnueabi": "gcc-arm-linux-gnueabi",
    "i686-unknown-linux-gnu": "gcc-i686-linux-gnu",
    "powerpc64le-unknown-linux-gnu": "gcc-powerpc64le-linux-gnu",
    "riscv64gc-unknown-linux-gnu": "gcc-riscv64-linux-gnu",
    "s390x-unknown-linux-gnu": "gcc-s390x-linux-gnu",
    "x86_64-unknown-linux-gnu": "gcc-x86-64-linux-gnu",
    "x86_64-pc-windows-gnu": "gcc-mingw-w64-x86-64",
    "i686-pc-windows-gnu": "gcc-mingw-w64-i686",
    "wasm32-unknown-emscripten": "emscripten",
}
"""The package of Debian and Ubuntu that holds the linker of a target."""
_FEDORA = {
    "aarch64-unknown-linux-gnu": "gcc-aarch64-linux-gnu",
    "powerpc64le-unknown-linux-gnu": "gcc-powerpc64le-linux-gnu",
    "riscv64gc-unknown-linux-gnu": "gcc-riscv64-linux-gnu",
    "s390x-unknown-linux-gnu": "gcc-s390x-linux-gnu",
    "x86_64-pc-windows-gnu": "mingw64-gcc",
    "i686-pc-windows-gnu": "mingw32-gcc",
    "wasm32-unknown-emscripten": "emscripten",
}
"""The package of Fedora that does; its Linux compilers bring no C library."""


def linker_packages(target: str) -> list[LinkerPackage]:
    """Return the commands that install a linker for a target, and for whom."""
    found = []
    if target in _DEBIAN:
        found.append((f"sudo apt install {_DEBIAN[target]}", "Debian"))
    if target in _FEDORA:
        found.append((f"sudo dnf install {_FEDORA[target]}", "Fedora"))
    return found


class LinkerNotFoundError(FerruleError):
    """Nothing on this machine links for the target."""

    exit_code = 5

    def __init__(
        self, target: str, tried: Sequence[str], *, has_zig_way: bool = False
    ) -> None:
        package = _DEBIAN.get(target)
        ways = [f"install one (Debian: {package})" if package else "install one"]
        if has_zig_way:
            ways.append("`pip install ziglang` and build with --zig")
        if target.endswith("-windows-msvc"):
            ways.append(
                "name a folder that xwin has filled with XWIN_DIR, or build for "
                f"{target[: -len('msvc')]}gnu"
            )
        variable = f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
        ways.append(f"name yours with {variable}")
        # Two spellings of a machine may be one.
        names = list(dict.fromkeys(tried))
        super().__init__(
            f"no linker for {target} on this machine",
            why=[f"looked for {', '.join(names)}" if names else "none is known"],
            fix=", or ".join(ways),
        )
        self.target = target
        self.tried = tuple(names)


class ZigNotFoundError(FerruleError):
    """zig is wanted and not there."""

    exit_code = 5

    def __init__(self, problem: str) -> None:
        super().__init__(
            problem,
            why=["ferrule never downloads a toolchain by itself"],
            fix="pip install ziglang (into the environment of ferrule, or the active "
            "one), put zig on PATH, or name it with FERRULE_ZIG",
        )


class ZigTargetError(FerruleError):
    """zig has no C library for the target."""

    exit_code = 2

    def __init__(self, target: str) -> None:
        super().__init__(
            f"zig does not link for {target}",
            why=["it links for Linux, macOS, Windows (not msvc), FreeBSD and NetBSD"],
            fix="leave --zig away for this target; `ferrule target explain "
            f"{target}` shows the other ways",
        )


class WindowsSdkError(FerruleError):
    """What Microsoft's libraries are needed for, without them."""

    exit_code = 5

    def __init__(self, problem: str, *, why: Sequence[str] = (), fix: str = "") -> None:
        super().__init__(
            problem,
            why=why,
            fix=fix
            or "install cargo-xwin (`cargo install cargo-xwin`), whose first run "
            "fetches Microsoft's libraries, or name a folder that `xwin splat` has "
            "filled with XWIN_DIR",
        )


class CrossNotFoundError(FerruleError):
    """cross is wanted and not there."""

    exit_code = 5

    def __init__(self, tried: str) -> None:
        super().__init__(
            f"{tried} was not found",
            why=["it runs cargo in a container that has the target's toolchain"],
            fix="cargo install cross (it needs rustup, and docker or podman), or build "
            "with --zig",
        )


class ContainerEngineError(FerruleError):
    """cross is there, and nothing that runs containers."""

    exit_code = 5

    def __init__(self, tried: Sequence[str]) -> None:
        super().__init__(
            "cross needs a container engine, and there is none",
            why=[f"looked for {', '.join(tried)}"],
            fix="install docker or podman, or name the program with "
            "CROSS_CONTAINER_ENGINE; --zig needs neither",
        )


class UnknownListedTargetError(FerruleError):
    """A target that neither ferrule nor rustc knows."""

    exit_code = 2

    def __init__(
        self, target: str, known: Sequence[str], *, parts: Sequence[str] = ()
    ) -> None:
        super().__init__(
            f'"{target}" is not a Rust target{did_you_mean(target, known)}',
            why=[f"it is built out of {' and '.join(parts)}"] if parts else (),
            fix=f"ask for each of them: ferrule target explain {parts[0]}"
            if parts
            else "`ferrule target list` shows the targets of Python wheels, "
            "`rustc --print target-list` all others",
        )
        self.target = target
