"""What maturin, setuptools-rust, installers and package indexes refuse."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _build_requirement(seen: Seen, context: Context) -> Advice:
    del context
    module = seen.first("module", "maturin")
    package = module.replace("_", "-")
    return Advice(
        f"The build needs `{package}`, which pyproject.toml asks for, and it is not in "
        "the environment that builds: build isolation is off, the system (nix, conda, "
        "a distribution) provides the requirements itself, or this pip is older than "
        "pyproject.toml.",
        (
            Fix(f"pip install {package}", "before a build with --no-build-isolation"),
            Fix("pip install --upgrade pip", "if it is older than 19 (PEP 517)"),
            Fix(
                f"nativeBuildInputs = [ python3Packages.{package} ]",
                "with nix; for maturin rustPlatform.maturinBuildHook",
            ),
        ),
    )


def _unknown_system(seen: Seen, context: Context) -> Advice:
    del context
    system = seen.first("system") or "this system"
    is_android = "android" in system
    triple = f"{system.partition('-')[0]}-linux-android" if is_android else "<triple>"
    termux = (Fix("pkg install python-<name>", "in Termux, for what it has itself"),)
    return Advice(
        f"setuptools-rust derives Rust's target from the name of Python's system, and "
        f"does not know `{system}`.",
        (
            Fix(
                f"CARGO_BUILD_TARGET={triple}",
                "in the environment; `rustc -vV` shows it as `host`",
            ),
            *(termux if is_android else ()),
        ),
    )


def _android_level(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The tag of a wheel for Android names the oldest level of its interface "
        "(API), and maturin does not know for which one this is built.",
        (
            Fix(
                "ANDROID_API_LEVEL=$(getprop ro.build.version.sdk)",
                "in the environment, on the device itself (Termux); elsewhere a number",
            ),
            Fix("pip install --upgrade maturin", "1.13 and newer ask clang"),
        ),
    )


def _python_source(seen: Seen, context: Context) -> Advice:
    del context
    folder = seen.first("folder") or "python"
    return Advice(
        f"`python-source` in pyproject.toml names the folder `{folder}`, and it is "
        "not there, or a source distribution left it out because no package is in it.",
        (
            Fix("python-source", "remove it below [tool.maturin] if all is Rust"),
            Fix(
                f"mkdir -p {folder}/<module>",
                "and an __init__.py in it, if there is to be Python code",
            ),
            Fix(
                "pip install maturin==1.7.6",
                "for a package of somebody else, with --no-build-isolation: the last "
                "one that lets it pass",
            ),
        ),
    )


def _pyproject(seen: Seen, context: Context) -> Advice | None:
    del context
    missing = seen.first("missing")
    if missing:
        return Advice(
            f"There is no {missing}, and a build needs one.",
            (
                Fix("ferrule init", "writes it, in the folder of the project"),
                Fix("--manifest-path <folder>/Cargo.toml", "if it lies elsewhere"),
            ),
        )
    reason = seen.first("reason")
    if not reason:
        return None
    key = seen.first("key")
    where = f" (key `{key}`)" if key else ""
    return Advice(
        f"pyproject.toml does not have the form that this maturin wants{where}: "
        f"{reason}. What is allowed depends on maturin's release.",
        (
            Fix(
                'requires = ["maturin>=1.8,<2"]',
                "below [build-system]: the form that newer releases read",
            ),
            Fix(
                "pip install --upgrade pip <project>",
                "for a package of somebody else: a newer release, or its wheel",
            ),
        ),
    )


def _platform_tag(seen: Seen, context: Context) -> Advice:
    del context
    tag = seen.first("tag")
    if tag.startswith("linux_"):
        machine = tag.partition("_")[2]
        return Advice(
            f"`{tag}` says that the wheel runs on the machine where it was built. "
            "Indexes take such tags only as promise how old a system may be "
            "(manylinux, musllinux).",
            (
                Fix(
                    "ferrule build --zig",
                    "links against an old glibc, and names the wheel for it",
                ),
                Fix("ferrule repair <wheel>", "finds the tag that a wheel deserves"),
                Fix(
                    "build it in a manylinux container",
                    f"quay.io/pypa/manylinux_2_28_{machine}",
                ),
            ),
        )
    return Advice(
        f"The index does not take wheels for `{tag}`.",
        (
            Fix("ferrule check <wheel>", "says which tags the index takes"),
            Fix("ferrule build", "chooses a tag that is taken"),
        ),
    )


def _no_artifact(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "cargo compiled, and made no shared library that Python could load: the crate "
        "is an rlib, a dylib or a program.",
        (
            Fix('crate-type = ["cdylib"]', "below [lib] in Cargo.toml"),
            Fix("ferrule build", "sets the crate type by itself"),
        ),
    )


def _numpy(seen: Seen, context: Context) -> Advice:
    del context
    built, here = seen.first("built"), seen.first("here")
    is_older = "one" in seen.names or (
        bool(built and here) and int(built, 16) < int(here, 16)
    )
    if is_older:
        return Advice(
            "A module was compiled for NumPy 1, and this is NumPy 2, whose structures "
            "differ.",
            (
                Fix("pip install --upgrade <project>", "of which the module is part"),
                Fix('pip install "numpy<2"', "if there is no newer release"),
                Fix(
                    'numpy = "0.21"',
                    "in Cargo.toml, or newer: the crate works with NumPy 1 and 2",
                ),
            ),
        )
    return Advice(
        "A module was compiled for a newer NumPy than the one that is installed, or "
        "an older one comes first on sys.path.",
        (
            Fix("pip install --upgrade numpy", "in this environment"),
            Fix(
                'python -c "import numpy; print(numpy.__version__, numpy.__file__)"',
                "shows which one is imported",
            ),
        ),
    )


def _emscripten(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "Code for WebAssembly of different toolchains is put together: Rust, "
        "Emscripten and the Python of Pyodide belong together in certain releases, "
        "and Pyodide's modules are side modules (position-independent).",
        (
            Fix(
                "pyodide config get rust_toolchain",
                "and `emscripten_version`: the releases that this Pyodide wants",
            ),
            Fix("pyodide build", "sets the flags that belong to them"),
            Fix(
                "cargo +nightly build -Z build-std",
                "compiles Rust's own library with those flags too",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="build-requirement-missing",
        title="What builds the package is not installed",
        meaning=(
            "pyproject.toml names what a build needs. pip and uv install it into an "
            "environment of the build's own, unless they are told not to."
        ),
        signs=(
            Sign(
                "No module named '",
                r"No module named '(?P<module>maturin|setuptools_rust)'",
            ),
            Sign(
                "No such file or directory: 'maturin'",
                r"No such file or directory: '(?P<module>maturin)'",
            ),
        ),
        examples=(
            "ModuleNotFoundError: No module named 'setuptools_rust'",
            "FileNotFoundError: [Errno 2] No such file or directory: 'maturin'",
        ),
        advise=_build_requirement,
    ),
    Rule(
        id="system-unknown",
        title="setuptools-rust does not know this system",
        meaning="Rust names systems in another way than Python does.",
        signs=(
            Sign(
                "Don't know the correct rust target",
                r"Don't know the correct rust target for system type "
                r"(?P<system>[\w.-]+?)\.? ",
            ),
        ),
        examples=(
            (
                "error: Don't know the correct rust target for system type "
                "aarch64-unknown-linux-android. Please set the CARGO_BUILD_TARGET "
                "environment variable."
            ),
        ),
        advise=_unknown_system,
    ),
    Rule(
        id="android-level-unknown",
        title="The level of Android's interface is unknown",
        meaning="A program for level 24 runs on Android 7 and all that are newer.",
        signs=(
            Sign(
                "Failed to determine Android API level",
                r"Failed to determine Android API level",
            ),
        ),
        examples=("  Caused by: Failed to determine Android API level.",),
        advise=_android_level,
    ),
    Rule(
        id="python-source-missing",
        title="The folder of the Python code is not there",
        meaning="maturin 1.7.7 and newer end where older ones went on without it.",
        signs=(
            Sign(
                "Failed to normalize python source path",
                r"Failed to normalize python source path `(?P<folder>[^`]+)`",
            ),
        ),
        examples=("  Caused by: Failed to normalize python source path `python`",),
        advise=_python_source,
    ),
    Rule(
        id="pyproject-invalid",
        title="pyproject.toml is missing or has another form",
        meaning=(
            "[project] is the same for all tools; what stands below [tool.maturin] "
            "changed with maturin's releases."
        ),
        signs=(
            Sign(
                "Couldn't find pyproject.toml at",
                r"Couldn't find (?P<missing>pyproject\.toml at \S+)",
            ),
            Sign(
                "pyproject.toml is not PEP 517 compliant",
                r"pyproject\.toml is not PEP 517 compliant: (?P<reason>.+?)"
                r"(?: for key `(?P<key>[^`]+)`)?(?: at line \d+ column \d+)?$",
            ),
        ),
        examples=(
            "  Caused by: Couldn't find pyproject.toml at /src/pyproject.toml",
            (
                "  Caused by: pyproject.toml is not PEP 517 compliant: invalid type: "
                'string "on", expected a boolean for key `tool.maturin.strip` at line '
                "12 column 9"
            ),
        ),
        advise=_pyproject,
    ),
    Rule(
        id="platform-tag-refused",
        title="A package index refuses the wheel's platform tag",
        meaning="Everybody is to be able to use what stands in a public index.",
        signs=(
            Sign(
                "unsupported platform tag '",
                r"unsupported platform tag '(?P<tag>[\w.]+)'",
            ),
        ),
        examples=(
            (
                "400 Binary wheel 'demo-0.1-cp312-cp312-linux_x86_64.whl' has an "
                "unsupported platform tag 'linux_x86_64'."
            ),
        ),
        advise=_platform_tag,
        url="https://packaging.python.org/en/latest/specifications/"
        "platform-compatibility-tags/",
    ),
    Rule(
        id="no-shared-library-built",
        title="The build made no shared library",
        meaning="Python loads libraries of the crate type `cdylib`.",
        signs=(
            Sign(
                "unable to find any build artifacts",
                r"Rust build failed; unable to find any build artifacts",
            ),
        ),
        examples=("error: Rust build failed; unable to find any build artifacts",),
        advise=_no_artifact,
    ),
    Rule(
        id="numpy-mismatch",
        title="A module was compiled for another NumPy",
        meaning=(
            "Modules are compiled against the layout of NumPy's arrays, which NumPy 2 "
            "changed. The crate numpy asks for the layout at run time."
        ),
        signs=(
            Sign(
                "module compiled against A",
                r"module compiled against A[BP]I version (?P<built>0x[0-9a-f]+) but "
                r"this version of numpy is (?P<here>0x[0-9a-f]+)",
            ),
            Sign(
                "compiled using NumPy 1.x cannot be run in",
                r"compiled using NumPy 1\.x cannot be run in",
                "one",
            ),
        ),
        examples=(
            (
                "RuntimeError: module compiled against ABI version 0x1000009 but this "
                "version of numpy is 0x2000000"
            ),
            (
                "RuntimeError: module compiled against API version 0x10 but this "
                "version of numpy is 0xe ."
            ),
            "A module that was compiled using NumPy 1.x cannot be run in",
        ),
        advise=_numpy,
        url="https://numpy.org/doc/stable/user/troubleshooting-importerror.html",
    ),
    Rule(
        id="emscripten-mismatch",
        title="Rust and Emscripten do not belong together",
        meaning=(
            "Both bring an LLVM, and flags and object files of one are not always "
            "understood by the other."
        ),
        signs=(
            Sign("Unknown option '--enable-", r"Unknown option '--enable-[\w-]+'"),
            Sign("R_WASM_", r"relocation R_WASM_\w+ cannot be used against"),
        ),
        examples=(
            "Unknown option '--enable-bulk-memory-opt'",
            (
                "wasm-ld: error: libstd.rlib(std.o): relocation R_WASM_MEMORY_ADDR_LEB "
                "cannot be used against symbol `__THREW__`; recompile with -fPIC"
            ),
        ),
        advise=_emscripten,
        url="https://pyodide.org/en/stable/development/building-packages.html",
    ),
)
