"""Import libraries of Windows, written without a linker's tools.

`import_library` writes one for any list of symbols, `python_import_library` one
for a Python by its name. The room knows neither command line nor environment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ferrule.implib.library import import_library
    from ferrule.implib.machine import Machine, parse_machine
    from ferrule.implib.python import python_import_library
    from ferrule.implib.symbol import ImportSymbol

__all__ = [
    "ImportSymbol",
    "Machine",
    "import_library",
    "parse_machine",
    "python_import_library",
]

_PLACES = {
    "ImportSymbol": "symbol",
    "Machine": "machine",
    "import_library": "library",
    "parse_machine": "machine",
    "python_import_library": "python",
}


def __getattr__(name: str) -> object:
    # Those of Python's libraries need no part that reads or takes symbols.
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(f"ferrule.implib.{_PLACES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
