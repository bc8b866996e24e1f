"""What a setup.py says about its Rust code: the objects of setuptools-rust.

Names, positions and attributes are those of setuptools-rust 1.13, which older
projects' lists and dictionaries fit as well. Nothing here runs cargo, except for
the questions that a setup.py asks itself.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Any, Literal, Union

if TYPE_CHECKING:
    from ferrule.setuptools.rust_version import VersionRange

__all__ = [
    "Binding",
    "Env",
    "RustBin",
    "RustExtension",
    "Strip",
    "Words",
    "find_rust_extensions",
]

LimitedApi = Union[bool, str]

_LAUNCHER = """\
import os
import sys


def run():
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), {program!r})
    os.execv(program, [program, *sys.argv[1:]])
"""


class Binding(IntEnum):
    """What joins the extension and Python."""

    PyO3 = auto()
    RustCPython = auto()
    NoBinding = auto()
    Exec = auto()

    def __repr__(self) -> str:
        return f"Binding.{self.name}"


class Strip(IntEnum):
    """Which symbols are removed from the built file."""

    No = auto()
    Debug = auto()
    All = auto()

    def __repr__(self) -> str:
        return f"Strip.{self.name}"


class Env:
    """Variables of one extension, as setuptools-rust keeps them."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self.env = None if env is None else dict(env)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Env) and self.env == other.env

    def __hash__(self) -> int:
        return hash(None if self.env is None else tuple(sorted(self.env.items())))


class Words(list[str]):
    """A list that also behaves like the tuple of newer setuptools-rust."""

    def __add__(self, other: Iterable[str]) -> Words:  # type: ignore[override]
        return Words([*self, *other])

    def __radd__(self, other: Iterable[str]) -> Words:
        return Words([*other, *self])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, tuple)) and list(self) == list(other)

    __hash__ = None


