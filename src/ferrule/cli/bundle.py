"""Put a Rust program that embeds Python together with everything it needs.

The result runs where neither Python nor a package is installed: a folder that can
be moved anywhere, or an archive of it. main.rs stays as it is. The bundle is
tried in an isolated place before it replaces an older one.

  ferrule bundle
  ferrule bundle --python 3.12 --packages requests numpy
  ferrule bundle -r requirements.txt -o out/app
  ferrule bundle --lock pylock.toml --format tar.gz
  ferrule bundle --explain
  ferrule bundle --target x86_64-pc-windows-gnu --python ~/python-3.13-windows
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import (
    add_cargo_options,
    add_crate_options,
    add_linker_options,
    make_request,
)

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.bundling.bundle import Bundled

__all__ = ["configure", "run"]

_LISTS = ("packages", "requirements", "include", "exclude", "keep", "lib_paths")
_VALUES = (
    *("mode", "bin", "name", "lock", "environment", "optimize"),
    *("static_libs", "builtins", "ld", "ext_load", "inittab"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_crate_options(parser)
    parser.add_argument(
        "-i",
        "--interpreter",
        "--python",
        metavar="PYTHON",
        action="append",
        nargs=1,
        default=[],
        help="the Python inside of the program: a path, 3.12, 3.13t (default: that of "
        "the environment); for another --target, the folder of one for it",
    )
    parser.add_argument(
        "--mode",
        metavar="MODE",
        help="auto, dynamic, static or onefile (default: auto)",
    )
    parser.add_argument("--bin", metavar="NAME", help="the program to bundle")
    parser.add_argument("--name", metavar="NAME", help="its file name in the bundle")
    parser.add_argument(
        "--inittab",
        choices=("source", "auto"),
        help="who registers the #[pymodule]s of the program: its source "
        "(append_to_inittab!, the default), or ferrule those that it does not",
    )
    _add_output_options(parser)
    _add_content_options(parser)
    _add_static_options(parser)
    _add_onefile_options(parser)
    trial = parser.add_mutually_exclusive_group()
    trial.add_argument(
        "--verify",
        action="store_true",
        default=None,
        help="try a bundle for another machine too, under Wine or QEMU",
    )
    trial.add_argument(
        "--no-verify",
        action="store_false",
        dest="verify",
        help="do not try the bundle in an isolated place",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="tell the reason for every flag, file and omission",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_cargo_options(parser, has_short_release=False)
    add_linker_options(parser)
    add_verbosity(parser)


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--out", metavar="PATH", help="what to make (default: dist/NAME)"
    )
    parser.add_argument(
        "--format",
        choices=("dir", "file", "tar.gz", "tar.zst", "zip"),
        help="a folder, an archive of it, or for --mode onefile the program alone "
        "(default: what the name after -o says, or dir)",
    )


def _add_content_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is in it")
    words: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    group.add_argument(
        "--packages", metavar="REQUIREMENT", help="Python packages to include", **words
    )
    group.add_argument(
        "-r", "--requirements", metavar="FILE", help="requirements files", **words
    )
    group.add_argument("--lock", metavar="FILE", help="pylock.toml or uv.lock")
    group.add_argument(
        "--environment", metavar="DIR", help="a virtual environment to include"
    )
    group.add_argument(
        "--no-project",
        action="store_true",
        help="leave out the project's own Python package",
    )
    group.add_argument(
        "--include",
        metavar="MODULE",
        help="modules of the standard library that are left out otherwise: tkinter",
        **words,
    )
    group.add_argument(
        "--exclude", metavar="MODULE", help="modules to leave out: numpy.tests", **words
    )
    _add_trim_options(group)
    group.add_argument("--sources", action="store_true", help="include Python sources")
    group.add_argument(
        "--optimize",
        type=int,
        choices=(0, 1, 2),
        help="1 removes assertions, 2 docstrings too",
    )
    group.add_argument(
        "--no-strip", action="store_true", help="keep symbols and debug information"
    )
    group.add_argument(
        "--lib-path",
        dest="lib_paths",
        metavar="DIR",
        action="append",
        default=[],
        help="a folder to search for libraries",
    )
    group.add_argument(
        "--system-library",
        dest="system_libraries",
        metavar="GLOB",
        action="append",
        default=[],
        help="libraries that the machine brings on which the program runs",
    )


def _add_trim_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--trim",
        action="store_true",
        help="leave out the modules that the program cannot reach; --explain tells "
        "why the others stay",
    )
    group.add_argument(
        "--keep",
        metavar="MODULE",
        help="modules that --trim keeps: encodings.*",
        action="extend",
        nargs="+",
        default=[],
    )


def _add_static_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("--mode static")
    group.add_argument(
        "--static-libs",
        choices=("auto", "never", "require"),
        help="whether OpenSSL, SQLite and others that a static Python uses are linked "
        "statically (default: where there is an archive that fits)",
    )
    group.add_argument(
        "--builtins",
        metavar="LIST",
        help="modules that stay built in: all, minimal, or names; -name leaves one "
        "out (--builtins=-_tkinter)",
    )
    group.add_argument(
        "--ld",
        choices=("auto", "lld", "bfd", "gold", "mold"),
        help="what links the program (default: what reads this Python's archive)",
    )


def _add_onefile_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("--mode onefile")
    group.add_argument(
        "--ext-load",
        choices=("auto", "memory", "cache", "beside"),
        help="where extension modules are opened from: memory, a private cache, or the "
        "folder NAME.lib beside the program (default: memory, or the cache where a "
        "system forbids that)",
    )
    group.add_argument(
        "--compress",
        action="store_true",
        help="about half of the size, and a slower start",
    )


def run(options: argparse.Namespace) -> int:
    """Make the bundle and print where it is."""
    from ferrule.pipeline.bundling.bundle import BundleRequest, make_bundle

    wanted = BundleRequest(
        _changes(options),
        out=options.out,
        format=options.format,
        verifies=options.verify,
    )
    with showing_log(options):
        made = make_bundle(make_request(options), wanted)
    if options.json:
        print_json(_to_json(made))
    elif options.explain:
        _explain(made)
    if not options.json and not options.quiet:
        _summarise(made)
    return 0


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options replace."""
    changes: dict[str, Any] = {
        name: getattr(options, name)
        for name in _VALUES
        if getattr(options, name) is not None
    }
    for name in (*_LISTS, "system_libraries"):
        if getattr(options, name):
            changes[name] = tuple(getattr(options, name))
    # A file that is named on the command line is one of the current folder.
    for name in ("lock", "environment"):
        if name in changes:
            changes[name] = str(Path(changes[name]).absolute())
    for name in ("requirements", "lib_paths"):
        if name in changes:
            changes[name] = tuple(str(Path(item).absolute()) for item in changes[name])
    if options.no_project:
        changes["project"] = False
    if options.no_strip:
        changes["strip"] = False
    if options.sources:
        changes["sources"] = True
    if options.trim:
        changes["trim"] = True
    if options.compress:
        changes["compress"] = True
    return changes


