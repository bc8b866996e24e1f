"""From the templates below `files/` to the texts of a new project.

A template is the file itself with the ending `.tmpl`. `@name@` is a placeholder,
in the text and in the path; a line that holds only a placeholder without value
disappears. `lib.before-0.23.rs.tmpl` replaces `lib.rs.tmpl` for releases of PyO3
before 0.23.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.python.releases import Pyo3Release
from ferrule.starters.kinds import Kind, Layer
from ferrule.starters.release_values import DEFAULT_REQUIREMENT, release_values

if TYPE_CHECKING:
    from ferrule.starters.names import Names

__all__ = ["Author", "Starter", "python_source_line", "render_starter"]

_FILES: Final = Path(__file__).parent / "files"
_ENDING: Final = ".tmpl"


@dataclass(frozen=True)
class Author:
    """Who starts the project."""

    name: str
    email: str = ""


@dataclass(frozen=True)
class Starter:
    """Everything that is asked before a project is started."""

    kind: Kind
    names: Names
    pyo3: str = DEFAULT_REQUIREMENT
    """Version of PyO3 as Cargo.toml asks for it."""
    description: str = ""
    author: Author | None = None
    license: str = ""
    """SPDX expression, or nothing."""
    year: int = 0
    """For the text of the MIT licence."""


def render_starter(
    starter: Starter,
    layers: Sequence[Layer] | None = None,
    changes: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the project's files by path (with slashes), sorted.

    `layers` replaces those of the kind, `changes` the values of some
    placeholders. Raises `UnknownReleaseError` for an unusable version of PyO3.
    """
    values = {**_values(starter), **(changes or {})}
    release = Pyo3Release.parse(starter.pyo3)
    if layers is None:
        layers = starter.kind.layers
        if starter.license == "MIT":
            layers = [*layers, Layer("license")]
    files: dict[str, str] = {}
    for layer in layers:
        for name, template in _templates(layer, release):
            path = layer.at + _fill(name, values)
            text = template.read_text(encoding="utf-8")
            files[path] = _fill_text(text, values)
    return dict(sorted(files.items()))


def _templates(layer: Layer, release: Pyo3Release) -> Iterator[tuple[str, Path]]:
    """Yield path and template of each file that is for this release of PyO3."""
    root = _FILES / layer.folder
    chosen: dict[str, tuple[tuple[int, int], Path]] = {}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if not name.endswith(_ENDING):
                continue
            path = Path(folder, name)
            plain, bound = _split_bound(
                path.relative_to(root).as_posix()[: -len(_ENDING)]
            )
            fits = (release.major, release.minor) < bound
            if fits and (plain not in chosen or bound < chosen[plain][0]):
                chosen[plain] = bound, path
    for plain, (_, path) in chosen.items():
        yield plain, path


def _split_bound(name: str) -> tuple[str, tuple[int, int]]:
    """Return a name without `.before-X.Y`, and the release it is before.

    >>> _split_bound("src/lib.before-0.23.rs")
    ('src/lib.rs', (0, 23))
    """
    found = re.search(r"\.before-(\d+)\.(\d+)", name)
    if found is None:
        return name, (2**31, 0)
    plain = name[: found.start()] + name[found.end() :]
    return plain, (int(found[1]), int(found[2]))


def _fill_text(text: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        bare = line.strip()
        only = re.fullmatch(r"@(\w+)@", bare)
        if only and not values[only[1]]:
            continue
        lines.append(_fill(line, values))
    filled = "\n".join(lines).strip("\n")
    return f"{filled}\n" if filled else ""


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"@(\w+)@", lambda found: values[found[1]], text)


