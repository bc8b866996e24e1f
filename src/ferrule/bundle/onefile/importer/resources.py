"""The files of the payload: for importlib.resources, importlib.metadata, pkgutil."""

import marshal
import posix
import posixpath

import _ferrule_importer as importer

_files = None
_folders = None
_modules = None


def files():
    """Return the entries of all files that are no modules, by path."""
    global _files
    if _files is None:
        _files = marshal.loads(importer.read_member(importer.meta["files"]))
    return _files


def find_file(path):
    """Return the entry of a file of any kind, or None."""
    entry = files().get(path)
    if entry is None:
        entry = importer.libraries.get(path)
    if entry is None:
        list_modules("")
        value = _paths.get(path)
        entry = value[: importer.KIND] if value is not None else None
    return entry


_paths = {}


def list_modules(folder):
    """Return the modules of a folder: entries by their last name."""
    global _modules
    if _modules is None:
        _modules = {}
        for name, value in importer.modules.items():
            path = value[importer.PATH :].decode()
            kind = value[importer.KIND]
            if kind != importer.NAMESPACE:
                _paths[path] = value
            above = path.rpartition("/")[0]
            if importer.owns_folder(value):
                above = above.rpartition("/")[0]
            _modules.setdefault(above, {})[name.rpartition(".")[2]] = value
    return _modules.get(folder, {})


def folders():
    """Return the names in each folder, by path."""
    global _folders
    if _folders is None:
        list_modules("")
        _folders = {"": set()}
        for path in (*files(), *importer.libraries, *_paths):
            while path:
                above, _, name = path.rpartition("/")
                known = _folders.setdefault(above, set())
                if name in known:
                    break
                known.add(name)
                path = above
    return _folders


def inner_path(path):
    """Return the path in the payload of a path it seems to have, or None."""
    if not path.startswith(importer.root):
        return None
    rest = path[len(importer.root) :]
    if rest and rest[0] != "/":
        return None
    return posixpath.normpath(rest[1:]) if rest[1:].strip("/") else ""


def read_path(path):
    """Return the content of a file by the path it seems to have."""
    inner = inner_path(str(path))
    entry = None if inner is None else find_file(inner)
    if entry is None:
        raise FileNotFoundError(2, "No such file in this program", path)
    if importer.meta["beside"]:
        import _ferrule_natives as natives

        return bytes(natives.read(inner, entry))
    return bytes(importer.read_member(entry))


def read_source(path):
    """Return the text of a module; None where the payload has only its code."""
    inner = inner_path(path)
    entry = None if inner is None else files().get(inner)
    if entry is None:
        return None
    from importlib.util import decode_source

    return decode_source(bytes(importer.read_member(entry)))


class Resource:
    """A file or folder of the payload, as `importlib.resources` wants it."""

    def __init__(self, path):
        self.path = path

    def __str__(self):
        return importer.root + ("/" + self.path if self.path else "")

    def __repr__(self):
        return "Resource(" + repr(str(self)) + ")"

    def __eq__(self, other):
        return isinstance(other, Resource) and other.path == self.path

    def __hash__(self):
        return hash(self.path)

    def __lt__(self, other):
        return self.path < other.path

    @property
    def name(self):
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self):
        """Return the name without its ending."""
        return posixpath.splitext(self.name)[0]

    @property
    def suffix(self):
        """Return the ending of the name."""
        return posixpath.splitext(self.name)[1]

    @property
    def parent(self):
        """Return the folder that it lies in."""
        return Resource(self.path.rpartition("/")[0])

    def exists(self):
        """Return whether there is such a file or folder."""
        return self.is_file() or self.is_dir()

    def is_file(self):
        """Return whether it is a file."""
        return find_file(self.path) is not None

    def is_dir(self):
        """Return whether it is a folder."""
        return self.path in folders()

    def iterdir(self):
        """Return what lies in a folder."""
        if not self.is_dir():
            kind = NotADirectoryError if self.is_file() else FileNotFoundError
            raise kind(20, "not a folder of this program", str(self))
        return iter([self / name for name in sorted(folders()[self.path])])

    def joinpath(self, *parts):
        """Return what lies below."""
        path = posixpath.normpath(posixpath.join(self.path, *map(str, parts)))
        return Resource("" if path == "." else path)

    def __truediv__(self, part):
        return self.joinpath(part)

    def read_bytes(self):
        """Return the content."""
        if self.path in folders():
            raise IsADirectoryError(21, "Is a directory", str(self))
        return read_path(str(self))

    def read_text(self, encoding=None, errors=None):
        """Return the content as text."""
        with self.open("r", encoding=encoding, errors=errors) as stream:
            return stream.read()

    def open(self, mode="r", *rest, **named):
        """Open the file for reading."""
        import io

        stream = io.BytesIO(self.read_bytes())
        if "b" in mode:
            return stream
        return io.TextIOWrapper(stream, *rest, **named)


