"""How PyO3 0.20 to 0.28 decides: two build scripts and the key `abi3`.

pyo3-build-config's own script looks for the interpreter of the host, then
pyo3-ffi's script reads its answer or computes a cross configuration.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.errors import FerruleError
from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import InterpreterConfig, format_version
from ferrule.python.config_file import cap_stable_version, read_config_file
from ferrule.python.described import (
    DescribedPython,
    describe_interpreter,
    describe_sysconfigdata,
)
from ferrule.python.lib_name import LibraryAbi, default_lib_name, windows_lib_name
from ferrule.python.situation import DESCRIBED_KEYS, CrossRequest, Situation
from ferrule.python.sysconfigdata import find_sysconfigdata, parse_sysconfigdata

if TYPE_CHECKING:
    from ferrule.python.releases import Version
    from ferrule.target.triple import Triple

__all__ = ["resolve_cross", "resolve_file", "resolve_host"]


def _is_abi3(situation: Situation) -> bool:
    return situation.features.abi3 or situation.wants_forward_compatibility


def resolve_file(situation: Situation, path: str) -> InterpreterConfig:
    """Return what the configuration file means under the features."""
    release = situation.release
    config = read_config_file(path, release, warnings=situation.warnings)
    if not release.at_least(27):
        # The first of the two scripts takes the host for the target.
        config = _default_name(situation, config, situation.host)
    if release.features_apply_to_config_file:
        config = replace(config, abi3=config.abi3 or _is_abi3(situation))
        config = _lower_version(situation, config)
    return _default_name(situation, config, situation.target)


def resolve_host(situation: Situation) -> InterpreterConfig:
    """Return the configuration of the host's interpreter, or the abi3 default."""
    minimum = situation.features.abi3_version
    if situation.may_run_python:
        try:
            return _from_host_interpreter(situation)
        except FerruleError as error:
            if minimum is None or _needs_library_folder(situation):
                raise
            situation.warnings.append("Compiling without a working Python interpreter.")
            reason = f"no usable interpreter ({error.what})"
    else:
        reason = "PYO3_NO_PYTHON is set"
    if minimum is None:
        raise ConfigurationError(
            "An abi3-py3* feature must be specified when compiling without a Python "
            "interpreter.",
            fix="enable a feature such as abi3-py39, or unset PYO3_NO_PYTHON",
        )
    feature = f"abi3-py3{minimum[1]}"
    situation.explain(f"{reason}: the feature {feature}", "version", "abi3")
    config = InterpreterConfig(version=minimum, abi3=True)
    if situation.host.is_windows:
        name = windows_lib_name(
            situation.release, LibraryAbi("CPython", minimum, abi3=True)
        )
        return replace(config, lib_name=name)
    if situation.release.at_least(27):
        return config
    return _default_name(situation, config, situation.target)


def _needs_library_folder(situation: Situation) -> bool:
    host = situation.host
    generates = (
        situation.features.generate_import_lib
        and host.is_windows
        and _is_abi3(situation)
    )
    return situation.links(host) and not generates


def _from_host_interpreter(situation: Situation) -> InterpreterConfig:
    interpreter = situation.find_interpreter()
    described = describe_interpreter(situation.release, interpreter, situation.host)
    config = _from_described(situation, described)
    situation.explain(f"asked from {interpreter.executable}", *DESCRIBED_KEYS)
    return _lower_version(situation, config)


def _from_described(
    situation: Situation, described: DescribedPython
) -> InterpreterConfig:
    release = situation.release
    abi3 = _is_abi3(situation)
    _explain_abi3(situation)
    abi = LibraryAbi(
        described.implementation,
        described.version,
        abi3=abi3,
        free_threaded=described.free_threaded,
        debug=described.debug,
    )
    return InterpreterConfig(
        implementation=described.implementation,
        version=described.version,
        shared=described.shared,
        abi3=abi3,
        lib_name=described.lib_name(release, abi),
        lib_dir=described.lib_dir,
        executable=described.executable,
        pointer_width=described.pointer_width,
        build_flags=described.build_flags,
        python_framework_prefix=_framework_prefix(situation, described),
    )


def _framework_prefix(situation: Situation, described: DescribedPython) -> str | None:
    reads = situation.release.reads_framework_prefix
    return described.framework_prefix if reads else None


