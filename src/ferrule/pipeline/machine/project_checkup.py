"""Examining one project: its crate, its PyO3, its editors, its installation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.doctor.finding import Finding
from ferrule.errors import FerruleError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.survey import Survey
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.doctor.cargo_settings import CargoConfig
    from ferrule.editable.environment import Environment
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.project.location import Location
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import Settings

__all__ = ["ProjectFacts", "examine_project"]

Checked = Callable[[str, Callable[[], Iterable[Finding]]], None]


@dataclass(frozen=True)
class ProjectFacts:
    """What was found out about a project and the machine before."""

    request: Request
    location: Location
    opened: OpenProject | None
    """None without a toolchain."""
    settings: Settings | None
    """None where they are wrong."""
    chosen: Interpreter | None
    configs: Sequence[CargoConfig]
    toolchain: Toolchain | None
    sysroot: Path | None

    @property
    def root(self) -> Path:
        """Return the project's folder."""
        return self.location.root

    @property
    def table(self) -> dict[str, Any]:
        """Return `[project]` of pyproject.toml, or nothing."""
        table = (self.location.pyproject or {}).get("project")
        return table if isinstance(table, dict) else {}


def examine_project(facts: ProjectFacts, checked: Checked) -> None:
    """Add the findings about a project."""
    from ferrule.doctor import packaging

    what = f"{facts.location.manifest_path}"
    checked("the project", lambda: [Finding("project", "ok", what)])
    survey = _survey(facts, checked)
    if survey is not None:
        _examine_crate(facts, survey, checked)
        _examine_installation(facts, survey, checked)
        _examine_sources(facts, survey, checked)
    _examine_targets(facts, checked)
    _examine_editors(facts, checked)
    pyproject, root = facts.location.pyproject, facts.root
    folders = survey.folders if survey else (facts.location.manifest_path.parent,)
    library = survey.root.library if survey else None
    # A program that embeds Python needs no pyproject.toml.
    if pyproject is not None or (library is not None and "cdylib" in library.kind):
        checked("the backend", lambda: packaging.check_backend(pyproject, root))
    checked("the classifiers", lambda: packaging.check_classifiers(facts.table))
    checked("uv", lambda: packaging.check_cache_keys(root, pyproject, sorted(folders)))
    requires = facts.table.get("requires-python")
    chosen = facts.chosen
    if chosen is not None and isinstance(requires, str):
        from ferrule.doctor.interpreters import check_requires_python

        checked("requires-python", lambda: check_requires_python(chosen, requires))


# --- what cargo knows -------------------------------------------------------------


def _survey(facts: ProjectFacts, checked: Checked) -> Survey | None:
    from ferrule.errors.cargo import CargoMetadataError, SeveralPyo3Error

    opened, settings = facts.opened, facts.settings
    if opened is None or settings is None:
        return None
    found: list[Survey] = []

    def ask() -> list[Finding]:
        lock = _lock_file(facts)
        if not lock.is_file():
            return [_no_lock(lock)]
        try:
            found.append(_read_survey(opened, settings))
        except SeveralPyo3Error as error:
            from ferrule.doctor.pyo3 import report_several

            return [report_several("\n".join(error.why[1:]))]
        except CargoMetadataError as error:
            return [_refused(error, lock)]
        return []

    checked("the crate", ask)
    return found[0] if found else None


def _lock_file(facts: ProjectFacts) -> Path:
    from ferrule.project.workspace import find_workspace_root

    return find_workspace_root(facts.location.manifest_path) / "Cargo.lock"


def _read_survey(opened: OpenProject, settings: Settings) -> Survey:
    from ferrule.cargo.survey import read_survey
    from ferrule.plan.context import cargo_arguments, find_selection

    return read_survey(
        opened.manifest_path(settings),
        find_selection(settings, None, ()),
        opened.toolchain,
        arguments=cargo_arguments(settings),
        env=opened.request.env,
    )


def _no_lock(lock: Path) -> Finding:
    return Finding(
        "project-lock",
        "note",
        f"there is no {lock}",
        why="which PyO3 is used is not decided yet, so it could not be examined",
        remedy=("cargo generate-lockfile",),
    )


def _refused(error: FerruleError, lock: Path) -> Finding:
    details = tuple(line.strip() for line in error.why if line.strip())
    if any("--locked" in line for line in details):
        return Finding(
            "project-lock",
            "warning",
            f"{lock} does not fit the manifests",
            why="cargo changes it at the next build, and `--locked` builds fail",
            remedy=("cargo update --workspace",),
        )
    return Finding(
        "project-cargo",
        "error",
        error.what,
        details[:12],
        "nothing of the crate can be built",
        (error.fix,) if error.fix else (),
    )


