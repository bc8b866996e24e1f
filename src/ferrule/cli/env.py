"""Let plain cargo and rust-analyzer share one configuration with ferrule.

Without options the variables are printed for a shell: PyO3 no longer depends on
PATH and the active virtual environment. With --write they go into the project's
`.cargo/config.toml`, together with what cargo reads from no variable. From then on
`cargo check`, `cargo test`, rust-analyzer and `ferrule cargo` have one fingerprint:
none rebuilds what another has built.

  eval "$(ferrule env)"
  ferrule env --write
  ferrule env --write -i 3.12       switch to another Python
  ferrule env --remove              take it out again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import add_project_options, make_request

if TYPE_CHECKING:
    import argparse

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--write", action="store_true", help="write into .cargo/config.toml"
    )
    action.add_argument(
        "--remove", action="store_true", help="remove what --write wrote"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Print the variables, or change `.cargo/config.toml`."""
    import shlex

    from ferrule.cargo.config_toml import remove_section, write_section
    from ferrule.pipeline.development.shell import open_shell
    from ferrule.pipeline.opening import open_project

    request = make_request(options)
    with showing_log(options):
        if options.remove:
            path = remove_section(open_project(request).location.root)
            print(path or "nothing to remove")
            return 0
        shell = open_shell(request)
        if options.write:
            values = shell.profile_values
            print(write_section(shell.root, shell.variables, values, shell.tables))
            return 0
    arguments = shell.cargo_arguments()
    if options.json:
        print_json({"env": dict(shell.variables), "cargo_arguments": arguments})
        return 0
    for name, value in shell.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"# for the crates of `ferrule cargo`: cargo {' '.join(arguments)}")
    return 0
