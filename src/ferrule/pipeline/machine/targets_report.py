"""What this machine has for building for other targets, and what it lacks.

Nothing is compiled, fetched or written, except zig's wrappers when one target is
explained: their paths are part of the explanation.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors import FerruleError
from ferrule.errors.configuration import UnknownTripleError
from ferrule.errors.target import UnknownListedTargetError, linker_packages
from ferrule.settings.conditions import Conditions
from ferrule.target.known import (
    JOINED_TARGETS,
    KNOWN_TARGETS,
    standard_library_packages,
    tag_family,
)
from ferrule.target.report import Step, TargetReport, Way
from ferrule.target.running import find_runner
from ferrule.target.triple import Triple, parse_triple

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.pipeline.request import Request
    from ferrule.settings.model import Settings
    from ferrule.target.linker import Linker

__all__ = ["Machine", "examine_machine"]


_NO_MODULES: Final = "links programs, and no modules: --zig does both"
"""What musl-gcc does, a script that points this machine's GCC at musl."""


@dataclass(frozen=True)
class Machine:
    """A machine, as far as building for others is concerned."""

    env: Mapping[str, str]
    folder: Path
    toolchain: Toolchain
    sysroot: Path
    settings: Settings
    """Those of the project, or the defaults."""

    @property
    def host(self) -> Triple:
        """Return the target that this machine is."""
        return parse_triple(self.toolchain.host)

    def list_targets(self) -> list[TargetReport]:
        """Return a report on each target that ferrule knows, sorted by name."""
        names = {*KNOWN_TARGETS, self.toolchain.host, *self._installed()}
        return [self._report(parse_triple(name)) for name in sorted(names)]

    def explain(self, name: str) -> TargetReport:
        """Return all there is to say about one target.

        Raises `UnknownListedTargetError`, and `UnknownTripleError` for a file.
        """
        from ferrule.cargo.toolchain import ask_target_list

        if name in JOINED_TARGETS:
            raise UnknownListedTargetError(name, (), parts=JOINED_TARGETS[name])
        if name.endswith(".json"):
            parse_triple(name)
        known = ask_target_list(self.env, self.folder)
        if name not in known and name not in KNOWN_TARGETS:
            raise UnknownListedTargetError(name, sorted({*known, *KNOWN_TARGETS}))
        triple = parse_triple(name)
        report = replace(self._report(triple), ways=self._ways(triple))
        if not report.linker or self._asks_cargo_xwin(triple):
            return report
        try:
            linker = self._find(triple)
        except FerruleError:
            return report
        variables = linker.variables(triple, self.env)
        return replace(report, program=linker.program, variables=variables)

    def report_of(self, name: str) -> TargetReport:
        """Return what a build for a target takes, and what it lacks."""
        return self._report(parse_triple(name))

    # --- one target ---------------------------------------------------------------

    def _report(self, triple: Triple) -> TargetReport:
        from ferrule.cargo.standard_library import has_standard_library, is_compiled
        from ferrule.plan.context import cargo_arguments

        has_std = has_standard_library(self.sysroot, triple.text)
        arguments = cargo_arguments(self.settings)
        compiles_std = not has_std and is_compiled(arguments, self.folder, self.env)
        linker, reason = self._route(triple)
        missing = []
        if not (has_std or compiles_std or linker == "cross"):
            missing.append(self._std_step(triple))
        if not linker:
            missing.append(self._linker_step(triple))
        return TargetReport(
            triple,
            has_std=has_std,
            compiles_std=compiles_std,
            std_folder=self.sysroot / "lib" / "rustlib" / triple.text,
            linker=linker,
            reason=reason,
            runner=find_runner(triple, self.host, self.env),
            tags=tag_family(triple),
            pythons=_pythons(triple),
            missing=tuple(missing),
        )

    def _route(self, triple: Triple) -> tuple[str, str]:
        """Return the kind of linker that a build takes, and why, writing nothing."""
        from ferrule.cargo.configured_target import configured_linker
        from ferrule.target.linker import variable_name

        wanted = self.settings.linker
        if wanted in ("auto", "system"):
            variable = variable_name(triple)
            if self.env.get(variable):
                return "configured", f"{variable}={self.env[variable]}"
            named = configured_linker(self.folder, self.env, triple.text)
            if named:
                return "configured", f"cargo's configuration names {named}"
        ways = {way.name: way for way in self._ways(triple)}
        order: tuple[str, ...] = (wanted,)
        if wanted == "auto":
            order = ("system", "zig", "xwin")
        for name in order:
            way = ways.get(name)
            if way is not None and way.found and not (wanted == "auto" and way.problem):
                return name, way.found
        # `auto` never fetches what cargo-xwin has not fetched before, and takes
        # what links programs alone if there is nothing better.
        way = ways.get("system")
        if way is not None and way.found and "system" in order:
            return "system", f"{way.found}; {way.problem}"
        problems = [ways[name].problem for name in order if name in ways]
        return "", "; ".join(filter(None, problems)) or f"{wanted} is not for it"

    def _ways(self, triple: Triple) -> tuple[Way, ...]:
        from ferrule.target.linkers.zig import links_with_zig

        ways = [self._system(triple)]
        if links_with_zig(triple):
            ways.append(self._zig())
        if triple.is_windows and triple.environment == "msvc":
            ways.append(self._xwin())
        if triple.system in ("linux", "freebsd", "emscripten") or triple.is_windows:
            ways.append(self._cross())
        return tuple(ways)

    def _system(self, triple: Triple) -> Way:
        from ferrule.target.linkers.system import find_system_linker, is_musl_wrapper

        tried: list[str] = []
        found = find_system_linker(triple, self.host, self.env, tried)
        if found is None:
            return Way("system", "", f"looked for {', '.join(tried)}" if tried else "")
        text = f"{found.program} ({found.reason})" if found.program else found.reason
        is_wrapper = is_musl_wrapper(found, self.env)
        return Way("system", text, _NO_MODULES if is_wrapper else "")

    def _zig(self) -> Way:
        from ferrule.target.linkers.zig import find_zig, zig_version

        try:
            zig = find_zig(self.env)
            if zig is None:
                return Way("zig", "", "no ziglang, no zig on PATH")
            return Way("zig", f"{zig} {zig_version(zig)} ({zig.origin})")
        except FerruleError as error:
            return Way("zig", "", error.what)

    def _xwin(self) -> Way:
        from ferrule.python.search import find_command
        from ferrule.target.linkers.xwin import find_sdk

        try:
            folder = find_sdk(self.env)
        except FerruleError as error:
            return Way("xwin", "", error.what)
        if folder is not None:
            return Way("xwin", f"Microsoft's libraries in {folder}")
        program = find_command("cargo-xwin", self.env)
        problem = "no XWIN_DIR, and no libraries of cargo-xwin"
        return Way("xwin", program or "", problem)

    def _cross(self) -> Way:
        from ferrule.target.linkers.cross import cross_linker

        try:
            return Way("cross", cross_linker(self.env).reason)
        except FerruleError as error:
            return Way("cross", "", error.what)

    def _asks_cargo_xwin(self, triple: Triple) -> bool:
        return any(way.name == "xwin" and way.problem for way in self._ways(triple))

    def _find(self, triple: Triple) -> Linker:
        from ferrule.pipeline.linking import wanted_glibc
        from ferrule.target.linker import find_linker

        settings = self.settings
        glibc = wanted_glibc(settings.compatibility, triple)
        way = settings.linker
        return find_linker(triple, self.host, self.env, way=way, glibc=glibc)

    def _installed(self) -> list[str]:
        """Return the targets that the toolchain has a standard library for."""
        from ferrule.cargo.standard_library import has_standard_library

        try:
            folders = sorted((self.sysroot / "lib" / "rustlib").iterdir())
        except OSError:
            return []
        found = []
        for folder in folders:
            if has_standard_library(self.sysroot, folder.name):
                try:
                    parse_triple(folder.name)
                except UnknownTripleError:
                    continue
                found.append(folder.name)
        return found

    # --- what is missing ----------------------------------------------------------

    def _std_step(self, triple: Triple) -> Step:
        from ferrule.cargo.toolchain import ask_target_list

        what = f"Rust's standard library for {triple}"
        if triple.text not in ask_target_list(self.env, self.folder):
            return Step(f"a rustc that knows {triple}", (("rustup update", "rustup"),))
        name = self._rustup_name
        if name:
            command = f"rustup target add --toolchain {name} {triple}"
            return Step(what, ((command, "rustup"),))
        compiled = f"ferrule build --target {triple} --config unstable.build-std=true"
        packages = standard_library_packages(triple)
        return Step(what, (*packages, (compiled, "a nightly rustc")))

    @property
    def _rustup_name(self) -> str:
        """Return what rustup calls the toolchain; empty for those of others."""
        is_managed = self.sysroot.parent.name == "toolchains"
        return self.sysroot.name if is_managed else ""

    def _linker_step(self, triple: Triple) -> Step:
        from ferrule.target.linkers.zig import links_with_zig

        commands = list(linker_packages(triple.text))
        if links_with_zig(triple):
            commands.append(("pip install ziglang", "any system"))
        if triple.is_windows and triple.environment == "msvc":
            commands.append(
                ("xwin --accept-license splat --output DIR", "XWIN_DIR=DIR")
            )
            commands.append(("cargo install cargo-xwin", "any system"))
        if triple.is_android:
            commands.append(("ANDROID_NDK_HOME=DIR", "an unpacked Android NDK"))
        if triple.system == "ios":
            commands.append(("xcode-select --install", "macOS only"))
        return Step(f"a linker for {triple}", tuple(commands))


