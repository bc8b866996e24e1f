"""Tries a written bundle where nothing of this machine is but its C library.

The place is a mount namespace of an unprivileged user (user_namespaces(7)) whose
root holds the bundle, read-only and under another path, and the files of the C
library. Where the system does not allow that, the bundle is tried where it was
written, without environment variables, and what it loaded is looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ferrule import log
from ferrule.bundle.closure.linux import C_LIBRARY, DRIVERS
from ferrule.errors.bundle import BundleVerificationError

__all__ = ["Trial", "try_bundle", "try_emulated"]

_TIMEOUT_S: Final = 300
_PLACE: Final = "/moved/here"
_CACHE: Final = "/tmp/cache"  # noqa: S108 - of the isolated place
_NO_NAMESPACE: Final = 97
"""Exit status of the script where the system allows no namespace."""

_QUESTION: Final = """\
import sys
# Literals: a trimmed bundle may have no json.
wanted = eval(sys.argv[2])
problems, notes = [], []
# Python 3.9 does not tell its own modules: any may be the one that is missing.
names = getattr(sys, "stdlib_module_names", None)
present = names and {*wanted["modules"], *names}
def missing(error):
    # What no package brings is missing wherever these packages are.
    while error is not None:
        name = (getattr(error, "name", None) or "").partition(".")[0]
        is_own = not present or name in present or "was left out by" in str(error)
        if name and isinstance(error, ModuleNotFoundError) and not is_own:
            return name
        error = error.__cause__ or error.__context__
for name in wanted["modules"]:
    try:
        __import__(name)
    except BaseException as error:
        if name in wanted["extras"] and missing(error):
            notes.append("%s cannot be imported without %s, which only an extra "
                "requires" % (name, missing(error)))
            continue
        text = str(error).strip().splitlines()
        problems.append("import %s: %s: %s" % (
            name, type(error).__name__, text[-1] if text else ""))
windows = sys.platform == "win32"
prefix = sys.prefix + ("\\\\" if windows else "/")
for folder in sys.path:
    if not folder.startswith(prefix):
        problems.append("sys.path holds " + folder)
if not (sys.executable + prefix[-1]).startswith(prefix):
    problems.append("sys.executable is " + sys.executable)
try:
    # What Windows loads is not a file of the emulator.
    path = "/proc/self/maps" if not windows else "NUL"
    with open(path, encoding="utf-8", errors="surrogateescape") as maps:
        loaded = {line.split(None, 5)[5].strip() for line in maps if "/" in line}
except OSError:
    loaded = set()
for path in sorted(loaded):
    name = path.rpartition("/")[2]
    # A single file is its own prefix, and its libraries are files of memory, of
    # a cache, or of the folder beside it.
    inside = (prefix, prefix[:-1], "/memfd:", *wanted["inside"])
    outside = path.startswith("/") and not path.startswith(inside)
    if outside and ".so" in name and not name.startswith(tuple(wanted["system"])):
        problems.append("it loads %s from outside of the bundle" % path)
sys.stdout.write("\\n<<ferrule " + ascii([problems, notes]) + " ferrule>>\\n")
"""

_ENTER: Final = """\
import ctypes, json, os, sys
orders = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUSER, BIND, REC, PRIVATE, RDONLY, REMOUNT = (
    0x20000, 0x10000000, 0x1000, 0x4000, 0x40000, 1, 32)
def refuse(status):
    if status != 0:
        sys.exit(97)
def mount(source, target, kind, flags):
    return libc.mount(os.fsencode(source), os.fsencode(target), kind, flags, None)
uid, gid = os.getuid(), os.getgid()
refuse(libc.unshare(NEWUSER | NEWNS))
try:
    with open("/proc/self/setgroups", "w") as stream:
        stream.write("deny")
    with open("/proc/self/uid_map", "w") as stream:
        stream.write("%d %d 1" % (uid, uid))
    with open("/proc/self/gid_map", "w") as stream:
        stream.write("%d %d 1" % (gid, gid))
except OSError:
    sys.exit(97)
root = orders["root"]
refuse(mount("none", "/", None, REC | PRIVATE))
refuse(mount("none", root, b"tmpfs", 0))
for source, target in orders["binds"]:
    place = root + target
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    else:
        open(place, "w").close()
    refuse(mount(source, place, None, BIND | REC))
    if target == orders["place"]:
        # Flags of the file system below must be kept by an unprivileged user.
        state = os.statvfs(place).f_flag & (2 | 4 | 8 | 1024 | 2048)
        if mount("none", place, None, BIND | REMOUNT | RDONLY | state) != 0:
            mount("none", place, None, BIND | REMOUNT | RDONLY)
