"""The command line: one module per command, imported only when it runs."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "new": "Start a project that joins Rust and Python",
    "init": "Make the project in a folder one that ferrule builds",
    "develop": "Install into an environment so that edits are seen",
    "watch": "Build again at every change, and run a command",
    "test": "Run the tests in Rust and in Python",
    "run": "Run a Rust program that may embed Python",
    "build": "Build wheels, or with --bare just the importable files",
    "sdist": "Build a source distribution",
    "bundle": "Pack a program that embeds Python with all that it needs",
    "check": "Check finished wheels: metadata, files, tags, binaries",
    "repair": "Put the libraries that a wheel needs into it",
    "inspect": "Show what is in a wheel, and why its tag is what it is",
    "publish": "Check wheels and sdists, and upload them to a package index",
    "lint": "Check the Rust sources for what PyO3 will not do",
    "stubs": "Write type stubs of the extension modules",
    "doctor": "Examine this machine and project; --fix mends what is safe",
    "explain": "Explain a failed build, link or import",
    "config": "Print the build configuration that PyO3 will use",
    "python": "Find Python interpreters",
    "target": "Show what this machine has for building for other targets",
    "implib": "Write import libraries for linking against Windows DLLs",
    "cargo": "Run cargo in the configuration that ferrule builds with",
    "env": "Let plain cargo and rust-analyzer share ferrule's configuration",
    "migrate": "Rewrite a maturin or setuptools-rust project, and prove it equal",
    "cache": "Show or clear ferrule's per-user cache",
}
"""Every command with its one-line help; `ferrule.cli.<name>` implements it."""

_INTERNAL = ("rebuild",)
"""Commands that other parts of ferrule call; no help lists them."""

_USAGE = "usage: ferrule [-h] [--version] COMMAND ..."
_DESCRIPTION = """\
Build and distribute everything that joins Rust and Python through PyO3."""
_EPILOG = """\
exit codes:
  0 success   1 other failure   2 wrong input or settings   3 the project cannot be
  built as it is   4 Python interpreter   5 cargo or the compiler   6 files
  128 + n ended by signal n (130: Ctrl-C)

examples:
  ferrule build                       one wheel for the active Python, in dist/
  ferrule build -i 3.9-3.13           one wheel per Python
  ferrule build --bare .              only the importable file, no wheel
  ferrule build --target aarch64-unknown-linux-gnu
  ferrule check dist                  is everything right with these wheels?
  ferrule bundle                      a program with Python inside, to be shipped
  ferrule config --explain            what PyO3 will be told, and why
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    Without `argv` it is the program: the command line is the process's, which ends
    here.
    """
    if argv is not None:
        return _run(list(argv))
    import gc

    # A process that ends soon needs no search for cycles after every 700 objects.
    gc.set_threshold(50_000)
    from ferrule.cli.beginning import begin_process

    begin_process()
    code = _run(sys.argv[1:])
    from ferrule.cli.ending import end_process

    end_process(code)
    return code


def _run(arguments: list[str]) -> int:
    from ferrule.cli.console import run_reporting

    return run_reporting(lambda: _dispatch(arguments), as_json="--json" in arguments)


def _dispatch(arguments: list[str]) -> int:
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    is_known = chosen in COMMANDS or chosen in _INTERNAL
    if is_known and arguments[0] == chosen:
        before: tuple[str, ...] = ()
        if chosen in ("develop", "rebuild"):
            from ferrule.cli.replaying import replayed

            code, before = replayed(arguments)
            if code is not None:
                return code
        name = f"ferrule.cli.{chosen}"
        __import__(name)  # `importlib.import_module` would import `warnings` too
        module = sys.modules[name]
        own, rest = arguments[1:], []
        if getattr(module, "HAS_TRAILING_ARGUMENTS", False) and "--" in own:
            # argparse would take them for the command's own positional arguments.
            place = own.index("--")
            own, rest = own[:place], own[place + 1 :]
        known = {"trailing": rest, "words": arguments, "compiled": before}
        result: int = module.run(_parse(module, own, known))
        return result
    return _explain(arguments, chosen)


def _parse(module: ModuleType, words: list[str], known: dict[str, Any]) -> Any:
    """Return the options of a command; a wrong command line ends the process."""
    from ferrule.cli.words import Declaration, NotPlainError, Options, read_words

    options, declared = Options(**known), Declaration()
    try:
        module.configure(declared)
        read_words(declared, words, options)
    except NotPlainError:
        import argparse

        parser = argparse.ArgumentParser(
            prog=f"ferrule {module.__name__.rpartition('.')[2]}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(parser)
        return parser.parse_args(words, argparse.Namespace(**known))
    return options


def _explain(arguments: list[str], chosen: str | None) -> int:
    """Print help for a command line that names no command, or a wrong one."""
    if arguments in (["--version"], ["-V"]):
        from ferrule import __version__

        print(f"ferrule {__version__}")
        return 0
    if arguments in ([], ["--help"], ["-h"]):
        print(_help())
        return 0
    import argparse

    usage = _USAGE.partition(": ")[2]
    parser = argparse.ArgumentParser(prog="ferrule", usage=usage, add_help=False)
    parser.add_argument("--version", "-V", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("command", nargs="?", choices=list(COMMANDS), metavar="COMMAND")
    if chosen is not None and chosen not in COMMANDS:
        from ferrule.errors import did_you_mean

        parser.error(f"no command {chosen!r}{did_you_mean(chosen, list(COMMANDS))}")
    options = parser.parse_args(arguments)
    return _run(["--version" if options.version else "--help"])


def _help() -> str:
    """Return the help of the whole, laid out as argparse does for each command."""
    rows = [
        ("-h, --help", "show this help message and exit"),
        ("--version, -V", "print the version"),
    ]
    commands = "\n".join(f"    {name:9}{text}" for name, text in COMMANDS.items())
    options = "\n".join(f"  {name:15}{text}" for name, text in rows)
    return (
        f"{_USAGE}\n\n{_DESCRIPTION}\n\npositional arguments:\n  COMMAND\n"
        f"{commands}\n\noptions:\n{options}\n\n{_EPILOG.rstrip()}"
    )
