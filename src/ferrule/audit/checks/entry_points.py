"""Whether the entry points of a wheel lead to something.

Standard: the entry points specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ferrule.audit.finding import Finding
from ferrule.audit.python_tag import module_name

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_entry_points"]

_SCRIPTS = ("console_scripts", "gui_scripts")
_FIX = "correct `project.scripts` or `project.entry-points`"
_DYNAMIC = ("import *", "__getattr__", "globals()", "setattr(", "__dict__", "exec(")
_OWN_FOLDERS = ("purelib", "platlib")


class _Entry(NamedTuple):
    group: str
    name: str
    target: str


def check_entry_points(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield the entry points that cannot work."""
    path = f"{wheel.dist_info}/entry_points.txt"
    if path not in wheel.entries:
        return
    modules = _find_modules(wheel)
    seen: set[tuple[str, str]] = set()
    for number, entry in _parse(wheel.text(path)):
        if isinstance(entry, str):
            what = f"line {number} is no entry point: {entry[:120]!r}"
            yield Finding("entry-point", "error", path, what, _FIX)
            continue
        if (entry.group, entry.name) in seen:
            what = f"{entry.group} has {entry.name} twice"
            yield Finding("entry-point", "error", path, what, _FIX)
        seen.add((entry.group, entry.name))
        yield from _check_entry(wheel, entry, modules, path)


def _parse(text: str) -> Iterator[tuple[int, _Entry | str]]:
    """Yield the entries with their lines; the text of lines that are none."""
    group = ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        name, equals, target = stripped.partition("=")
        if stripped[0] == "[" and stripped[-1] == "]":
            group = stripped[1:-1].strip()
        elif equals and name.strip() and target.strip() and group:
            # An extra after the reference is allowed, and means nothing any more.
            reference = target.partition("[")[0].strip()
            yield number, _Entry(group, name.strip(), "".join(reference.split()))
        else:
            yield number, stripped


def _check_entry(
    wheel: OpenedWheel, entry: _Entry, modules: dict[str, str], path: str
) -> Iterator[Finding]:
    module, colon, attribute = entry.target.partition(":")
    shown = f"{entry.group}: {entry.name} = {entry.target}"
    words = [*module.split("."), *(attribute.split(".") if colon else ())]
    if entry.group in _SCRIPTS and not {"/", "\\"}.isdisjoint(entry.name):
        yield _finding(path, f"{shown}: the command would lie in another folder")
    if not all(word.isidentifier() for word in words):
        yield _finding(path, f"{shown}: that is no name of an object")
    elif entry.group in _SCRIPTS and not colon:
        yield _finding(path, f"{shown}: a command needs MODULE:FUNCTION")
    elif module not in modules:
        yield from _check_missing(module, modules, shown, path)
    elif colon:
        name = attribute.partition(".")[0]
        is_module = f"{module}.{name}" in modules
        if not is_module and _lacks(wheel, modules[module], name):
            yield _finding(path, f"{shown}: {modules[module]} has no {name}")


def _finding(path: str, what: str) -> Finding:
    return Finding("entry-point", "error", path, what, _FIX)


def _check_missing(
    module: str, modules: dict[str, str], shown: str, path: str
) -> Iterator[Finding]:
    if module.partition(".")[0] in modules:
        yield _finding(path, f"{shown}: the wheel has no module {module}")
        return
    what = f"{shown}: {module} is not of this wheel, which may be meant"
    yield Finding("entry-point", "warning", path, what, _FIX)


def _find_modules(wheel: OpenedWheel) -> dict[str, str]:
    """Return the files of modules by their names; folders as namespace packages."""
    found: dict[str, str] = {}
    for path in wheel.entries:
        name = path
        top, _, rest = path.partition("/")
        if top.endswith(".data"):
            scheme, _, name = rest.partition("/")
            if scheme not in _OWN_FOLDERS:
                continue
        stem = _stem(name)
        if stem:
            dotted = stem.replace("/", ".")
            found[dotted.removesuffix(".__init__")] = path
        folder = name.rpartition("/")[0]
        while folder and folder.replace("/", ".") not in found:
            found[folder.replace("/", ".")] = ""
            folder = folder.rpartition("/")[0]
    return found


def _stem(path: str) -> str:
    for ending in (".py", ".pyc"):
        if path.endswith(ending):
            return path[: -len(ending)]
    module = module_name(path)
    return module.stem.lstrip("/") if module is not None else ""


def _lacks(wheel: OpenedWheel, path: str, name: str) -> bool:
    """Return whether a module surely has no such name."""
    if not path.endswith(".py"):
        return False
    text = wheel.text(path)
    return name not in text and not any(word in text for word in _DYNAMIC)
