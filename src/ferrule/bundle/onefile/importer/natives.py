"""Gives libraries of the payload to the loader of the operating system.

Policies: `memory` (a sealed file that only memory holds), `cache` (a verified
private folder), `beside` (a verified folder next to the program), and `auto`:
memory, and the cache where a system forbids to map such files as code.
"""

import _ferrule
import os

import _ferrule_importer as importer

opened = {}
"""Libraries that other libraries need, by path: they stay open."""
_count = 0
VARIABLE = "FERRULE_EXT_LOAD"
CHOICES = ("auto", "memory", "cache")
ABSENT = "cannot open shared object file"
REFUSED = (
    "failed to map segment",
    ABSENT,
    "Operation not permitted",
    "Permission denied",
    "Function not implemented",
)
"""What the loader says when a system forbids to map a file of memory as code."""


def _choose():
    """Return the policy: the bundle's, or the user's where the bundle allows it."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted or not importer.meta["may_override"] or _ferrule.is_privileged():
        return importer.meta["policy"]
    if wanted not in CHOICES:
        text = VARIABLE + " is " + repr(wanted) + "; it can be " + ", ".join(CHOICES)
        raise ImportError(text)
    return wanted


_policy = _choose()


def open_library(path, entry, call):
    """Open what a library needs, then `call` with a path that it can be opened by."""
    for needed in importer.needs.get(path, ()):
        if needed in opened:
            continue
        if needed in importer.meta["circles"]:
            _open_circle(importer.meta["circles"][needed])
        else:
            opened[needed] = _open(needed, importer.libraries[needed], _ferrule.load)
    if path in opened and path in importer.meta["circles"]:
        return call(opened[path])
    return _open(path, entry, call)


def _open_circle(circle):
    """Open libraries that need each other, by the descriptors that they name."""
    global _policy
    numbers = []
    try:
        for number, path in circle:
            file = _descriptor(path, importer.libraries[path])
            try:
                _place(file, number, path)
            finally:
                os.close(file)
            numbers.append(number)
        for number, path in circle:
            place = "/proc/self/fd/" + str(number)
            _ferrule.load(place)
            opened[path] = place
    except (ImportError, OSError) as error:
        if _policy != "auto" or not _is_refusal(error):
            raise
        _policy = "cache"
    else:
        return
    finally:
        for number in numbers:
            os.close(number)
    _open_circle(circle)


def _place(file, number, path):
    try:
        os.fstat(number)
    except OSError:
        os.dup2(file, number, inheritable=False)
        return
    text = " is opened by the descriptor " + str(number) + ", which is in use: "
    raise ImportError(path + text + "import what needs it earlier", path=path)


def _descriptor(path, entry):
    if _policy in ("auto", "memory"):
        return memory_file(path, entry)
    return _provider()(path, entry)[0]


def _provider():
    if _policy == "beside":
        from _ferrule_beside import provide
    else:
        from _ferrule_cache import provide
    return provide


def _open(path, entry, call):
    global _policy
    if _policy in ("auto", "memory"):
        try:
            return _call(memory_file(path, entry), call)
        except (ImportError, OSError) as error:
            if _policy == "memory" or not _is_refusal(error):
                raise
            _policy = "cache"
    file, place = _provider()(path, entry)
    # What was verified is opened; a path could be another file by now.
    has_descriptors = _has_descriptors()
    if not has_descriptors and not _is_sheltered(os.path.dirname(place)):
        os.close(file)
        text = "without /proc nothing is opened in folders that others can change: "
        raise ImportError(text + place, path=place)
    try:
        return _call(file, call if has_descriptors else lambda _: call(place))
    except ImportError as error:
        if REFUSED[0] not in str(error):
            raise
        text = "this system lets no library be opened in " + os.path.dirname(place)
        raise ImportError(text + " (noexec?): " + str(error), path=place) from error


def _is_sheltered(folder):
    """Return whether nobody else can put another file in place of one in a folder."""
    while True:
        found = os.lstat(folder)
        is_open = found.st_mode & 0o022 and not found.st_mode & 0o1000
        if found.st_uid not in (0, os.geteuid()) or is_open:
            return False
        if found.st_mode & 0o170000 != 0o040000:
            return False
        if folder == "/":
            return True
        folder = os.path.dirname(folder)


def _is_refusal(error):
    if isinstance(error, OSError):
        return True
    text = str(error)
    # It may also be another library that is missing, by its name.
    is_own = text.startswith("/proc/self/fd/") or ABSENT not in text
    return is_own and any(item in text for item in REFUSED)


def _has_descriptors():
    return os.path.exists("/proc/self/fd")


def _call(file, call):
    try:
        return call(spell(file))
    finally:
        os.close(file)


def memory_file(path, entry):
    """Return the descriptor of a sealed copy of a member."""
    name = path.rpartition("/")[2][-200:]
    total = importer.meta["sums"].get(path)
    if total is not None:
        return _ferrule.library_file(name, entry, int.from_bytes(total, "little"))
    return _ferrule.memory_file(name, read(path, entry))


def data_file(path, entry):
    """Return the descriptor of a copy for reading, on any system.

    Without files of memory it is one that never has a name.
    """
    content = read(path, entry)
    try:
        return _ferrule.memory_file(path.rpartition("/")[2][-200:], content)
    except OSError as error:
        refusal = error
    for folder in ("/dev/shm", "/var/tmp", "/tmp"):
        try:
            flags = os.O_TMPFILE | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC
            file = os.open(folder, flags, 0o600)
        except OSError:
            continue
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
            return file
        except OSError:
            os.close(file)
    raise refusal


def read(path, entry):
    """Return the content of a file, which may be a library beside the program."""
    if not importer.meta["beside"] or any(entry[8:16]) or not any(entry[16:24]):
        return importer.read_member(entry)
    from _ferrule_beside import provide

    file, _ = provide(path, entry)
    with open(file, "rb") as stream:
        return stream.read()


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
        return _open_seeming(path, lambda place: plain(place, *rest, **named))

    setattr(module, name, wrapped)
    if not hasattr(module, "FFI"):
        return

    # Modules that cffi writes in Python have one; its own methods cannot be replaced.
    class FFI(module.FFI):
        def dlopen(self, name, *rest):
            find = super().dlopen
            return _open_seeming(name, lambda place: find(place, *rest))

    module.FFI = FFI


def _open_seeming(path, call):
    """Call with the path of a library, or of its copy if it is in the program."""
    text = os.fspath(path) if hasattr(path, "__fspath__") else path
    start = importer.root + "/"
    if isinstance(text, str) and text.startswith(start):
        inner = os.path.normpath(text[len(start) :])
        from _ferrule_resources import find_file

        entry = find_file(inner)
        if entry is not None:
            return open_library(inner, entry, call)
    return call(path)


def in_memory():
    """Return whether files may be offered as files of memory."""
    return _policy in ("auto", "memory") and _has_descriptors()
