"""Whether the modules of a wheel keep what its Python and ABI tag promises.

Only names can be seen in a binary: which functions and variables of Python it
takes, and from which DLL. That code relies on the layout of a structure that is
not stable leaves no trace. Standards: PEP 384 and 652 (abi3), PEP 803 (abi3t),
PEP 793 (`PyModExport_*`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.audit.python_symbols import WheelModule, joined, symbol_findings
from ferrule.audit.python_tag import FIRST_ABI3T, Promise, oldest_minor
from ferrule.audit.stable_table import (
    is_entry_point,
    is_python_name,
    load_table,
)
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.stable_table import StableTable
    from ferrule.formats.image import Image
    from ferrule.wheel.tags import WheelTag

__all__ = ["check_stable_abi"]

_WHOLE_PYTHON = 40
"""No module exports so many names of Python's API, unless it is a Python."""


def check_stable_abi(
    images: Mapping[str, Image], tag: WheelTag, *, requires_python: str = ""
) -> list[Finding]:
    """Return what the binaries of a wheel do that its tag does not allow.

    `images` are the binaries by their path in the wheel; `requires_python` is
    the metadata's field, without which no wider tag is suggested. Programs are
    not judged. Raises `ReadError` and `BrokenBinaryError`.
    """
    promise = Promise.of_tag(tag)
    modules = [WheelModule.read(path, image) for path, image in sorted(images.items())]
    modules = [module for module in modules if module.views]
    wheel = _Wheel(promise, tuple(modules), load_table(), oldest_minor(requires_python))
    return list(wheel.findings())


