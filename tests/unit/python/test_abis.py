from __future__ import annotations

import pytest

from ferrule import log
from ferrule.errors.configuration import ConfigurationError, InterpreterNeededError
from ferrule.python.abis import bare_suffix, compute_abi, foreign_abi
from ferrule.python.releases import Pyo3Release
from ferrule.target.triple import parse_triple

LINUX = "x86_64-unknown-linux-gnu"
NEW = Pyo3Release.parse("0.30.1")
OLD = Pyo3Release.parse("0.22.6")


def compute(interpreter, *features, release=NEW, target=LINUX, **options):
    return compute_abi(release, interpreter, frozenset(features), target, **options)


@pytest.mark.parametrize(
    ("version", "features", "tags", "suffix"),
    [
        ("3.12", (), "cp312-cp312", ".cpython-312-x86_64-linux-gnu.so"),
        ("3.7", (), "cp37-cp37m", ".cpython-37-x86_64-linux-gnu.so"),
        ("3.12", ("abi3",), "cp312-abi3", ".abi3.so"),
        ("3.12", ("abi3-py311", "abi3-py310"), "cp310-abi3", ".abi3.so"),
        ("3.14t", ("abi3-py310",), "cp314-cp314t", ".cpython-314t-x86_64-linux-gnu.so"),
        ("3.15t", ("abi3t-py315",), "cp315-abi3.abi3t", ".abi3t.so"),
        ("3.14", ("abi3t-py315",), "cp314-cp314", ".cpython-314-x86_64-linux-gnu.so"),
    ],
)
def test_cpython(make_interpreter, version, features, tags, suffix):
    abi = compute(make_interpreter(version), *features)
    assert f"{abi.python_tag}-{abi.abi_tag}" == tags
    assert abi.extension_suffix == suffix


def test_platform_in_the_name_from_3_15_on(make_interpreter):
    python = make_interpreter("3.15", soabi_platform="x86_64-linux-gnu")
    assert compute(python, "abi3").extension_suffix == ".abi3-x86_64-linux-gnu.so"
    assert compute(python, "abi3-py39").extension_suffix == ".abi3.so"


@pytest.mark.parametrize(
    ("name", "version", "release", "tags"),
    [
        ("PyPy", "3.11", (7, 3), "pp311-pypy311_pp73"),
        ("PyPy", "3.12", (8, 0), "pp312-pypy312_pp80"),
        ("GraalVM", "3.12", (25, 0), "graalpy312-graalpy250_312_native"),
    ],
)
def test_other_implementations_ignore_abi3(
    make_interpreter, name, version, release, tags
):
    python = make_interpreter(
        version, implementation=name, implementation_version=release
    )
    abi = compute(python, "abi3-py310")
    assert f"{abi.python_tag}-{abi.abi_tag}" == tags
    assert abi.kind == "version"


@pytest.mark.parametrize(
    ("target", "suffix"),
    [
        ("x86_64-pc-windows-msvc", ".pyd"),
        ("x86_64-pc-cygwin", ".abi3.dll"),
        ("aarch64-apple-darwin", ".abi3.so"),
    ],
)
def test_abi3_names_of_platforms(target, suffix):
    abi = compute(None, "abi3-py310", target=target)
    assert abi.extension_suffix == suffix


def test_debug_interpreter_on_windows(make_interpreter):
    python = make_interpreter(debug=True)
    abi = compute(python, "abi3", target="x86_64-pc-windows-msvc")
    assert abi.extension_suffix == "_d.pyd"
    assert compute(python).abi_tag == "cp312d"


def test_no_interpreter_is_warned_about():
    shown = []
    with log.sink_to(lambda kind, message: shown.append((kind, message))):
        abi = compute(None, "abi3-py310")
    assert abi.version == (3, 10)
    assert shown == [("warning", "Compiling without a working Python interpreter.")]


def test_no_interpreter_and_no_version():
    with pytest.raises(InterpreterNeededError) as caught:
        compute(None, "abi3")
    assert str(caught.value) == (
        "no Python interpreter, and no cargo feature that names an ABI\n"
        "  the bare feature abi3 takes its version from an interpreter\n"
        "  fix: choose a Python with --interpreter, or enable a feature of pyo3 such "
        "as abi3-py313"
    )


def test_feature_above_the_interpreter(make_interpreter):
    with pytest.raises(ConfigurationError) as caught:
        compute(make_interpreter("3.9"), "abi3-py312")
    assert caught.value.what == (
        "cannot set a minimum Python version 3.12 higher than the interpreter version "
        "3.9 (the minimum Python version is implied by the abi3-py312 feature)"
    )


def test_bare_abi3_has_an_upper_bound(make_interpreter):
    assert compute(make_interpreter("3.17"), "abi3").version == (3, 15)


def test_forward_compatibility_turns_abi3_on_before_0_29(make_interpreter):
    env = {"PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1"}
    python = make_interpreter("3.12")
    assert compute(python, release=OLD, env=env).kind == "abi3"
    assert compute(python, release=NEW, env=env).kind == "version"


@pytest.mark.parametrize(
    ("name", "version", "target", "suffix"),
    [
        ("CPython", (3, 12), LINUX, ".cpython-312-x86_64-linux-gnu.so"),
        (
            "CPython",
            (3, 10),
            "aarch64-unknown-linux-musl",
            ".cpython-310-aarch64-linux-gnu.so",
        ),
        (
            "CPython",
            (3, 11),
            "aarch64-unknown-linux-musl",
            ".cpython-311-aarch64-linux-musl.so",
        ),
        (
            "CPython",
            (3, 12),
            "armv7-unknown-linux-gnueabihf",
            ".cpython-312-arm-linux-gnueabihf.so",
        ),
        (
            "CPython",
            (3, 12),
            "i686-unknown-linux-gnu",
            ".cpython-312-i386-linux-gnu.so",
        ),
        ("CPython", (3, 12), "aarch64-pc-windows-msvc", ".cp312-win_arm64.pyd"),
        ("CPython", (3, 12), "aarch64-apple-darwin", ".cpython-312-darwin.so"),
        ("PyPy", (3, 11), LINUX, ".pypy311-pp73-x86_64-linux-gnu.so"),
        ("PyPy", (3, 11), "x86_64-apple-darwin", ".pypy311-pp73-darwin.so"),
        ("GraalVM", (3, 12), LINUX, ".graalpy250-312-native-x86_64-linux.so"),
    ],
)
def test_names_for_other_machines(name, version, target, suffix):
    abi = foreign_abi(name, version, parse_triple(target))
    assert abi.extension_suffix == suffix


def test_bare_names(make_interpreter):
    python = make_interpreter("3.12")
    specific = compute(python)
    stable = compute(python, "abi3")
    assert bare_suffix(specific, python, None) == specific.extension_suffix
    assert bare_suffix(specific, python, "plain") == ".so"
    assert bare_suffix(stable, python, None) == ".abi3.so"
    assert bare_suffix(stable, python, "abi3") == ".abi3.so"
    assert bare_suffix(stable, python, "tagged") == python.ext_suffix
    with pytest.raises(ConfigurationError, match="for one Python version, not for"):
        bare_suffix(specific, python, "abi3")
    with pytest.raises(InterpreterNeededError, match="tagged name of an abi3 module"):
        bare_suffix(stable, None, "tagged")


def test_bare_names_of_pypy_are_tagged(make_interpreter):
    python = make_interpreter("3.11", implementation="PyPy", ext_suffix=".pypy311.so")
    assert bare_suffix(compute(python), python, "plain") == ".pypy311.so"
