"""Tell what modules import; `ferrule.python.imports` sends this text.

It runs in the interpreter that made the bytecode, of any release from 3.9 on, and
reads its orders as JSON from standard input: bytecode files, and pieces of source.
"""

import json
import marshal
import re
import sys
from opcode import opmap
from types import CodeType
from typing import Any

HEADER_BYTES = 16
NAME = re.compile(r"\.*[A-Za-z_][\w.:-]{0,79}")
WHOLE = re.compile(r"\.*\w(?:[\w.:-]*[^\W_])?")
IMPORTERS = frozenset(
    {"import_module", "__import__", "find_spec", "find_loader", "run_module"}
    | {"resolve_name", "import_string", "import_object", "_import_module"}
)
"""Functions whose first argument is the name of a module."""
ASKING = frozenset({"find_spec", "find_loader", "resolve_name"})
"""Of these, the ones that are harmless with a name that nobody knows."""
LISTERS = frozenset({"iter_modules", "walk_packages"})
NAME_LOADS = {
    opmap[name]
    for name in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_ATTR", "LOAD_METHOD")
    if name in opmap
}
SHIFTED = {
    opmap[name]
    for name, since in (("LOAD_GLOBAL", (3, 11)), ("LOAD_ATTR", (3, 12)))
    if sys.version_info >= since
}
"""Instructions whose argument has a flag below the number of the name."""
SILENT = {
    opmap[name]
    for name in ("CACHE", "PUSH_NULL", "PRECALL", "NOP", "RESUME")
    if name in opmap
}
IMPORT = opmap["IMPORT_NAME"]
IMPORT_SHIFT = 2 if sys.version_info >= (3, 15) else 0
CONSTANT = opmap["LOAD_CONST"]
SMALL = opmap.get("LOAD_SMALL_INT", -1)
EXTENDED = opmap["EXTENDED_ARG"]


def describe(code: CodeType) -> list[Any]:
    """Return imports, literal names, whether names are computed, and strings.

    An import is a name, what is taken from it, its dots, and where it is: 0 for
    the module itself, 1 for a function or class, 2 for the block that runs only
    where the module is the main program.
    """
    imports: list[Any] = []
    named: set[str] = set()
    strings: set[str] = set()
    computed = False
    waiting = [code]
    while waiting:
        item = waiting.pop()
        for constant in item.co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            else:
                collect(constant, strings)
        if LISTERS.intersection(item.co_names):
            computed = True
        if IMPORTERS.isdisjoint(item.co_names) and bytes((IMPORT,)) not in item.co_code:
            continue
        mains = main_blocks(item) if item is code else None
        computed = read(item, mains, imports, named) or computed
    return [imports, sorted(named), computed, sorted(strings)]


def collect(constant: Any, strings: set[str]) -> None:
    """Add what could be the name of a module."""
    if isinstance(constant, str):
        if NAME.fullmatch(constant):
            strings.add(constant)
    elif isinstance(constant, (tuple, frozenset)):
        for item in constant:
            collect(item, strings)


def main_blocks(code: CodeType) -> list[tuple[int, int]]:
    """Return where the blocks of `if __name__ == "__main__":` begin and end."""
    if "__main__" not in code.co_consts:
        return []
    import dis

    found = []
    waiting = ""
    for item in dis.get_instructions(code):
        if item.opname == "LOAD_CONST" and item.argval == "__main__":
            waiting = "constant"
        elif waiting == "constant" and item.opname == "COMPARE_OP":
            waiting = "compared" if "==" in item.argrepr else ""
        elif waiting == "compared" and "JUMP" in item.opname:
            if "IF_FALSE" in item.opname and item.argval > item.offset:
                found.append((item.offset, item.argval))
            waiting = ""
    return found


def read(
    code: CodeType,
    mains: "list[tuple[int, int]] | None",
    imports: list[Any],
    named: set[str],
) -> bool:
    """Add what one code object imports; return whether it computes a name."""
    computed = False
    pending = ""
    before: Any = None
    last: Any = None
    extended = 0
    raw = code.co_code
    for place in range(0, len(raw), 2):
        operation, argument = raw[place], raw[place + 1] | extended
        if operation == EXTENDED:
            extended = argument << 8
            continue
        extended = 0
        if operation in (CONSTANT, SMALL):
            value = argument if operation == SMALL else code.co_consts[argument]
            before, last = last, value
            if pending:
                # "plugins." + name: only the start of a name.
                if isinstance(value, str) and WHOLE.fullmatch(value):
                    named.add(value)
                else:
                    computed = computed or pending not in ASKING
                pending = ""
        elif operation == IMPORT:
            level = before if isinstance(before, int) else 0
            names = list(last) if isinstance(last, tuple) else []
            where = 1
            if mains is not None:
                where = 2 * any(start < place < end for start, end in mains)
            name = code.co_names[argument >> IMPORT_SHIFT]
            imports.append([name, names, level, where])
        elif operation not in SILENT:
            if pending:
                computed = computed or pending not in ASKING
                pending = ""
            if operation in NAME_LOADS:
                name = code.co_names[argument >> (operation in SHIFTED)]
                pending = name if name in IMPORTERS else ""
    return computed


def answer(orders: dict[str, Any]) -> dict[str, Any]:
    """Return descriptions of files and texts; None for what is no Python."""
    files = []
    for path in orders["files"]:
        with open(path, "rb") as stream:
            content = stream.read()[HEADER_BYTES:]
        files.append(describe(marshal.loads(content)))  # noqa: S302 - compiled here
    texts = [describe_text(text) for text in orders["texts"]]
    return {"files": files, "texts": texts}


def describe_text(text: str) -> "list[Any] | None":
    """Return the description of a source; None for what is no Python."""
    try:
        return describe(compile(text, "<text>", "exec", dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError):
        return None


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
