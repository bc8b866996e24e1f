"""Gives libraries of the payload to the loader of the operating system.

Policies: `memory` (a sealed file that only memory holds), `cache` (a verified
private folder), and `auto`: memory, and the cache where a system forbids to map
such files as code.
"""

import _ferrule
import os

import _ferrule_importer as importer

opened = {}
"""Libraries that other libraries need, by path: they stay open."""
_policy = importer.meta["policy"]
_count = 0
REFUSED = (
    "failed to map segment",
    "cannot open shared object file",
    "Operation not permitted",
    "Permission denied",
    "Function not implemented",
)
"""What the loader says when a system forbids to map a file of memory as code."""


def open_library(path, entry, call):
    """Open what a library needs, then `call` with a path that it can be opened by."""
    for needed in importer.needs.get(path, ()):
        if needed not in opened:
            opened[needed] = _open(needed, importer.libraries[needed], _ferrule.load)
    return _open(path, entry, call)


def _open(path, entry, call):
    global _policy
    if _policy in ("auto", "memory"):
        try:
            return _call(memory_file(path, entry), call)
        except (ImportError, OSError) as error:
            if _policy == "memory" or not _is_refusal(error):
                raise
            _policy = "cache"
    from _ferrule_cache import provide

    file, place = provide(path, entry)
    # What was verified is opened; a path could be another file by now.
    return _call(file, call if _has_descriptors() else lambda _: call(place))


def _is_refusal(error):
    return isinstance(error, OSError) or any(text in str(error) for text in REFUSED)


def _has_descriptors():
    return os.path.exists("/proc/self/fd")


def _call(file, call):
    try:
        return call(spell(file))
    finally:
        os.close(file)


def memory_file(path, entry):
    """Return the descriptor of a sealed copy of a member."""
    content = importer.read_member(entry)
    return _ferrule.memory_file(path.rpartition("/")[2][-200:], content)


def spell(file):
    """Return a path of a descriptor that was never used before.

    The C library knows opened libraries by their path, and the number of a closed
    descriptor comes back. So each path spells another number by its slashes.
    """
    global _count
    _count += 1
    turns = "".join("./" if bit == "1" else "/" for bit in bin(_count)[2:])
    return "/proc/self/fd/" + turns + str(file)


def wrap_loading(module):
    """Let `ctypes` and `cffi` open libraries by the paths they seem to have."""
    name = "dlopen" if hasattr(module, "dlopen") else "load_library"
    plain = getattr(module, name)

    def wrapped(path=None, *rest, **named):
        text = os.fspath(path) if path is not None else path
        start = importer.root + "/"
        if isinstance(text, str) and text.startswith(start):
            inner = os.path.normpath(text[len(start) :])
            from _ferrule_resources import find_file

            entry = find_file(inner)
            if entry is not None:
                return open_library(
                    inner, entry, lambda place: plain(place, *rest, **named)
                )
        return plain(path, *rest, **named)

    setattr(module, name, wrapped)


def in_memory():
    """Return whether files may be offered as files of memory."""
    return _policy in ("auto", "memory") and _has_descriptors()
