"""Options that several commands share, and their translation to settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.pipeline.request import Request

if TYPE_CHECKING:
    import argparse

__all__ = [
    "add_cargo_options",
    "add_crate_options",
    "add_linker_options",
    "add_package_option",
    "add_project_options",
    "add_sdist_options",
    "add_strict_option",
    "add_stubs_option",
    "make_request",
]


def add_project_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose project and interpreters."""
    add_crate_options(parser)
    parser.add_argument(
        "-i",
        "--interpreter",
        metavar="PYTHON",
        action="append",
        nargs="+",
        default=[],
        help="a path, 3.12, 3.13t, pypy3.11, a range 3.9-3.13, or all; may repeat "
        "(default: PYO3_PYTHON, the active virtual environment, python, python3)",
    )


def add_crate_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the project."""
    parser.add_argument(
        "-m",
        "--manifest-path",
        metavar="PATH",
        help="Cargo.toml of the crate (default: found from the current folder)",
    )
    add_package_option(parser)


def add_package_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a member of a workspace."""
    parser.add_argument(
        "-p",
        "--package",
        metavar="NAME",
        help="the workspace member to build, with its own pyproject.toml or the "
        "workspace's",
    )


def add_cargo_options(
    parser: argparse.ArgumentParser,
    *,
    default_profile: str = "release",
    has_short_release: bool = True,
) -> None:
    """Add the options that are handed to cargo.

    Without `has_short_release`, `-r` is left to the command.
    """
    group = parser.add_argument_group("cargo")
    profile = group.add_mutually_exclusive_group()
    is_release = " (the default)" if default_profile == "release" else ""
    profile.add_argument(
        *(("-r", "--release") if has_short_release else ("--release",)),
        action="store_true",
        help=f"the release profile{is_release}",
    )
    profile.add_argument(
        "--profile",
        metavar="NAME",
        help=f"a cargo profile, e.g. bench (default: {default_profile})",
    )
    group.add_argument(
        "-F",
        "--features",
        metavar="LIST",
        action="append",
        default=[],
        help="cargo features, separated by commas or blanks",
    )
    group.add_argument("--all-features", action="store_true")
    group.add_argument("--no-default-features", action="store_true")
    group.add_argument("--locked", action="store_true", help="keep Cargo.lock as it is")
    group.add_argument("--offline", action="store_true", help="do not use the network")
    group.add_argument("--frozen", action="store_true", help="--locked and --offline")
    group.add_argument("-j", "--jobs", type=int, metavar="N")
    group.add_argument(
        "--target",
        metavar="TRIPLE",
        action="append",
        default=[],
        help="Rust target to build for; repeatable",
    )
    group.add_argument("--target-dir", metavar="DIR", help="cargo's target directory")
    group.add_argument(
        "--config", metavar="KEY=VALUE", action="append", default=[], help="for cargo"
    )


def add_linker_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose what links."""
    group = parser.add_argument_group("linker")
    choice = group.add_mutually_exclusive_group()
    choice.add_argument(
        "--linker",
        choices=("auto", "system", "zig", "xwin", "cross"),
        help="what links (default: auto; `ferrule target explain` tells what that is)",
    )
    for name, text in (
        ("zig", "link with zig: another target, or an older glibc than this machine's"),
        ("xwin", "link for Windows with Microsoft's libraries"),
        ("cross", "run cargo in the container of cross"),
    ):
        choice.add_argument(
            f"--{name}", dest="linker", action="store_const", const=name, help=text
        )
    group.add_argument(
        "--sysroot",
        metavar="DIR",
        type=folder_path,
        help="where a Python of the target lies, for what links to libpython",
    )


def current_folder() -> Path:
    """Return the current folder. Raises `CurrentFolderError`."""
    try:
        return Path.cwd()
    except OSError as error:
        from ferrule.errors.files import CurrentFolderError

        raise CurrentFolderError(error) from None


def folder_path(word: str) -> str:
    """Return the absolute path of a folder; raise `ValueError` for no words."""
    if not word:
        raise ValueError(word)
    return os.path.abspath(word)


def add_strict_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that turns warnings about the project into errors."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help="treat warnings about pyproject.toml, variables and options as errors",
    )


def add_stubs_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that puts stubs into what is built."""
    parser.add_argument(
        "--generate-stubs",
        action="store_true",
        help="make type stubs out of what PyO3 recorded (experimental-inspect)",
    )


def add_sdist_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what an sdist holds."""
    parser.add_argument(
        "--vendor",
        action="store_true",
        dest="sdist_vendor",
        help="put the crates that the project depends on into the sdist, so that it "
        "builds without network",
    )


def make_request(options: argparse.Namespace, **more: Any) -> Request:
    """Return the request that the options describe."""
    values: dict[str, object] = {}
    profile = getattr(options, "profile", None)
    if getattr(options, "release", False):
        profile = "release"
    if profile:
        values["profile"] = profile
    features = [
        word
        for item in getattr(options, "features", [])
        for word in item.replace(",", " ").split()
    ]
    if features:
        values["features"] = features
    for name in (
        "all_features",
        "no_default_features",
        "locked",
        "offline",
        "frozen",
        "generate_stubs",
        "strip",
        "pgo",
        "jobs",
        "target",
        "linker",
        "sysroot",
        "target_dir",
        "config",
        "sdist_vendor",
        "compatibility",
        "audit",
        "compression",
        "compression_level",
        "reproducible",
        "strict",
        "rebuild_on_import",
    ):
        value = getattr(options, name, None)
        if value not in (None, False, []):
            values[name] = value
    manifest = getattr(options, "manifest_path", None)
    selectors = [
        word for group in getattr(options, "interpreter", []) for word in group
    ]
    verbose = bool(getattr(options, "verbose", 0))
    quiet = bool(getattr(options, "quiet", False))
    return Request(
        start=current_folder(),
        env=os.environ,
        # On a terminal cargo counts crates; a log wants no line per crate.
        quiet_cargo=quiet or not (verbose or sys.stderr.isatty()),
        manifest_path=Path(manifest).absolute() if manifest else None,
        package=getattr(options, "package", None),
        selectors=tuple(selectors),
        command_line=values,
        **more,
    )
