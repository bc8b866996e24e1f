"""A setuptools project as the pyproject.toml of a ferrule project.

Sources, as setuptools orders them: setup.py (its text; it is never run),
setup.cfg, `[tool.setuptools]` and `[project]`, and MANIFEST.in for data; the
extensions come from `[tool.setuptools-rust]` or from setup.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.settings import InvalidSettingsError
from ferrule.project.adopted import AdoptedDocument
from ferrule.project.setuptools.adopted_files import adopt_files
from ferrule.project.setuptools.adopted_metadata import adopt_project
from ferrule.project.setuptools.setup_cfg import merged_commands, read_setup_cfg
from ferrule.project.setuptools.setup_py import defines_extensions, read_setup_py
from ferrule.project.setuptools.sources import Sources
from ferrule.project.setuptools.tool_table import read_tool_table
from ferrule.project.setuptools.values import (
    RustCall,
    Unknown,
    known,
)
from ferrule.settings.compat.bdist_wheel import translate_bdist_wheel
from ferrule.settings.compat.rust_extension import Declared, declared_in_pyproject
from ferrule.settings.compat.setuptools_rust import translate_extensions

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.project.setuptools.setup_py import SetupCall

__all__ = ["Adopted", "adopt_setuptools", "is_adoptable"]

_NEEDS_RUNNING = {
    "cmdclass": "commands of the project's own run code during the build",
    "distclass": "a class of the project's own runs code during the build",
    "ext_modules": "extensions in C are compiled by setuptools",
    "cffi_modules": "cffi modules are compiled by setuptools",
}
_BYSTANDERS = frozenset(
    (
        *("test", "tests", "pytest", "tox", "coverage", "lint", "flake8", "format"),
        *("clean", "docs", "build_docs", "build_sphinx", "upload", "publish"),
    )
)
"""Commands that no build runs; projects define them for themselves."""


@dataclass(frozen=True)
class Adopted:
    """What `adopt_setuptools` found."""

    pyproject: dict[str, Any]
    """A complete pyproject.toml: `[project]` without setuptools' dynamic values,
    `[tool.ferrule]`, and the tables that setuptools does not read."""
    warnings: tuple[str, ...] = ()
    inputs: tuple[str, ...] = field(default=())
    """The files that were read besides pyproject.toml, relative to the root.
    An sdist whose pyproject.toml is still setuptools' own must hold them."""

    def for_reading(self) -> AdoptedDocument:
        """Return the document for a build that leaves the files as they are."""
        table = dict(self.pyproject["tool"]["ferrule"])
        patterns = [{"path": name, "format": "sdist"} for name in self.inputs]
        table["include"] = [*_list(table.get("include")), *patterns]
        content = {**self.pyproject, "tool": {**self.pyproject["tool"]}}
        content["tool"]["ferrule"] = table
        return AdoptedDocument(content, warnings=self.warnings, inputs=self.inputs)


def is_adoptable(root: Path, pyproject: Mapping[str, Any] | None) -> bool:
    """Tell whether a project is described in setuptools' words only.

    That is so without `[tool.ferrule]` and `[tool.maturin]`, where there is
    `[tool.setuptools-rust]`, `[tool.setuptools]`, a setup.py that speaks of
    setuptools-rust, or no `[project]` but the metadata of a setup.cfg.
    """
    tool = _table(pyproject, "tool")
    if "ferrule" in tool or "maturin" in tool:
        return False
    if "setuptools-rust" in tool or "setuptools" in tool:
        return True
    if defines_extensions(root / "setup.py"):
        return True
    if "project" in (pyproject or {}) or not (root / "setup.cfg").is_file():
        return False
    config = read_setup_cfg([root / "setup.cfg"])
    return bool(config.keywords)


def adopt_setuptools(
    root: Path,
    pyproject: Mapping[str, Any] | None,
    *,
    env: Mapping[str, str] | None = None,
) -> Adopted | None:
    """Return the project in ferrule's words, or None if it is not setuptools'.

    The result is what `ferrule migrate` writes; nothing of the project is
    executed. `pyproject` is the parsed pyproject.toml, or None; `env` may give
    `DIST_EXTRA_CONFIG` and `SETUPTOOLS_RUST_CARGO_PROFILE`. Raises
    `InvalidSettingsError` with every wrong value, named by its own place,
    `SetupCodeError` where only running setup.py would tell, and
    `PluginVersionError`, `DiscoveryError`, `PackageFolderError`,
    `StaticAttributeError`, `SetupConfigError`, `ReadError`.
    """
    if not is_adoptable(root, pyproject):
        return None
    problems: list[FerruleError] = []
    sources = _gather(root, pyproject or {}, env or {}, problems)
    rust, warnings = _read_extensions(sources, problems, env or {})
    wheel = translate_bdist_wheel(
        sources.commands.get("bdist_wheel", {}), sources.place, problems, warnings
    )
    if problems:
        raise InvalidSettingsError(problems, root=root)
    files = adopt_files(sources, rust, warnings)
    project = adopt_project(sources, files.code.package_dir, problems, warnings)
    if problems:
        raise InvalidSettingsError(problems, root=root)
    table = {**rust, **wheel, **files.settings}
    include = [*_list(rust.get("include")), *_list(files.settings.get("include"))]
    if include:
        table["include"] = include
    document = {key: value for key, value in (pyproject or {}).items() if key != "tool"}
    document["project"] = project
    tool = {
        key: value
        for key, value in _table(pyproject, "tool").items()
        if key not in ("setuptools", "setuptools-rust", "distutils")
    }
    document["tool"] = {**tool, "ferrule": table}
    return Adopted(document, tuple(warnings), sources.input_names())


