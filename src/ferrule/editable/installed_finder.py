"""The import finder as it stands in site-packages, for every start of Python.

`ferrule.editable.finder` writes this text there with the constants of one
install. So it knows nothing of ferrule, runs on Python 3.7 and PyPy, and what a
fresh module needs is all it imports: the rest is in the rebuilder beside it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from os import O_RDONLY, close, environ, scandir, stat, supports_dir_fd
from os import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

__all__ = ["FORMAT", "Finder", "GoneLoader", "LateFinder", "Loader", "find_change"]

# --- constants of one install
DISTRIBUTION = "example"
MODULES: dict[str, str] = {}
RECORD = ""
REBUILDS = False
REBUILDER = "ferrule.editable.installed_rebuilder"
# --- end of the constants

FORMAT = "ferrule freshness 2"
ABSENT = "- -"
FEW = 4
SWITCH = "FERRULE_REBUILD_ON_IMPORT"
MARKER = "FERRULE_REBUILDING"
NO_WORDS = ("0", "false", "no", "off")

loaded: dict[str, object] = {}
"""What was loaded last, by module name."""
_checked = False


class Finder:
    """Finds the modules of one install; stands before all other finders."""

    @classmethod
    def find_spec(
        cls,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how to load a module; None for one that is not the install's."""
        del path
        if target is not None:
            is_ours = name in MODULES or any(
                module.startswith(name + ".") for module in MODULES
            )
            return _rebuilder().find_again(name) if is_ours else None
        if name not in MODULES:
            return None
        _check_once()
        location = MODULES.get(name)
        if location is None:
            return None
        if name in loaded:
            location = _rebuilder().fresh_location(name, location)
        return make_spec(name, location)


