"""Examining a machine and a project: gathers the facts, asks the checks.

Nothing that is broken ends an examination: what cannot be read becomes a finding,
and the checks that need it are left out.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.doctor.finding import SEVERITIES, Finding
from ferrule.errors import FerruleError
from ferrule.pipeline.machine.project_checkup import ProjectFacts, examine_project
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.doctor.cargo_settings import CargoConfig
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.project.location import Location
    from ferrule.python.discovery import Candidate

__all__ = ["Checkup", "examine"]


@dataclass(frozen=True)
class Checkup:
    """What an examination found."""

    root: Path | None
    """The project's folder; None outside of a project."""
    findings: tuple[Finding, ...]
    """The worst first, then by section."""

    def count(self, severity: str) -> int:
        """Return how many findings are of one severity."""
        return sum(item.severity == severity for item in self.findings)


def examine(request: Request) -> Checkup:
    """Return the findings about this machine and the project around the user."""
    examination = _Examination(request)
    with examination.searching_interpreters() as candidates:
        location = examination.locate()
        root = location.root if location else None
        examination.look_at_toolchain(root or request.start)
        opened = examination.open(location)
        settings = examination.read_settings(opened)
        chosen = examination.choose_interpreter(settings)
        if location is not None:
            facts = ProjectFacts(
                request=request,
                location=location,
                opened=opened,
                settings=settings,
                chosen=chosen,
                configs=examination.configs,
                toolchain=examination.toolchain,
                sysroot=examination.sysroot,
            )
            examine_project(facts, examination.checked)
        else:
            examination.look_at_editors(request.start)
    examination.look_at_interpreters(candidates(), root, chosen)
    return Checkup(root, tuple(sorted(examination.findings, key=_order)))


def _order(finding: Finding) -> tuple[int, int]:
    from ferrule.doctor.catalogue import SECTIONS

    return SEVERITIES.index(finding.severity), SECTIONS.index(finding.section)


