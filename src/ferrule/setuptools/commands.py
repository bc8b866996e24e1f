"""The commands `build_rust` and `clean_rust`, made to be subclassed.

Method names, arguments and attributes are those of setuptools-rust, including
the older ones that projects' subclasses still have.
"""

from __future__ import annotations

import enum
import inspect
import os
import shutil
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from setuptools import Command
from setuptools.errors import CompileError, FileError, PlatformError, SetupError

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.setuptools import ExtensionListError
from ferrule.setuptools.extension import Binding, RustBin, RustExtension
from ferrule.setuptools.placement import place_file, remove_siblings
from ferrule.setuptools.state import rust_state
from ferrule.setuptools.translation import Wish

if TYPE_CHECKING:
    from ferrule.setuptools.building import BuiltModule, Planned

__all__ = ["Platform", "RustCommand", "build_rust", "clean_rust", "explained"]


class Platform(enum.Enum):
    """Targets that are no triple."""

    CARGO_DEFAULT = enum.auto()
    UNIVERSAL2 = enum.auto()


@contextmanager
def explained() -> Iterator[None]:
    """Turn ferrule's errors into those that setuptools reports without traceback."""
    try:
        yield
    except FerruleError as error:
        kind: type[Exception] = {3: FileError, 5: CompileError}.get(
            error.exit_code, SetupError
        )
        if type(error).__name__ in ("CargoNotFoundError", "RustVersionError"):
            kind = PlatformError
        raise kind(str(error)) from error


class RustCommand(Command):  # type: ignore[misc]
    """A command that does something for every Rust extension."""

    user_options: ClassVar[list[tuple[str, Any, str]]] = []

    def initialize_options(self) -> None:
        """Start without extensions."""
        self.extensions: list[RustExtension] = []

    def finalize_options(self) -> None:
        """Take the Distribution's extensions; refuse what is none."""
        extensions = getattr(self.distribution, "rust_extensions", None)
        if extensions is None:
            return
        with explained():
            check_extensions(extensions)
        self.extensions = extensions

    def run(self) -> None:
        """Do it for every extension; optional ones may fail."""
        for extension in self.extensions:
            self._run_or_skip(extension)

    def _run_or_skip(self, extension: RustExtension) -> None:
        try:
            self.run_for_extension(extension)
        except Exception as error:
            if not extension.optional:
                raise
            rust_state(self.distribution).failed.add(extension.name)
            log.warn(f"optional Rust extension {extension.name} failed: {error}")

    def run_for_extension(self, ext: RustExtension) -> None:
        """Do the command's work for one extension."""
        raise NotImplementedError

    def get_source_files(self) -> list[str]:
        """Return nothing: the command `sdist` looks for Rust files itself."""
        return []


def check_extensions(extensions: object) -> None:
    """Raise `ExtensionListError` unless all are RustExtension objects."""
    if not isinstance(extensions, (list, tuple)):
        raise ExtensionListError(type(extensions).__name__)
    for number, item in enumerate(extensions):
        if not isinstance(item, RustExtension):
            raise ExtensionListError(f"{type(item).__name__} at position {number}")


