"""How PyO3 0.29 and newer decides: one build script and the key `target_abi`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.errors import FerruleError
from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import (
    AbiName,
    InterpreterConfig,
    TargetAbi,
    format_version,
)
from ferrule.python.config_file import (
    cap_stable_version,
    finish_config,
    read_config_file,
)
from ferrule.python.described import (
    DescribedPython,
    describe_interpreter,
    describe_sysconfigdata,
)
from ferrule.python.lib_name import LibraryAbi, default_lib_name, windows_lib_name
from ferrule.python.releases import Version
from ferrule.python.situation import DESCRIBED_KEYS, CrossRequest, Situation
from ferrule.python.sysconfigdata import find_sysconfigdata, parse_sysconfigdata

if TYPE_CHECKING:
    from ferrule.python.stable_features import BuildFeatures

__all__ = ["resolve_cross", "resolve_file", "resolve_host", "select_stable_abi"]

StableAbi = tuple[AbiName, Version]


def select_stable_abi(
    features: BuildFeatures,
    implementation: str,
    version: Version,
    *,
    free_threaded: bool,
) -> StableAbi | None:
    """Return which of the requested stable ABIs this Python can have, if any."""
    abi3: StableAbi | None = None
    abi3t: StableAbi | None = None
    if features.abi3:
        abi3 = ("abi3", features.abi3_version or version)
    if features.abi3t:
        abi3t = ("abi3t", features.abi3t_version or version)
    if version >= (3, 15):
        selected = abi3t if free_threaded else abi3t or abi3
    else:
        selected = None if free_threaded else abi3
    if selected is not None and implementation in ("PyPy", "GraalVM"):
        return selected[0], version
    return selected


def _build_abi(
    situation: Situation,
    implementation: str,
    version: Version,
    stable: StableAbi | None,
    *,
    free_threaded: bool,
) -> TargetAbi:
    if stable is not None:
        kind, minimum = stable
        if minimum > version:
            raise ConfigurationError(
                f"cannot set a minimum Python version {format_version(minimum)} "
                f"higher than the interpreter version {format_version(version)} (the "
                f"minimum Python version is implied by the {kind}-py3{minimum[1]} "
                "feature)",
                fix=f"use Python {format_version(minimum)} or newer, or a lower "
                f"{kind}-py3* feature",
            )
        capped = cap_stable_version(
            kind, minimum, situation.release, situation.warnings
        )
        return TargetAbi(implementation, kind, capped).checked()
    kind = "free_threaded" if free_threaded else "gil_enabled"
    if implementation == "RustPython" and not free_threaded:
        kind = "abi3t"
    return TargetAbi(implementation, kind, version).checked()


def _abi_of_features(
    situation: Situation, implementation: str, version: Version, *, free_threaded: bool
) -> TargetAbi:
    stable = select_stable_abi(
        situation.features, implementation, version, free_threaded=free_threaded
    )
    source = "no stable ABI is asked for, or this Python has none"
    if stable is not None:
        source = f"the cargo feature {stable[0]}"
        exact = situation.features.abi3_version
        if stable[0] == "abi3t":
            exact = situation.features.abi3t_version
        source += f"-py3{exact[1]}" if exact else ""
    situation.explain(source, "target_abi")
    return _build_abi(
        situation, implementation, version, stable, free_threaded=free_threaded
    )


def _apply_features(
    situation: Situation, config: InterpreterConfig
) -> InterpreterConfig:
    old = config.abi
    abi = _abi_of_features(
        situation,
        old.implementation,
        config.version,
        free_threaded=old.is_free_threaded,
    )
    return replace(config, target_abi=replace(abi, debug=old.debug))


def resolve_file(situation: Situation, path: str) -> InterpreterConfig:
    """Return what the configuration file means under the features."""
    release = situation.release
    config = read_config_file(path, release, warnings=situation.warnings)
    config = _apply_features(situation, config)
    if config.lib_name is not None:
        return config
    name = default_lib_name(release, LibraryAbi.of_abi(config.abi), situation.target)
    situation.explain(f"the default for {situation.target}", "lib_name")
    return replace(config, lib_name=name)


def resolve_host(situation: Situation) -> InterpreterConfig:
    """Return the configuration of the host's interpreter, or the stable default."""
    features = situation.features
    if not situation.may_run_python:
        return _stable_default(situation, "PYO3_NO_PYTHON is set")
    try:
        return _from_host_interpreter(situation)
    except FerruleError as error:
        stable = features.abi3 or features.abi3t
        # Windows needs no folder of libraries, because of raw-dylib.
        host = situation.host
        needs_folder = not host.is_windows and situation.links(host)
        if not stable or needs_folder:
            raise
        situation.warnings.append("Compiling without a working Python interpreter.")
        reason = f"no usable interpreter ({error.what})"
    return _stable_default(situation, reason)


