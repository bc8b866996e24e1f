"""The private cache of libraries, for systems that cannot open them from memory.

Nothing that somebody else could have written is ever opened: each folder on the
way belongs to the user and is writable for nobody else, none is a symbolic link,
every step is taken relative to the folder before it, and each file is compared
with what was noted when its content had been verified. What cannot be trusted is
refused with the reason; a full disk or a missing home is no error of the program.

The folder is `ferrule-programs/NAME/IDENTITY`: a program's name, and the hash of
all that it holds. Whoever uses it shares a lock on the file `lock` in it, whose time
is that of the last use; `_ferrule_sweeping` removes the folders of other versions.
"""

import _ferrule
import os
import stat

import _ferrule_importer as importer

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
SHARED, EXCLUSIVE, NOT_WAITING = 1, 2, 4
_TRIES = 100
_DAY_S = 24 * 3600


class Folder:
    """The folder of this program, open and locked; None before it is needed."""

    number = None
    path = ""
    identity = None
    lock = None


def provide(path, entry):
    """Return descriptor and path of a library; it is written if it is not there.

    Raises `ImportError` where no place can be trusted.
    """
    try:
        return _provide(path, entry)
    except FileNotFoundError:
        # The folder was removed while the program used it: it begins again.
        Folder.number = None
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        return _provide(path, entry)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path, error):
    text = "the library " + path + " cannot be written to " + Folder.path
    return ImportError(text + ": " + str(error), path=path)


def _provide(path, entry):
    folder = _open_folder()
    name = entry[24:56].hex() + ".so"
    file = _open_verified(folder, name, entry)
    if file is None:
        _write(folder, name, entry)
        file = _open_verified(folder, name, entry)
    if file is None:
        raise ImportError("the cache " + Folder.path + " changes while it is used")
    return file, os.path.join(Folder.path, name)


def _open_folder():
    if Folder.number is not None and _identify(Folder.number) != Folder.identity:
        # Daemons close what they do not know, and the number may be another file's.
        Folder.number = None
    if Folder.number is None:
        if _ferrule.is_privileged():
            raise ImportError("a program with more rights than its user has no cache")
        base = _find_base()
        hashed = _ferrule.hash(_ferrule.index()).hex()
        names = ("ferrule-programs", importer.meta["name"], hashed)
        Folder.path = os.path.join(base, *names)
        Folder.number = _walk(base, names)
        Folder.identity = _identify(Folder.number)
    return Folder.number


