"""Versions that do not fit: PyO3, Python, the stable ABI, free threading."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES", "release_for"]

_FORWARD_ABI3: Final = "PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1"
_FORWARD_STABLE: Final = "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY=1"


def release_for(
    version: str, implementation: str = "Python", *, present: str = ""
) -> str:
    """Return the oldest minor release of PyO3 that supports a Python version.

    `0.29` for `3.15`; empty if none that ferrule knows does. It is newer than the
    present one, which does not.
    """
    from ferrule.python.releases import NEWEST_RELEASE, OLDEST_MINOR, Pyo3Release

    wanted = _numbers(version)
    parts = present.split(".")
    first = OLDEST_MINOR
    if len(parts) > 1 and parts[1].isdecimal():
        first = max(first, int(parts[1]) + 1)
    for minor in range(first, NEWEST_RELEASE.minor + 1):
        release = Pyo3Release(0, minor, 0)
        supported = {
            "PyPy": release.pypy_range,
            "GraalPy": release.graalpy_range,
        }.get(implementation, release.cpython_range)
        if supported and supported[0] <= wanted <= supported[1]:
            return f"0.{minor}"
    return ""


def _newest_release_for(version: str) -> str:
    from ferrule.python.releases import NEWEST_RELEASE, OLDEST_MINOR, Pyo3Release

    wanted = _numbers(version)
    for minor in range(NEWEST_RELEASE.minor, OLDEST_MINOR - 1, -1):
        lowest, highest = Pyo3Release(0, minor, 0).cpython_range
        if lowest <= wanted <= highest:
            return f"0.{minor}"
    return ""


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def _too_new(seen: Seen, context: Context) -> Advice:
    named = seen.first("implementation", "Python").strip() or "Python"
    found, maximum = seen.first("found"), seen.first("maximum")
    pyo3 = seen.first("pyo3") or context.pyo3
    release = release_for(found, named, present=pyo3)
    who = f"PyO3 {pyo3}" if pyo3 else "The PyO3 in Cargo.lock"
    fixes: list[Fix] = []
    if release:
        fixes.append(
            Fix(
                f'pyo3 = "{release}"',
                f"in Cargo.toml: the oldest release for {named} {found}; crates that "
                "build on pyo3 (numpy, pyo3-async-runtimes, ...) have to follow",
            )
        )
    # `-i pypy3.10`, and `python3.13` for CPython.
    prefix = "" if named in {"Python", "CPython"} else named.lower()
    program = f"{prefix or 'python'}{maximum}"
    fixes.append(
        Fix(
            f"ferrule build -i {prefix}{maximum}",
            f"builds for {named} {maximum} instead",
        )
    )
    is_free_threaded = "suppressed" in seen.values
    if not (is_free_threaded or prefix):
        newest = _is_at_least(pyo3, 29)
        variable = _FORWARD_STABLE if newest else _FORWARD_ABI3
        fixes.append(
            Fix(
                variable,
                f"in the environment: builds for the stable ABI of {maximum}, with the "
                "feature abi3 of pyo3; untested by PyO3's authors",
            )
        )
    fixes += [
        Fix(f"PYO3_PYTHON={program} cargo build", "with plain cargo", "cargo"),
        Fix(f"maturin build -i {program}", "with maturin", "maturin"),
        Fix(
            f"uv venv --python {maximum}",
            "or `python3.X -m venv`: an environment in which pip finds a finished "
            "wheel, if you only install the package",
        ),
    ]
    return Advice(
        f"{who} knows {named} up to {maximum}, and the interpreter of this build is "
        f"{found}.",
        tuple(fixes),
    )


def _is_at_least(pyo3: str, minor: int) -> bool:
    parts = pyo3.split(".")
    return len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) >= minor


def _too_old(seen: Seen, context: Context) -> Advice:
    named = seen.first("implementation", "Python").strip() or "Python"
    found, minimum = seen.first("found"), seen.first("minimum")
    who = f"PyO3 {context.pyo3}" if context.pyo3 else "The PyO3 in Cargo.lock"
    if named != "Python":
        chosen = f"{named.lower()}{minimum}"
        fixes = [Fix(f"ferrule build -i {chosen}", f"builds for {named} {minimum}")]
    else:
        fixes = [
            Fix(f"ferrule build -i '>={minimum}'", f"builds for Python {minimum} on")
        ]
        older = _newest_release_for(found)
        if older:
            purpose = f"in Cargo.toml: the last one for Python {found}"
            fixes.append(Fix(f'pyo3 = "{older}"', purpose))
        fixes.append(
            Fix(
                f'requires-python = ">={minimum}"',
                "in pyproject.toml, so that nobody tries",
            )
        )
    return Advice(
        f"{who} supports {named} from {minimum} on, and the interpreter of this build "
        f"is {found}.",
        tuple(fixes),
    )


def _abi3(seen: Seen, context: Context) -> Advice:
    wanted, found = seen.first("wanted"), seen.first("found")
    feature = f"{seen.first('kind') or 'abi3'}-py{wanted.replace('.', '')}"
    lower = f"abi3-py{found.replace('.', '')}"
    del context
    return Advice(
        f"The feature `{feature}` of pyo3 says that the module runs on Python {wanted} "
        f"and newer. This build uses Python {found}, which could never import it. "
        "(cargo enables the highest abi3 feature that any crate asks for.)",
        (
            Fix(f"ferrule build -i '>={wanted}'", f"uses a Python from {wanted} on"),
            Fix(
                f'features = ["{lower}"]', f"of pyo3 in Cargo.toml, to support {found}"
            ),
            Fix(f"PYO3_PYTHON=python{wanted} cargo build", "plain cargo", "cargo"),
        ),
    )


def _free_threaded(seen: Seen, context: Context) -> Advice:
    found, minimum = seen.first("found"), seen.first("minimum")
    if minimum:
        is_t = f"; the interpreter is {found}t" if found else ""
        return Advice(
            f"This PyO3 builds for free-threaded CPython {minimum}t and newer only"
            f"{is_t}. (PyO3 0.23 to 0.28 support 3.13t, without a stable ABI.)",
            (
                Fix(f"ferrule build -i {minimum}t", f"builds for {minimum}t"),
                Fix('pyo3 = "0.28"', "in Cargo.toml, for 3.13t"),
            ),
        )
    who = f"PyO3 {context.pyo3}" if context.pyo3 else "This PyO3"
    return Advice(
        f"{who} does not support Python without the global lock (python3.13t); 0.23 is "
        "the first release that does.",
        (
            Fix('pyo3 = "0.23"', "or newer, in Cargo.toml"),
            Fix("ferrule build -i 3.13", "builds for the Python with the lock"),
        ),
    )


def _pointer_width(seen: Seen, context: Context) -> Advice:
    rust, python = seen.first("rust"), seen.first("python")
    target = {
        "32": "i686-pc-windows-msvc",
        "64": "x86_64-pc-windows-msvc",
    }.get(python, "<triple>")
    if "linux" in context.target or "linux" in context.host:
        target = target.replace("pc-windows-msvc", "unknown-linux-gnu")
    return Advice(
        f"Rust compiles for {rust} bits, and the interpreter has {python}.",
        (
            Fix(
                f"ferrule build --target {target}",
                f"builds for the {python}-bit Python",
            ),
            Fix(
                "ferrule python list",
                f"shows the Pythons here; choose one of {rust} bits",
            ),
            Fix(
                "PYO3_CROSS_PYTHON_VERSION=3.12",
                "with plain cargo in a cross build (wasm32, armv7, ...): PyO3 then "
                "does not ask the Python of this machine",
            ),
        ),
    )


def _two_releases(seen: Seen, context: Context) -> Advice | None:
    del context
    releases = seen.shown("release")
    user = seen.first("user")
    wanted = seen.first("wanted")
    who = (
        f"{user} wants another release than the rest."
        if user
        else "Mostly a crate that builds on pyo3 (numpy, pyo3-async-runtimes, "
        "pythonize, ...) wants another release than your Cargo.toml."
    )
    name = user.partition(" ")[0]
    newer = (Fix(f"cargo update -p {name}", "if a newer one is out"),) if name else ()
    line = (
        (Fix(f'pyo3 = "{wanted}"', f"in Cargo.toml: the release that {user} uses"),)
        if wanted and user
        else ()
    )
    return Advice(
        f"Two releases of PyO3 meet in the "
        f"dependencies{f': {releases}' if releases else ''}"
        ". Both want to link `python`, and cargo allows one only, because two copies "
        f"of PyO3 in one module could not share objects anyway. {who}",
        (
            *line,
            *newer,
            Fix("cargo tree -i pyo3-ffi --all-features", "shows who asks for which"),
            Fix(
                "cargo update -p pyo3",
                "after giving `pyo3` the release that the other crate uses",
            ),
        ),
    )


def _graalpy(seen: Seen, context: Context) -> Advice:
    del context
    minimum = seen.first("minimum")
    return Advice(
        f"This PyO3 needs GraalPy {minimum} or newer, and the interpreter is GraalPy "
        f"{seen.first('found')}.",
        (Fix(f"ferrule build -i graalpy{minimum}", "with a newer GraalPy"),),
    )


_NAMED: Final = r"configured (?P<implementation>Python|PyPy|GraalPy|CPython)"

RULES: Final = (
    Rule(
        id="interpreter-too-new",
        title="This PyO3 does not know such a new Python",
        meaning=(
            "Each release of PyO3 knows CPython up to a certain version, because the "
            "layout of objects changes. The stable ABI does not change: with it, a "
            "newer Python can be tried."
        ),
        signs=(
            Sign(
                "is newer than PyO3's maximum supported",
                rf"{_NAMED} (?:interpreter )?version \((?P<found>3\.\d+)\) is newer "
                rf"than "
                r"PyO3's maximum supported version \((?P<maximum>3\.\d+)\)",
            ),
            Sign("Current version: 0.", r"Current version: (?P<pyo3>0\.[\d.]*\d)"),
            Sign(
                "being built with PyO3 version 0.",
                r"being built with PyO3 version (?P<pyo3>0\.[\d.]*\d)",
            ),
            Sign(
                "check cannot be suppressed",
                r"(?P<suppressed>check cannot be suppressed)",
            ),
        ),
        examples=(
            (
                "error: the configured Python interpreter version (3.14) is newer "
                "than PyO3's maximum supported version (3.13)\n"
                "= help: please check if an updated version of PyO3 is available. "
                "Current version: 0.23.5"
            ),
            (
                "error: the configured Python version (3.16) is newer than PyO3's "
                "maximum supported version (3.15)\n"
                "= help: this package is being built with PyO3 version 0.29.3"
            ),
        ),
        advise=lambda seen, context: (
            _too_new(seen, context) if seen.first("maximum") else None
        ),
        url=guide.CONFIGURE,
    ),
    Rule(
        id="interpreter-too-old",
        title="This PyO3 does not support such an old Python any more",
        meaning="Each release of PyO3 supports CPython from a certain version on.",
        signs=(
            Sign(
                "is lower than PyO3's minimum supported",
                rf"{_NAMED} (?:interpreter )?version \((?P<found>3\.\d+)\) is lower "
                rf"than "
                r"PyO3's minimum supported version \((?P<minimum>3\.\d+)\)",
            ),
        ),
        examples=(
            (
                "error: the configured Python interpreter version (3.8) is lower than "
                "PyO3's minimum supported version (3.9)"
            ),
        ),
        advise=_too_old,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="abi3-newer-than-host",
        title="The minimum Python of abi3 is newer than the interpreter",
        meaning=(
            "A feature abi3-py3X sets the oldest Python that a module of the stable "
            "ABI supports. The interpreter of the build must be at least that."
        ),
        signs=(
            Sign(
                "cannot set a minimum Python version",
                r"cannot set a minimum Python version (?P<wanted>3\.\d+) higher "
                r"than the "
                r"interpreter version (?P<found>3\.\d+)(?: \(the minimum Python "
                r"version "
                r"is implied by the (?P<kind>abi3t?)-py3\d+ feature)?",
            ),
        ),
        examples=(
            (
                "error: cannot set a minimum Python version 3.12 higher than the "
                "interpreter version 3.11 (the minimum Python version is implied by "
                "the abi3-py312 feature)"
            ),
        ),
        advise=_abi3,
        url=guide.ABI3,
    ),
    Rule(
        id="free-threaded-unsupported",
        title="This PyO3 does not support this free-threaded Python",
        meaning=(
            "Free-threaded Pythons (3.13t, 3.14t) have an ABI of their own. PyO3 "
            "supports 3.13t from 0.23 to 0.28 and 3.14t from 0.25 on."
        ),
        signs=(
            Sign(
                "does not support the free-threaded build of CPython versions below",
                r"versions below (?P<minimum>3\.\d+), the selected Python version is "
                r"(?P<found>3\.\d+)",
            ),
            # maturin.
            Sign(
                "is only supported on 3.",
                r"Free-threaded Python interpreter is only supported on "
                r"(?P<minimum>3\.\d+)",
            ),
            Sign(
                "UNSAFE_PYO3_BUILD_FREE_THREADED",
                r"set (?P<text>UNSAFE_PYO3_BUILD_FREE_THREADED)=1 to suppress",
            ),
        ),
        examples=(
            (
                "PyO3 does not support the free-threaded build of CPython versions "
                "below 3.14, the selected Python version is 3.13"
            ),
            (
                "= help: set UNSAFE_PYO3_BUILD_FREE_THREADED=1 to suppress this "
                "check and build anyway for free-threaded Python"
            ),
        ),
        advise=_free_threaded,
        url=guide.FREE_THREADING,
    ),
    Rule(
        id="pointer-width",
        title="Rust and Python have different pointer widths",
        meaning="A module of 64 bits cannot be loaded by a Python of 32 bits, or back.",
        signs=(
            Sign(
                "does not match your python interpreter",
                r"Rust target architecture \((?P<rust>\d+)-bit\) does not match your "
                r"python interpreter \((?P<python>\d+)-bit\)",
            ),
        ),
        examples=(
            (
                "error: your Rust target architecture (64-bit) does not match your "
                "python interpreter (32-bit)"
            ),
        ),
        advise=_pointer_width,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="two-pyo3-releases",
        title="Two releases of PyO3 in one build",
        meaning=(
            'pyo3-ffi declares `links = "python"`, so that a build has one PyO3 only. '
            "All crates that use pyo3 have to agree on one release."
        ),
        signs=(
            Sign(
                "links to the native library",
                r"package `?(?P<package>pyo3-ffi|pyo3)\b[^`]*`? links to the native "
                r"library `?python\b",
            ),
            Sign(
                'the `links = "python"` value',
                r"(?P<text>only one package uses the `links = \"python\"` value)",
            ),
            # Texts that went through Markdown have lost their backquotes.
            Sign(
                "required by package",
                r"required by package `?pyo3(?:-ffi)? v(?P<release>0\.[\w.-]+)",
                "release",
            ),
            Sign(
                "are: 0.",
                r"^\s*versions that meet the requirements .* are: "
                r"(?P<release>0\.[\w.-]+)",
                "release",
            ),
            Sign(
                "package ",
                r"^\W*package `?pyo3(?:-ffi)? v(?P<release>0\.[\w.-]+)",
                "release",
            ),
            Sign(
                "pyo3-ffi = ",
                r"`?pyo3-ffi = \"[=^~]*(?P<release>0\.[\w.-]+)\"`?",
                "release",
            ),
            # The first one is that of the crate for which cargo found nothing.
            Sign(
                "of package",
                r"dependency `?pyo3(?:-ffi)? = \"[=^~]*(?P<wanted>0\.\d+)[^\"]*\"`?"
                r"[^`]* of package `?(?P<user>(?!pyo3 |pyo3-ffi )[\w-]+ v[\w.+-]+)",
                "release",
            ),
            Sign(
                "required by package",
                r"required by package `?(?P<user>(?!pyo3 |pyo3-ffi )[\w-]+ v[\w.+-]+)",
                "release",
            ),
        ),
        examples=(
            (
                "package `pyo3-ffi` links to the native library `python`, but it "
                "conflicts with a previous package which links to `python` as well:\n"
                "package `pyo3-ffi v0.29.0`\n"
                '    ... which satisfies dependency `pyo3-ffi = "=0.28.3"` of package '
                "`pyo3 v0.28.3`\n"
                "Only one package in the dependency graph may specify the same "
                "links value."
            ),
        ),
        advise=lambda seen, context: (
            _two_releases(seen, context) if seen.names != {"release"} else None
        ),
    ),
    Rule(
        id="graalpy-too-old",
        title="This PyO3 needs a newer GraalPy",
        meaning="GraalPy's C interface grew over its releases; PyO3 needs recent ones.",
        signs=(
            Sign(
                "At least GraalPy version",
                r"At least GraalPy version (?P<minimum>[\d.]+) needed, got "
                r"(?P<found>[\d.]+)",
            ),
        ),
        examples=("error: At least GraalPy version 25.0 needed, got 24.1",),
        advise=_graalpy,
        url=guide.CONFIGURE,
    ),
)
