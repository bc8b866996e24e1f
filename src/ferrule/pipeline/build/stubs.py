"""Type stubs of a project: build the modules, read them, write `.pyi` files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.stubs import (
    HandWrittenStubError,
    NoIntrospectionError,
    NoModuleError,
    NoStubTargetError,
    OldStubsError,
)

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.request import Request
    from ferrule.plan.build import PlannedModule
    from ferrule.stubs.model import Module
    from ferrule.wheel.layout import Layout

__all__ = [
    "StubFile",
    "check_stubs",
    "describe_module",
    "make_stubs",
    "source_stubs",
    "stub_texts",
    "write_stubs",
]


@dataclass(frozen=True)
class StubFile:
    """One stub file and where it belongs."""

    path: Path
    text: str

    @property
    def present(self) -> str | None:
        """Return what the file holds now, or None if it is not there."""
        if not self.path.is_file():
            return None
        return self.path.read_text(encoding="utf-8", errors="replace")


def make_stubs(
    request: Request, *, out: Path | None = None, runtime: bool = False
) -> list[StubFile]:
    """Build the project's modules and return their stubs, without writing.

    Without `out` they belong beside the Python sources, where a wheel finds
    them. With `runtime` the modules are imported too, for what PyO3 does not
    record. Raises `FerruleError` subclasses.
    """
    from ferrule.pipeline.build.wheels import plan_builds
    from ferrule.pipeline.compiling import compile_build
    from ferrule.pipeline.opening import open_project
    from ferrule.wheel.layout import plan_layout

    opened = open_project(replace(request, state="editable"))
    opened.refuse_setup_py()
    build, _ = plan_builds(opened)[0]
    modules = [item for item in build.modules if item.bindings == "pyo3"]
    if not modules:
        raise NoStubTargetError(build.project.metadata.name)
    compiled = compile_build(opened, build)
    layout = plan_layout(
        build.project.root,
        build.project.settings,
        [item.name for item in build.modules],
        distribution=build.project.metadata.distribution_name,
        manifest_dir=build.project.manifest_path.parent,
    )
    found: list[StubFile] = []
    for item in modules:
        module = describe_module(compiled, layout, item, runtime=runtime)
        found += _files(module, layout, item, out)
    return found


def source_stubs(compiled: CompiledBuild, layout: Layout) -> list[StubFile]:
    """Return the stubs of modules that are built, beside the Python sources."""
    return [
        file
        for item in compiled.build.modules
        if item.bindings == "pyo3"
        for file in _files(
            describe_module(compiled, layout, item, runtime=False), layout, item, None
        )
    ]


def write_stubs(files: list[StubFile], *, force: bool = False) -> list[Path]:
    """Write the stubs that changed and return the paths of those.

    Raises `HandWrittenStubError`, before anything is written, for a file that
    ferrule did not make, unless `force`.
    """
    from ferrule import atomic
    from ferrule.stubs.writer import MARK

    changed = [item for item in files if item.present != item.text]
    for item in changed:
        present = item.present
        if present is not None and not force and not present.startswith(MARK):
            raise HandWrittenStubError(item.path)
    for item in changed:
        item.path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(item.path, item.text.encode())
    return [item.path for item in changed]


def check_stubs(files: list[StubFile]) -> None:
    """Raise `OldStubsError` if a file on disk is not what it would be made now."""
    import difflib

    old, diff = [], ""
    for item in files:
        present = item.present
        if present != item.text:
            old.append(item.path)
            lines = difflib.unified_diff(
                (present or "").splitlines(),
                item.text.splitlines(),
                f"{item.path}",
                f"{item.path} (now)",
                lineterm="",
            )
            diff += "\n".join(lines) + "\n"
    if old:
        raise OldStubsError(old, diff)


def describe_module(
    compiled: CompiledBuild, layout: Layout, item: PlannedModule, *, runtime: bool
) -> Module:
    """Return what a built module holds, as far as PyO3 recorded it.

    With `runtime` it is imported for the rest. Raises `NoIntrospectionError`,
    `NoModuleError`, `ImportFailedError` and what reading a library raises.
    """
    from ferrule.stubs.chunks import read_chunks
    from ferrule.stubs.introspection import described_modules, orphans, read_module
    from ferrule.stubs.merging import merge_modules
    from ferrule.stubs.model import Module

    library = compiled.library(item)
    chunks = read_chunks(library.read_bytes(), str(library))
    module = read_module(chunks, item.name)
    if runtime:
        # Without records of its own, every member comes from the import.
        base = module or Module(item.name)
        seen = _look_at(compiled, layout, item, library)
        return merge_modules(base, seen, orphans(chunks, item.name))
    if module is not None:
        _warn_incomplete(module)
        return module
    if chunks:
        raise NoModuleError(item.name, described_modules(chunks))
    release = item.key.pyo3.use.version if item.key.pyo3 else "of an unknown release"
    raise NoIntrospectionError(item.name, release, is_recording=_records(release))


def _records(release: str) -> bool:
    from ferrule.stubs.chunks import FIRST_RELEASE

    parts = release.split(".")[:2]
    if not all(part.isdigit() for part in parts):
        return False
    return tuple(map(int, parts)) >= FIRST_RELEASE


def _look_at(
    compiled: CompiledBuild, layout: Layout, item: PlannedModule, library: Path
) -> Module:
    from ferrule.errors.stubs import ImportFailedError
    from ferrule.stubs.runtime import look_at

    interpreter = compiled.build.interpreter
    if interpreter is None or compiled.build.project.settings.target:
        reason = "--runtime needs a Python of this machine that the module is built for"
        raise ImportFailedError(item.name, "no interpreter", reason)
    return look_at(interpreter.executable, item.name, library, [layout.python_dir])


def _warn_incomplete(module: Module) -> None:
    """Tell about members that a stub cannot have, and how to get them."""
    if module.is_incomplete:
        reason = (
            f"PyO3 does not say what {', '.join(module.unknown)} are"
            if module.unknown
            else "its #[pymodule] is a function, which adds members when it runs"
        )
        log.warn(
            f"the stub of {module.name} is incomplete: {reason}; --runtime completes "
            "it, and so does `#[pymodule] mod` with #[pymodule_export]"
        )
    for item in module.modules:
        _warn_incomplete(item)


def _files(
    module: Module, layout: Layout, item: PlannedModule, out: Path | None
) -> list[StubFile]:
    place = next(place for place in layout.modules if place.name == item.name)
    texts = stub_texts(module, is_packed_alone=out is None and not place.is_mixed)
    if out is not None and out.suffix == ".pyi" and len(texts) == 1:
        return [StubFile(out, text) for text in texts.values()]
    if out is not None:
        return [StubFile(out / path, text) for path, text in texts.items()]
    if place.is_mixed:
        folder = layout.python_dir / place.path.rpartition("/")[0]
        return [StubFile(folder / path, text) for path, text in texts.items()]
    last = item.name.rpartition(".")[2]
    path = place.stub or layout.root / f"{last}.pyi"
    return [StubFile(path, text) for text in texts.values()]


def stub_texts(module: Module, *, is_packed_alone: bool) -> dict[str, str]:
    """Return the stubs of a module by their paths beside it.

    `is_packed_alone`: the project has no Python package, and its wheel has room for
    one stub file.
    """
    from ferrule.stubs.writer import stub_files

    texts, unknown = stub_files(module)
    for name in unknown:
        log.warn(
            f"{module.name}: nothing defines {name!r}, which a signature names; the "
            "stub says Incomplete"
        )
    if is_packed_alone and len(texts) > 1:
        log.warn(
            f"a project without a Python package packs one stub file: that of "
            f"{module.name} leaves its submodules out"
        )
        texts, _ = stub_files(_flat(module))
    return texts


def _flat(module: Module) -> Module:
    """Return the module with its submodules as attributes of unknown content."""
    from ferrule.stubs.model import Attribute, qualified

    hint = qualified("types", "ModuleType")
    names = [item.name.rpartition(".")[2] for item in module.modules]
    attributes = [*module.attributes, *(Attribute(name, hint) for name in names)]
    return replace(
        module,
        modules=(),
        attributes=tuple(sorted(attributes, key=lambda item: item.name)),
    )
