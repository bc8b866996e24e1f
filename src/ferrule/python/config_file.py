"""The text form of PyO3's build configuration: `PYO3_CONFIG_FILE`.

One `key=value` per line, no comments, no blank lines, no escapes. Texts of
errors are those of PyO3, so that searching for them finds PyO3's answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import (
    AbiName,
    InterpreterConfig,
    TargetAbi,
    fix_up_flags,
    format_version,
)
from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release, Version

__all__ = [
    "cap_stable_version",
    "config_items",
    "finish_config",
    "format_config",
    "parse_config",
    "parse_implementation",
    "parse_version",
    "read_config_file",
    "read_config_text",
]

# What Rust's `str::trim` removes; Python's `strip` also takes \x1c-\x1f.
_BLANKS: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_FAILED: Final = "failed to parse contents of PYO3_CONFIG_FILE"
_KINDS: Final[dict[str, AbiName]] = {
    "abi3": "abi3",
    "abi3t": "abi3t",
    "free_threaded": "free_threaded",
    "gil_enabled": "gil_enabled",
}


def _parse_number(text: str, maximum: int) -> int:
    digits = text.removeprefix("+")
    if not text:
        raise ConfigurationError("cannot parse integer from empty string")
    if not (digits.isascii() and digits.isdecimal()):
        raise ConfigurationError("invalid digit found in string")
    if int(digits) > maximum:
        raise ConfigurationError("number too large to fit in target type")
    return int(digits)


def _parse_width(text: str, release: Pyo3Release) -> int:
    del release
    return _parse_number(text, 2**32 - 1)


def _parse_bool(text: str, release: Pyo3Release) -> bool:
    del release
    if text not in ("true", "false"):
        raise ConfigurationError("provided string was not `true` or `false`")
    return text == "true"


def parse_version(text: str) -> Version:
    """Read `3.12`; raises `ConfigurationError` in PyO3's words."""
    major, dot, minor = text.partition(".")
    if not dot:
        raise ConfigurationError("expected major.minor version")
    return _parse_part("major", major), _parse_part("minor", minor)


def _parse_part(name: str, text: str) -> int:
    try:
        return _parse_number(text, 255)
    except ConfigurationError as error:
        raise error.within(f"failed to parse {name} version") from None


def parse_implementation(text: str, release: Pyo3Release) -> str:
    """Read an implementation's name; raises `ConfigurationError`."""
    known = ["CPython", "PyPy"]
    known += ["GraalVM"] if release.knows_graalpy else []
    known += ["RustPython"] if release.has_target_abi else []
    if text not in known:
        raise ConfigurationError(f"unknown interpreter: {text}")
    return text


def _parse_target_abi(text: str, release: Pyo3Release) -> TargetAbi:
    debug = release.has_debug_abi and text.endswith("-debug")
    value = text[: -len("-debug")] if debug else text
    parts = value.split("-", 2)
    invalid = f"Invalid ABI string representation: {value}"
    implementation = parse_implementation(parts[0], release)
    if len(parts) < 2:
        raise ConfigurationError(invalid)
    if parts[1] not in _KINDS:
        raise ConfigurationError(f"Unrecognized ABI name: {parts[1]}")
    if len(parts) < 3:
        raise ConfigurationError(invalid)
    version = parse_version(parts[2])
    abi = TargetAbi(implementation, _KINDS[parts[1]], version, debug)
    return abi.checked() if release.has_debug_abi else abi


def _parse_flags(text: str, release: Pyo3Release) -> tuple[str, ...]:
    del release
    words = text.split(",")
    if words[-1] == "":
        words.pop()
    return tuple(dict.fromkeys(words))


def _parse_text(text: str, release: Pyo3Release) -> str:
    del release
    return text


_PARSERS: Final[dict[str, Callable[[str, Pyo3Release], Any]]] = {
    "implementation": parse_implementation,
    "version": lambda text, _: parse_version(text),
    "shared": _parse_bool,
    "abi3": _parse_bool,
    "target_abi": _parse_target_abi,
    "lib_name": _parse_text,
    "lib_dir": _parse_text,
    "executable": _parse_text,
    "pointer_width": _parse_width,
    "build_flags": _parse_flags,
    "python_framework_prefix": _parse_text,
    "suppress_build_script_link_lines": _parse_bool,
}