def examine_machine(request: Request) -> Machine:
    """Return what is asked of this machine, in the folder of a request.

    The settings of a project there count. Raises `CargoNotFoundError`,
    `ToolchainMissingError`, and the errors of the settings of a project.
    """
    from ferrule.cargo.toolchain import ask_sysroot, identify_toolchain
    from ferrule.errors.project import MissingManifestError
    from ferrule.pipeline.opening import open_project
    from ferrule.settings.sources import load_settings

    try:
        opened = open_project(request)
        folder, env = opened.location.root, opened.request.env
        settings = opened.settings(None)
    except MissingManifestError:
        folder, env = request.start, request.env
        settings = load_settings(
            None,
            root=folder,
            env=env,
            command_line=request.command_line,
            conditions=_no_conditions(env),
        ).settings
    toolchain = identify_toolchain(env, folder)
    return Machine(env, folder, toolchain, ask_sysroot(env, folder), settings)


def _no_conditions(env: Mapping[str, str]) -> Conditions:
    return Conditions(
        state="wheel",
        from_sdist=False,
        platform=sys.platform,
        machine="",
        python_version=None,
        implementation=None,
        env=env,
    )


def _pythons(triple: Triple) -> tuple[str, ...]:
    """Return the Pythons that modules can be built for without having them."""
    from ferrule.python.foreign import existing_versions

    found = []
    for implementation, versions in existing_versions(triple).items():
        name = "GraalPy" if implementation == "GraalVM" else implementation
        first, last = (".".join(map(str, versions[i])) for i in (0, -1))
        found.append(f"{name} {first}" + (f"-{last}" if last != first else ""))
    return tuple(found)
