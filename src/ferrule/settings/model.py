"""The typed model of `[tool.ferrule]`.

The text under each field is its documentation: the reference in
`docs/settings.md` and the JSON schema are generated from it. A field is read
from `[tool.ferrule]` in kebab-case (`module-name`), from the environment as
`FERRULE_MODULE_NAME`, and from PEP 517 config settings as `module-name`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from ferrule.records import dataclass

__all__ = [
    "Abi3Check",
    "Audit",
    "BinarySettings",
    "Bindings",
    "BuildCache",
    "BundleForm",
    "BundleInittab",
    "BundleLinker",
    "BundleSettings",
    "CargoTarget",
    "CheckSettings",
    "CompressionLevel",
    "Compressor",
    "Feature",
    "FileFormat",
    "FilePattern",
    "Implementation",
    "LinkerWay",
    "Lint",
    "LintRule",
    "ModuleBindings",
    "ModuleSettings",
    "OutDir",
    "PythonFiles",
    "RebuildFailure",
    "RepairSettings",
    "SbomSettings",
    "SdistGenerator",
    "Settings",
    "StaticLibraries",
    "TargetKind",
]

Abi3Check = Literal["error", "warn", "off"]
Audit = Literal["repair", "check", "warn", "skip"]
Bindings = Literal["auto", "pyo3", "cffi", "uniffi", "bin"]
BuildCache = Literal["auto", "always", "never"]
ExtensionLoad = Literal["auto", "memory", "cache", "beside"]
BundleForm = Literal["auto", "dynamic", "static", "onefile"]
BundleInittab = Literal["source", "auto"]
BundleLinker = Literal["auto", "lld", "bfd", "gold", "mold"]
CompressionLevel = Literal["fast", "default", "max"]
Compressor = Literal["auto", "libdeflate", "zlib", "store"]
FileFormat = Literal["wheel", "sdist"]
ModuleBindings = Literal["pyo3", "none"]
PythonFiles = Literal["auto", "explicit"]
RebuildFailure = Literal["error", "keep"]
StaticLibraries = Literal["auto", "never", "require"]
TargetKind = Literal["bin", "cdylib", "dylib", "lib", "rlib", "staticlib"]
Implementation = Literal["cpython", "pypy", "graalpy"]
LinkerWay = Literal["auto", "system", "zig", "xwin", "cross"]
Lint = Literal["warn", "error", "off"]
LintRule = Literal[
    "buffer",
    "dict",
    "immutable-type",
    "inittab-late",
    "inittab-missing",
    "native-base",
    "stable-abi",
    "text-signature",
    "unknown-rule",
    "weakref",
]
OutDir = Literal["out-dir"]
SdistGenerator = Literal["cargo", "git"]


@dataclass(frozen=True)
class Feature:
    """A cargo feature, perhaps only for some Pythons."""

    feature: str
    """Name of the cargo feature, for example `fast` or `pyo3/abi3-py39`."""
    python_version: str | None = None
    """Version specifier (PEP 440), for example `>=3.11`: only for these Pythons."""
    python_implementation: Implementation | None = None
    """`cpython`, `pypy` or `graalpy`: only for this implementation."""


@dataclass(frozen=True)
class FilePattern:
    """Files to add or to leave out."""

    path: str
    """Glob relative to the project root; `**` crosses folders."""
    format: tuple[FileFormat, ...] = field(
        default=("wheel", "sdist"), metadata={"single": True}
    )
    """In which products the pattern counts: `wheel`, `sdist` or both."""
    source: OutDir | None = None
    """Key `from`: `out-dir` takes files that the crate's build script generated;
    they enter wheels only."""
    to: str | None = None
    """Folder inside the wheel that receives the files; `.data/scripts` and the
    like are those of the wheel's data folder. Without `from`, the part of the
    path after the folder that the pattern starts with is kept; with it, the
    whole path, or what follows `/./` in it."""
    crate: str | None = None
    """With `from = "out-dir"`: the package whose build script is meant."""


@dataclass(frozen=True)
class ModuleSettings:
    """One of several extension modules (`[[tool.ferrule.modules]]`)."""

    name: str
    """Dotted import path, for example `pkg._core`."""
    manifest_path: str | None = None
    """Cargo.toml of the module's crate; the project's own by default."""
    package: str | None = None
    """Workspace package to build, instead of `manifest-path`."""
    features: tuple[Feature, ...] = ()
    """Cargo features of this module, added to the project's `features`."""
    bindings: ModuleBindings = "pyo3"
    """`pyo3`, or `none` for a library that brings `PyInit_*` by other means; its
    wheels are for one Python version."""
    profile: str | None = None
    """Cargo profile of this module instead of the project's."""
    rustc_args: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Arguments for rustc, added to the project's `rustc-args`."""
    cargo_args: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Further arguments for `cargo rustc`."""
    env: dict[str, str] = field(default_factory=dict, metadata={"words": True})
    """Environment variables for cargo, added to the project's `env`."""
    strip: bool = False
    """Strip symbols from this module."""
    optional: bool = False
    """Whether the wheel is built without the module when it cannot be compiled."""


