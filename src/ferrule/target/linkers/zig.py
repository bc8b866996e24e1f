"""zig as the C compiler and linker of other targets, and of older C libraries.

zig brings the C libraries of its targets, every version of glibc among them. It
is found, never fetched: the package `ziglang` or a `zig` on PATH. cargo and
build scripts are given small programs in the per-user cache, whose paths depend
on nothing but the target and zig's version: cargo compiles everything again when
they change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import atomic, cache, log
from ferrule.errors.target import ZigNotFoundError, ZigTargetError
from ferrule.python.search import find_command
from ferrule.target.linkers.model import Linker
from ferrule.target.linkers.zig_targets import zig_target
from ferrule.target.linkers.zig_wrappers import write_wrappers

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = [
    "Zig",
    "find_zig",
    "links_with_zig",
    "tell_first_use",
    "zig_linker",
    "zig_version",
]

_VARIABLES: Final = ("FERRULE_ZIG", "CARGO_ZIGBUILD_ZIG_PATH", "ZIG_COMMAND")
"""ferrule's own, cargo-zigbuild's and python3-dll-a's."""
_PROGRAM: Final = "zig.exe" if os.name == "nt" else "zig"


@dataclass(frozen=True)
class Zig:
    """A zig of this machine."""

    words: tuple[str, ...]
    """The command that starts it."""
    origin: str
    """Where it was found, in a few words."""

    def __str__(self) -> str:
        return " ".join(self.words)


def find_zig(env: Mapping[str, str]) -> Zig | None:
    """Return the zig to use, or None: nothing is run to find it.

    Variables come first, then the `ziglang` of the active environment and of
    ferrule's own, a `zig` on PATH, and the `ziglang` of other Pythons on PATH.
    Raises `ZigNotFoundError` for a variable that names no program.
    """
    for variable in _VARIABLES:
        if env.get(variable):
            return _named(variable, env)
    for prefix in (env.get("VIRTUAL_ENV"), env.get("CONDA_PREFIX"), sys.prefix):
        found = _of_prefix(prefix) if prefix else None
        if found is not None:
            return Zig((found,), f"ziglang in {prefix}")
    for entry in sys.path:
        found = _of_site(entry)
        if found is not None:
            return Zig((found,), f"ziglang in {entry}")
    on_path = find_command("zig", env)
    if on_path is not None:
        return Zig((on_path,), "on PATH")
    return _of_other_pythons(env)


def links_with_zig(target: Triple) -> bool:
    """Return whether zig links for a target."""
    return zig_target(target) is not None


@lru_cache(maxsize=8)
def zig_version(zig: Zig) -> str:
    """Return the version that a zig says it is: some 5 ms.

    Raises `ZigNotFoundError` for a program that does not answer.
    """
    import subprocess

    try:
        done = subprocess.run(
            [*zig.words, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise ZigNotFoundError(f"{zig} does not run: {error.strerror}") from error
    answer = done.stdout.decode(errors="replace").strip()
    if done.returncode != 0 or not answer:
        said = done.stderr.decode(errors="replace").strip()
        problem = said.rpartition("\n")[2] or f"exit status {done.returncode}"
        raise ZigNotFoundError(f"{zig} does not tell its version: {problem}")
    if not answer[0].isdigit() or "\n" in answer:
        line = answer.partition("\n")[0]
        raise ZigNotFoundError(f'{zig} is another program: it says "{line}"')
    return answer


def zig_linker(target: Triple, glibc: str, env: Mapping[str, str]) -> Linker:
    """Return zig as the linker of a target, against a version of glibc.

    Writes the wrappers where they are missing. Raises `ZigTargetError` and
    `ZigNotFoundError`.
    """
    wanted = zig_target(target, glibc)
    if wanted is None:
        raise ZigTargetError(target.text)
    zig = find_zig(env)
    if zig is None:
        raise ZigNotFoundError("zig is not on this machine")
    root = cache.folder(env, "tools")
    base = root / "zig" if root is not None else Path(_temporary(env), "ferrule-zig")
    wrappers = write_wrappers(base, target, wanted, zig_version(zig))
    log.debug(f"zig is {zig} ({zig.origin})")
    environment = {
        "FERRULE_ZIG": "\n".join(zig.words),
        "FERRULE_ZIG_PYTHON": sys.executable,
        **_cache_variables(env),
    }
    label = f"zig-{wanted.text}"
    reason = f"zig for {wanted.text}: {zig.origin}"
    tools = {**wrappers.tools, **_bindgen(zig, wanted.text)}
    return Linker("zig", wrappers.cc, tools, reason, environment, label)


def _bindgen(zig: Zig, target: str) -> dict[str, str]:
    import shlex

    from ferrule.target.linkers.zig_headers import clang_arguments

    arguments = clang_arguments(zig.words[0], target)
    return {"BINDGEN_EXTRA_CLANG_ARGS": shlex.join(arguments)} if arguments else {}


def tell_first_use(linker: Linker) -> None:
    """Say that the first link for a target takes its time; once per target."""
    mark = Path(linker.program).with_name("used")
    if not mark.is_file():
        log.step(
            f"{linker.label.replace('zig-', 'zig links for ', 1)}: the first link "
            "compiles its C library, which takes some 20 seconds"
        )
        atomic.write_bytes(mark, b"")


def _named(variable: str, env: Mapping[str, str]) -> Zig:
    value = env[variable]
    words = value.split("\n")
    if len(words) == 1 and find_command(value, env) is None:
        import shlex

        words = shlex.split(value, posix=os.name != "nt")
    program = find_command(words[0], env) if words else None
    if program is None:
        raise ZigNotFoundError(f"{variable}={value} names no program")
    if variable != _VARIABLES[0]:
        log.info(f"zig is the one that {variable} names: {value}")
    return Zig((program, *words[1:]), variable)


def _of_prefix(prefix: str) -> str | None:
    if os.name == "nt":
        return _of_site(os.path.join(prefix, "Lib", "site-packages"))
    for folder in sorted(Path(prefix, "lib").glob("python3*/site-packages/ziglang")):
        found = _of_site(str(folder.parent))
        if found is not None:
            return found
    return None


def _of_site(folder: str) -> str | None:
    path = os.path.join(folder, "ziglang", _PROGRAM)
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else None


def _of_other_pythons(env: Mapping[str, str]) -> Zig | None:
    """Return the zig beside a `python-zig` script or a Python on PATH."""
    for name in ("python-zig", "python3", "python"):
        script = find_command(name, env)
        if script is None:
            continue
        for prefix in _prefixes(script, env):
            found = _of_prefix(prefix)
            if found is not None:
                return Zig((found,), f"ziglang in {prefix}")
    return None


def _prefixes(script: str, env: Mapping[str, str]) -> Iterator[str]:
    yield os.path.dirname(os.path.dirname(script))
    yield os.path.dirname(os.path.dirname(os.path.realpath(script)))
    yield os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local")


def _temporary(env: Mapping[str, str]) -> str:
    return env.get("TMPDIR") or env.get("TEMP") or "/tmp"  # noqa: S108


def _cache_variables(env: Mapping[str, str]) -> dict[str, str]:
    """Return where zig keeps what it compiles, if it could not know otherwise."""
    is_known = any(
        env.get(name)
        for name in ("ZIG_GLOBAL_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA")
    )
    if is_known:
        return {}
    folder = cache.folder(env, "tools")
    return {"ZIG_GLOBAL_CACHE_DIR": str(folder / "zig-cache")} if folder else {}