class LateFinder:
    """Finds modules that the project has only since it was installed.

    It stands behind all other finders, so it costs nothing for what exists.
    """

    @classmethod
    def find_spec(
        cls,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how to load a module that a rebuild brought; otherwise None."""
        del path, target
        top = name.partition(".")[0]
        if not any(module.partition(".")[0] == top for module in MODULES):
            return None
        _check_once()
        location = MODULES.get(name)
        if location is not None:
            return make_spec(name, location)
        if any(module.startswith(name + ".") for module in MODULES):
            # A package of this install, which nobody finds.
            gone: Any = GoneLoader()
            return ModuleSpec(name, gone, is_package=True)
        return None


class GoneLoader:
    """Stands for a package whose Python files are gone."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Raise ModuleNotFoundError, with what brings the package back."""
        raise ModuleNotFoundError(
            f"No module named {spec.name!r}: the Python files of the editable install "
            f"of {DISTRIBUTION} are gone. If the folder of the project was moved, run "
            "`ferrule develop` in the new one, or install the project again",
            name=spec.name,
        )

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: no module is created."""


class Loader(ExtensionFileLoader):
    """Loads an extension module, and can build it again."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Open the library. Raises ImportError, with help where it is gone."""
        try:
            loaded[self.name] = version_of(self.path)
        except OSError:
            message = (
                f"the compiled module {self.path} of the editable install of "
                f"{DISTRIBUTION} does not exist (removed by `cargo clean`?): run "
                "`ferrule develop` again, or install the project again"
            )
            raise ImportError(message, name=self.name, path=self.path) from None
        try:
            return super().create_module(spec)
        except ImportError as error:
            known = "" if MARKER in environ else _rebuilder().explain(error)
            if not known:
                raise
            message = f"{error}\n{known}"
            raise ImportError(message, name=self.name, path=self.path) from None

    def rebuild(self) -> bool:
        """Build the project if it changed; return whether the module is another.

        `importlib.reload` then loads it. Raises ImportError with the compiler's
        messages.
        """
        is_other: bool = _rebuilder().rebuild(self.name)
        return is_other


def make_spec(name: str, location: str, loader: Any = None) -> ModuleSpec:
    """Return the spec of an extension module, or of a package's `__init__.py`."""
    # As importlib.util.spec_from_file_location does; importing that is slow.
    if location.endswith("__init__.py"):
        from importlib.machinery import SourceFileLoader

        spec = ModuleSpec(name, SourceFileLoader(name, location), origin=location)
        spec.submodule_search_locations = [location[: -len("__init__.py") - 1]]
        loaded[name] = version_of(location)
    else:
        loader = loader or Loader(name, location)
        spec = ModuleSpec(name, loader, origin=location)
    spec.has_location = True
    return spec


def version_of(location: str) -> object:
    """Return what differs between two builds of a module. Raises OSError."""
    if not location.endswith("__init__.py"):
        status = stat(location)
        return status.st_mtime_ns, status.st_size
    with scandir(location[: -len("__init__.py") - 1]) as entries:
        files = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
    return sorted((name, item.st_mtime_ns, item.st_size) for name, item in files)


def read_record(record: str) -> tuple[dict[str, str], list[str], list[str]] | None:
    """Return the modules of a freshness record, and its inputs folder by folder.

    Of each folder there are the lines of its path, with a separator, and of the names
    in it, and apart from them as many lines of states. Returns None where the record
    cannot be read.
    """
    try:
        with open(
            record, encoding="utf-8", errors="surrogateescape", newline="\n"
        ) as stream:
            head, *blocks = stream.read().split("\n\n")
    except OSError:
        return None
    first, *table = head.split("\n")
    if first != FORMAT or not blocks or len(blocks) % 2:
        return None
    return dict([line.split(" ", 1) for line in table]), blocks[::2], blocks[1::2]


def find_change(record: str, modules: dict[str, str] | None = None) -> str | None:
    """Return the first input that is not as a freshness record says, or None.

    A record that cannot be read counts as changed itself. Its modules are put
    into `modules`.
    """
    found = read_record(record)
    if found is None:
        return record
    if modules is not None:
        modules.clear()
        modules.update(found[0])
    for files, states in zip(found[1], found[2]):
        folder, *names = files.split("\n")
        try:
            if _read_states(folder, names) == states:
                continue
        except OSError:
            pass
        known = states.split("\n")
        if len(names) != len(known):
            return record
        for name, state in zip(names, known):
            if state_of(folder + name) != state:
                return folder + name
    return None


def _read_states(folder: str, names: list[str]) -> str:
    """Return the states of files in a folder. Raises OSError if one is absent."""
    # One import asks about hundreds: the system finds the folder of many once, and
    # no answer is kept longer than it takes to look at it.
    if len(names) < FEW or stat not in supports_dir_fd:
        return "\n".join(
            [
                f"{status.st_mtime_ns} {status.st_size}"
                for name in names
                for status in [stat(folder + name)]
            ]
        )
    handle = open_file(folder, O_RDONLY)
    try:
        return "\n".join(
            [
                f"{status.st_mtime_ns} {status.st_size}"
                for name in names
                for status in [stat(name, dir_fd=handle)]
            ]
        )
    finally:
        close(handle)


def state_of(path: str) -> str:
    """Return what a freshness record says of a file: its time and size."""
    try:
        status = stat(path)
    except OSError:
        return ABSENT
    return f"{status.st_mtime_ns} {status.st_size}"


def wants_check() -> bool:
    """Whether a stale module is to be rebuilt by this process."""
    text = environ.get(SWITCH, "")
    wanted = text.lower() not in NO_WORDS if text else REBUILDS
    if not wanted or MARKER in environ:
        return False
    # A worker of multiprocessing takes what its parent has.
    processes = sys.modules.get("multiprocessing.process")
    if processes is None:
        return True
    parent = getattr(processes, "parent_process", None)
    current = processes.current_process()
    is_worker = (parent and parent()) or getattr(current, "_inheriting", False)
    return not is_worker


def _check_once() -> None:
    global _checked  # noqa: PLW0603 - once per process is the point
    if _checked:
        return
    wanted = wants_check()
    if wanted or REBUILDS:
        change = find_change(RECORD, MODULES)
        if change is not None and wanted:
            _rebuilder().refresh(change)
    _checked = True


def _rebuilder() -> Any:
    from importlib import import_module

    rebuilder: Any = import_module(REBUILDER)
    rebuilder.finder = sys.modules[__name__]
    return rebuilder


def install() -> None:
    """Let Python ask the finders. Does nothing a second time."""
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
        sys.meta_path.append(LateFinder)