@dataclass(frozen=True)
class BinarySettings:
    """One Rust program that is installed as a script (`[[tool.ferrule.binaries]]`)."""

    name: str
    """Name of the cargo binary target."""
    manifest_path: str | None = None
    """Cargo.toml of the binary's crate; the project's own by default."""
    package: str | None = None
    """Workspace package to build, instead of `manifest-path`."""
    features: tuple[Feature, ...] = ()
    """Cargo features of this binary, added to the project's `features`."""
    script: str | None = None
    """Installed name; the cargo name by default."""
    to: str | None = None
    """Path inside the wheel, for example `pkg/bin/tool`, instead of the
    environment's scripts folder."""
    profile: str | None = None
    """Cargo profile of this program instead of the project's."""
    cargo_args: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Further arguments for `cargo rustc`."""
    env: dict[str, str] = field(default_factory=dict, metadata={"words": True})
    """Environment variables for cargo, added to the project's `env`."""
    strip: bool = False
    """Strip symbols from this program."""
    optional: bool = False
    """Whether the wheel is built without the program when it cannot be compiled."""


@dataclass(frozen=True)
class CargoTarget:
    """A cargo target that is packaged (`targets`)."""

    name: str
    """Name of the cargo target."""
    kind: TargetKind | None = None
    """Kind of the target, where several have the name."""


@dataclass(frozen=True)
class CheckSettings:
    """What `ferrule check` lets pass (`[tool.ferrule.check]`)."""

    ignore: tuple[str, ...] = ()
    """Rules that are not reported: `RULE`, or `RULE:GLOB` for some files of the
    wheel only. `ferrule check --rules` lists them."""


@dataclass(frozen=True)
class SbomSettings:
    """Software bills of materials in the wheel (PEP 770)."""

    rust: bool = True
    """Describe the crates that were compiled into the wheel."""
    repair: bool = True
    """Describe the libraries that repairing added to the wheel."""
    include: tuple[str, ...] = ()
    """Further SBOM files, relative to the project root; each has its own name."""


@dataclass(frozen=True)
class RepairSettings:
    """Which libraries join the wheel under `audit = "repair"`."""

    exclude: tuple[str, ...] = ()
    """Libraries to leave out: globs of names (`libfoo.so` is `libfoo.so.1` too)
    or, with a slash, of paths; `cuda`, `rocm`, `torch` stand for theirs."""
    include: tuple[str, ...] = ()
    """Libraries that are opened at run time: paths, or globs of names. They keep
    their names, and what they need joins too."""
    lib_paths: tuple[str, ...] = ()
    """Folders to search, relative to the project root; where the crates' build
    scripts looked is known."""
    sysroots: tuple[str, ...] = ()
    """Roots of systems to search, relative to the project root."""
    provided_by: tuple[str, ...] = ()
    """Packages that bring libraries: an installed one, a wheel file, or
    `NAME=FOLDER/GLOB,...` below site-packages."""
    no_mangle: tuple[str, ...] = ()
    """Globs of libraries that keep their names."""