def _knows(key: str, release: Pyo3Release) -> bool:
    if key == "target_abi":
        return release.has_target_abi
    if key == "python_framework_prefix":
        return release.reads_framework_prefix
    return key in _PARSERS


def parse_config(
    text: str,
    release: Pyo3Release = NEWEST_RELEASE,
    *,
    warnings: list[str] | None = None,
) -> InterpreterConfig:
    """Return the configuration that `text` means to the given PyO3 release.

    Unknown keys are not errors: a warning is appended to `warnings`. Raises
    `ConfigurationError` with PyO3's wording. Features and defaults that depend
    on the target are applied by `ferrule.python.resolve`.
    """
    notes = [] if warnings is None else warnings
    values: dict[str, Any] = {}
    extra: list[str] = []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix("\r")
        key, equals, value = line.partition("=")
        if not equals:
            raise ConfigurationError(
                f"expected key=value pair on line {number}",
                fix="remove comments and blank lines: the format has neither",
            )
        if key == "extra_build_script_line":
            extra.append(value)
        elif _knows(key, release):
            values[key] = _parse_value(key, value, release)
        else:
            notes.append(f"unknown config key `{key}`")
    if "version" not in values:
        raise ConfigurationError(
            "missing value for version", fix="add a line such as version=3.12"
        )
    values["extra_build_script_lines"] = tuple(extra)
    return _build_config(values, release, notes)


def _parse_value(key: str, value: str, release: Pyo3Release) -> Any:
    try:
        return _PARSERS[key](value.strip(_BLANKS), release)
    except ConfigurationError as error:
        raise error.within(
            f"failed to parse {key} from config value '{value}'",
            fix=f"correct the line `{key}={value}`",
        ) from None


def _build_config(
    values: dict[str, Any], release: Pyo3Release, warnings: list[str]
) -> InterpreterConfig:
    abi3 = values.pop("abi3", None)
    if not release.has_target_abi:
        return InterpreterConfig(abi3=bool(abi3), **values)
    config = InterpreterConfig(**values)
    abi = config.target_abi
    if abi is not None and abi3 is not None:
        raise ConfigurationError(
            "Invalid config that sets both target_abi and abi3.",
            fix="remove the line of abi3",
        )
    if abi is None:
        abi = _derive_abi(config, release, warnings, abi3=bool(abi3))
    return finish_config(replace(config, target_abi=abi), release, warnings)


def _derive_abi(
    config: InterpreterConfig,
    release: Pyo3Release,
    warnings: list[str],
    *,
    abi3: bool,
) -> TargetAbi:
    kind: AbiName = "gil_enabled"
    version = config.version
    if config.implementation == "RustPython":
        kind = "abi3t"
    if "Py_GIL_DISABLED" in config.build_flags:
        kind = "free_threaded"
    elif abi3:
        warnings.append(
            "abi3 configuration file option is deprecated since pyo3 0.29, "
            "set target_abi instead"
        )
        kind = "abi3"
        version = cap_stable_version("abi3", version, release, warnings)
    debug = release.has_debug_abi and "Py_DEBUG" in config.build_flags
    return TargetAbi(config.implementation, kind, version, debug).checked()


def cap_stable_version(
    kind: str, version: Version, release: Pyo3Release, warnings: list[str]
) -> Version:
    """Return the version of a stable ABI: at most what the release knows."""
    highest = release.abi3_maximum
    if version[1] <= highest:
        return version
    warnings.append(
        f"Automatically falling back to {kind}-py3{highest} because current Python "
        "is higher than the maximum supported"
    )
    return version[0], highest


