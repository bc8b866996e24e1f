"""Imports that fail because a file was made for another system."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _architecture(seen: Seen, context: Context) -> Advice:
    file = seen.first("file") or "The module"
    theirs, ours = seen.first("theirs"), seen.first("ours")
    kind = f": it is {theirs}, and this Python wants {ours}" if theirs and ours else ""
    if not kind and theirs:
        kind = f": it is {theirs}"
    del context
    return Advice(
        f"{file} is for another architecture than the Python that imports it{kind}.",
        (
            Fix(
                'python -c "import platform; print(platform.machine())"',
                "shows what this Python is (Rosetta and 32-bit Pythons tell here)",
            ),
            Fix("ferrule develop", "builds it for the Python of this environment"),
            Fix(
                "CARGO_BUILD_TARGET=x86_64-apple-darwin",
                "an x86-64 Python on an ARM Mac",
            ),
        ),
    )


def _symbol_version(seen: Seen, context: Context) -> Advice:
    del context
    family, version = seen.first("family"), seen.first("version")
    needer = seen.first("needer") or seen.first("file")
    named = {
        "GLIBC": "the C library (glibc)",
        "GLIBCXX": "libstdc++",
        "CXXABI": "libstdc++",
        "GCC": "libgcc",
    }.get(family, family)
    wheel = version.replace(".", "_")
    return Advice(
        f"{needer} needs {family} {version}, and {named} of this machine is older. It "
        "was built on a newer system than the one where it runs.",
        (
            Fix(
                "build it in a manylinux container",
                "quay.io/pypa/manylinux_2_28_x86_64 makes modules for glibc 2.28 and "
                "newer; the wheel's tag says the same"
                + (f" (this one needs manylinux_{wheel})" if family == "GLIBC" else ""),
            ),
            Fix("ferrule develop", "or build it on the machine where it runs"),
        ),
    )


def _musl(seen: Seen, context: Context) -> Advice:
    del context
    return Advice(
        f"{seen.first('file') or 'The module'} was made for glibc, and this system "
        "(Alpine, for example) has musl.",
        (
            Fix("pip install --no-binary :all: <project>", "builds it here"),
            Fix(
                "a wheel with a musllinux tag", "built on Alpine or for a -musl target"
            ),
        ),
    )


def _static_tls(seen: Seen, context: Context) -> Advice:
    del context
    return Advice(
        f"{seen.first('file') or 'The module'} uses thread-local storage of a kind "
        "that must exist when the process starts (jemalloc, often), and there is no "
        "room left.",
        (
            Fix(
                'features = ["disable_initial_exec_tls"]',
                "of tikv-jemallocator in Cargo.toml",
            ),
            Fix("LD_PRELOAD=<module>.so python", "for a try: loads it at the start"),
        ),
    )


RULES: Final = (
    Rule(
        id="wrong-architecture-import",
        title="The module is for another architecture",
        meaning=(
            "Python loads modules of its own architecture only: no x86-64 module in an "
            "ARM Python (or under Rosetta the other way), no 64-bit one in a 32-bit "
            "Python."
        ),
        signs=(
            Sign(
                "incompatible architecture (have '",
                r"'?(?P<file>[^\s']+)'? \(mach-o file, but is an incompatible "
                r"architecture \(have '(?P<theirs>[^']+)', need '(?P<ours>[^']+)'",
            ),
            Sign(
                "mach-o, but wrong architecture",
                r"(?P<file>\S+): mach-o, but wrong architecture",
            ),
            Sign(
                "wrong ELF class: ",
                r"(?P<file>[^\s'\":]+): wrong ELF class: (?P<theirs>ELFCLASS\d+)",
            ),
            Sign(
                "invalid ELF header",
                r"(?P<file>[^\s'\":]+): (?P<theirs>invalid ELF header)",
            ),
            Sign(
                "%1 is not a valid Win32 application",
                r"DLL load failed(?: while importing (?P<file>\w+))?: %1 is not a "
                r"valid "
                r"Win32 application",
            ),
        ),
        examples=(
            # maturin issue 2041.
            (
                "ImportError: dlopen(/dev/_rust_notify.cpython-311-darwin.so, "
                "0x0002): tried: '/dev/_rust_notify.cpython-311-darwin.so' (mach-o "
                "file, but is an incompatible architecture (have 'arm64', need "
                "'x86_64'))"
            ),
            "ImportError: /venv/m.so: wrong ELF class: ELFCLASS32",
            # PyO3 issue 1705.
            "ImportError: DLL load failed: %1 is not a valid Win32 application",
        ),
        advise=_architecture,
    ),
    Rule(
        id="system-library-too-old",
        title="The system's C library is older than the module wants",
        meaning=(
            "A module uses the newest functions of the C library it was built with. On "
            "an older system they do not exist. Wheels state the oldest glibc in their "
            "tag (manylinux_2_28)."
        ),
        signs=(
            Sign(
                "' not found (required by ",
                r"version "
                r"[`'](?P<family>GLIBC|GLIBCXX|CXXABI|GCC)_(?P<version>[\d.]+)' "
                r"not found \(required by (?P<needer>[^)]+)\)",
            ),
        ),
        examples=(
            (
                "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' "
                "not found (required by /venv/m.abi3.so)"
            ),
        ),
        advise=_symbol_version,
    ),
    Rule(
        id="glibc-module-on-musl",
        title="A module for glibc on a system with musl",
        meaning="Alpine and other musl systems need modules of their own.",
        signs=(
            Sign(
                "Error loading shared library ld-linux",
                r"Error loading shared library ld-linux[^:]*: .*\(needed by "
                r"(?P<file>[^)]+)\)",
            ),
            Sign(
                "Error loading shared library libc.so.6",
                r"Error loading shared library libc\.so\.6: .*\(needed by "
                r"(?P<file>[^)]+)\)",
            ),
        ),
        examples=(
            (
                "ImportError: Error loading shared library ld-linux-x86-64.so.2: No "
                "such file or directory (needed by /venv/m.abi3.so)"
            ),
        ),
        advise=_musl,
    ),
    Rule(
        id="static-tls",
        title="No room for the module's thread-local storage",
        meaning="A few libraries must be loaded with the process, not later.",
        signs=(
            Sign(
                "static TLS block",
                r"(?P<file>[^\s'\":]+): cannot allocate memory in static TLS block",
            ),
        ),
        examples=(
            "ImportError: /venv/m.so: cannot allocate memory in static TLS block",
        ),
        advise=_static_tls,
    ),
)