@dataclass(frozen=True)
class _Wheel:
    promise: Promise
    modules: tuple[WheelModule, ...]
    table: StableTable
    oldest: int | None

    def findings(self) -> Iterator[Finding]:
        promise = self.promise
        wrong = self._wrong_names()
        for module in self.modules:
            if promise.stable:
                others = [other for other in self.modules if other is not module]
                yield from symbol_findings(module, promise, others)
            yield from self._dlls(module)
            if module.path in wrong:
                yield wrong[module.path]
            yield from self._entry(module)
            yield from self._exported(module)
        yield from self._wider()

    def _dlls(self, module: WheelModule) -> Iterator[Finding]:
        promise = self.promise
        for view in module.views:
            for dll in view.dlls:
                wanted = dll.problem(promise)
                if wanted:
                    yield Finding(
                        "python-dll",
                        "error",
                        module.path,
                        f"it is linked to {dll.name}, but the tag is {promise.text}",
                        f"link it to {wanted}, or give the wheel the tag of what it "
                        "is linked to",
                    )

    def _wrong_names(self) -> dict[str, Finding]:
        """Return findings about modules that are not found under any name."""
        names: dict[str, list[WheelModule]] = {}
        for module in self.modules:
            if module.name:
                names.setdefault(module.name.stem, []).append(module)
        wrong = {}
        for group in names.values():
            problems = [
                module.name.problem(self.promise) for module in group if module.name
            ]
            if not all(problems):
                continue
            for module, problem in zip(group, problems):
                wrong[module.path] = Finding(
                    "module-suffix",
                    "error",
                    module.path,
                    f"it is not found by every Python of the tag "
                    f"{self.promise.text}: {problem}",
                    self._suffix_fix(module),
                )
        return wrong

    def _suffix_fix(self, module: WheelModule) -> str:
        stem = module.leaf.partition(".")[0]
        if not self.promise.stable:
            return "give the wheel the tag of the Python that the file is for"
        ending = module.name.ending if module.name else "so"
        mark = ".abi3t" if self.promise.abi3t else ".abi3"
        suffix = ".pyd" if ending == "pyd" else f"{mark}.so"
        return f"call it {stem}{suffix}, or tag the wheel for the one Python it is for"

    def _entry(self, module: WheelModule) -> Iterator[Finding]:
        name = module.name
        if name is None:
            return
        found = sorted(filter(is_entry_point, module.exports))
        wanted = set(name.hooks)
        if self.promise.python2:
            wanted.add(f"init{name.leaf}")
            found += sorted(module.exports & {f"init{name.leaf}"})
        if name.ending == "pyd" and name.leaf.endswith("_d"):
            wanted.add(f"PyInit_{name.leaf[:-2]}")  # the name in debug builds
        if not wanted.intersection(found):
            # A plain .so may also be a library that is opened by its C interface.
            if name.is_marked or found:
                yield _entry_finding(module, name.hooks[0], found)
        elif self.promise.abi3t and name.hooks[1] not in found:
            used = {
                item: "takes a structure that only modules for abi3 have"
                for view in module.views
                for item in view.imports & self.table.needs_definition
            }
            yield Finding(
                "abi3t-entry-point",
                "error",
                module.path,
                f"it exports {name.hooks[0]}, but not {name.hooks[1]}, "
                "which abi3t needs",
                "build it with PyO3 0.29 or newer and its feature abi3t, or tag the "
                "wheel abi3 alone",
                module.shown(used),
            )

    def _exported(self, module: WheelModule) -> Iterator[Finding]:
        if module.name is None:
            return
        own = sorted(filter(is_python_name, module.exports))
        if not own:
            return
        if len(own) >= _WHOLE_PYTHON and "Py_Initialize" in own:
            yield Finding(
                "module-carries-python",
                "error",
                module.path,
                f"it carries a whole Python: it exports {len(own)} names of its C API",
                "do not link modules to libpython: with PyO3 that is what `ferrule "
                "build` and maturin see to",
            )
            return
        if not self.promise.stable:
            return  # the one Python that it is for has no such name
        yield Finding(
            "python-name-exported",
            "note",
            module.path,
            f"it exports {joined(own)} as if Python did",
            "hide the names, or choose others that do not start with Py",
        )

    def _wider(self) -> Iterator[Finding]:
        """Suggest a tag for more Pythons, where every file would allow it."""
        promise = self.promise
        is_one_version = promise.version.isdecimal() and promise.floor is not None
        if self.oldest is None or not (promise.abi3 or is_one_version):
            return
        views = [view for module in self.modules for view in module.views]
        names = frozenset[str]().union(*(view.imports for view in views))
        if not names <= self.table.added.keys():
            return
        if any(dll.problem(promise) for view in views for dll in view.dlls):
            return
        minors = [self.table.added[name] for name in names]
        if not minors:
            return
        needed = max(*minors, self.oldest, FIRST_ABI3T if promise.abi3t else 0)
        if promise.abi3 and promise.floor is not None and needed < promise.floor:
            yield Finding(
                "abi3-wider-tag",
                "note",
                "",
                f"the tag is {promise.text}, but nothing that the modules take from "
                f"Python is newer than 3.{needed}: the wheel could be cp3{needed}-abi3",
                f"try the lower minimum (PyO3's feature abi3-py3{needed}), and test it "
                "there",
            )
        elif is_one_version:
            yield Finding(
                "abi3-possible",
                "note",
                "",
                "everything that the modules take from Python is in the stable ABI: as "
                f"they are, they could be cp3{needed}-abi3, one wheel for all newer "
                "Pythons",
                f"try PyO3's feature abi3-py3{self.oldest}, and test what it builds: "
                "whether code looks into objects cannot be seen",
            )


def _entry_finding(module: WheelModule, hook: str, found: list[str]) -> Finding:
    severity: Severity = "warning"
    who = "it"
    seen = f"it exports {joined(found)}" if found else "it exports no such function"
    lacking = [view.arch for view in module.views if hook not in view.exports]
    if len(lacking) < len(module.views):
        who = f"its {', '.join(lacking)} code"
    elif not found and not any(view.imports for view in module.views):
        # Some projects give libraries that they open themselves the suffix of modules.
        severity = "note"
        seen = "it takes nothing from Python either, and is none of its modules"
    return Finding(
        "missing-init",
        severity,
        module.path,
        f"{who} does not export {hook}: {seen}",
        "name the file like its module, or the #[pymodule] like the file",
    )