def finish_config(
    config: InterpreterConfig, release: Pyo3Release, warnings: list[str]
) -> InterpreterConfig:
    """Make ABI and build flags agree, as PyO3 does from 0.29 on.

    Raises `ConfigurationError` where they contradict each other.
    """
    abi = config.target_abi
    if abi is None:
        return config
    flags = config.build_flags
    if "Py_GIL_DISABLED" in flags:
        if abi.kind == "gil_enabled":
            raise ConfigurationError(
                f"build_flags contains Py_GIL_DISABLED but target_abi '{abi}' is "
                "not free-threaded",
                fix="remove target_abi: it follows from version and build_flags",
            )
        if abi.kind == "abi3":
            warnings.append(
                "Targeting an abi3 build but build_flags contains Py_GIL_DISABLED, "
                "falling back to a version-specific free-threaded build"
            )
            abi = replace(abi, kind="free_threaded").checked()
    elif abi.is_free_threaded:
        flags = (*flags, "Py_GIL_DISABLED")
    if release.has_debug_abi:
        if "Py_DEBUG" in flags:
            abi = replace(abi, debug=True)
        elif abi.debug:
            flags = ("Py_DEBUG", *flags)
        flags = fix_up_flags(flags)
    return replace(config, target_abi=abi, build_flags=flags)


def format_config(
    config: InterpreterConfig, release: Pyo3Release = NEWEST_RELEASE
) -> str:
    """Return the lines that `PYO3_PRINT_CONFIG=1` prints for `config`."""
    return "".join(f"{key}={value}\n" for key, value in config_items(config, release))


def config_items(
    config: InterpreterConfig, release: Pyo3Release
) -> list[tuple[str, str]]:
    """Return keys and values in the order in which PyO3 writes them."""
    items: list[tuple[str, object]] = [
        ("implementation", config.implementation),
        ("version", format_version(config.version)),
        ("shared", config.shared),
    ]
    if release.has_target_abi:
        items.append(("target_abi", config.abi))
    else:
        items.append(("abi3", config.abi3))
    items += [
        ("lib_name", config.lib_name),
        ("lib_dir", config.lib_dir),
        ("executable", config.executable),
        ("pointer_width", config.pointer_width),
        ("build_flags", ",".join(config.build_flags)),
    ]
    if release.reads_framework_prefix:
        items.append(("python_framework_prefix", config.python_framework_prefix))
    suppress = config.suppress_build_script_link_lines
    items.append(("suppress_build_script_link_lines", suppress))
    for line in config.extra_build_script_lines:
        items.append(("extra_build_script_line", line))
    return [(key, _format_value(value)) for key, value in items if value is not None]


def _format_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def read_config_text(named: str) -> tuple[Path, str]:
    """Return path and text of the file that `PYO3_CONFIG_FILE` names.

    Raises `ConfigurationError` for a relative path, a file that cannot be
    opened, and a content that is not UTF-8.
    """
    path = Path(named)
    if not path.is_absolute():
        raise ConfigurationError(
            "PYO3_CONFIG_FILE must be an absolute path",
            fix=f'PYO3_CONFIG_FILE is "{named}": write the whole path, because '
            "cargo runs build scripts in other folders",
        )
    try:
        return path, path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(
            _FAILED,
            causes=[f"failed to open PyO3 config file at {path}", _describe(error)],
            fix="correct PYO3_CONFIG_FILE, or unset it to let ferrule find a Python",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            _FAILED,
            causes=[
                "failed to read line from config",
                "stream did not contain valid UTF-8",
            ],
            fix=f"save {path} as UTF-8 text",
        ) from error


def read_config_file(
    named: str,
    release: Pyo3Release = NEWEST_RELEASE,
    *,
    warnings: list[str] | None = None,
) -> InterpreterConfig:
    """Return what the file that `PYO3_CONFIG_FILE` names means to `release`.

    Raises `ConfigurationError` as `read_config_text` and `parse_config` do.
    """
    _, text = read_config_text(named)
    try:
        return parse_config(text, release, warnings=warnings)
    except ConfigurationError as error:
        raise error.within(_FAILED) from None


def _describe(error: OSError) -> str:
    return f"{error.strerror} (os error {error.errno})"
