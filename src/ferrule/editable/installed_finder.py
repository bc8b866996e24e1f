"""The import finder as it stands in site-packages, for every start of Python.

`ferrule.editable.finder` writes this text there with the constants of one
install. So it knows nothing of ferrule, runs on Python 3.7 and PyPy, and what a
fresh module needs is all it imports: the rest is in the rebuilder beside it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from os import environ, scandir, stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

__all__ = ["FORMAT", "Finder", "LateFinder", "Loader", "find_change"]

# --- constants of one install
DISTRIBUTION = "example"
MODULES: dict[str, str] = {}
RECORD = ""
REBUILDS = False
REBUILDER = "ferrule.editable.installed_rebuilder"
# --- end of the constants

FORMAT = "ferrule freshness 1"
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
        return None if location is None else make_spec(name, location)


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


def find_change(record: str, modules: dict[str, str] | None = None) -> str | None:
    """Return the first input that is not as a freshness record says, or None.

    A record that cannot be read counts as changed itself. Its modules are put
    into `modules`.
    """
    try:
        with open(
            record, encoding="utf-8", errors="surrogateescape", newline="\n"
        ) as stream:
            head, _, inputs = stream.read().partition("\n\n")
    except OSError:
        return record
    first, *table = head.split("\n")
    if first != FORMAT:
        return record
    if modules is not None:
        modules.clear()
        for line in table:
            name, _, location = line.partition(" ")
            modules[name] = location
    for line in inputs.split("\n"):
        # One comparison per line, because an import asks about hundreds.
        path = line.split(" ", 2)[-1]
        try:
            status = stat(path)
        except OSError:
            if not line.startswith("- "):
                return path or record
            continue
        if f"{status.st_mtime_ns} {status.st_size} {path}" != line:
            return path
    return None


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
