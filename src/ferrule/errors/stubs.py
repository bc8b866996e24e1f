"""Errors about type stubs and about what a library says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "BrokenChunkError",
    "ChainedFixupsError",
    "HandWrittenStubError",
    "ImportFailedError",
    "NoIntrospectionError",
    "NoModuleError",
    "NoStubTargetError",
    "OldStubsError",
    "UnknownFormatError",
]


class BrokenChunkError(FerruleError):
    """What PyO3 recorded in a library cannot be read."""

    exit_code = 6

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"what PyO3 recorded in {name} cannot be read",
            why=[reason],
            fix="build it again; if that does not help, use --runtime",
        )


class ChainedFixupsError(FerruleError):
    """The linker compressed the pointers that old PyO3 releases need."""

    exit_code = 3

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} does not show what PyO3 recorded in it",
            why=["PyO3 before 0.27 records pointers, and the linker chained them"],
            fix='update PyO3 to 0.27 or later, or set rustc-args = ["-C", '
            '"link-arg=-no_fixup_chains"]',
        )


class UnknownFormatError(FerruleError):
    """PyO3 records its data in a way that is newer than this ferrule."""

    exit_code = 3

    def __init__(self, version: str, name: str) -> None:
        super().__init__(
            f"PyO3's introspection data in {name} have the format {version!r}",
            why=["this ferrule knows the formats 0 and 1 (PyO3 0.25 to 0.30)"],
            fix="update ferrule, or use --runtime",
        )


class NoIntrospectionError(FerruleError):
    """The module was compiled without PyO3's introspection data."""

    exit_code = 3

    def __init__(self, module: str, release: str, *, is_recording: bool) -> None:
        if is_recording:
            reason = "records them with the feature experimental-inspect only"
            why = [f"it uses PyO3 {release}, which {reason}"]
            fix = (
                "run `ferrule stubs -F pyo3/experimental-inspect`, or add "
                '`features = ["experimental-inspect"]` to pyo3 in Cargo.toml; or '
                "import the module instead with --runtime"
            )
        else:
            why = [f"it uses PyO3 {release}; PyO3 records them since 0.25"]
            fix = (
                "import the module instead: ferrule stubs --runtime (names, "
                "signatures and docstrings, but no types)"
            )
        super().__init__(f"{module} says nothing about its types", why=why, fix=fix)


class NoModuleError(FerruleError):
    """The introspection data describe other modules than the wanted one."""

    exit_code = 3

    def __init__(self, module: str, found: Sequence[str]) -> None:
        super().__init__(
            f"PyO3's introspection data do not describe {module}",
            why=[f"they describe {', '.join(found) or 'no module at all'}"],
            fix="give the #[pymodule] the name of the library, or use --runtime",
        )


class NoStubTargetError(FerruleError):
    """The project has no module of which stubs can be made."""

    exit_code = 3

    def __init__(self, project: str) -> None:
        super().__init__(
            f"{project} has no PyO3 module",
            why=["stubs are made of extension modules only"],
            fix="run it for the package that has the module: --package NAME",
        )


class ImportFailedError(FerruleError):
    """The built module could not be imported to look at it."""

    exit_code = 4

    def __init__(self, module: str, python: str, output: str) -> None:
        lines = output.strip().splitlines() or ["it printed nothing"]
        super().__init__(
            f"{python} cannot import {module}",
            why=lines[-12:],
            fix="make the import work, or leave out --runtime",
        )


class HandWrittenStubError(FerruleError):
    """A stub was not made by ferrule and would be overwritten."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was not made by `ferrule stubs`",
            why=["its first line lacks the mark of a generated stub"],
            fix="write elsewhere with --out, or replace it with --force",
        )
        self.path = path


class OldStubsError(FerruleError):
    """Stubs differ from what the module is now (`--check`)."""

    exit_code = 1

    def __init__(self, paths: Sequence[Path], diff: str) -> None:
        names = ", ".join(str(path) for path in paths)
        super().__init__(
            f"out of date: {names}",
            why=diff.splitlines(),
            fix="run `ferrule stubs`",
        )
        self.paths = tuple(paths)
        self.diff = diff
