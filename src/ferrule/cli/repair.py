"""Put the libraries that a wheel needs into it, for any wheel from anyone.

Works for Linux, macOS and Windows wheels on every system, and needs no other
tool. Libraries that the platform promises stay out; the rest joins the wheel
under names of its own, and the wheel gets the best tag that is true. A wheel
that needs nothing is copied. Nothing is written unless all of it succeeds.

  ferrule repair dist/*.whl                     into wheelhouse/
  ferrule repair --dry-run dist/pkg.whl         only say what would be done
  ferrule repair -L build/lib dist/pkg.whl      search this folder too
  ferrule repair --exclude cuda dist/pkg.whl    leave CUDA's libraries out
  ferrule repair --provided-by torch dist/pkg.whl
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.finished.repair import RepairedWheel, RepairOptions

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("wheels", metavar="WHEEL", nargs="+", type=Path)
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "-o",
        "--out",
        "-w",
        "--wheel-dir",
        dest="out",
        metavar="DIR",
        type=Path,
        default=Path("wheelhouse"),
        help="folder for the repaired wheels (default: wheelhouse)",
    )
    place.add_argument(
        "--in-place",
        action="store_true",
        help="put each result beside its wheel; one of the same name replaces it, "
        "one of another name does so too",
    )
    parser.add_argument(
        "-n", "--dry-run", action="store_true", help="print the plan, write nothing"
    )
    parser.add_argument("--json", action="store_true", help="print the plans as JSON")
    _add_libraries(parser)
    _add_platform(parser)
    add_verbosity(parser)


def _add_libraries(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("libraries")
    group.add_argument(
        "-L",
        "--lib-path",
        "--ldpaths",
        "--add-path",
        dest="lib_paths",
        metavar="DIR",
        action="append",
        default=[],
        help="search this folder; may repeat",
    )
    group.add_argument(
        "--sysroot",
        metavar="DIR",
        action="append",
        type=Path,
        default=[],
        help="search the system below this folder; may repeat",
    )
    group.add_argument(
        "--no-host",
        action="store_true",
        help="do not search this machine's own libraries",
    )
    _add_choices(group)


def _add_choices(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-e",
        "--exclude",
        metavar="GLOB",
        action="append",
        default=[],
        help="leave libraries out: a glob of names (libfoo.so is libfoo.so.1 too) "
        "or, with a slash, of paths; or cuda, rocm, torch; may repeat",
    )
    group.add_argument(
        "--include",
        metavar="GLOB",
        action="append",
        default=[],
        help="add a library that is opened at run time, under its own name, with "
        "what it needs; a path or a glob of names; may repeat",
    )
    group.add_argument(
        "--provided-by",
        metavar="PACKAGE",
        action="append",
        default=[],
        help="leave out what another package brings: an installed one, its wheel "
        "file, or NAME=FOLDER/GLOB,... below site-packages; may repeat",
    )
    group.add_argument(
        "--no-mangle",
        metavar="GLOB",
        action="append",
        default=[],
        help="let these libraries keep their names; may repeat",
    )
    group.add_argument(
        "--clear-exec-stack",
        action="store_true",
        help="clear the mark that asks for an executable stack",
    )
    group.add_argument(
        "--no-sbom",
        action="store_true",
        help="do not describe the added libraries in a bill of materials",
    )


def _add_platform(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("platform tag")
    group.add_argument(
        "--plat",
        "--plat-name",
        dest="platform",
        metavar="TAG",
        default="auto",
        help="a policy such as manylinux_2_28 to insist on (default: the best one)",
    )
    group.add_argument(
        "--only-plat",
        action="store_true",
        help="with --plat: do not add the tags of older systems that fit too",
    )
    group.add_argument(
        "--no-update-tags", action="store_true", help="keep the platform tag as it is"
    )


def run(options: argparse.Namespace) -> int:
    """Repair, and print the paths of the results."""
    from ferrule.pipeline.finished.repair import repair_wheels

    with showing_log(options):
        results = repair_wheels(
            options.wheels,
            None if options.in_place else options.out,
            _make_options(options),
            is_dry=options.dry_run,
            env=os.environ,
        )
    if options.json:
        print_json({"wheels": [item.to_json() for item in results]})
        return 0
    for item in results:
        _show(item, is_dry=options.dry_run)
    return 0


def _show(item: RepairedWheel, *, is_dry: bool) -> None:
    if is_dry:
        print(f"{item.source} -> {item.path}")
        lines = item.plan.to_lines() or ["nothing to do"]
        print("\n".join(f"  {line}" for line in lines))
    else:
        print(item.path)


def _make_options(options: argparse.Namespace) -> RepairOptions:
    from ferrule.pipeline.finished.repair import (
        RepairOptions,
        environment_folders,
        make_wishes,
        read_epoch,
    )
    from ferrule.repair.wishes import RepairWishes, split_folders

    paths = [
        path for text in options.lib_paths for path in split_folders(text, os.pathsep)
    ]
    wishes = RepairWishes(
        exclude=tuple(options.exclude),
        include=tuple(options.include),
        no_mangle=tuple(options.no_mangle),
        lib_paths=tuple(paths),
        sysroots=tuple(options.sysroot),
        environment=environment_folders(os.environ),
        uses_host=not options.no_host,
        clear_executable_stack=options.clear_exec_stack,
    )
    return RepairOptions(
        wishes=make_wishes(wishes, tuple(options.provided_by), Path()),
        platform=options.platform,
        only_platform=options.only_plat,
        updates_tags=not options.no_update_tags,
        has_sbom=not options.no_sbom,
        epoch=read_epoch(os.environ),
    )
