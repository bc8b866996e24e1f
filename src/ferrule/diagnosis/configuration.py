"""PyO3's build script: no Python, broken configuration, cross compilation."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_EXPLAIN: Final = Fix(
    "ferrule config --explain",
    "shows what PyO3 is told, and where each value comes from",
)


def _no_python(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "PyO3 looked for `python` and `python3` on PATH (and in VIRTUAL_ENV and "
        "CONDA_PREFIX) and found no Python 3.",
        (
            Fix("ferrule build -i 3.12", "finds Pythons of pyenv, uv and conda too"),
            Fix("PYO3_PYTHON=/path/to/python cargo build", "with plain cargo"),
            Fix("apt install python3", "Debian and Ubuntu, if there is none"),
        ),
    )


def _not_runnable(seen: Seen, context: Context) -> Advice:
    del context
    path, reason = seen.first("path"), seen.first("reason")
    why = ""
    if "/bin/python" in path or "\\Scripts\\" in path:
        why = (
            " If it lies in a virtual environment, the environment was made by a "
            "Python that is gone, or VIRTUAL_ENV or CONDA_PREFIX names a folder that "
            "has none."
        )
    return Advice(
        f"PyO3 was told to use {path}, and that cannot be started: {reason}.{why}",
        (
            Fix(
                "unset VIRTUAL_ENV CONDA_PREFIX",
                "or activate an environment that exists",
            ),
            Fix("PYO3_PYTHON=/path/to/python", "a Python that runs"),
            _EXPLAIN,
        ),
    )


def _script_failed(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The interpreter that PyO3 asks about itself started and ended with an error, "
        "which is shown above: mostly PYTHONHOME or PYTHONPATH of another Python, a "
        "broken installation, or a store stub on Windows.",
        (
            Fix("unset PYTHONHOME PYTHONPATH", "if another Python set them"),
            _EXPLAIN,
        ),
    )


def _config_file(seen: Seen, context: Context) -> Advice:
    del context
    detail = seen.first("path") or seen.first("value")
    reasons = {
        "relative": "its path is not absolute",
        "absent": f"{detail} cannot be opened",
        "key": f"the value of `{detail}` is not valid",
        "": "its content is not valid",
    }
    name = next((item for item in reasons if item and item in seen.names), "")
    return Advice(
        f"PYO3_CONFIG_FILE names a file that PyO3 cannot use: {reasons[name]}.",
        (
            Fix("unset PYO3_CONFIG_FILE", "ferrule makes the file by itself"),
            Fix("ferrule config --write pyo3-config.txt", "writes a valid one"),
            Fix("ferrule env --write", "if .cargo/config.toml names a stale one"),
        ),
    )


def _print_config(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "PYO3_PRINT_CONFIG=1 is set in the environment: PyO3 prints its configuration "
        "and stops every build on purpose.",
        (
            Fix("unset PYO3_PRINT_CONFIG", "to build"),
            Fix("ferrule config", "prints the same without compiling"),
        ),
    )


def _sysconfigdata(seen: Seen, context: Context) -> Advice:
    target = context.target or "<triple>"
    if "several" in seen.names:
        return Advice(
            "The folder that PYO3_CROSS_LIB_DIR names has Pythons of several versions, "
            "and PyO3 does not guess.",
            (
                Fix("PYO3_CROSS_PYTHON_VERSION=3.12", "names the one"),
                Fix(
                    "PYO3_CROSS_LIB_DIR=<sysroot>/usr/lib/python3.12", "a folder of one"
                ),
                Fix(f"ferrule config --target {target} --explain", "tries it out"),
            ),
        )
    folder = seen.first("folder")
    return Advice(
        f"{folder or 'The folder of PYO3_CROSS_LIB_DIR'} has no _sysconfigdata*.py: it "
        "must be the lib folder of a Python for the target, below which "
        "lib/python3.X/_sysconfigdata_*.py lies.",
        (
            Fix("PYO3_CROSS_LIB_DIR=<sysroot>/usr/lib", "the lib folder of the target"),
            Fix(
                "unset PYO3_CROSS_LIB_DIR",
                "a module needs none, with abi3 or PYO3_CROSS_PYTHON_VERSION",
            ),
        ),
    )


def _cross_version(seen: Seen, context: Context) -> Advice:
    if "without" in seen.names:
        return Advice(
            "PYO3_NO_PYTHON is set (to anything, also to nothing), so no interpreter "
            "is asked; then an abi3 feature has to tell the version.",
            (
                Fix("unset PYO3_NO_PYTHON", "to build for the Python that is here"),
                Fix('features = ["abi3-py39"]', "of pyo3: one module for all versions"),
            ),
        )
    target = context.target or "another target"
    return Advice(
        f"The build is for {target}, whose Python cannot be started here, and nothing "
        "tells its version.",
        (
            Fix("PYO3_CROSS_PYTHON_VERSION=3.12", "the version of the target's Python"),
            Fix('features = ["abi3-py39"]', "of pyo3: one module for all versions"),
        ),
    )


def _auto_initialize(seen: Seen, context: Context) -> Advice:
    del seen
    python = context.interpreter or "this Python"
    return Advice(
        f"The feature `auto-initialize` of pyo3 needs a shared libpython, and {python} "
        "has a static one only (pyenv without --enable-shared, Debian without "
        "libpython3-dev, conda's base).",
        (
            Fix(
                "ferrule test -i python3",
                "with an interpreter that has a shared library (`ferrule python list`)",
            ),
            Fix(
                "PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.13",
                "a Python of pyenv with one",
            ),
            Fix(
                "remove `auto-initialize` from the features of pyo3",
                "to link statically; call Python::initialize() (before 0.26: "
                "prepare_freethreaded_python()) first",
            ),
        ),
    )


def _lib_name(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The configuration of PyO3 does not name libpython, and this build links it: a "
        "program, a test, or a module for Windows or Android.",
        (
            Fix("lib_name=python3.12", "a line in the file of PYO3_CONFIG_FILE"),
            _EXPLAIN,
        ),
    )


def _fallback(seen: Seen, context: Context) -> Advice:
    del context
    crate = seen.first("crate")
    return Advice(
        f"The build script of {crate}, which asks Python about itself before anything "
        "is compiled, failed; its reason stands above, below `--- stderr`.",
        (_EXPLAIN,),
    )


RULES: Final = (
    Rule(
        id="no-python-found",
        title="PyO3 finds no Python",
        meaning="PyO3's build script needs an interpreter, unless it is told "
        "everything.",
        signs=(
            Sign(
                "no Python 3.x interpreter found", r"no Python 3\.x interpreter found"
            ),
            # Before 0.13.
            Sign(
                "Could not find any interpreter at",
                r"Could not find any interpreter at",
            ),
        ),
        examples=("error: no Python 3.x interpreter found",),
        advise=_no_python,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="python-not-runnable",
        title="The Python that PyO3 was told to use cannot be started",
        meaning=(
            "PYO3_PYTHON, VIRTUAL_ENV or CONDA_PREFIX decide which Python PyO3 asks. A "
            "name that leads nowhere is an error, not a reason to search elsewhere."
        ),
        signs=(
            Sign(
                "failed to run the Python interpreter at",
                r"failed to run the Python interpreter at (?P<path>.+?): "
                r"(?P<reason>.+)",
            ),
        ),
        examples=(
            (
                "error: failed to run the Python interpreter at "
                "/old/.venv/bin/python: No such file or directory (os error 2)"
            ),
        ),
        advise=_not_runnable,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="python-script-failed",
        title="The Python that PyO3 asks is broken",
        meaning="PyO3 runs a small script in the interpreter, and it failed.",
        signs=(
            Sign("Python script failed", r"error: Python script failed"),
            Sign("broken Python interpreter", r"broken Python interpreter: .+"),
        ),
        examples=("error: Python script failed",),
        advise=_script_failed,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="config-file-invalid",
        title="PYO3_CONFIG_FILE is wrong",
        meaning=(
            "The file of PYO3_CONFIG_FILE replaces the interpreter. It must exist, "
            "have an absolute path, and hold lines `key=value` that this PyO3 knows."
        ),
        signs=(
            Sign(
                "PYO3_CONFIG_FILE must be an abs",
                r"PYO3_CONFIG_FILE must be",
                "relative",
            ),
            Sign(
                "failed to open PyO3 config file",
                r"failed to open PyO3 config file at (?P<path>.+)",
                "absent",
            ),
            Sign(
                "failed to parse contents of PYO3_CONFIG_FILE",
                r"failed to parse contents of PYO3_CONFIG_FILE",
            ),
            Sign(
                "failed to parse",
                r"failed to parse (?P<value>\w+) from config value",
                "key",
            ),
        ),
        examples=(
            "error: PYO3_CONFIG_FILE must be an absolute path",
            "error: failed to open PyO3 config file at /src/missing.txt",
            "error: failed to parse contents of PYO3_CONFIG_FILE",
        ),
        advise=_config_file,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="print-config-set",
        title="PYO3_PRINT_CONFIG stops the build",
        meaning="The variable is for looking at the configuration; it ends the build.",
        signs=(
            Sign(
                "printing configuration and halting compile",
                r"PYO3_PRINT_CONFIG=1 is set, printing configuration and halting "
                r"compile",
            ),
        ),
        examples=(
            (
                "-- PYO3_PRINT_CONFIG=1 is set, printing configuration and halting "
                "compile --"
            ),
        ),
        advise=_print_config,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="cross-sysconfigdata",
        title="PYO3_CROSS_LIB_DIR does not lead to one Python of the target",
        meaning=(
            "In a cross build PyO3 reads the target's `_sysconfigdata*.py`. The folder "
            "must have exactly one that fits."
        ),
        signs=(
            Sign(
                "Detected multiple possible Python versions",
                r"Detected multiple possible Python versions",
                "several",
            ),
            Sign(
                "Could not find _sysconfigdata",
                r"Could not find _sysconfigdata\*\.py in (?P<folder>.+)",
            ),
            Sign(
                "failed to search the lib dir at 'PYO3_CROSS_LIB_DIR",
                r"lib dir at 'PYO3_CROSS_LIB_DIR=(?P<folder>[^']*)'",
            ),
        ),
        examples=(
            (
                "error: Detected multiple possible Python versions. Please set "
                "either the PYO3_CROSS_PYTHON_VERSION variable to the wanted version"
            ),
            "error: Could not find _sysconfigdata*.py in /opt/arm/lib",
        ),
        advise=_sysconfigdata,
        url=guide.CROSS,
    ),
    Rule(
        id="cross-python-unknown",
        title="The Python of the target is unknown",
        meaning="In a cross build no interpreter can be asked; its version must be "
        "given.",
        signs=(
            Sign(
                "must be specified when cross-compiling",
                r"PYO3_CROSS_PYTHON_VERSION or .* must be specified when "
                r"cross-compiling",
            ),
            Sign(
                "Neither abi3 or abi3t",
                r"error: Neither abi3 or abi3t features are enabled",
                "without",
            ),
            Sign(
                "when compiling without a Python interpreter",
                r"feature must be specified when compiling without a Python "
                r"interpreter",
                "without",
            ),
        ),
        examples=(
            (
                "error: PYO3_CROSS_PYTHON_VERSION or an abi3-py3* feature must be "
                "specified when cross-compiling and PYO3_CROSS_LIB_DIR is not set."
            ),
            (
                "error: An abi3-py3* feature must be specified when compiling "
                "without a Python interpreter."
            ),
        ),
        advise=_cross_version,
        url=guide.CROSS,
    ),
    Rule(
        id="auto-initialize-static",
        title="`auto-initialize` needs a shared libpython",
        meaning=(
            "The feature starts Python by itself, which PyO3 supports with a shared "
            "libpython only. Without the feature, a static one can be linked."
        ),
        signs=(
            Sign(
                "`auto-initialize` feature is enabled, but",
                r"The `auto-initialize` feature is enabled, but your python "
                r"installation",
            ),
        ),
        examples=(
            (
                "error: The `auto-initialize` feature is enabled, but your python "
                "installation only supports embedding the Python interpreter "
                "statically."
            ),
        ),
        advise=_auto_initialize,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="lib-name-missing",
        title="The configuration does not name libpython",
        meaning="Whoever links libpython has to know its name.",
        signs=(
            Sign(
                "config does not contain lib_name",
                r"attempted to link to Python shared library but config does not "
                r"contain",
            ),
        ),
        examples=(
            (
                "error: attempted to link to Python shared library but config does not "
                "contain lib_name"
            ),
        ),
        advise=_lib_name,
        url=guide.CONFIGURE,
    ),
    Rule(
        id="pyo3-build-script",
        title="PyO3's build script failed",
        meaning="It configures PyO3 for one Python; its own message has the reason.",
        signs=(
            Sign(
                "failed to run custom build command for `pyo3",
                r"failed to run custom build command for "
                r"`(?P<crate>pyo3(?:-ffi|-build-config)? v[^`\s]+)",
            ),
        ),
        examples=("error: failed to run custom build command for `pyo3-ffi v0.29.3`",),
        advise=_fallback,
        url=guide.CONFIGURE,
        yields_to=(
            *("no-python-found", "python-not-runnable", "python-script-failed"),
            *("config-file-invalid", "print-config-set", "cross-sysconfigdata"),
            *("cross-python-unknown", "auto-initialize-static", "lib-name-missing"),
            *("interpreter-too-new", "interpreter-too-old", "abi3-newer-than-host"),
            *("free-threaded-unsupported", "pointer-width", "graalpy-too-old"),
            *("import-library-missing", "disk-full", "out-of-memory"),
            *("folder-not-executable", "system-library-too-old"),
        ),
        is_vague=True,
    ),
)