class Reader:
    """What a loader returns for the files of one package (both interfaces)."""

    def __init__(self, folder):
        self.folder = Resource(folder)

    def files(self):
        """Return the package's folder."""
        return self.folder

    def open_resource(self, name):
        """Open a file for reading."""
        return self.folder.joinpath(name).open("rb")

    def resource_path(self, name):
        """Raise `FileNotFoundError`: no file of the payload has a real path."""
        raise FileNotFoundError(2, "in the program itself", name)

    def is_resource(self, name):
        """Return whether a name is that of a file."""
        return self.folder.joinpath(name).is_file()

    def contents(self):
        """Return the names in the folder."""
        return (item.name for item in self.folder.iterdir())


def offer_files(module):
    """Let `as_file` give a file of memory, so that nothing is written."""
    as_file = getattr(module, "as_file", None)
    if hasattr(as_file, "register"):
        as_file.register(Resource, _as_file(as_file.dispatch(object)))
    if hasattr(module, "fallback_resources") and hasattr(module, "from_package"):
        module.from_package = _from_package(module.from_package)  # Python 3.9


def offer_paths(module):
    """Let `importlib.resources.path` give a file of memory (up to Python 3.10)."""
    plain = getattr(module, "_path_from_reader", None)
    if plain is None:
        return

    def path_from_reader(reader, name):
        if not isinstance(reader, Reader):
            return plain(reader, name)
        import importlib._common

        return importlib._common.as_file(reader.folder.joinpath(name))

    module._path_from_reader = path_from_reader


def offer_distributions(module):
    """Tell `pkg_resources`, which asks by kinds of finders and loaders, of ours."""
    import sys

    module.register_finder(importer.Entries, module.find_on_path)
    module.register_namespace_handler(importer.Entries, module.file_ns_handler)
    for kind in (importer.Loader, importer.ExtensionLoader):
        module.register_loader_type(kind, module.DefaultProvider)
    # It has looked before it could know.
    for folder in [item for item in sys.path if item.startswith(importer.root)]:
        for found in module.find_distributions(folder, True):
            module.working_set.add(found, folder, False)


def offer_certificates(module):
    """Let OpenSSL, which opens files itself, read those of the payload."""
    context = module.SSLContext
    verify, chain = context.load_verify_locations, context.load_cert_chain

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        with _Readable(cafile) as place:
            return verify(self, place, capath, cadata)

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        with _Readable(certfile) as place, _Readable(keyfile) as key:
            return chain(self, place, key, password)

    context.load_verify_locations = load_verify_locations
    context.load_cert_chain = load_cert_chain


class _Readable:
    """A path that libraries can open: of a file of memory, if it is in the payload."""

    def __init__(self, path):
        self.path = path
        self.file = -1

    def __enter__(self):
        import os

        if not isinstance(self.path, (str, bytes, os.PathLike)):
            return self.path
        text = os.fsdecode(self.path)
        if not text.startswith(importer.root + "/"):
            return self.path
        self.file = os.open(text, os.O_RDONLY | os.O_CLOEXEC)
        return "/proc/self/fd/" + str(self.file)

    def __exit__(self, *error):
        if self.file >= 0:
            posix.close(self.file)


def _from_package(plain):
    def from_package(package):
        spec = package.__spec__
        reader = getattr(spec.loader, "get_resource_reader", lambda name: None)
        found = reader(spec.name)
        return found.files() if isinstance(found, Reader) else plain(package)

    return from_package


def _as_file(plain):
    def as_file(path):
        import _ferrule_natives as natives

        if not path.is_file() or not natives.in_memory():
            return plain(path)
        try:
            return _MemoryFile(natives.memory_file(path.path, find_file(path.path)))
        except OSError:
            return plain(path)

    return as_file


class _MemoryFile:
    """The path of a file of memory, for as long as it is wanted."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        import pathlib

        return pathlib.Path("/proc/self/fd/" + str(self.file))

    def __exit__(self, *error):
        # Nothing can be imported any more when Python ends.
        if self.file >= 0:
            posix.close(self.file)
        self.file = -1

    def __del__(self):
        self.__exit__()