os.makedirs(root + "/tmp", exist_ok=True)
os.chroot(root)
os.chdir("/")
os.execve(orders["argv"][0], orders["argv"], orders["env"])
"""


@dataclass(frozen=True)
class Trial:
    """What is tried."""

    folder: Path
    """Where the bundle was written."""
    program: str
    """The probe: its path below the folder."""
    modules: tuple[str, ...]
    """What must be importable."""
    system_libraries: tuple[str, ...] = ()
    """Libraries that are left to the machine (globs)."""
    of_extras: tuple[str, ...] = ()
    """Modules that may lack what no package brings."""


def try_bundle(trial: Trial, *, needed: Sequence[Path], env: Mapping[str, str]) -> str:
    """Import what a bundle holds in an isolated place, and return what that was.

    `needed` are the files of this machine's C library. Raises
    `BundleVerificationError`.
    """
    import tempfile

    where = "a root with nothing but the C library"
    with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as root:
        status, output, errors = _run_isolated(trial, root, needed, env)
    if status == _NO_NAMESPACE:
        log.debug("no user namespaces here; the bundle is tried where it lies")
        where = "another folder without environment variables"
        program = trial.folder / trial.program
        with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as private:
            question = _question(trial, (str(trial.folder), private))
            own = {"XDG_CACHE_HOME": private}
            status, output, errors = _run([str(program), *question], own)
    _judge(where, status, output, errors)
    return where


def try_emulated(
    trial: Trial, runner: Sequence[str], name: str, *, env: Mapping[str, str]
) -> str:
    """Import what a bundle for another machine holds, and return where that was.

    `runner` are the words before a program, `name` is what it is called. Raises
    `BundleVerificationError`.
    """
    where = f"another folder, under {name}"
    program = trial.folder / trial.program
    # Emulators find their own files by the user's variables; Python's are ignored.
    clean = {key: value for key, value in env.items() if not key.startswith("PYTHON")}
    words = [*runner, str(program), *_question(trial, (str(trial.folder),))]
    _judge(where, *_run(words, clean))
    return where


def _judge(where: str, status: int, output: str, errors: str) -> None:
    answer = _read_answer(output)
    if answer is None:
        last = errors.strip().splitlines()[-12:]
        answer = [f"exit status {status}", *last], []
    problems, notes = answer
    for note in notes:
        log.info(note)
    if problems:
        raise BundleVerificationError(where, [*problems, *_known(problems)])


def _known(problems: Sequence[str]) -> list[str]:
    """Return what is known about the failures in some lines."""
    from ferrule.diagnosis import Context, diagnose

    found = diagnose("\n".join(problems), Context(tool="ferrule"))
    return [f"{item.title}: ferrule explain {item.id}" for item in found]


def _run_isolated(
    trial: Trial, root: str, needed: Sequence[Path], env: Mapping[str, str]
) -> tuple[int, str, str]:
    import json

    if not sys.platform.startswith("linux"):
        return _NO_NAMESPACE, "", ""
    binds = [(str(trial.folder), _PLACE)]
    binds += [(os.path.realpath(path), str(path)) for path in needed]
    binds += [
        (path, path)
        for path in ("/proc", "/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")
        if os.path.exists(path)
    ]
    orders = {
        "root": root,
        "binds": binds,
        "place": _PLACE,
        "argv": [f"{_PLACE}/{trial.program}", *_question(trial, (_PLACE, _CACHE))],
        # Only what opens its libraries from a cache looks at it.
        "env": {"XDG_CACHE_HOME": _CACHE},
    }
    # In the namespace only this process's own files are open to it.
    return _run([sys.executable, "-I", "-S", "-c", _ENTER, json.dumps(orders)], env)


def _question(trial: Trial, inside: Sequence[str] = ()) -> list[str]:
    system = [
        *(name.partition(".")[0] + "." for name in sorted(C_LIBRARY)),
        *(name.partition("*")[0] for name in (*DRIVERS, *trial.system_libraries)),
        *("ld-", "ld64.", "libnss_", "libc-", "libc."),
    ]
    folders = [f"{folder}/" for folder in inside]
    facts = {
        "modules": trial.modules,
        "extras": trial.of_extras,
        "system": system,
        "inside": folders,
    }
    return [_QUESTION, ascii(facts)]


def _run(argv: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
    import subprocess

    try:
        done = subprocess.run(
            list(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, "", f"it did not end within {_TIMEOUT_S} seconds"
    except OSError as error:
        return 1, "", str(error)
    return done.returncode, done.stdout, done.stderr


def _read_answer(output: str) -> tuple[list[str], list[str]] | None:
    """Return problems and notes; None where the question was not answered."""
    from ast import literal_eval

    before, mark, rest = output.rpartition("\n<<ferrule ")
    text, end, _ = rest.partition(" ferrule>>")
    if not mark or not end:
        return None
    del before
    problems, notes = literal_eval(text)
    return list(map(str, problems)), list(map(str, notes))
