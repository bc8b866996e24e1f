"""Reading a project: settings, manifest and metadata, for one interpreter."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.cargo.graph import FeatureSelection, read_graph
from ferrule.cargo.toolchain import Toolchain, identify_toolchain
from ferrule.errors import FerruleError
from ferrule.errors.settings import StrictWarningsError
from ferrule.errors.setuptools_project import RunSetupPyError
from ferrule.pipeline.leniency import without_missing_packages
from ferrule.plan.abi3 import abi3_feature
from ferrule.plan.context import cargo_arguments, find_selection
from ferrule.project.adopted import AdoptedDocument
from ferrule.project.location import (
    Location,
    find_manifest,
    locate_project,
    runs_setup_py,
)
from ferrule.project.model import Project
from ferrule.settings.conditions import Conditions
from ferrule.settings.sources import depends_on_python, load_settings
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph, Pyo3Use
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import Settings
    from ferrule.target.triple import Triple

__all__ = ["OpenProject", "open_project", "selects_several", "wanted_interpreters"]


@dataclass
class OpenProject:
    """A project that was located; settings are read per interpreter."""

    request: Request
    location: Location
    toolchain: Toolchain
    is_from_sdist: bool
    missing_interpreter: FerruleError | None = None
    """Why there is no default interpreter, if one was looked for in vain."""
    build_directory: Path | None = None
    """Where compiled crates are kept, if not below the target directory."""
    _manifests: dict[tuple[tuple[str, str], ...], Path] = field(default_factory=dict)
    insists_on_tag: bool = True
    """Whether a wanted platform tag that the files do not satisfy is an error. A
    build that a front end started is for this machine, whatever the project
    wants of the wheels that it publishes."""
    linker_origin: str = ""
    """What set the setting `linker`."""
    strict_origin: str = ""
    """What set the setting `strict`."""
    target: str | None = None
    """The Rust target that this is opened for; None for this machine."""
    named_targets: tuple[str, ...] = ()
    """The setting `target`, once the settings were read."""

    @property
    def pyproject(self) -> dict[str, Any] | None:
        """Return the parsed pyproject.toml, or None."""
        return self.location.pyproject

    def settings(self, interpreter: Interpreter | None) -> Settings:
        """Return the settings that hold for one interpreter."""
        request = self.request
        platform = sys.platform
        machine = os.uname().machine if hasattr(os, "uname") else ""
        if self.foreign_target is not None:
            from ferrule.python.foreign import machine_of

            platform = self.foreign_target.python_system
            machine = machine_of(self.foreign_target)
        loaded = load_settings(
            self.pyproject,
            root=self.location.root,
            env=request.env,
            config_settings=request.config_settings,
            command_line=request.command_line,
            conditions=Conditions(
                state=request.state,
                from_sdist=self.is_from_sdist,
                platform=platform,
                machine=machine,
                python_version=interpreter.version_text if interpreter else None,
                implementation=interpreter.implementation if interpreter else None,
                env=request.env,
            ),
        )
        self.named_targets = loaded.settings.target
        self.linker_origin = loaded.origin.get("linker", "")
        settings = replace(loaded.settings, target=tuple(filter(None, [self.target])))
        self.strict_origin = loaded.origin.get("strict", "")
        if loaded.origin.get("python_packages", "").startswith("tool.maturin"):
            settings, missing = without_missing_packages(settings, self.location.root)
            self.warn(missing, settings)
        for warning in (*loaded.warnings, *loaded.hints):
            warn_once(warning)
        given = loaded.origin.get("interpreter", "")
        if request.is_hook and given.endswith(("build-args", "MATURIN_PEP517_ARGS")):
            warn_once(f"{given}: a build hook builds for the Python that runs it")
        for sentence in loaded.overrides:
            log.debug(sentence)
        origin = loaded.origin.get("compatibility", "")
        # maturin's own hooks never look at its table's value.
        if not origin or (request.is_hook and origin.startswith("tool.maturin")):
            settings = replace(settings, compatibility=request.default_compatibility)
        self.insists_on_tag = not (request.is_hook and origin.startswith("tool."))
        return settings

    def warn(self, warnings: Sequence[str], settings: Settings) -> None:
        """Warn about the project; raise `StrictWarningsError` under `strict`."""
        if settings.strict and warnings:
            root = self.location.root
            raise StrictWarningsError(warnings, root=root, origin=self.strict_origin)
        for warning in warnings:
            warn_once(warning)

    def project(self, interpreter: Interpreter | None) -> Project:
        """Return the validated project for one interpreter."""
        from ferrule.project.metadata_memory import remembered_metadata

        settings = self.settings(interpreter)
        manifest_path = self.manifest_path(settings)
        graph = self.graph(settings)
        metadata, warnings = remembered_metadata(
            self.location, graph.root, env=self.request.env
        )
        if isinstance(self.pyproject, AdoptedDocument):
            warnings = (*self.pyproject.warnings, *warnings)
        self.warn(warnings, settings)
        library = graph.root.library
        return Project(
            root=self.location.root,
            pyproject=self.pyproject,
            manifest_path=manifest_path,
            settings=settings,
            metadata=metadata,
            library_name=library.name if library else None,
        )

    def graph(
        self, settings: Settings, selection: FeatureSelection | None = None
    ) -> Graph:
        """Return the dependency graph of the main crate."""
        return read_graph(
            self.manifest_path(settings),
            selection or FeatureSelection(),
            self.toolchain,
            arguments=cargo_arguments(settings),
            env=self.request.env,
            target=self.target or "",
        )

    @property
    def foreign_target(self) -> Triple | None:
        """Return the target, if it is not this machine."""
        if self.target is None or self.target == self.toolchain.host:
            return None
        return parse_triple(self.target)

    def local_interpreter(self) -> Interpreter | None:
        """Return the active Python of this machine, or None without one."""
        if self.request.interpreter is not None:
            return self.request.interpreter
        from ferrule.python.discovery import default_interpreter

        try:
            return default_interpreter(self.request.env)
        except FerruleError:
            return None

    def for_target(self, target: str) -> OpenProject:
        """Return the same project, opened for another target."""
        return replace(self, target=None if target == self.toolchain.host else target)

    def pyo3_use(self) -> Pyo3Use | None:
        """Return how the main crate uses PyO3 with the project's features."""
        settings = self.settings(None)
        selection = find_selection(settings, None, ())
        graph = self.graph(settings, selection)
        added = abi3_feature(settings.abi3, graph, None)
        if added is not None:
            features = (*selection.features, added)
            graph = self.graph(settings, replace(selection, features=features))
        return graph.pyo3

    @property
    def default_out_dir(self) -> Path:
        """Return `dist` beside the project's pyproject.toml."""
        return self.location.root / "dist"

    @property
    def target_directory(self) -> Path:
        """Return cargo's target directory of the project."""
        settings = self.settings(None)
        if settings.target_dir:
            return self.location.root / settings.target_dir
        return self.graph(settings).target_directory

    def manifest_path(self, settings: Settings) -> Path:
        """Return the main crate's manifest."""
        request = self.request
        chosen = {
            key: value
            for key, value in [
                ("manifest-path", settings.manifest_path),
                ("package", settings.package),
            ]
            if value
        }
        if not chosen or request.manifest_path or request.package:
            return self.location.manifest_path
        # An override may say something else than what the project was found by.
        question = tuple(chosen.items())
        if question not in self._manifests:
            root = self.location.root
            self._manifests[question] = find_manifest(root, self.pyproject, chosen)
        return self._manifests[question]

    def refuse_setup_py(self) -> None:
        """Raise `RunSetupPyError` if only setup.py knows what the wheel holds."""
        is_read = isinstance(self.pyproject, AdoptedDocument)
        if not is_read and runs_setup_py(self.pyproject):
            raise RunSetupPyError(self.location.root)

    @property
    def depends_on_python(self) -> bool:
        """Whether settings differ between interpreters."""
        return depends_on_python(self.pyproject)


