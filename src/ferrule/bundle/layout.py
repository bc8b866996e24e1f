"""Where the parts of a bundle lie.

It is the layout of any installed Python, so that Python itself finds its parts
by its home: `bin/NAME`, `lib/libpythonX.Y.so.1.0`, `lib/pythonX.Y/`.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """The folders of one bundle, with slashes, below its root."""

    programs: str
    libraries: str
    standard_library: str
    packages: str
    modules: str = ""
    """Windows: the folder of the standard library's extension modules."""

    @classmethod
    def of(cls, interpreter: Interpreter) -> Layout:
        """Return the layout that the Python of an interpreter expects."""
        version = "{}.{}".format(*interpreter.minor_version)
        if interpreter.system == "Windows":
            return cls("", "", "Lib", "Lib/site-packages", "DLLs")
        home = interpreter.base_prefix
        folder = dict(interpreter.install_paths).get("stdlib", "")
        below = os.path.relpath(folder, home).replace(os.sep, "/") if folder else ""
        if not below or below.startswith(".."):
            free = "t" if interpreter.gil_disabled else ""
            below = f"lib/python{version}{free}"
        # Linux systems with lib64 keep Python's parts there (sys.platlibdir).
        return cls("bin", "lib", below, posixpath.join(below, "site-packages"))

    @property
    def levels(self) -> int:
        """Return how many parts of the program's path lie below the root."""
        return len(self.programs.split("/")) + 1 if self.programs else 1

    def program(self, name: str) -> str:
        """Return the place of the program."""
        return posixpath.join(self.programs, name)
