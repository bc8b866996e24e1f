"""Wheels that do not keep what their tags say, or do not fit where they go."""

from __future__ import annotations

import re
from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_LIBRARY: Final = re.compile(r"(?P<name>lib[\w.+-]*\.so[\w.]*)(?P<symbols> offending)?")


def _not_compliant(seen: Seen, context: Context) -> Advice:
    del context
    tag = seen.first("tag", "manylinux")
    symbols = [
        library["name"]
        for text in seen.values.get("libraries", ())
        for library in _LIBRARY.finditer(text)
        if library["symbols"] or "too-recent" in text
    ]
    libraries = [
        library["name"]
        for text in (*seen.values.get("libraries", ()), *seen.values.get("copied", ()))
        for library in _LIBRARY.finditer(text)
        if library["name"] not in symbols
    ]
    if "symbols" in seen.names or symbols:
        needs = f" ({', '.join(dict.fromkeys(symbols))})" if symbols else ""
        return Advice(
            f"The wheel is to be called {tag}, and what is in it uses functions of the "
            f"system's libraries that are newer than that{needs}: they are those of "
            "the machine on which it was linked.",
            (
                Fix(
                    "ferrule build --zig",
                    "links against the old glibc that the tag promises, without a "
                    "container",
                ),
                Fix(
                    "build it in the container of the tag",
                    "quay.io/pypa/manylinux_2_28_x86_64, for example",
                ),
                Fix("ferrule build", "chooses the tag that is true for this machine"),
            ),
        )
    named = f" ({', '.join(dict.fromkeys(libraries))})" if libraries else ""
    return Advice(
        f"The wheel is to be called {tag}, and its modules need libraries{named} that "
        "not every such system has.",
        (
            Fix(
                "ferrule build",
                "copies them into the wheel; `ferrule repair` does so afterwards",
            ),
            Fix(
                "a feature such as `vendored`, `bundled` or `static`",
                "of the crate that links them: compiles the library in",
            ),
            Fix("maturin build --auditwheel repair", "with maturin", "maturin"),
        ),
        title="A wheel needs libraries that its platform tag does not promise",
    )


def _unsupported(seen: Seen, context: Context) -> Advice:
    del context
    python, tag = seen.first("python"), seen.first("platform")
    wheel = seen.first("wheel") or "The wheel"
    reasons = []
    if python:
        reasons.append(f"it is for `{python}`")
    if tag.startswith("manylinux_"):
        version = ".".join(tag.split("_")[1:3])
        reasons.append(
            f"it needs glibc {version} or newer and a pip that knows the tag (20.3)"
        )
    elif tag.startswith("musllinux_"):
        reasons.append("it is for musl (Alpine), and needs pip 21.2")
    elif tag:
        reasons.append(f"it is for `{tag}`")
    why = ": " + ", and ".join(reasons) if reasons else ""
    return Advice(
        f"{wheel} was built for another Python, system or processor than the one that "
        f"installs it{why}.",
        (
            Fix(
                "python -m pip debug --verbose",
                "lists the tags that this Python takes; one of the wheel's must be "
                "among them",
            ),
            Fix("python -m pip install --upgrade pip", "older ones know fewer tags"),
            Fix("ferrule build -i python", "builds for exactly this Python"),
            Fix("unset UV_PYTHON", "if uv looks at another Python than the active one"),
        ),
    )


def _not_located(seen: Seen, context: Context) -> Advice:
    del context
    library = seen.first("library")
    is_system = re.match(r"lib(?:c|m|dl|log|pthread|rt)\.so", library) is not None
    skip = Fix(
        "maturin build --auditwheel skip",
        "with maturin: leaves the wheel as it is (older ones: --skip-auditwheel)",
        "maturin",
    )
    if is_system:
        return Advice(
            f"{library} is a library of the system itself, which no wheel carries; the "
            "tool that repairs wheels does not know this system (Android, Termux).",
            (Fix("ferrule build", "knows what Android's systems have"), skip),
        )
    return Advice(
        f"A module in the wheel needs {library}, which is to be copied into the wheel, "
        "and it is in none of the folders where the loader of this machine looks.",
        (
            Fix(
                f"LD_LIBRARY_PATH=/folder/of/{library}",
                "in the environment of the repair",
            ),
            Fix(
                "ferrule build",
                "looks in the folders of the link as well; `ferrule repair` needs them "
                "named",
            ),
            skip,
        ),
    )