def _summarise(made: Bundled) -> None:
    for note in made.bundle.notes:
        print(f"note: {note}")
    needs = f"; needs {made.bundle.c_library}" if made.bundle.c_library else ""
    if made.trim is not None:
        count, size = len(made.trim.names), made.trim.size_bytes / 1e6
        print(f"--trim left out {count} modules, {size:.1f} MB (--explain lists them)")
    tried = f"; works in {made.verified_in}" if made.verified_in else "; not tried"
    print(
        f"{made.path}: {made.bundle.mode} bundle of {made.bundle.name} with "
        f"{made.interpreter.display_name}, {made.size_bytes / 1e6:.1f} MB{needs}{tried}"
    )


def _explain(made: Bundled) -> None:
    print("flags:")
    for flag in made.flags:
        print(f"  {' '.join(flag.words)}\n      {flag.reason}")
    print("files:")
    for item in made.bundle.files:
        print(f"  {item.path}\n      {item.reason}")
    print("left out:")
    for name, reason in made.bundle.left_out:
        print(f"  {name}: {reason}")


def _to_json(made: Bundled) -> dict[str, Any]:
    bundle = made.bundle
    return {
        "path": str(made.path),
        "mode": bundle.mode,
        "program": bundle.name,
        "python": made.interpreter.version_text,
        "sizeBytes": made.size_bytes,
        "needs": bundle.c_library or None,
        "verifiedIn": made.verified_in or None,
        "registered": list(bundle.registered),
        "seconds": dict(made.seconds),
        "flags": [flag.to_json() for flag in made.flags],
        "files": [
            {"path": item.path, "part": item.part, "reason": item.reason}
            for item in bundle.files
        ],
        "leftOut": [
            {"name": name, "reason": reason} for name, reason in bundle.left_out
        ],
        "trim": made.trim.to_json() if made.trim else None,
        "notes": list(bundle.notes),
    }
