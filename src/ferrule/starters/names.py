"""The names of a new project: distribution, Python module and Rust crate.

Core metadata (Name), PEP 503, the Python language's identifiers and cargo's
rules for package names.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass

from ferrule.errors.starters import InvalidNameError
from ferrule.starters.reserved import (
    PYTHON_TOOLS,
    RUST_CRATES,
    RUST_KEYWORDS,
    STANDARD_MODULES,
    STARTER_NAMES,
    WINDOWS_DEVICES,
)

__all__ = ["Names", "choose_names", "suggest_name"]

_LONGEST = 64


@dataclass(frozen=True)
class Names:
    """What one project is called in Python, in cargo and on an index."""

    dist: str
    """Name of the distribution, as it was given."""
    package: str
    """Dotted name that Python imports."""

    @property
    def module(self) -> str:
        """Return the last part of what Python imports."""
        return self.package.rpartition(".")[2]

    @property
    def package_path(self) -> str:
        """Return the folder of the package, with slashes."""
        return self.package.replace(".", "/")

    @property
    def crate(self) -> str:
        """Return the name of the cargo package."""
        return self.dist.lower().replace(".", "-")

    @property
    def crate_identifier(self) -> str:
        """Return the name that Rust code uses for the crate."""
        return self.crate.replace("-", "_")


def choose_names(name: str) -> Names:
    """Return the names that follow from the name of the distribution.

    Dashes become underscores, capitals small letters, and a dot makes a
    namespace package: `Acme.Fast-Tool` is imported as `acme.fast_tool`. Raises
    `InvalidNameError` with every reason against the name.

    >>> choose_names("Acme.Fast-Tool")
    Names(dist='Acme.Fast-Tool', package='acme.fast_tool')
    """
    reasons = _distribution_problems(name)
    names = Names(name, name.lower().replace("-", "_"))
    if not reasons:
        parts = names.package.split(".")
        for part in parts:
            reasons += _part_problems(part, is_top=part == parts[0])
        reasons += _crate_problems(names)
    if reasons:
        raise InvalidNameError(name, reasons, suggest_name(name))
    return names


def suggest_name(name: str) -> str:
    """Return a valid name that resembles any text.

    >>> suggest_name("2. Größe!")
    'project-2-groe'
    """
    import unicodedata

    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = "".join(char if char.isalnum() else " " for char in plain).lower().split()
    text = "-".join(words)[: _LONGEST - 10].strip("-")
    if not text or text[0].isdigit():
        text = f"project-{text}".strip("-")
    names = Names(text, text.replace("-", "_"))
    if _part_problems(names.package, is_top=True) or _crate_problems(names):
        text = f"{text}-project"
    return text


def _distribution_problems(name: str) -> list[str]:
    if not name:
        return ["it is empty"]
    problems = []
    odd = sorted({char for char in name if not (char.isascii() and char.isalnum())})
    odd = [char for char in odd if char not in "-_."]
    if odd:
        shown = " ".join(map(repr, odd))
        problems.append(
            f"only ASCII letters, digits, - _ and . are allowed, not {shown}"
        )
    elif not (name[0].isalnum() and name[-1].isalnum()):
        problems.append("it must begin and end with a letter or a digit (PEP 508)")
    elif any(pair in name for pair in ("..", ".-", "-.", "._", "_.")):
        problems.append("a dot must stand between letters or digits")
    if len(name) > _LONGEST:
        problems.append(f"it has {len(name)} characters, more than {_LONGEST}")
    return problems


def _part_problems(part: str, *, is_top: bool) -> list[str]:
    """Return what is wrong with one part of the import name."""
    if not part.isidentifier():
        return [f"Python cannot import `{part}`: it begins with a digit"]
    problems = []
    if keyword.iskeyword(part) or part.capitalize() in keyword.kwlist:
        problems.append(f"`{part}` is a keyword of Python")
    if part in RUST_KEYWORDS:
        problems.append(f"`{part}` is a keyword of Rust")
    if part in WINDOWS_DEVICES:
        problems.append(f"Windows has no files called `{part}`")
    if is_top and part in STANDARD_MODULES:
        problems.append(f"`import {part}` is a module of Python's standard library")
    if is_top and part in PYTHON_TOOLS:
        problems.append(f"`{part}` is a tool that the project itself is tested with")
    if part in STARTER_NAMES:
        problems.append(f"`{part}` is used by cargo or inside the starters")
    return problems


def _crate_problems(names: Names) -> list[str]:
    if names.crate_identifier in RUST_CRATES:
        return [f"`{names.crate_identifier}` is a crate of the Rust distribution"]
    return []
