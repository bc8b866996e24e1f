"""Write import libraries for linking against Windows DLLs, on any system.

Linkers for Windows need one per DLL. ferrule knows the symbols of every CPython
from 3.7 on, of PyPy and GraalPy, and writes the files itself: neither dlltool nor
lib.exe is needed. Symbols of other DLLs are read from the DLL, from an import
library, or from a module-definition file.

  ferrule implib --python 3.13 --target x86_64-pc-windows-msvc    python313.lib
  ferrule implib --python 3.13t --python abi3-3.9 -o libs         both flavors
  ferrule implib --all -o libs              every Python, in libs/ARCH/PYTHON
  ferrule implib --from python313.dll       from the DLL itself
  ferrule implib --from api.def --arch i686
  ferrule implib --list                     known Pythons and where symbols come from
"""

from __future__ import annotations

import os

from ferrule.cli.console import add_verbosity, print_json, showing_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ferrule.implib.archive import Flavor
    from ferrule.implib.machine import Machine
    from ferrule.implib.request import PlannedLibrary

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--python",
        "-i",
        action="append",
        metavar="PYTHON",
        help="3.13, 3.13.5, 3.13t, 3.13_d (debug), abi3, abi3-3.9, abi3t, pypy3.11, "
        "graalpy3.12; repeatable",
    )
    source.add_argument("--all", action="store_true", help="every Python, each arch")
    source.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help="take the symbols of a DLL, an import library or a .def",
    )
    source.add_argument(
        "--list", action="store_true", help="show which Pythons are known, and how"
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="TRIPLE",
        help="Rust target: decides architecture and flavor; repeatable",
    )
    parser.add_argument(
        "--arch",
        action="append",
        default=[],
        help="x86_64, i686 or aarch64; repeatable (default: this machine's on "
        "Windows, else x86_64)",
    )
    parser.add_argument(
        "--flavor",
        choices=("gnu", "msvc", "both"),
        help="file names for GNU's or Microsoft's linker (default: the target's, "
        "else both)",
    )
    parser.add_argument(
        "--out",
        "-o",
        default="",
        metavar="DIR",
        help="folder for the libraries (default: the current one)",
    )
    parser.add_argument(
        "--dll", default="", metavar="NAME", help="with --from: the DLL's name"
    )
    parser.add_argument(
        "--kill-at",
        action="store_true",
        help="with a .def: the DLL exports __stdcall functions without @8",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Write the libraries and print their paths."""
    if options.list:
        return _list(as_json=options.json)
    from ferrule.atomic import write_bytes
    from ferrule.implib.variables import tell_unneeded

    told = []
    with showing_log(options):
        tell_unneeded(os.environ)
        for library in _planned(options):
            path = os.path.join(options.out, library.path)
            write_bytes(path, library.content)
            told.append({"path": path, **library.facts})
            if not options.json:
                print(path)
    if options.json:
        print_json({"libraries": told})
    return 0


def _planned(options: argparse.Namespace) -> list[PlannedLibrary]:
    """Return what is asked for: all of it is known before a file is written."""
    from ferrule.implib.request import plan_all, plan_file, plan_pythons

    _check_options(options)
    machines, flavors = _machines(options), _flavors(options)
    if options.all:
        from ferrule.implib.machine import MACHINES

        return list(plan_all(machines or MACHINES, flavors))
    if options.file is not None:
        from pathlib import Path

        path = Path(options.file)
        if not machines and path.suffix.lower() == ".def":
            machines = [_own_machine()]
        dll, kill_at = options.dll, options.kill_at
        planned = plan_file(path, machines, flavors, dll=dll, kill_at=kill_at)
    else:
        pythons = list(dict.fromkeys(options.python))
        planned = plan_pythons(pythons, machines or [_own_machine()], flavors)
    found = list(planned)
    _tell_derived(found)
    return found


def _check_options(options: argparse.Namespace) -> None:
    """Raise `UsageError` for options that would mean nothing."""
    is_definition = (options.file or "").lower().endswith(".def")
    problem = ""
    if options.dll and options.file is None:
        problem = "--dll names the DLL of --from; Pythons have their own"
    elif options.kill_at and not is_definition:
        problem = "--kill-at is for a .def; a DLL tells what it exports"
    if problem:
        from ferrule.errors.usage import UsageError

        raise UsageError(problem, fix="leave the option away")


def _tell_derived(found: list[PlannedLibrary]) -> None:
    derived = [item.facts for item in found if item.facts["basis"] == "derived"]
    for source in dict.fromkeys(facts["source"] for facts in derived):
        from ferrule import log

        log.info(
            f"these symbols are derived, as no DLL was at hand: {source}; "
            "`--from` takes those of a DLL of yours"
        )


def _machines(options: argparse.Namespace) -> list[Machine]:
    from ferrule.implib.machine import parse_machine

    names = [*options.target, *options.arch]
    return list(dict.fromkeys(parse_machine(name) for name in names))


def _own_machine() -> Machine:
    from ferrule.implib.machine import MACHINES, parse_machine

    if os.name != "nt":
        return MACHINES[0]
    from ferrule.target.triple import guess_host

    host = guess_host(os.environ)
    return parse_machine(host.text) if host.is_windows else MACHINES[0]


def _flavors(options: argparse.Namespace) -> tuple[Flavor, ...]:
    from ferrule.implib.archive import FLAVORS

    if options.flavor in FLAVORS:
        return (options.flavor,)
    if options.flavor is None and options.target:
        from ferrule.implib.generation import flavor_of
        from ferrule.target.triple import parse_triple

        triples = [parse_triple(text) for text in options.target]
        return tuple(dict.fromkeys(flavor_of(triple) for triple in triples))
    return FLAVORS


def _list(*, as_json: bool) -> int:
    from ferrule.implib.tables import load_tables

    tables = load_tables()
    rows = [
        {
            "python": table.name,
            "dll": table.dll,
            "symbols": len(tables.symbols(table)),
            "basis": table.basis,
            "source": table.source,
            "licence": table.licence,
        }
        for table in tables.tables.values()
    ]
    if as_json:
        print_json({"pythons": rows})
    else:
        for row in rows:
            name, dll, count = row["python"], row["dll"], row["symbols"]
            print(f"{name:12} {dll:20} {count:5}  {row['basis']:10} {row['source']}")
    return 0