_WHEEL: Final = (
    r"(?P<wheel>[^\s\"'`/\\]+?-(?P<python>(?:cp|pp|py|graalpy)[^\s-]*)-[^\s-]+-"
    r"(?P<platform>[^\s-]+)\.whl)"
)

RULES: Final = (
    Rule(
        id="wheel-not-compliant",
        title="A wheel does not keep what its platform tag promises",
        meaning=(
            "manylinux_2_28 means: runs with glibc 2.28, and needs no library but a "
            "few that every system has. maturin and auditwheel refuse other wheels."
        ),
        signs=(
            Sign(
                "compliant because",
                r"library is not (?P<tag>\S+?) (?:\(aka \S+\) )?compliant because"
                r"(?P<libraries>.*)",
            ),
            Sign(
                "=> ",
                r"^\s*(?P<copied>lib[\w.+-]*\.so[\w.]*) => \S",
                "copied",
            ),
            Sign(
                "too-recent versioned symbols",
                r"cannot repair .* to \"(?P<tag>[^\"]+)\" ABI because of the "
                r"presence of too-recent versioned symbols",
                "symbols",
            ),
        ),
        examples=(
            (
                "  Caused by: Your library is not manylinux_2_17 (aka manylinux2014) "
                "compliant because of the presence of too-recent versioned symbols: "
                '["libc.so.6 offending symbols: __cxa_thread_atexit_impl@@GLIBC_2.18"]'
            ),
            (
                "Your library is not musllinux_1_2 compliant because it links the "
                'following forbidden libraries: ["libz.so.1"]'
            ),
            (
                'auditwheel: error: cannot repair "dist/a.whl" to '
                '"manylinux_2_5_x86_64" ABI because of the presence of too-recent '
                "versioned symbols."
            ),
        ),
        advise=lambda seen, context: (
            _not_compliant(seen, context) if seen.names != {"copied"} else None
        ),
        url="https://peps.python.org/pep-0600/",
    ),
    Rule(
        id="repair-library-not-found",
        title="A library that a wheel is to carry is not found",
        meaning=(
            "auditwheel and maturin copy the libraries that not every system has into "
            "the wheel, and look for them as the loader does."
        ),
        signs=(
            Sign(
                "could not be located",
                r"required library \"?(?P<library>lib[^\s\"]+)\"? could not be located",
            ),
        ),
        examples=(
            (
                "Cannot repair wheel, because required library libm.so could not be "
                "located."
            ),
            (
                'Cannot repair wheel, because required library "libx.so" could not be '
                "located"
            ),
        ),
        advise=_not_located,
    ),
    Rule(
        id="wheel-not-for-python",
        title="A wheel does not fit the Python that installs it",
        meaning=(
            "The last three parts of a wheel's name say which Python, ABI and platform "
            "it is for. Installers compare them with what the running Python takes."
        ),
        signs=(
            Sign(
                "is not a supported wheel on",
                rf"{_WHEEL} is not a supported wheel on this platform",
            ),
            Sign(
                "has no wheels with a matching",
                r"has no wheels with a matching (?:Python|platform)",
            ),
            # uv.
            Sign(
                " is not compatible with the current",
                rf"{_WHEEL}`? is not compatible with the current",
            ),
        ),
        examples=(
            (
                "ERROR: demo-0.1.0-cp37-cp37m-manylinux_2_24_x86_64.whl is not a "
                "supported wheel on this platform."
            ),
        ),
        advise=_unsupported,
        url="https://packaging.python.org/en/latest/specifications/"
        "platform-compatibility-tags/",
    ),
)