def _from_host_interpreter(situation: Situation) -> InterpreterConfig:
    release = situation.release
    interpreter = situation.find_interpreter()
    described = describe_interpreter(release, interpreter, situation.host)
    situation.explain(f"asked from {interpreter.executable}", *DESCRIBED_KEYS)
    abi = _abi_of_features(
        situation,
        described.implementation,
        described.version,
        free_threaded=described.free_threaded,
    )
    debug = release.has_debug_abi and described.debug
    return _from_described(situation, described, replace(abi, debug=debug))


def _from_described(
    situation: Situation, described: DescribedPython, abi: TargetAbi
) -> InterpreterConfig:
    release = situation.release
    library = LibraryAbi.of_abi(abi, debug=described.debug)
    config = InterpreterConfig(
        implementation=described.implementation,
        version=described.version,
        shared=described.shared,
        target_abi=abi,
        lib_name=described.lib_name(release, library),
        lib_dir=described.lib_dir,
        executable=described.executable,
        pointer_width=described.pointer_width,
        build_flags=described.build_flags,
        python_framework_prefix=described.framework_prefix,
    )
    return finish_config(config, release, situation.warnings)


def _stable_default(situation: Situation, reason: str) -> InterpreterConfig:
    features = situation.features
    minimum = features.abi3_version or features.abi3t_version
    if minimum is None:
        raise ConfigurationError(
            "Neither abi3 or abi3t features are enabled",
            fix="without an interpreter, a feature that names a version is needed, "
            "such as abi3-py310; otherwise unset PYO3_NO_PYTHON",
        )
    kind: AbiName = "abi3" if features.abi3_version else "abi3t"
    situation.explain(
        f"{reason}: the feature {kind}-py3{minimum[1]}", "version", "target_abi"
    )
    version = cap_stable_version(kind, minimum, situation.release, situation.warnings)
    abi = TargetAbi("CPython", kind, version)
    name = None
    if situation.host.is_windows:
        name = windows_lib_name(situation.release, LibraryAbi.of_abi(abi))
    config = InterpreterConfig(version=minimum, target_abi=abi, lib_name=name)
    return finish_config(config, situation.release, situation.warnings)


def resolve_cross(situation: Situation, request: CrossRequest) -> InterpreterConfig:
    """Return the configuration for a target whose Python cannot run here."""
    release = situation.release
    lib_dir = request.lib_dir
    if situation.target.is_windows or not situation.may_run_python or lib_dir is None:
        return _apply_features(situation, _cross_default(situation, request))
    path = find_sysconfigdata(
        lib_dir, situation.target, request.version, situation.env, release
    )
    data = parse_sysconfigdata(path, release)
    described = describe_sysconfigdata(release, data)
    situation.explain(str(path), *DESCRIBED_KEYS)
    situation.explain("PYO3_CROSS_LIB_DIR", "lib_dir")
    abi = _abi_before_features(situation, described)
    config = _from_described(situation, described, abi)
    return _apply_features(situation, replace(config, lib_dir=lib_dir))


def _abi_before_features(situation: Situation, described: DescribedPython) -> TargetAbi:
    """Return the ABI that names the library: 0.29 lets features change its kind."""
    implementation, version = described.implementation, described.version
    stable = None
    if not situation.release.at_least(30):
        stable = select_stable_abi(
            situation.features,
            implementation,
            version,
            free_threaded=described.free_threaded,
        )
    abi = _build_abi(
        situation,
        implementation,
        version,
        stable and (stable[0], version),
        free_threaded=described.free_threaded,
    )
    return replace(abi, debug=described.debug)


def _cross_default(situation: Situation, request: CrossRequest) -> InterpreterConfig:
    features = situation.features
    version = request.version or features.abi3_version or features.abi3t_version
    if version is None:
        raise ConfigurationError(
            "PYO3_CROSS_PYTHON_VERSION or either an abi3-py3* or abi3t-py3* feature "
            "must be specified when cross-compiling and PYO3_CROSS_LIB_DIR is not set."
            "\n= help: see the PyO3 user guide for more information: "
            f"https://pyo3.rs/v{situation.release}/building-and-distribution.html"
            "#cross-compiling",
            fix="set PYO3_CROSS_PYTHON_VERSION, for example to 3.12",
        )
    by_env = request.version is not None
    source = "PYO3_CROSS_PYTHON_VERSION" if by_env else "the lowest stable ABI feature"
    situation.explain(source, "version")
    situation.explain(f"the default for {situation.target}", "lib_name")
    if request.lib_dir is not None:
        situation.explain("PYO3_CROSS_LIB_DIR", "lib_dir")
    implementation = request.implementation or "CPython"
    stable = select_stable_abi(
        features, implementation, version, free_threaded=request.free_threaded
    )
    # The name of the library is that of the real Python, not of the lowest one.
    abi = _build_abi(
        situation,
        implementation,
        version,
        stable and (stable[0], version),
        free_threaded=request.free_threaded,
    )
    config = InterpreterConfig(
        implementation=implementation,
        version=version,
        target_abi=abi,
        lib_name=default_lib_name(
            situation.release, LibraryAbi.of_abi(abi), situation.target
        ),
        lib_dir=request.lib_dir,
    )
    return finish_config(config, situation.release, situation.warnings)
