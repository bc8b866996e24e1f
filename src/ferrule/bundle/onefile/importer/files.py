"""Lets `open`, `os.stat` and their like see the files of the payload.

Below the program's path there is nothing, so the system answers "not a folder";
only then the payload is looked at. All other calls cost one more Python frame.
Reading is all that is possible.
"""

import _ferrule_importer as importer


def install():
    """Put the wrappers where `os` and `io` take their functions from."""
    import _io
    import posix

    _io.open = Wrapper(_io.open, _open)
    for name, instead in (
        ("stat", _stat),
        ("lstat", _stat),
        ("listdir", _listdir),
        ("scandir", _scandir),
        ("open", _open_descriptor),
        ("listxattr", _listxattr),
    ):
        if hasattr(posix, name):
            setattr(posix, name, Wrapper(getattr(posix, name), instead))
    posix.access = Access(posix.access, None)


class Wrapper:
    """A function with another answer for paths in the payload.

    An object and no function, because classes may keep it as an attribute.
    """

    def __init__(self, plain, instead):
        self.plain = plain
        self.instead = instead
        self.__name__ = plain.__name__
        self.__doc__ = plain.__doc__
        self.__text_signature__ = plain.__text_signature__

    def __repr__(self):
        return repr(self.plain)

    def __call__(self, *given, **named):
        try:
            return self.plain(*given, **named)
        except NotADirectoryError:
            inner = _inner(given, named)
            if inner is None:
                raise
        return self.instead(self.plain, inner, given, named)


class Access(Wrapper):
    """`os.access`, which says no instead of raising."""

    def __call__(self, *given, **named):
        if self.plain(*given, **named):
            return True
        inner = _inner(given, named)
        if inner is None:
            return False
        mode = given[1] if len(given) > 1 else named["mode"]
        resource = _resource(inner)
        return not mode & (2 if resource.is_dir() else 3) and resource.exists()


def _inner(given, named):
    from posix import fspath

    path = given[0] if given else named.get("path", named.get("file"))
    if path is None or isinstance(path, int):
        return None
    path = fspath(path)
    if isinstance(path, bytes):
        import os

        path = os.fsdecode(path)
    if path != importer.root and not path.startswith(importer.root + "/"):
        return None
    import _ferrule_resources

    return _ferrule_resources.inner_path(path)


def _resource(inner):
    import _ferrule_resources

    return _ferrule_resources.Resource(inner)


def _missing(given):
    return FileNotFoundError(2, "No such file or directory", str(given[0]))


def _open(plain, inner, given, named):
    mode = given[1] if len(given) > 1 else named.get("mode", "r")
    if set(mode) & set("wax+"):
        raise OSError(30, "Read-only file system", str(given[0]))
    if len(given) > 7 or named.get("opener") is not None:
        return plain(*given, **named)
    return plain(*given, **{**named, "opener": lambda path, flags: _descriptor(inner)})


def _open_descriptor(plain, inner, given, named):
    if (given[1] if len(given) > 1 else named["flags"]) & 3:
        raise OSError(30, "Read-only file system", str(given[0]))
    return _descriptor(inner)


def _descriptor(inner):
    import os

    import _ferrule_natives as natives

    shown = importer.root + "/" + inner
    if _resource(inner).is_dir():
        raise IsADirectoryError(21, "Is a directory", shown)
    import _ferrule_resources

    entry = _ferrule_resources.find_file(inner)
    if entry is None:
        raise FileNotFoundError(2, "No such file or directory", shown)
    file = natives.data_file(inner, entry)
    os.lseek(file, 0, 0)
    return file


def _stat(plain, inner, given, named):
    import posix

    resource = _resource(inner)
    own = plain(importer.root)
    if resource.is_dir():
        mode, size = 0o040555, 0
    elif resource.is_file():
        import _ferrule_resources

        entry = _ferrule_resources.find_file(inner)
        mode, size = 0o100444, int.from_bytes(entry[16:24], "little")
    else:
        raise _missing(given)
    number = int.from_bytes(_hash(inner), "little")
    # Whole seconds, seconds and nanoseconds: of access, change and status.
    times = [(own.st_mtime_ns // 10**9, own.st_mtime, own.st_mtime_ns)] * 3
    first = (mode, number, own.st_dev, 1, own.st_uid, own.st_gid, size)
    return posix.stat_result((*first, *(part for row in zip(*times) for part in row)))


def _listxattr(plain, inner, given, named):
    if not _resource(inner).exists():
        raise _missing(given)
    return []


def _hash(inner):
    import _ferrule

    return _ferrule.hash(inner.encode())[:7]


def _listdir(plain, inner, given, named):
    import _ferrule_resources

    if inner not in _ferrule_resources.folders():
        if _resource(inner).is_file():
            raise NotADirectoryError(20, "Not a directory", str(given[0]))
        raise _missing(given)
    names = sorted(_ferrule_resources.folders()[inner])
    return [name.encode() for name in names] if isinstance(given[0], bytes) else names


def _scandir(plain, inner, given, named):
    return Scan(inner, given[0], _listdir(plain, inner, given, named))


class Scan:
    """What `os.scandir` returns."""

    def __init__(self, inner, path, names):
        self.entries = iter([Entry(inner, path, name) for name in names])

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """End the iteration."""
        self.entries = iter(())


class Entry:
    """One name in a folder of the payload."""

    def __init__(self, inner, path, name):
        import os

        self.name = name
        self.path = os.path.join(path, name)
        text = name if isinstance(name, str) else name.decode()
        self._resource = _resource(inner + "/" + text if inner else text)

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return "<DirEntry " + repr(self.name) + ">"

    def is_dir(self, *, follow_symlinks=True):
        """Return whether it is a folder."""
        return self._resource.is_dir()

    def is_file(self, *, follow_symlinks=True):
        """Return whether it is a file."""
        return self._resource.is_file()

    def is_symlink(self):
        """Return False: a payload has no links."""
        return False

    def is_junction(self):
        """Return False: a payload has no links."""
        return False

    def stat(self, *, follow_symlinks=True):
        """Return mode and size."""
        import os

        return os.stat(self.path)

    def inode(self):
        """Return the number that `stat` gives."""
        return self.stat().st_ino
