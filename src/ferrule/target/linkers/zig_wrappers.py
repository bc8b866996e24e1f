"""The programs that stand for zig: a C compiler, a C++ compiler, ar, ranlib.

On POSIX they are shell scripts, which cost a millisecond where an interpreter
costs twenty; a word that zig does not take makes them filter, or hand over to
`zig_script.py`. On Windows they are batch files that start that script. A folder
is named by a hash of its content and never changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import atomic
from ferrule.target.linkers.apple_stubs import apple_stubs
from ferrule.target.linkers.zig_rules import Rules, rules_for

if TYPE_CHECKING:
    from ferrule.target.linkers.zig_targets import ZigTarget
    from ferrule.target.triple import Triple

__all__ = ["Wrappers", "write_wrappers"]

_TOOLS: Final = ("ar", "ranlib", "dlltool", "rc")
_COMPILER: Final = """\
#!/bin/sh
# Written by ferrule: zig as a compiler for {target}.
IFS='
'
set -f
zig=${{FERRULE_ZIG:-zig}}
plan=keep
for word do
  case $word in
    {filtered}) test $plan = rewrite || plan=filter ;;
    {rewritten}) plan=rewrite ;;
  esac
done
if test $plan = rewrite; then
  exec "${{FERRULE_ZIG_PYTHON:-python3}}" "${{0%/*}}/zig_script.py" {mode} "$@"
fi
if test $plan = filter; then
  for word do
    shift
    case $word in
      {dropped}) ;;
{renamed}      *) set -- "$@" "$word" ;;
    esac
  done
fi
{sdk}exec $zig {mode} -fno-sanitize=all -target {target}{version}{cpu} "$@"
"""
_SDK: Final = """\
if test -n "$SDKROOT"; then
  set -- "-L$SDKROOT/usr/lib" "-F$SDKROOT/System/Library/Frameworks" "$@"
else
  set -- "-L${0%/*}/lib" "-F${0%/*}/Frameworks" "$@"
fi
"""
_PLAIN: Final = """\
#!/bin/sh
# Written by ferrule.
IFS='
'
set -f
exec ${{FERRULE_ZIG:-zig}} {mode} "$@"
"""
_BATCH: Final = """\
@echo off\r
setlocal\r
if "%FERRULE_ZIG_PYTHON%"=="" set FERRULE_ZIG_PYTHON=python\r
"%FERRULE_ZIG_PYTHON%" "%~dp0zig_script.py" {mode} %*\r
exit /b %ERRORLEVEL%\r
"""
_CMAKE: Final = """\
set(CMAKE_SYSTEM_NAME {system})
set(CMAKE_SYSTEM_PROCESSOR {machine})
set(CMAKE_C_COMPILER "{folder}/cc{ending}")
set(CMAKE_CXX_COMPILER "{folder}/c++{ending}")
set(CMAKE_AR "{folder}/ar{ending}")
set(CMAKE_RANLIB "{folder}/ranlib{ending}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
"""
_CMAKE_SYSTEMS: Final = {
    "linux": "Linux",
    "darwin": "Darwin",
    "windows": "Windows",
    "freebsd": "FreeBSD",
    "netbsd": "NetBSD",
}


@dataclass(frozen=True)
class Wrappers:
    """The wrappers of one target."""

    folder: Path
    ending: str

    @property
    def cc(self) -> str:
        """Return the C compiler, which links too."""
        return self._path("cc")

    @property
    def tools(self) -> dict[str, str]:
        """Return the programs by the variables that build scripts read."""
        return {
            "CC": self._path("cc"),
            "CXX": self._path("c++"),
            "AR": self._path("ar"),
            "RANLIB": self._path("ranlib"),
            "CMAKE_TOOLCHAIN_FILE": str(self.folder / "toolchain.cmake"),
        }

    def _path(self, name: str) -> str:
        return str(self.folder / f"{name}{self.ending}")


def write_wrappers(
    base: Path, target: Triple, wanted: ZigTarget, version: str = ""
) -> Wrappers:
    """Return the wrappers for a target, written below `base` where missing.

    Another `version` of zig gets others: cargo then links anew, and compiles C code
    anew. Raises `WriteError`.
    """
    from hashlib import sha256

    is_windows = os.name == "nt"
    files = _files(target, wanted, is_windows=is_windows)
    content = "\0".join(f"{name}\0{files[name]}" for name in sorted(files))
    digest = sha256(content.encode()).hexdigest()[:12]
    names = (wanted.text, re.sub(r"[^\w.-]", "_", version), digest)
    folder = base / "-".join(filter(None, names))
    ending = ".bat" if is_windows else ""
    files["toolchain.cmake"] = _cmake(target, folder, ending)
    for name in sorted(files):
        if not (folder / name).is_file():
            atomic.write_bytes(folder / name, files[name].encode(), mode=0o755)
    return Wrappers(folder, ending)


def _files(target: Triple, wanted: ZigTarget, *, is_windows: bool) -> dict[str, str]:
    import json

    rules = rules_for(target)
    table = {
        **rules.to_json(),
        "target": wanted.text,
        "processor": wanted.processor,
        "macos": wanted.macos,
    }
    files = {
        "zig_script.py": _read("zig_script.py"),
        "rules.json": json.dumps(table, indent=1, sort_keys=True) + "\n",
    }
    if wanted.macos:
        files["zig_exports.py"] = _read("zig_exports.py")
        files.update(apple_stubs())
    for mode in ("cc", "c++", *_TOOLS):
        if is_windows:
            files[f"{mode}.bat"] = _BATCH.format(mode=mode)
        elif mode in _TOOLS:
            files[mode] = _PLAIN.format(mode=mode)
        else:
            files[mode] = _compiler(mode, rules, wanted)
    return files


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _compiler(mode: str, rules: Rules, wanted: ZigTarget) -> str:
    version = f".${{MACOSX_DEPLOYMENT_TARGET:-{wanted.macos}}}-none"
    renamed = [f'      {old}) set -- "$@" {new} ;;\n' for old, new in rules.renamed]
    filtered = [*rules.dropped, *(old for old, _ in rules.renamed)]
    return _COMPILER.format(
        mode=mode,
        target=wanted.text,
        filtered=_patterns(filtered),
        rewritten=_patterns(rules.rewritten),
        dropped=_patterns(rules.dropped),
        renamed="".join(renamed),
        sdk=_SDK if wanted.macos else "",
        version=version if wanted.macos else "",
        cpu=f" -mcpu={wanted.processor}" if wanted.processor else "",
    )


def _patterns(items: Sequence[str]) -> str:
    return "|".join(items)


def _cmake(target: Triple, folder: Path, ending: str) -> str:
    return _CMAKE.format(
        system=_CMAKE_SYSTEMS.get(target.system, "Generic"),
        machine=target.architecture,
        folder=folder.as_posix(),
        ending=ending,
    )