_warned: set[str] = set()


def warn_once(message: str) -> None:
    """Warn about something that several interpreters would repeat."""
    if message not in _warned:
        _warned.add(message)
        log.warn(message)


def open_project(request: Request) -> OpenProject:
    """Locate and read the project of a request.

    Raises the errors of `ferrule.errors.project`, `CargoNotFoundError` and
    `ToolchainMissingError`.
    """
    request = _with_cargo_itself(request)
    given = request.manifest_path
    location = locate_project(
        request.start,
        manifest_path=str(given) if given else None,
        package=request.package,
        chosen=request.chosen_crate(),
        env=request.env,
    )
    return OpenProject(
        request=request,
        location=location,
        toolchain=identify_toolchain(request.env, location.root),
        is_from_sdist=(location.root / "PKG-INFO").is_file(),
    )


def _with_cargo_itself(request: Request) -> Request:
    """Return a request whose `CARGO` is cargo, where it names cross instead.

    cross compiles in a container; everything else is asked of this machine's cargo.
    """
    if "cross" not in request.env.get("CARGO", ""):
        return request
    from ferrule.target.linkers.cross import is_cross

    named = request.env["CARGO"]
    if not is_cross(named):
        return request
    env = {name: text for name, text in request.env.items() if name != "CARGO"}
    env["FERRULE_CROSS"] = named
    command_line = {"linker": "cross", **request.command_line}
    return replace(request, env=env, command_line=command_line)


