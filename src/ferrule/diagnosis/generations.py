"""Code that is written for another release of PyO3."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _generation(seen: Seen, context: Context) -> Advice | None:
    from ferrule.lint.generations import GENERATIONS

    names = [name for name in seen.values.get("name", ()) if name in GENERATIONS]
    if not names or "pypy" in context.interpreter.lower():
        return None
    known = GENERATIONS[names[0]]
    is_old = known.since < (0, 1)
    release = f" ({context.pyo3} here)" if context.pyo3 else ""
    if is_old:
        meaning = (
            f"`{names[0]}` is of the older generation of PyO3's calls, which 0.28 "
            f"removed{release}."
        )
        other = Fix(
            'pyo3 = "0.27"', "in Cargo.toml: the last release that has both generations"
        )
    else:
        meaning = (
            f"`{names[0]}` is of the newer generation of PyO3's calls, which exists "
            f"from 0.26 on{release}."
        )
        other = Fix(
            'pyo3 = "0.26"',
            "in Cargo.toml: the first release that has it; crates that build on pyo3 "
            "have to follow",
        )
    fixes = [
        Fix(GENERATIONS[name].other, f"instead of `{name}`")
        for name in dict.fromkeys(names)
    ]
    return Advice(meaning, (*fixes, other))


_OLD: Final = "prepare_freethreaded_python"

RULES: Final = (
    Rule(
        id="pyo3-api-generation",
        title="The code is written for another release of PyO3",
        meaning=(
            "PyO3 0.26 renamed what starts and enters Python: "
            "prepare_freethreaded_python became Python::initialize, and "
            "Python::with_gil became Python::attach. 0.28 removed the old names."
        ),
        signs=(
            Sign(
                f"cannot find function `{_OLD}`",
                rf"cannot find function `(?P<name>{_OLD})`",
            ),
            Sign(
                f"unresolved import `pyo3::{_OLD}",
                rf"unresolved import `pyo3::(?P<name>{_OLD})",
            ),
            Sign(
                "found for struct `",
                r"no (?:function or associated item|associated function or constant|"
                r"method) named `(?P<name>\w+)` found for struct `(?:pyo3::)?"
                r"(?:marker::)?Python\b",
            ),
        ),
        examples=(
            (
                "error[E0425]: cannot find function `prepare_freethreaded_python` in "
                "crate `pyo3`"
            ),
            (
                "error[E0599]: no function or associated item named `with_gil` found "
                "for struct `pyo3::Python<'py>` in the current scope"
            ),
            (
                "error[E0599]: no function or associated item named `attach` found "
                "for struct `pyo3::Python<'py>` in the current scope"
            ),
        ),
        advise=_generation,
        url=guide.EMBEDDING,
        yields_to=("pypy-embedding",),
    ),
)
