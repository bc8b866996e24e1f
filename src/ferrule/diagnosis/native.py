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


def _is_of_python(library: str) -> bool:
    """Whether modules that are built into a static Python need a library."""
    from ferrule.bundle.static.libraries import PACKAGES

    return library in PACKAGES or library in {"m", "dl", "util", "pthread", "crypt"}


def _link_on_windows(names: tuple[str, ...]) -> Advice:
    files = " or ".join(f"{name}.lib" for name in names[:3])
    unix = names[0] in {"stdc++", "m", "pthread", "dl", "c", "gcc"}
    if names[0].startswith("windows."):
        return Advice(
            f"The linker looked for {files}, the import library of the crates "
            "`windows`, and found none. It lies in cargo's folder of sources, to which "
            "a build script leads; that folder was moved or cleaned, or the target "
            "folder was copied.",
            (
                Fix("cargo clean", "runs the build scripts again"),
                Fix(
                    "cargo update -p windows-targets", "newer ones do without the file"
                ),
            ),
        )
    return Advice(
        f"The linker looked for {files} and found none."
        + (
            f" No Windows has a library `{names[0]}`: a build script or a flag is "
            "written for Linux or macOS."
            if unix
            else " A crate asks for it; its import library must be in a folder that "
            "the linker is told. Copied target folders cause it, too."
        ),
        (
            Fix("cargo clean", "if it was built before: folders may have moved"),
            Fix(
                f"vcpkg install {names[0].lower()}:x64-windows-static-md",
                "for C libraries that vcpkg has; many build scripts look there",
            ),
            Fix(
                "a feature such as `vendored`, `bundled` or `static`",
                "of the crate that links it",
            ),
        )[1 if unix else 0 :],
    )


def _link(seen: Seen, context: Context) -> Advice:
    names = seen.values.get("library", ())
    if "windows" in seen.names:
        return _link_on_windows(names)
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
    fixes.append(
        Fix(
            'rustflags = ["-L", "native=<folder>"]',
            "below [target.<triple>] in .cargo/config.toml, if it lies elsewhere",
        )
    )
    of_python = any(_is_of_python(name) for name in names)
    if of_python:
        fixes.append(
            Fix(
                "ferrule bundle --mode static",
                "for a static Python: says before it links what is missing",
            )
        )
    static = ", or the static Python that is linked" if of_python else ""
    return Advice(
        f"The linker looked for {files}{where} and found none. A crate asks for it"
        f"{static}. A libNAME.so.1 alone serves programs that run; the linker wants "
        "the file without a number, from a development package.",
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


def _not_executable(seen: Seen, context: Context) -> Advice | None:
    del context
    if "script" in seen.names and "denied" not in seen.names:
        return None
    if seen.names == {"denied"}:
        return None
    script = (
        (Fix("CARGO_TARGET_DIR=<folder without noexec>", "builds elsewhere"),)
        if "script" in seen.names
        else ()
    )
    return Advice(
        f"{seen.first('file')} lies where nothing may be executed (a file system that "
        "is mounted with `noexec`: often /tmp, /home or /dev/shm), or a security "
        "module forbids it. Modules are code like programs.",
        (
            *script,
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


_WINDOWS: Final = (
    r"(?:kernel32|ntdll|user32|advapi32|userenv|ws2_32|bcrypt|dbghelp|shell32|ole32|"
    r"msvcrtd?|libcmtd?|libvcruntimed?|vcruntimed?|ucrtd?|libucrtd?|oldnames|uuid)"
)
"""What Visual Studio and the Windows SDK bring, and rustc always links."""
_QUOTED_LIB: Final = rf"(?P<library>(?!python3)(?!{_WINDOWS}\.lib)[\w][\w+.-]*?)\.lib"


def _windows_sdk(seen: Seen, context: Context) -> Advice:
    name = seen.first("library")
    if "lld" in seen.names or (context.host and "windows" not in context.host):
        return Advice(
            f"{name} belongs to the Windows SDK or to Visual C++, which a cross build "
            "has to be given: the linker got no folder with it.",
            (
                Fix(
                    "ferrule build --target x86_64-pc-windows-msvc --xwin",
                    "downloads the SDK once, if you accept its licence",
                ),
                Fix(
                    "ferrule build --zig --target x86_64-pc-windows-gnullvm",
                    "needs no SDK",
                ),
            ),
        )
    return Advice(
        f"link.exe runs and does not find {name}, which belongs to every Windows "
        "program: the Windows SDK or the C++ libraries for this processor are not "
        "installed, or the shell has a variable LIB from another Visual Studio.",
        (
            Fix(
                "winget install Microsoft.VisualStudio.2022.BuildTools",
                'with the workload "Desktop development with C++", which has the SDK; '
                "on ARM add the C++ tools for ARM64",
            ),
            Fix("set LIB=", "in the shell, if it is set; rustc finds the folders"),
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
            # Visual Studio, in any language, and lld-link.
            Sign("LNK1181", rf"LNK1181: [^'\"]*['\"]{_QUOTED_LIB}['\"]", "windows"),
            Sign("LNK1104", rf"LNK1104: [^'\"]*['\"]{_QUOTED_LIB}['\"]", "windows"),
            Sign("could not open '", rf"could not open '{_QUOTED_LIB}'", "windows"),
        ),
        examples=(
            "/usr/bin/ld: cannot find -lssl: No such file or directory",
            "/usr/bin/ld.gold: error: cannot find -lstdc++",
            "rust-lld: error: unable to find library -lutil",
            "mold: fatal: library not found: sqlite3",
            "ld: library not found for -lffi",
            "error: could not find native static library `z`, perhaps an -L is missing",
            "LINK : fatal error LNK1181: cannot open input file 'libcrypto.lib'",
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
            # cargo, of build scripts.
            Sign(
                "(never executed)",
                r"could not execute process `(?P<file>[^`\s]+).*\(never executed\)",
                "script",
            ),
            Sign("(os error 13)", r"Permission denied \(os error 13\)", "denied"),
        ),
        examples=(
            "ImportError: /tmp/x/mod.so: failed to map segment from shared object",
            (
                "/mnt/app: error while loading shared libraries: /mnt/app: failed to "
                "map segment from shared object"
            ),
            (
                "could not execute process `/tmp/pip-x/build-script-build` (never "
                "executed)\nCaused by:\n  Permission denied (os error 13)"
            ),
        ),
        advise=_not_executable,
    ),
    Rule(
        id="windows-sdk-missing",
        title="The libraries of Windows itself are missing",
        meaning=(
            "Every program for Windows is linked to kernel32.lib and others, which "
            "come with the Windows SDK and Visual C++; a linker alone is not enough."
        ),
        signs=(
            Sign("LNK1181", rf"LNK1181: [^'\"]*['\"](?P<library>{_WINDOWS}\.lib)['\"]"),
            Sign("LNK1104", rf"LNK1104: [^'\"]*['\"](?P<library>{_WINDOWS}\.lib)['\"]"),
            Sign(
                "could not open '",
                rf"could not open '(?P<library>{_WINDOWS}\.lib)'",
                "lld",
            ),
        ),
        examples=(
            "LINK : fatal error LNK1181: cannot open input file 'kernel32.lib'",
            "lld-link: error: could not open 'kernel32.lib': No such file or directory",
        ),
        advise=_windows_sdk,
        url="https://rust-lang.github.io/rustup/installation/windows-msvc.html",
    ),
)
