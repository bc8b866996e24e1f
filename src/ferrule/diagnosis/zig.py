"""zig as a linker: what it does not take, and what it does not have.

The texts are those of zig 0.17.1 and of LLVM inside it, recorded.
"""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_APPLE_ONLY: Final = "framework"


def _argument(seen: Seen, context: Context) -> Advice:
    flag = seen.shown("flag")
    fixes = []
    if context.tool != "ferrule":
        fixes.append(
            Fix(
                "ferrule build --zig",
                "leaves out or rewrites what rustc and most build scripts say",
            )
        )
    fixes += [
        Fix(
            f"remove `{seen.first('flag')}`",
            "from rustflags, a build script's cargo:rustc-link-arg, LDFLAGS or CFLAGS",
        ),
        Fix(
            "ferrule build --linker system",
            "links with a cross compiler instead; `ferrule target explain` names it",
        ),
    ]
    return Advice(
        f"zig's linker has no {flag}. It is neither GNU's nor LLVM's and knows fewer "
        "words; the flag comes from rustflags, a build script, LDFLAGS or CFLAGS.",
        tuple(fixes),
    )


def _library(seen: Seen, context: Context) -> Advice:
    names = seen.shown("library")
    if _APPLE_ONLY in seen.values.get("kind", ()) or "apple" in context.target:
        return Advice(
            f"{names}: a part of macOS for which neither zig nor ferrule has a stub. "
            "Apple's SDK has them all.",
            (
                Fix(
                    "SDKROOT=/path/to/MacOSX.sdk ferrule build --zig",
                    "an SDK that was copied from a Mac; its licence says where it may "
                    "be used",
                ),
                Fix("build on macOS", "where the SDK is part of Xcode's tools"),
            ),
        )
    name = seen.first("library")
    return Advice(
        f"{names}: zig looks for libraries of the target, and never in this machine's "
        "/usr/lib. The target's own is not in the folders that it was told.",
        (
            Fix(
                "a feature such as `vendored`, `bundled` or `static`",
                f"of the crate that links {name}: it compiles the library itself",
            ),
            Fix(
                'rustflags = ["-L", "native=/path/to/target/lib"]',
                "in .cargo/config.toml below [target.<triple>]: a folder with the "
                "target's library",
            ),
        ),
    )


def _symbols(seen: Seen, context: Context) -> Advice:
    del context
    return Advice(
        f"{seen.shown('symbol')}: zig links for macOS without Apple's SDK, and the "
        "stubs that ferrule adds name libraries, not their symbols. That is enough for "
        "modules, which look symbols up when they are loaded; programs need the SDK.",
        (
            Fix(
                "SDKROOT=/path/to/MacOSX.sdk ferrule build --zig",
                "an SDK that was copied from a Mac",
            ),
            Fix("build on macOS", "where the SDK is part of Xcode's tools"),
        ),
    )


def _target(seen: Seen, context: Context) -> Advice:
    target = context.target or seen.first("target")
    return Advice(
        f"zig brings no C library for {seen.first('target')}: this zig is too old for "
        "it, or it is one that may not be passed on (msvc).",
        (
            Fix("pip install --upgrade ziglang", "FreeBSD needs zig 0.15 or newer"),
            Fix(f"ferrule target explain {target}", "shows the other ways of linking"),
        ),
    )


def _folder(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "zig keeps the C libraries that it has compiled, and knows no folder for them: "
        "HOME, XDG_CACHE_HOME and ZIG_GLOBAL_CACHE_DIR are all unset or empty.",
        (
            Fix("ZIG_GLOBAL_CACHE_DIR=/var/tmp/zig", "any folder that can be written"),
            Fix("HOME=/root", "or let the container have a home"),
        ),
    )


def _program(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "ferrule's script that stands for zig was started by something else than "
        "ferrule, and finds no zig: FERRULE_ZIG is not set, and none is on PATH.",
        (
            Fix("pip install ziglang", "and `export FERRULE_ZIG=` with its program"),
            Fix("ferrule build --zig", "tells the script where zig is"),
        ),
    )


