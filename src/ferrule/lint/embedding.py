"""The rules of `append_to_inittab!` for programs that embed Python.

A `#[pymodule]` that the embedded code imports has to be registered, and before
the interpreter is initialized: afterwards the macro panics (PyO3's
`src/macros.rs`). Both generations of the API are known.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from ferrule.lint.finding import Finding
from ferrule.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ferrule.lint.names import Names
    from ferrule.lint.source import Source
    from ferrule.lint.syntax import Item, Tree
    from ferrule.settings.model import LintRule

__all__ = ["Part", "find_late", "find_missing", "may_concern"]

_APPEND: Final = "append_to_inittab"
_INITIALIZE: Final = frozenset(("initialize", "prepare_freethreaded_python"))
_ATTACH: Final = frozenset(("attach", "with_gil"))
_SCOPED: Final = "with_embedded_python_interpreter"
_BY_HAND: Final = (
    "PyImport_AppendInittab",
    "PyImport_ExtendInittab",
    "PyImport_Inittab",
)
_IMPORTS: Final = frozenset(("import", "import_bound"))


@dataclass(frozen=True)
class Part:
    """One file of a program or library, with what its names mean."""

    tree: Tree
    names: Names


@dataclass(frozen=True)
class _Module:
    """A `#[pymodule]`."""

    item: Item
    part: Part
    name: str
    """What Python imports."""


@dataclass(frozen=True)
class _Event:
    """Something that a function does, in the order of the text."""

    kind: str
    """`init` or `append`."""
    token: int
    until: int
    """The interpreter runs up to this token: the end, but for a scoped one."""
    blocks: tuple[int, ...]
    """The braces around it, inside of the function."""
    what: str


@dataclass
class _Function:
    item: Item
    events: list[_Event] = field(default_factory=list)
    calls: list[tuple[int, tuple[int, ...], str]] = field(default_factory=list)


def may_concern(content: bytes) -> bool:
    """Tell whether a file can hold anything that the rules look for."""
    return (
        b"inittab" in content
        or b"pymodule" in content
        or b"Python" in content
        or (b"python" in content)
    )


def find_late(part: Part, *, auto_initialize: bool) -> list[Finding]:
    """Return each `append_to_inittab!` that comes after the initialization.

    `auto_initialize` tells whether that feature of PyO3 is enabled, which makes
    `Python::attach` and `with_gil` initialize.
    """
    if _APPEND not in part.tree.source.text:
        return []
    functions = [
        _read_function(part.tree, item, auto_initialize)
        for item in part.tree.all_items()
        if item.kind == "fn" and item.live is True and item.body is not None
    ]
    by_name: dict[str, list[_Function]] = {}
    for function in functions:
        by_name.setdefault(function.item.name, []).append(function)
    known = {name: found[0] for name, found in by_name.items() if len(found) == 1}
    findings = []
    for function in functions:
        events = sorted(
            (*function.events, *_called(function, known)),
            key=lambda event: (event.token, event.kind),
        )
        for event in events:
            before = _initialized_before(event, events)
            if event.kind == "append" and before is not None:
                findings += _late(part, function.item, event, before)
    return findings


def find_missing(
    program: list[Part],
    library: list[Part],
    *,
    is_extension: bool,
    auto_initialize: bool,
) -> list[Finding]:
    """Return the modules of a program that nothing registers.

    `library` is the package's own library; with `is_extension` it can be
    imported from a file as well, so its modules are left alone.
    """
    everything = [*program, *library]
    if any(word in part.tree.source.text for part in everything for word in _BY_HAND):
        return []
    if not any(_initializes(part, auto_initialize) for part in program):
        return []
    own_files = {part.tree.source.path for part in library}
    modules = [
        module
        for part in program
        if part.tree.source.path not in own_files
        for module in _modules(part)
    ]
    if not is_extension:
        modules += [module for part in library for module in _modules(part)]
    findings = []
    for module in modules:
        if not _is_used(module, everything):
            findings += _missing(module, program)
    return findings


def _read_function(tree: Tree, item: Item, auto_initialize: bool) -> _Function:  # noqa: FBT001
    source = tree.source
    function = _Function(item)
    start, end = item.body or (0, 0)
    inner = [(child.start, child.end) for child in item.children if child.kind == "fn"]
    hidden = sorted([*tree.hidden, *inner])
    blocks: list[tuple[int, int]] = []
    index = start
    while index < end:
        skipped = next((last for first, last in hidden if first <= index < last), None)
        if skipped is not None:
            index = skipped
            continue
        while blocks and blocks[-1][1] <= index:
            blocks.pop()
        path = tuple(block for block, _ in blocks)
        if source.is_punct(index, "{"):
            blocks.append((index, source.closing[index]))
        elif source.is_name(index):
            _read_name(source, index, path, function, auto_initialize)
        index += 1
    return function


def _read_name(
    source: Source,
    index: int,
    blocks: tuple[int, ...],
    function: _Function,
    auto_initialize: bool,  # noqa: FBT001 - handed on
) -> None:
    word = source.word(index)
    if word == _APPEND and source.is_punct(index + 1, "!"):
        what = "append_to_inittab!"
        function.events.append(_Event("append", index, index, blocks, what))
        return
    if not source.is_punct(index + 1, "(") or source.is_punct(index - 1, "."):
        return
    if source.word(index - 1) == "fn":
        return
    until = _running_until(source, index, auto_initialize)
    if until is not None:
        if _is_statement(source, index):
            what = f"`{_spelled(source, index)}`"
            function.events.append(_Event("init", index, until, blocks, what))
    elif not source.is_punct(index - 1, "::") and _is_statement(source, index):
        function.calls.append((index, blocks, word))


def _running_until(source: Source, index: int, auto_initialize: bool) -> int | None:  # noqa: FBT001
    """Return up to where a call has Python running, or None if it does not."""
    word = source.word(index)
    of_python = source.is_punct(index - 1, "::") and source.word(index - 2) == "Python"
    if word == _SCOPED:
        return source.closing[index + 1]
    if word == "prepare_freethreaded_python" or (of_python and word in _INITIALIZE):
        return len(source.tokens)
    if of_python and word in _ATTACH and auto_initialize:
        return len(source.tokens)
    return None


def _is_statement(source: Source, index: int) -> bool:
    """Tell whether a call is made whenever its block is: no arm, no closure."""
    index -= 1
    while index >= 0 and source.tokens[index].text not in ("{", "}", ";"):
        if source.tokens[index].text in ("=>", "|", "&"):
            return False
        index -= 1
    return True


def _spelled(source: Source, index: int) -> str:
    if source.is_punct(index - 1, "::") and source.word(index - 2) == "Python":
        return f"Python::{source.word(index)}"
    return source.word(index)


def _called(function: _Function, known: dict[str, _Function]) -> Iterator[_Event]:
    """Return what the functions do that a function of the file calls."""
    for token, blocks, name in function.calls:
        callee = known.get(name)
        if callee is None or callee is function:
            continue
        for event in callee.events:
            if event.blocks or (event.kind == "init" and event.what == f"`{_SCOPED}`"):
                continue
            if _initialized_before(event, callee.events) is not None:
                continue
            until = event.until if event.kind == "init" else token
            what = f"{event.what} (in `{name}`)"
            yield _Event(event.kind, token, until, blocks, what)


def _initialized_before(event: _Event, events: Iterable[_Event]) -> _Event | None:
    for other in events:
        if (
            other.kind == "init"
            and other.token < event.token <= other.until
            and event.blocks[: len(other.blocks)] == other.blocks
        ):
            return other
    return None


def _late(part: Part, item: Item, event: _Event, before: _Event) -> list[Finding]:
    source = part.tree.source
    line = source.position(before.token)[0]
    return _report(
        part,
        "inittab-late",
        event.token,
        f"{event.what} comes after {before.what} (line {line}) and will panic: "
        "modules are registered before Python is initialized",
        f"move it above line {line}",
        item,
    )


def _modules(part: Part) -> Iterator[_Module]:
    """Return the top-level `#[pymodule]`s of a file."""
    queue = list(part.tree.items)
    while queue:
        item = queue.pop(0)
        if item.live is not True:
            continue
        if any(
            part.names.is_attribute(one.path, "pymodule") for one in item.attributes
        ):
            if item.kind in ("fn", "mod") and item.name:
                yield _Module(item, part, _python_name(part, item))
        elif item.kind == "mod":
            queue += item.children


def _python_name(part: Part, item: Item) -> str:
    source = part.tree.source
    for attribute in item.attributes:
        if attribute.arguments is None:
            continue
        for start, _ in source.pieces(*attribute.arguments):
            value = source.word(start + 2)
            if source.word(start) == "name" and value.startswith('"'):
                return value[1:-1]
    return item.name


def _initializes(part: Part, auto_initialize: bool) -> bool:  # noqa: FBT001
    source = part.tree.source
    hidden = part.tree.hidden
    return any(
        source.is_punct(index + 1, "(")
        and _running_until(source, index, auto_initialize) is not None
        and not any(first <= index < last for first, last in hidden)
        for index in range(len(source.tokens))
        if source.is_name(index)
    )


def _is_used(module: _Module, parts: list[Part]) -> bool:
    """Tell whether a module's Rust name occurs anywhere but in its definition.

    `append_to_inittab!`, `wrap_pymodule!` and whatever else makes use of it.
    """
    for part in parts:
        source = part.tree.source
        for index, token in enumerate(source.tokens):
            if token.kind == "ident" and source.word(index) == module.item.name:
                is_definition = part is module.part and index == module.item.keyword + 1
                if not is_definition:
                    return True
    return False


def _missing(module: _Module, program: list[Part]) -> list[Finding]:
    fix = (
        f"`pyo3::append_to_inittab!({module.item.name});` before Python is initialized"
    )
    for part in program:
        token = _import_of(part, module.name)
        if token is not None:
            return _report(
                part,
                "inittab-missing",
                token,
                f"`{module.name}` cannot be imported: it is a `#[pymodule]` of this "
                "program, and nothing registers it",
                fix,
            )
    if not any(part is module.part for part in program):
        return []
    return _report(
        module.part,
        "inittab-missing",
        module.item.keyword + 1,
        f"nothing registers `{module.name}`, so the Python code that this program "
        "runs cannot import it",
        fix,
        module.item,
    )


def _import_of(part: Part, name: str) -> int | None:
    """Return the token at which embedded code imports a module."""
    source = part.tree.source
    statement = re.compile(
        rf"^\s*(?:import|from)\s+{re.escape(name)}(?![\w])", re.MULTILINE
    )
    for index, token in enumerate(source.tokens):
        if token.kind != "string" or name not in token.text:
            continue
        content = token.text.lstrip("bcr#")[1:].rstrip("#")[:-1]
        if content == name and _is_import(source, index):
            return index
        if statement.search(content.replace("\\n", "\n")):
            return index
    return None


def _is_import(source: Source, index: int) -> bool:
    """Tell whether a string is an argument of `import(...)`."""
    depth = 0
    while index > 0 and depth <= 0:
        index -= 1
        text = source.tokens[index].text
        if text in (";", "{", "}"):
            return False
        if text in (")", "]"):
            depth -= 1
        elif text in ("(", "["):
            depth += 1
    name = source.word(index - 1)
    if name == "!":  # intern!(py, "name")
        return _is_import(source, index - 2)
    return name in _IMPORTS


def _report(
    part: Part,
    rule: LintRule,
    token: int,
    what: str,
    fix: str,
    item: Item | None = None,
) -> list[Finding]:
    source = part.tree.source
    line, column = source.position(token)
    above = source.position(item.start)[0] if item else line
    if any(rule in source.allowed.get(place, ()) for place in (line, above)):
        return []
    return [Finding(rule, source.path, line, column, what, (fix,), fails=False)]