def _identify(number):
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _find_base():
    """Return the user's cache folder; the home of the user database comes second."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return base
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        try:
            import pwd

            home = pwd.getpwuid(os.geteuid()).pw_dir
        except (ImportError, KeyError):
            home = ""
    if not os.path.isabs(home) or not os.path.isdir(home):
        raise ImportError(
            "libraries of this program are opened from a cache (its own choice, or this "
            "system does not let them be opened from memory), and the user has no home "
            "folder for it: set XDG_CACHE_HOME to a private folder"
        )
    return os.path.join(home, ".cache")


def _walk(base, names):
    """Open the folders below `base` one by one; each is private, the last locked."""
    try:
        os.makedirs(base, 0o700, exist_ok=True)
        above = os.open(base, FOLDER_FLAGS)
    except OSError as error:
        raise ImportError("the cache folder " + base + ": " + str(error)) from error
    path = base
    try:
        check_private(above, path)
        for name in names[:-1]:
            path = os.path.join(path, name)
            inner = _enter(above, name, path)
            os.close(above)
            above = inner
        return _enter_locked(above, names[-1], os.path.join(path, names[-1]))
    finally:
        os.close(above)


def _enter_locked(above, name, path):
    for _ in range(_TRIES):
        inner = _enter(above, name, path)
        if _take_lock(above, inner, name):
            return inner
        os.close(inner)
        from time import sleep

        sleep(0.01)
    raise ImportError("the cache folder " + path + " is being removed")


def _enter(folder, name, path):
    """Open a folder inside of an open one; it is made if it is missing."""
    try:
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            pass
        inner = os.open(name, FOLDER_FLAGS, dir_fd=folder)
    except OSError as error:
        raise ImportError("the cache folder " + path + ": " + str(error)) from error
    try:
        check_private(inner, path)
    except ImportError:
        os.close(inner)
        raise
    return inner


def check_private(folder, path):
    """Raise `ImportError` if others could have written into an open folder."""
    found = os.fstat(folder)
    if found.st_uid != os.geteuid():
        problem = "belongs to user " + str(found.st_uid)
    elif found.st_mode & 0o022:
        problem = "is writable for others (" + oct(found.st_mode & 0o777) + ")"
    else:
        return
    raise ImportError(
        "the cache folder " + path + " " + problem + ": nothing is loaded from it"
    )


def _take_lock(above, folder, name):
    """Share the lock of a folder; false if it is being removed.

    The lock is kept until the process ends, also by processes that it forks.
    """
    try:
        file = os.open("lock", LOCK_FLAGS, 0o600, dir_fd=folder)
    except OSError:
        # A link, or no room for it: the folder is used without a lock, and a
        # sweeper that takes it away is noticed.
        return True
    if not _ferrule.lock(file, SHARED | NOT_WAITING):
        os.close(file)
        return False
    try:
        is_in_place = (
            os.stat(name, dir_fd=above, follow_symlinks=False).st_ino
            == _identify(folder)[1]
        )
    except OSError:
        is_in_place = False
    if not is_in_place:
        os.close(file)
        return False
    Folder.lock = file
    _note_use(above, folder, file, name)
    return True


def _note_use(above, folder, lock, name):
    """Note the time of use, and look for older versions: once a day."""
    from time import time

    found = os.fstat(lock)
    if found.st_size and found.st_mtime > time() - _DAY_S:
        return
    try:
        if not found.st_size:
            os.write(lock, b"used\n")
        os.utime(lock)
        from _ferrule_sweeping import sweep

        sweep(above, folder, name)
    except OSError:
        pass


def _open_verified(folder, name, entry):
    """Return a descriptor of the file; None if it is missing or not as it was."""
    try:
        file = os.open(name, FILE_FLAGS | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:  # a symbolic link, a folder …
        remove(folder, name)
        return None
    found = os.fstat(file)
    is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    is_ours = is_ours and not found.st_mode & 0o022
    if is_ours:
        if not importer.meta["paranoid"] and _read_note(folder, name) == _note(found):
            return file
        if has_digest(file, found, entry):
            _write_note(folder, name, found)
            return file
    os.close(file)
    remove(folder, name)
    return None


def _note(found):
    """Return what is noted about a verified file; any change of it shows here."""
    parts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return " ".join(map(str, parts)).encode()


def _read_note(folder, name):
    try:
        file = os.open(name + ".ok", FILE_FLAGS | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    try:
        found = os.fstat(file)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return None
        return os.read(file, 200)
    except OSError:  # a folder
        return None
    finally:
        os.close(file)


def _write_note(folder, name, found):
    """Note what a verified file looks like; without it, it is verified again."""
    try:
        _create(folder, name + ".ok", _note(found), 0o400)
    except OSError:
        pass


def has_digest(file, found, entry):
    """Return whether an open file has the content that an entry promises."""
    size = int.from_bytes(entry[16:24], "little")
    if found.st_size != size:
        return False
    content = bytearray()
    while len(content) < size:
        part = os.pread(file, size - len(content), len(content))
        if not part:
            return False
        content += part
    wanted = entry[24:56]
    if entry[8:16] not in (entry[16:24], bytes(8)):
        wanted = _ferrule.hash(importer.read_member(entry))
    return _ferrule.hash(content) == wanted


def _write(folder, name, entry):
    _create(folder, name, importer.read_member(entry), 0o500)


def _create(folder, name, content, mode):
    """Write a file that appears whole or not at all."""
    temporary = name + "." + str(os.getpid()) + os.urandom(4).hex() + ".tmp"
    file = os.open(temporary, NEW_FLAGS, mode, dir_fd=folder)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
            os.fchmod(file, mode)
            os.fsync(file)
        finally:
            os.close(file)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        remove(folder, temporary)
        raise


def remove(folder, name):
    """Remove a file, or an empty folder, if that is possible."""
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        try:
            os.rmdir(name, dir_fd=folder)
        except OSError:
            pass