@dataclass(frozen=True)
class BundleSettings:
    """What `ferrule bundle` makes (`[tool.ferrule.bundle]`)."""

    mode: BundleForm = "auto"
    """`dynamic`: a folder with a shared libpython; `onefile`: one program with
    everything in it; `auto` is the mode that the Python allows."""
    bin: str | None = None
    """Name of the cargo binary target; by default the only one."""
    name: str | None = None
    """File name of the program in the bundle; the cargo name by default."""
    packages: tuple[str, ...] = ()
    """Python packages to include, as requirements (`requests>=2.31`)."""
    requirements: tuple[str, ...] = field(default=(), metadata={"single": True})
    """Requirements files, relative to the project root."""
    lock: str | None = None
    """A lock file instead: pylock.toml (PEP 751) or uv.lock, relative to the
    project root."""
    environment: str | None = None
    """A virtual environment whose packages are included as they are, relative to
    the project root."""
    project: bool = True
    """Include the project's own Python package and modules, if it has any."""
    include: tuple[str, ...] = ()
    """Modules of the standard library to include although they are left out
    otherwise (globs of dotted names: `tkinter`, `test.support`)."""
    exclude: tuple[str, ...] = ()
    """Modules of the standard library and of packages to leave out (globs of
    dotted names)."""
    trim: bool = False
    """Leave out the modules that the program cannot reach, as far as imports, strings
    and the texts in libraries show; what they are is told."""
    keep: tuple[str, ...] = ()
    """Modules that `trim` keeps, with what they import (globs of dotted names:
    `encodings.*`)."""
    sources: bool = False
    """Include Python sources, for tracebacks and `inspect`; otherwise bytecode."""
    optimize: int = 0
    """Optimisation of the bytecode: 1 removes assertions, 2 docstrings too."""
    isolated: bool = True
    """Ignore the `PYTHON*` variables of whoever runs the program."""
    inittab: BundleInittab = "source"
    """Who registers the `#[pymodule]`s that are linked into the program: `source`,
    main.rs by `append_to_inittab!`; `auto`, ferrule those that main.rs does not."""
    strip: bool = True
    """Remove symbols and debug information from the program, libpython and the
    libraries of this machine; the files of packages stay as they are."""
    lib_paths: tuple[str, ...] = ()
    """Folders to search for libraries, besides the system's."""
    system_libraries: tuple[str, ...] = ()
    """Globs of libraries that are left to the machine that runs the program; the
    C library and graphics drivers always are."""
    static_libs: StaticLibraries = "auto"
    """Libraries of the modules that are built into a static Python: `auto` links
    them statically where there is an archive that fits, `require` fails where
    there is none, `never` takes the shared ones."""
    builtins: str = "all"
    """Modules that stay built into a static Python, with commas: `all`,
    `minimal`, names to add, `-name` to leave out."""
    ld: BundleLinker = "auto"
    """The linker for a static Python; `auto` is the one that reads its archive."""
    ext_load: ExtensionLoad = "auto"
    """Where a single file opens extension modules from: `memory`; `cache`, a
    private folder of whoever runs it; `beside`, the folder NAME.lib next to it;
    `auto`, memory, and the cache where a system forbids that."""
    ext_load_verify: bool = False
    """Compare the SHA-256 of every library at every start. Else those that memory
    holds are compared with a checksum (CRC-32), and those in the cache when they
    were written or their time, size or inode changed."""
    ext_load_override: bool = False
    """Let whoever runs a single file choose `auto`, `memory` or `cache` by the
    variable FERRULE_EXT_LOAD."""
    compress: bool = False
    """Compress what is in a single file: about half of the size, and a slower
    start."""