def _gather(
    root: Path,
    pyproject: Mapping[str, Any],
    env: Mapping[str, str],
    problems: list[FerruleError],
) -> Sources:
    tool = _table(pyproject, "tool")
    paths = [root / "setup.cfg"]
    if env.get("DIST_EXTRA_CONFIG"):
        paths.append(root / env["DIST_EXTRA_CONFIG"])
    config = read_setup_cfg(paths)
    call = read_setup_py(root / "setup.py") if (root / "setup.py").is_file() else None
    own = read_tool_table(tool.get("setuptools", {}), problems)
    in_code = dict(call.keywords) if call else {}
    spread = in_code.pop("**", None)
    if isinstance(spread, Unknown):
        raise spread.error("what `setup()` gets")
    keywords = {**in_code, **config.keywords, **own}
    _refuse_code(keywords, call, root)
    options = known(in_code, "options")
    commands = merged_commands(options or {}, config.commands)
    commands = merged_commands(commands, _tables(tool.get("distutils")))
    sources = Sources(
        root=root,
        pyproject=pyproject,
        keywords=keywords,
        dynamic=_table(own, "dynamic"),
        commands=commands,
        setup_line=call.line if call else 0,
        is_declarative="project" in pyproject or "setuptools" in tool,
    )
    sources.inputs += [path for path in config.paths if path.parent == root]
    if call is not None:
        sources.inputs += [call.path, *call.inputs]
    return sources


def _refuse_code(
    keywords: Mapping[str, Any], call: SetupCall | None, root: Path
) -> None:
    """Raise `SetupCodeError` for what setuptools itself would compile or run."""
    for name, reason in _NEEDS_RUNNING.items():
        value = keywords.get(name)
        is_aside = isinstance(value, dict) and _BYSTANDERS.issuperset(value)
        if not value or (name == "cmdclass" and is_aside):
            continue
        place = call.places.get(name) if call else None
        if place is None:
            text = f"{name} = {value!r}"
            file = "setup.cfg" if (root / "setup.cfg").is_file() else "pyproject.toml"
            place = Unknown(root / file, 1, text, reason)
        raise replace(place, reason=reason).error(f"`{name}`")


def _read_extensions(
    sources: Sources, problems: list[FerruleError], env: Mapping[str, str]
) -> tuple[dict[str, object], list[str]]:
    table = _table(sources.pyproject, "tool").get("setuptools-rust")
    warnings: list[str] = []
    if table:
        declared = declared_in_pyproject(table, problems)
    else:
        declared = _declared_in_code(sources)
        if declared:
            warnings.append(
                "setup.py was read and not run: `ferrule migrate` writes what it "
                "says into pyproject.toml"
            )
    translated, more = translate_extensions(
        declared,
        problems,
        crate_name=lambda path: _crate_name(sources.root / path),
        profile=env.get("SETUPTOOLS_RUST_CARGO_PROFILE"),
    )
    return translated, [*warnings, *more]


def _declared_in_code(sources: Sources) -> list[Declared]:
    value = known(sources.keywords, "rust_extensions")
    if value is None:
        return []
    items = value if isinstance(value, (list, tuple)) else [value]
    found = []
    for item in items:
        if isinstance(item, RustCall):
            name = "RustBin" if item.is_bin else "RustExtension"
            where = f"setup.py, line {item.line}: {name}"
            found.append(Declared(where, item.values, is_bin=item.is_bin))
        else:
            line = sources.setup_line
            text, reason = repr(item), "it is no RustExtension and no RustBin"
            unknown = Unknown(sources.root / "setup.py", line, text, reason)
            raise unknown.error("`rust_extensions`")
    return found


def _crate_name(manifest: Path) -> str | None:
    from ferrule.project.pyproject import read_toml

    package = _table(read_toml(manifest), "package")
    name = package.get("name")
    return name if isinstance(name, str) else None


def _table(parent: Mapping[str, Any] | None, key: str) -> dict[str, Any]:
    value = (parent or {}).get(key)
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> dict[str, dict[str, Any]]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {key: item for key, item in items if isinstance(item, dict)}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []
