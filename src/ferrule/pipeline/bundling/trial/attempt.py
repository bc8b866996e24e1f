"""Tries a bundle with a probe that takes the place of its program."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.bundle.closure.linux import C_LIBRARY
from ferrule.bundle.hook.inittab import without_modules
from ferrule.bundle.rust_sources import read_source
from ferrule.bundle.selection import module_of
from ferrule.cargo.objects import RustSource
from ferrule.errors.foreign_bundle import RunnerMissingError
from ferrule.formats.elf import read_elf
from ferrule.pipeline.bundling.output import write_file
from ferrule.pipeline.bundling.packages.target_wheels import marker_environment
from ferrule.pipeline.bundling.trial.extras import modules_of_extras
from ferrule.pipeline.bundling.trial.sandbox import Trial, try_bundle, try_emulated
from ferrule.pipeline.bundling.trial.verdicts import (
    known_verdict,
    remember_verdict,
    trial_facts,
)
from ferrule.python.search import find_command
from ferrule.repair.planning import library_triples
from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes
from ferrule.target.running import configured_runner, emulators

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.modes import BundleMode, Case, Contents

__all__ = ["Attempt", "TrialRunner", "trial_runner"]


@dataclass(frozen=True)
class TrialRunner:
    """What runs the probe."""

    words: tuple[str, ...] = ()
    """The words before the program; none for this machine's own programs."""

    @property
    def name(self) -> str:
        """Return the name of the emulator."""
        return posixpath.basename(self.words[0]) if self.words else ""


def trial_runner(
    case: Case,
    env: Mapping[str, str],
    wanted: bool | None,  # noqa: FBT001
) -> TrialRunner | None:
    """Return what a bundle is tried with; None where it is not tried.

    For other machines that is done only if it is asked for: with `wanted`, by
    Wine or QEMU, or by a runner that is configured for cargo. Raises
    `RunnerMissingError`.
    """
    if wanted is False:
        return None
    if not case.interpreter.is_foreign:
        return TrialRunner()
    _, configured = configured_runner(case.target, env)
    if configured:
        return TrialRunner(tuple(shlex.split(configured)))
    if not wanted:
        log.info(
            f"the bundle for {case.target} is not tried: --verify runs it under Wine "
            "or QEMU, where these are installed"
        )
        return None
    names = emulators(case.target)
    found = next((path for name in names if (path := find_command(name, env))), None)
    if found is None:
        raise RunnerMissingError(case.target.text, " and ".join(names) or "nothing")
    roots = [str(folder) for folder in case.sysroots]
    is_qemu = "qemu" in posixpath.basename(found)
    return TrialRunner((found, *(["-L", roots[0]] if is_qemu and roots else [])))


@dataclass(frozen=True)
class Attempt:
    """A bundle that is to be tried."""

    case: Case
    mode: BundleMode
    contents: Contents
    bundle: Bundle
    runner: TrialRunner

    def run(self, staged: Path, compile_probe: Callable[[RustSource], Path]) -> str:
        """Link a probe as the program was, run it in its place; return where.

        Raises `BundleVerificationError` and `ObjectError`.
        """
        case, bundle = self.case, self.bundle
        # What the program's own modules need is not in the probe.
        kept = without_modules(bundle.flags)
        words = tuple(word for flag in kept for word in flag.words)
        flags = ("--crate-type=bin", *self.mode.probe_flags(case), *words)
        suffix = ".exe" if case.target.is_windows else ""
        text = read_source(self.mode.probe_source)
        source = RustSource("ferrule_probe", text, f"probe{suffix}", flags)
        probe = compile_probe(source)
        program = bundle.of("program")[0]
        place = posixpath.join(program.folder, f".{bundle.name}.probe{suffix}")
        content = self.mode.with_program(case, self.contents, probe)
        modules, runner = self._modules(), self.runner.words
        is_linux = case.target.system == "linux"
        needed = _c_library(probe) if is_linux and not runner else []
        facts = trial_facts(bundle, content, modules, runner=runner, system=needed)
        known = known_verdict(facts, case.env)
        if known is not None:
            log.debug("the same contents were tried before, and worked")
            return known
        write_file(replace(program, path=place, content=content), staged / place)
        system = case.settings.system_libraries
        trial = Trial(staged, place, modules, system, self._of_extras())
        try:
            if runner:
                where = try_emulated(trial, runner, self.runner.name, env=case.env)
            else:
                where = try_bundle(trial, needed=needed, env=case.env)
        finally:
            (staged / place).unlink()
        remember_verdict(facts, where, case.env)
        return where

    def _modules(self) -> tuple[str, ...]:
        """Return what is imported: all extension modules of Python, all packages."""
        native = {
            module_of(posixpath.basename(item.path))
            for item in self.contents.files
            if item.part == "standard library" and item.executable
        }
        return (*sorted(native), *self.contents.modules)

    def _of_extras(self) -> tuple[str, ...]:
        case = self.case
        markers = marker_environment(case.interpreter, case.target)
        return modules_of_extras(self.contents.files, case.layout.packages, markers)


def _c_library(program: Path) -> list[Path]:
    """Return the files of this machine's C library, where the loader finds them."""
    image = read_elf(program)
    arch = image.arch
    search = Search(RepairWishes(), library_triples(arch))
    found = [Path(image.interpreter)] if image.interpreter else []
    for name in sorted(C_LIBRARY):
        places = (folder / name for folder in search.folders)
        found += [path for path in places if path.is_file()][:1]
    return found
