"""Build again at every change, and run a command after each build.

What is installed in the environment (by ferrule develop, or an editable install
of pip or uv) is brought up to date; without an install the modules are built as
ferrule develop would. With a command, changes of Python files count too: it is
ended and started again. Errors of the compiler end nothing, Ctrl-C does.

  ferrule watch
  ferrule watch -- pytest -x
  ferrule watch -- python -m my_package
"""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.options import add_cargo_options, add_project_options, make_request

if TYPE_CHECKING:
    import argparse

__all__ = ["HAS_TRAILING_ARGUMENTS", "configure", "run"]

HAS_TRAILING_ARGUMENTS = True
"""The command to run."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    add_cargo_options(parser, default_profile="dev")
    add_verbosity(parser)
    parser.usage = "%(prog)s [options] [-- COMMAND ...]"


def run(options: argparse.Namespace) -> int:
    """Watch until interrupted."""
    from ferrule.pipeline.development.watching import watch

    request = make_request(options, state="editable")
    settings = dict(request.command_line)
    if "profile" in settings:
        settings["editable_profile"] = settings.pop("profile")
    # Whoever ends the watch ends the command that it runs, too.
    signal.signal(signal.SIGTERM, _interrupt)
    with showing_log(options):
        watch(replace(request, command_line=settings), options.trailing)
    return 0


def _interrupt(number: int, frame: object) -> None:
    del frame
    raise KeyboardInterrupt(number)