@dataclass(frozen=True)
class Settings:
    """Everything that `[tool.ferrule]` can say."""

    bindings: Bindings = "auto"
    """What joins Rust and Python: `pyo3` for extension modules, `cffi` for
    libraries with a C interface, `uniffi`, `bin` for programs; `auto` looks at
    the crate's dependencies and targets."""
    module_name: str | None = None
    """Dotted import path of the extension module, for example `pkg._core`; by
    default the library's name (Cargo `lib.name`, then `project.name`)."""
    manifest_path: str | None = None
    """Cargo.toml of the crate to build; by default `rust/Cargo.toml` in a src
    layout, otherwise `Cargo.toml`."""
    package: str | None = None
    """Workspace package to build, where the crate is one of several; its
    workspace is that of `manifest-path`, or of the project's folder."""
    modules: tuple[ModuleSettings, ...] = ()
    """Several extension modules in one wheel. Replaces `module-name`."""
    binaries: tuple[BinarySettings, ...] = ()
    """Rust programs that are installed as scripts beside the modules."""
    targets: tuple[CargoTarget, ...] = ()
    """Cargo targets to package; every binary, or the library, by default."""
    python_files: PythonFiles = "auto"
    """`auto` packs the Python package that is named like the module; `explicit`
    packs nothing but `python-packages` and `include`, whatever .gitignore says,
    and puts each module exactly where its name says."""
    python_source: str | None = None
    """Folder that holds the Python packages; by default `python` or `src` where
    the package is found there, otherwise the project root."""
    python_packages: tuple[str, ...] = ()
    """Further top-level packages or modules below `python-source` to include."""
    data: str | None = None
    """Folder whose `data`, `scripts`, `headers`, `purelib`, `platlib` children
    become the wheel's `.data` folder; by default `<module>.data`."""
    include: tuple[FilePattern, ...] = ()
    """Files to add although a rule or .gitignore leaves them out."""
    exclude: tuple[FilePattern, ...] = ()
    """Files to leave out (gitignore patterns, rooted at the project)."""
    features: tuple[Feature, ...] = ()
    """Cargo features: strings, or tables with conditions on the Python."""
    abi3: str | None = None
    """Oldest Python of the stable ABI, for example `3.9`: enables PyO3's feature
    `abi3-py39` where the crate does not do so itself. Pythons without the stable
    ABI (PyPy, free-threaded builds) and older ones get wheels of their own."""
    all_features: bool = False
    """Enable every cargo feature."""
    no_default_features: bool = False
    """Disable the crate's default features."""
    profile: str | None = None
    """Cargo profile; `release` by default, `dev` for editable installs."""
    editable_profile: str | None = None
    """Cargo profile of editable installs and `ferrule develop`."""
    rebuild_on_import: bool = False
    """Build again when a changed module of an editable install is imported. The
    variable also decides when Python runs: `FERRULE_REBUILD_ON_IMPORT=false`
    imports what was built last."""
    rebuild_failure: RebuildFailure = "error"
    """What a failed rebuild on import does: `error` raises ImportError, `keep`
    imports what was built last and warns."""
    strip: bool = False
    """Strip symbols from the built library or program."""
    rust_version: str | None = None
    """Release of rustc that the project needs: clauses such as `>=1.74`, `^1.74`,
    `~1.74`, `==1.74.*`, joined by commas."""
    locked: bool = False
    """Refuse to change Cargo.lock."""
    frozen: bool = False
    """Refuse to change Cargo.lock and to use the network."""
    offline: bool = False
    """Refuse to use the network."""
    jobs: int | None = None
    """Number of parallel cargo jobs."""
    target: tuple[str, ...] = field(default=(), metadata={"single": True})
    """Rust target triple to build for, or a list of them: one wheel for each."""
    linker: LinkerWay = "auto"
    """What links. `auto` and `system` take the C compiler that has the usual name for
    the target (`aarch64-linux-gnu-gcc`), and `auto` also zig or a Windows SDK where
    one is installed. `zig` links with zig, for this machine too, against the glibc
    that `compatibility` names (`manylinux_2_17`). `xwin` links for Windows with
    Microsoft's libraries, and `cross` runs cargo in the container of cross. A linker
    that cargo's configuration names wins over `auto` and `system`."""
    sysroot: str | None = None
    """Folder in which a Python of the target lies (`_sysconfigdata*.py`, libpython):
    for programs that embed Python and for Android and iOS, where modules are linked
    to libpython too. Other extension modules need none."""
    target_dir: str | None = None
    """Cargo's target directory."""
    config: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Further `--config` arguments for cargo."""
    unstable_flags: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Further `-Z` flags for cargo."""
    rustc_args: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Arguments for rustc when it compiles the module or program itself."""
    interpreter: tuple[str, ...] = ()
    """Pythons to build for (`3.9-3.13`, `3.13t`, `pypy3.11`, a path, `all`)."""
    compatibility: str = "auto"
    """Platform tag: `auto` (the best policy that the built files satisfy),
    `linux` (no promise), `pypi` (as `auto`, but refuse a tag that PyPI refuses),
    or a policy such as `manylinux_2_28` to insist on, elsewhere a tag such as
    `macosx_11_0_arm64`; several, separated by commas, must all be satisfied, and
    those of other systems are left aside. Builds through PEP 517 are for this machine:
    they use `linux` by default, and where the files do not satisfy what the table
    insists on."""
    audit: Audit = "repair"
    """What happens when a wheel needs libraries that no platform tag promises:
    `repair` packs them, `warn` falls back to a tag without promise, as `repair`
    does for libraries that cannot be found, and `check` is an error.
    `skip` looks at nothing: the tag is the policy that `compatibility` names, or
    one without promise."""
    repair: RepairSettings = field(default_factory=RepairSettings)
    """Which libraries `audit = "repair"` packs."""
    macos_deployment_target: dict[str, str] = field(default_factory=dict)
    """Oldest macOS per Rust triple, for example
    `{aarch64-apple-darwin = "11.0"}`."""
    generate_stubs: bool = False
    """Pack type stubs made out of what PyO3 recorded in the modules (its feature
    `experimental-inspect`); an editable install gets them beside the Python sources.
    Stubs that you wrote stay."""
    include_import_lib: bool = False
    """Pack the import library (`.dll.lib`, `.dll.a`) beside a Windows module."""
    compression: Compressor = "auto"
    """What compresses wheels: `libdeflate` (the package `deflate`, a third of the
    time), `zlib` (the standard library), `store` (nothing), or `auto`: libdeflate
    where it is installed, zlib otherwise. Each gives other bytes; who wants the
    same ones everywhere names one. Builds through PEP 517 install what is named."""
    compression_level: CompressionLevel = "default"
    """How hard wheels are compressed: `fast`, `default` or `max`."""
    reproducible: bool | None = None
    """Whether what is compiled is the same in every folder and for every user.
    By default rustc gets names instead of the folders of crates, unless the
    profile is `dev`; `true` does it for every profile, for the project itself and
    debug information, for C compilers too, and keeps times out of Windows
    libraries; `false` leaves the true paths."""
    sbom: SbomSettings = field(default_factory=SbomSettings)
    """Software bills of materials in the wheel (PEP 770)."""
    bundle: BundleSettings = field(default_factory=BundleSettings)
    """What `ferrule bundle` makes of a program that embeds Python."""
    check: CheckSettings = field(default_factory=CheckSettings)
    """What `ferrule check` does not report about the wheels of the project."""
    pgo: bool = False
    """Optimise with a profile (`ferrule build --pgo`): build an instrumented
    wheel, run `pgo-command` with it, and compile again with what it recorded."""
    pgo_command: str | None = None
    """Shell command that exercises the module for `pgo`, run at the project
    root in a fresh virtual environment that holds the instrumented wheel."""
    pgo_dependency_group: str | None = None
    """Dependency group (PEP 735) that `pgo-command` needs; `dev` by default."""
    test_command: tuple[str, ...] = field(default=(), metadata={"words": True})
    """Command of `ferrule test` that runs the Python tests, as a list of words, run
    at the project root; `python` is the environment's Python. By default pytest."""
    lint: Lint = "warn"
    """What happens when the Rust sources use something that the chosen stable
    ABI does not have, or register an embedded module too late: `warn` tells,
    `error` stops before cargo runs, `off` does not look."""
    lint_allow: tuple[LintRule, ...] = ()
    """Rules of the lint that are not reported."""
    abi3_check: Abi3Check = "error"
    """What happens when a built module does not keep what the wheel's Python and
    ABI tag promises, for example uses a function that is not in the stable ABI of
    its minimum Python: `error` builds no wheel, `warn` tells, `off` does not
    look. Builds from somebody else's sdist only warn."""
    strict: bool = False
    """Treat warnings about pyproject.toml, variables and options as errors."""
    build_cache: BuildCache = "auto"
    """Where a build in a temporary folder keeps compiled crates: `auto` and
    `always` share them per user, `never` keeps them beside the project."""
    sdist_generator: SdistGenerator = "cargo"
    """What lists the files of an sdist: `cargo package --list`, or git."""
    sdist_vendor: bool = False
    """Pack the crates of registries and git repositories into the sdist, so that
    it builds without network."""
    sdist_vendor_targets: tuple[str, ...] = ()
    """With `sdist-vendor`: Rust target triples, or `linux`, `macos`, `windows`,
    `android`, `ios`, `emscripten`, whose crates are packed; all by default."""
    env: dict[str, str] = field(default_factory=dict, metadata={"words": True})
    """Environment variables for cargo and build scripts, added to the caller's."""
