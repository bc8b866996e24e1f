"""Findings about Cargo.toml and the build script of a module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.doctor.finding import Finding
from ferrule.project.pyproject import read_toml

if TYPE_CHECKING:
    from ferrule.cargo.survey import Survey
    from ferrule.project.crate import Crate

__all__ = [
    "check_build_script",
    "check_crate_type",
    "check_module_names",
    "check_profiles",
    "find_module_names",
]

_LARGE_BYTES: Final = 2_000_000
_MOST_FILES: Final = 400


# --- crate types ------------------------------------------------------------------


def check_crate_type(crate: Crate) -> list[Finding]:
    """Return a finding if the library is no module, or nothing but a module."""
    library = crate.library
    if library is None:
        return []
    if "cdylib" not in library.kind:
        if crate.binaries:
            return []
        return [
            Finding(
                "pyo3-crate-type",
                "warning",
                f"the library of {crate.name} is no dynamic library",
                (f"crate-type = {list(library.kind)}".replace("'", '"'),),
                "Python can import a `cdylib` only",
                ("# Cargo.toml", "[lib]", 'crate-type = ["cdylib", "rlib"]'),
            )
        ]
    if set(library.kind).intersection({"lib", "rlib"}):
        return []
    users = _users(crate)
    if not users:
        return []
    return [
        Finding(
            "pyo3-crate-type",
            "warning",
            f"{users} cannot use the library of {crate.name}",
            (f"crate-type = {list(library.kind)}".replace("'", '"'),),
            "Rust code links an `rlib`; a `cdylib` is for others",
            ("# Cargo.toml", "[lib]", 'crate-type = ["cdylib", "rlib"]'),
        )
    ]


def _users(crate: Crate) -> str:
    kinds = {kind for target in crate.targets for kind in target.kind}
    names = {
        "test": "integration tests",
        "bench": "benchmarks",
        "example": "examples",
        "bin": "programs",
    }
    return ", ".join(text for kind, text in names.items() if kind in kinds)


# --- names ------------------------------------------------------------------------

_MODULE: Final = re.compile(
    r"#\s*\[\s*(?:pyo3\s*::\s*)?pymodule\s*(?P<own>\([^\]]*\))?\s*\]"
    r"(?P<more>(?:\s*#\s*\[[^\]]*\]|\s*//[^\n]*)*)\s*"
    r"(?:pub(?:\s*\([^)]*\))?\s+)?(?:unsafe\s+)?(?:fn|mod)\s+(?:r#)?(?P<name>\w+)"
)
_NAME: Final = re.compile(r'\bname\s*=\s*"([^"]+)"')


def find_module_names(sources: Sequence[Path]) -> list[str]:
    """Return the names that `#[pymodule]` gives modules, read as text."""
    names = []
    for path in sources:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if "pymodule" not in text:
            continue
        text = re.sub(
            r"/\*.*?\*/|^\s*//[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE
        )
        for found in _MODULE.finditer(text):
            given = _NAME.search((found["own"] or "") + found["more"])
            names.append(given[1] if given else found["name"])
    return names


def check_module_names(crate: Crate, wanted: Sequence[str]) -> list[Finding]:
    """Return a finding for each wanted module that no `#[pymodule]` makes.

    `wanted` are import paths. Where no such attribute is found, it may come from
    a macro, and nothing is said.
    """
    library = crate.library
    if library is None:
        return []
    present = find_module_names(rust_sources(library.src_path.parent))
    if not present:
        return []
    missing = [name for name in wanted if name.rpartition(".")[2] not in present]
    if not missing:
        return []
    last = missing[0].rpartition(".")[2]
    return [
        Finding(
            "pyo3-module-name",
            "warning",
            f"no `#[pymodule]` is named {last}, so {missing[0]} cannot be imported",
            (f"found: {', '.join(dict.fromkeys(present))}",),
            f"Python looks for the function PyInit_{last}",
            (
                "# pyproject.toml: name what the sources define",
                "[tool.ferrule]",
                f'module-name = "{_with_last(missing[0], present[0])}"',
            ),
        )
    ]


def _with_last(path: str, name: str) -> str:
    folder, dot, _ = path.rpartition(".")
    return f"{folder}{dot}{name}"


def rust_sources(folder: Path) -> list[Path]:
    """Return the Rust files below a folder, not more than is worth reading."""
    found: list[Path] = []
    for path in sorted(folder.rglob("*.rs")):
        if len(found) >= _MOST_FILES:
            break
        if path.is_file() and path.stat().st_size < _LARGE_BYTES:
            found.append(path)
    return found


# --- the build script -------------------------------------------------------------

_CALL: Final = re.compile(r"\bpyo3_build_config\s*::\s*(\w+)\s*\(")
_NOT_NEEDED: Final = {
    "add_extension_module_link_args": "ferrule passes the linker arguments of macOS",
    "add_libpython_rpath_link_args": "`ferrule test` and `ferrule run` find libpython",
    "add_python_framework_link_args": "`ferrule test` and `ferrule run` find Python",
}


def check_build_script(crate: Crate) -> list[Finding]:
    """Return a finding if all that build.rs does is done by ferrule."""
    script = next((t for t in crate.targets if "custom-build" in t.kind), None)
    if script is None:
        return []
    try:
        text = script.src_path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    calls = _CALL.findall(text)
    statements = re.findall(r";", re.sub(r"\buse\b[^;]*;", "", text))
    if not calls or len(statements) != len(calls):
        return []
    if any(name not in _NOT_NEEDED for name in calls):
        return []
    return [
        Finding(
            "pyo3-build-script",
            "note",
            f"{script.src_path} is not needed with ferrule",
            tuple(f"{name}: {_NOT_NEEDED[name]}" for name in dict.fromkeys(calls)),
            "it is compiled and run whenever PyO3's configuration changes, and plain "
            "cargo on macOS is the only one to use it",
            ("# remove build.rs, and pyo3-build-config from [build-dependencies]",),
        )
    ]


# --- profiles ---------------------------------------------------------------------


def check_profiles(survey: Survey) -> list[Finding]:
    """Return what is wrong with the profiles of the manifests."""
    top = survey.workspace_root / "Cargo.toml"
    findings = list(_check_panic(top, _profiles(read_toml(top))))
    own = survey.root.manifest_path
    if own != top and _profiles(read_toml(own)):
        findings.append(
            Finding(
                "pyo3-profile",
                "warning",
                f"cargo ignores the profiles in {own}",
                why="only those of the workspace count",
                remedy=(f"# move [profile.*] to {top}",),
            )
        )
    return findings


def _profiles(manifest: Mapping[str, Any]) -> dict[str, Any]:
    table = manifest.get("profile")
    return table if isinstance(table, dict) else {}


def _check_panic(path: Path, profiles: Mapping[str, Any]) -> Iterator[Finding]:
    named = [
        name
        for name, table in profiles.items()
        if isinstance(table, dict) and table.get("panic") == "abort"
    ]
    if named:
        yield Finding(
            "pyo3-panic",
            "warning",
            f'panic = "abort" in profile {", ".join(named)} of {path}',
            why="a panic in Rust then ends the whole Python process; otherwise PyO3 "
            "raises it as PanicException",
            remedy=(f"# {path}", f"[profile.{named[0]}]", 'panic = "unwind"'),
        )
