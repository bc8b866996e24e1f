"""What follows for an extension module from PyO3, its features and a Python.

ABI and configuration are pure functions of their inputs, so they are computed
once and remembered in the per-user cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ferrule import __version__, cache, log
from ferrule.python.abi import Abi
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release

__all__ = ["ModuleFacts", "module_facts"]

_CHECK_VARIABLES = (
    "PYO3_USE_ABI3_FORWARD_COMPATIBILITY",
    "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY",
    "UNSAFE_PYO3_BUILD_FREE_THREADED",
    "UNSAFE_PYO3_SKIP_VERSION_CHECK",
)
"""What the user may set to have PyO3 accept more Pythons."""


@dataclass(frozen=True)
class ModuleFacts:
    """ABI and PyO3 configuration of an extension module."""

    abi: Abi
    config_text: str
    """The content of the file that `PYO3_CONFIG_FILE` names. It holds no path
    of this machine unless a build script runs the interpreter, so every Python
    of the same ABI, in whatever environment, gives the same text."""
    extension_variable: bool
    """Whether the release reads `PYO3_BUILD_EXTENSION_MODULE`."""


def module_facts(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    release: str,
    features: AbstractSet[str],
    interpreter: Interpreter | None,
    *,
    target: str,
    executable: str | None,
    user_text: str | None,
    env: Mapping[str, str],
) -> ModuleFacts:
    """Return the facts of a module built with pyo3-ffi `release`.

    `user_text` is the configuration file that the user gave, if any: it decides
    instead of the interpreter. Raises what `compute_abi` and `portable_config`
    raise.
    """
    accepted = [env.get(name) for name in _CHECK_VARIABLES]
    question = (release, sorted(features), interpreter, target, executable)
    key = repr((__version__, *question, user_text, accepted))
    found = cache.read_json(env, "answers", key)
    if isinstance(found, dict):
        return _from_json(found)
    heard: list[str] = []
    with log.also_to(heard):
        if user_text is None:
            facts = _compute(release, features, interpreter, target, executable, env)
        else:
            facts = _compute_from_file(
                release, features, interpreter, target, user_text
            )
    # A warning belongs to every build, so an answer that came with one is not
    # remembered.
    if not heard:
        cache.write_json(env, "answers", key, asdict(facts), label=f"PyO3 {release}")
    return facts


def _from_json(data: dict[str, Any]) -> ModuleFacts:
    abi = Abi(**{**data["abi"], "version": tuple(data["abi"]["version"])})
    return ModuleFacts(abi, data["config_text"], data["extension_variable"])


def _compute(
    release: str,
    features: AbstractSet[str],
    interpreter: Interpreter | None,
    target: str,
    executable: str | None,
    env: Mapping[str, str],
) -> ModuleFacts:
    from ferrule.python.abis import compute_abi
    from ferrule.python.portable import portable_config
    from ferrule.python.releases import Pyo3Release

    known = Pyo3Release.parse(release)
    abi = compute_abi(known, interpreter, features, target, env=env)
    if interpreter is not None:
        check_support(known, features, interpreter, target, env)
    text = portable_config(
        known,
        interpreter,
        abi_features=features,
        link=False,
        executable=executable,
        target=target,
        abi=abi,
    )
    return ModuleFacts(abi, text, known.knows_build_extension_module_env)


def check_support(
    release: Pyo3Release,
    features: AbstractSet[str],
    interpreter: Interpreter,
    target: str,
    env: Mapping[str, str],
) -> None:
    """Raise what PyO3's build script would say about this Python, before cargo."""
    from ferrule.python.resolve import resolve_config
    from ferrule.target.triple import parse_triple

    triple = parse_triple(target)
    resolve_config(
        release,
        env={name: env[name] for name in _CHECK_VARIABLES if name in env},
        target=triple,
        host=triple,
        features={*features, "extension-module"},
        find_interpreter=lambda: interpreter,
    )


def _compute_from_file(
    release: str,
    features: AbstractSet[str],
    interpreter: Interpreter | None,
    target: str,
    text: str,
) -> ModuleFacts:
    from ferrule.python.abis import compute_abi, foreign_abi
    from ferrule.python.config_file import parse_config
    from ferrule.python.releases import Pyo3Release
    from ferrule.python.stable_features import read_features
    from ferrule.target.triple import parse_triple

    known = Pyo3Release.parse(release)
    config = parse_config(text, known)
    free_threaded = "Py_GIL_DISABLED" in config.build_flags
    same = interpreter is not None and (
        (
            interpreter.implementation,
            interpreter.minor_version,
            interpreter.gil_disabled,
        )
        == (config.implementation, config.version, free_threaded)
    )
    if same or read_features(known, features).abi3_version is not None:
        chosen = interpreter if same else None
        abi = compute_abi(known, chosen, features, target)
    else:
        abi = foreign_abi(
            config.implementation,
            config.version,
            parse_triple(target),
            free_threaded=free_threaded,
        )
    return ModuleFacts(abi, text, known.knows_build_extension_module_env)
