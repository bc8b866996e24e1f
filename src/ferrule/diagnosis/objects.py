"""Object files that a linker refuses: LTO and position."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _lto(seen: Seen, context: Context) -> Advice:
    del context
    file, theirs, ours = (seen.first(name) for name in ("file", "theirs", "ours"))
    major = theirs.partition(".")[0]
    fixes = [
        Fix(
            'rustflags = ["-C", "link-arg=-fno-use-linker-plugin"]',
            "in .cargo/config.toml: uses the machine code of fat objects",
        ),
        Fix(
            f'linker = "gcc-{major}"',
            "in .cargo/config.toml below [target.<triple>]: the same compiler as "
            "theirs",
        ),
    ]
    if file.endswith(".rlib"):
        fixes = [
            Fix("cargo clean", "the .rlib was made in a build with other flags"),
            *fixes,
        ]
    return Advice(
        f"{file} was made by GCC with LTO format {theirs}; the compiler that links "
        f"here reads {ours} only. Link time optimisation works between equal major "
        "versions of the compiler. If its objects are fat (they hold machine code "
        "too), leaving the linker plugin out is enough; slim ones need that GCC, or a "
        "libpython built without --with-lto.",
        (
            Fix(
                "ferrule bundle --mode static",
                "reads the archive, and chooses the linker and the flags that fit it",
            ),
            *fixes,
        )
        if "python" in file
        else tuple(fixes),
    )


def _without_plugin(seen: Seen) -> Advice | None:
    file = seen.first("file")
    return Advice(
        f"{file} holds the intermediate code of a compiler (-flto) and no machine code "
        "beside it. The compiler's plugin for the linker could make some, and this "
        "link runs without it: -fno-use-linker-plugin or -fno-lto is among the flags.",
        (
            Fix(
                "ferrule bundle --mode static",
                "reads the archive, and chooses the linker and the flags that fit it",
            ),
            Fix(
                "remove -fno-use-linker-plugin and -fno-lto",
                "from rustflags and from the linker's name in .cargo/config.toml",
            ),
            Fix(
                "use a Python that was built without --with-lto",
                "its archive has machine code, which every linker reads",
            ),
        ),
    )


def _bitcode(seen: Seen, context: Context) -> Advice | None:
    del context
    if "plugin" in seen.names and "bitcode" not in seen.names:
        return _without_plugin(seen)
    is_named = "python" in " ".join(seen.values.get("file", ())) or seen.fact("static")
    if "bitcode" not in seen.names and not is_named:
        return None
    file = seen.first("file") or seen.fact("static") or "an object file"
    producer, reader = seen.first("producer"), seen.first("reader")
    if reader:
        return _newer_bitcode(file, producer, reader)
    made = f" by {producer}" if producer else ""
    return Advice(
        f"{file} does not hold machine code but intermediate code of another compiler"
        f"{made}, from link time optimisation (python-build-standalone's full archives "
        "are LLVM bitcode). The linker in use cannot read that; one of LLVM as new as "
        "the compiler that made it can, such as the rust-lld that comes with Rust.",
        (
            Fix(
                "remove linker-features=-lld and -fuse-ld",
                "from rustflags: then rust-lld links (x86-64 Linux, Rust 1.90)",
            ),
            Fix(
                'rustflags = ["-C", "link-arg=-fuse-ld=lld"]',
                "elsewhere, with an installed lld",
            ),
        ),
    )


def _newer_bitcode(file: str, producer: str, reader: str) -> Advice:
    return Advice(
        f"{file} is intermediate code of {producer}, and the lld in use is that of "
        f"{reader}. LLVM reads the code of older releases only.",
        (
            Fix(
                "remove linker-features=-lld and -fuse-ld",
                "from rustflags: then the lld of Rust links, mostly the newest one "
                "here (x86-64 Linux, Rust 1.90)",
            ),
            Fix("rustup update", "a newer Rust has a newer LLVM"),
            Fix(
                "use a Python that was built without --with-lto",
                "its archive has machine code, which every linker reads",
            ),
        ),
        title="An archive is bitcode of a newer LLVM than the linker's",
    )


def _pie(seen: Seen, context: Context) -> Advice | None:
    del context
    file = seen.first("file") or seen.fact("static") or seen.first("holder")
    if not file:
        return None
    library = seen.fact("static") if "python" not in file else file
    # Without the name of the member: `libpython3.12.a(config.o)`.
    library = (library or file).partition("(")[0]
    fixes = [
        Fix(
            'rustflags = ["-C", "relocation-model=static"]',
            "in .cargo/config.toml below [target.<triple>]: links a program that is "
            "not position-independent",
        ),
        Fix(
            "./configure CFLAGS=-fPIC",
            "builds a Python whose libpython.a fits everywhere",
        ),
    ]
    if "python" in library:
        fixes.insert(
            0,
            Fix(
                "ferrule bundle --mode static",
                "takes the archive or the flag that fits",
            ),
        )
        pic = library.rpartition("/")[2].replace(".a", "-pic.a")
        if library.startswith("/usr/lib/"):
            fixes.insert(
                0, Fix(f"lib_name={pic[3:-2]}", f"Debian ships {pic} beside it")
            )
    return Advice(
        f"{file} was compiled for a fixed address ({seen.first('kind') or 'not PIC'}), "
        "and Rust links position-independent programs and modules. A module cannot "
        "hold such an object at all; a program can, if it gives up being "
        "position-independent.",
        tuple(fixes),
        title="" if "python" in library else "An object is not position-independent",
    )


_RELOCATION: Final = r"(?P<kind>R_\w+)"

RULES: Final = (
    Rule(
        id="lto-version-mismatch",
        title="libpython.a has LTO code of another version of GCC",
        meaning=(
            "A static libpython that was built with --with-lto holds GCC's "
            "intermediate code. Only a GCC of the same major version reads it. Under "
            "lld the same archive looks as if its symbols were missing."
        ),
        signs=(
            Sign(
                "generated with LTO version",
                r"bytecode stream in file ['`](?P<file>[^']+)' generated with LTO "
                r"version (?P<theirs>[\d.]+) instead of the expected (?P<ours>[\d.]+)",
            ),
        ),
        examples=(
            (
                "lto1: fatal error: bytecode stream in file '/usr/lib/libpython3.9.a' "
                "generated with LTO version 6.0 instead of the expected 6.2"
            ),
        ),
        advise=_lto,
        url=guide.STATIC,
    ),
    Rule(
        id="bitcode-libpython",
        title="libpython.a holds code that this linker cannot read",
        meaning=(
            "Link time optimisation leaves intermediate code instead of machine code "
            "in archives. GNU ld, gold and mold hand it to the compiler's plugin, "
            "which reads only its own; lld reads LLVM's, if it is not older than the "
            "compiler that wrote it."
        ),
        signs=(
            Sign(
                "error adding symbols: file format not recognized",
                r"(?P<file>[^\s:]+): error adding symbols: file format not recognized",
            ),
            Sign(
                "plugin failed to claim member",
                r"error: (?P<file>[^\s:]+): plugin failed to claim member",
                "bitcode",
            ),
            Sign(
                "not claimed by the LTO plugin",
                r"(?P<file>[^\s:]+): not claimed by the LTO plugin",
                "bitcode",
            ),
            Sign(
                " is not an ELF object",
                r"error: (?P<file>[^\s:]+): member \S+ at \d+ is not an ELF object",
                "bitcode",
            ),
            Sign(
                "plugin needed to handle lto object",
                # gold says it of the compiler's own crtend.o too.
                r"(?P<file>[^\s:]+\)): plugin needed to handle lto object",
                "plugin",
            ),
            Sign(
                "don't know how to handle this LTO object file",
                r"(?P<file>[^\s:]+): don't know how to handle this LTO object file",
                "plugin",
            ),
            Sign(
                "(Producer: '",
                r"(?P<file>[^\s:]*): .*\(Producer: '(?P<producer>LLVM[^']*)' "
                r"Reader: '?(?P<reader>LLVM[^')]*)",
                "bitcode",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: /opt/libpython3.12.a: error adding symbols: file "
                "format not recognized"
            ),
            (
                "/usr/bin/ld.gold: error: python3.12: plugin failed to claim member "
                "zlibmodule.o at 138"
            ),
            (
                "/usr/bin/ld: /opt/libpython3.12.a(config.o): plugin needed to handle "
                "lto object"
            ),
            (
                "mold: fatal: config.o: don't know how to handle this LTO object file "
                "because no -plugin option was given."
            ),
            (
                "/usr/bin/ld.gold: error: /opt/libpython3.12.a: member config.o at 118 "
                "is not an ELF object"
            ),
            (
                "ld.lld: error: /opt/libpython3.12.a(config.o): Opaque pointers are "
                "only supported in -opaque-pointers mode (Producer: 'LLVM22.1.2' "
                "Reader: 'LLVM 14.0.6')"
            ),
            (
                "mold: fatal: config.o: not claimed by the LTO plugin; please make "
                "sure you are using the same compiler of the same version for all "
                "object files"
            ),
        ),
        advise=_bitcode,
        url=guide.STATIC,
    ),
    Rule(
        id="pie-relocation",
        title="libpython.a is not position-independent",
        meaning=(
            "Rust links programs as position-independent executables, and modules "
            "are shared libraries. Objects that were compiled without -fPIC (the "
            "default of a static Python) have absolute addresses, which neither can "
            "hold."
        ),
        signs=(
            Sign(
                "can not be used when making a",
                rf"(?P<file>[^\s:]+): relocation {_RELOCATION} against .* can ?not be "
                r"used when making an? (?:PIE|shared) object",
            ),
            Sign(
                "cannot be used against",
                rf"relocation {_RELOCATION} cannot be used against (?:local )?symbol",
            ),
            # lld, some lines further.
            Sign(">>> ", r">>> .*? in archive (?P<holder>\S+)", "holder"),
            Sign(">>> defined in ", r">>> defined in (?P<holder>\S+\.a\b)", "holder"),
            # mold.
            Sign(
                "recompile with -fPI",
                rf"error: (?P<file>[^\s:]+?):(?:\([^)]*\):)? {_RELOCATION} "
                rf"relocation at "
                r"offset .* can not be used",
            ),
            # gold.
            Sign(
                "dynamic reloc",
                r"error: (?P<file>[^\s:]+): requires (?:unsupported )?dynamic "
                r"(?:reloc \d+|(?P<kind>R_\w+) reloc)",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: /usr/lib/libpython3.9.a(zlibmodule.o): relocation "
                "R_X86_64_32 against `.data' can not be used when making a PIE "
                "object; recompile with -fPIE"
            ),
            (
                "rust-lld: error: relocation R_X86_64_32S cannot be used against "
                "symbol 'Py_data'; recompile with -fPIC\n"
                ">>> defined in /opt/libpython3.12.a(config.o)"
            ),
            (
                "mold: error: /opt/libpython3.12.a(config.o):(.text): R_X86_64_32S "
                "relocation at offset 0x28 against symbol `Py_data' can not be used; "
                "recompile with -fPIC"
            ),
            (
                "/usr/bin/ld.gold: error: /opt/libpython3.12.a(config.o): requires "
                "unsupported dynamic reloc 11; recompile with -fPIC"
            ),
        ),
        advise=lambda seen, context: (
            _pie(seen, context) if seen.names != {"holder"} else None
        ),
        url=guide.STATIC,
    ),
)
