"""What the command line shows: the log, errors, colour only on a terminal."""

from __future__ import annotations

import os
import sys

from ferrule import log
from ferrule.errors import FerruleError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Container
    from contextlib import AbstractContextManager

__all__ = [
    "add_verbosity",
    "print_json",
    "run_reporting",
    "showing",
    "showing_log",
    "shown_kinds",
    "tell_unwritten",
    "use_colour",
]

_COLOURS = {"error": "1;31", "warning": "1;33", "step": "1;32", "command": "2"}


def use_colour(stream: object) -> bool:
    """Whether escapes for colour may be written to a stream.

    `NO_COLOR` and `FORCE_COLOR` decide before the kind of stream does.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM") != "dumb"


def run_reporting(action: Callable[[], int], *, as_json: bool = False) -> int:
    """Run a command; print designed errors and return their exit codes."""
    try:
        return action()
    except FerruleError as error:
        if as_json:
            told = {"message": str(error), "kind": type(error).__name__}
            print_json({"error": {**told, **error.details()}})
        _print("error", f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt as interruption:
        _print("error", "interrupted; nothing half-written was left")
        number = interruption.args[0] if interruption.args else 2
        return 128 + int(number)
    except BrokenPipeError:
        # The reader of our output is gone (`ferrule ... | head`).
        _drop(sys.stdout)
        return 1
    except OSError as error:
        import errno as codes

        streams = (codes.ENOSPC, codes.EDQUOT, codes.EFBIG, codes.EIO, codes.EBADF)
        if error.filename is None and error.errno in streams:
            return tell_unwritten(error)
        if {"-v", "-vv", "--verbose"} & set(sys.argv):
            raise
        return _tell_refusal(error, as_json=as_json)


def tell_unwritten(error: OSError) -> int:
    """Tell that the output cannot be written, say to a full disk; return 6."""
    reason = error.strerror or str(error)
    _print("error", f"error: cannot write the output\n  the system says: {reason}")
    # What is still waiting to be written would fail once more.
    _drop(sys.stdout)
    _drop(sys.stderr)
    return 6


def _tell_refusal(error: OSError, *, as_json: bool) -> int:
    """Tell what the system refused where nobody foresaw it; return 6."""
    from ferrule.errors.files import RefusalError

    told = RefusalError(error)
    if as_json:
        kind = type(told).__name__
        print_json({"error": {"message": str(told), "kind": kind}})
    _print("error", f"error: {told}")
    return told.exit_code


def _drop(stream: object) -> None:
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    except (AttributeError, OSError, ValueError):
        return


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """Add `-v` and `-q`."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="show the exact commands; -vv also why something is done",
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="show warnings and errors only"
    )


def showing_log(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Show the log on standard error, as detailed as the options ask."""
    return showing(shown_kinds(options))


def shown_kinds(options: argparse.Namespace) -> set[str]:
    """Return the kinds of messages that `-v` and `-q` ask for."""
    verbose: int = getattr(options, "verbose", 0)
    quiet: bool = getattr(options, "quiet", False)
    shown = {"warning"}
    if not quiet:
        shown |= {"step", "info"}
    if verbose:
        shown |= {"command"}
    if verbose > 1:
        shown |= {"debug"}
    return shown


def showing(shown: Container[str]) -> AbstractContextManager[None]:
    """Show messages of some kinds on standard error."""

    def sink(kind: log.Kind, message: str) -> None:
        if kind in shown:
            prefix = {"warning": "warning: ", "command": "$ "}.get(kind, "")
            _print(kind, prefix + message)

    return log.sink_to(sink)


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    import json

    text = json.dumps(value, indent=2, sort_keys=False, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeError:
        # The names of files need not be text.
        text = json.dumps(value, indent=2, sort_keys=False)
    print(text)


def _print(kind: str, text: str) -> None:
    colour = _COLOURS.get(kind)
    if colour and use_colour(sys.stderr):
        head, separator, rest = text.partition("\n")
        text = f"\033[{colour}m{head}\033[0m{separator}{rest}"
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        return  # nobody can be told, and what is done goes on
