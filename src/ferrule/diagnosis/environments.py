"""Virtual environments and interpreters that a tool does not accept."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _environment(seen: Seen, context: Context) -> Advice:
    del context
    if "both" in seen.names:
        return Advice(
            "VIRTUAL_ENV and CONDA_PREFIX are both set, and maturin does not choose "
            "(poetry and `conda activate` inside of a venv do that).",
            (
                Fix("ferrule develop", "takes the environment whose Python runs it"),
                Fix("unset CONDA_PREFIX", "or `unset VIRTUAL_ENV`; then maturin works"),
            ),
        )
    return Advice(
        "A development install goes into a virtual environment, and none is active "
        "(VIRTUAL_ENV, CONDA_PREFIX) nor is there a folder .venv here or above.",
        (
            Fix("python3 -m venv .venv", "makes one, which is found from now on"),
            Fix(
                "ferrule develop --python /path/to/python",
                "installs into any environment",
            ),
            Fix(
                "maturin build && pip install target/wheels/<name>.whl",
                "without an environment, with maturin",
                "maturin",
            ),
        ),
    )


def _managed(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "This Python belongs to the distribution, which forbids pip to install into it "
        "(PEP 668).",
        (
            Fix("python3 -m venv .venv && . .venv/bin/activate", "an own environment"),
            Fix("pipx install <project>", "for programs"),
        ),
    )


def _interpreter(seen: Seen, context: Context) -> Advice:
    target = context.target or "<triple>"
    path = seen.first("path")
    if "cross" in seen.names:
        return Advice(
            f"maturin was given the path of an interpreter ({path}) in a cross build, "
            "where it wants a name such as `python3.12`: no file of this machine is "
            "the Python of the target. pip and uv always give a path.",
            (
                Fix(
                    f"ferrule build --target {target} -i 3.12",
                    "knows the Pythons of other targets; so does its build backend",
                ),
                Fix(
                    f"maturin build --target {target} -i python3.12",
                    "instead of pip or uv, with maturin",
                    "maturin",
                ),
            ),
        )
    if "none" in seen.names:
        return Advice(
            "maturin found no Python that it could build for: none of those on PATH is "
            "a supported one, or, in a cross build, none is for the target.",
            (
                Fix(
                    "ferrule build -i 3.12",
                    "finds Pythons of pyenv, uv and conda, and needs none in a cross "
                    "build",
                ),
                Fix("maturin build -i 3.12", "names the version", "maturin"),
                Fix('bindings = "bin"', "below [tool.maturin], for a program"),
            ),
        )
    return Advice(
        f"{path} cannot be used as a Python: it does not exist, does not start, or "
        "does not tell what it is. On Windows conda puts python.exe beside the folder "
        "Scripts, not into it.",
        (
            Fix("ferrule python list", "shows every Python that is found, and where"),
            Fix(f"{path} -c 'import sys; print(sys.version)'", "tells what is wrong"),
        ),
    )


RULES: Final = (
    Rule(
        id="no-virtual-environment",
        title="There is no virtual environment to install into",
        meaning=(
            "`develop` installs into the environment that is active, or into .venv. "
            "The Python of the system is left alone."
        ),
        signs=(
            Sign(
                "find a virtualenv", r"Couldn't find a virtualenv or conda environment"
            ),
            Sign("be inside a virtualenv", r"You need to? ?be inside a virtualenv"),
            Sign(
                "No virtual environment found", r"error: No virtual environment found"
            ),
            Sign(
                "Both VIRTUAL_ENV and CONDA",
                r"Both VIRTUAL_ENV and CONDA_PREFIX are set",
                "both",
            ),
        ),
        examples=(
            (
                "  Caused by: Couldn't find a virtualenv or conda environment, but you "
                "need one to use this command."
            ),
            "  Caused by: Both VIRTUAL_ENV and CONDA_PREFIX are set. Please unset one",
        ),
        advise=_environment,
    ),
    Rule(
        id="externally-managed-python",
        title="The distribution's Python is not to be changed by pip",
        meaning="Debian, Fedora, Homebrew and others mark their Python so (PEP 668).",
        signs=(
            Sign(
                "externally-managed-environment",
                r"error: externally-managed-environment",
            ),
            Sign("is externally managed", r"interpreter at \S+ is externally managed"),
        ),
        examples=("error: externally-managed-environment",),
        advise=_managed,
        url="https://peps.python.org/pep-0668/",
    ),
    Rule(
        id="interpreter-unusable",
        title="maturin cannot use the Python that it was given",
        meaning=(
            "maturin asks each interpreter what it is, and stops at one that does not "
            "answer as expected."
        ),
        signs=(
            Sign(
                "find any python interpreters",
                r"Couldn't find any python interpreters",
                "none",
            ),
            Sign(
                "should be a kind of interpreter",
                r"Python interpreter should be a kind of interpreter .*got path to "
                r"interpreter: (?P<path>.+)",
                "cross",
            ),
            Sign(
                "doesn't exist",
                r"Python interpreter `(?P<path>[^`]+)` doesn't exist",
            ),
            Sign(
                "Unsupported Python interpreter",
                r"Unsupported Python interpreter: (?P<path>.+)",
            ),
            Sign(
                "is not a valid python interpreter",
                r"(?P<path>\S+) is not a valid python interpreter",
            ),
        ),
        examples=(
            (
                "  Caused by: Couldn't find any python interpreters. Please specify at "
                "least one with -i"
            ),
            "  Caused by: Python interpreter `.venv/bin/python` doesn't exist",
            (
                "  Caused by: Python interpreter should be a kind of interpreter (e.g. "
                "'python3.8' or 'pypy3.9') when cross-compiling, got path to "
                "interpreter: /usr/bin/python3"
            ),
        ),
        advise=_interpreter,
    ),
)
