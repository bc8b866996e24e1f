"""Rows about development installs: `benchmarks/run develop`."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Final

from benchmarks.process import Measurement, measure
from benchmarks.rows.model import Result, Row, counted, median, once
from benchmarks.sample import add_comment, add_source_files, edit_one_line
from benchmarks.tools import Command, Workshop

__all__ = ["ROWS"]


def run_develop_noop(shop: Workshop, tool: str, repeats: int) -> Result:
    """Install for development what is so installed already."""
    once(shop, tool, shop.develop(tool))
    return counted(shop, tool, shop.develop(tool), repeats)


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
    result = median(costs)
    return replace(result, relative=result.cpu_s / median(bare).cpu_s)


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
    once(shop, tool, commands)
    return counted(shop, tool, commands, 1 if repeats < 4 else 2)


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


ROWS: Final = (
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
        "import-check",
        "fresh rebuild-on-import check",
        run_import_check,
        quantity="wall_s",
        value_goal=0.002,
        group="develop",
    ),
)
