"""`_sysconfigdata*.py`: what a Python for another machine was built with.

The search follows PyO3, which follows how CPython installs the file. The file
is read as data and never executed, so no interpreter is needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors.configuration import ConfigurationError, SysconfigdataError
from ferrule.python.config import format_version

if TYPE_CHECKING:
    import ast

    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release, Version
    from ferrule.target.triple import Triple

__all__ = ["find_sysconfigdata", "parse_sysconfigdata", "read_variables"]

_CONDA_MARK: Final = "_h_env_placehold"


def find_sysconfigdata(
    lib_dir: str,
    target: Triple,
    version: Version | None,
    env: Mapping[str, str],
    release: Pyo3Release,
) -> Path:
    """Return the one file below `PYO3_CROSS_LIB_DIR` that fits the target.

    Raises `ConfigurationError` when there is none, when there are several, and
    when a folder cannot be listed.
    """
    try:
        found = _search(lib_dir, target, version, release)
    except ConfigurationError as error:
        raise error.within(
            f"failed to search the lib dir at 'PYO3_CROSS_LIB_DIR={lib_dir}'"
        ) from None
    real = {Path(os.path.realpath(path)) for path in found if os.path.exists(path)}
    wanted = env.get("_PYTHON_SYSCONFIGDATA_NAME")
    paths = sorted(p for p in real if wanted is None or p.stem == wanted)
    if not paths:
        raise ConfigurationError(
            f"Could not find _sysconfigdata*.py in {lib_dir}",
            fix="PYO3_CROSS_LIB_DIR is the folder that holds python3.Y/ of the target, "
            "usually <prefix>/lib",
        )
    if len(paths) > 1:
        listing = "".join(f"\n\t{path}" for path in paths)
        raise ConfigurationError(
            "Detected multiple possible Python versions. Please set either the "
            "PYO3_CROSS_PYTHON_VERSION variable to the wanted version or the "
            "_PYTHON_SYSCONFIGDATA_NAME variable to the wanted sysconfigdata file "
            f"name.\n\nsysconfigdata files found:{listing}\n",
            fix=f"for example _PYTHON_SYSCONFIGDATA_NAME={paths[0].stem}",
        )
    return paths[0]


def _search(
    folder: str, target: Triple, version: Version | None, release: Pyo3Release
) -> list[str]:
    try:
        with os.scandir(folder or ".") as entries:
            children = sorted(entries, key=lambda entry: entry.name)
        if not folder:
            # An empty path is nowhere for PyO3, not the current folder.
            raise FileNotFoundError(2, "No such file or directory")
    except OSError as error:
        raise ConfigurationError(
            f"failed to list the entries in '{folder}'",
            causes=[f"{error.strerror} (os error {error.errno})"],
            fix="check the path and its permissions",
        ) from error
    found: list[str] = []
    for entry in children:
        name = entry.name
        if name.startswith("_sysconfigdata_") and name.endswith("py"):
            found.append(entry.path)
        elif not entry.is_dir(follow_symlinks=False):
            continue
        elif _is_wanted(name, target, version, release):
            found += _search(entry.path, target, version, release)
    if len(found) > 1:
        fitting = [path for path in found if target.architecture in path]
        return fitting or found
    return found


def _is_wanted(
    name: str, target: Triple, version: Version | None, release: Pyo3Release
) -> bool:
    if name in ("build", "lib", "lib_pypy"):
        return True
    if name.startswith("lib."):
        return target.system in name and target.architecture in name
    exact = format_version(version) if version else None
    if name.startswith((f"python{exact or '3.'}", f"pypy{exact or '3.'}")):
        return True
    if not release.knows_graalpy:
        return False
    return name == "lib_graalpython" or name.startswith(f"graalpy{exact or '2'}")


def parse_sysconfigdata(path: Path, release: Pyo3Release) -> dict[str, str]:
    """Return the build-time variables of a `_sysconfigdata*.py` file, as texts.

    Raises `SysconfigdataError` for a file that is not one literal dictionary
    named `build_time_vars`.
    """
    variables = _read_literal(path)
    prefix = variables.get("prefix")
    # Conda's interpreters are linked statically but come with a libpython.
    is_conda = isinstance(prefix, str) and _CONDA_MARK in prefix
    lines = []
    for key, value in variables.items():
        shared = key == "Py_ENABLE_SHARED" and is_conda and release.at_least(25)
        lines.append(f"{key} {1 if shared else value}")
    # PyO3 sees the values through a pipe, line by line: a line feed in a value
    # ends it there, and the next line is another key.
    parsed = {}
    for line in "\n".join(lines).split("\n"):
        key, blank, text = line.partition(" ")
        if blank:
            parsed[key] = text.removesuffix("\r")
    return parsed


def read_build_variables(interpreter: Interpreter) -> dict[str, str]:
    """Return the variables that an installed interpreter was built with, as texts.

    They are read from its files. Nothing is returned where it has none, which is
    so on Windows. Raises `SysconfigdataError`.
    """
    version = interpreter.ld_version or format_version(interpreter.minor_version)
    flags = version.lstrip("0123456789.")
    home = dict(interpreter.install_paths).get("stdlib") or os.path.join(
        interpreter.base_prefix, "lib", f"python{version}"
    )
    found = sorted(Path(home).glob(f"_sysconfigdata_{flags}_*.py"))
    if not found:
        return {}
    return {str(key): str(value) for key, value in _read_literal(found[-1]).items()}


def _read_literal(path: Path) -> dict[object, object]:
    try:
        found = read_variables(path.read_bytes())
        if found is not None:
            return found
        reason = "it has no dictionary `build_time_vars`"
    except (OSError, SyntaxError, ValueError) as error:
        # Python shows where in its memory the wrong part lies.
        reason = str(error).partition(": <")[0]
    except (RecursionError, MemoryError):
        reason = "it is nested too deeply"
    raise SysconfigdataError(
        f"cannot read {path} as the build-time variables of a Python",
        why=[reason],
        fix="point PYO3_CROSS_LIB_DIR to an unmodified installation of the target's "
        "Python",
    )


def read_variables(content: bytes) -> dict[object, object] | None:
    """Return `build_time_vars` out of the text of a `_sysconfigdata*.py`.

    None where there is no such dictionary. Pyodide's holds f-strings of a folder
    that `os.environ` could move; its default counts. Raises `SyntaxError` and
    `ValueError` for what cannot be read without running it.
    """
    import ast

    names: dict[str, str] = {}
    for node in ast.parse(content).body:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Name):
            continue
        if target.id == "build_time_vars":
            value = ast.literal_eval(_without_names(node.value, names))
            return value if isinstance(value, dict) else None
        default = _default_of(node.value)
        if default is not None:
            names[target.id] = default
    return None


def _default_of(node: ast.expr) -> str | None:
    """Return the second argument of `os.environ.get`, or a text itself."""
    import ast

    if isinstance(node, ast.Call) and len(node.args) == 2:
        function = ast.dump(node.func, annotate_fields=False)
        environ = "Attribute(Attribute(Name('os', Load()), 'environ', Load()), 'get'"
        if not function.startswith(environ):
            return None
        node = node.args[1]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _without_names(node: ast.expr, names: Mapping[str, str]) -> ast.expr:
    """Return an expression whose f-strings of known names are plain texts."""
    import ast

    class Joined(ast.NodeTransformer):
        def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
            parts = [_text_of(part, names) for part in node.values]
            if None in parts:
                return node
            return ast.copy_location(ast.Constant("".join(filter(None, parts))), node)

    transformed: ast.expr = Joined().visit(node)
    return transformed


def _text_of(node: ast.expr, names: Mapping[str, str]) -> str | None:
    import ast

    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        return names.get(node.value.id)
    return None
