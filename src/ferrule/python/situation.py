"""What a build script of PyO3 sees: environment, target, features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config_file import parse_implementation, parse_version
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release, Version
    from ferrule.python.stable_features import BuildFeatures
    from ferrule.target.triple import Triple

__all__ = [
    "DESCRIBED_KEYS",
    "CrossRequest",
    "Situation",
    "is_cross_compiling",
    "links_libpython",
]

DESCRIBED_KEYS: Final = (
    "implementation",
    "version",
    "shared",
    "lib_name",
    "lib_dir",
    "executable",
    "pointer_width",
    "build_flags",
    "python_framework_prefix",
)
_CROSS_VARIABLES: Final = (
    "PYO3_CROSS",
    "PYO3_CROSS_LIB_DIR",
    "PYO3_CROSS_PYTHON_VERSION",
    "PYO3_CROSS_PYTHON_IMPLEMENTATION",
)


@dataclass(frozen=True)
class CrossRequest:
    """What the `PYO3_CROSS*` variables ask for."""

    lib_dir: str | None = None
    version: Version | None = None
    free_threaded: bool = False
    implementation: str | None = None


@dataclass(frozen=True)
class Situation:
    """The whole input of the decision, and the notes taken on the way."""

    release: Pyo3Release
    env: Mapping[str, str]
    target: Triple
    host: Triple
    features: BuildFeatures
    find_interpreter: Callable[[], Interpreter]
    warnings: list[str] = field(default_factory=list)
    explanations: dict[str, str] = field(default_factory=dict)

    @property
    def is_extension_module(self) -> bool:
        """Whether an extension module is being built, which leaves libpython out."""
        release = self.release
        known = release.knows_build_extension_module_env
        by_env = known and "PYO3_BUILD_EXTENSION_MODULE" in self.env
        return self.features.extension_module or by_env

    @property
    def may_run_python(self) -> bool:
        """Whether an interpreter may be looked for: `PYO3_NO_PYTHON` is absent."""
        return "PYO3_NO_PYTHON" not in self.env

    @property
    def wants_forward_compatibility(self) -> bool:
        """Whether `PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1` is set and known."""
        known = self.release.has_forward_compatibility_env
        return known and self.env.get("PYO3_USE_ABI3_FORWARD_COMPATIBILITY") == "1"

    def links(self, target: Triple) -> bool:
        """Whether libpython is linked when `target` is built for."""
        return links_libpython(
            self.release, target, extension_module=self.is_extension_module
        )

    def explain(self, source: str, *keys: str) -> None:
        """Note where the values of `keys` come from."""
        for key in keys:
            self.explanations[key] = source

    def cross_request(self) -> CrossRequest | None:
        """Return what is asked for the target, or None for a build for the host.

        Raises `ConfigurationError` for values that cannot be read.
        """
        forced = any(name in self.env for name in _CROSS_VARIABLES)
        if not forced and not is_cross_compiling(self.release, self.host, self.target):
            return None
        version, free_threaded = self._cross_version()
        implementation = self.env.get("PYO3_CROSS_PYTHON_IMPLEMENTATION")
        if implementation is not None:
            name = "PYO3_CROSS_PYTHON_IMPLEMENTATION"
            try:
                implementation = parse_implementation(implementation, self.release)
            except ConfigurationError as error:
                fix = f"set {name} to CPython, PyPy or GraalVM, spelled exactly so"
                raise error.within(f"failed to parse {name}", fix=fix) from None
        lib_dir = self.env.get("PYO3_CROSS_LIB_DIR")
        return CrossRequest(lib_dir, version, free_threaded, implementation)

    def _cross_version(self) -> tuple[Version | None, bool]:
        text = self.env.get("PYO3_CROSS_PYTHON_VERSION")
        if text is None:
            return None, False
        free_threaded = self.release.knows_free_threading and text.endswith("t")
        try:
            version = parse_version(text[:-1] if free_threaded else text)
        except ConfigurationError as error:
            raise error.within(
                "failed to parse PYO3_CROSS_PYTHON_VERSION",
                fix=f'it is "{text}": write major and minor version, such as 3.12',
            ) from None
        return version, free_threaded


def links_libpython(
    release: Pyo3Release, target: Triple, *, extension_module: bool
) -> bool:
    """Whether PyO3 links libpython, which some platforms need in every case."""
    system = target.system
    always = (
        target.is_windows
        or target.is_android
        or (system == "aix" and release.at_least(21))
        or (system in ("cygwin", "ios") and release.at_least(28))
    )
    return always or not extension_module


def is_cross_compiling(release: Pyo3Release, host: Triple, target: Triple) -> bool:
    """Whether the Python of `target` cannot run on `host`, by PyO3's rule.

    The environment does not count: from glibc to musl is not a cross build.
    """
    same_vendor = host.vendor == target.vendor or (
        release.at_least(26) and host.vendor == "pc" and target.vendor == "win7"
    )
    same_machine = host.architecture == target.architecture and same_vendor
    if same_machine and host.system == target.system:
        return False
    if host.is_windows and target.is_windows:
        narrower = target.is_x86_32 and host.architecture == "x86_64"
        return release.at_least(23, 4) and not narrower
    if host.is_darwin and target.is_darwin:
        return False
    return not (target.system == "ios" and release.at_least(28))
