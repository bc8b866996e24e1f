"""Python packages that a build needs: generators of code, and the compressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.pipeline.opening import open_project
from ferrule.plan.context import find_selection

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.settings.model import Settings

__all__ = ["build_requirements", "published_bindgen"]

_BINDGENS = ("0.31.0", "0.30.0", "0.29.5", "0.28.3", "0.27.0", "0.26.1", "0.25.2")
"""The last release of the package uniffi-bindgen for each minor release."""


def build_requirements(request: Request) -> list[str]:
    """Return what must be installed beside ferrule: cffi, uniffi-bindgen, deflate.

    Never raises: what is wrong with the project, the build itself explains.
    """
    with log.sink_to(_say_nothing):
        try:
            return _ask(request)
        except FerruleError:
            return []


def published_bindgen(version: str) -> list[str]:
    """Return the requirement of the uniffi-bindgen that fits a uniffi release.

    >>> published_bindgen("0.29.2")
    ['uniffi-bindgen==0.29.5']
    >>> published_bindgen("0.99.0")
    []
    """
    minor = version.split(".")[:2]
    fitting = [known for known in _BINDGENS if known.split(".")[:2] == minor]
    return [f"uniffi-bindgen=={known}" for known in fitting]


def _say_nothing(kind: log.Kind, message: str) -> None:
    del kind, message


def _ask(request: Request) -> list[str]:
    opened = open_project(request)
    settings = opened.settings(request.interpreter)
    compressor = ["deflate>=0.8"] if settings.compression == "libdeflate" else []
    return [*_ask_for_generators(opened, settings), *compressor]


def _ask_for_generators(opened: OpenProject, settings: Settings) -> list[str]:
    request = opened.request
    kind: str = settings.bindings
    if settings.modules:
        return []
    if kind in ("auto", "uniffi"):
        from ferrule.plan.planner import graph_kind

        selection = find_selection(settings, request.interpreter, ())
        graph = opened.graph(settings, selection)
        kind = graph_kind(graph) if kind == "auto" else kind
        if kind == "uniffi":
            return _ask_for_bindgen(graph, request)
    # PyPy brings its own.
    interpreter = request.interpreter
    is_pypy = interpreter is not None and interpreter.implementation == "PyPy"
    return ["cffi"] if kind == "cffi" and not is_pypy else []


def _ask_for_bindgen(graph: Graph, request: Request) -> list[str]:
    from ferrule.plan.bound import BINDGEN, find_bindgen_crate
    from ferrule.python.search import find_command

    if graph.uniffi is None or find_bindgen_crate(graph):
        return []
    if find_command(BINDGEN, request.env):
        return []
    return published_bindgen(graph.uniffi.version)
