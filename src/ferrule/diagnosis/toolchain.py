"""Rust itself: releases, targets, linkers."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_PACKAGES: Final = {
    "aarch64-linux-gnu": "gcc-aarch64-linux-gnu",
    "arm-linux-gnueabihf": "gcc-arm-linux-gnueabihf",
    "arm-linux-gnueabi": "gcc-arm-linux-gnueabi",
    "riscv64-linux-gnu": "gcc-riscv64-linux-gnu",
    "powerpc64le-linux-gnu": "gcc-powerpc64le-linux-gnu",
    "s390x-linux-gnu": "gcc-s390x-linux-gnu",
    "i686-linux-gnu": "gcc-i686-linux-gnu",
    "x86_64-linux-gnu": "gcc-x86-64-linux-gnu",
    "x86_64-w64-mingw32": "gcc-mingw-w64-x86-64",
    "i686-w64-mingw32": "gcc-mingw-w64-i686",
    "musl": "musl-tools",
}
"""Debian's package of each cross compiler, by what its name contains."""


def _linker(seen: Seen, context: Context) -> Advice:
    name = seen.first("linker") or "the linker"
    if " -" in name:
        return _linker_with_arguments(name, context)
    program = name.replace("\\", "/").rpartition("/")[2]
    if program in {"link.exe", "lib.exe"}:
        fix = Fix(
            "winget install Microsoft.VisualStudio.2022.BuildTools",
            'with the workload "Desktop development with C++"',
        )
    elif program in {"cc", "gcc", "clang", "ld"}:
        fix = Fix(
            "apt install gcc libc6-dev",
            "Debian and Ubuntu; `dnf install gcc`, `apk add build-base`, on macOS "
            "`xcode-select --install`",
        )
    elif program in {"mold", "lld", "ld.lld", "rust-lld", "wild"}:
        fix = Fix(f"apt install {'mold' if program == 'mold' else 'lld'}", "Debian")
    else:
        package = next(
            (value for key, value in _PACKAGES.items() if key in program), ""
        )
        fix = Fix(
            f"apt install {package}" if package else f"install `{program}`",
            "Debian and Ubuntu" if package else "or name another one",
        )
    target = context.target or "<triple>"
    return Advice(
        f"rustc links with another program, `{name}`, and that does not exist on this "
        "machine. It is the default of the target, or .cargo/config.toml, RUSTFLAGS "
        "or CARGO_TARGET_<TRIPLE>_LINKER names it.",
        (fix, Fix('linker = "..."', f"in .cargo/config.toml below [target.{target}]")),
    )


def _linker_with_arguments(name: str, context: Context) -> Advice:
    program, *arguments = name.split()
    flags = ", ".join(f'"-C", "link-arg={word}"' for word in arguments)
    place = f"in .cargo/config.toml below [target.{context.target or '<triple>'}]"
    return Advice(
        "cargo takes the whole text for the name of a program: a linker has no "
        "arguments there.",
        (Fix(f'linker = "{program}", rustflags = [{flags}]', place),),
    )


def _linker_flavour(seen: Seen, context: Context) -> Advice:
    del context
    flag = seen.first("flag")
    named = (
        f"`{flag}` in RUSTFLAGS or .cargo/config.toml"
        if flag
        else ("A `-fuse-ld=...` in RUSTFLAGS or .cargo/config.toml")
    )
    return Advice(
        f"{named} asks the C compiler for a linker that it does not know, or that is "
        "not installed (GCC knows mold from release 12.1 on).",
        (
            Fix("apt install mold lld", "whichever of them is meant"),
            Fix(
                f"remove `link-arg={flag or '-fuse-ld=...'}`",
                "from rustflags: the default linker works everywhere",
            ),
        ),
    )


def _target_std(seen: Seen, context: Context) -> Advice | None:
    target = seen.first("target") or context.target
    if not target:
        return None
    return Advice(
        f"Rust's standard library for {target} is not installed in this toolchain.",
        (
            Fix(f"rustup target add {target}", "with rustup"),
            Fix(
                "apt install libstd-rust-dev-windows",
                "with Debian's own rustc, for Windows; others have similar packages",
            ),
        ),
    )


