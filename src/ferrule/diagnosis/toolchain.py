"""Rust itself: releases, targets, linkers, lock files, stale artefacts."""

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


def _edition(seen: Seen, context: Context) -> Advice:
    del context
    edition = seen.first("edition")
    release = {"2021": "1.56", "2024": "1.85"}.get(edition, "")
    newer = f"Rust {release}" if release else "a newer Rust"
    return Advice(
        f"A manifest asks for edition {edition}, which came with {newer}; this "
        f"cargo is "
        "older. The manifest named above may be that of a dependency.",
        (
            Fix("rustup update stable", f"{newer} or later knows it"),
            Fix("cargo update -p <package> --precise <an older release>", "otherwise"),
        ),
    )


def _lock_version(seen: Seen, context: Context) -> Advice:
    del context
    version = seen.first("version")
    since = {"4": "1.78", "3": "1.53"}.get(version, "")
    return Advice(
        f"Cargo.lock was written by a newer cargo (format {version})"
        + (f"; Rust {since} and later read it." if since else "."),
        (
            Fix("rustup update stable", "reads it"),
            Fix("cargo generate-lockfile", "after removing Cargo.lock: chooses anew"),
        ),
    )


def _locked(seen: Seen, context: Context) -> Advice:
    del context
    file = seen.first("file") or "Cargo.lock"
    return Advice(
        f"{file} does not fit the manifests any more, and `--locked` forbids to change "
        "it: a dependency was added or its requirement changed, a version was raised, "
        "or Cargo.lock is missing from the sources.",
        (
            Fix("cargo update --workspace", "writes what the manifests ask; commit it"),
            Fix("build without `--locked`", "lets cargo choose"),
        ),
    )


def _stale(seen: Seen, context: Context) -> Advice:
    del context
    crate = seen.first("crate")
    return Advice(
        f"The compiled crate `{crate}` comes from another release of rustc. Its file "
        "survived a change of the toolchain: a shared target folder, a restored CI "
        "cache, or a build directory that was copied.",
        (
            Fix("cargo clean", "removes what the other toolchain made"),
            Fix("ferrule doctor", "shows which toolchain each folder uses"),
        ),
    )


def _no_library(seen: Seen, context: Context) -> Advice:
    package = seen.first("package") or context.crate
    return Advice(
        f"Package `{package}` has only programs: there is no src/lib.rs and no [lib] "
        "section, so there is nothing that Python could import.",
        (
            Fix('[lib] crate-type = ["cdylib"]', "in Cargo.toml, with src/lib.rs"),
            Fix('bindings = "bin"', "in [tool.ferrule], to pack the programs"),
        ),
    )


def _disk(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "A disk is full: that of the target folder, of the temporary folder or of "
        "cargo's home.",
        (
            Fix("cargo clean", "frees the target folder"),
            Fix(
                "CARGO_TARGET_DIR=/other/disk/target",
                "builds elsewhere; TMPDIR moves the temporary files",
            ),
            Fix(
                'debug = "line-tables-only"',
                "below [profile.dev] in Cargo.toml: target folders of half the size",
            ),
        ),
    )


def _killed(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The operating system ended the compiler or the linker with signal 9. Mostly "
        "the memory was used up: many jobs at once, LTO, or a limit of the container.",
        (
            Fix("CARGO_BUILD_JOBS=1", "one compiler at a time"),
            Fix('lto = "thin"', "below [profile.release] in Cargo.toml"),
        ),
    )


def _offline(seen: Seen, context: Context) -> Advice:
    del context
    name = seen.first("package")
    return Advice(
        f"{f'`{name}`' if name else 'A crate'} is not on this machine, and cargo was "
        "told not to use the network (--offline, CARGO_NET_OFFLINE, or net.offline in "
        "a configuration file).",
        (
            Fix("cargo fetch", "once, with the network"),
            Fix(
                "ferrule sdist --vendor", "puts all crates into the source distribution"
            ),
        ),
    )


def _tests_folder(seen: Seen, context: Context) -> Advice | None:
    crate = (context.crate or seen.fact("crate")).replace("-", "_")
    if crate not in seen.values.get("crate", ()) or "place" not in seen.names:
        return None
    return Advice(
        f"A test in tests/ uses the crate `{crate}` as a library, and the crate is "
        "compiled as `cdylib` only, which Rust code cannot link.",
        (Fix('crate-type = ["cdylib", "rlib"]', "below [lib] in Cargo.toml"),),
    )


