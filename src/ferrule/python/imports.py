"""What Python modules import, told by the interpreter that compiled them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule import log
from ferrule.errors.bundle import BytecodeError

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "IN_FUNCTION",
    "IN_MAIN",
    "IN_MODULE",
    "Import",
    "ModuleFacts",
    "facts_row",
    "parse_facts",
    "read_facts",
]

IN_MODULE: Final = 0
IN_FUNCTION: Final = 1
IN_MAIN: Final = 2


@dataclass(frozen=True)
class Import:
    """One `import` or `from … import`."""

    name: str
    """As written; empty for `from . import x`."""
    names: tuple[str, ...] = ()
    """What is taken from it; `*` for everything."""
    level: int = 0
    """The number of dots before the name."""
    where: int = IN_MODULE
    """`IN_MODULE`, `IN_FUNCTION`, or `IN_MAIN`: only as the main program."""


@dataclass(frozen=True)
class ModuleFacts:
    """What a module imports, wherever in its code."""

    imports: tuple[Import, ...] = ()
    named: tuple[str, ...] = ()
    """Literal names given to `importlib.import_module` and its like."""
    computes: bool = False
    """Whether it imports modules whose names are computed."""
    strings: tuple[str, ...] = ()
    """Its strings that could be names of modules or codecs."""


def read_facts(
    files: Sequence[Path],
    texts: Sequence[str],
    interpreter: Interpreter,
    env: Mapping[str, str],
) -> tuple[list[ModuleFacts], list[ModuleFacts | None]]:
    """Return what bytecode files and pieces of source import, in their order.

    The files are read by the interpreter that wrote them. None stands for a text
    that is no Python. Raises `BytecodeError` if the interpreter fails.
    """
    import json
    import subprocess

    if not files and not texts:
        return [], []
    script = Path(__file__).with_name("imports_script.py").read_text(encoding="utf-8")
    executable = interpreter.base_executable or interpreter.executable
    clean = {key: value for key, value in env.items() if not key.startswith("PYTHON")}
    log.debug(f"reading the imports of {len(files)} modules with {executable}")
    orders = {"files": list(map(str, files)), "texts": list(texts)}
    try:
        done = subprocess.run(
            [executable, "-S", "-s", "-B", "-c", script],
            env=clean,
            input=json.dumps(orders),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise BytecodeError(executable, str(error)) from error
    if done.returncode != 0:
        raise BytecodeError(executable, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return (
        [parse_facts(item) for item in found["files"]],
        [None if item is None else parse_facts(item) for item in found["texts"]],
    )


def parse_facts(row: Sequence[Any]) -> ModuleFacts:
    """Return the facts of one row of the script's answer."""
    imports, named, computes, strings = row
    return ModuleFacts(
        tuple(
            Import(name, tuple(names), level, where)
            for name, names, level, where in imports
        ),
        tuple(named),
        computes,
        tuple(strings),
    )


def facts_row(facts: ModuleFacts) -> list[Any]:
    """Return facts as the row that `parse_facts` reads."""
    imports = [
        [item.name, item.names, item.level, item.where] for item in facts.imports
    ]
    return [imports, facts.named, facts.computes, facts.strings]
