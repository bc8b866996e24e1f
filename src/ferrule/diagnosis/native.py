"""Libraries of the system that are missing: when linking, and when a program starts."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_OTHER: Final = r"(?P<library>(?!python3|pypy)[A-Za-z][\w+.-]*)"
# Parts of the C library and of the compiler; what else Python uses is in
# `ferrule.bundle.static.libraries`.
_PACKAGES: Final = {
    "c": "libc6-dev",
    "m": "libc6-dev",
    "dl": "libc6-dev",
    "rt": "libc6-dev",
    "util": "libc6-dev",
    "pthread": "libc6-dev",
    "stdc++": "g++",
    "gcc": "gcc",
    "gcc_s": "gcc",
    "gomp": "gcc",
    "atomic": "gcc",
    "gfortran": "gfortran",
    "openblas": "libopenblas-dev",
}


def _package(library: str) -> str:
    from ferrule.bundle.static.libraries import PACKAGES

    return _PACKAGES.get(library) or PACKAGES.get(library, "")


def _link(seen: Seen, context: Context) -> Advice:
    names = seen.values.get("library", ())
    packages = sorted({_package(name) for name in names} - {""})
    files = " or ".join(f"lib{name}.so or lib{name}.a" for name in names[:3])
    target = context.target
    where = f" of {target}" if target and target != context.host else ""
    fixes = (
        [Fix(f"apt install {' '.join(packages)}", "Debian and Ubuntu")]
        if packages
        else [
            Fix(
                f"apt-file search lib{names[0]}.so",
                "tells the package on Debian and Ubuntu; it ends with -dev",
            )
        ]
    )
    fixes += [
        Fix(
            'rustflags = ["-L", "native=<folder>"]',
            "below [target.<triple>] in .cargo/config.toml, if it lies elsewhere",
        ),
        Fix(
            "ferrule bundle --mode static",
            "for a static Python: says before it links what is missing",
        ),
    ]
    return Advice(
        f"The linker looked for {files}{where} and found none. A crate asks for it, or "
        "the static Python that is linked. A libNAME.so.1 alone serves programs that "
        "run; the linker wants the file without a number, from a development package.",
        tuple(fixes),
    )


def _start(seen: Seen, context: Context) -> Advice:
    del context
    library = seen.first("library")
    program = seen.first("program") or "the program"
    return Advice(
        f"{program} needs {library}, and the loader does not find it: it is not "
        "installed on this machine, or lies in a folder that the loader does not know.",
        (
            Fix(
                "ferrule bundle",
                "puts every library that the program needs beside it",
            ),
            Fix(f"apt-file search {library}", "tells its package on Debian and Ubuntu"),
            Fix(
                "LD_LIBRARY_PATH=<folder> <program>",
                "where it lies elsewhere; or the linker's -rpath, for good",
            ),
        ),
    )


def _not_executable(seen: Seen, context: Context) -> Advice:
    del context
    return Advice(
        f"{seen.first('file')} lies where nothing may be executed (a file system that "
        "is mounted with `noexec`: often /tmp, /home or /dev/shm), or a security "
        "module forbids it. Modules are code like programs.",
        (
            Fix("TMPDIR=<folder without noexec>", "for what is unpacked when it runs"),
            Fix(
                "ferrule bundle --mode onefile",
                "opens modules from memory: nothing is unpacked",
            ),
            Fix(
                "findmnt -no OPTIONS -T <file>", "shows whether `noexec` is among them"
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="missing-library-link",
        title="The linker does not find a library",
        meaning=(
            "Crates with C code, and a static Python whose modules are built in, name "
            "libraries of the system. Linking needs their development packages."
        ),
        signs=(
            # GNU ld, gold.
            Sign("cannot find -l", rf"cannot find -l{_OTHER}"),
            # lld.
            Sign("unable to find library -l", rf"unable to find library -l{_OTHER}"),
            # mold.
            Sign("library not found: ", rf"mold: \w+: library not found: {_OTHER}"),
            # Apple's linkers.
            Sign("library not found for -l", rf"library not found for -l{_OTHER}"),
            Sign("ld: library '", rf"ld: library '{_OTHER}' not found"),
            # rustc itself, for `static=`.
            Sign(
                "could not find native static library `",
                rf"could not find native static library `{_OTHER}`",
            ),
        ),
        examples=(
            "/usr/bin/ld: cannot find -lssl: No such file or directory",
            "/usr/bin/ld.gold: error: cannot find -lstdc++",
            "rust-lld: error: unable to find library -lutil",
            "mold: fatal: library not found: sqlite3",
            "ld: library not found for -lffi",
            "error: could not find native static library `z`, perhaps an -L is missing",
        ),
        advise=_link,
        yields_to=(
            "import-library-missing",
            "missing-startup-objects",
            "missing-unwinder",
        ),
    ),
    Rule(
        id="missing-library-run",
        title="A program does not find a library when it starts",
        meaning=(
            "The loader looks in the run path of a program, in LD_LIBRARY_PATH and in "
            "the folders of the system. libstdc++ and libssl are missing on small "
            "systems and in containers."
        ),
        signs=(
            Sign(
                "error while loading shared libraries: ",
                r"(?:(?P<program>[^\s:]+): )?error while loading shared libraries: "
                r"(?P<library>(?!libpy)[^\s:]+): cannot open shared object",
            ),
            Sign(
                "Error loading shared library ",
                r"Error loading shared library (?P<library>(?!libpython|ld-linux|"
                r"libc\.so)[^\s:]+): .*\(needed by (?P<program>[^)]+)\)",
            ),
        ),
        examples=(
            (
                "./app: error while loading shared libraries: libstdc++.so.6: cannot "
                "open shared object file: No such file or directory"
            ),
            (
                "Error loading shared library libssl.so.3: No such file or directory "
                "(needed by ./app)"
            ),
        ),
        advise=_start,
    ),
    Rule(
        id="folder-not-executable",
        title="A module lies in a folder where nothing may be executed",
        meaning=(
            "File systems can be mounted with `noexec`. Then neither programs nor "
            "shared libraries in them can be used."
        ),
        signs=(
            Sign(
                "failed to map segment from shared object",
                r"(?:ImportError|error while loading shared libraries|OSError): "
                r"(?P<file>[^\s:]+): failed to map segment from shared object",
            ),
        ),
        examples=(
            "ImportError: /tmp/x/mod.so: failed to map segment from shared object",
            (
                "/mnt/app: error while loading shared libraries: /mnt/app: failed to "
                "map segment from shared object"
            ),
        ),
        advise=_not_executable,
    ),
)
