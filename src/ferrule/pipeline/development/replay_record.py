"""Noting what a development install looked at and did, so that it can be replayed.

Whatever makes a run special is left to planning: programs, generated packages and
stubs, optional parts, warnings, inputs that changed meanwhile. Sources that the lint
looks at may not change either, or it would not look at them again.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ferrule import cache, log
from ferrule.pipeline.development.noticing import can_notice, noticing
from ferrule.pipeline.development.replay import SECTION, folder_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.development.editables import EditableContents
    from ferrule.plan.build import PlannedModule
    from ferrule.python.interpreter import Interpreter

__all__ = ["Witness"]

_ABOVE = ("pyproject.toml", "Cargo.toml", os.path.join(".venv", "pyvenv.cfg"))
"""Files whose appearance in a folder above makes it another project."""
_SYSTEM = ("/dev/", "/proc/", "/sys/")
_CODE = (".py", ".pyc", ".so", ".pyd", ".zip", ".dll")
_CACHE_MARKS = ("CACHEDIR.TAG", "pyvenv.cfg")
_MOST_FOLDERS = 500
"""How many folders may be listed before planning is as fast."""
_MANIFESTS = ("Cargo.toml", "pyproject.toml", "setup.py")


class Witness:
    """Looks on while a run is planned and made, and notes it afterwards."""

    def __init__(self, key: str | None, env: Mapping[str, str], start: Path) -> None:
        self._key = key if can_notice() else None
        self._env = env
        self._start = os.path.abspath(start)
        self._noticed: dict[str, list[int] | None] = {}
        self._heard: list[str] = []

    @contextmanager
    def looking_on(self) -> Iterator[None]:
        """Watch what the enclosed code looks at and warns about."""
        if self._key is None:
            yield
            return
        with noticing() as self._noticed, log.also_to(self._heard):
            yield

    def write(
        self,
        contents: EditableContents,
        *,
        installed: Iterable[str] = (),
        always: bool = True,
        **told: Any,
    ) -> None:
        """Note a run that has succeeded, if it can be replayed.

        `installed` are the files that it put into the environment; `always` says
        whether cargo is run where nothing is stale. `told` is kept as it is.
        """
        if self._key is None:
            return
        reason = "it warned" if self._heard else _obstacle(contents)
        looked_at = {} if reason else self._looked_at(contents)
        if looked_at is None:
            return
        if reason:
            log.debug(f"this run is not noted for the next one: {reason}")
            return
        compiled = contents.libraries
        from ferrule.pipeline.linting import is_linted

        keys = list(compiled.results)
        installed = list(installed)
        data = {
            **told,
            **looked_at,
            "needed": [*installed, str(contents.record)],
            "place": str(contents.record.parent),
            "record": str(contents.record),
            "lock": str(contents.record.parent / "build.lock"),
            "edits": not is_linted(compiled.build),
            "always": always,
            "runs": [_run(compiled, index) for index in range(len(keys))],
            "modules": [
                _module(compiled, module, path)
                for module, path in zip(compiled.build.modules, contents.placed)
            ],
        }
        # What installers write, and nothing else changes.
        for path in installed:
            if path.endswith("RECORD"):
                data["files"][path] = _identity(path)
        label = f"development install of {compiled.build.project.metadata.name}"
        cache.write_json(self._env, SECTION, self._key, data, label=label)

    def _looked_at(self, contents: EditableContents) -> dict[str, Any] | None:
        """Return the files and folders to watch; None where one changed meanwhile."""
        build = contents.build
        projects = self._projects(contents)
        skipped = (*_outputs(contents.libraries), *_python_places(build.interpreter))
        skipped += (os.path.join(str(cache.cache_folder(self._env)), ""), *_SYSTEM)
        files: dict[str, list[int] | None] = {}
        folders: dict[str, list[str] | None] = {}
        for path, identity in sorted(self._noticed.items()):
            is_inside = f"{path}{os.sep}".startswith(projects)
            if f"{path}{os.sep}".startswith(skipped) or path.endswith(".rs"):
                continue
            if not is_inside and (path.endswith(_CODE) or path in sys.path):
                continue
            if is_inside and os.path.isdir(path):
                folders[path] = folder_names(path)
            elif _identity(path) != identity:
                log.debug(f"this run is not noted for the next one: {path} changed")
                return None
            else:
                files[path] = identity
        files.update((path, _identity(path)) for path in self._further(contents))
        folders.update((path, folder_names(path)) for path in _folders(contents))
        if len(folders) > _MOST_FOLDERS:
            log.debug("this run is not noted for the next one: too many folders")
            return None
        return {"files": files, "folders": folders}

    def _projects(self, contents: EditableContents) -> tuple[str, ...]:
        """Return the folders of the packages that are built, with a separator."""
        folders = {self._start, str(contents.build.project.root)}
        folders.update(str(key.crate.folder) for key in contents.libraries.results)
        home = self._env.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
        folders.update(
            os.path.dirname(path)
            for path in self._noticed
            if path.endswith(_MANIFESTS) and not path.startswith(home)
        )
        return tuple(os.path.join(folder, "") for folder in sorted(folders))

    def _further(self, contents: EditableContents) -> Iterator[str]:
        """Yield what is asked about without being opened."""
        root = str(contents.build.project.root)
        above = {folder for start in (self._start, root) for folder in _upwards(start)}
        for folder in sorted(above):
            yield from (os.path.join(folder, name) for name in _ABOVE)
        interpreter = contents.build.interpreter
        if interpreter is not None:
            yield interpreter.executable
            yield os.path.realpath(interpreter.executable)
            yield os.path.join(interpreter.prefix, "pyvenv.cfg")
            yield from interpreter.site_packages
        yield os.path.join(contents.record.parent, "request.json")
        for compiled in contents.libraries.results.values():
            program = compiled.argv[0]
            yield program
            yield from _earlier(program, self._env)
            if "PYO3_CONFIG_FILE" in compiled.added:
                yield compiled.added["PYO3_CONFIG_FILE"]


def _obstacle(contents: EditableContents) -> str:
    """Return what only planning can do again; empty for nothing."""
    compiled = contents.libraries
    build = compiled.build
    obstacles = {
        "it has no module": not build.modules,
        "it has programs": bool(build.programs),
        "it generates packages": any(item.is_package for item in build.modules),
        "it joins several builds": bool(build.further),
        "it has optional parts": compiled.planned is not None
        or any(item.optional for item in build.modules),
        "it repairs libraries": bool(compiled.repaired),
        "it writes type stubs": build.project.settings.generate_stubs,
        "cargo runs in a container": any(
            item.key.container for item in compiled.results.values()
        ),
        "cargo ran in no way that is known": not all(
            item.argv for item in compiled.results.values()
        ),
    }
    return next((text for text, holds in obstacles.items() if holds), "")


def _run(compiled: CompiledBuild, index: int) -> dict[str, Any]:
    from ferrule.cargo.known_context import known_facts

    key, result = list(compiled.results.items())[index]
    return {
        "argv": list(result.argv),
        "cwd": str(key.crate.folder),
        "added": dict(result.added),
        "artifacts": [str(item.path) for item in result.artifacts],
        "context": known_facts(key),
    }


def _module(
    compiled: CompiledBuild, module: PlannedModule, target: Path
) -> dict[str, Any]:
    artifact = compiled.results[module.key].artifacts[0].path
    library = compiled.library(module)
    last = module.name.rpartition(".")[2]
    return {
        "artifact": str(artifact),
        "free": "" if library == artifact else str(library),
        "target": str(target),
        "inits": [f"PyInit_{last}", f"PyModExport_{last}"],
        "outputs": list(_outputs(compiled)),
    }


def _folders(contents: EditableContents) -> set[str]:
    """Return the folders in which the files of a Python package may appear.

    A package is sought by asking for its files, below the project and the crates
    or one of their folders; what lies deeper belongs to the modules' own packages.
    """
    project = contents.build.project
    tops = {str(project.root)}
    tops.update(str(key.crate.folder) for key in contents.libraries.results)
    bases = {*tops, *(inner for top in tops for inner in _inside(top))}
    if project.settings.python_source:
        bases.add(os.path.join(project.root, project.settings.python_source))
    found = {*bases, *(inner for base in bases for inner in _inside(base))}
    for module in contents.build.modules:
        parts = module.name.split(".")
        for end in range(1, len(parts) + 1):
            found.update(os.path.join(base, *parts[:end]) for base in bases)
    return found


def _inside(folder: str) -> list[str]:
    """Return the folders in a folder, without those that hold caches."""
    paths = [os.path.join(folder, name) for name in folder_names(folder) or ()]
    return [
        path
        for path in paths
        if os.path.isdir(path)
        and not any(os.path.exists(os.path.join(path, mark)) for mark in _CACHE_MARKS)
    ]


def _outputs(compiled: CompiledBuild) -> tuple[str, ...]:
    """Return the folders that cargo writes to, with a separator."""
    found = set()
    for key in compiled.results:
        found.add(os.path.join(str(key.target_directory), ""))
        if key.build_directory is not None:
            found.add(os.path.join(str(key.build_directory), ""))
    return tuple(sorted(found))


def _python_places(interpreter: Interpreter | None) -> tuple[str, ...]:
    """Return the folders that Python and ferrule import from, with a separator."""
    import sysconfig

    names = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    found = {sysconfig.get_path(name) for name in names}
    if interpreter is not None:
        paths = dict(interpreter.install_paths)
        found.update(paths[name] for name in names if name in paths)
    found.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return tuple(os.path.join(folder, "") for folder in sorted(filter(None, found)))


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _earlier(program: str, env: Mapping[str, str]) -> Iterator[str]:
    """Yield where PATH would find another toolchain before that of `program`."""
    own = os.path.dirname(program)
    suffix = ".exe" if os.name == "nt" else ""
    for folder in env.get("PATH", "").split(os.pathsep):
        if folder == own:
            return
        if os.path.isabs(folder):
            yield from (
                os.path.join(folder, f"{x}{suffix}") for x in ("cargo", "rustc")
            )


def _identity(path: str) -> list[int] | None:
    from ferrule.identity import file_identity

    return file_identity(path)
