"""The rows of the table: what is measured, in which state of the project."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Final

from benchmarks.implib import DLLTOOLS, measure_all_libraries, measure_library
from benchmarks.process import Measurement, measure
from benchmarks.repair import (
    Bench,
    make_bench,
    run_audit,
    run_audit_of_wheel,
    run_clean,
    run_graft,
    run_memory,
    run_packing,
    run_size,
)
from benchmarks.sample import (
    add_comment,
    add_source_files,
    count_compiled,
    edit_one_line,
    read_compile_times,
)
from benchmarks.stable_abi import measure_abi3_check
from benchmarks.tools import Command, Workshop

__all__ = ["ROWS", "Result", "Row"]


@dataclass(frozen=True)
class Result:
    """What one tool needed for one row."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    runs: int
    crates: int | None = None
    relative: float | None = None
    """CPU time as a multiple of that of the row's `beside`: plain cargo in the same
    project, or another tool on the same wheel."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    title: str
    run: Callable[[Workshop, str, int], Result | None]
    """Measures a tool; the number says how often cheap commands are repeated."""
    quantity: str = "cpu_s"
    """The field of `Result` that is compared."""
    ratio_goal: float | None = None
    """Highest ratio ferrule/maturin that is wanted."""
    value_goal: float | None = None
    """Highest value of ferrule itself that is wanted."""
    group: str = "build"
    """What `benchmarks/run GROUP` measures together."""
    beside: str = "cargo"
    """What `relative` is a multiple of."""


def _once(shop: Workshop, tool: str, commands: Iterable[Command]) -> Measurement:
    folder = shop.project(tool)
    costs = [measure(command, cwd=folder, env=shop.env) for command in commands]
    return reduce(add, costs)


def _median(costs: list[Measurement], crates: int | None = None) -> Result:
    return Result(
        wall_s=statistics.median(cost.wall_s for cost in costs),
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        peak_bytes=max(cost.peak_bytes for cost in costs),
        runs=len(costs),
        crates=crates,
    )


def _counted(
    shop: Workshop, tool: str, commands: Iterable[Command], repeats: int
) -> Result:
    """Repeat commands on an unchanged project; count the crates compiled."""
    folder = shop.project(tool)
    commands = list(commands)
    before = read_compile_times(folder)
    costs = [_once(shop, tool, commands) for _ in range(repeats)]
    crates = count_compiled(before, read_compile_times(folder))
    return _median(costs, round(crates / repeats))


def run_noop(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build a wheel that has just been built."""
    _once(shop, tool, shop.one_build(tool))
    return _counted(shop, tool, shop.one_build(tool), repeats)


