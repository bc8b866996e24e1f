"""Errors about the content of wheels and about auditing binaries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "CompressorMissingError",
    "DataFolderError",
    "DuplicateMemberError",
    "ExternalLibrariesError",
    "IncludePatternError",
    "MemberPathError",
    "MissingPackageError",
    "OutDirError",
    "PolicyNameError",
    "PolicyNotMetError",
    "PythonSourceError",
    "RefusedTagError",
    "SbomFileError",
    "UnknownPlatformTagError",
    "UnreadableArchiveError",
]


class CompressorMissingError(FerruleError):
    """The compressor that `compression` names is not installed."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            'compression = "libdeflate" is chosen, and libdeflate is not installed',
            why=["`import deflate` failed in the Python that runs ferrule"],
            fix="install it (`pip install ferrule[fast]`), or choose "
            '`compression = "zlib"`, which gives other bytes',
        )


class DuplicateMemberError(FerruleError):
    """Two different sources claim the same place in the wheel."""

    exit_code = 3

    def __init__(self, path: str, first: str, second: str) -> None:
        super().__init__(
            f"two different files claim {path!r} in the wheel",
            why=[f"the first is {first}", f"the second is {second}"],
            fix="leave one of them out with `exclude`, or rename it",
        )
        self.path = path


class MemberPathError(FerruleError):
    """A file name cannot be stored in a wheel."""

    exit_code = 3

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path!r} cannot be the name of a file in a wheel",
            why=[reason],
            fix="rename the file, or leave it out with `exclude`",
        )
        self.path = path


class PythonSourceError(FerruleError):
    """The folder named by `python-source` does not fit the project."""

    exit_code = 2

    def __init__(self, python_source: str, reason: str) -> None:
        super().__init__(
            f'python-source = "{python_source}" does not fit the project',
            why=[reason],
            fix="set `python-source` to the folder that holds the Python packages, "
            "or remove it for a project without Python files",
        )
        self.python_source = python_source


class MissingPackageError(FerruleError):
    """An entry of `python-packages` is neither a package nor a module."""

    exit_code = 2

    def __init__(self, name: str, folder: Path, suggestion: str = "") -> None:
        super().__init__(
            f"python-packages: {name!r} was not found{suggestion}",
            why=[f"{folder} holds neither a folder {name} nor a file {name}.py"],
            fix="correct the name, or set `python-source` to its folder",
        )
        self.name = name


class DataFolderError(FerruleError):
    """The wheel's data folder is missing or holds something unexpected."""

    exit_code = 2

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"the data folder {folder} cannot be packed",
            why=[reason],
            fix="it may hold the folders data, scripts, headers, purelib and "
            "platlib, and nothing else",
        )
        self.folder = folder


class IncludePatternError(FerruleError):
    """An `include` pattern reaches outside of its folder."""

    exit_code = 2

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(
            f"the include pattern {pattern!r} is not allowed",
            why=[reason],
            fix="write the pattern relative to the project root, without `..`",
        )
        self.pattern = pattern


class OutDirError(FerruleError):
    """An `include` wants generated files of a crate that generates none."""

    exit_code = 3

    def __init__(self, pattern: str, crate: str | None) -> None:
        name = f"the crate {crate!r}" if crate else "the project's crate"
        super().__init__(
            f'include {pattern!r} with from = "out-dir" has no folder to look in',
            why=[f"{name} ran no build script in this build, so it has no OUT_DIR"],
            fix='name the crate that has a build script: crate = "..."',
        )
        self.crate = crate


class PolicyNameError(FerruleError):
    """A compatibility setting names no known policy of this architecture."""

    exit_code = 2

    def __init__(
        self, wanted: str, arch: str, known: Sequence[str], suggestion: str = ""
    ) -> None:
        super().__init__(
            f"compatibility {wanted!r} is no platform policy for {arch}{suggestion}",
            why=[f"known for {arch}: {', '.join(known) or 'none'}"],
            fix="use `auto`, `linux`, or one of the known policies",
        )
        self.wanted = wanted


class PolicyNotMetError(FerruleError):
    """The built files do not satisfy the policy that was asked for."""

    exit_code = 3

    def __init__(
        self,
        wanted: str,
        reasons: Sequence[str],
        better: str,
        *,
        other_libc: str = "",
    ) -> None:
        # `other_libc` is that of the policy, where the files have another.
        way = "build in an older system or with --zig"
        if other_libc:
            ending = "musl" if other_libc == "musl" else "gnu"
            way = f"build for {other_libc} (a target *-linux-{ending})"
        super().__init__(
            f"the built files do not satisfy {wanted}",
            why=reasons,
            fix=f"{way}, or use {better}, which they satisfy",
        )
        self.wanted = wanted
        self.reasons = tuple(reasons)


class UnreadableArchiveError(FerruleError):
    """An archive to compare is damaged or of another format."""

    exit_code = 6

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be read as an archive",
            why=[reason],
            fix="build it anew, or check that it was downloaded completely",
        )
        self.path = path


class ExternalLibrariesError(FerruleError):
    """Under `audit = "check"`: the wheel needs libraries that it does not hold."""

    exit_code = 3

    def __init__(self, libraries: Sequence[str]) -> None:
        super().__init__(
            "the built files need libraries that no platform tag promises",
            why=libraries,
            fix='link them statically, or set audit = "warn" for a wheel that works '
            "only where they are installed",
        )
        self.libraries = tuple(libraries)


class RefusedTagError(FerruleError):
    """Under `compatibility = "pypi"`: a tag that the package index refuses."""

    exit_code = 3

    def __init__(self, tags: Sequence[str], reasons: Sequence[str]) -> None:
        noun = "the platform tag" if len(tags) == 1 else "the platform tags"
        super().__init__(
            f'compatibility is "pypi", but PyPI refuses {noun} {", ".join(tags)}',
            why=reasons,
            fix="build in an older system, or leave `compatibility` at auto",
        )
        self.tags = tuple(tags)


class SbomFileError(FerruleError):
    """`sbom.include` names what is no file."""

    exit_code = 2

    def __init__(self, name: str, path: Path, reason: str) -> None:
        super().__init__(
            f'sbom.include has "{name}", but {reason}',
            why=[f"looked for {path}"],
            fix="write paths of files, relative to the folder of pyproject.toml",
        )


class UnknownPlatformTagError(FerruleError):
    """A system whose wheels are tagged by a release that nothing tells."""

    exit_code = 2

    def __init__(self, target: str) -> None:
        super().__init__(
            f"the platform tag of a wheel for {target} is not known",
            why=["it names a release of the system, and the files do not tell it"],
            fix="name the tag with --compatibility, for example "
            "freebsd_14_3_release_amd64, or register the Python of the target with "
            "`ferrule python add-target`",
        )
