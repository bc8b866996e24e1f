"""Import libraries of Windows, written without a linker's tools.

`import_library` writes one for any list of symbols, `python_import_library` one
for a Python by its name. The room knows neither command line nor environment.
"""

from __future__ import annotations

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