def _no_cdylib(seen: Seen, context: Context) -> Advice:
    del context
    target = seen.first("target")
    kind = seen.first("kind")
    if "musl" not in target:
        return Advice(
            f"Rust makes no {kind} for {target}: programs there cannot load any.",
            (Fix("ferrule target list", "shows the targets that have Pythons"),),
            title="The target has no shared libraries",
        )
    flags = 'rustflags = ["-C", "target-feature=-crt-static"]'
    return Advice(
        f"Rust links the C library into everything that it makes for {target}, unless "
        f"it is told otherwise, and then there is no {kind}, which a Python module (or "
        "a procedural macro) is.",
        (
            Fix("ferrule build", "tells rustc so by itself; so does maturin of today"),
            Fix(flags, f"in .cargo/config.toml below [target.{target}]"),
            Fix("apk add cargo", "Alpine's own Rust links dynamically"),
        ),
    )


def _unwinder(seen: Seen, context: Context) -> Advice:
    target = context.target or "x86_64-unknown-linux-musl"
    return Advice(
        f"The linker has no {seen.first('library')}, the shared unwinder of GCC, which "
        "Rust's panics need. For musl, the wrapper musl-gcc of distributions never has "
        "it: it takes the host's GCC, and links no Python modules.",
        (
            Fix(
                f"ferrule build --zig --target {target}",
                "zig brings an unwinder and links it statically: pip install ziglang",
            ),
            Fix(
                'linker = "..."',
                f"in .cargo/config.toml below [target.{target}]: the gcc of a whole "
                "toolchain for the target, as in Alpine",
            ),
        ),
    )


def _startup(seen: Seen, context: Context) -> Advice:
    target = context.target or "x86_64-pc-windows-gnu"
    return Advice(
        f"{seen.shown('object')}: what is linked for {target} starts and ends with "
        "these objects. They come with Rust's standard library for the target, and "
        "cargo does not make them when it compiles that (build-std).",
        (
            Fix(f"rustup target add {target}", "the standard library with its objects"),
            Fix(
                f"ferrule build --zig --target {target.replace('-gnu', '-gnullvm')}",
                "the same wheels, without such objects",
            ),
        ),
    )


def _stripper(seen: Seen, context: Context) -> Advice:
    del context
    program = seen.first("program")
    tool = program.replace("rust-", "llvm-")
    return Advice(
        f"rustc strips what is linked for another system with `{program}`, which comes "
        "with toolchains of rustup, and not with those of distributions.",
        (
            Fix("strip = false", "in [tool.ferrule] and in the profile of Cargo.toml"),
            Fix(
                f'ln -s "$(command -v {tool})" ~/.cargo/bin/{program}',
                "LLVM's own is the same program (Debian: apt install llvm)",
            ),
        ),
    )


def _rustc_release(seen: Seen, context: Context) -> Advice:
    del context
    needs = seen.first("needed")
    package = seen.first("package")
    fixes = [Fix("rustup update stable", f"gives Rust {needs} or newer")]
    if package:
        name = package.partition("@")[0].partition(" ")[0]
        fixes.append(
            Fix(
                f"cargo update -p {name} --precise <an older release>",
                "if this Rust has to stay; "
                '`resolver.incompatible-rust-versions = "fallback"` chooses by itself',
            )
        )
    have = f" This is Rust {seen.first('found')}." if seen.first("found") else ""
    return Advice(
        f"{seen.shown('package') or 'A package'} needs Rust {needs} or newer.{have}",
        tuple(fixes),
    )


_CARGO_FEATURES: Final = {
    "resolver": "1.51",
    "profile-rustflags": "",
    "namespaced features": "1.60",
    "weak": "1.60",
}
"""Release of Rust that brought what a manifest may say."""


def _edition(seen: Seen, context: Context) -> Advice:
    del context
    edition = seen.first("edition")
    feature = seen.first("feature")
    if feature and not edition:
        since = _CARGO_FEATURES.get(feature, "")
        newer = f"Rust {since}" if since else "a newer Rust"
        return Advice(
            f"A manifest uses `{feature}`, which came with {newer}; this cargo is "
            "older. The manifest may be that of a dependency.",
            (
                Fix("rustup update stable", f"{newer} or later knows it"),
                Fix(
                    "cargo update -p <package> --precise <an older release>",
                    "if this Rust has to stay",
                ),
            ),
            title="This cargo is too old for a manifest",
        )
    release = {"2021": "1.56", "2024": "1.85"}.get(edition, "")
    newer = f"Rust {release}" if release else "a newer Rust"
    return Advice(
        f"A manifest asks for edition {edition}, which came with {newer}; this cargo "
        "is older. The manifest named above may be that of a dependency.",
        (
            Fix("rustup update stable", f"{newer} or later knows it"),
            Fix("cargo update -p <package> --precise <an older release>", "otherwise"),
        ),
    )


