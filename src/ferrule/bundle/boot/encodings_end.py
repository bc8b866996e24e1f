"""The last lines of `encodings` in a bundle: what other interpreters begin with.

The hook imports the boot module in the interpreter that the program starts. Those
that are added to it (`concurrent.interpreters`, `Py_NewInterpreter`) would have
neither packages nor `exit`. `encodings` is the first module that each of them
imports, too early for the boot module; the first import after that is not.

Written for Python 3.9 and later. The names are those of `encodings`.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _FerruleBeginning:
    """The first finder, until the boot module is imported."""

    @classmethod
    def find_spec(cls, name: str, path: "Any" = None, target: "Any" = None) -> None:
        """Import the boot module, unless that is what is being imported."""
        del path, target
        is_boot = name == "_ferrule_boot"
        # The last that an interpreter makes before it runs code of others.
        if not is_boot and not hasattr(sys.modules["builtins"], "open"):
            return
        sys.meta_path.remove(cls)
        if not is_boot:
            sys._ferrule_is_added = True  # type: ignore[attr-defined] # noqa: SLF001
            __import__("_ferrule_boot")


if sys.flags.no_site:  # else `site` adds the packages
    sys.meta_path.insert(0, _FerruleBeginning)