def wanted_interpreters(opened: OpenProject) -> list[Interpreter | None]:
    """Return the interpreters to build for; `[None]` where none is needed."""
    from ferrule.python.discovery import default_interpreter
    from ferrule.python.selection import select_interpreters

    request = opened.request
    is_foreign = opened.foreign_target is not None and not _runs_here(opened)
    if is_foreign or _is_crossing(request):
        return _foreign_interpreters(opened)
    if request.interpreter is not None:
        return [request.interpreter]
    selectors = _selectors(opened)
    if selectors:
        project_table = (opened.pyproject or {}).get("project", {})
        return list(
            select_interpreters(
                selectors,
                request.env,
                requires_python=project_table.get("requires-python"),
            )
        )
    if "PYO3_NO_PYTHON" in request.env or "PYO3_CONFIG_FILE" in request.env:
        return [None]
    try:
        return [default_interpreter(request.env)]
    except FerruleError as error:
        # Enough for abi3 (the guide, "Building abi3 extensions without a Python
        # interpreter"); who needs one is told what is wrong with it.
        opened.missing_interpreter = error
        return [None]


def _is_crossing(request: Request) -> bool:
    """Whether PyO3's variables ask for a Python of another machine.

    They do so for this machine's own target as well (the guide, "Cross
    Compiling"); a development install is for the Python that runs it.
    """
    names = ("", "_LIB_DIR", "_PYTHON_VERSION", "_PYTHON_IMPLEMENTATION")
    return (
        request.interpreter is None
        and request.state != "editable"
        and any(f"PYO3_CROSS{name}" in request.env for name in names)
    )


def _runs_here(opened: OpenProject) -> bool:
    """Whether the Python that is given is one of the target itself."""
    interpreter, target = opened.request.interpreter, opened.foreign_target
    if interpreter is None or target is None:
        return False
    from ferrule.python.foreign import fits_target

    return fits_target(interpreter, target)


def _foreign_interpreters(opened: OpenProject) -> list[Interpreter | None]:
    from ferrule.pipeline.foreign import foreign_interpreters

    return foreign_interpreters(opened, _selectors(opened))


def selects_several(opened: OpenProject) -> bool:
    """Whether a range or `all` is among the wanted interpreters."""
    from ferrule.python.selector import parse_selector

    kinds = {parse_selector(text).kind for text in _selectors(opened)}
    return bool(kinds & {"range", "all"})


def _selectors(opened: OpenProject) -> tuple[str, ...]:
    return opened.request.selectors or opened.settings(None).interpreter
