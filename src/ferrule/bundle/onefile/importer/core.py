"""Imports modules from the executable itself.

This module is frozen into the program, with `encodings_start` in the place of
`encodings`: that is the first module which Python imports, and the earliest at
which a finder can be installed by public means. It may import nothing but what
is built into every Python. `_ferrule` is the program's own module (payload.rs).

Written for Python 3.9 and later. An entry is 56 bytes: offset, stored size and
size of a member, eight bytes each, and the SHA-256 of what is stored; for a module
one byte for its kind and its path follow.
"""

import _ferrule
import _frozen_importlib as importlib
import _imp
import marshal
import sys

MODULE, PACKAGE, NAMESPACE, EXTENSION = b"mpnx"
KIND, PATH = 56, 57

meta, modules, libraries, needs = marshal.loads(_ferrule.index())
"""Policy and more; modules by name; libraries by path; what a library needs first."""
root = sys.executable
"""The program's path: the folder that its files seem to lie in."""
others = {}
"""Modules that were found by a folder on a path, under other names than in `modules`:
packages in packages that put their folder on `sys.path`."""
busy = []
"""Not empty while the importer imports what it needs itself."""
after = {}
"""What is to be done as soon as a module, by name, is imported."""


def start(spec, names):
    """Install the importer and run the real `encodings` in its namespace."""
    finder = Finder()
    sys.meta_path.insert(_place(), finder)
    sys.path_hooks.insert(0, find_entries)
    after.update({"_ctypes": _wrap_loading, "_cffi_backend": _wrap_loading})
    for name in ("importlib.resources._common", "importlib._common"):
        after[name] = after["importlib_resources._common"] = _offer_files
    after["importlib.resources"] = _offer_paths
    after["ssl"] = _offer_certificates
    after["pkg_resources"] = _offer_distributions
    if meta["files"]:
        _import("_ferrule_files").install()
    real = finder.find_spec("encodings")
    spec.origin, spec.loader = real.origin, real.loader
    spec.loader_state, spec.has_location = real.loader_state, True
    spec.submodule_search_locations[:] = real.submodule_search_locations
    names.update(
        __file__=real.origin,
        __loader__=real.loader,
        __path__=spec.submodule_search_locations,
    )
    names.pop("_ferrule_importer", None)
    names.pop("__origname__", None)
    exec(loader.read_code(real.loader_state), names)


def _place():
    """Return where the finder stands: behind what is in the program's own code."""
    for place, finder in enumerate(sys.meta_path):
        if getattr(finder, "__name__", "") == "PathFinder":
            return place
    return len(sys.meta_path)


def read_member(entry):
    """Return the bytes of a member, after a look at their digest."""
    stored = _ferrule.read(entry)
    if entry[8:16] == entry[16:24]:
        return stored
    from zlib import decompress

    # Told the size, it fills one block, which is not copied.
    return decompress(stored, 15, int.from_bytes(entry[16:24], "little"))


class Finder:
    """Finds every module of the payload by its full name."""

    def find_spec(self, name, path=None, target=None):
        """Return how to load a module; None for one that is not in the payload."""
        value = modules.get(name)
        if value is None:
            return None
        if path is not None and not _is_inside(path):
            return None
        first = _find_before(name, _folder_of(value)) if path is None else None
        return first or make_spec(name, value)

    def invalidate_caches(self):
        """Keep everything: a payload does not change."""


def _find_before(name, own):
    """Return a module of that name from a folder before `own` on `sys.path`.

    Programs put folders there whose modules are to come first, and packages the
    folder with their own library (OpenCV's `cv2` in `cv2`).
    """
    if busy or name.startswith("_ferrule_"):
        return None
    for folder in sys.path:
        if folder.__class__ is str and folder.startswith(root):
            inner = folder[len(root) + 1 :]
            if inner == own:
                return None
            if inner in meta["roots"] or inner.endswith(".zip"):
                continue
            if "_ferrule_resources" not in sys.modules:
                busy.append(name)
                try:
                    _import("_ferrule_resources")
                finally:
                    busy.clear()
        finder = sys.modules["_frozen_importlib_external"].PathFinder
        spec = finder.find_spec(name, [folder])
        if spec is not None and spec.loader is not None:
            return spec
    return None


def make_spec(name, value):
    """Return the specification of a module that an entry describes."""
    kind = value[KIND]
    path = root + "/" + value[PATH:].decode()
    has_folder = owns_folder(value)
    is_package = has_folder or kind == NAMESPACE
    spec = importlib.ModuleSpec(
        name, loader, origin=path, loader_state=value, is_package=is_package
    )
    if kind == NAMESPACE:
        spec.origin = None
        spec.submodule_search_locations.append(path)
        return spec
    spec.has_location = True
    if has_folder:
        spec.submodule_search_locations.append(path.rpartition("/")[0])
    if kind == EXTENSION:
        spec.loader = extension_loader
    return spec


def owns_folder(value):
    """Return whether a module is what a folder of its own begins with.

    That may be a library as well: compilers of Python make one of `__init__.py`.
    """
    kind = value[KIND]
    return kind == PACKAGE or (kind == EXTENSION and b"/__init__." in value[PATH:])


