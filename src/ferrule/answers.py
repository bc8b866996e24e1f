"""Reading small answers of the per-user cache while importing next to nothing.

A command that was run before ends within a few hundredths of a second, of which
`json`, `hashlib` and `pathlib` would be half. `ferrule.cache` owns the cache: it
writes what is read here, and tells why a folder is not used.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "cache_place",
    "entry_name",
    "header",
    "is_private",
    "parse_json",
    "read",
    "sha256_hex",
]

_SCHEMA = 1


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of a few bytes, without loading OpenSSL where possible."""
    try:
        # What `hashlib` itself has beside OpenSSL, under its two names.
        if sys.version_info >= (3, 12):
            from _sha2 import sha256
        else:
            from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256
    return str(sha256(content).hexdigest())


def parse_json(text: str) -> Any:
    """Return what a JSON text holds that begins with its value.

    CPython's own scanner is what `json` uses; by itself it needs no regular
    expressions. Raises ValueError.
    """
    scanner = _scanner()
    if scanner is None:
        import json

        return json.loads(text)
    try:
        value, end = scanner(text, 0)
    except StopIteration:
        message = "no JSON value"
        raise ValueError(message) from None
    if text[end:].strip():
        message = "something follows the JSON value"
        raise ValueError(message)
    return value


class _Rules:
    """What `json.JSONDecoder` tells the scanner."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int = float, int
    parse_constant = staticmethod(float)
    memo: dict[str, str] = {}  # noqa: RUF012 - CPython has its own


def _scanner() -> Any:
    try:
        from _json import make_scanner

        rules: Any = _Rules
        return make_scanner(rules)
    except (ImportError, AttributeError, TypeError):
        return None


def cache_place(env: Mapping[str, str]) -> str:
    """Return where the cache is, or would be.

    `FERRULE_CACHE_DIR` wins. Otherwise the rule is the platform's: the XDG base
    directory specification, `~/Library/Caches`, or `%LOCALAPPDATA%`.
    """
    chosen = env.get("FERRULE_CACHE_DIR")
    if chosen:
        return os.path.abspath(chosen)
    home = env.get("HOME") or os.path.expanduser("~")
    if os.name == "nt":
        local = env.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(local, "ferrule", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "ferrule")
    xdg = env.get("XDG_CACHE_HOME", "")
    base = xdg if os.path.isabs(xdg) else os.path.join(home, ".cache")
    return os.path.join(base, "ferrule")


def is_private(status: os.stat_result) -> bool:
    """Whether nobody else could have put something into the folder (`lstat`)."""
    import stat

    if not stat.S_ISDIR(status.st_mode):
        return False
    return os.name == "nt" or (
        status.st_uid == os.getuid() and not status.st_mode & 0o022
    )


def entry_name(key: str) -> str:
    """Return the name of the file that holds the answer to `key`."""
    return f"{sha256_hex(key.encode('utf-8', 'surrogateescape'))[:40]}.json"


def header(section: str, body: bytes) -> bytes:
    """Return the line before an answer, by which damage is seen."""
    return f"ferrule-cache {_SCHEMA} {section} {sha256_hex(body)}\n".encode()


def read(env: Mapping[str, str], section: str, key: str) -> Any:
    """Return what `cache.write_json` stored under `key`, or None.

    A folder that is not private is as good as none; nothing is created or told.
    """
    root = cache_place(env)
    try:
        if not is_private(os.lstat(root)):
            return None
        with open(os.path.join(root, section, entry_name(key)), "rb") as stream:
            line, body = stream.readline(), stream.read()
        if line != header(section, body):
            return None
        data = parse_json(body.decode("ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("key") != key:
        return None
    return data.get("value")
