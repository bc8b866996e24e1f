"""Show the build configuration that PyO3 works with.

Prints exactly the lines that PYO3_PRINT_CONFIG=1 prints for the PyO3 release in
Cargo.lock, without compiling anything and without running cargo. Outside of a
project, --pyo3-version, --target and --features ask about any other build.

  ferrule config                         for the default Python
  ferrule config -i 3.12 --explain       also where each value comes from
  ferrule config --pyo3-version 0.22.6 --features abi3-py39
  ferrule config --target aarch64-pc-windows-msvc --features abi3-py310
  ferrule config --set lib_dir=/opt/lib --write pyo3.txt
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import add_package_option, add_strict_option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release
    from ferrule.python.resolve import Resolution

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--format",
        choices=["pyo3", "json", "table"],
        help="how to print: PyO3's own lines (default), JSON, or a table",
    )
    parser.add_argument(
        "--explain", action="store_true", help="say where each value comes from"
    )
    parser.add_argument(
        "--pyo3-version",
        metavar="V",
        help="release of PyO3 (default: the one in Cargo.lock, else the newest known)",
    )
    parser.add_argument(
        "--target",
        metavar="TRIPLE",
        help="Rust target (default: the one that cargo is told, else this machine)",
    )
    parser.add_argument(
        "--features",
        metavar="A,B",
        action="append",
        help="features of pyo3 (default: those that Cargo.toml enables)",
    )
    add_package_option(parser)
    add_strict_option(parser)
    parser.add_argument(
        "-i",
        "--interpreter",
        metavar="PYTHON",
        help="ask this Python instead; for another target, a version such as 3.12",
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="assignments",
        help="override a value; may be repeated",
    )
    parser.add_argument(
        "--write",
        metavar="FILE",
        type=Path,
        help="save the lines for PYO3_CONFIG_FILE; an equal file stays untouched",
    )
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Print the configuration."""
    from dataclasses import replace

    from ferrule.python.resolve import override_config

    with showing_log(options):
        resolution = _resolve(options)
        config = override_config(
            resolution.config, resolution.release, options.assignments
        )
        changed = {item.partition("=")[0].strip() for item in options.assignments}
        sources = {**resolution.explanations, **dict.fromkeys(changed, "--set")}
        resolution = replace(resolution, config=config, explanations=sources)
        if options.write is not None:
            _write(options.write, resolution.text)
        for warning in resolution.warnings:
            log.warn(warning)
        if resolution.problem is not None:
            log.warn(f"PyO3 {resolution.release} refuses it: {resolution.problem}")
        _print(options, resolution)
    return 0


def _resolve(options: argparse.Namespace) -> Resolution:
    from ferrule.python.resolve import resolve_config
    from ferrule.target.triple import guess_host, parse_triple

    host = guess_host(os.environ)
    features = frozenset(
        name
        for words in options.features or []
        for name in words.replace(",", " ").split()
    )
    release = None
    if options.pyo3_version is None:
        release, enabled = _project_use(options.package, strict=options.strict)
        features = enabled if options.features is None else features
    release = release or _named_release(options.pyo3_version)
    named = options.target or _cargos_target(host.text)
    target = parse_triple(named) if named else host
    env: Mapping[str, str] = os.environ
    if target != host and options.interpreter:
        env = _with_version(options.interpreter, env)
    if named or any(name.startswith("PYO3_CROSS") for name in env):
        from ferrule.python.upstream_search import config_difference

        note = config_difference(env, target, host, release)
        if note:
            log.warn(note)
    return resolve_config(
        release,
        env=env,
        target=target,
        host=host,
        features=features,
        find_interpreter=lambda: _find_interpreter(options.interpreter),
        check=False,
    )


def _cargos_target(host: str) -> str:
    """Return the target that cargo would build for here; empty for this machine."""
    from ferrule.cargo.configured_target import configured_targets

    names = configured_targets(Path.cwd(), os.environ, host)
    if names and names != (host,):
        others = f"; the others are {', '.join(names[1:])}" if names[1:] else ""
        log.info(f"cargo is told to build for {names[0]}{others}")
    return names[0] if names else ""