RULES: Final = (
    Rule(
        id="linker-not-found",
        title="The linker is not installed",
        meaning=(
            "rustc compiles, but linking is done by the C toolchain of the system: cc "
            "on Linux and macOS, link.exe of Visual Studio on Windows, a cross "
            "compiler "
            "for another target."
        ),
        signs=(
            Sign("error: linker `", r"error: linker `(?P<linker>[^`]+)` not found"),
            Sign(
                "could not exec the linker",
                r"could not exec the linker `(?P<linker>[^`]+)`",
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
                "rustc "
                "1.83 or newer, while the currently active rustc version is 1.75.0"
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
            Sign("feature `edition", r"feature `edition(?P<edition>\d+)` is required"),
        ),
        examples=(
            (
                "this version of Cargo is older than the `2024` edition, and only "
                "supports "
                "`2015`, `2018`, and `2021` editions."
            ),
            "feature `edition2024` is required",
        ),
        advise=_edition,
    ),
    Rule(
        id="lock-file-too-new",
        title="Cargo.lock was written by a newer cargo",
        meaning="The format of Cargo.lock has a version, which older releases refuse.",
        signs=(
            Sign("lock file version", r"lock file version [`']?(?P<version>\d+)[`']? "),
        ),
        examples=(
            "lock file version 4 requires `-Znext-lockfile-bump`",
            (
                "lock file version `5` was found, but this version of Cargo does not "
                "understand this lock file, perhaps Cargo needs to be updated?"
            ),
        ),
        advise=_lock_version,
    ),
    Rule(
        id="lock-file-outdated",
        title="Cargo.lock does not fit, and --locked forbids to change it",
        meaning=(
            "`--locked` promises that nothing is resolved anew. It fails where the "
            "manifests ask for something that Cargo.lock does not have."
        ),
        signs=(
            Sign(
                "--locked was passed",
                r"lock file (?P<file>.+?) (?:needs to be updated but|because) "
                r"--locked was passed",
            ),
        ),
        examples=(
            (
                "error: the lock file /src/Cargo.lock needs to be updated but "
                "--locked was "
                "passed to prevent this"
            ),
            (
                "error: cannot update the lock file /src/Cargo.lock because "
                "--locked was "
                "passed to prevent this"
            ),
        ),
        advise=_locked,
    ),
    Rule(
        id="stale-artefacts",
        title="Compiled crates come from another release of rustc",
        meaning=(
            "Compiled crates are read only by the rustc that made them. cargo notices "
            "a change of the toolchain, unless files are copied or caches restored."
        ),
        signs=(
            Sign(
                "incompatible version of rustc",
                r"found crate `(?P<crate>\w+)` compiled by an incompatible version of "
                r"rustc",
            ),
        ),
        examples=(
            (
                "error[E0514]: found crate `pyo3` compiled by an incompatible "
                "version of "
                "rustc"
            ),
        ),
        advise=_stale,
    ),
    Rule(
        id="no-library-target",
        title="The package has no library",
        meaning="A module is the library of a package, compiled as a `cdylib`.",
        signs=(
            Sign(
                "no library targets found",
                r"no library targets found in package `(?P<package>[\w-]+)",
            ),
        ),
        examples=("error: no library targets found in package `tool`",),
        advise=_no_library,
    ),
    Rule(
        id="test-cannot-use-crate",
        title="Tests in tests/ cannot use a crate that is a cdylib only",
        meaning=(
            "Integration tests link the crate as a Rust library. A `cdylib` has a C "
            "interface only; the crate must be an `rlib` too."
        ),
        signs=(
            Sign(
                "unresolved import `", r"E043[23].*unresolved import `(?P<crate>\w+)`"
            ),
            Sign("unlinked crate `", r"E043[23].*unlinked crate `(?P<crate>\w+)`"),
            Sign("can't find crate for `", r"can't find crate for `(?P<crate>\w+)`"),
            Sign("--> tests", r"--> (?P<file>tests[/\\]\S+?\.rs):\d", "place"),
        ),
        examples=(
            (
                "error[E0432]: unresolved import `my_crate`\n"
                " --> tests/test_my_crate.rs:1:5\n"
                'error: could not compile `my-crate` (test "test_my_crate") due to '
                "1 error"
            ),
        ),
        advise=_tests_folder,
        url=guide.TESTS_FOLDER,
    ),
    Rule(
        id="disk-full",
        title="No space is left on the disk",
        meaning="cargo, rustc or the linker could not write a file.",
        signs=(
            Sign("No space left on device", r"(?P<text>No space left on device)"),
            Sign("(os error 28)", r"(?P<text>\(os error 28\))"),
            Sign("(os error 112)", r"(?P<text>\(os error 112\))"),
        ),
        examples=(
            (
                "error: failed to write /src/target/x: No space left on device (os "
                "error 28)"
            ),
            "There is not enough space on the disk. (os error 112)",
        ),
        advise=_disk,
    ),
    Rule(
        id="out-of-memory",
        title="The compiler or the linker was killed",
        meaning="Signal 9 from outside: nearly always the memory ran out.",
        signs=(
            Sign("[Killed]", r"terminated with signal 9 (?P<text>\[Killed\])"),
            Sign("SIGKILL: kill)", r"rustc.*(?P<text>\(signal: 9, SIGKILL: kill\))"),
        ),
        examples=(
            "collect2: fatal error: ld terminated with signal 9 [Killed]",
            (
                "process didn't exit successfully: `rustc --crate-name x` (signal: 9, "
                "SIGKILL: kill)"
            ),
        ),
        advise=_killed,
    ),
    Rule(
        id="offline",
        title="A crate is missing, and the network is forbidden",
        meaning="cargo needs the sources of every crate before it compiles.",
        signs=(
            Sign("--offline was specified", r"but (?P<text>--offline was specified)"),
            Sign(
                "you may be in offline mode",
                r"(?P<text>you may be in offline mode)",
            ),
            Sign(
                "try running without the offline flag",
                r"(?P<text>without the offline flag)",
            ),
            Sign(
                "no matching package named",
                r"no matching package named `(?P<package>[\w-]+)` found",
            ),
        ),
        examples=(
            (
                "error: no matching package named `serde` found\n"
                "As a reminder, you're using offline mode (--offline) which can "
                "sometimes "
                "cause surprising resolution failures, if this error is too "
                "confusing you "
                "may wish to retry without the offline flag.\n"
                "attempting to make an HTTP request, but --offline was specified"
            ),
        ),
        advise=lambda seen, context: (
            _offline(seen, context) if "text" in seen.values else None
        ),
    ),
)