class build_rust(RustCommand):  # noqa: N801 - commands are called like this
    """Build Rust extensions with ferrule and hand them to setuptools."""

    description = "build Rust extensions"
    user_options: ClassVar[list[tuple[str, Any, str]]] = [
        ("inplace", "i", "put extensions beside the Python modules"),
        ("debug", "d", "build every Rust extension for debugging"),
        ("release", "r", "build every Rust extension optimised"),
        ("qbuild", None, "show no output of cargo"),
        ("build-temp=", "t", "folder for temporary files"),
        ("target=", None, "Rust target triple"),
    ]
    boolean_options: ClassVar[list[str]] = ["inplace", "debug", "release", "qbuild"]

    inplace: bool = False
    debug: bool = False
    release: bool = False
    qbuild: bool = False
    plat_name: str | None = None
    build_temp: str | None = None

    def initialize_options(self) -> None:
        """Take target and program from the environment."""
        super().initialize_options()
        self.target: str | Platform | None = os.environ.get(
            "CARGO_BUILD_TARGET", Platform.CARGO_DEFAULT
        )
        self.cargo = os.environ.get("CARGO", "cargo")
        self._generated: dict[str, Path] = {}

    def finalize_options(self) -> None:
        """Inherit what the commands `build` and `build_ext` know."""
        super().finalize_options()
        if self.target is None:
            self.target = Platform.CARGO_DEFAULT
        self.set_undefined_options("build", ("plat_name", "plat_name"))
        self.set_undefined_options("build_ext", ("build_temp", "build_temp"))

    def run_for_extension(self, ext: RustExtension) -> None:
        """Build one extension and put its files where they belong."""
        # Subclasses written for older releases want a target, or return the
        # modules alone.
        wants_target = _required_parameters(self.build_extension) > 1
        target = (self.target,) if wants_target else ()
        modules, generated = _split_result(self.build_extension(ext, *target))
        folder = (generated,) if _takes(self.install_extension, 3) else ()
        self.install_extension(ext, modules, *folder)

    def build_extension(
        self, ext: RustExtension, target: object = None
    ) -> tuple[list[BuiltModule], Path | None]:
        """Compile one extension; return its files and its generated files.

        Both lie in a folder of ferrule's own until `install_extension`.
        """
        from ferrule.setuptools.building import compile_extension

        staging = Path(self.build_temp or "build", "ferrule", _folder_name(ext.name))
        with explained():
            built = compile_extension(
                ext,
                self.wish(ext, target),
                root=Path.cwd(),
                env=os.environ,
                staging=staging.absolute(),
                skipped=self._build_folders(),
            )
        rust_state(self.distribution).planned[ext.name] = built.planned
        if built.generated is not None:
            self._generated[ext.name] = built.generated
        return built.modules, built.generated

    def plan(self, ext: RustExtension) -> Planned:
        """Return how an extension is built, without building it."""
        from ferrule.setuptools.building import plan_extension

        planned = rust_state(self.distribution).planned
        if ext.name not in planned:
            with explained():
                planned[ext.name] = plan_extension(
                    ext, self.wish(ext), root=Path.cwd(), env=os.environ
                )
        return planned[ext.name]

    def wish(self, ext: RustExtension, target: object = None) -> Wish:
        """Return how this command wants an extension built."""
        target = target if isinstance(target, str) else self.target
        return Wish(
            is_debug=self._is_debug_build(ext),
            limited_api=self._py_limited_api(),
            target=target if isinstance(target, str) else None,
            cargo=self.cargo if self.cargo != "cargo" else None,
            is_quiet=bool(self.qbuild or ext.quiet),
        )

    def install_extension(
        self,
        ext: RustExtension,
        dylib_paths: Sequence[BuiltModule],
        build_artifact_dir: Path | None = None,
    ) -> None:
        """Copy built files to where `build_ext` and `build_scripts` put theirs."""
        dylib_paths, found = _split_result(dylib_paths)
        generated = build_artifact_dir or found or self._generated.get(ext.name)
        state = rust_state(self.distribution)
        for name, source in dylib_paths:
            if isinstance(ext, RustBin):
                target = self._script_path(name)
                state.programs.append(target)
            elif ext.binding == Binding.Exec:
                target = self._program_path(name)
                launcher = ext.install_script(name.rpartition(".")[2], target)
                state.files += [launcher] if launcher else []
                self._remember(name, target)
            else:
                target = self.get_dylib_ext_path(ext, name)
                self._remember(name, target)
                remove_siblings(
                    Path(target).parent,
                    name.rpartition(".")[2],
                    keep=os.path.basename(target),
                    only_own=bool(self.inplace),
                )
            with explained():
                place_file(Path(source), Path(target))
            log.step(f"built {os.path.relpath(target)}")
            state.files.append(target)
        if ext.generated_files and generated is not None:
            self._install_generated(ext, Path(generated))

    def get_dylib_ext_path(self, ext: RustExtension, target_fname: str) -> str:
        """Return where the module of an extension is installed."""
        build_ext = self._build_ext()
        path: str = build_ext.get_ext_fullpath(target_fname)
        suffix = os.environ.get("SETUPTOOLS_EXT_SUFFIX") or str(
            sysconfig.get_config_var("EXT_SUFFIX")
        )
        wanted = self._suffix(ext)
        if wanted and path.endswith(suffix):
            return path[: -len(suffix)] + wanted
        return path

    def _suffix(self, ext: RustExtension) -> str | None:
        abi = self.plan(ext).abi
        if abi is not None:
            return abi.extension_suffix if abi.kind != "version" else None
        limited = ext.py_limited_api
        if limited is True or (limited == "auto" and self._py_limited_api()):
            from setuptools.command.build_ext import get_abi3_suffix

            suffix: str | None = get_abi3_suffix()
            return suffix
        return None

    def _py_limited_api(self) -> bool | str:
        wheel = self.distribution.get_command_obj("bdist_wheel")
        if wheel is None:
            return False
        wheel.ensure_finalized()
        return getattr(wheel, "py_limited_api", False) or False

    def _is_debug_build(self, ext: RustExtension) -> bool:
        if self.release:
            return False
        if self.debug:
            return True
        return bool(self.inplace) if ext.debug is None else bool(ext.debug)

    def _build_ext(self) -> Any:
        build_ext = self.get_finalized_command("build_ext")
        build_ext.inplace = self.inplace
        return build_ext

    def _build_folders(self) -> list[Path]:
        build = self.get_finalized_command("build")
        info = self.get_finalized_command("egg_info")
        # Only a folder of its own: never the project itself.
        folders = [Path(name).absolute() for name in (build.build_base, info.egg_info)]
        return [folder for folder in folders if folder != Path.cwd()]

    def _script_path(self, name: str) -> str:
        folder = self.get_finalized_command("build_scripts").build_dir
        return os.path.join(folder, name + (sysconfig.get_config_var("EXE") or ""))

    def _program_path(self, name: str) -> str:
        path: str = self._build_ext().get_ext_fullpath(name)
        folder = os.path.dirname(path)
        program = name.rpartition(".")[2]
        return os.path.join(folder, program + (sysconfig.get_config_var("EXE") or ""))

    def _remember(self, name: str, target: str) -> None:
        """Note a file for editable installs that are told every file (PEP 660)."""
        package = name.rpartition(".")[0]
        library = self._build_ext().build_lib
        regular = os.path.join(library, *package.split("."), os.path.basename(target))
        rust_state(self.distribution).placed[os.path.normpath(regular)] = target

    def _install_generated(self, ext: RustExtension, generated: Path) -> None:
        state = rust_state(self.distribution)
        for source, package in ext.generated_files.items():
            folder = self._package_folder(package)
            path = generated / source
            files = [path] if path.is_file() else sorted(path.rglob("*"))
            for file in files:
                if not file.is_file():
                    continue
                target = folder / file.relative_to(path.parent)
                with explained():
                    place_file(file, target, mode=0o644)
                state.files.append(str(target))
                self._remember_data(package, file.relative_to(path.parent), target)

    def _remember_data(self, package: str, name: Path, target: Path) -> None:
        library = self._build_ext().build_lib
        regular = os.path.join(library, *package.split("."), name)
        rust_state(self.distribution).placed[os.path.normpath(regular)] = str(target)

    def _package_folder(self, package: str) -> Path:
        if self.inplace:
            build_py = self.get_finalized_command("build_py")
            return Path(build_py.get_package_dir(package))
        return Path(self._build_ext().build_lib, *package.split("."))


