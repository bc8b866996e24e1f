"""The decision engine: what PyO3's build script would do, without running it.

Three ways lead to a configuration, tried in this order: the file that
`PYO3_CONFIG_FILE` names, a cross build, the interpreter of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Final, Literal

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config_file import config_items, format_config, parse_config
from ferrule.python.situation import Situation
from ferrule.python.stable_features import read_features
from ferrule.python.support import check_config
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.config import InterpreterConfig
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release
    from ferrule.target.triple import Triple

__all__ = [
    "Resolution",
    "Source",
    "override_config",
    "resolve_config",
]

Source = Literal["file", "cross", "host"]

_MISSING: Final = "PyO3's default"


@dataclass(frozen=True)
class Resolution:
    """A configuration, PyO3's warnings, and where each value came from."""

    release: Pyo3Release
    config: InterpreterConfig
    source: Source
    warnings: tuple[str, ...]
    explanations: Mapping[str, str]
    problem: ConfigurationError | None = None
    """What PyO3 refuses about the configuration after it was computed."""

    @property
    def text(self) -> str:
        """Return the lines that `PYO3_PRINT_CONFIG=1` prints."""
        return format_config(self.config, self.release)


def resolve_config(  # noqa: PLR0913
    release: Pyo3Release,
    *,
    env: Mapping[str, str],
    target: Triple,
    host: Triple,
    features: AbstractSet[str],
    find_interpreter: Callable[[], Interpreter],
    check: bool = True,
) -> Resolution:
    """Return the configuration that the given PyO3 release would build with.

    `features` are cargo features of pyo3-ffi. `find_interpreter` is called only
    where PyO3 looks for an interpreter of the host. Raises `ConfigurationError`
    where PyO3 fails; with `check=False`, what fails after the configuration is
    known becomes `Resolution.problem`, as `PYO3_PRINT_CONFIG=1` prints before.
    """
    situation = Situation(
        release=release,
        env=env,
        target=target,
        host=host,
        features=read_features(release, features),
        find_interpreter=find_interpreter,
    )
    _warn_about_release(situation)
    config, source = _resolve(situation)
    problem = None
    try:
        check_config(situation, config, is_cross=source == "cross")
    except ConfigurationError as error:
        if check:
            raise
        problem = error
    for key, _ in config_items(config, release):
        situation.explanations.setdefault(key, _MISSING)
    return Resolution(
        release,
        config,
        source,
        tuple(situation.warnings),
        dict(situation.explanations),
        problem,
    )


def _rules(release: Pyo3Release) -> ModuleType:
    if release.has_target_abi:
        from ferrule.python import resolve_current

        return resolve_current
    from ferrule.python import resolve_legacy

    return resolve_legacy


def _resolve(situation: Situation) -> tuple[InterpreterConfig, Source]:
    rules = _rules(situation.release)
    named = situation.env.get("PYO3_CONFIG_FILE")
    config: InterpreterConfig
    if named is not None:
        config = rules.resolve_file(situation, named)
        for key, _ in config_items(config, situation.release):
            situation.explanations.setdefault(key, f"{named} or its defaults")
        return config, "file"
    request = situation.cross_request()
    if request is not None:
        config = rules.resolve_cross(situation, request)
        return config, "cross"
    config = rules.resolve_host(situation)
    return config, "host"


def _warn_about_release(situation: Situation) -> None:
    release = situation.release
    if release.broken_config_file and "PYO3_CONFIG_FILE" in situation.env:
        situation.warnings.append(
            f"PyO3 {release} does not notice changes of PYO3_CONFIG_FILE "
            "(https://github.com/PyO3/pyo3/issues/4757); update to 0.23.3 or newer"
        )


def override_config(
    config: InterpreterConfig, release: Pyo3Release, assignments: Iterable[str]
) -> InterpreterConfig:
    """Return the configuration with `key=value` overrides applied.

    Raises `ConfigurationError` for unknown keys and unreadable values.
    """
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise ConfigurationError(
                f'cannot set "{assignment}"', fix="write --set key=value"
            )
        config = _override(config, release, key.strip(), value)
    return config


def _override(
    config: InterpreterConfig, release: Pyo3Release, key: str, value: str
) -> InterpreterConfig:
    if key == "abi3" and release.has_target_abi:
        raise ConfigurationError(
            f"PyO3 {release} has target_abi in place of abi3",
            fix="enable the cargo feature abi3 (--features abi3)",
        )
    # The file format is the one grammar of values: read a file of two lines.
    notes: list[str] = []
    version = "" if key == "version" else "version=3.12\n"
    parsed = parse_config(f"{version}{key}={value}\n", release, warnings=notes)
    if notes and notes[0].startswith("unknown config key"):
        from ferrule.errors import did_you_mean

        known = [name for name, _ in config_items(config, release)]
        raise ConfigurationError(
            f'unknown config key "{key}"{did_you_mean(key, known)}',
            fix=f"PyO3 {release} knows the keys that `ferrule config` prints",
        )
    if key == "extra_build_script_line":
        lines = (*config.extra_build_script_lines, value)
        return replace(config, extra_build_script_lines=lines)
    return replace(config, **{key: getattr(parsed, key)})
