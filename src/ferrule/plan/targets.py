"""Which cargo targets of the main crate a wheel packs.

Without the setting `targets` that is the library, or for `bin` every binary
whose `required-features` are on. With it only what is named is packed; a
library and binaries that are named together go into one wheel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.cargo import NoBinaryError, NoTargetError, UnknownTargetError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.project.crate import CrateTarget
    from ferrule.settings.model import CargoTarget, Settings

__all__ = ["Chosen", "choose_targets"]


@dataclass(frozen=True)
class Chosen:
    """What of a crate is packed."""

    library: bool
    binaries: tuple[str, ...]


def choose_targets(settings: Settings, kind: str, graph: Graph) -> Chosen:
    """Return the targets to pack under bindings of some kind (`pyo3`, `bin`, ...).

    Raises `UnknownTargetError` for a name that the crate does not have,
    `NoTargetError` where nothing of what is named can be packed, and
    `NoBinaryError` for programs without any.
    """
    is_program = kind == "bin"
    if settings.targets:
        return _named(settings, graph, is_program=is_program)
    if not is_program:
        return Chosen(library=True, binaries=())
    if settings.binaries:
        return Chosen(library=False, binaries=())
    found = [item for item in graph.root.binaries if _is_enabled(item, graph)]
    for item in graph.root.binaries:
        if item not in found:
            log.info(_explain_left_out(item))
    if not found:
        needs = {item.name: item.required_features for item in graph.root.binaries}
        raise NoBinaryError(graph.root.name, graph.root.manifest_path, needs)
    return Chosen(library=False, binaries=tuple(item.name for item in found))


def _named(settings: Settings, graph: Graph, *, is_program: bool) -> Chosen:
    library = False
    binaries: list[str] = []
    for wanted in settings.targets:
        target = _find(wanted, graph, prefer_library=not is_program)
        if target.is_library:
            library = library or not is_program
            if is_program:
                log.warn(
                    f"targets: the library `{target.name}` is left out, because the "
                    "project is one of programs"
                )
        elif _is_enabled(target, graph):
            binaries.append(target.name)
        else:
            log.warn(f"targets: {_explain_left_out(target)}")
    if settings.bindings not in ("auto", "bin") and not library:
        raise NoTargetError(f"no library for bindings = {settings.bindings!r}")
    if not library and not binaries:
        raise NoTargetError("nothing that can be packed")
    return Chosen(library, tuple(dict.fromkeys(binaries)))


def _find(wanted: CargoTarget, graph: Graph, *, prefer_library: bool) -> CrateTarget:
    crate = graph.root
    candidates = [item for item in crate.binaries if item.name == wanted.name]
    library = crate.library
    if library is not None and wanted.name.replace("-", "_") == library.name.replace(
        "-", "_"
    ):
        candidates.insert(0 if prefer_library else len(candidates), library)
    for item in candidates:
        if wanted.kind is None or wanted.kind in item.kind:
            return item
    targets = [*([library] if library else []), *crate.binaries]
    known = {item.name: ", ".join(item.kind) for item in targets}
    raise UnknownTargetError(wanted.name, wanted.kind, crate.name, known)


def _is_enabled(target: CrateTarget, graph: Graph) -> bool:
    enabled = graph.features | set(graph.selection.features)
    return enabled.issuperset(target.required_features)


def _explain_left_out(target: CrateTarget) -> str:
    needed = ", ".join(target.required_features)
    return f"the binary `{target.name}` is left out: it needs the features {needed}"