def _with_version(selector: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which PyO3 is told the Python of another machine."""
    from ferrule.python.selector import parse_name

    name = parse_name(selector)
    if name is None or len(name.version) < 2:
        return {**env}
    version = ".".join(map(str, name.version[:2])) + ("t" if name.free_threaded else "")
    added = {
        "PYO3_CROSS_PYTHON_VERSION": version,
        "PYO3_CROSS_PYTHON_IMPLEMENTATION": name.implementation,
    }
    told = " ".join(f"{key}={value}" for key, value in added.items())
    log.info(f"-i {selector} is told to PyO3 as {told}")
    return {**env, **added}


def _project_use(
    package: str | None, *, strict: bool
) -> tuple[Pyo3Release | None, frozenset[str]]:
    """Return PyO3's release and features in the project around this folder.

    cargo knows them exactly; where it cannot be asked, the files are read.
    """
    from ferrule.errors import FerruleError
    from ferrule.pipeline.opening import open_project
    from ferrule.pipeline.request import Request
    from ferrule.project import pyo3_use
    from ferrule.python.releases import Pyo3Release

    here = Path.cwd()
    lock = pyo3_use.find_upwards("Cargo.lock", here)
    if lock is not None:
        try:
            given = {"strict": True} if strict else {}
            request = Request(
                start=here, env=os.environ, package=package, command_line=given
            )
            use = open_project(request).pyo3_use()
        except FerruleError as error:
            if package is not None or strict:
                raise
            log.debug(f"cargo does not tell how PyO3 is used: {error.what}")
        else:
            if use is not None:
                return Pyo3Release.parse(use.version), use.features
        version = pyo3_use.locked_pyo3_version(lock)
        if version is not None:
            return Pyo3Release.parse(version), pyo3_use.project_features(here)
    return None, pyo3_use.project_features(here)


def _named_release(version: str | None) -> Pyo3Release:
    from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release

    return Pyo3Release.parse(version) if version else NEWEST_RELEASE


def _find_interpreter(selector: str | None) -> Interpreter:
    if selector is None:
        from ferrule.python.discovery import default_interpreter

        return default_interpreter(os.environ)
    from ferrule.python.selection import select_interpreters

    return select_interpreters([selector], os.environ)[0]


def _write(path: Path, text: str) -> None:
    from ferrule.atomic import write_text

    # The time of the file is part of cargo's fingerprint: leave an equal one.
    if path.is_file() and path.read_bytes() == text.encode():
        return
    write_text(path, text)


def _print(options: argparse.Namespace, resolution: Resolution) -> None:
    chosen = options.format or ("table" if options.explain else "pyo3")
    if chosen == "json":
        print_json(_as_json(resolution, explain=options.explain))
    elif chosen == "table":
        _print_table(resolution, explain=options.explain)
    else:
        print(resolution.text, end="")
        if options.explain:
            for key, source in resolution.explanations.items():
                log.info(f"{key}: {source}")


def _as_json(resolution: Resolution, *, explain: bool) -> dict[str, Any]:
    from dataclasses import asdict

    config = asdict(resolution.config)
    major, minor = resolution.config.version
    config["version"] = f"{major}.{minor}"
    if resolution.release.has_target_abi:
        config["target_abi"] = str(resolution.config.abi)
        del config["abi3"]
    else:
        del config["target_abi"]
    answer: dict[str, Any] = {
        "pyo3": str(resolution.release),
        "source": resolution.source,
        "config": config,
        "cfgs": resolution.config.cfgs(resolution.release),
        "warnings": resolution.warnings,
        "problem": str(resolution.problem) if resolution.problem else None,
    }
    if explain:
        answer["explanations"] = dict(resolution.explanations)
    return answer


def _print_table(resolution: Resolution, *, explain: bool) -> None:
    from ferrule.python.config_file import config_items

    items = config_items(resolution.config, resolution.release)
    keys = max(len(key) for key, _ in items)
    values = max(len(value) for _, value in items)
    for key, value in items:
        source = resolution.explanations.get(key, "") if explain else ""
        print(f"{key:{keys}}  {value:{values}}  {source}".rstrip())