def _values(starter: Starter) -> dict[str, str]:
    """Return the value of every placeholder."""
    names, kind = starter.names, starter.kind
    library = kind.library or names.module
    crates = [layer.at for layer in kind.layers if layer.folder == "crate"]
    rust_folder = crates[0] if crates else "src/"
    inner = f".{kind.library}" if kind.library else ""
    release = release_values(starter.pyo3)
    description = starter.description or f"The project {names.dist}"
    is_bound_by_feature = kind.is_module and not Pyo3Release.parse(
        starter.pyo3
    ).at_least(26)
    return {
        **release,
        "dist": names.dist,
        "package": names.package,
        "package_path": names.package_path,
        "module": names.module,
        "crate": names.crate,
        "crate_ident": names.crate_identifier,
        "lib": library,
        "module_import": names.package,
        "lib_path": f'path = "{rust_folder}lib.rs"' if rust_folder != "src/" else "",
        "rust_folder": rust_folder,
        "python_source": python_source_line(kind.package_folder),
        "readme_line": 'readme = "README.md"',
        "lib_summary": f"The Python module `{names.package + inner}`.",
        "description": _toml(description)[1:-1],
        "description_text": description,
        "pyo3_dependency": _pyo3_dependency(starter, release["abi3_feature"]),
        "mypy_namespace": "explicit_package_bases = true # a namespace package"
        if "." in names.package
        else "",
        "mypy_override": "[[tool.mypy.overrides]]\n"
        f'module = "{names.package}"\n'
        "ignore_missing_imports = true # its types are found when it is installed\n"
        if "." in names.package
        else "",
        **_feature_values(needs_feature=is_bound_by_feature),
        **_people_values(starter),
        **_license_values(starter),
        "abi3_readme": f"\nOne wheel serves CPython {release['python_minimum']} and "
        "all newer ones: only the stable ABI is used."
        if kind.is_abi3
        else "",
    }


def python_source_line(folder: str) -> str:
    """Return the setting for the folder of Python packages, which ends with a slash."""
    return f'python-source = "{folder[:-1]}"' if folder else ""


def _pyo3_dependency(starter: Starter, abi3_feature: str) -> str:
    version = _toml(starter.pyo3)
    if not starter.kind.is_abi3:
        return version
    return f'{{ version = {version}, features = ["{abi3_feature}"] }}'


def _feature_values(*, needs_feature: bool) -> dict[str, str]:
    """Return what tells PyO3 before 0.26 not to link libpython into a module."""
    if not needs_feature:
        return {"cargo_features": "", "ferrule_features": "", "setuptools_features": ""}
    features = 'features = ["extension-module"]'
    return {
        "cargo_features": "[features]\n"
        "# Not to be linked to libpython. Tests are, so it is no default.\n"
        'extension-module = ["pyo3/extension-module"]\n',
        "ferrule_features": features,
        "setuptools_features": features,
    }


def _people_values(starter: Starter) -> dict[str, str]:
    author = starter.author
    if author is None:
        return {
            "cargo_authors": "",
            "cargo_authors_inherited": "",
            "project_authors": "",
        }
    cargo = f"{author.name} <{author.email}>" if author.email else author.name
    email = f", email = {_toml(author.email)}" if author.email else ""
    return {
        "cargo_authors": f"authors = [{_toml(cargo)}]",
        "cargo_authors_inherited": "authors.workspace = true",
        "project_authors": f"authors = [{{ name = {_toml(author.name)}{email} }}]",
    }


def _license_values(starter: Starter) -> dict[str, str]:
    names = ("cargo_license", "cargo_license_inherited", "project_license")
    if not starter.license:
        return {**dict.fromkeys(names, ""), "license_readme": ""}
    holder = starter.author.name if starter.author else starter.names.dist
    line = f"license = {_toml(starter.license)}"
    return {
        "cargo_license": line,
        "cargo_license_inherited": "license.workspace = true",
        "project_license": line,
        "license_readme": f"\nLicence: {starter.license}",
        "year": str(starter.year),
        "copyright_holder": holder,
    }


def _toml(text: str) -> str:
    from ferrule.toml_text import value_text

    return value_text(text)
