"""C code of crates: what its compilation lacks."""

from __future__ import annotations

import re
from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _perl(seen: Seen, context: Context) -> Advice:
    del context
    module = seen.first("module").replace("/", "::")
    package = "perl-" + module.replace("::", "-")
    return Advice(
        f"OpenSSL is compiled from source (feature `vendored`), and its configuration "
        f"is a Perl program that needs the module {module}. Fedora, Rocky and the "
        "manylinux containers split Perl into many packages.",
        (
            Fix(
                "dnf install perl-core",
                f"or `yum install {package} perl-Data-Dumper`; in manylinux "
                "containers, before the build (CIBW_BEFORE_ALL, before-script-linux)",
            ),
            Fix("apt install perl", "Debian and Ubuntu"),
            Fix(
                "apt install libssl-dev pkg-config",
                "or openssl-devel: uses the system's OpenSSL, without `vendored`",
            ),
        ),
    )


def _arm(seen: Seen, context: Context) -> Advice:
    del seen
    variable = (context.target or "aarch64-unknown-linux-gnu").replace("-", "_")
    level = "7" if variable.startswith(("armv7", "thumbv7")) else "8"
    return Advice(
        "The assembler code of a crate (ring, mostly) asks for the version of the ARM "
        "processor, and the GCC of the manylinux2014 cross container is too old to "
        "tell it.",
        (
            Fix(f"CFLAGS_{variable}=-D__ARM_ARCH={level}", "in the environment"),
            Fix("ferrule build --zig", "compiles C with a newer compiler"),
            Fix("manylinux: 2_28", "a newer container, with a newer GCC"),
        ),
    )


_C_LIBRARY: Final = re.compile(
    r"(?:(?:bits|gnu|sys)/[\w-]+|std(?:int|bool)|string|assert|features|limits|math"
    r"|errno|unistd|inttypes|ctype|time|signal|pthread)\.h$"
)
"""Headers that every C library has."""


def _header(seen: Seen, context: Context) -> Advice:
    del context
    header = seen.first("header")
    packages = {
        "Python.h": "python3-dev",
        "openssl/ssl.h": "libssl-dev",
        "openssl/opensslv.h": "libssl-dev",
        "zlib.h": "zlib1g-dev",
        "ffi.h": "libffi-dev",
        "stdlib.h": "libc6-dev",
        "stdio.h": "libc6-dev",
        "stddef.h": "gcc",
        "linux/types.h": "linux-libc-dev",
    }
    package = packages.get(header, "")
    if header == "gnu/stubs-32.h":
        package = "gcc-multilib"
    elif not package and _C_LIBRARY.match(header):
        package = "libc6-dev"
    cross = (
        (
            Fix(
                "ferrule build --zig --target <triple>",
                "in a cross build: brings the headers of the target's C library",
            ),
            Fix(
                "apt install libc6-dev-arm64-cross",
                "in a cross build, for AArch64, with the compiler of the target",
            ),
        )
        if package == "libc6-dev"
        else ()
    )
    more = (
        " PyO3 needs no headers of Python; C code beside it does."
        if header == "Python.h"
        else ""
    )
    return Advice(
        f"A build script compiles C or C++ code that includes <{header}>, and no such "
        f"file is in the compiler's folders.{more}",
        (
            Fix(f"apt install {package}", "Debian and Ubuntu")
            if package
            else Fix(
                f"apt-file search /{header}", "Debian and Ubuntu: names the package"
            ),
            *cross,
            Fix("CFLAGS=-I/folder/of/headers", "if it lies elsewhere"),
        ),
    )


def _cmake(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "CMake 4 refuses projects that were written for CMake before 3.5, and a crate "
        "has such C code in it.",
        (
            Fix(
                "CMAKE_POLICY_VERSION_MINIMUM=3.5",
                "in the environment: CMake 4 tries nevertheless",
            ),
            Fix("cargo update", "newer releases of the crate have newer C code"),
            Fix("pip install 'cmake<4'", "an older CMake, first in PATH"),
        ),
    )


RULES: Final = (
    Rule(
        id="perl-module-missing",
        title="OpenSSL's configuration needs a module of Perl",
        meaning="openssl-src compiles OpenSSL with Perl and make.",
        signs=(Sign(".pm in @INC", r"Can't locate (?P<module>[\w/]+)\.pm in @INC"),),
        examples=("Can't locate IPC/Cmd.pm in @INC (@INC contains: /usr/lib64/perl5)",),
        advise=_perl,
    ),
    Rule(
        id="arm-version-unknown",
        title="Assembler code does not learn the version of the ARM processor",
        meaning=(
            "Compilers tell it as `__ARM_ARCH`. GCC 4.8, that of manylinux2014's cross "
            "containers, does not for assembler code."
        ),
        signs=(Sign("__ARM_ARCH", r"ARM assembler must define __ARM_ARCH"),),
        examples=('error: #error "ARM assembler must define __ARM_ARCH"',),
        advise=_arm,
        url="https://github.com/briansmith/ring/issues/1728",
    ),
    Rule(
        id="c-header-missing",
        title="A header of C code is missing",
        meaning=(
            "Headers come with the development package of a library (-dev, -devel)."
        ),
        signs=(
            # GCC, then clang and Visual Studio.
            Sign(
                ": No such file or directory",
                r"fatal error: (?P<header>[\w./+-]+\.h(?:pp)?): No such file or "
                r"directory",
            ),
            Sign(
                "' file not found", r"fatal error: '(?P<header>[^']+)' file not found"
            ),
            Sign(
                "C1083",
                r"fatal error C1083: .*'(?P<header>[^']+\.h(?:pp)?)': No such file",
            ),
        ),
        examples=(
            "warning: demo.c:1:10: fatal error: zlib.h: No such file or directory",
            "wrapper.h:1:10: fatal error: 'stddef.h' file not found",
        ),
        advise=_header,
    ),
    Rule(
        id="cmake-too-new",
        title="The installed CMake is too new for a crate's C code",
        meaning="CMake 4 removed the compatibility with CMake before 3.5.",
        signs=(
            Sign(
                "Compatibility with CMake <",
                r"Compatibility with CMake < \S+ has been removed from CMake",
            ),
        ),
        examples=("  Compatibility with CMake < 3.5 has been removed from CMake.",),
        advise=_cmake,
    ),
)
