"""Paths of the machine that built a wheel, inside of its files.

They tell private things (names of users and customers), and wheels that hold
them differ between machines. Compilers leave them in panic messages, debug
information and `__FILE__`; tools leave them in generated text. Searching is for
fixed words first, so that it costs milliseconds per hundred megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["Leak", "check_leaks", "find_leaks"]

_TEXT_BYTES = 4 << 20
"""Larger files that are no binaries are data."""
_SAMPLES = 3
_LIMIT = 1000
_REACH = 240
_NAMED = frozenset(
    b"alice bob example foo homebrew linuxbrew me my name user username you your "
    b"yourname youruser shared".split()
)
"""Users that documentation speaks of, and folders that are no user's."""
_WRITTEN = (
    *(".py", ".pyi", ".pyx", ".pxd", ".md", ".rst", ".txt", ".html", ".ipynb", ".mo"),
    *(".dist-info/METADATA", "README", "CHANGELOG", "CHANGES", "NEWS"),
)
_SERVICES = ("builder", "buildozer", "circleci", "runner", "runneradmin", "travis")
"""Users of build services: they name nobody."""
_HOMES = (b"/home/", b"/Users/", b"/root/.", b"\\Users\\")
_STORES = (b"/registry/src/", b"/git/checkouts/", b"\\registry\\src\\")
_BUILD = (b"/out/", b"\\out\\")
_UNIX_MAGICS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_OWN_NAMES = (b"/cargo/", b"/rustc/", b"/project/", b"/target/")
"""What `ferrule.cargo.path_remapping` and rustc put in the place of folders."""
_HOME = re.compile(
    rb"(?P<root>(?:[A-Za-z]:)?(?:/home|/Users|[\\/]Users)[\\/](?P<user>[\w@-][\w.@-]{0,39})"
    rb"|/root)[\\/](?:(?!/home/|/Users/|/root/)[^\x00-\x1f\x7f-\xff\"'`<>|*?]){1,200}"
)
_SOURCE = re.compile(
    rb"\.(?:rs|c|cc|cpp|cxx|h|hh|hpp|inl|inc|s|S|m|mm|pyx|py|go|f90|o|a|so|toml)(?![\w-])"
    rb"|\.rs"
)
_MARKS = (b".cargo", b".rustup", b"target", b"site-packages", b"checkouts", b"work")
_STORE_ROOT = re.compile(rb"(?:[A-Za-z]:)?[\\/](?:[\w.+@~-]+[\\/])*[\w.+@~-]*\Z")
_OUT_DIR = re.compile(
    rb"(?:[A-Za-z]:)?[\\/](?:[\w.+@~-]+[\\/])*?[\w.+@~-]+(?=[\\/](?:[\w-]+[\\/]){1,2}"
    rb"build[\\/][\w-]+-[0-9a-f]{16}[\\/]out[\\/]\Z)"
)


@dataclass
class Leak:
    """A folder of the machine that built the wheel, and paths below it."""

    folder: str
    count: int = 0
    samples: list[str] = field(default_factory=list)


