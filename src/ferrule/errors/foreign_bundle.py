"""Errors about bundles for other systems than this machine's."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError

__all__ = [
    "ContainerBundleError",
    "DistributionError",
    "ForeignEnvironmentError",
    "ForeignPythonNeededError",
    "InittabTargetError",
    "RunnerMissingError",
    "SeveralTargetsError",
    "UnwrappedCallError",
]

_SHOWN = 8


class DistributionError(FerruleError):
    """A folder without the standard library that a bundle copies."""

    exit_code = 4

    def __init__(self, name: str, folder: str, tried: Sequence[str]) -> None:
        tried = tuple(dict.fromkeys(tried))
        super().__init__(
            f"{folder} does not hold the standard library of {name}",
            why=[f"looked for {item}" for item in tried[:_SHOWN]],
            fix="name the folder in which that Python was installed or unpacked as a "
            "whole: --python DIR",
        )


class ForeignPythonNeededError(FerruleError):
    """A bundle for another machine without a Python for it."""

    exit_code = 4

    def __init__(self, target: str, python: str, sources: Sequence[str]) -> None:
        super().__init__(
            f"a bundle for {target} is made of a Python for it, and none was given",
            why=[
                (
                    f"a description of {python} is enough for a wheel; a bundle copies "
                    "its library and its modules"
                ),
                *sources,
            ],
            fix="unpack one and name its folder: --python DIR, or register it once: "
            "ferrule python add-target DIR",
        )


class SeveralTargetsError(FerruleError):
    """One bundle for several targets."""

    exit_code = 2

    def __init__(self, targets: Sequence[str]) -> None:
        super().__init__(
            f"one bundle is for one target, and {len(targets)} are wanted",
            why=[f"targets: {', '.join(targets)}"],
            fix=f"bundle for each of them: --target {targets[0]}",
        )


class ForeignEnvironmentError(FerruleError):
    """An environment of this machine for a program of another."""

    exit_code = 2

    def __init__(self, folder: str, target: str) -> None:
        super().__init__(
            f"the packages of {folder} cannot join a bundle for {target}",
            why=["what is installed in it was chosen for this machine"],
            fix="name them with --packages, --requirements or --lock: the wheels for "
            "the target are downloaded",
        )


class RunnerMissingError(FerruleError):
    """A trial that was asked for and cannot be made."""

    exit_code = 2

    def __init__(self, target: str, wanted: str) -> None:
        super().__init__(
            f"the bundle for {target} cannot be tried: nothing here runs its program",
            why=[f"looked for {wanted}"],
            fix="install it, or name a program in the variable CARGO_TARGET_"
            f"{target.upper().replace('-', '_')}_RUNNER; without --verify it is not "
            "tried",
        )


class ContainerBundleError(FerruleError):
    """A program that is linked in a container, where the hook is not."""

    exit_code = 2

    def __init__(self, target: str) -> None:
        super().__init__(
            f"cross cannot link the program of a bundle for {target}",
            why=[
                (
                    "an object of ferrule's own is linked into the program, and the "
                    "container of cross does not have it"
                )
            ],
            fix="link with zig, or with a cross compiler of this machine: --linker zig",
        )


class UnwrappedCallError(FerruleError):
    """A linker that leaves `--wrap` out for Windows."""

    exit_code = 3

    def __init__(self, program: str, linker: str) -> None:
        super().__init__(
            f"{linker} cannot link {program} so that it finds the bundle's Python",
            why=[
                (
                    "it leaves --wrap=__imp_Py_InitializeEx out, by which the start of "
                    "Python goes through ferrule's hook"
                )
            ],
            fix="link with MinGW's GCC (--linker system, target x86_64-pc-windows-gnu) "
            "or with the clang of llvm-mingw",
        )


class InittabTargetError(FerruleError):
    """Modules of a program that ferrule cannot register by itself."""

    exit_code = 2

    def __init__(self, target: str) -> None:
        super().__init__(
            f"--inittab auto does not know the modules of a program for {target}",
            why=["it reads which modules a program holds from its ELF symbols"],
            fix="register them in main.rs: pyo3::append_to_inittab!(module);",
        )