def run_isolated(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build in isolation what has just been built in isolation."""
    _once(shop, tool, shop.isolated_build())
    return _counted(shop, tool, shop.isolated_build(), max(1, repeats // 2))


def run_isolated_real(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Build a published project so: rpds-py, whose own backend is maturin."""
    if tool == "setuptools-rust":
        return None
    folder = shop.real_project(tool)
    (command,) = shop.isolated_build()
    measure(command, cwd=folder, env=shop.env)
    before = read_compile_times(folder)
    runs = max(1, repeats // 2)
    costs = [measure(command, cwd=folder, env=shop.env) for _ in range(runs)]
    crates = count_compiled(before, read_compile_times(folder))
    return _median(costs, round(crates / runs))


def run_five_cold(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters, with nothing compiled before."""
    folder = shop.project(tool)
    results = []
    for _ in range(1 if repeats < 4 else 2):
        for leftover in ("target", "build"):
            shutil.rmtree(folder / leftover, ignore_errors=True)
        results.append(_counted(shop, tool, shop.build_for_all(tool), 1))
    _built_marker(shop, tool).touch()
    # Minutes each: the one that other work of the machine disturbed least.
    return min(results, key=lambda result: result.cpu_s)


def run_five_edit(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters after one line of the crate was changed."""
    del repeats
    _ensure_all_built(shop, tool)
    edit_one_line(shop.project(tool))
    return _counted(shop, tool, shop.build_for_all(tool), 1)


def run_five_unchanged(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters again."""
    _ensure_all_built(shop, tool)
    return _counted(shop, tool, shop.build_for_all(tool), 1 if repeats < 4 else 3)


def run_alternate(shop: Workshop, tool: str, repeats: int) -> Result:
    """Alternate plain cargo and the tool, both done once before."""
    commands = [["cargo", "build", "--release"], *shop.one_build(tool)]
    _once(shop, tool, commands)
    return _counted(shop, tool, commands, 1 if repeats < 4 else 2)


def run_develop_noop(shop: Workshop, tool: str, repeats: int) -> Result:
    """Install for development what is so installed already."""
    _once(shop, tool, shop.develop(tool))
    return _counted(shop, tool, shop.develop(tool), repeats)


def run_develop_edit(shop: Workshop, tool: str, repeats: int) -> Result:
    """Change one line of Rust and make the module importable again.

    Plain `cargo build` of the same edit is measured in between, after both have
    compiled everything once.
    """
    return _edits(shop, tool, shop.project(tool), edit_one_line, repeats)


def run_develop_edit_real(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Do the same in a published project: rpds-py."""
    if tool == "setuptools-rust":
        return None
    return _edits(shop, tool, shop.real_project(tool), add_comment, repeats)


def _edits(
    shop: Workshop,
    tool: str,
    folder: Path,
    edit: Callable[[Path], None],
    repeats: int,
) -> Result:
    python = str(shop.default_interpreter)
    plain = ["env", f"PYO3_PYTHON={python}", "cargo", "build", "--quiet"]
    commands = shop.develop(tool)

    def run(commands: Iterable[Command]) -> Measurement:
        costs = [measure(command, cwd=folder, env=shop.env) for command in commands]
        return reduce(add, costs)

    run([plain, *commands])
    costs, bare = [], []
    for _ in range(repeats):
        edit(folder)
        bare.append(run([plain]))
        edit(folder)
        costs.append(run(commands))
    result = _median(costs)
    return replace(result, relative=result.cpu_s / _median(bare).cpu_s)


def run_develop_alternate(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Alternate everything that a day of development consists of.

    Counted are crates that are compiled in the second and third round.
    """
    if tool == "setuptools-rust":
        return None
    pip = str(shop.development_environment(tool) / "bin" / "python")
    editable = [pip, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", "."]
    commands: list[Command] = [
        ["cargo", "check", "--quiet"],
        ["cargo", "test", "--quiet", "--no-run"],
        *shop.develop(tool),
        editable,
        *shop.one_build(tool),
    ]
    _once(shop, tool, commands)
    return _counted(shop, tool, commands, 1 if repeats < 4 else 2)


def run_import_check(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Find a fresh module that is rebuilt on import, with 500 source files.

    Measured inside of Python, around the search for the module: a process as a
    whole costs so much more that nothing would be seen.
    """
    if tool != "ferrule":
        return None
    folder = shop.folder / "projects" / "many-files"
    shutil.copytree(
        shop.project(tool),
        folder,
        ignore=shutil.ignore_patterns("target", "dist"),
        dirs_exist_ok=True,
    )
    add_source_files(folder, 500)
    (develop,) = shop.develop(tool)
    measure([*develop, "--rebuild-on-import"], cwd=folder, env=shop.env)
    python = shop.development_environment(tool) / "bin" / "python"
    command = [str(python), "-c", _IMPORT_CHECK]
    seconds = [
        float(subprocess.check_output(command, env=dict(shop.env)))
        for _ in range(8 * repeats)
    ]
    typical = statistics.median(seconds)
    return Result(typical, typical, 0, len(seconds))


_IMPORT_CHECK: Final = """
import importlib.util, time
import bench_mixed
started = time.thread_time()
assert importlib.util.find_spec("bench_mixed._bench_mixed")
print(time.thread_time() - started)
"""


def run_version(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Print the version."""
    commands = shop.version(tool)
    if not commands:
        return None
    return _median([_once(shop, tool, commands) for _ in range(2 * repeats)])


def run_abi3_check(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Judge the module of a published abi3 wheel, beside abi3audit."""
    if tool != "ferrule":
        return None
    own_s, peer_s = measure_abi3_check(shop, repeats)
    return Result(own_s, own_s, 0, repeats, relative=own_s / peer_s)


def _beside(
    compare: Callable[[Bench, int], tuple[float, float]],
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function out of one that measures ferrule and a peer."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        if tool != "ferrule":
            return None
        own, peer = compare(make_bench(shop), repeats)
        return Result(own, own, 0, repeats, relative=own / peer)

    return run


def run_large(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Build a wheel of more than 200 MB, for its memory."""
    del repeats
    return _median([run_memory(make_bench(shop))]) if tool == "ferrule" else None


def _dlltool(peer: str) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function for one import library, beside a kind of dlltool."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        found = measure_library(shop, repeats, peer) if tool == "ferrule" else None
        if found is None:
            return None
        return Result(found[0], found[0], 0, repeats, relative=found[0] / found[1])

    return run


def run_all_libraries(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Write the import libraries of every Python."""
    wall_s = measure_all_libraries(shop, repeats) if tool == "ferrule" else 0
    return Result(wall_s, wall_s, 0, repeats) if wall_s else None


def _built_marker(shop: Workshop, tool: str) -> Path:
    return shop.project(tool) / "target" / ".benchmark-all-built"


def _ensure_all_built(shop: Workshop, tool: str) -> None:
    """Build for all interpreters, unless an earlier row has done so."""
    marker = _built_marker(shop, tool)
    if not marker.exists():
        _once(shop, tool, shop.build_for_all(tool))
        marker.touch()


ROWS: Final = (
    Row("version", "--version", run_version, value_goal=0.040),
    Row("five-cold", "all interpreters, cold", run_five_cold, ratio_goal=1.0),
    Row("five-edit", "all, after a one-line edit", run_five_edit, ratio_goal=0.25),
    Row(
        "five-unchanged",
        "all, unchanged",
        run_five_unchanged,
        ratio_goal=0.02,
    ),
    Row("noop", "no-op build", run_noop, ratio_goal=0.3),
    Row("memory", "no-op build, peak memory", run_noop, quantity="peak_bytes"),
    Row("isolated", "no-op python -m build", run_isolated, ratio_goal=0.1),
    Row(
        "isolated-real",
        "the same of rpds-py",
        run_isolated_real,
        ratio_goal=0.1,
    ),
    Row(
        "alternate",
        "cargo build, then tool",
        run_alternate,
        quantity="crates",
        value_goal=0,
    ),
    Row(
        "develop-noop",
        "no-op develop",
        run_develop_noop,
        ratio_goal=0.15,
        group="develop",
    ),
    Row(
        "develop-edit",
        "one-line edit, develop",
        run_develop_edit,
        ratio_goal=0.5,
        group="develop",
    ),
    Row(
        "develop-edit-cargo",
        "the same / cargo build",
        run_develop_edit,
        quantity="relative",
        value_goal=1.15,
        group="develop",
    ),
    Row(
        "develop-edit-real",
        "edit of rpds-py, develop",
        run_develop_edit_real,
        ratio_goal=0.5,
        group="develop",
    ),
    Row(
        "develop-edit-real-cargo",
        "the same / cargo build",
        run_develop_edit_real,
        quantity="relative",
        value_goal=1.15,
        group="develop",
    ),
    Row(
        "develop-alternate",
        "check, test, develop, pip -e, build",
        run_develop_alternate,
        quantity="crates",
        value_goal=0,
        group="develop",
    ),
    Row(
        "abi3-check",
        "check of an abi3 wheel",
        run_abi3_check,
        quantity="relative",
        value_goal=0.01,
        group="repair",
        beside="abi3audit",
    ),
    Row(
        "audit",
        "audit of a built library",
        _beside(run_audit),
        quantity="relative",
        value_goal=0.1,
        group="repair",
        beside="auditwheel show",
    ),
    Row(
        "audit-wheel",
        "audit of a finished wheel",
        _beside(run_audit_of_wheel),
        quantity="relative",
        value_goal=0.67,
        group="repair",
        beside="auditwheel show",
    ),
    Row(
        "repair-graft",
        "repair with a graft",
        _beside(run_graft),
        quantity="relative",
        value_goal=0.25,
        group="repair",
        beside="auditwheel repair",
    ),
    Row(
        "repair-clean",
        "repair, nothing needed",
        _beside(run_clean),
        quantity="relative",
        value_goal=0.02,
        group="repair",
        beside="auditwheel repair",
    ),
    Row(
        "packing",
        "packing 101 MB",
        _beside(run_packing),
        quantity="relative",
        value_goal=0.7,
        group="repair",
        beside="maturin",
    ),
    Row(
        "packed-size",
        "the packed size",
        _beside(run_size),
        quantity="relative",
        value_goal=1,
        group="repair",
        beside="maturin",
    ),
    Row(
        "large",
        "memory for a 200 MB wheel",
        run_large,
        quantity="peak_bytes",
        value_goal=600 * 1024 * 1024,
        group="repair",
    ),
    Row(
        "import-check",
        "fresh rebuild-on-import check",
        run_import_check,
        quantity="wall_s",
        value_goal=0.002,
        group="develop",
    ),
    *(
        Row(
            *(f"implib-{name}", "python313.lib", _dlltool(tool), "relative"),
            value_goal=1,
            group="implib",
            beside=tool,
        )
        for name, tool in DLLTOOLS.items()
    ),
    Row(
        *("implib-all", "all import libraries", run_all_libraries, "wall_s"),
        value_goal=2,
        group="implib",
    ),
)