class RustExtension:
    """An extension module, or with `Binding.Exec` programs inside a package."""

    def __init__(  # noqa: PLR0913, PLR0917 - the interface of setuptools-rust
        self,
        target: str | dict[str, str],
        path: str = "Cargo.toml",
        args: Sequence[str] | None = (),
        cargo_manifest_args: Sequence[str] | None = (),
        features: Sequence[str] | None = (),
        rustc_flags: Sequence[str] | None = (),
        rust_version: str | None = None,
        quiet: bool = False,  # noqa: FBT001, FBT002
        debug: bool | None = None,  # noqa: FBT001
        binding: Binding = Binding.PyO3,
        strip: Strip = Strip.No,
        script: bool = False,  # noqa: FBT001, FBT002
        native: bool = False,  # noqa: FBT001, FBT002
        optional: bool = False,  # noqa: FBT001, FBT002
        py_limited_api: LimitedApi | Literal["auto"] = "auto",
        env: Mapping[str, str] | None = None,
        generated_files: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(target, dict):
            self.name = "; ".join(f"{name}={place}" for name, place in target.items())
            self.target = dict(target)
        else:
            self.name = target
            self.target = {"": target}
        self.path = os.path.relpath(path)
        self.args = Words(args or ())
        self.cargo_manifest_args = Words(cargo_manifest_args or ())
        self.features = Words(features or ())
        self.rustc_flags = Words(rustc_flags or ())
        self.rust_version = rust_version
        self.quiet = quiet
        self.debug = debug
        self.binding = binding
        self.strip = strip
        self.script = script
        self.native = native
        self.optional = optional
        self.py_limited_api = py_limited_api
        self.env: Env | Mapping[str, str] | None = Env(env)
        self.generated_files = dict(generated_files or {})
        if self.generated_files and len(self.target) > 1:
            text = "`generated_files` is for extensions with a single target"
            raise ValueError(text)
        if native:
            _deprecated("native", "put -Ctarget-cpu=native into RUSTFLAGS instead")
            self.rustc_flags += ["-Ctarget-cpu=native"]
        if script and binding == Binding.Exec:
            _deprecated("script", "use RustBin instead")

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that are added to the environment of cargo."""
        env = self.env.env if isinstance(self.env, Env) else self.env
        return {name: str(value) for name, value in (env or {}).items()}

    @property
    def programs(self) -> tuple[tuple[str, str], ...]:
        """Return pairs of cargo binary and dotted place, for `Binding.Exec`."""
        return tuple(
            (name or place.rpartition(".")[2], place)
            for name, place in self.target.items()
        )

    def get_lib_name(self, *, quiet: bool = True) -> str:
        """Return the name of the crate's first target, as an identifier."""
        metadata = self.metadata(quiet=quiet)
        root = metadata["resolve"]["root"]
        package = next(item for item in metadata["packages"] if item["id"] == root)
        name: str = package["targets"][0]["name"]
        return name.translate(str.maketrans("./\\-", "____"))

    def get_rust_version(self) -> VersionRange | None:
        """Return the accepted compilers, or None where all are."""
        from ferrule.setuptools.rust_version import VersionRange

        return None if self.rust_version is None else VersionRange(self.rust_version)

    def get_cargo_profile(self) -> str | None:
        """Return the profile that `args` names, if any."""
        from ferrule.setuptools.cargo_arguments import read_arguments

        return read_arguments(self.args).profile

    def entry_points(self) -> list[str]:
        """Return the console scripts that start programs inside the package."""
        if not self.script or self.binding != Binding.Exec:
            return []
        points = []
        for _, place in self.programs:
            package, _, name = place.rpartition(".")
            module = f"{package}.{_launcher_name(name)}" if package else name
            points.append(f"{name}={module}:run")
        return points

    def install_script(self, module_name: str, exe_path: str) -> str | None:
        """Write the Python launcher of a program; return its path."""
        if not self.script or self.binding != Binding.Exec:
            return None
        from pathlib import Path

        from ferrule import atomic

        folder, program = os.path.split(exe_path)
        path = os.path.join(folder, f"{_launcher_name(module_name)}.py")
        atomic.write_text(Path(path), _LAUNCHER.format(program=program))
        return path

    def metadata(self, *, quiet: bool = True) -> dict[str, Any]:
        """Return what `cargo metadata` says about the crate."""
        from pathlib import Path

        from ferrule.cargo.metadata import cargo_metadata

        del quiet
        env = {**os.environ, **self.variables}
        path = Path(os.path.abspath(self.path))
        return cargo_metadata(path, self.cargo_manifest_args, env=env)

    def _uses_exec_binding(self) -> bool:
        return self.binding == Binding.Exec


class RustBin(RustExtension):
    """Programs that are installed as scripts."""

    def __init__(  # noqa: PLR0913, PLR0917 - the interface of setuptools-rust
        self,
        target: str | dict[str, str],
        path: str = "Cargo.toml",
        args: Sequence[str] | None = (),
        cargo_manifest_args: Sequence[str] | None = (),
        features: Sequence[str] | None = (),
        rust_version: str | None = None,
        quiet: bool = False,  # noqa: FBT001, FBT002
        debug: bool | None = None,  # noqa: FBT001
        strip: Strip = Strip.No,
        optional: bool = False,  # noqa: FBT001, FBT002
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            target=target,
            path=path,
            args=args,
            cargo_manifest_args=cargo_manifest_args,
            features=features,
            rust_version=rust_version,
            quiet=quiet,
            debug=debug,
            binding=Binding.Exec,
            strip=strip,
            optional=optional,
            py_limited_api=False,
            env=env,
        )

    def entry_points(self) -> list[str]:
        """Return nothing: the program itself is the script."""
        return []


def find_rust_extensions(
    *directories: str, libfile: str = "lib.rs", **options: Any
) -> list[RustExtension]:
    """Return an extension for every folder with a Cargo.toml and a `libfile`.

    The function of setuptools-rust before 1.0: the module is named like the
    folder.
    """
    found = []
    for top in directories or (os.curdir,):
        for folder in _crate_folders(top, libfile):
            name = os.path.relpath(folder).replace(os.sep, ".")
            path = os.path.join(folder, "Cargo.toml")
            found.append(RustExtension(name, path, **options))
    return found


def _crate_folders(top: str, libfile: str) -> Iterator[str]:
    for folder, names, files in os.walk(top):
        names.sort()
        if libfile in files and "Cargo.toml" in files:
            yield folder


def _launcher_name(program: str) -> str:
    return f"_gen_{program.replace('-', '_')}"


def _deprecated(parameter: str, instead: str) -> None:
    warnings.warn(
        f"`{parameter}` of RustExtension is deprecated: {instead}",
        DeprecationWarning,
        stacklevel=3,
    )
