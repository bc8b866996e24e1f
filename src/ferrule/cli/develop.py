"""Install the project into an environment so that edits are seen.

The module is compiled with the development profile and placed below cargo's
target directory; Python finds it, and the Python files, where they are. The
environment is that of --python, the one that runs ferrule, VIRTUAL_ENV, .venv in
the project or above it, or an active conda environment. pip or uv is started
only when a requirement is missing.

  ferrule develop                     again after each edit of Rust code
  ferrule develop --python 3.12
  ferrule develop --extra plots --group test
  ferrule develop --rebuild-on-import
  ferrule develop --uninstall
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log, shown_kinds
from ferrule.cli.options import (
    add_cargo_options,
    add_crate_options,
    add_strict_option,
    add_stubs_option,
    make_request,
)
from ferrule.cli.replaying import replay_name

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.development.develop import Developed, Wanted
    from ferrule.pipeline.development.replay_record import Witness
    from ferrule.pipeline.request import Request

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_crate_options(parser)
    parser.add_argument(
        "-i",
        "--python",
        metavar="PYTHON",
        help="environment to install into: its folder, its interpreter, or a version",
    )
    parser.add_argument(
        "--uninstall", action="store_true", help="take the project out again"
    )
    parser.add_argument(
        "--rebuild-on-import",
        action="store_true",
        help="rebuild a module that is out of date when it is imported",
    )
    add_stubs_option(parser)
    group = parser.add_argument_group("requirements")
    group.add_argument(
        "-E",
        "--extra",
        "--extras",
        metavar="NAME",
        action="append",
        default=[],
        help="an extra of the project, or several with commas; may repeat",
    )
    group.add_argument("--all-extras", action="store_true", help="every extra")
    group.add_argument(
        "-G",
        "--group",
        metavar="NAME",
        action="append",
        help="a dependency group (PEP 735); may repeat (default: dev, if it exists)",
    )
    group.add_argument(
        "--no-groups", action="store_true", help="no dependency group, not even dev"
    )
    only = group.add_mutually_exclusive_group()
    only.add_argument("--no-deps", action="store_true", help="leave requirements alone")
    only.add_argument(
        "--only-deps", action="store_true", help="install requirements, not the project"
    )
    add_strict_option(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_cargo_options(parser, default_profile="dev")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Install or uninstall; what was done is told on standard error."""
    from ferrule.pipeline.development.develop import develop, remove
    from ferrule.pipeline.development.replay_record import Witness

    request = _request(options)
    with showing_log(options):
        if options.uninstall:
            files = remove(request, options.python)
            if options.json:
                print_json({"removed": files})
            return 0
        witness = Witness(_replay_name(options), request.env, request.start)
        with witness.looking_on():
            done = develop(request, _wanted(options), compiled=options.compiled)
        _note(done, witness, options)
    if options.json:
        print_json(_describe(done))
    return 0


def _replay_name(options: argparse.Namespace) -> str | None:
    # A version may mean another Python tomorrow.
    named = options.python is not None and not os.path.exists(options.python)
    return None if named else replay_name(options.words)


def _note(done: Developed, witness: Witness, options: argparse.Namespace) -> None:
    """Note a run for the next one, if there was nothing special about it."""
    if done.contents is None or done.requirements:
        return
    from ferrule.editable.installation import installed_paths

    witness.write(
        done.contents,
        installed=installed_paths(done.name, done.environment),
        told=done.announced,
        what=f"{done.name} {done.version}",
        shown=sorted(shown_kinds(options)),
        json=_describe(done) if options.json else None,
    )


def _request(options: argparse.Namespace) -> Request:
    request = make_request(options, state="editable")
    settings = dict(request.command_line)
    if "profile" in settings:
        settings["editable_profile"] = settings.pop("profile")
    return replace(request, command_line=settings)


def _wanted(options: argparse.Namespace) -> Wanted:
    from ferrule.pipeline.development.develop import Wanted

    extras = [word for item in options.extra for word in item.replace(",", " ").split()]
    groups = options.group
    return Wanted(
        python=options.python,
        extras=tuple(extras),
        all_extras=options.all_extras,
        groups=() if options.no_groups else tuple(groups) if groups else None,
        requirements=not options.no_deps,
        project=not options.only_deps,
    )


def _describe(done: Developed) -> dict[str, object]:
    contents = done.contents
    return {
        "name": done.name,
        "version": done.version,
        "environment": str(done.environment.prefix),
        "environment_source": done.environment.source,
        "python": done.environment.interpreter.executable,
        "changed": done.changed,
        "requirements_installed": list(done.requirements),
        "modules": [str(path) for path in (contents.placed if contents else ())],
        "compiled": list(contents.compiled) if contents else [],
        "fresh": contents.fresh if contents else 0,
        "seconds": round(done.seconds, 3),
    }
