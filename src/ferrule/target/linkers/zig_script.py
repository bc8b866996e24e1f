"""Run zig with the arguments of another compiler, rewritten.

This file is copied beside the wrappers that ferrule writes and imports nothing of
ferrule. The shell scripts start it for arguments that they do not understand;
on Windows it is all there is. It reads `rules.json` beside itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["command", "main", "rewritten"]


_EXPORTS = "-Wl,-exported_symbol*"
_PAIRS = (
    *("-target", "-exported_symbols_list"),
    *("-Wl,-exported_symbols_list", "-Wl,-exported_symbol"),
)
"""Options that are left out together with the next word."""
_VERSIONS = ("-Wl,-current_version,", "-Wl,-compatibility_version,")


def rewritten(words: Sequence[str], rules: Mapping[str, Any]) -> list[str]:
    """Return the arguments as zig takes them, without the wrapper's own."""
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        is_known = _is_any(word, rules["rewritten"])
        if is_known and word in _PAIRS:
            rest[:1] = []
        elif is_known and fnmatchcase(word, _EXPORTS):
            continue  # zig_exports.py does what it asks for
        elif _is_any(word, rules["dropped"]):
            continue
        elif word in rules["renamed"]:
            kept.append(rules["renamed"][word])
        elif word.startswith(("-march=", "-mcpu=")):
            kept += _processor(word, rules["processors"])
        elif word.startswith("-Wp,") and not word.startswith("-Wp,-M"):
            kept += word.split(",")[1:]
        elif word.startswith("-Wl,") and word.endswith(".def"):
            kept.append(word[len("-Wl,") :])
        elif word.startswith(_VERSIONS):
            # zig insists on three numbers.
            kept.append(word + ".0" * (2 - word.count(".")))
        else:
            kept.append(word)
    return kept


def _is_any(word: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(word, pattern) for pattern in patterns)


def _processor(word: str, family: str) -> list[str]:
    """Return `-march` and `-mcpu` in zig's words: `_` for `-`, features by name."""
    option, _, value = word.partition("=")
    name, plus, features = value.partition("+")
    if option == "-march" and family == "aarch64" and name.startswith("armv"):
        level = name[len("armv") :].replace("-a", "a").replace(".", "_")
        base = "" if level == "8a" else "+v" + level
        return ["-mcpu=generic" + base + plus + features]
    if family in ("arm", "riscv") and option == "-march":
        return []
    return [option + "=" + name.replace("-", "_") + plus + features]


def _expanded(words: Sequence[str]) -> list[str]:
    """Return the words with those of response files, which hold one per line."""
    import shlex

    found: list[str] = []
    for word in words:
        if word.startswith("@") and os.path.isfile(word[1:]):
            with open(word[1:], "rb") as stream:
                content = stream.read()
            is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
            text = content.decode("utf-16" if is_wide else "utf-8")
            found += shlex.split(text)
        else:
            found.append(word)
    return found


def command(
    mode: str, words: Sequence[str], rules: Mapping[str, Any], env: Mapping[str, str]
) -> list[str]:
    """Return the whole command line that runs zig."""
    zig = (env.get("FERRULE_ZIG") or "zig").split("\n")
    if mode not in ("cc", "c++"):
        return [*zig, mode, *words]
    words = _expanded(words)
    sdk = env.get("SDKROOT", "") if rules["macos"] else ""
    target = rules["target"]
    if rules["macos"]:
        version = env.get("MACOSX_DEPLOYMENT_TARGET") or rules["macos"]
        target = target + "." + version + "-none"
    options = ["-fno-sanitize=all", "-target", target]
    if rules["processor"]:
        options.append("-mcpu=" + rules["processor"])
    if sdk:
        options += ["-L" + sdk + "/usr/lib", "-F" + sdk + "/System/Library/Frameworks"]
    elif rules["macos"]:
        here = os.path.dirname(os.path.abspath(__file__))
        options += ["-L" + here + "/lib", "-F" + here + "/Frameworks"]
    return [*zig, mode, *options, *rewritten(words, rules)]


def main(argv: Sequence[str]) -> int:
    """Run zig; return its exit status."""
    import json

    folder = os.path.dirname(os.path.abspath(argv[0]))
    with open(os.path.join(folder, "rules.json"), encoding="utf-8") as stream:
        rules = json.load(stream)
    words = command(argv[1], argv[2:], rules, os.environ)
    if not rules["macos"]:
        return _call(words)
    import runpy

    exports = runpy.run_path(os.path.join(folder, "zig_exports.py"))
    try:
        names = exports["exported_names"](_expanded(argv[2:]))
        if names is None:
            return _call(words)
        with exports["private_copies"](words, names) as copied:
            return _call(copied)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename}: {error.strerror}\n")
        return 1


def _call(words: list[str]) -> int:
    """Run zig, with most of its words in a file where no system takes so many."""
    if sum(map(len, words)) < 30_000:
        return subprocess.call(words)
    import tempfile

    place = words.index("-fno-sanitize=all")
    quoted = ['"' + word.replace('"', '\\"') + '"' for word in words[place:]]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "arguments")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(quoted))
        return subprocess.call([*words[:place], "@" + path])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
