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

_RENAMED: Final = {
    "PyCell": ("before 0.23", "Bound<'py, T>"),
    "PyModule": ("before 0.23, as `&PyModule`", "&Bound<'_, PyModule>"),
    "IntoPy": ("before 0.25", "IntoPyObject (0.23 and newer)"),
    "ToPyObject": ("before 0.25", "IntoPyObject (0.23 and newer)"),
    "GILOnceCell": ("before 0.28", "pyo3::sync::PyOnceLock (0.26 and newer)"),
    "PyObject": ("before 0.28", "Py<PyAny>"),
    "acquire_gil": ("before 0.19", "Python::attach(...), before 0.26 with_gil"),
    "allow_threads": ("before 0.28", "py.detach(...) (0.26 and newer)"),
    "detach": ("from 0.26 on", "py.allow_threads(...)"),
    "downcast": ("before 0.29", "cast (0.27 and newer)"),
    "downcast_into": ("before 0.29", "cast_into (0.27 and newer)"),
    "extract_bound": ("before 0.27", "extract, which takes a Borrowed"),
    "cast": ("from 0.27 on", "downcast"),
    "PyOnceLock": ("from 0.26 on", "pyo3::sync::GILOnceCell"),
    "IntoPyObject": ("from 0.23 on", "IntoPy<PyObject>"),
    "Bound": ("from 0.21 on", "&PyAny, &PyModule and other references"),
}
"""Which releases have a name, and what the others have instead (the changelog)."""

_BOUND: Final = "_bound"
"""0.21 to 0.24 called so what other releases call without it: `PyDict::new_bound`."""


def _renamed(seen: Seen, context: Context) -> Advice | None:
    known = {
        name: (
            ("0.21 to 0.24", name[: -len(_BOUND)])
            if name.endswith(_BOUND) and name not in _RENAMED
            else _RENAMED.get(name)
        )
        for name in seen.values.get("name", ())
    }
    fixes = [
        Fix(other[1], f"instead of `{name}`") for name, other in known.items() if other
    ]
    first = next((name for name, other in known.items() if other), "")
    releases = known.get(first)
    if releases is None:
        return None
    here = f"; this is {context.pyo3}" if context.pyo3 else ""
    return Advice(
        f"`{first}` exists in PyO3 {releases[0]}{here}. PyO3's guide has a chapter for "
        "each step between releases, and crates that build on pyo3 have to be of the "
        "same one.",
        (
            *fixes,
            Fix(
                "cargo build --message-format short",
                "lists every place; 0.22, 0.24 and 0.27 are the steps at which the "
                "old names still work and warn",
            ),
        ),
    )


_TYPE: Final = r"`[^`]*(?:Py[A-Z]\w*|Python|Bound|PyErr)\b[^`]*`"


def _aged(seen: Seen, context: Context) -> Advice:
    del context
    crate, version = seen.first("crate"), seen.first("version")
    lint, rust = seen.first("lint"), seen.first("rust")
    if lint:
        what = f"rustc refuses what its lint `{lint}` finds, which older ones let pass"
    else:
        since = f" {rust}" if rust else ""
        what = f"Rust{since} changed what the code of this crate relies on"
    name = f"`{crate}`" if crate else "The crate"
    return Advice(
        f"{what}. {name}{f' {version}' if version else ''} was written before that; "
        "its next release builds.",
        (
            Fix(
                f"cargo update -p {crate}" if crate else "cargo update",
                "takes the newest release that the manifests allow",
            ),
            Fix(
                "pip install --upgrade <project>",
                "for a package of somebody else: newer ones have wheels, too",
            ),
            *(
                (Fix(f'RUSTFLAGS="-A {lint}"', "lets it pass, as older ones did"),)
                if lint
                else ()
            ),
            Fix("rustup override set <an older Rust>", "of the year of that release"),
        ),
    )


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
    Rule(
        id="pyo3-api-renamed",
        title="The code uses names that this release of PyO3 does not have",
        meaning=(
            "0.21 brought Bound<'py, T>, 0.23 removed references such as &PyAny and "
            "&PyModule, 0.25 removed IntoPy, ToPyObject and the functions that end "
            "with _bound, 0.28 PyObject and GILOnceCell, 0.29 downcast."
        ),
        signs=(
            Sign(
                "` found for ",
                rf"no (?:function or associated item|associated function or constant|"
                rf"method|associated item) named `(?P<name>\w+_bound|acquire_gil|"
                rf"allow_threads|detach|downcast|downcast_into|cast)` found for "
                rf"(?:\w+ )?{_TYPE}",
            ),
            Sign(
                "unresolved import",
                r"unresolved imports? .*`pyo3::(?:\w+::)*(?P<name>PyCell|IntoPy|"
                r"ToPyObject|GILOnceCell|PyOnceLock|PyObject|IntoPyObject|Bound|\w+_bound)`",
            ),
            Sign(
                "` in ",
                r"(?:cannot find (?:type|trait|macro|function)|no) `(?P<name>PyCell|"
                r"IntoPy|ToPyObject|GILOnceCell|PyObject|wrap_pyfunction_bound)` in "
                r"(?:this scope|the crate root|module|crate|`?pyo3)",
            ),
            Sign("struct `GILOnce", r"struct `(?P<name>GILOnceCell)` is private"),
            Sign(
                "From<BoundRef<",
                r"the trait bound `&(?P<name>PyModule): From<BoundRef<.* is not "
                r"satisfied",
            ),
        ),
        examples=(
            (
                "error[E0599]: no function or associated item named `new_bound` found "
                "for struct `PyDict` in the current scope"
            ),
            "error[E0432]: unresolved import `pyo3::ToPyObject`",
            (
                "error[E0277]: the trait bound `&PyModule: From<BoundRef<'_, '_, "
                "PyModule>>` is not satisfied"
            ),
            "error[E0425]: cannot find type `PyObject` in this scope",
        ),
        advise=_renamed,
        url="https://pyo3.rs/latest/migration.html",
        yields_to=("two-pyo3-releases",),
    ),
    Rule(
        id="crate-too-old-for-rust",
        title="A crate is too old for this Rust",
        meaning=(
            "New releases of Rust refuse some code that older ones took: lints that "
            "became errors, and types that can no longer be inferred. Source "
            "distributions with an old Cargo.lock meet that."
        ),
        signs=(
            Sign(
                "on by default",
                r"`#\[deny\((?P<lint>[\w:]+)\)\]`(?: \(part of [^)]*\))? on by default",
            ),
            Sign(
                "caused by an API change in Rust",
                r"error on crate `(?P<crate>[\w-]+)` caused by an API change in Rust "
                r"(?P<rust>1\.\d+)",
            ),
            # The same before rustc said so.
            Sign(
                "/time-0.3.",
                r"--> \S+/(?P<crate>time)-(?P<version>0\.3\.(?:\d|[12]\d|3[0-4]))/"
                r"src/format_description/parse/mod\.rs",
            ),
        ),
        examples=(
            "  = note: `#[deny(invalid_reference_casting)]` on by default",
            (
                "  = note: this is an inference error on crate `time` caused by an API "
                "change in Rust 1.80.0"
            ),
        ),
        advise=_aged,
    ),
)