def _is_inside(path):
    for folder in path:
        if isinstance(folder, str) and folder.startswith(root):
            return True
    return False


class Loader:
    """Loads modules that are code."""

    def create_module(self, spec):
        """Leave it to Python."""

    def exec_module(self, module):
        """Run the code of a module, and what waits for it."""
        spec = module.__spec__
        if spec.loader_state[KIND] != NAMESPACE:
            code = self.read_code(spec.loader_state)
            importlib._call_with_frames_removed(exec, code, module.__dict__)
        if spec.name in after:
            after[spec.name](module)

    def read_code(self, value):
        """Return the code of an entry; its file name is the path it seems to have."""
        code = marshal.loads(read_member(value))
        _imp._fix_co_filename(code, _source_path(value))
        return code

    def is_package(self, name):
        """Return whether a module has modules below it."""
        value = _find(name)
        return value[KIND] == NAMESPACE or owns_folder(value)

    def get_code(self, name):
        """Return the code of a module; None for a folder without any."""
        value = _find(name)
        return None if value[KIND] == NAMESPACE else self.read_code(value)

    def get_filename(self, name):
        """Return the path that a module seems to have."""
        return root + "/" + _find(name)[PATH:].decode()

    def get_source(self, name):
        """Return the text of a module, where the payload has it."""
        return _import("_ferrule_resources").read_source(_source_path(_find(name)))

    def get_data(self, path):
        """Return the content of a file by the path it seems to have."""
        return _import("_ferrule_resources").read_path(path)

    def get_resource_reader(self, name):
        """Return the reader of the files beside a package's modules."""
        value = modules.get(name) or others.get(name)
        if value is None or not self.is_package(name):
            return None
        folder = value[PATH:].decode()
        if owns_folder(value):
            folder = folder.rpartition("/")[0]
        return _import("_ferrule_resources").Reader(folder)


class ExtensionLoader(Loader):
    """Loads modules that are libraries."""

    def create_module(self, spec):
        """Return the module, whose library is opened from memory or the cache."""
        natives = _import("_ferrule_natives")
        value = spec.loader_state

        def create(place):
            given = importlib.ModuleSpec(spec.name, self, origin=place)
            return importlib._call_with_frames_removed(_imp.create_dynamic, given)

        module = natives.open_library(value[PATH:].decode(), value, create)
        try:
            module.__file__ = spec.origin
        except AttributeError:
            pass
        return module

    def exec_module(self, module):
        """Run the library's own start."""
        importlib._call_with_frames_removed(_imp.exec_dynamic, module)
        name = module.__spec__.name
        if name in after:
            after[name](module)

    def get_code(self, name):
        """Return None: a library has no code of Python's."""

    def get_source(self, name):
        """Return None: a library has no text."""


def _source_path(value):
    path = root + "/" + value[PATH:].decode()
    return path[:-1] if path.endswith(".pyc") else path


def _folder_of(value):
    """Return the folder in which a path finder looks for a module."""
    folder = value[PATH:].decode().rpartition("/")[0]
    return folder.rpartition("/")[0] if owns_folder(value) else folder


def _find(name):
    value = modules.get(name) or others.get(name)
    if value is None:
        raise ImportError("no module " + repr(name) + " in this program", name=name)
    return value


class Entries:
    """Finds the modules of one folder, for `pkgutil` and for changed `__path__`s."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, target=None):
        """Return how to load a module that lies in this folder."""
        parent, _, tail = name.rpartition(".")
        own = modules.get(name)
        if own is not None and _folder_of(own) == self.folder:
            return make_spec(name, own)
        if not parent and self.folder in meta["roots"]:
            return None  # there are no others
        value = modules.get(parent)
        if (
            value is not None
            and value[PATH:].decode().rpartition("/")[0] == self.folder
        ):
            return None
        found = _import("_ferrule_resources").list_modules(self.folder).get(tail)
        if found is None:
            return None
        others[name] = found
        return make_spec(name, found)

    def iter_modules(self, prefix=""):
        """Return names and whether they are packages, as `pkgutil` wants them."""
        found = _import("_ferrule_resources").list_modules(self.folder)
        for name in sorted(found):
            if name != "__init__" and found[name][KIND] != NAMESPACE:
                yield prefix + name, owns_folder(found[name])

    def invalidate_caches(self):
        """Keep everything: a payload does not change."""


def find_entries(path):
    """Return the finder of a folder in the payload (a path hook)."""
    if path == root:
        return Entries("")
    if isinstance(path, str) and path.startswith(root + "/"):
        return Entries(path[len(root) + 1 :].rstrip("/"))
    raise ImportError("not in this program", path=path)


def _import(name):
    module = sys.modules.get(name)
    return __import__(name) if module is None else module


def _wrap_loading(module):
    _import("_ferrule_natives").wrap_loading(module)


def _offer_files(module):
    _import("_ferrule_resources").offer_files(module)


def _offer_paths(module):
    _import("_ferrule_resources").offer_paths(module)


def _offer_certificates(module):
    _import("_ferrule_resources").offer_certificates(module)


def _offer_distributions(module):
    _import("_ferrule_resources").offer_distributions(module)


loader = Loader()
extension_loader = ExtensionLoader()