def _examine_targets(facts: ProjectFacts, checked: Checked) -> None:
    """Look for what builds for the targets need that the settings name."""
    from ferrule.target.known import JOINED_TARGETS

    opened, settings = facts.opened, facts.settings
    if opened is None or settings is None or facts.sysroot is None:
        return
    host = opened.toolchain.host
    names = [
        name
        for item in opened.named_targets
        for name in JOINED_TARGETS.get(item, (item,))
        if name != host
    ]
    if not names:
        return
    from ferrule.doctor.targets import check_project_targets
    from ferrule.pipeline.machine.targets_report import Machine

    env, sysroot = opened.request.env, facts.sysroot
    machine = Machine(env, facts.root, opened.toolchain, sysroot, settings)
    checked(
        "the targets",
        lambda: check_project_targets([machine.report_of(name) for name in names]),
    )


# --- the crate --------------------------------------------------------------------


def _examine_crate(facts: ProjectFacts, survey: Survey, checked: Checked) -> None:
    from ferrule.doctor import caches, manifest, pyo3, toolchain

    env, chosen = facts.request.env, facts.chosen
    rust = facts.toolchain
    if rust is not None:
        checked("rust-version", lambda: toolchain.check_minimum_rust(survey, rust))
    folder = survey.target_directory
    checked("the target directory", lambda: caches.check_target_directory(folder, env))
    release, found = pyo3.check_release(survey)
    checked("PyO3", lambda: found)
    if survey.pyo3_version is None:
        return
    if release is not None:
        features = survey.pyo3_features
        if chosen is not None:
            checked(
                "PyO3",
                lambda: pyo3.check_interpreter(release, features, chosen, env),
            )
        checked("PyO3", lambda: pyo3.check_features(survey, release))
        checked("abi3", lambda: pyo3.check_abi3(features, facts.table))
    checked("the crate", lambda: manifest.check_crate_type(survey.root))
    checked("build.rs", lambda: manifest.check_build_script(survey.root))
    checked("the profiles", lambda: manifest.check_profiles(survey))
    names = _own_modules(facts, survey)
    checked("modules", lambda: manifest.check_module_names(survey.root, names))
    _examine_shared(facts, survey, checked)


def _own_modules(facts: ProjectFacts, survey: Survey) -> list[str]:
    """Return the import paths of the modules that the main crate defines."""
    settings, library = facts.settings, survey.root.library
    if settings is None or library is None or settings.bindings not in ("auto", "pyo3"):
        return []
    if "cdylib" not in library.kind and survey.root.binaries:
        return []
    if settings.modules:
        return [
            item.name
            for item in settings.modules
            if not item.manifest_path and not item.package and item.bindings == "pyo3"
        ]
    return [(settings.module_name or library.name).replace("-", "_")]


def _examine_shared(facts: ProjectFacts, survey: Survey, checked: Checked) -> None:
    from ferrule.doctor.shared_configuration import check_shared

    rust = facts.toolchain
    if rust is None:
        return
    checked(
        "the shared configuration",
        lambda: check_shared(
            facts.root,
            facts.configs,
            survey,
            facts.chosen,
            rust.host,
            rewrite=lambda: _rewrite(facts.request),
        ),
    )


def _rewrite(request: Request) -> None:
    """Do what `ferrule env --write` does."""
    from ferrule.cargo.config_toml import write_section
    from ferrule.pipeline.development.shell import open_shell

    # What the shell was told before is not what shall be written.
    env = {key: request.env[key] for key in request.env if key != "PYO3_CONFIG_FILE"}
    shell = open_shell(replace(request, env=env))
    write_section(shell.root, shell.variables, shell.profile_values)


