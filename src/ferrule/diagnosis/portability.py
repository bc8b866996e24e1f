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


def _newest(versions: tuple[str, ...]) -> str:
    return max(
        versions, key=lambda text: [int(part) for part in text.split(".") if part]
    )


def _symbol_version(seen: Seen, context: Context) -> Advice:
    del context
    family = seen.first("family")
    version = _newest(seen.values.get("version", ("0",)))
    needer = seen.first("needer") or seen.first("file")
    named = {
        "GLIBC": "the C library (glibc)",
        "GLIBCXX": "libstdc++",
        "CXXABI": "libstdc++",
        "GCC": "libgcc",
    }.get(family, family)
    needs = (
        f"{needer or 'The module'} needs {family} {version}, and {named} of this "
        "machine is older."
    )
    place = needer.replace("\\", "/")
    if "/.rustup/" in place or place.endswith(("/rustc", "/cargo")):
        return _old_for_rust(needs)
    if "build-script" in place or ("/target/" in place and "/deps/" in place):
        return _foreign_target_folder(needs)
    wheel = version.replace(".", "_")
    conda = (
        (
            Fix(
                "conda install -c conda-forge libstdcxx-ng",
                "if the libstdc++ that is found is that of a conda environment",
            ),
        )
        if family in {"GLIBCXX", "CXXABI"}
        else ()
    )
    return Advice(
        f"{needs} It was built on a newer system than the one where it runs.",
        (
            *conda,
            Fix(
                "build it in a manylinux container",
                "quay.io/pypa/manylinux_2_28_x86_64 makes modules for glibc 2.28 and "
                "newer; the wheel's tag says the same"
                + (f" (this one needs manylinux_{wheel})" if family == "GLIBC" else ""),
            ),
            Fix("ferrule build --zig", "links against an old glibc on any machine"),
            Fix("ferrule develop", "or build it on the machine where it runs"),
            Fix(
                "pip install --upgrade pip; pip install --force-reinstall "
                "--only-binary :all: <project>",
                "for a package of somebody else, where it runs (or with --platform "
                "manylinux2014_x86_64 where it is packed)",
            ),
        ),
    )


def _old_for_rust(needs: str) -> Advice:
    return Advice(
        f"{needs} Rust 1.64 and newer run with glibc 2.17 or newer (CentOS 7, "
        "manylinux2014).",
        (
            Fix("build in manylinux2014 or newer", "or on a newer system"),
            Fix("rustup default 1.63", "the last Rust for glibc 2.11 to 2.16"),
            Fix("pip install --only-binary :all: <project>", "if you only install it"),
        ),
        title="This system is too old for Rust itself",
    )


def _foreign_target_folder(needs: str) -> Advice:
    return Advice(
        f"{needs} It is a program that cargo compiled for its own use, on another "
        "system: the target folder is shared between two systems (a container with "
        "the folder mounted, a restored CI cache, `COPY . .` with target/ in it).",
        (
            Fix("cargo clean", "removes what the other system made"),
            Fix("CARGO_TARGET_DIR=target/<system>", "one folder for each system"),
            Fix("target/", "a line in .dockerignore"),
        ),
        title="The target folder was filled on a newer system",
    )


def _signature(seen: Seen, context: Context) -> Advice:
    del context
    file = seen.first("file") or "<module>.so"
    return Advice(
        "macOS ends a process that loads code whose signature does not fit its "
        "content. A module that was written over while some process had it open, or "
        "that a tool changed after it was linked (strip, install_name_tool), has such "
        "a one.",
        (
            Fix(
                "ferrule develop", "writes a new file instead, and signs what it edits"
            ),
            Fix(f"codesign --force --sign - {file}", "signs it anew"),
            Fix(
                "rm <old>; cp <new> <old>",
                "instead of cp alone: the system remembers signatures by file",
            ),
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
    file = seen.first("file") or "<module>.so"
    preload = f"LD_PRELOAD={file} python"
    if file.rpartition("/")[2].startswith("lib"):
        return Advice(
            f"{file} uses thread-local storage of a kind that must exist when the "
            "process starts, and other libraries have taken the room by the time it "
            "is loaded.",
            (
                Fix("import what needs it first", "before all other modules"),
                Fix(preload, "loads it at the start of the process"),
            ),
        )
    return Advice(
        f"{seen.first('file') or 'The module'} uses thread-local storage of a kind "
        "that must exist when the process starts (jemalloc, often), and there is no "
        "room left.",
        (
            Fix(
                'features = ["disable_initial_exec_tls"]',
                "of tikv-jemallocator in Cargo.toml",
            ),
            Fix(preload, "for a try: loads it at the start"),
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
                "incompatible architecture (have ",
                # Quoted or, until macOS 12, in brackets.
                r"'?(?P<file>[^\s']+)'? \(mach-o file, but is an incompatible "
                r"architecture \(have ['(](?P<theirs>[^')]+)[')], need "
                r"['(](?P<ours>[^')]+)[')]",
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
            Sign(
                "' not found",
                r"(?:ImportError|OSError): (?P<library>\S+): version "
                r"[`'](?P<family>GLIBC|GLIBCXX|CXXABI|GCC)_(?P<version>[\d.]+)' not "
                r"found",
            ),
        ),
        examples=(
            (
                "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' "
                "not found (required by /venv/m.abi3.so)"
            ),
            (
                "/root/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/rustc: "
                "/lib64/libc.so.6: version `GLIBC_2.17' not found (required by "
                "/root/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/rustc)"
            ),
            (
                "/lib64/libc.so.6: version `GLIBC_2.29' not found (required by "
                "/src/target/release/build/libc-0a65/build-script-build)"
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
    Rule(
        id="code-signature",
        title="macOS refuses a module because of its signature",
        meaning=(
            "On Apple silicon all code is signed, what is built locally with an ad-hoc "
            "signature. If it does not fit, the process is killed (signal 9), "
            "often without a word."
        ),
        signs=(
            Sign("Code Signature Invalid", r"Code Signature Invalid"),
            Sign(
                "code signature in",
                r"code signature in (?:<[^>]*> )?[('](?P<file>[^)']+)[)'] not valid "
                r"for use",
            ),
            Sign("unsigned library", r"Trying to load an unsigned library"),
            Sign("cs_invalid_page", r"CODE SIGNING: .*cs_invalid_page"),
        ),
        examples=(
            "Exception Type:  EXC_BAD_ACCESS (SIGKILL (Code Signature Invalid))",
            (
                "ImportError: dlopen(/m.so, 0x0002): tried: '/m.so' (code signature in "
                "<no uuid> '/m.so' not valid for use in process: Trying to load an "
                "unsigned library)"
            ),
        ),
        advise=_signature,
    ),
)