RULES: Final = (
    Rule(
        id="zig-unsupported-argument",
        title="zig does not know a flag of the linker",
        meaning=(
            "zig as a C compiler takes the words of clang, and of linkers only some. "
            "It stops at the first that it does not know."
        ),
        signs=(
            Sign(
                "error: unsupported linker ",
                r"error: unsupported linker (?:arg|extension flag): "
                r"(?P<flag>-\S+(?: [\w-]+)?)",
            ),
            Sign("zig: error: unsupported option", r"option '(?P<flag>[^']+)' for"),
        ),
        examples=(
            "  = note: error: unsupported linker arg: --emit-relocs",
            "error: unsupported linker extension flag: -z muldefs",
            (
                "zig: error: unsupported option '-mbranch-protection=' for target "
                "'x86_64-unknown-linux5.10.0-gnu2.17.0'"
            ),
        ),
        advise=_argument,
        url=guide.CROSS,
    ),
    Rule(
        id="zig-missing-library",
        title="zig has no such library for the target",
        meaning=(
            "zig brings the C library of each target, and nothing else: no zlib, no "
            "OpenSSL, and of macOS only libSystem. ferrule adds stubs of the libraries "
            "and frameworks of macOS that modules use most."
        ),
        signs=(
            Sign(
                "error: unable to find ",
                r"error: unable to find \w+ system (?P<kind>library) "
                r"[\"'](?P<library>[^\"']+)[\"']",
            ),
            Sign(
                "error: unable to find ",
                r"error: unable to find system (?P<kind>framework) "
                r"[\"'](?P<library>[^\"']+)[\"']",
            ),
        ),
        examples=(
            (
                "  = note: error: unable to find dynamic system library "
                '"z" using strategy paths_first. searched paths: none'
            ),
            (
                'error: unable to find system framework "CoreBluetooth". searched '
                "paths: none"
            ),
        ),
        advise=_library,
        url=guide.CROSS,
    ),
    Rule(
        id="zig-apple-symbols",
        title="zig has no symbols of Apple's libraries",
        meaning=(
            "Of macOS, zig brings the symbols of libSystem only. Programs that call "
            "frameworks, libiconv or libobjc are linked with Apple's SDK."
        ),
        signs=(
            Sign(
                "error: undefined symbol: _",
                r"error: undefined symbol: "
                r"(?P<symbol>_(?:(?:CF|CG|IO|NS|SC|Sec)[A-Z]|k(?:CF|IO|SC|Sec)[A-Z]"
                r"|OBJC_|objc_|iconv|res_9_|sqlite3_|MTL)\w*)",
            ),
        ),
        examples=(
            (
                "  = note: error: undefined symbol: _CFRelease\n"
                "              note: referenced by /t/demo.o:_main"
            ),
            "error: undefined symbol: _iconv_open",
        ),
        advise=_symbols,
        url=guide.CROSS,
    ),
    Rule(
        id="zig-no-c-library",
        title="zig has no C library for the target",
        meaning=(
            "zig compiles the C libraries of its targets from sources that it brings, "
            "and each release knows more of them."
        ),
        signs=(
            Sign(
                "unable to provide libc for target",
                r"unable to provide libc for target [\"'](?P<target>[^\"']+)[\"']",
            ),
        ),
        examples=(
            (
                "error: unable to provide libc for target "
                '"x86_64-windows.win10...win11_kr-msvc"'
            ),
        ),
        advise=_target,
        url=guide.CROSS,
    ),
    Rule(
        id="zig-cache-folder",
        title="zig has no folder for what it compiles",
        meaning="Containers without HOME leave zig without a folder for its cache.",
        signs=(
            Sign(
                "unable to resolve zig cache directory",
                r"unable to resolve zig cache directory: (?P<reason>\w+)",
            ),
        ),
        examples=(
            "error: unable to resolve zig cache directory: AppDataDirUnavailable",
        ),
        advise=_folder,
    ),
    Rule(
        id="zig-not-found",
        title="The script that stands for zig finds no zig",
        meaning=(
            "cargo and build scripts are given small scripts that rewrite their words "
            "for zig. ferrule tells them by a variable where zig is."
        ),
        signs=(Sign("exec: zig: ", r"exec: zig: (?P<reason>not found)"),),
        examples=(
            "  = note: /c/zig/aarch64-linux-gnu.2.17/cc: 20: exec: zig: not found",
        ),
        advise=_program,
    ),
)
