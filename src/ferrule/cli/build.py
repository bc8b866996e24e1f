"""Build the wheels of a project, one per Python ABI.

Without options, one wheel for the active Python is built with the release
profile into `dist/`. A project whose crate enables abi3 gives one wheel for
all its Pythons. Nothing is compiled that did not change, whichever
interpreters were built in between.

  ferrule build
  ferrule build -i 3.9-3.13
  ferrule build --target aarch64-unknown-linux-musl --zig
  ferrule build --bare .
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import (
    add_cargo_options,
    add_linker_options,
    add_project_options,
    add_sdist_options,
    add_strict_option,
    add_stubs_option,
    make_request,
)

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.request import Request

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    parser.add_argument(
        "-o", "--out", metavar="DIR", help="folder for the wheels (default: dist)"
    )
    parser.add_argument(
        "--bare",
        metavar="DIR",
        help="put only the importable file into DIR, no wheel",
    )
    parser.add_argument(
        "--bare-name",
        choices=("plain", "tagged", "abi3"),
        help="with --bare: name.so, name.cpython-312-....so or name.abi3.so "
        "(default: abi3 where the crate enables it, tagged otherwise; PyPy and "
        "GraalPy import tagged files only)",
    )
    parser.add_argument(
        "--compatibility",
        metavar="TAG",
        help="platform tag: auto, linux, pypi, or a policy such as manylinux_2_28",
    )
    parser.add_argument(
        "--audit",
        metavar="MODE",
        help="what to do about libraries that no platform tag promises: repair, "
        "check (an error), warn, or skip (look at nothing)",
    )
    _add_wheel_options(parser)
    parser.add_argument("--strip", action="store_true", help="strip symbols")
    add_stubs_option(parser)
    parser.add_argument(
        "--pgo",
        action="store_true",
        help="optimise with a profile that the project's pgo-command records",
    )
    parser.add_argument(
        "--sdist",
        action="store_true",
        help="also build the sdist, and the wheels from it",
    )
    add_sdist_options(parser)
    add_strict_option(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_cargo_options(parser)
    add_linker_options(parser)
    add_verbosity(parser)


def _add_wheel_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the wheel's bytes")
    group.add_argument(
        "--compression",
        choices=("auto", "libdeflate", "zlib", "store"),
        help="what compresses the wheel (default: libdeflate where it is "
        "installed, otherwise zlib; each gives other bytes)",
    )
    group.add_argument(
        "--compression-level",
        choices=("fast", "default", "max"),
        help="how hard the wheel is compressed",
    )
    group.add_argument(
        "--reproducible",
        action="store_true",
        help="leave no path of this machine in what is compiled, C code included",
    )


def run(options: argparse.Namespace) -> int:
    """Build, and print the paths of what was built."""
    request = make_request(options)
    out = Path(options.out) if options.out else None
    with showing_log(options):
        if options.bare is not None:
            from ferrule.pipeline.build.bare import build_bare

            files = build_bare(request, Path(options.bare), style=options.bare_name)
            if options.json:
                print_json({"files": [str(path) for path in files]})
            else:
                print("\n".join(map(str, files)))
            return 0
        return _build_wheels(options, request, out)


def _build_wheels(
    options: argparse.Namespace, request: Request, out: Path | None
) -> int:
    sdist = None
    if options.sdist:
        from ferrule.pipeline.build.sdists import build_source, build_wheels_from_sdist

        sdist = build_source(request, out)
        wheels = build_wheels_from_sdist(request, sdist, sdist.parent)
    else:
        from ferrule.pipeline.build.wheels import build_wheels

        wheels = build_wheels(request, out)
    if options.json:
        result: dict[str, object] = {
            "wheels": [
                {
                    "path": str(wheel.path),
                    "tag": wheel.tag,
                    "interpreters": list(wheel.interpreters),
                    "compiled": list(wheel.compiled),
                    "fresh": wheel.fresh,
                    "seconds": round(wheel.seconds, 3),
                    "notes": list(wheel.notes),
                }
                for wheel in wheels
            ]
        }
        if sdist is not None:
            result["sdist"] = str(sdist)
        print_json(result)
    else:
        paths = ([sdist] if sdist else []) + [wheel.path for wheel in wheels]
        print("\n".join(map(str, paths)))
    return 0
