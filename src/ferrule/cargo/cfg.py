"""Whether a `cfg(...)` expression holds for a target.

The Rust Reference, "Conditional compilation". Only what a triple tells is known:
system, architecture, environment, vendor and family. Anything else counts as
true, for a flag that may hold must not be overlooked.
"""

from __future__ import annotations

import re

__all__ = ["holds"]

_ARCHITECTURES = {
    "i386": "x86",
    "i586": "x86",
    "i686": "x86",
    "armv7": "arm",
    "armv6": "arm",
    "thumbv7neon": "arm",
    "powerpc64le": "powerpc64",
    "riscv64gc": "riscv64",
    "riscv64a23": "riscv64",
}
_SYSTEMS = {"darwin": "macos"}
_WORD = r'\s*(\(|\)|,|\w+\s*=\s*"[^"]*"|\w+)'


def holds(expression: str, triple: str) -> bool:
    """Return whether `cfg(EXPRESSION)` is true for a target triple.

    >>> holds('cfg(all(unix, not(target_os = "macos")))', "aarch64-apple-darwin")
    False
    """
    tokens = re.findall(_WORD, expression)
    value, _ = _evaluate(tokens, 0, _facts(triple))
    return value


def _evaluate(tokens: list[str], place: int, facts: dict[str, str]) -> tuple[bool, int]:
    """Return the value of the expression at `place`, and where it ends."""
    word = tokens[place] if place < len(tokens) else "true"
    place += 1
    if place >= len(tokens) or tokens[place] != "(":
        return _is_true(word, facts), place
    place += 1
    values = []
    while place < len(tokens) and tokens[place] != ")":
        if tokens[place] == ",":
            place += 1
            continue
        value, place = _evaluate(tokens, place, facts)
        values.append(value)
    if word == "not":
        return not all(values), place + 1
    return (any(values) if word == "any" else all(values)), place + 1


def _is_true(word: str, facts: dict[str, str]) -> bool:
    if word in ("unix", "windows"):
        return facts["target_family"] == word
    name, sign, value = (part.strip() for part in word.partition("="))
    if not sign:
        return word != "false"
    return name not in facts or facts[name] == value.strip('"')


def _facts(triple: str) -> dict[str, str]:
    arch, vendor, *rest = [*triple.split("-"), "", ""][:4]
    system, environment = (*rest, "", "")[:2]
    if vendor in ("linux", "none", "wasip1"):
        vendor, system, environment = "unknown", vendor, system
    families = {"windows": "windows", "unknown": "wasm", "emscripten": "wasm"}
    return {
        "target_arch": _ARCHITECTURES.get(arch, arch),
        "target_vendor": vendor,
        "target_os": _SYSTEMS.get(system, system),
        "target_env": re.sub(r"(eabi(hf)?|abi64|x32)$", "", environment),
        "target_family": families.get(system, "unix"),
    }
