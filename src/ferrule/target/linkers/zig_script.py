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


def rewritten(
    words: Sequence[str], rules: Mapping[str, Any], *, sdk: str = ""
) -> list[str]:
    """Return the arguments as zig takes them, without the wrapper's own."""
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-target" and word in rules["rewritten"]:
            rest[:1] = []
        elif any(fnmatchcase(word, pattern) for pattern in rules["dropped"]):
            continue
        elif word in rules["renamed"]:
            kept.append(rules["renamed"][word])
        elif word == "-liconv" and word in rules["rewritten"]:
            kept += [word] if sdk else []
        elif word.startswith(("-march=", "-mcpu=")):
            kept += _processor(word, rules["processors"])
        elif word.startswith("-Wp,") and not word.startswith("-Wp,-M"):
            kept += word.split(",")[1:]
        elif word.startswith("-Wl,") and word.endswith(".def"):
            kept.append(word[len("-Wl,") :])
        else:
            kept.append(word)
    return kept


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
    return [*zig, mode, *options, *rewritten(words, rules, sdk=sdk)]


def main(argv: Sequence[str]) -> int:
    """Run zig; return its exit status."""
    import json

    folder = os.path.dirname(os.path.abspath(argv[0]))
    with open(os.path.join(folder, "rules.json"), encoding="utf-8") as stream:
        rules = json.load(stream)
    words = command(argv[1], argv[2:], rules, os.environ)
    if sum(map(len, words)) < 30_000:
        return subprocess.call(words)
    return _call_with_file(words)


def _call_with_file(words: list[str]) -> int:
    """Run zig with most of its words in a file: no system takes so many."""
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
