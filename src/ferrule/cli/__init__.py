"""The command line: one module per command, imported only when it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
    """Run one command and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        from ferrule import __version__

        print(f"ferrule {__version__}")
        return 0
    from ferrule.cli.console import run_reporting

    code = run_reporting(lambda: _dispatch(arguments), as_json="--json" in arguments)
    if argv is None:
        import gc

        # The process ends: no need to search all that was imported for cycles.
        gc.freeze()
    return code


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
        import argparse
        from importlib import import_module

        module = import_module(f"ferrule.cli.{chosen}")
        parser = argparse.ArgumentParser(
            prog=f"ferrule {chosen}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(parser)
        own, rest = arguments[1:], []
        if getattr(module, "HAS_TRAILING_ARGUMENTS", False) and "--" in own:
            # argparse would take them for the command's own positional arguments.
            place = own.index("--")
            own, rest = own[:place], own[place + 1 :]
        known = argparse.Namespace(trailing=rest, words=arguments, compiled=before)
        result: int = module.run(parser.parse_args(own, known))
        return result
    return _explain(arguments, chosen)


def _explain(arguments: list[str], chosen: str | None) -> int:
    """Print help for a command line that names no command, or a wrong one."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="ferrule",
        description="Build and distribute everything that joins Rust and Python "
        "through PyO3.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", "-V", action="store_true", help="print the version"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text)
    if chosen is not None and chosen not in COMMANDS:
        from ferrule.errors import did_you_mean

        parser.error(f"no command {chosen!r}{did_you_mean(chosen, list(COMMANDS))}")
    if parser.parse_args(arguments).version:
        return main(["--version"])
    parser.print_help()
    return 0