def _examine_sources(facts: ProjectFacts, survey: Survey, checked: Checked) -> None:
    from ferrule.project.location import runs_setup_py

    if survey.pyo3_version is None or runs_setup_py(facts.location.pyproject):
        return
    is_asked = not {"PYO3_CONFIG_FILE", "PYO3_NO_PYTHON"}.intersection(
        facts.request.env
    )
    if facts.chosen is None and is_asked:
        return  # what is wrong with the interpreter was told already

    def lint() -> list[Finding]:
        from ferrule.pipeline.linting import lint_project

        request = facts.request
        if facts.opened is not None:
            # The sources are the same for every target, and std may be missing.
            here = {"target": facts.opened.toolchain.host}
            request = replace(request, command_line={**request.command_line, **here})
        with log.without("warning"):
            found = lint_project(request)
        return [
            Finding(
                "sources",
                "error" if item.fails else "warning",
                item.what,
                (f"{item.path}:{item.line}:{item.column}: {item.rule}",),
                remedy=tuple(f"# {text}" for text in item.remedies),
            )
            for item in found
        ] or [
            Finding("sources", "ok", "the Rust sources ask for nothing that is missing")
        ]

    checked("the sources", lint)


# --- editors and installation -----------------------------------------------------


def _examine_editors(facts: ProjectFacts, checked: Checked) -> None:
    from ferrule.doctor import drift
    from ferrule.doctor.editors import read_editors

    env, chosen, configs = facts.request.env, facts.chosen, facts.configs
    editors = read_editors(facts.root)
    checked("the editors", lambda: drift.check_editor_files(editors))
    checked("the editors", lambda: drift.check_variables(env, configs, editors))
    if chosen is not None:
        checked("the editors", lambda: drift.check_editor_python(editors, chosen, env))


def _examine_installation(
    facts: ProjectFacts, survey: Survey, checked: Checked
) -> None:
    from ferrule.doctor import installed, leftovers, repository

    root, env = facts.root, facts.request.env
    modules = _own_modules(facts, survey)
    sources = _Sources(facts, survey, modules)
    name = facts.table.get("name")
    name = name if isinstance(name, str) else survey.root.name
    developed = _development_environment(facts)
    environment = developed.interpreter if developed else facts.chosen
    if environment is not None and survey.pyo3_version is not None:
        checked(
            "the installation",
            lambda: installed.check_installed(name, root, environment, sources.files),
        )
    if developed is not None:
        checked("the environment", lambda: leftovers.check_leftovers(developed, name))
    copies = installed.find_copies(root, sources.bases, modules)
    needed = [facts.location.manifest_path, root / "pyproject.toml", _lock_file(facts)]
    needed += [target.src_path for target in survey.root.targets]
    needed = [path for path in needed if path.is_file()]
    target = survey.target_directory
    ignored = repository.find_ignored(root, [*needed, target, *copies], env)
    checked("git", lambda: repository.check_ignored(root, needed, target, ignored))
    if copies:
        backend = _backend(facts)
        finder = environment is not None and installed.is_found_by_finder(
            name, environment
        )
        checked(
            "the source tree",
            lambda: installed.check_copies(
                copies,
                ignored,
                builds_with_ferrule=backend.startswith("ferrule") or not backend,
                has_finder=finder,
                newest_source_s=sources.newest_rust_s,
            ),
        )


def _backend(facts: ProjectFacts) -> str:
    system = (facts.location.pyproject or {}).get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    return backend if isinstance(backend, str) else ""


def _development_environment(facts: ProjectFacts) -> Environment | None:
    """Return the environment that `ferrule develop` would install into."""
    from ferrule.editable.environment import find_environment

    try:
        with log.without("info"):
            return find_environment(
                None,
                start=facts.request.start,
                root=facts.root,
                env=facts.request.env,
            )
    except FerruleError:
        return None


@dataclass(frozen=True)
class _Sources:
    """The files that a module and its package are made from."""

    facts: ProjectFacts
    survey: Survey
    modules: Sequence[str]

    @property
    def bases(self) -> list[Path]:
        """Return the folders in which Python packages of the project may lie."""
        root, settings = self.facts.root, self.facts.settings
        named = settings.python_source if settings else None
        return [root / named] if named else [root / "src", root / "python"]

    @cached_property
    def rust(self) -> list[Path]:
        """Return the Rust files and manifests."""
        from ferrule.doctor.manifest import rust_sources

        found = []
        for folder in self.survey.folders:
            found += [folder / "Cargo.toml", *rust_sources(folder / "src")]
        return [path for path in found if path.is_file()]

    @property
    def newest_rust_s(self) -> float:
        """Return when a Rust file was last changed."""
        return max((path.stat().st_mtime for path in self.rust), default=0.0)

    @property
    def files(self) -> list[Path]:
        """Return the Rust files and those of the Python packages."""
        found = list(self.rust)
        for base in [*self.bases, self.facts.root]:
            for top in {module.partition(".")[0] for module in self.modules}:
                if (base / top).is_dir():
                    found += sorted((base / top).rglob("*.py"))
        return found
