"""Cross builds, target by target: PyO3's own build script against ferrule.

The script of each release is compiled once and run with the `CARGO_CFG_*` of every
target, so that no standard library and no linker of a target is needed.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from situations import HOST, TARGETS, Case
from test_config_oracle import (
    ask_build_config,
    check_current,
    find_prefixed,
    run_script,
    script_env,
)

from ferrule.python.foreign import describe_foreign
from ferrule.python.portable import portable_config
from ferrule.python.releases import Pyo3Release
from ferrule.python.selector import parse_name
from ferrule.python.situation import links_libpython
from ferrule.target.triple import parse_triple

pytestmark = pytest.mark.build

RELEASES = ("0.22.6", "0.25.1", "0.28.3", "0.30.1")
WIDTHS = {
    **TARGETS,
    "x86_64-unknown-linux-musl": ("linux", 64),
    "armv7-unknown-linux-musleabihf": ("linux", 32),
    "i686-unknown-linux-musl": ("linux", 32),
    "i686-pc-windows-gnu": ("windows", 32),
    "aarch64-pc-windows-gnullvm": ("windows", 64),
    "x86_64-linux-android": ("android", 64),
    "aarch64-apple-ios-sim": ("ios", 64),
    "aarch64-unknown-freebsd": ("freebsd", 64),
}
GRID = tuple(
    target
    for target in WIDTHS
    if "wasi" not in target and "aix" not in target and target != HOST
)
ABIS = ("version", "abi3", "free-threaded", "pypy")
ENVIRONMENTS = ("PYO3_CROSS_PYTHON_VERSION", "PYO3_CROSS_LIB_DIR", "PYO3_NO_PYTHON")


def python_of(abi: str, release: Pyo3Release) -> str:
    if abi == "pypy":
        return "pypy3.10" if release.minor < 27 else "pypy3.11"
    if abi == "free-threaded":
        return "3.14t" if release.minor > 25 else "3.13t"
    return "3.12"


def features_of(abi: str, release: Pyo3Release) -> set[str]:
    features = {"extension-module"}
    if abi != "abi3":
        return features
    last = release.abi3_features[-1]
    return {*features, "abi3", *(f"abi3-py3{n}" for n in range(9, last + 1))}


def write_sysconfigdata(folder: Path, python: str, target: str) -> str:
    """Write what a real Python of the target has, and return the folder."""
    triple = parse_triple(target)
    described = describe_foreign(parse_name(python), triple)
    text = python.removeprefix("pypy")
    data = {
        "SOABI": described.soabi,
        "VERSION": text.rstrip("t"),
        "LDVERSION": text,
        "Py_ENABLE_SHARED": 1,
        "SIZEOF_VOID_P": triple.pointer_width // 8,
        "Py_GIL_DISABLED": int("t" in text),
        "Py_DEBUG": 0,
        "LIBDIR": "/usr/lib",
        "prefix": "/usr",
    }
    place = folder / target / python / f"python{text}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "_sysconfigdata__x_.py").write_text(f"build_time_vars = {data!r}\n")
    return str(place.parent)


def cross_env(name: str, python: str, target: str, folder: Path) -> dict[str, str]:
    """Return what the user says about the Python of the target."""
    env = {}
    version = python.removeprefix("pypy")
    if name == "PYO3_CROSS_LIB_DIR":
        env[name] = write_sysconfigdata(folder, python, target)
        if parse_triple(target).is_windows:
            # No file is looked for there.
            env["PYO3_CROSS_PYTHON_VERSION"] = version
    elif name == "PYO3_NO_PYTHON":
        env |= {name: "1", "PYO3_CROSS_PYTHON_VERSION": version}
    else:
        env[name] = version
    if python.startswith("pypy"):
        env["PYO3_CROSS_PYTHON_IMPLEMENTATION"] = "PyPy"
    return env


def situations(release: Pyo3Release, folder: Path):
    """Yield every combination: target, Python and ABI, environment."""
    for target, abi, name in product(GRID, ABIS, ENVIRONMENTS):
        if abi == "free-threaded" and not release.knows_free_threading:
            continue
        python = python_of(abi, release)
        env = cross_env(name, python, target, folder)
        yield abi, python, Case(release, target, env, features_of(abi, release))


@pytest.fixture(autouse=True)
def _more_targets(monkeypatch):
    import test_config_oracle

    monkeypatch.setattr(test_config_oracle, "TARGETS", WIDTHS)


@pytest.mark.parametrize("text", RELEASES)
def test_every_target_is_configured_alike(build_scripts, tmp_path, text):
    scripts = build_scripts(text)
    alike = [
        check_current(scripts.ffi, case, tmp_path)
        for _, _, case in situations(Pyo3Release.parse(text), tmp_path)
    ]
    assert len(GRID) >= 25
    assert sum(alike) >= 60


def handed_over(case: Case, python: str) -> str:
    """Return the file that `ferrule build` gives to PyO3 for a foreign Python."""
    target = parse_triple(case.target)
    return portable_config(
        case.release,
        describe_foreign(parse_name(python), target),
        abi_features=case.features,
        link=False,
        executable=None,
        target=target,
    )


def outcome(script: Path, case: Case, out_dir: Path) -> tuple[set[str], set[str]]:
    """Return the cfgs and the link lines of a build script."""
    status, stdout, stderr = run_script(script, script_env(case, out_dir))
    assert status == 0, f"{case.describe()}\n{stderr}"
    cfgs = find_prefixed(stdout, "cargo:rustc-cfg=")
    return cfgs, find_prefixed(stdout, "cargo:rustc-link-lib=")


def expected_link(lines: set[str], case: Case, python: str) -> set[str]:
    """Return PyO3's link lines, put right where PyO3 errs.

    The features of the stable ABI lower the version in the name of a library that
    is really linked (Android, iOS): the Python is called after its own version.
    """
    if parse_triple(case.target).is_windows:
        return lines
    return {line.replace("python3.9", f"python{python}") for line in lines}


def test_the_handed_over_file_compiles_and_links_alike(build_scripts, tmp_path):
    """From 0.29 on one script does everything."""
    scripts = build_scripts("0.30.1")
    release = Pyo3Release.parse("0.30.1")
    count = 0
    for _, python, case in situations(release, tmp_path):
        own_cfgs, own_links = outcome(scripts.ffi, case, tmp_path)
        path = tmp_path / "handed-over.txt"
        path.write_text(handed_over(case, python))
        given = replace(case, env={"PYO3_CONFIG_FILE": str(path)})
        cfgs, links = outcome(scripts.ffi, given, tmp_path)
        assert cfgs == own_cfgs, case.describe()
        assert links == expected_link(own_links, case, python), case.describe()
        count += 1
    assert count >= 200


FACTS = ("implementation", "version", "abi3", "build_flags")


def facts_of(text: str) -> dict[str, str]:
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: values[name] for name in FACTS}


def library_of(text: str) -> str:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)[
        "lib_name"
    ]


@pytest.mark.parametrize("text", ["0.22.6", "0.25.1", "0.28.3"])
def test_the_handed_over_file_says_the_same_to_older_releases(
    build_scripts, tmp_path, text
):
    """Up to 0.28 the file is compiled into the next script: its reader is asked."""
    scripts = build_scripts(text)
    release = Pyo3Release.parse(text)
    count = 0
    for abi, python, case in situations(release, tmp_path):
        env = {**script_env(case, tmp_path), "PYO3_PRINT_CONFIG": "1"}
        _, stdout, stderr = run_script(scripts.ffi, env)
        assert "halting compile --\n" in stdout, f"{case.describe()}\n{stderr}"
        printed = stdout.partition("halting compile --\n")[2].partition("\nnote:")[0]
        path = tmp_path / "handed-over.txt"
        path.write_text(handed_over(case, python))
        given = replace(case, target=HOST, env={"PYO3_CONFIG_FILE": str(path)})
        read = ask_build_config(scripts.build_config, given, tmp_path)
        assert read.config is not None, f"{case.describe()}\n{read.error}"
        theirs = facts_of(printed)
        if abi == "free-threaded" and "PYO3_CROSS_PYTHON_VERSION" in case.env:
            # The letter of the version changes only the library's name there, and
            # PyO3 compiles for a Python with a lock: ferrule's file does better.
            assert theirs["build_flags"] == ""
            theirs["build_flags"] = "Py_GIL_DISABLED"
        assert facts_of(read.config) == theirs, case.describe()
        if links_libpython(release, parse_triple(case.target), extension_module=True):
            wanted = {f"lib={library_of(printed)}"}
            assert {f"lib={library_of(read.config)}"} == expected_link(
                wanted, case, python
            ), case.describe()
        count += 1
    assert count >= 60