RULES: Final = (
    Rule(
        id="linker-not-found",
        title="The linker is not installed",
        meaning=(
            "rustc compiles, but linking is done by the C toolchain of the system: "
            "cc on Linux and macOS, link.exe of Visual Studio on Windows, a cross "
            "compiler for another target."
        ),
        signs=(
            Sign("error: linker `", r"error: linker `(?P<linker>[^`]+)` not found"),
            Sign(
                # Before 1.30; now it means that the system could not start it.
                "could not exec the linker",
                r"could not exec the linker `(?P<linker>[^`]+)`: (?:No such|The system "
                r"cannot find)",
            ),
        ),
        examples=(
            "error: linker `cc` not found",
            "error: linker `link.exe` not found",
            "error: linker `aarch64-linux-gnu-gcc` not found",
        ),
        advise=_linker,
        url=guide.CROSS,
    ),
    Rule(
        id="linker-unknown-to-compiler",
        title="The C compiler cannot find the chosen linker",
        meaning=(
            "`-fuse-ld=mold`, `-fuse-ld=lld` and the like choose a linker by name. The "
            "compiler driver looks for it, and an old GCC does not know the word."
        ),
        signs=(
            Sign(
                "cannot find 'ld'", r"collect2: fatal error: (?P<flag>)cannot find 'ld'"
            ),
            Sign(
                "'-fuse-ld=",
                r"(?:unrecognized command-line option|invalid linker name in argument) "
                r"'(?P<flag>-fuse-ld=[\w./-]+)'",
            ),
        ),
        examples=(
            "collect2: fatal error: cannot find 'ld'",
            "cc: error: unrecognized command-line option '-fuse-ld=mold'",
            "clang: error: invalid linker name in argument '-fuse-ld=mold'",
        ),
        advise=_linker_flavour,
    ),
    Rule(
        id="missing-unwinder",
        title="The linker has no unwinder for the target",
        meaning=(
            "Rust's panics unwind the stack with a library of the C compiler. Shared "
            "libraries take the shared one, libgcc_s, which must be one of the target."
        ),
        signs=(
            Sign("libgcc_s.so.1", r"cannot find (?P<library>libgcc_s\.so\.1)"),
            Sign(
                "gcc_s",
                r"(?:cannot find|unable to find library) -l(?P<library>gcc_s)",
            ),
        ),
        examples=(
            "= note: /usr/bin/ld: cannot find libgcc_s.so.1: No such file or directory",
            "/usr/bin/ld: cannot find -lgcc_s: No such file or directory",
            "rust-lld: error: unable to find library -lgcc_s",
        ),
        advise=_unwinder,
        url=guide.CROSS,
    ),
    Rule(
        id="missing-startup-objects",
        title="The startup objects of Windows are missing",
        meaning=(
            "Rust's targets windows-gnu link two small objects of their own, rsbegin.o "
            "and rsend.o, which frame the unwinding tables."
        ),
        signs=(
            Sign("rsbegin.o", r"cannot find \S*?(?P<object>rsbegin\.o)"),
            Sign("rsend.o", r"cannot find \S*?(?P<object>rsend\.o)"),
        ),
        examples=(
            "x86_64-w64-mingw32-ld: cannot find rsbegin.o: No such file or directory",
        ),
        advise=_startup,
        url=guide.RUSTUP_TARGETS,
    ),
    Rule(
        id="missing-strip-program",
        title="The program that strips symbols is missing",
        meaning=(
            "`strip` in a profile lets rustc remove symbols after linking; for macOS "
            "and other systems than the own one it runs a program of LLVM."
        ),
        signs=(
            Sign(
                "unable to run `rust-",
                r"unable to run `(?P<program>rust-(?:objcopy|strip))`",
            ),
        ),
        examples=(
            (
                "error: unable to run `rust-objcopy`: No such file or directory "
                "(os error 2)"
            ),
        ),
        advise=_stripper,
    ),
    Rule(
        id="missing-target-std",
        title="Rust's standard library for the target is not installed",
        meaning=(
            "A toolchain compiles for its own machine. Every other target needs its "
            "compiled standard library, which rustup adds."
        ),
        signs=(
            Sign(
                "target may not be installed",
                r"the `(?P<target>[\w.-]+)` target may not be installed",
            ),
            Sign(
                "(installed targets: ",
                r"Target (?P<target>[\w.-]+) is not installed \(installed targets: ",
            ),
        ),
        examples=(
            (
                "error[E0463]: can't find crate for `core`\n"
                "  = note: the `x86_64-pc-windows-gnu` target may not be installed"
            ),
        ),
        advise=_target_std,
        url=guide.RUSTUP_TARGETS,
    ),
    Rule(
        id="no-shared-library-for-target",
        title="Rust makes no shared library for the musl target",
        meaning=(
            "The musl targets of rustup link the C library statically (crt-static), "
            "which leaves no room for shared libraries: neither modules nor procedural "
            "macros."
        ),
        signs=(
            Sign(
                "does not support these crate types",
                r"cannot produce (?P<kind>[\w-]+) for .* as the target "
                r"`(?P<target>[\w.-]+)` does not support these crate types",
            ),
            Sign(
                "dropping unsupported crate type",
                r"dropping unsupported crate type `(?P<kind>cdylib)` for target "
                r"`(?P<target>[\w.-]+)`",
            ),
        ),
        examples=(
            (
                "error: cannot produce cdylib for `demo v0.1.0 (/src)` as the target "
                "`x86_64-unknown-linux-musl` does not support these crate types"
            ),
        ),
        advise=_no_cdylib,
        url=guide.CROSS,
    ),
    Rule(
        id="rustc-too-old",
        title="A dependency needs a newer Rust",
        meaning=(
            "Packages state the oldest Rust that they support as `rust-version`. cargo "
            "stops before it compiles anything."
        ),
        signs=(
            Sign(
                "requires rustc",
                r"(?P<package>[\w-]+@[\w.+-]+) requires rustc (?P<needed>1\.[\d.]*\d)",
            ),
            Sign(
                "requires rustc",
                r"package `(?P<package>[\w-]+ v[\w.+-]+)[^`]*` cannot be built "
                r"because it "
                r"requires rustc (?P<needed>1\.[\d.]*\d)",
            ),
            # setuptools-rust.
            Sign(
                "does not match extension requirement",
                r"Rust (?P<found>1\.[\w.-]+) does not match extension requirement "
                r"\W*(?P<needed>1\.[\d.]*\d)",
            ),
            Sign(
                "is not supported by the following package",
                r"rustc (?P<found>1\.[\w.-]+) is not supported by",
            ),
        ),
        examples=(
            (
                "error: rustc 1.75.0 is not supported by the following packages:\n"
                "  pyo3@0.28.0 requires rustc 1.83"
            ),
            (
                "error: package `pyo3 v0.28.0` cannot be built because it requires "
                "rustc 1.83 or newer, while the currently active rustc version is "
                "1.75.0"
            ),
        ),
        advise=_rustc_release,
    ),
    Rule(
        id="edition-unsupported",
        title="This cargo does not know the edition",
        meaning="Editions come with a release of Rust; older ones refuse the manifest.",
        signs=(
            Sign(
                "this version of Cargo is older than the",
                r"this version of Cargo is older than the `(?P<edition>\d+)` edition",
            ),
            Sign(
                "supported edition values are",
                r"supported edition values are .* but `(?P<edition>[^`]+)` is unknown",
            ),
            Sign("feature `edition", r"feature `edition(?P<edition>\d+)` is required"),
            Sign(
                "` is required",
                r"^\s*feature `(?P<feature>(?!edition)[\w-]+)` is required$",
            ),
            Sign(
                "namespaced features with the",
                r"(?P<feature>namespaced features) with the `dep:` prefix are only",
            ),
        ),
        examples=(
            (
                "this version of Cargo is older than the `2024` edition, and only "
                "supports `2015`, `2018`, and `2021` editions."
            ),
            "feature `edition2024` is required",
        ),
        advise=_edition,
    ),
)
