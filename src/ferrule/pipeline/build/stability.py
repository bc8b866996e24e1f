"""The check of every wheel that is built: do its modules keep the tag's promise.

The answer is kept with the identity of the libraries, so that an unchanged build
reads none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import cache, log

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.opening import OpenProject
    from ferrule.wheel.member import Member
    from ferrule.wheel.tags import WheelTag

__all__ = ["check_stability"]


def check_stability(
    opened: OpenProject,
    compiled: CompiledBuild,
    members: Sequence[Member],
    tag: WheelTag,
) -> None:
    """Warn about modules that break the tag's promise, or raise.

    What happens is the setting `abi3-check`; whoever builds an sdist of somebody
    else cannot change the code and is only warned. Raises `BrokenPromiseError`,
    `ReadError` and `BrokenBinaryError`.
    """
    from ferrule.audit.judgement import abi_findings

    build = compiled.build
    wanted = build.project.settings.abi3_check
    files = _modules(compiled, members)
    if wanted == "off" or not files:
        return
    stored, is_new = abi_findings(
        files,
        tag,
        requires_python=build.project.metadata.requires_python or "",
        releases={key.pyo3.use.version for key in build.keys if key.pyo3 is not None},
        env=opened.request.env,
    )
    if not stored:
        return
    from ferrule.audit.finding import Finding

    findings = [Finding.from_json(item) for item in stored]
    wrong = [item for item in findings if item.severity != "note"]
    if wrong:
        wrong = _with_crates(compiled, wrong)
        if wanted == "error" and not opened.is_from_sdist:
            from ferrule.errors.stable_abi import BrokenPromiseError

            raise BrokenPromiseError(f"{tag.python}-{tag.abi}", wrong)
        for item in wrong:
            log.warn("\n".join(_lines(item)))
    if is_new:
        _tell_notes(opened, [item for item in findings if item.severity == "note"])


def _modules(compiled: CompiledBuild, members: Sequence[Member]) -> dict[str, Path]:
    """Return the built modules by their path in the wheel."""
    build = compiled.build
    modules = [item for item in build.modules if not item.is_package]
    built = {compiled.library(module) for module in modules}
    return {
        member.path: member.source
        for member in members
        if isinstance(member.source, Path) and member.source in built
    }


def _tell_notes(opened: OpenProject, notes: Sequence[Finding]) -> None:
    """Tell each note once per project: what is no mistake must not nag."""
    env, root = opened.request.env, str(opened.location.root)
    for item in notes:
        key = repr(["abi note", root, item.rule, item.sentence])
        if cache.read_json(env, "answers", key) is None:
            log.info(f"note: {item.sentence}. {item.fix}")
            cache.write_json(env, "answers", key, {}, label=item.rule)


def _with_crates(compiled: CompiledBuild, findings: list[Finding]) -> list[Finding]:
    """Return findings whose lines about symbols name the crates that use them."""
    symbols = [
        _symbol(line)
        for item in findings
        if item.rule.endswith("-symbol")
        for line in item.details
    ]
    if not symbols:
        return findings
    from ferrule.cargo.references import crates_with_symbols

    libraries: dict[Path, str] = {}
    for result in compiled.results.values():
        libraries.update(result.run.crates)
    own = {result.key.crate.name for result in compiled.results.values()}
    crates = crates_with_symbols(symbols, libraries)
    users = {
        symbol: f"crate {', '.join(names)}"
        if names
        else f"code of {' or '.join(sorted(own))} itself"
        for symbol, names in crates.items()
    }
    return [
        replace(
            item,
            details=tuple(
                f"{line} (used by {users[_symbol(line)]})"
                if _symbol(line) in users
                else line
                for line in item.details
            ),
        )
        for item in findings
    ]


def _symbol(line: str) -> str:
    """Return the symbol that a line of a finding begins with."""
    return line.partition(":")[0].partition(" ")[0]


def _lines(finding: Finding) -> list[str]:
    lines = [finding.sentence, *(f"  {line}" for line in finding.details)]
    return [*lines, f"  fix: {finding.fix}"] if finding.fix else lines
