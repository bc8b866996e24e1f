"""Why a difference that the general comparison leaves open is right.

Each rule is about a habit of a tool, never about one project.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from ferrule.wheel.comparison import Difference

__all__ = ["explain", "tell"]


def explain(difference: Difference, sources: Path) -> Difference:
    """Return the difference with its explanation, where a rule knows one."""
    if difference.explanation:
        return difference
    for is_meant, explanation in _RULES:
        if is_meant(difference, sources):
            return replace(difference, explanation=explanation)
    return difference


def tell(difference: Difference) -> str:
    """Return the explanation as a sentence that names what it is about."""
    if difference.kind == "metadata":
        return f"`{difference.name}`: {difference.explanation}"
    return difference.explanation or ""


def _is_generated(difference: Difference, sources: Path) -> bool:
    if difference.kind != "content" or not difference.name.endswith("/__init__.py"):
        return False
    return not any(sources.rglob(difference.name))


def _is_stub_beside_crate(difference: Difference, sources: Path) -> bool:
    package, slash, name = difference.name.rpartition("/")
    if difference.left or not slash or name not in {"__init__.pyi", "py.typed"}:
        return False
    stub = f"{package.rpartition('/')[2]}.pyi"
    return any(path.with_name("Cargo.toml").exists() for path in sources.rglob(stub))


_Rule = tuple[Callable[[Difference, Path], bool], str]
_RULES: Final[tuple[_Rule, ...]] = (
    (
        _is_generated,
        "each tool writes its own `__init__.py` for a module without Python code",
    ),
    (
        _is_stub_beside_crate,
        "the stub lies beside the crate: ferrule looks there, too",
    ),
)
