"""Linking for Windows with Microsoft's libraries, on other systems.

What is needed is a folder as `xwin splat` and cargo-xwin leave it (`crt` and
`sdk`), a linker that understands the arguments of link.exe (LLVM's `lld-link`, or
the `rust-lld` of the toolchain), and `clang-cl` where crates compile C. LIB and
INCLUDE tell them where the files are, as a developer's prompt on Windows does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import log
from ferrule.errors.target import WindowsSdkError
from ferrule.python.search import find_command
from ferrule.target.linkers.model import Linker

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["find_sdk", "parse_exports", "sdk_linker", "xwin_linker"]

_MACHINES: Final = {
    "aarch64": ("aarch64", "arm64"),
    "i586": ("x86",),
    "i686": ("x86",),
    "x86_64": ("x86_64", "x64"),
}
"""How xwin, and with `--preserve-ms-arch-notation` Microsoft, name an architecture."""
_LIBRARIES: Final = ("crt/lib", "sdk/lib/um", "sdk/lib/ucrt")
_HEADERS: Final = (
    "crt/include",
    "sdk/include/ucrt",
    "sdk/include/um",
    "sdk/include/shared",
    "sdk/include/winrt",
)
_KEPT: Final = ("PATH", "WINEDEBUG")
"""What `cargo xwin env` prints and a build does not need."""


def find_sdk(env: Mapping[str, str]) -> Path | None:
    """Return a folder with Microsoft's libraries, or None; nothing is fetched.

    That are `XWIN_DIR`, and where cargo-xwin keeps them (`XWIN_CACHE_DIR`).
    Raises `WindowsSdkError` for a variable that names no such folder.
    """
    named = env.get("XWIN_DIR")
    if named:
        folder = Path(named).absolute()
        if _is_sdk(folder):
            return folder
        raise WindowsSdkError(
            f"XWIN_DIR={named} holds no Windows SDK",
            why=["looked for crt/lib and sdk/lib in it"],
            fix=f"xwin --accept-license splat --output {named}",
        )
    for folder in _caches(env):
        if _is_sdk(folder):
            return folder
    return None


def sdk_linker(target: Triple, folder: Path, env: Mapping[str, str]) -> Linker:
    """Return a linker that uses the libraries in a folder.

    Raises `WindowsSdkError` where they lack the architecture.
    """
    libraries = []
    for place in _LIBRARIES:
        found = _library_folder(folder / place, target.architecture)
        if found is None:
            there = _names(folder / place)
            raise WindowsSdkError(
                f"{folder} holds no Windows SDK for {target.architecture}",
                why=[f"{place} has {', '.join(there) or 'nothing'}"],
                fix="fetch it too: XWIN_ARCH=x86,x86_64,aarch64 with cargo-xwin, "
                "--arch with xwin",
            )
        libraries.append(str(found))
    headers = [str(folder / place) for place in _HEADERS if (folder / place).is_dir()]
    environment = {
        "LIB": _joined(libraries, env.get("LIB", "")),
        "INCLUDE": _joined(headers, env.get("INCLUDE", "")),
    }
    linker = "lld-link" if find_command("lld-link", env) else "rust-lld"
    reason = f"{linker} with {folder}"
    return Linker("xwin", linker, _tools(target, env), reason, environment)


def xwin_linker(target: Triple, env: Mapping[str, str]) -> Linker:
    """Return the linker for a target of Microsoft's kind.

    Where no libraries lie ready, cargo-xwin is asked for its environment; it may
    fetch them. Raises `WindowsSdkError`.
    """
    if not (target.is_windows and target.environment == "msvc"):
        raise WindowsSdkError(
            f"xwin does not link for {target}",
            why=["it brings Microsoft's libraries, for *-pc-windows-msvc"],
            fix="leave --xwin away for this target",
        )
    folder = find_sdk(env)
    if folder is not None:
        return sdk_linker(target, folder, env)
    program = find_command("cargo-xwin", env)
    if program is None:
        looked = ", ".join(map(str, _caches(env)))
        raise WindowsSdkError(
            f"nothing on this machine links for {target}",
            why=[f"no cargo-xwin on PATH, no XWIN_DIR, and no libraries in {looked}"],
        )
    log.step("cargo-xwin prepares Microsoft's libraries")
    variables = parse_exports(_ask(program, target, env))
    return Linker("xwin", "", {}, f"cargo-xwin ({program})", variables)


def parse_exports(text: str) -> dict[str, str]:
    """Return the variables that `cargo xwin env` prints for a shell.

    >>> parse_exports('export CC="clang";')
    {'CC': 'clang'}
    """
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        is_export = name.startswith("export ") and value.endswith('";')
        if equals and is_export and value.startswith('"'):
            found[name[len("export ") :].strip()] = value[1:-2]
    return {name: value for name, value in found.items() if name not in _KEPT}


def _ask(program: str, target: Triple, env: Mapping[str, str]) -> str:
    import subprocess

    done = subprocess.run(
        [program, "xwin", "env", "--target", target.text],
        env=dict(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0 or "export " not in done.stdout:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise WindowsSdkError(
            f"`cargo xwin env --target {target}` failed with exit status "
            f"{done.returncode}",
            why=lines[-5:],
            fix="run it by itself until it works, or name a folder that xwin has "
            "filled with XWIN_DIR",
        )
    return done.stdout


def _tools(target: Triple, env: Mapping[str, str]) -> dict[str, str]:
    if find_command("clang-cl", env) is None:
        return {}
    flags = f"--target={target.architecture}-pc-windows-msvc"
    tools = {"CC": "clang-cl", "CXX": "clang-cl"}
    if find_command("llvm-lib", env):
        tools["AR"] = "llvm-lib"
    return {**tools, "CFLAGS": flags, "CXXFLAGS": f"{flags} /EHsc"}


def _joined(folders: list[str], known: str) -> str:
    # LLVM reads both variables with the separator of Windows on every system.
    return ";".join([*folders, *filter(None, [known])])


def _caches(env: Mapping[str, str]) -> list[Path]:
    home = env.get("HOME") or os.path.expanduser("~")
    bases = [Path(env.get("XDG_CACHE_HOME") or Path(home, ".cache"), "cargo-xwin")]
    bases.append(Path(home, "Library", "Caches", "cargo-xwin"))
    if env.get("XWIN_CACHE_DIR"):
        bases = [Path(env["XWIN_CACHE_DIR"])]
    return [base / "xwin" for base in bases]


def _is_sdk(folder: Path) -> bool:
    return (folder / "crt" / "lib").is_dir() and (folder / "sdk" / "lib").is_dir()


def _library_folder(folder: Path, architecture: str) -> Path | None:
    for name in _MACHINES.get(architecture, ()):
        if (folder / name).is_dir():
            return folder / name
    return None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
