"""Findings about the PyO3 configuration that cargo and editors share.

`ferrule env --write` puts it into `.cargo/config.toml`: the path of a file, and
a profile value that keeps its artefacts apart. All of that can grow stale.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.cargo.config_toml import read_variable
from ferrule.cargo.slots import compute_slot
from ferrule.doctor.cargo_settings import configured, configured_env
from ferrule.doctor.finding import Finding, Fix
from ferrule.errors import FerruleError

if TYPE_CHECKING:
    from ferrule.cargo.survey import Survey
    from ferrule.doctor.cargo_settings import CargoConfig
    from ferrule.python.interpreter import Interpreter

__all__ = ["check_shared"]

_LINKS: Final = "extra_build_script_line=cargo:rustc-link-search=native="
_EXTRA: Final = "extra_build_script_line="
_NAMING: Final = ("implementation", "version", "build_flags")
"""The keys that tell one Python from another, not where it is installed."""
_WRITE: Final = "ferrule env --write"


def check_shared(
    root: Path,
    configs: Sequence[CargoConfig],
    survey: Survey,
    chosen: Interpreter | None,
    host: str,
    *,
    rewrite: Callable[[], None],
) -> list[Finding]:
    """Return how fit the shared configuration is; `rewrite` writes it anew."""
    if survey.pyo3_version is None:
        return []
    entry = configured_env(configs).get("PYO3_CONFIG_FILE")
    if entry is None:
        return [_unshared()]
    named, _, written_in = entry
    is_ours = read_variable(root, "PYO3_CONFIG_FILE") == named
    steps = (f"write {written_in}: the lines of `{_WRITE}`",)
    fix = Fix(steps, rewrite) if is_ours else None
    try:
        text = Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [_gone(named, written_in, error, fix)]
    findings = [_check_interpreter(text, written_in, survey, chosen, host, fix)]
    if is_ours:
        findings.append(_check_slot(text, configs, survey, fix))
    findings.append(_check_links(text))
    return [item for item in findings if item is not None]


def _unshared() -> Finding:
    return Finding(
        "env-unshared",
        "note",
        "plain cargo, the editor and ferrule have no common PyO3 configuration",
        why="PyO3 then depends on PATH and the active environment: `cargo check` in "
        "an editor and in a shell may compile it in turns",
        remedy=(_WRITE,),
    )


def _gone(named: str, written_in: Path, error: Exception, fix: Fix | None) -> Finding:
    reason = getattr(error, "strerror", None) or str(error)
    return Finding(
        "env-file-gone",
        "error",
        f"PYO3_CONFIG_FILE names a file that cannot be read: {named}",
        (f"written in {written_in}", f"the system says: {reason}"),
        "every build of plain cargo and of the editor fails in PyO3's build script",
        (_WRITE,) if fix else (f"# correct or remove the line in {written_in}",),
        fix,
    )


def _values(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: value for key, _, value in pairs}


def _check_interpreter(
    text: str,
    written_in: Path,
    survey: Survey,
    chosen: Interpreter | None,
    host: str,
    fix: Fix | None,
) -> Finding | None:
    if chosen is None:
        return None
    expected = _expected(survey, chosen, host)
    lines = [line for line in text.splitlines() if not line.startswith(_EXTRA)]
    if expected is None or lines == expected.splitlines():
        return None
    is_value, wanted = _values(text), _values(expected)
    other = any(is_value.get(key, "") != wanted.get(key, "") for key in _NAMING)
    name = f"{is_value.get('implementation', 'CPython')} {is_value.get('version')}"
    if other:
        return Finding(
            "env-interpreter",
            "warning",
            f"{written_in} is for {name}, a build takes {chosen.display_name}",
            (f"a build takes {chosen.executable}",),
            "development builds and `cargo test` use different Pythons and share "
            "nothing that is compiled",
            (f"{_WRITE}   # for {chosen.display_name}",),
        )
    changed = sorted(
        key for key in {*is_value, *wanted} if is_value.get(key) != wanted.get(key)
    )
    return Finding(
        "env-stale",
        "warning",
        f"the configuration of {name} in {written_in} is not that of the Python now",
        tuple(
            f"{key}: {is_value.get(key, '-')} there, {wanted.get(key, '-')} now"
            for key in changed
            if not key.startswith(_EXTRA[:-1])
        ),
        "tests may link a libpython that was removed, and share nothing with ferrule",
        (_WRITE,),
        fix,
    )


def _expected(survey: Survey, chosen: Interpreter, host: str) -> str | None:
    from ferrule.python.portable import portable_config
    from ferrule.python.releases import Pyo3Release

    try:
        return portable_config(
            Pyo3Release.parse(survey.pyo3_version or ""),
            chosen,
            abi_features=survey.pyo3_features,
            link=True,
            executable=chosen.stable_executable,
            target=host,
        )
    except FerruleError:
        return None  # told by the checks of PyO3


def _check_slot(
    text: str, configs: Sequence[CargoConfig], survey: Survey, fix: Fix | None
) -> Finding | None:
    package = "pyo3-build-config" if survey.build_config_is_script else "pyo3-ffi"
    wanted = compute_slot(text, link=True)
    wrong = []
    for profile in ("dev", "release"):
        key = f"profile.{profile}.package.{package}.codegen-units"
        found = configured(configs, key)
        if found is None or found[0] != wanted:
            wrong.append(f"{key} = {found[0] if found else '-'}, should be {wanted}")
    if not wrong:
        return None
    return Finding(
        "env-stale",
        "warning",
        "the slot in .cargo/config.toml does not belong to its configuration",
        tuple(wrong),
        "plain cargo and ferrule compile PyO3 once each, perhaps in turns",
        (_WRITE,),
        fix,
    )


# --- links to libpython -----------------------------------------------------------


def _check_links(text: str) -> Finding | None:
    folders = [
        Path(line[len(_LINKS) :])
        for line in text.splitlines()
        if line[: len(_LINKS)] == _LINKS
    ]
    # The folder of the library itself may be named, too.
    folders = [path for path in folders if path.name.startswith("libpython-")]
    broken = [folder for folder in folders if not _leads_somewhere(folder)]
    values = _values(text)
    if not broken:
        return None
    libraries = list(_libraries(values))
    links = [(folder / path.name, path) for folder in broken for path in libraries]
    steps = tuple(f"link {link} to {path}" for link, path in links)
    return Finding(
        "env-links",
        "warning",
        "the links to libpython in the target directory are gone",
        tuple(map(str, broken)),
        "`cargo test` and `cargo run` end with: cannot open shared object file "
        "(`cargo clean` removes the links)",
        (_WRITE,),
        Fix(steps, lambda: _link(links)) if links else None,
    )


def _leads_somewhere(folder: Path) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return bool(names) and all((folder / name).exists() for name in names)


def _libraries(values: Mapping[str, str]) -> Iterator[Path]:
    folder, name = values.get("lib_dir"), values.get("lib_name")
    if folder and name:
        yield from sorted(Path(folder).glob(f"lib{name}.so*"))


def _link(links: Sequence[tuple[Path, Path]]) -> None:
    for link, library in links:
        link.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(link):
            link.unlink()
        os.symlink(library, link)