@dataclass
class _Examination:
    request: Request
    findings: list[Finding] = field(default_factory=list)
    configs: list[CargoConfig] = field(default_factory=list)
    toolchain: Any = None
    sysroot: Path | None = None

    def checked(self, subject: str, check: Callable[[], Iterable[Finding]]) -> None:
        """Add what a check returns; what ends it becomes a finding."""
        try:
            self.findings += check()
        except FerruleError as error:
            lines = str(error).splitlines()
            self._failed(subject, lines[0], lines[1:])
        except OSError as error:
            self._failed(subject, str(error), ())

    def _failed(self, subject: str, reason: str, details: Iterable[str]) -> None:
        text = f"{subject} could not be examined: {reason}"
        lines = tuple(line.strip() for line in details)
        self.findings.append(Finding("check-failed", "warning", text, lines))

    # --- the machine --------------------------------------------------------------

    @contextmanager
    def searching_interpreters(self) -> Iterator[Callable[[], list[Candidate]]]:
        """Ask all interpreters while cargo and the project are looked at."""
        from ferrule.python.discovery import find_candidates

        found: list[Candidate] = []
        failures: list[Exception] = []

        def search() -> None:
            try:
                with log.without("warning"):
                    found.extend(find_candidates(self.request.env))
            except (FerruleError, OSError) as error:
                failures.append(error)

        # The log of this thread is not the log of a new one.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(search,), daemon=True)
        thread.start()

        def wait() -> list[Candidate]:
            thread.join()
            for error in failures:
                self._failed("the list of interpreters", str(error), ())
            return found

        try:
            yield wait
        finally:
            thread.join()

    def locate(self) -> Location | None:
        """Return the project; a broken one is a finding, none is none."""
        from ferrule.errors.project import MissingManifestError
        from ferrule.project.location import locate_project

        request = self.request
        given = request.manifest_path
        try:
            return locate_project(
                request.start,
                manifest_path=str(given) if given else None,
                package=request.package,
                chosen=request.chosen_crate(),
                env=request.env,
            )
        except MissingManifestError as error:
            if not _is_meant_for_rust(error.looked_at):
                what = "no Rust project here: only the machine was examined"
                self.findings.append(Finding("project", "ok", what))
                return None
            self.findings.append(_broken_project(error))
        except FerruleError as error:
            self.findings.append(_broken_project(error))
        return None

    def look_at_toolchain(self, folder: Path) -> None:
        """Examine cargo, rustc, their settings and the linker for a folder."""
        from ferrule.cargo.toolchain import ask_sysroot
        from ferrule.doctor import caches, cargo_settings, linker, toolchain

        env = self.request.env
        self.toolchain, found = toolchain.find_toolchain(env, folder)
        self.findings += found
        self.configs = cargo_settings.read_configs(folder, env)
        checked, configs = self.checked, self.configs
        if self.toolchain is not None:

            def targets() -> list[Finding]:
                self.sysroot = ask_sysroot(env, folder)
                wanted = _wanted_targets(configs, self.request)
                return toolchain.check_targets(
                    self.sysroot, self.toolchain.host, wanted
                )

            checked("the sysroot", targets)
            checked(
                "the linker",
                lambda: linker.check_linker(self.toolchain, configs, env, self.sysroot),
            )
        checked("PATH", lambda: toolchain.check_mixed(env))
        checked("rustup", lambda: toolchain.check_override(env, folder))
        checked("cargo", lambda: cargo_settings.check_configs(configs))
        checked("cargo", lambda: cargo_settings.check_variables(env))
        checked("cargo", lambda: cargo_settings.check_hidden_flags(env, configs))
        checked("cargo", lambda: cargo_settings.check_wrapper(env, configs))
        checked("PATH", lambda: linker.check_cross_tools(env))
        checked("the cache", lambda: caches.check_cache(env))

    def look_at_editors(self, folder: Path) -> None:
        """Compare shell and cargo's configuration where there is no project."""
        from ferrule.doctor import drift

        del folder
        env = self.request.env
        self.checked(
            "the variables", lambda: drift.check_variables(env, self.configs, ())
        )

    def choose_interpreter(self, settings: Any) -> Any:
        """Return the interpreter that a build would take, or None."""
        from ferrule.doctor import interpreters
        from ferrule.python.selection import select_interpreters

        request = self.request
        wanted = request.selectors or (settings.interpreter if settings else ())
        if not wanted:
            chosen, found = interpreters.find_chosen(request.env)
            self.findings += found
            return chosen
        origin = "--interpreter" if request.selectors else "the setting `interpreter`"
        try:
            with log.without("warning"):
                chosen = select_interpreters(wanted, request.env)[0]
        except FerruleError as error:
            self.findings.append(interpreters.report_failure(error))
            return None
        self.findings.append(interpreters.describe_chosen(chosen, origin))
        return chosen

    def look_at_interpreters(
        self, candidates: list[Candidate], root: Path | None, chosen: Any
    ) -> None:
        """Examine the interpreters and the environments around them."""
        from ferrule.doctor import interpreters, libpython

        env = self.request.env
        self.findings += interpreters.check_candidates(candidates, chosen)
        self.checked(
            "the environments",
            lambda: interpreters.check_environments(env, root, chosen),
        )
        if chosen is not None:
            self.checked("libpython", lambda: libpython.check_libpython(chosen))

    # --- the project --------------------------------------------------------------

    def open(self, location: Location | None) -> OpenProject | None:
        """Return the project with the toolchain that builds it, if there are both."""
        if location is None or self.toolchain is None:
            return None
        from ferrule.pipeline.opening import OpenProject

        return OpenProject(
            request=self.request,
            location=location,
            toolchain=self.toolchain,
            is_from_sdist=(location.root / "PKG-INFO").is_file(),
        )

    def read_settings(self, opened: OpenProject | None) -> Any:
        """Return the settings; their warnings and errors become findings."""
        if opened is None:
            return None
        heard: list[str] = []
        settings = None
        try:
            with log.without("warning"), log.also_to(heard):
                settings = opened.settings(None)
        except FerruleError as error:
            what, *details = str(error).splitlines()
            lines = tuple(line.strip() for line in details)
            why = "every command that builds ends here"
            self.findings.append(Finding("project-settings", "error", what, lines, why))
        self.findings += [
            Finding("project-settings", "warning", *_split(text)) for text in heard
        ]
        return settings


def _split(text: str) -> tuple[str, tuple[str, ...]]:
    what, *details = text.splitlines()
    return what, tuple(line.strip() for line in details)


def _broken_project(error: FerruleError) -> Finding:
    what, *details = error.what.splitlines()
    return Finding(
        "project",
        "error",
        what,
        (*details, *(line.strip() for line in error.why)),
        "every command in this folder ends here",
        (error.fix,) if error.fix else (),
    )


def _is_meant_for_rust(looked_at: Iterable[Path]) -> bool:
    """Whether a pyproject.toml near the paths asks for a Rust backend."""
    for folder in dict.fromkeys(path.parent for path in looked_at):
        for place in (folder, folder.parent):
            try:
                text = (place / "pyproject.toml").read_bytes()
            except OSError:
                continue
            words = (b"maturin", b"ferrule", b"setuptools-rust", b"setuptools_rust")
            return any(word in text for word in words)
    return False


def _wanted_targets(configs: Iterable[CargoConfig], request: Request) -> dict[str, str]:
    from ferrule.doctor.cargo_settings import configured
    from ferrule.doctor.toolchain import pinned_targets

    found: dict[str, str] = dict(pinned_targets(request.start))
    setting = configured(list(configs), "build.target")
    if setting is not None:
        values = setting[0] if isinstance(setting[0], list) else [setting[0]]
        found.update({str(value): f"build.target in {setting[1]}" for value in values})
    chosen = request.env.get("CARGO_BUILD_TARGET")
    if chosen:
        found[chosen] = "CARGO_BUILD_TARGET"
    return found
