"""What trimming left of the files of a bundle, and the report about it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ferrule.bundle.selection import module_of
from ferrule.bundle.trimming.graph import Kept, chain
from ferrule.quantities import bytes_text, count_text
from ferrule.wheel.content import content_size

if TYPE_CHECKING:
    from ferrule.bundle.layout import Layout
    from ferrule.bundle.model import BundleFile

__all__ = ["TrimReport", "Trimmed", "module_at", "trim_files"]

_INFO: Final = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class TrimReport:
    """What was left out and why the rest was not."""

    kept: Mapping[str, Kept]
    """Modules of the bundle, in the order in which they were reached."""
    left_out: tuple[tuple[str, int, int], ...]
    """Topmost modules without anything that is kept: name, how many modules that
    is, and their size in bytes; sorted by name."""
    names: tuple[str, ...]
    """All modules that were left out, sorted."""

    @property
    def size_bytes(self) -> int:
        """Return how much smaller the bundle became."""
        return sum(size for _, _, size in self.left_out)

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what was left out, with the reason, for reports of a bundle."""
        reason = "--trim: nothing imports it ({}, {})".format
        return tuple(
            (name, reason(count_text(count, "module"), bytes_text(size)))
            for name, count, size in self.left_out
        )

    def chain(self, name: str) -> str:
        """Return why a module is kept, as one line."""
        return " ← ".join(chain(self.kept, name))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "keptModules": len(self.kept),
            "leftOutModules": len(self.names),
            "leftOutBytes": self.size_bytes,
            "kept": [
                {"module": name, "by": item.by or None, "how": item.how or "imports it"}
                for name, item in self.kept.items()
            ],
            "leftOut": [
                {"name": name, "modules": count, "sizeBytes": size}
                for name, count, size in self.left_out
            ],
        }


@dataclass(frozen=True)
class Trimmed:
    """The files that stay."""

    files: tuple[BundleFile, ...]
    report: TrimReport


def module_at(path: str, layout: Layout) -> str:
    """Return the dotted name of the module in a file of a bundle; empty for data."""
    below = _below(path, layout)
    folder, name = posixpath.split(below)
    if posixpath.basename(folder) == "__pycache__":
        folder = posixpath.dirname(folder)
        name = f"{name.partition('.')[0]}.py"
    elif name.endswith(".pyc"):
        name = name[:-1]
    return module_of(posixpath.join(folder, name))


def trim_files(
    files: Sequence[BundleFile],
    modules: Mapping[str, str],
    kept: Mapping[str, Kept],
    layout: Layout,
) -> Trimmed:
    """Return the files of a bundle without the modules that are not in `kept`.

    `modules` are the modules by the paths of their files. Data stays with the
    package that it lies in, and metadata of packages always.
    """
    folders: dict[str, list[str]] = {}
    for path, name in modules.items():
        folders.setdefault(_folder(path), []).append(name)
    owners: dict[str, set[str]] = {}
    for item in files:
        if item.path in modules:
            owners.setdefault(item.owner, set()).add(modules[item.path])
    own = [name for names in folders.values() for name in names]
    report = _report(files, modules, kept, own)
    stays: list[BundleFile] = []
    for item in files:
        if item.path in modules:
            name = modules[item.path]
            if name in kept:
                stays.append(replace(item, reason=report.chain(name)))
        elif _keeps_data(item, folders, owners.get(item.owner, set()), kept, layout):
            stays.append(item)
    return Trimmed(tuple(stays), report)


def _keeps_data(
    item: BundleFile,
    folders: Mapping[str, Sequence[str]],
    owned: Collection[str],
    kept: Mapping[str, Kept],
    layout: Layout,
) -> bool:
    """Tell whether a file stays that is no module."""
    tops = (layout.standard_library, layout.packages, layout.modules, "")
    folder = posixpath.dirname(item.path)
    while folder not in tops:
        if folder.endswith(_INFO):
            return True
        if folder in folders:
            return any(name in kept for name in _deep(folder, folders))
        folder = posixpath.dirname(folder)
    if item.part != "package" or item.path.endswith(".pth") or not owned:
        return True
    # Libraries beside the modules: numpy.libs.
    return any(name in kept for name in owned)


def _deep(folder: str, folders: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the package that a folder is; of a folder without one, all modules."""
    names = folders[folder]
    tails = {name.rpartition(".")[2] for name in names}
    last = posixpath.basename(folder)
    if last in tails:
        return [name for name in names if name.rpartition(".")[2] == last]
    start = f"{folder}/"
    found = list(names)
    for other, inner in folders.items():
        if other.startswith(start):
            found += inner
    return found


def _report(
    files: Sequence[BundleFile],
    modules: Mapping[str, str],
    kept: Mapping[str, Kept],
    own: Collection[str],
) -> TrimReport:
    names = {name for name in own if name not in kept}
    sizes = dict.fromkeys(names, 0)
    for item in files:
        name = modules.get(item.path, "")
        if name in sizes:
            sizes[name] += content_size(item.content)
    tops: dict[str, list[int]] = {}
    for name in sorted(names):
        top = name
        above = name.rpartition(".")[0]
        while above and above not in kept:
            top, above = above, above.rpartition(".")[0]
        row = tops.setdefault(top, [0, 0])
        row[0] += 1
        row[1] += sizes[name]
    return TrimReport(
        dict(kept),
        tuple((name, count, size) for name, (count, size) in sorted(tops.items())),
        tuple(sorted(names)),
    )


def _folder(path: str) -> str:
    folder = posixpath.dirname(path)
    return (
        posixpath.dirname(folder)
        if posixpath.basename(folder) == "__pycache__"
        else folder
    )


def _below(path: str, layout: Layout) -> str:
    for root in (layout.packages, layout.standard_library, layout.modules):
        if root and path.startswith(f"{root}/"):
            return path[len(root) + 1 :]
    return ""