def check_leaks(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield a finding for each file that names folders of a build machine.

    Home folders are warnings, because they name somebody; others are notes. What
    people write is a note too: in sources and documentation they are examples.
    """
    binaries = frozenset(wheel.binary_paths)
    for path, entry in wheel.entries.items():
        is_binary = path in binaries
        if not is_binary and entry.size > _TEXT_BYTES:
            continue
        content = _without_code(wheel, path) if is_binary else _text(wheel, path)
        leaks = find_leaks(content, is_binary=is_binary)
        if not leaks:
            continue
        folders = [f"{leak.folder} ({leak.count} times)" for leak in leaks.values()]
        is_private = any(_is_private(folder) for folder in leaks)
        yield Finding(
            "leaked-path",
            "warning" if is_private and not path.endswith(_WRITTEN) else "note",
            path,
            f"it names folders of the machine that built it: {', '.join(folders)}",
            "build it with `ferrule build --reproducible`, or hand "
            "--remap-path-prefix to rustc and -ffile-prefix-map to C compilers"
            if is_binary
            else "write paths into it that are relative, or found out at run time",
            tuple(sample for leak in leaks.values() for sample in leak.samples),
        )


def _text(wheel: OpenedWheel, path: str) -> bytes:
    content = wheel.content(path)
    # RECORD is compared with it too.
    wheel.keep(path, content)
    return bytes(content)


def _without_code(wheel: OpenedWheel, path: str) -> bytes:
    from ferrule.audit.text_ranges import without_code
    from ferrule.errors.formats import BrokenBinaryError

    try:
        return without_code(wheel.image(path), wheel.content(path))
    except BrokenBinaryError:
        return wheel.read(path)


def find_leaks(content: bytes, *, is_binary: bool) -> Mapping[str, Leak]:
    """Return the folders of a build machine that a file names, by folder.

    Text names a home folder or it names nothing: other paths in it are meant.
    """
    found: dict[str, Leak] = {}
    for root, path in _homes(content, is_binary=is_binary):
        _note(found, root, path)
    if is_binary:
        homes = tuple(found)
        stores = list(_stores(content))
        roots = sorted({root for root, _ in stores}, key=len)
        for root, path in stores:
            # Rust puts strings side by side: what stands before may be another.
            true = next(item for item in roots if root.endswith(item))
            if not true.decode("utf-8", "replace").startswith(homes):
                _note(found, true, path[len(root) - len(true) :])
    return dict(sorted(found.items()))


def _homes(content: bytes, *, is_binary: bool) -> Iterator[tuple[bytes, bytes]]:
    for word in _words(content, _HOMES):
        for position in _positions(content, word):
            start = position - 2 if word[:1] == b"\\" and position > 1 else position
            match = _HOME.match(content, start, start + _REACH)
            if match is None:
                continue
            user = match["user"]
            if user is not None and user.lower() in _NAMED:
                continue
            path = _cut(match[0])
            if is_binary and not _is_built(path):
                continue
            if not is_binary and len(re.split(rb"[\\/]", path)) < 5:
                continue
            yield match["root"], path


def _stores(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield folders of crates' sources and of build scripts' output."""
    for word in _words(content, (*_STORES, *_BUILD)):
        for position in _positions(content, word):
            first = max(position - _REACH, 0)
            if word in _BUILD:
                match = _OUT_DIR.search(content[first : position + len(word)])
            else:
                before = _last_path(content[first:position])
                first = position - len(before)
                match = _STORE_ROOT.search(before)
            if match is None or (match[0] + b"/").startswith(_OWN_NAMES):
                continue
            start = first + match.start()
            yield match[0], _cut(content[start : start + 2 * _REACH])


def _words(content: bytes, words: tuple[bytes, ...]) -> list[bytes]:
    """Return the words to search for; ELF and Mach-O files come from elsewhere."""
    has_backslashes = content[:4] not in _UNIX_MAGICS
    return [word for word in words if has_backslashes or word[:1] != b"\\"]


def _positions(content: bytes, word: bytes) -> Iterator[int]:
    position = content.find(word)
    count = 0
    while position >= 0 and count < _LIMIT:
        yield position
        count += 1
        position = content.find(word, position + len(word))


def _last_path(text: bytes) -> bytes:
    """Return what follows the last file name: Rust puts strings side by side."""
    ends = [match.end() for match in _SOURCE.finditer(text)]
    ends = [end for end in ends if text[end : end + 1] in (b"/", b"\\")]
    return text[ends[-1] :] if ends else text


def _cut(path: bytes) -> bytes:
    """Return a path up to the end of its file name."""
    path = re.split(rb"[\x00-\x1f\x7f-\xff\"'`<>|*?]", path, maxsplit=1)[0]
    match = _SOURCE.search(path)
    return path[: match.end()] if match else path.split(b" ", 1)[0]


def _is_built(path: bytes) -> bool:
    parts = re.split(rb"[\\/]", path)
    return _SOURCE.search(path) is not None or any(mark in parts for mark in _MARKS)


def _is_private(folder: str) -> bool:
    parts = re.split(r"[\\/]", folder)
    place, user = parts[-2:] if len(parts) > 1 else ("", "")
    is_user = user[:1] != "." and user.lower() not in _SERVICES
    return is_user and place in ("home", "Users")


def _note(found: dict[str, Leak], root: bytes, path: bytes) -> None:
    folder = root.decode("utf-8", "replace")
    leak = found.setdefault(folder, Leak(folder))
    leak.count += 1
    sample = path.decode("utf-8", "replace")
    if len(leak.samples) < _SAMPLES and sample not in leak.samples:
        leak.samples.append(sample)
