"""The lines that ferrule keeps in a project's `.cargo/config.toml`.

The file belongs to the user: ferrule changes only what stands between its
markers. The variables go into the user's `[env]` table where there is one,
otherwise into a table of ferrule's own at the end of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrule import atomic
from ferrule.errors.configuration_file import ConfigTomlError

__all__ = ["read_variable", "remove_section", "without_section", "write_section"]

_BEGIN = "# >>> ferrule: one PyO3 configuration for cargo, rust-analyzer and ferrule"
_END = "# <<< ferrule"


def write_section(
    root: Path,
    variables: Mapping[str, str],
    profiles: Sequence[tuple[str, str, int]],
    tables: Sequence[str] = (),
) -> Path:
    """Write or replace ferrule's lines and return the file's path.

    `tables` are further lines, which are written as they are. Raises
    `ConfigTomlError` when the result would not be valid TOML, because the file is
    broken or sets one of the keys itself; it is then untouched.
    """
    path = root / ".cargo" / "config.toml"
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = without_section(old).splitlines()
    values = [f"{name} = {_quote(value)}" for name, value in variables.items()]
    tables = [*tables]
    for profile, package, value in profiles:
        tables += [f"[profile.{profile}.package.{package}]", f"codegen-units = {value}"]
    header = _env_header(lines)
    if header is None:
        tables = ["[env]", *values, *tables]
    else:
        lines[header + 1 : header + 1] = [_BEGIN, *values, _END]
    lines += [_BEGIN, *tables, _END]
    text = "\n".join(lines) + "\n"
    _check(path, text, [*values, *tables])
    if text != old:
        atomic.write_text(path, text)
    return path


def read_variable(root: Path, name: str) -> str | None:
    """Return the value of a variable that `write_section` wrote, or None."""
    path = root / ".cargo" / "config.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    if _BEGIN not in text:
        return None
    from ferrule.toml import parse_toml

    try:
        value = parse_toml(text).get("env", {}).get(name)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def remove_section(root: Path) -> Path | None:
    """Remove ferrule's lines; return the file's path if there were any."""
    path = root / ".cargo" / "config.toml"
    if not path.is_file():
        return None
    old = path.read_text(encoding="utf-8")
    if _BEGIN not in old:
        return None
    rest = without_section(old)
    if rest.strip():
        atomic.write_text(path, rest)
    else:
        path.unlink()
    return path


def without_section(text: str) -> str:
    """Return the text of a configuration file without ferrule's lines."""
    kept = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line.rstrip() == _BEGIN:
            inside = True
        elif line.rstrip() == _END:
            inside = False
        elif not inside:
            kept.append(line)
    return "".join(kept)


def _env_header(lines: Sequence[str]) -> int | None:
    for number, line in enumerate(lines):
        if line.partition("#")[0].strip() == "[env]":
            return number
    return None


def _check(path: Path, text: str, lines: Sequence[str]) -> None:
    from ferrule.toml import parse_toml

    try:
        parse_toml(text)
    except ValueError as error:
        raise ConfigTomlError(path, str(error), lines) from None


def _quote(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
