"""Findings about what shell, editor and cargo's configuration say differently.

cargo takes a variable from the process first and from `[env]` second, unless
the entry has `force = true` (The Cargo Book, "[env]"). An editor that was not
started from this shell lacks the shell's variables.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.doctor.cargo_settings import configured_env
from ferrule.doctor.finding import Finding

if TYPE_CHECKING:
    from ferrule.doctor.cargo_settings import CargoConfig
    from ferrule.doctor.editors import EditorSettings
    from ferrule.python.interpreter import Interpreter

__all__ = ["check_editor_files", "check_editor_python", "check_variables"]

_WITH_FILE: Final = (
    "PYO3_CONFIG_FILE",
    "PYO3_PRINT_CONFIG",
    "PYO3_BUILD_EXTENSION_MODULE",
    "PYO3_USE_RAW_DYLIB",
)
"""What PyO3 reads besides a configuration file; the others are then ignored."""
_FLAGS: Final = ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")
_UNSET: Final = "(not set)"


def check_variables(
    env: Mapping[str, str],
    configs: Sequence[CargoConfig],
    editors: Sequence[EditorSettings],
) -> list[Finding]:
    """Return the variables that shell and editors give cargo different values of."""
    entries = configured_env(configs)
    plain = {name: entry[0] for name, entry in entries.items()}
    forced = {name for name, entry in entries.items() if entry[1]}
    shell = {**plain, **_without(env, forced)}
    sources = [("this shell", shell)]
    for editor in editors:
        if not editor.problem:
            values = {**plain, **_without(editor.variables, forced)}
            sources.append((f"{editor.editor} ({editor.path})", values))
    if len(sources) == 1:
        sources.append(("an editor started elsewhere", plain))
    names = _compared(sources)
    if not editors:
        # Flags of the shell alone are told with cargo's variables.
        names = [name for name in names if name.startswith("PYO3_")]
    rows = []
    for name in names:
        if len({values.get(name) for _, values in sources}) > 1:
            rows.append(name)
            rows += [
                f"  {source}: {values.get(name, _UNSET)}" for source, values in sources
            ]
    if not rows:
        return []
    differing = [row for row in rows if not row.startswith(" ")]
    in_file = "PYO3_CONFIG_FILE" in plain
    return [
        Finding(
            "drift-variables",
            # A difference that an editor's file asks for is met at every switch.
            "warning" if editors or in_file else "note",
            f"shell and editor disagree about {', '.join(differing)}",
            tuple(rows),
            "cargo compiles PyO3 and all that uses it again at each switch between "
            "the two",
            _remedy(differing, env, entries),
        )
    ]


def _without(values: Mapping[str, str], forced: set[str]) -> dict[str, str]:
    return {
        name: value
        for name, value in values.items()
        if name not in forced and (name.startswith("PYO3_") or name in _FLAGS)
    }


def _compared(sources: Sequence[tuple[str, Mapping[str, str]]]) -> list[str]:
    names = {
        name
        for _, values in sources
        for name in values
        if name.startswith("PYO3_") or name in _FLAGS
    }
    if all("PYO3_CONFIG_FILE" in values for _, values in sources):
        names = {n for n in names if n in _WITH_FILE or not n.startswith("PYO3_")}
    return sorted(names)


def _remedy(
    names: Sequence[str],
    env: Mapping[str, str],
    entries: Mapping[str, tuple[str, bool, Path]],
) -> tuple[str, ...]:
    in_shell = [name for name in names if name in env]
    is_shared = "PYO3_CONFIG_FILE" in entries
    lines = [f"unset {' '.join(in_shell)}"] if in_shell else []
    if any(name.startswith("PYO3_") for name in names) and not is_shared:
        lines.append("ferrule env --write   # one configuration for all of them")
    elif not in_shell:
        lines.append("# take the variables out of the editor's settings")
    return tuple(lines)


def check_editor_files(editors: Sequence[EditorSettings]) -> list[Finding]:
    """Return the settings files that cannot be read."""
    return [
        Finding(
            "drift-editor-file",
            "note",
            item.problem,
            why=f"{item.editor} ignores the file, or a part of it",
        )
        for item in editors
        if item.problem
    ]


def check_editor_python(
    editors: Sequence[EditorSettings], chosen: Interpreter, env: Mapping[str, str]
) -> list[Finding]:
    """Return the editors whose Python is another one than a build takes."""
    from ferrule.python.probe import ProbeFailure, probe
    from ferrule.python.search import environment_python, find_command

    findings = []
    for item in editors:
        if item.python is None or "${" in item.python:
            continue
        path = item.python
        if os.sep not in path and "/" not in path:
            path = find_command(path, env) or path
        elif not os.path.isabs(path):
            path = str(item.path.parent.parent / path)
        if os.path.isdir(path):
            path = environment_python(path)
        found = probe([path], env)[0]
        if isinstance(found, ProbeFailure):
            what = f"{item.editor}'s Python does not work: {path}: {found.reason}"
        elif found.soabi == chosen.soabi and found.version[:2] == chosen.version[:2]:
            continue
        else:
            what = (
                f"{item.editor} uses {found.display_name}, a build takes "
                f"{chosen.display_name}"
            )
        findings.append(
            Finding(
                "drift-interpreter",
                "warning",
                what,
                (f"{item.path}: {item.python}", f"a build takes {chosen.executable}"),
                "the editor cannot import the module that a build makes",
                (
                    f"# {item.path}",
                    f'"python.defaultInterpreterPath": "{chosen.executable}",',
                ),
            )
        )
    return findings