def _explain_abi3(situation: Situation) -> None:
    if situation.features.abi3:
        situation.explain("the cargo feature abi3", "abi3")
    elif situation.wants_forward_compatibility:
        situation.explain("PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1", "abi3")
    else:
        situation.explain("no abi3 feature is enabled", "abi3")


def _lower_version(
    situation: Situation, config: InterpreterConfig
) -> InterpreterConfig:
    release = situation.release
    free_threaded = release.knows_free_threading and config.is_free_threaded
    if config.implementation != "CPython" or free_threaded:
        return config
    minimum = situation.features.abi3_version
    if minimum is not None:
        _check_minimum(minimum, config.version)
        situation.explain(f"the cargo feature abi3-py3{minimum[1]}", "version")
        return replace(config, version=minimum)
    if release.at_least(26) and _is_abi3(situation):
        version = cap_stable_version(
            "abi3", config.version, release, situation.warnings
        )
        return replace(config, version=version)
    return config


def _check_minimum(minimum: Version, version: Version) -> None:
    if minimum > version:
        raise ConfigurationError(
            f"cannot set a minimum Python version {format_version(minimum)} higher "
            f"than the interpreter version {format_version(version)} (the minimum "
            f"Python version is implied by the abi3-py3{minimum[1]} feature)",
            fix=f"use Python {format_version(minimum)} or newer, or a lower abi3-py3* "
            "feature",
        )


def _default_name(
    situation: Situation, config: InterpreterConfig, target: Triple
) -> InterpreterConfig:
    if config.lib_name is not None:
        return config
    release = situation.release
    if not release.at_least(27) and not situation.links(target):
        return config
    abi = LibraryAbi.of_config(config, release)
    situation.explain(f"the default for {target}", "lib_name")
    return replace(config, lib_name=default_lib_name(release, abi, target))


def resolve_cross(situation: Situation, request: CrossRequest) -> InterpreterConfig:
    """Return the configuration for a target whose Python cannot run here."""
    release = situation.release
    lib_dir = request.lib_dir
    if situation.target.is_windows or not situation.may_run_python or lib_dir is None:
        config = _cross_default(situation, request)
    else:
        path = find_sysconfigdata(
            lib_dir, situation.target, request.version, situation.env, release
        )
        data = parse_sysconfigdata(path, release)
        described = describe_sysconfigdata(release, data)
        config = _from_described(situation, described)
        situation.explain(str(path), *DESCRIBED_KEYS)
        if release.at_least(23):
            config = replace(config, lib_dir=lib_dir)
            situation.explain("PYO3_CROSS_LIB_DIR", "lib_dir")
    if not release.at_least(27) and config.lib_name and config.lib_dir is None:
        situation.warnings.append(
            "The output binary will link to libpython, but PYO3_CROSS_LIB_DIR "
            "environment variable is not set. Ensure that the target Python library "
            "directory is in the rustc native library search path."
        )
    return _lower_version(situation, config)


def _cross_default(situation: Situation, request: CrossRequest) -> InterpreterConfig:
    release = situation.release
    version = request.version or situation.features.abi3_version
    if version is None:
        page = (
            "building-and-distribution"
            if release.at_least(21)
            else ("building_and_distribution")
        )
        raise ConfigurationError(
            "PYO3_CROSS_PYTHON_VERSION or an abi3-py3* feature must be specified when "
            "cross-compiling and PYO3_CROSS_LIB_DIR is not set.\n"
            "= help: see the PyO3 user guide for more information: "
            f"https://pyo3.rs/v{release}/{page}.html#cross-compiling",
            fix="set PYO3_CROSS_PYTHON_VERSION, for example to 3.12",
        )
    by_env = request.version is not None
    source = "PYO3_CROSS_PYTHON_VERSION" if by_env else "the lowest abi3-py3* feature"
    situation.explain(source, "version")
    _explain_abi3(situation)
    implementation = request.implementation or "CPython"
    abi3 = _is_abi3(situation)
    name = None
    if release.at_least(27) or situation.links(situation.target):
        abi = LibraryAbi(
            implementation, version, abi3=abi3, free_threaded=request.free_threaded
        )
        name = default_lib_name(release, abi, situation.target)
        situation.explain(f"the default for {situation.target}", "lib_name")
    if request.lib_dir is not None:
        situation.explain("PYO3_CROSS_LIB_DIR", "lib_dir")
    return InterpreterConfig(
        implementation=implementation,
        version=version,
        abi3=abi3,
        lib_name=name,
        lib_dir=request.lib_dir,
    )
