"""The C header of a library: the project's own, or cbindgen's.

cffi reads declarations only, so whatever a `cbindgen.toml` says, the header is
plain C without includes, defines and guards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule import __version__, atomic, cache, log
from ferrule.bindings.package import scratch_folder
from ferrule.cargo.toolchain import find_cargo
from ferrule.errors.bindings import CbindgenError, CbindgenMissingError
from ferrule.errors.files import ReadError
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey

__all__ = [
    "CBINDGEN_VERSION",
    "Header",
    "enforced_settings",
    "find_header",
    "without_newer_c",
]

CBINDGEN_VERSION: Final = "0.29.4"
"""What is installed where the user has no cbindgen."""

_OLDEST: Final = (0, 28)
"""The first release that knows the attributes of edition 2024."""

_ENFORCED: Final[Mapping[str, object]] = {
    "language": "C",
    "no_includes": True,
    "sys_includes": [],
    "includes": [],
    "pragma_once": False,
    "cpp_compat": False,
}
_DROPPED: Final = ("defines", "include_guard")


@dataclass(frozen=True)
class Header:
    """The declarations of a library's C interface."""

    origin: str
    """The file, or the program, that they come from."""
    text: str


def find_header(key: CompileKey, library: Path, *, env: Mapping[str, str]) -> Header:
    """Return the header of a crate whose `library` was built.

    `header.h` in cargo's target directory wins; a build script may write it.
    Otherwise cbindgen makes one, again only when the library changed. Raises
    `CbindgenMissingError`, `CbindgenError`, `ReadError` and `InvalidTomlError`.
    """
    build = key.build_directory or key.target_directory / "ferrule"
    for folder in (key.target_directory, build):
        own = folder / "header.h"
        if own.is_file():
            log.debug(f"the C header is {own}")
            return Header(str(own), _read(own))
    crate = key.crate
    question = repr((__version__, "C99 header", str(crate.manifest_path), str(library)))
    cached = cache.read_tracked(env, "answers", question)
    if isinstance(cached, str):
        return Header("cbindgen", cached)
    config = crate.folder / "cbindgen.toml"
    program = _find_cbindgen(key, env)
    text = _run_cbindgen(program, config, key, env)
    inputs = [library, config, crate.manifest_path, program]
    cache.write_tracked(env, "answers", question, text, inputs=inputs)
    return Header("cbindgen", text)


def enforced_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a `cbindgen.toml` as cffi needs it."""
    kept = {name: settings[name] for name in settings if name not in _DROPPED}
    return {**kept, **_ENFORCED}


def _find_cbindgen(key: CompileKey, env: Mapping[str, str]) -> Path:
    from ferrule.cargo.tools import find_tool, install_tool

    own = find_command("cbindgen", env)
    old = own and _old_release(own, env)
    if own and not old:
        return Path(own)
    installed = find_tool("cbindgen", CBINDGEN_VERSION, env=env)
    if installed is not None:
        return installed
    problem = "cargo could not install it: see its message above"
    flags = [item for item in ("--offline", "--frozen") if item in key.arguments]
    if flags:
        problem = f"{flags[0][2:]} forbids ferrule to install it"
    else:
        log.step(f"installing cbindgen {CBINDGEN_VERSION} into ferrule's cache, once")
        program = install_tool("cbindgen", CBINDGEN_VERSION, key.crate.folder, env=env)
        if program is not None:
            return program
    if not own:
        raise CbindgenMissingError(CBINDGEN_VERSION, problem)
    log.warn(
        f"{own} is cbindgen {old}, which does not see #[unsafe(no_mangle)]; "
        f"{CBINDGEN_VERSION} would be better"
    )
    return Path(own)


def _old_release(program: str, env: Mapping[str, str]) -> str:
    """Return the version of a cbindgen that is too old, otherwise nothing."""
    import re
    import subprocess

    done = subprocess.run(
        [program, "--version"], env=dict(env), capture_output=True, check=False
    )
    match = re.search(rb"(\d+)\.(\d+)\.\d+", done.stdout)
    if match is None or (int(match[1]), int(match[2])) >= _OLDEST:
        return ""
    return match[0].decode()


def _run_cbindgen(
    program: Path, config: Path, key: CompileKey, env: Mapping[str, str]
) -> str:
    import subprocess

    from ferrule.project.pyproject import read_toml
    from ferrule.toml_text import dumps

    written = read_toml(config) if config.is_file() else {}
    path = scratch_folder(key) / "cbindgen.toml"
    atomic.write_text(path, dumps(enforced_settings(written)))
    argv = [str(program), "--lang=c", f"--config={path}", str(key.crate.folder)]
    log.command(argv)
    full = {**env, **key.env, "CARGO": find_cargo(env)}
    if {"--offline", "--frozen"}.intersection(key.arguments):
        full["CARGO_NET_OFFLINE"] = "true"
    done = subprocess.run(
        argv,
        env=full,
        cwd=key.crate.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    messages = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise CbindgenError(" ".join(argv), key.crate.folder, messages)
    for line in messages.splitlines():
        log.info(f"cbindgen: {line}")
    return without_newer_c(done.stdout.decode("utf-8", "replace"))


def without_newer_c(header: str) -> str:
    """Return a header without what is for compilers of C23 only.

    cbindgen writes an enum with a fixed representation for both, between
    `#if __STDC_VERSION__ >= 202311L`, `#else` and `#endif`; cffi knows neither
    conditions nor C23.
    """
    kept: list[str] = []
    branch = ""
    for line in header.splitlines(keepends=True):
        word = line.strip()
        if not branch and word.startswith("#if __STDC_VERSION__ >="):
            branch = "new"
        elif branch and word.startswith("#else"):
            branch = "old"
        elif branch and word.startswith("#endif"):
            branch = ""
        elif branch != "new":
            kept.append(line)
    return "".join(kept)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise ReadError(path, error) from error
