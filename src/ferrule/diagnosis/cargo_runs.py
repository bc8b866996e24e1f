"""What goes wrong around the compiler: lock files, disks, networks, leftovers."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


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
    if not package:
        return Advice(
            "The package has no library, or one of another kind than `cdylib`, and "
            "that is what Python imports.",
            (
                Fix('[lib] crate-type = ["cdylib"]', "in Cargo.toml, with src/lib.rs"),
                Fix('bindings = "bin"', "in [tool.ferrule], to pack the programs"),
            ),
        )
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
    del context
    is_signal = any("9" in text or "Killed" in text for text in seen.values["text"])
    what = (
        "The operating system ended the compiler or the linker with signal 9. Mostly "
        "the memory was used up"
        if is_signal and "memory allocation" not in seen.first("text")
        else "The compiler or the linker got no more memory"
    )
    return Advice(
        f"{what}: many jobs at once, LTO, or a limit of the container.",
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


def _twice(seen: Seen, context: Context) -> Advice:
    del context
    crate = seen.first("crate")
    return Advice(
        f"The crate `{crate}` is in the build in two versions, and a type of one is "
        "not that of the other. Whoever passes such values between two crates must "
        "use the version that both use: rust-numpy exports its own as "
        "`numpy::ndarray`.",
        (
            Fix(f"cargo tree -d -i {crate}", "shows both, and who asks for which"),
            Fix(
                f"cargo update -p {crate}@<newer> --precise <older>",
                "if one crate accepts both, as numpy accepts several ndarrays",
            ),
            Fix(
                f"use <crate>::{crate};",
                "instead of a dependency of your own, where a crate exports it again",
            ),
        ),
    )


RULES: Final = (
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
                "--locked was passed to prevent this"
            ),
            (
                "error: cannot update the lock file /src/Cargo.lock because --locked "
                "was passed to prevent this"
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
                "version of rustc"
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
            # maturin.
            Sign("build a cdylib", r"Cargo didn't build a cdylib"),
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
            Sign("(os error 112)", r"(?<!Host is down )(?P<text>\(os error 112\))"),
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
        title="The compiler or the linker ran out of memory",
        meaning="It said so, or was ended from outside with signal 9.",
        signs=(
            Sign("[Killed]", r"terminated with signal 9 (?P<text>\[Killed\])"),
            Sign("SIGKILL: kill)", r"rustc.*(?P<text>\(signal: 9, SIGKILL: kill\))"),
            Sign("Killed signal", r"fatal error: (?P<text>Killed signal) terminated"),
            Sign("LLVM ERROR", r"LLVM ERROR: (?P<text>out of memory)"),
            Sign(
                "memory allocation of",
                r"(?P<text>memory allocation of \d+ bytes failed)",
            ),
            Sign("C1060", r"fatal error (?P<text>C1060|LNK1102)"),
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
            Sign("the offline flag", r"(?P<text>without the offline flag)"),
            Sign("you're using offline mode", r"(?P<text>you're using offline mode)"),
            Sign(
                "no matching package named",
                r"no matching package named `(?P<package>[\w-]+)` found",
            ),
        ),
        examples=(
            (
                "error: no matching package named `serde` found\n"
                "As a reminder, you're using offline mode (--offline) which can "
                "sometimes cause surprising resolution failures, if this error is "
                "too confusing you may wish to retry without the offline flag.\n"
                "attempting to make an HTTP request, but --offline was specified"
            ),
        ),
        advise=lambda seen, context: (
            _offline(seen, context) if "text" in seen.values else None
        ),
    ),
    Rule(
        id="crate-in-two-versions",
        title="One crate is used in two versions",
        meaning=(
            "cargo may use several versions of a crate in one build. Their types have "
            "the same names and are different types."
        ),
        signs=(
            Sign(
                "two different versions of crate `",
                r"two different versions of crate `(?P<crate>\w+)` are being used",
            ),
            Sign(
                "multiple different versions of crate `",
                r"multiple different versions of crate `(?P<crate>\w+)` in the",
            ),
            Sign(
                "two types coming from two different versions",
                r"two types coming from two different versions of crate "
                r"`?(?P<crate>\w+)",
            ),
        ),
        examples=(
            "= note: perhaps two different versions of crate `ndarray` are being used?",
            (
                "note: there are multiple different versions of crate `ndarray` in the "
                "dependency graph"
            ),
        ),
        advise=_twice,
    ),
)