class clean_rust(RustCommand):  # noqa: N801 - commands are called like this
    """Remove what cargo built for the extensions."""

    description = "remove what cargo built for the Rust extensions"

    def run_for_extension(self, ext: RustExtension) -> None:
        """Remove ferrule's part of the crate's target directory."""
        from ferrule.cargo.graph import FeatureSelection, read_graph
        from ferrule.cargo.toolchain import identify_toolchain

        with explained():
            env = {**os.environ, **ext.variables}
            manifest = Path(os.path.abspath(ext.path))
            toolchain = identify_toolchain(env, Path.cwd())
            graph = read_graph(manifest, FeatureSelection(), toolchain, env=env)
        shutil.rmtree(graph.target_directory / "ferrule", ignore_errors=True)


def _folder_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _split_result(result: Any) -> tuple[list[BuiltModule], Path | None]:
    """Return modules and generated files, whichever form a subclass gave."""
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], list):
        return result[0], result[1]
    return list(result or []), None


def _parameters(method: Callable[..., Any]) -> list[inspect.Parameter]:
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [
        item
        for item in inspect.signature(method).parameters.values()
        if item.kind in kinds
    ]


def _required_parameters(method: Callable[..., Any]) -> int:
    found = _parameters(method)
    return sum(1 for item in found if item.default is inspect.Parameter.empty)


def _takes(method: Callable[..., Any], count: int) -> bool:
    found = inspect.signature(method).parameters.values()
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in found):
        return True
    return len(_parameters(method)) >= count
