"""Which PyO3 configuration a build gets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.cargo.compile import Pyo3Config
from ferrule.cargo.config_store import stored_config
from ferrule.cargo.config_toml import read_variable
from ferrule.cargo.graph import FeatureSelection
from ferrule.cargo.target_directory import link_libpython
from ferrule.plan.context import find_target_directory
from ferrule.plan.parts import has_own_build
from ferrule.python.libpython import find_libpython

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph, Pyo3Use
    from ferrule.plan.context import Context
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import ModuleSettings

__all__ = ["development_config", "linked_config", "program_config", "user_config"]


def program_config(
    use: Pyo3Use,
    interpreter: Interpreter | None,
    target: str,
    env: Mapping[str, str],
    *,
    run_in: Path | None = None,
) -> Pyo3Config:
    """Return the configuration under which programs and tests are compiled.

    With `run_in`, a target directory, programs and tests that cargo runs there
    find libpython. Raises `InterpreterNeededError` without an interpreter.
    """
    from ferrule.python.portable import portable_config
    from ferrule.python.releases import Pyo3Release

    user = user_config(env)
    if user is not None:
        return Pyo3Config(user[1], use, link=True, user_file=user[0])
    text = portable_config(
        Pyo3Release.parse(use.version),
        interpreter,
        abi_features=use.features,
        link=True,
        executable=(interpreter and interpreter.stable_executable) or None,
        target=target,
        abi=None,
    )
    text += "".join(f"{line}\n" for line in _link_lines(text, use, target))
    if run_in is not None and interpreter is not None:
        text += "".join(f"{line}\n" for line in link_libpython(run_in, interpreter))
    return Pyo3Config(text, use, link=True)


def _link_lines(text: str, use: Pyo3Use, target: str) -> list[str]:
    """Return the lines that link libpython whatever features are on.

    PyO3 itself leaves libpython out where a crate enables `extension-module` and
    where `PYO3_BUILD_EXTENSION_MODULE` is set; programs and tests need it.
    """
    from ferrule.python.releases import Pyo3Release
    from ferrule.python.situation import links_libpython
    from ferrule.target.triple import parse_triple

    release = Pyo3Release.parse(use.version)
    if links_libpython(release, parse_triple(target), extension_module=True):
        return []
    values = dict(line.split("=", 1) for line in text.splitlines())
    name = values.get("lib_name")
    # Twice the same shared library does no harm, twice the same archive might.
    is_static = values.get("shared") == "false"
    if not name or (is_static and "extension-module" not in use.features):
        return []
    lines = [f"cargo:rustc-link-lib={'static=' if is_static else ''}{name}"]
    if values.get("lib_dir"):
        lines.append(f"cargo:rustc-link-search=native={values['lib_dir']}")
    return [f"extra_build_script_line={line}" for line in lines]


def user_config(env: Mapping[str, str]) -> tuple[Path, str] | None:
    """Return the file that the user's own `PYO3_CONFIG_FILE` names."""
    if "PYO3_CONFIG_FILE" not in env:
        return None
    from ferrule.python.config_file import read_config_text

    path, text = read_config_text(env["PYO3_CONFIG_FILE"])
    log.debug(f"PYO3_CONFIG_FILE is set: {path}")
    return path, text


def development_config(
    context: Context, graph: Graph, use: Pyo3Use
) -> tuple[Pyo3Config, bool]:
    """Return the configuration of tests and programs during development.

    Also returned is whether they share plain cargo's artefacts. Modules that may
    be linked take the same configuration (`linked_config`), so that PyO3 is
    compiled once for all of them. Raises what `program_config` raises.
    """
    shared = _shared_config(context, graph, use)
    if shared is not None:
        return shared, True
    folder = find_target_directory(context, graph)
    interpreter, target = context.interpreter, context.target
    pyo3 = program_config(use, interpreter, target, context.env, run_in=folder)
    return pyo3, False


def linked_config(
    context: Context, graph: Graph, use: Pyo3Use, part: ModuleSettings
) -> tuple[Pyo3Config, bool] | None:
    """Return the configuration that a module shares with tests and programs.

    As `development_config`; None where a module needs its own. The library is
    linked to libpython and that entry is removed from the copy that Python
    imports, which Linux allows. A release build never depends on it.
    """
    if not has_own_build(part):
        shared = _shared_config(context, graph, use)
        if shared is not None:
            return shared, True
    interpreter = context.interpreter
    if (
        not context.develops
        or interpreter is None
        or interpreter.is_foreign
        or (part.profile or context.profile) == "release"
        or context.build_directory is not None
        or user_config(context.env) is not None
        or find_libpython(interpreter) is None
    ):
        return None
    folder, target = find_target_directory(context, graph), context.target
    pyo3 = program_config(use, interpreter, target, context.env, run_in=folder)
    return pyo3, False


def _shared_config(context: Context, graph: Graph, use: Pyo3Use) -> Pyo3Config | None:
    """Return the configuration that plain cargo uses too, if a module can.

    After `ferrule env --write`, a development build takes and leaves exactly
    plain cargo's artefacts: the library is linked to libpython, and that entry
    is removed from the packed copy. A release build never depends on it.
    """
    interpreter = context.interpreter
    linked = read_variable(context.project.root, "PYO3_CONFIG_FILE")
    if (
        linked is None
        or interpreter is None
        or interpreter.is_foreign
        or interpreter.system != "Linux"
        or not interpreter.shared
        or context.profile == "release"
        or context.build_directory is not None
        or context.settings.strip
        or context.settings.rustc_args
        or context.settings.target_dir
        or graph.selection != FeatureSelection()
    ):
        return None
    target, folder = context.target, graph.target_directory
    pyo3 = program_config(use, interpreter, target, context.env, run_in=folder)
    path = pyo3.user_file or stored_config(
        pyo3.text, env=context.env, fallback=graph.target_directory / "ferrule"
    )
    return pyo3 if str(path) == linked else None
