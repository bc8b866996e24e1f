"""Findings about how the project is installed in an environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.doctor.finding import Finding, Fix
from ferrule.editable.distributions import find_distributions
from ferrule.project.names import normal_name

if TYPE_CHECKING:
    from ferrule.editable.distributions import Distribution
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "check_copies",
    "check_installed",
    "editable_folder",
    "find_copies",
    "is_found_by_finder",
]

_ENDINGS: Final = (".so", ".pyd")
_MOST_FILES: Final = 2000


def check_installed(
    name: str, root: Path, interpreter: Interpreter, sources: Iterable[Path]
) -> list[Finding]:
    """Return how a project is installed for an interpreter.

    `sources` are the files that an installed copy was made from.
    """
    found = find_distributions(interpreter.site_packages, [normal_name(name)])
    if not found:
        what = f"{name} is not installed in {interpreter.prefix}"
        return [Finding("installed", "ok", what)]
    findings = []
    if len(found) > 1:
        findings.append(_twice(name, found, interpreter))
    first = found[0]
    editable = editable_folder(first)
    if editable is not None:
        findings.append(_check_folder(name, first, editable, root, interpreter))
    else:
        findings += _check_copy(name, first, sources)
    return findings


def _twice(
    name: str, found: Sequence[Distribution], interpreter: Interpreter
) -> Finding:
    command = f"{interpreter.executable} -m pip uninstall -y {name}"
    return Finding(
        "installed-twice",
        "warning",
        f"{name} is installed {len(found)} times in {interpreter.prefix}",
        tuple(str(item.path) for item in found),
        "Python imports one of them; installers replace or remove the other",
        (f"{command}   # until it says: not installed", "ferrule develop"),
    )


def editable_folder(item: Distribution) -> Path | None:
    """Return the folder of an editable install (PEP 610), or None for a copy."""
    import json

    if item.path.name.endswith(".egg-link"):
        try:
            line = item.path.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError):
            return None
        return Path(line.strip())
    text = item.text("direct_url.json")
    if text is None:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if not isinstance(data, dict) or not _is_editable(data):
        return None
    url = data.get("url")
    return _path_of(url) if isinstance(url, str) else None


def _is_editable(data: dict[str, Any]) -> bool:
    info = data.get("dir_info")
    return isinstance(info, dict) and info.get("editable") is True


def _path_of(url: str) -> Path | None:
    if not url.startswith("file://"):
        return None
    if os.name == "nt":
        from urllib.request import url2pathname

        return Path(url2pathname(url[len("file:") :]))
    from urllib.parse import unquote

    return Path(unquote(url[len("file://") :]))


def _check_folder(
    name: str, item: Distribution, folder: Path, root: Path, interpreter: Interpreter
) -> Finding:
    if not folder.is_dir():
        return Finding(
            "installed-elsewhere",
            "error",
            f"{name} is an editable install of a folder that is gone: {folder}",
            (str(item.path),),
            "importing it fails, or finds another copy",
            ("ferrule develop", f"{interpreter.executable} -m pip uninstall -y {name}"),
        )
    if os.path.realpath(folder) != os.path.realpath(root):
        return Finding(
            "installed-elsewhere",
            "warning",
            f"{name} is an editable install of {folder}",
            (f"this project is {root}",),
            "tests in this folder import the other one's module",
            ("ferrule develop",),
        )
    return Finding("installed", "ok", f"editable install in {interpreter.prefix}")


def _check_copy(
    name: str, item: Distribution, sources: Iterable[Path]
) -> list[Finding]:
    record = item.path / "RECORD"
    try:
        installed_s = (record if record.exists() else item.path).stat().st_mtime
    except OSError:
        return []
    newer = []
    for count, path in enumerate(sources):
        if count >= _MOST_FILES:
            break
        try:
            if path.stat().st_mtime > installed_s:
                newer.append(path)
        except OSError:
            continue
    what = f"{name} {item.version} is installed as a copy: {item.path}"
    if not newer:
        return [Finding("installed", "ok", what)]
    return [
        Finding(
            "installed-older",
            "warning",
            f"the installed copy of {name} is older than {len(newer)} source files",
            (str(item.path), f"changed since: {newer[0]}"),
            "`import` and tests take the copy, not the present source",
            ("ferrule develop",),
        )
    ]


def is_found_by_finder(name: str, interpreter: Interpreter) -> bool:
    """Whether ferrule's finder of an editable install serves the project."""
    label = normal_name(name).replace("-", "_")
    return any(
        os.path.isfile(os.path.join(folder, f"_ferrule_editable_{label}.py"))
        for folder in interpreter.site_packages
    )


# --- copies in the source tree ----------------------------------------------------


def find_copies(
    root: Path, bases: Iterable[Path], modules: Sequence[str]
) -> list[Path]:
    """Return built modules that lie where `import` looks for sources.

    `maturin develop` and `setup.py build_ext --inplace` put them there.
    """
    found = []
    for base in dict.fromkeys([*bases, root]):
        for module in modules:
            *folders, last = module.split(".")
            folder = base.joinpath(*folders)
            try:
                names = sorted(os.listdir(folder))
            except OSError:
                continue
            found += [
                folder / name
                for name in names
                if name.endswith(_ENDINGS) and name.partition(".")[0] == last
            ]
    return list(dict.fromkeys(found))


def check_copies(
    copies: Sequence[Path],
    ignored: frozenset[Path] | None,
    *,
    builds_with_ferrule: bool,
    has_finder: bool,
    newest_source_s: float,
) -> list[Finding]:
    """Return a finding for built modules in the source tree.

    With another backend they are what its development install imports, and only
    old ones matter.
    """
    old = [path for path in copies if path.stat().st_mtime < newest_source_s]
    shown = list(copies) if builds_with_ferrule else old
    if not shown:
        return []
    removable = [path for path in shown if ignored is not None and path in ignored]
    is_harmful = builds_with_ferrule and not has_finder
    why = (
        "the module of the editable install is imported, not these; tools without "
        "it take them"
        if has_finder
        else "where the folder comes first on sys.path, as in tests, `import` takes "
        "them and not the module that is installed"
    )
    noun = "a built module lies" if len(shown) == 1 else "built modules lie"
    fix = None
    if removable and builds_with_ferrule:
        steps = tuple(f"remove {path}" for path in removable)
        fix = Fix(steps, lambda: _remove(removable))
    return [
        Finding(
            "project-module-copies",
            "warning" if is_harmful or old else "note",
            f"{noun} in the source tree",
            tuple(
                f"{path}{' (older than the sources)' if path in old else ''}"
                for path in shown
            ),
            why,
            tuple(f"rm {path}" for path in shown)
            if builds_with_ferrule
            else ("ferrule develop   # or build again with the project's backend",),
            fix,
        )
    ]


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
