"""The private cache of libraries, for systems that cannot open them from memory.

Nothing that somebody else could have written is ever opened: each folder on the
way belongs to the user and is writable for nobody else, none is a symbolic link,
every step is taken relative to the folder before it, and each file is compared
with what was noted when its content had been verified. What cannot be trusted is
refused with the reason; a full disk or a missing home is no error of the program.
"""

import _ferrule
import os
import stat

import _ferrule_importer as importer

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_folder = None
_folder_path = ""


def provide(path, entry):
    """Return descriptor and path of a library; it is written if it is not there.

    Raises `ImportError` where no place can be trusted.
    """
    folder = _open_folder()
    name = entry[24:56].hex() + ".so"
    try:
        file = _open_verified(folder, name, entry)
        if file is None:
            _write(folder, name, entry)
            file = _open_verified(folder, name, entry)
    except OSError as error:
        raise ImportError(
            "the library "
            + path
            + " cannot be written to "
            + _folder_path
            + ": "
            + str(error),
            path=path,
        ) from error
    if file is None:
        raise ImportError("the cache " + _folder_path + " changes while it is used")
    return file, os.path.join(_folder_path, name)


def _open_folder():
    global _folder, _folder_path
    if _folder is None:
        if _ferrule.is_privileged():
            raise ImportError("a program with more rights than its user has no cache")
        base = _find_base()
        identity = _ferrule.hash(_ferrule.index()).hex()
        _folder_path = os.path.join(base, "ferrule-programs", identity)
        _folder = _walk(base, ("ferrule-programs", identity))
    return _folder


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
            "this system does not let libraries be opened from memory, and the user "
            "has no home folder for a cache: set XDG_CACHE_HOME to a private folder"
        )
    return os.path.join(home, ".cache")


def _walk(base, names):
    """Open the folders below `base` one by one; each is private."""
    try:
        os.makedirs(base, 0o700, exist_ok=True)
        folder = os.open(base, FOLDER_FLAGS)
    except OSError as error:
        raise ImportError("the cache folder " + base + ": " + str(error)) from error
    path = base
    check_private(folder, path)
    for name in names:
        path = os.path.join(path, name)
        try:
            try:
                os.mkdir(name, 0o700, dir_fd=folder)
            except FileExistsError:
                pass
            inner = os.open(name, FOLDER_FLAGS, dir_fd=folder)
        except OSError as error:
            raise ImportError("the cache folder " + path + ": " + str(error)) from error
        finally:
            os.close(folder)
        folder = inner
        check_private(folder, path)
    return folder


def check_private(folder, path):
    """Raise `ImportError` if others could have written into an open folder."""
    found = os.fstat(folder)
    if found.st_uid != os.geteuid():
        problem = "belongs to user " + str(found.st_uid)
    elif found.st_mode & 0o022:
        problem = "is writable for others (" + oct(found.st_mode & 0o777) + ")"
    else:
        return
    os.close(folder)
    raise ImportError(
        "the cache folder " + path + " " + problem + ": nothing is loaded from it"
    )


def _open_verified(folder, name, entry):
    """Return a descriptor of the file; None if it is missing or not as it was."""
    try:
        file = os.open(name, FILE_FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:  # a symbolic link, a folder …
        _remove(folder, name)
        return None
    found = os.fstat(file)
    is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    is_ours = is_ours and not found.st_mode & 0o022
    if is_ours:
        if not importer.meta["paranoid"] and _read_note(folder, name) == _note(found):
            return file
        if _has_digest(file, found, entry):
            _write_note(folder, name, found)
            return file
    os.close(file)
    _remove(folder, name)
    return None


def _note(found):
    """Return what is noted about a verified file; any change of it shows here."""
    parts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return " ".join(map(str, parts)).encode()


def _read_note(folder, name):
    try:
        file = os.open(name + ".ok", FILE_FLAGS, dir_fd=folder)
    except OSError:
        return None
    try:
        found = os.fstat(file)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return None
        return os.read(file, 200)
    finally:
        os.close(file)


def _write_note(folder, name, found):
    """Note what a verified file looks like; without it, it is verified again."""
    try:
        _create(folder, name + ".ok", _note(found), 0o400)
    except OSError:
        pass


def _has_digest(file, found, entry):
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
    if entry[8:16] != entry[16:24]:
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
        _remove(folder, temporary)
        raise


def _remove(folder, name):
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        pass
