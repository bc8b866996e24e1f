"""Check wheels and sdists, then upload them to a package index.

Without arguments, everything in dist/ is published. All files are checked before
the first request. Files that the index has with the same content are skipped, so
an interrupted command is simply run again; a failed upload is tried again by
itself. Needs twine: pip install "ferrule[publish]".

The index: --repository names a section of .pypirc, or pypi or testpypi; or give
--repository-url. The variables TWINE_*, UV_PUBLISH_* and MATURIN_* are understood.
Credentials come from those, .pypirc, trusted publishing (in CI), the keyring, or a
question on the terminal; never from the command line.

  ferrule publish                         dist/ to the default index
  ferrule publish -r testpypi dist/*.whl  wheels to the index for trying out
  ferrule publish --dry-run               check, compare with the index, send nothing
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ferrule.cli.console import add_verbosity, print_json, showing_log

if TYPE_CHECKING:
    from ferrule.pipeline.finished.publish import Publication, PublishOrder
    from ferrule.publishing.destination import Destination

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="DIST",
        help="wheels, sdists and attestations, folders of them, or patterns "
        "(default: dist)",
    )
    _add_index_options(parser)
    _add_check_options(parser)
    parser.add_argument(
        "-n",
        "--dry-run",
        action="store_true",
        help="check the files and ask the index what it has; send nothing",
    )
    parser.add_argument(
        "--skip-existing",
        action="store_true",
        help="where the index has a file of the same name and does not tell its "
        "hash, take it for the same",
    )
    parser.add_argument(
        "--attestations",
        choices=("auto", "always", "never"),
        default="auto",
        help="upload the .publish.attestation files (PEP 740), and make those that "
        "are missing; auto: to the public indexes with trusted publishing, made "
        "where pypi-attestations is installed",
    )
    parser.add_argument(
        "--retries",
        type=_count,
        default=4,
        metavar="N",
        help="how often a failed upload is tried again (default: 4)",
    )
    parser.add_argument(
        "--timeout",
        type=_count,
        default=300,
        metavar="SECONDS",
        help="how long the index may stay silent (default: 300)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_verbosity(parser)


def _add_index_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("index and credentials")
    group.add_argument(
        "-r", "--repository", metavar="NAME", help="a section of .pypirc"
    )
    group.add_argument("--repository-url", metavar="URL", help="the upload address")
    group.add_argument(
        "--check-url",
        metavar="URL",
        help="the root of the index's simple pages, where they are not where most "
        "servers have them",
    )
    group.add_argument("-u", "--username", metavar="NAME")
    group.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password or token from standard input",
    )
    for option in ("--password", "--token"):
        group.add_argument(option, action=_RefuseSecret, help=argparse.SUPPRESS)
    group.add_argument(
        "--config-file", metavar="PATH", help="instead of .pypirc in the home folder"
    )
    group.add_argument("--cert", metavar="PATH", help="certificates to trust")
    group.add_argument("--client-cert", metavar="PATH", help="certificate to show")
    group.add_argument(
        "--trusted-publishing",
        choices=("auto", "always", "never"),
        default="auto",
        help="let the index trust the identity of the CI job; auto: where no "
        "credentials are given",
    )
    group.add_argument("--non-interactive", action="store_true", help="ask nothing")


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("checks")
    group.add_argument(
        "--ignore",
        metavar="RULE[:GLOB]",
        action="append",
        default=[],
        help="publish in spite of findings of this rule (`ferrule check --rules`); may "
        "repeat, or hold commas; adds to [tool.ferrule.check] of pyproject.toml",
    )
    group.add_argument(
        "--skip-check", action="store_true", help="publish without any check"
    )


class _RefuseSecret(argparse.Action):
    """Explains where a secret belongs."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> NoReturn:
        from ferrule.errors.publishing import SecretOptionError

        del parser, namespace, values
        raise SecretOptionError(option_string or self.dest)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def run(options: argparse.Namespace) -> int:
    """Publish, and print what became of every file."""
    from ferrule.pipeline.finished.publish import publish

    with showing_log(options):
        publication = publish(_order(options), os.environ)
    if options.json:
        print_json(
            {
                "repository": publication.url,
                "dry_run": options.dry_run,
                "pages": list(publication.pages),
                "files": [file.to_json() for file in publication.files],
            }
        )
    else:
        _print(publication)
    return 1 if any(file.state == "failed" for file in publication.files) else 0


def _print(publication: Publication) -> None:
    words = {"present": "there already", "planned": "would be sent"}
    for file in publication.files:
        reason = f" ({file.reason})" if file.reason else ""
        path = os.path.relpath(file.item.path)
        print(f"{words.get(file.state, file.state)}: {path}{reason}")
    for page in publication.pages:
        print(page)


def _order(options: argparse.Namespace) -> PublishOrder:
    from ferrule.audit.ignoring import parse_ignore_list
    from ferrule.pipeline.finished.checking import read_ignore_list
    from ferrule.pipeline.finished.publish import PublishOrder
    from ferrule.publishing.destination import choose_destination
    from ferrule.publishing.upload import Patience

    has_repository = bool(options.repository or options.repository_url)
    destination = choose_destination(
        _destination(options), os.environ, has_repository=has_repository
    )
    words = [word for item in options.ignore for word in item.split(",") if word]
    own = parse_ignore_list(words, "--ignore")
    pyproject = Path("pyproject.toml")
    ignored = own.joined(read_ignore_list(pyproject)) if pyproject.is_file() else own
    return PublishOrder(
        files=options.files,
        here=Path.cwd(),
        destination=destination,
        ignored=ignored,
        skips_check=options.skip_check,
        skips_existing=options.skip_existing,
        is_dry=options.dry_run,
        attestations=options.attestations,
        patience=Patience(attempts=options.retries + 1),
        timeout_s=float(options.timeout),
        shows_progress=sys.stderr.isatty() and not options.quiet,
    )


def _destination(options: argparse.Namespace) -> Destination:
    from ferrule.publishing.destination import Destination

    password = ""
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    is_interactive = sys.stdin.isatty() and not options.non_interactive
    return Destination(
        repository=options.repository or "pypi",
        repository_url=options.repository_url or "",
        source="--repository-url"
        if options.repository_url
        else ("--repository" if options.repository else "the default"),
        username=options.username or "",
        password=password,
        password_source="--password-stdin" if password else "",
        config_file=options.config_file or "",
        check_url=options.check_url or "",
        certificate=options.cert or "",
        client_certificate=options.client_cert or "",
        trust=options.trusted_publishing,
        is_interactive=is_interactive and not options.password_stdin,
    )
