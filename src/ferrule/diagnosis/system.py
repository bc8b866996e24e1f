"""Tools and libraries of the system that crates need, and those of Windows."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _import_library(seen: Seen, context: Context) -> Advice:
    library = seen.first("library") or "python3.dll's import library"
    early = not context.pyo3 or int(context.pyo3.split(".")[1]) < 29
    fixes = [
        Fix(
            'pyo3 = "0.29"',
            "in Cargo.toml: needs no import library (raw-dylib)",
        ),
    ]
    if not early:
        fixes = [Fix("unset PYO3_USE_RAW_DYLIB", "raw-dylib needs no import library")]
    fixes += [
        Fix(
            'features = ["generate-import-lib"]',
            "of pyo3 0.16.5 to 0.28: makes it, with llvm-dlltool or MinGW's dlltool",
        ),
        Fix("apt install llvm", "where llvm-dlltool itself is missing"),
        Fix(
            "PYO3_CROSS_LIB_DIR=<folder of python3*.lib>",
            "the `libs` folder of a Python for Windows",
        ),
    ]
    if library == "python3t.lib":
        fixes.insert(
            1, Fix("ferrule build -i 3.14t", "builds for one free-threaded version")
        )
    return Advice(
        f"{library} is not there. On Windows, libraries are linked through such a "
        "file, which python.org's installer puts into `libs`; the installers of "
        "conda, the store and NuGet do not always, and a cross build has none.",
        tuple(fixes),
    )


def _dlltool(seen: Seen, context: Context) -> Advice:
    tool = seen.first("tool") or "dlltool"
    package = (
        "binutils-mingw-w64-i686" if "i686" in tool else "binutils-mingw-w64-x86-64"
    )
    del context
    return Advice(
        f"For targets `*-windows-gnu`, rustc makes import libraries with `{tool}` of "
        "binutils, which does not exist here. PyO3 0.29 and newer use that for "
        "python3*.dll.",
        (
            Fix(
                f"apt install {package}",
                "Debian and Ubuntu; MSYS2: `pacman -S mingw-w64-x86_64-binutils`",
            ),
            Fix("rustup default stable-msvc", "on Windows: that toolchain needs none"),
            Fix("--target x86_64-pc-windows-gnullvm", "in a cross build: needs none"),
        ),
    )


def _dll_load(seen: Seen, context: Context) -> Advice:
    del context
    name = seen.first("module") or "the module"
    if "procedure" in seen.names:
        return Advice(
            f"`{name}` and its DLLs were found, and one of these lacks a function that "
            "the module needs: an older python3.dll, OpenSSL or C runtime that comes "
            "first in PATH, or a Windows older than 10, for which Rust 1.78 and newer "
            "do not compile.",
            (
                Fix(
                    "where python3.dll",
                    "shows which is found first; it must be this Python's",
                ),
                Fix("ferrule develop", "builds it for the Python of this environment"),
                Fix(
                    "pip install --force-reinstall --only-binary :all: <project>",
                    "for a package of somebody else; an older release of it on an "
                    "older Windows",
                ),
            ),
            title="Windows finds a DLL that lacks what the module needs",
        )
    return Advice(
        f"`{name}` was found, and a DLL that it needs was not: python3XY.dll of "
        "another Python than the one that runs (python3.dll and libpython3.dll "
        "differ between python.org and MSYS2), or a library of the module itself.",
        (
            Fix("ferrule develop", "builds it for the Python of this environment"),
            Fix(
                f"dumpbin /dependents {name}.pyd",
                "lists the DLLs; os.add_dll_directory() adds a folder for the others",
            ),
        ),
    )


def _compiler(seen: Seen, context: Context) -> Advice:
    tool = seen.first("tool") or "cc"
    crate = seen.first("crate")
    who = f"The build script of {crate}" if crate else "A crate with C code"
    cross = [Fix("--zig", "in a cross build: zig compiles C for it too")]
    return Advice(
        f"{who} compiles C and did not find the compiler `{tool}`.",
        (
            *(cross if context.target else []),
            Fix(
                "apt install gcc g++ libc6-dev",
                "Debian and Ubuntu; `dnf install gcc gcc-c++`, `apk add build-base`, "
                "on macOS `xcode-select --install`",
            ),
            Fix(
                f"CC={tool}",
                "or CC_<target>, if the compiler is called differently or another one "
                "is meant",
            ),
        ),
    )


def _openssl(seen: Seen, context: Context) -> Advice:
    del seen
    return Advice(
        "openssl-sys links the OpenSSL of the system and does not find its headers and "
        "library. In manylinux containers and in cross builds there is none.",
        (
            *_cross_openssl(context.target),
            Fix(
                "apt install libssl-dev pkg-config",
                "Debian and Ubuntu; `dnf install openssl-devel`, `brew install "
                "openssl@3`",
            ),
            Fix(
                'openssl = { version = "0.10", features = ["vendored"] }',
                "in Cargo.toml: compiles it in; needs perl and make",
            ),
            Fix(
                'features = ["rustls-tls"], default-features = false',
                "of reqwest and others: does without OpenSSL",
            ),
        ),
    )


def _cross_openssl(target: str) -> list[Fix]:
    if not target:
        return []
    prefix = target.upper().replace("-", "_")
    return [
        Fix(
            f"{prefix}_OPENSSL_DIR=/folder/with/include/and/lib",
            f"in a cross build: an OpenSSL for {target}; "
            f"{prefix}_OPENSSL_STATIC=1 links it in",
        )
    ]


def _pkg_config(seen: Seen, context: Context) -> Advice:
    library, crate = seen.first("library"), seen.first("crate")
    if "cross" in seen.names:
        suffix = context.target.replace("-", "_") or "<target>"
        return Advice(
            "A build script looks for a system library with pkg-config, which would "
            "find that of this machine: in a cross build the crate refuses to ask it.",
            (
                Fix(
                    f"PKG_CONFIG_SYSROOT_DIR_{suffix}=/path/to/root",
                    "a folder of the target's files, with PKG_CONFIG_PATH_"
                    f"{suffix} for its .pc files",
                ),
                Fix(
                    f"PKG_CONFIG_{suffix}=/path/to/pkg-config",
                    "the pkg-config of a cross toolchain; one with the compiler's "
                    "prefix is found by itself",
                ),
            ),
        )
    if library:
        return Advice(
            f"The crate {crate or 'that fails'} links the system library `{library}`, "
            f"and pkg-config does not know it: its development package is missing "
            f"({library}.pc).",
            (
                Fix(f"apt-file search {library}.pc", "Debian: names the package"),
                Fix(
                    "PKG_CONFIG_PATH=/folder/of/pc/files",
                    "if it is installed elsewhere",
                ),
                Fix("PKG_CONFIG_ALLOW_CROSS=1", "with a sysroot, in a cross build"),
            ),
        )
    return Advice(
        "A build script looks for a system library with pkg-config, which is not "
        "installed.",
        (
            Fix(
                "apt install pkg-config",
                "Debian, Ubuntu; `brew install pkgconf` on macOS",
            ),
        ),
    )


def _program(seen: Seen, context: Context) -> Advice:
    del context
    program = seen.first("program") or "libclang"
    package = {
        "cmake": "cmake",
        "protoc": "protobuf-compiler",
        "libclang": "libclang-dev",
        "perl": "perl",
        "make": "make",
    }.get(program, program)
    return Advice(
        f"A build script needs `{program}`, which is not installed or not found.",
        (
            Fix(f"apt install {package}", "Debian and Ubuntu"),
            *(
                [Fix("LIBCLANG_PATH=/usr/lib/llvm-19/lib", "if it is installed")]
                if program == "libclang"
                else []
            ),
        ),
    )


def _xcode(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "Apple's command line tools, which have the linker, are not installed, or "
        "macOS was updated and they were not.",
        (
            Fix("xcode-select --install", "installs them"),
            Fix("sudo xcode-select --reset", "if they are installed"),
        ),
    )


RULES: Final = (
    Rule(
        id="import-library-missing",
        title="The import library of Python's DLL is missing",
        meaning=(
            "On Windows a DLL is linked through an import library: python312.lib, "
            "python3.lib for the stable ABI, python3t.lib for the free-threaded one. "
            "PyO3 0.29 and newer do without (raw-dylib), older ones can make it "
            "(`generate-import-lib`), which needs llvm-dlltool or MinGW's dlltool."
        ),
        signs=(
            # In any language.
            Sign(
                "LNK1181", r"LNK1181: [^'\"]*['\"](?P<library>python3[\w.]*\.lib)['\"]"
            ),
            Sign(
                "LNK1104", r"LNK1104: [^'\"]*['\"](?P<library>python3[\w.]*\.lib)['\"]"
            ),
            # maturin.
            Sign(
                "requires PyO3's `generate-import-lib`",
                r"compiling for Windows without an interpreter requires PyO3's "
                r"`generate-import-lib`",
            ),
            # lld-link.
            Sign(
                "could not open 'python",
                r"could not open '(?P<library>python3\w*\.lib)'",
            ),
            # MinGW: no dot in the version.
            Sign(
                "find -lpython3",
                r"cannot find -l(?P<library>python3\d*t?)(?::|\s|$)",
            ),
            Sign(
                "library -lpython3",
                r"unable to find library -l(?P<library>python3\d*t?)(?::|\s|$)",
            ),
            # pyo3-ffi with `generate-import-lib`, maturin issue 1954.
            Sign(
                "import library",
                r"failed to generate (?P<library>python3\w*\.dll) import library",
            ),
        ),
        examples=(
            # PyO3 issue 5148.
            (
                "= note: LINK : fatal error LNK1181: cannot open input file "
                "'python312.lib'"
            ),
            "= note: LINK : fatal error LNK1181: cannot open input file 'python3t.lib'",
            "lld-link: error: could not open 'python3.lib': No such file or directory",
            (
                "/usr/bin/x86_64-w64-mingw32-ld: cannot find -lpython3: No such file "
                "or directory"
            ),
            "error: failed to generate python3.dll import library",
        ),
        advise=_import_library,
        url=guide.CROSS,
    ),
    Rule(
        id="dlltool-missing",
        title="rustc needs dlltool for this Windows target",
        meaning=(
            "raw-dylib on `*-windows-gnu` calls binutils' dlltool. The toolchains "
            "`*-msvc` and `*-gnullvm` do not need it."
        ),
        signs=(
            Sign(
                "rror calling dlltool",
                r"[Ee]rror calling dlltool(?: '(?P<tool>[^']+)')?",
            ),
        ),
        examples=(
            # rust issue 140704.
            "error: Error calling dlltool 'dlltool.exe': program not found",
            (
                "error: error calling dlltool 'x86_64-w64-mingw32-dlltool': No such "
                "file or directory (os error 2)"
            ),
        ),
        advise=_dlltool,
        url="https://github.com/rust-lang/rust/issues/103939",
    ),
    Rule(
        id="dll-load-failed",
        title="Windows finds the module, and not the DLLs that it needs",
        meaning="A .pyd is a DLL; those it is linked to must be found when it is "
        "loaded.",
        signs=(
            # In the language of the system; these are other failures.
            Sign(
                "DLL load failed",
                r"DLL load failed(?: while importing (?P<module>\w+))?: (?!%1)(?!.*(?:"
                r"initialization|paging|denied|blocked|[Pp]olicy))",
            ),
            Sign(
                "DLL load failed",
                r"DLL load failed.*: .*(?:[Pp]roc[eé]dur|Prozedur|proceso especificado|"
                r"指定的程序|プロシージャ)",
                "procedure",
            ),
        ),
        examples=(
            (
                "ImportError: DLL load failed while importing _core: The specified "
                "module could not be found."
            ),
        ),
        advise=_dll_load,
        url=guide.DLL_NOT_FOUND,
    ),
    Rule(
        id="c-compiler-missing",
        title="A crate with C code finds no C compiler",
        meaning="Crates named *-sys often compile C code with the compiler of the "
        "system.",
        signs=(
            Sign(
                "ailed to find tool",
                r"[Ff]ailed to find tool\.? ?(?:Is `|\")(?P<tool>[^`\"]+)",
            ),
        ),
        examples=(
            "error occurred: Failed to find tool. Is `cc` installed?",
            (
                "error occurred in cc-rs: failed to find tool "
                '"aarch64-linux-gnu-gcc": No '
                "such file or directory (os error 2)"
            ),
        ),
        advise=_compiler,
    ),
    Rule(
        id="openssl-missing",
        title="OpenSSL's headers are not installed",
        meaning=(
            "openssl-sys uses the OpenSSL of the system, found through pkg-config or "
            "OPENSSL_DIR, unless its feature `vendored` is on."
        ),
        signs=(
            Sign(
                "ind directory of OpenSSL installation",
                r"[Cc]ould not find directory of OpenSSL installation",
            ),
            Sign(
                "ind openssl via pkg-config",
                r"Could not find openssl via pkg-config",
            ),
        ),
        examples=(
            (
                "Could not find directory of OpenSSL installation, and this `-sys` "
                "crate cannot proceed without this knowledge."
            ),
        ),
        advise=_openssl,
        url="https://docs.rs/openssl/latest/openssl/#automatic",
    ),
    Rule(
        id="pkg-config",
        title="A system library is not found by pkg-config",
        meaning=(
            "Build scripts ask pkg-config where a C library is. The program or the "
            "library's .pc file (in its development package) is missing."
        ),
        signs=(
            Sign(
                "pkg-config command could not be found",
                r"The pkg-config command could not be found",
            ),
            Sign("Could not run `", r"Could not run `[^`]*pkg-config[^`]*`", "not-run"),
            Sign(
                "configured to support cross-compilation",
                r"pkg-config has not been configured to support cross-compilation",
                "cross",
            ),
            Sign(
                "required by crate `",
                r"[Ss]ystem library `(?P<library>[^`]+)` required by crate "
                r"`(?P<crate>[^`]+)` was not found",
            ),
        ),
        examples=(
            "The pkg-config command could not be found.",
            "The system library `libpq` required by crate `pq-sys` was not found.",
            "pkg-config has not been configured to support cross-compilation.",
        ),
        advise=_pkg_config,
        yields_to=("openssl-missing",),
    ),
    Rule(
        id="build-tool-missing",
        title="A build script needs a program that is not installed",
        meaning="cmake, protoc and libclang are the usual ones.",
        signs=(
            Sign("is `cmake` not installed", r"is `(?P<program>cmake)` not installed"),
            Sign("Could not find `protoc`", r"Could not find `(?P<program>protoc)`"),
            Sign("Unable to find libclang", r"Unable to find (?P<program>libclang)"),
        ),
        examples=(
            (
                "failed to execute command: No such file or directory (os error 2)\n"
                "is `cmake` not installed?"
            ),
            (
                "Error: Could not find `protoc`. If `protoc` is installed, try "
                "setting the `PROTOC` environment variable"
            ),
            "Unable to find libclang: couldn't find any valid shared libraries",
        ),
        advise=_program,
    ),
    Rule(
        id="xcode-tools-missing",
        title="Apple's command line tools are missing",
        meaning="rustc links with Apple's clang and ld.",
        signs=(
            Sign("xcrun: error:", r"xcrun: error: invalid active developer path"),
            Sign(
                'SDK "macosx" cannot be located',
                r"xcrun: error: SDK \"macosx\" cannot be located",
            ),
        ),
        examples=(
            (
                "xcrun: error: invalid active developer path "
                "(/Library/Developer/CommandLineTools), missing xcrun at: "
                "/Library/Developer/CommandLineTools/usr/bin/xcrun"
            ),
        ),
        advise=_xcode,
    ),
)
