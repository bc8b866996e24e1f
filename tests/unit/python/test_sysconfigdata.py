from __future__ import annotations

import pytest

from ferrule.errors.configuration import ConfigurationError, SysconfigdataError
from ferrule.python.described import describe_sysconfigdata
from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release
from ferrule.python.sysconfigdata import find_sysconfigdata, parse_sysconfigdata
from ferrule.target.triple import parse_triple

TARGET = parse_triple("aarch64-unknown-linux-gnu")
GOOD = {
    "SOABI": "cpython-312-aarch64-linux-gnu",
    "VERSION": "3.12",
    "Py_ENABLE_SHARED": "1",
    "SIZEOF_VOID_P": "8",
}


def find(lib_dir, version=None, **env):
    return find_sysconfigdata(str(lib_dir), TARGET, version, env, NEWEST_RELEASE)


def put(folder, name="_sysconfigdata__linux_aarch64-linux-gnu.py", text=""):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "place",
    [
        "",
        "python3.12",
        "lib/python3.12",
        "python3.13t",
        "lib_pypy",
        "pypy3.10",
        "graalpy24",
        "build/lib.linux-aarch64-3.12",
    ],
)
def test_found(tmp_path, place):
    path = put(tmp_path / place)
    assert find(tmp_path) == path


@pytest.mark.parametrize(
    "place", ["lib64", "other", "build/lib.linux-x86_64-3.12", "python2.7"]
)
def test_not_found(tmp_path, place):
    put(tmp_path / place)
    with pytest.raises(ConfigurationError) as caught:
        find(tmp_path)
    assert caught.value.message == f"Could not find _sysconfigdata*.py in {tmp_path}"


def test_version_narrows_by_prefix(tmp_path):
    put(tmp_path / "python3.9")
    path = put(tmp_path / "python3.13t")
    assert find(tmp_path, (3, 13)) == path
    assert find(tmp_path, (3, 1)) == path


def test_architecture_decides_between_several(tmp_path):
    path = put(tmp_path / "python3.9")
    put(tmp_path / "python3.9", "_sysconfigdata__linux_x86_64.py")
    assert find(tmp_path) == path


def test_several(tmp_path):
    first = put(tmp_path / "python3.9", "_sysconfigdata_a.py")
    second = put(tmp_path / "python3.9", "_sysconfigdata_b.py")
    with pytest.raises(ConfigurationError) as caught:
        find(tmp_path)
    assert caught.value.report == (
        "Detected multiple possible Python versions. Please set either the "
        "PYO3_CROSS_PYTHON_VERSION variable to the wanted version or the "
        "_PYTHON_SYSCONFIGDATA_NAME variable to the wanted sysconfigdata file name."
        f"\n\nsysconfigdata files found:\n\t{first}\n\t{second}\n"
    )
    assert find(tmp_path, _PYTHON_SYSCONFIGDATA_NAME="_sysconfigdata_b") == second


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        find(tmp_path / "none")
    assert caught.value.causes == (
        f"failed to list the entries in '{tmp_path / 'none'}'",
        "No such file or directory (os error 2)",
    )


def test_values_are_read_as_data(tmp_path):
    text = (
        "# generated\nbuild_time_vars = {'prefix': '/x/_h_env_placehold_1',\n"
        " 'Py_ENABLE_SHARED': 0, 'A': 'one\\ntwo words', 'B': ''}\n"
        "raise SystemExit('it is never executed')\n"
    )
    path = put(tmp_path, text=text)
    expected = {"prefix": "/x/_h_env_placehold_1", "A": "one", "two": "words", "B": ""}
    new = parse_sysconfigdata(path, NEWEST_RELEASE)
    assert new == {**expected, "Py_ENABLE_SHARED": "1"}
    old = parse_sysconfigdata(path, Pyo3Release.parse("0.24.2"))
    assert old == {**expected, "Py_ENABLE_SHARED": "0"}


@pytest.mark.parametrize(
    "text", ["", "build_time_vars = open('x')", "build_time_vars ="]
)
def test_other_contents(tmp_path, text):
    path = put(tmp_path, text=text)
    with pytest.raises(SysconfigdataError) as caught:
        parse_sysconfigdata(path, NEWEST_RELEASE)
    assert caught.value.what == (
        f"cannot read {path} as the build-time variables of a Python"
    )


def test_description():
    data = {**GOOD, "LDVERSION": "3.12", "LIBDIR": "/usr/lib", "Py_DEBUG": "1"}
    described = describe_sysconfigdata(NEWEST_RELEASE, data)
    assert described.build_flags == ("Py_DEBUG", "Py_REF_DEBUG")
    assert (described.version, described.pointer_width) == ((3, 12), 64)
    assert described.lib_dir == "/usr/lib"


@pytest.mark.parametrize(
    ("changes", "report"),
    [
        ({"SOABI": None}, "SOABI not found in sysconfigdata file"),
        ({"VERSION": None}, "VERSION not found in sysconfigdata file"),
        ({"SIZEOF_VOID_P": None}, "SIZEOF_VOID_P not found in sysconfigdata file"),
        ({"SOABI": "jython"}, "unsupported Python interpreter"),
        (
            {"Py_ENABLE_SHARED": "yes"},
            "expected a bool (1/true/True or 0/false/False) for Py_ENABLE_SHARED",
        ),
        (
            {"VERSION": "3"},
            (
                "could not parse value of VERSION\ncaused by:\n"
                "  - 0: expected major.minor version\n"
            ),
        ),
    ],
)
def test_missing_and_unreadable_variables(changes, report):
    data = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    with pytest.raises(ConfigurationError) as caught:
        describe_sysconfigdata(NEWEST_RELEASE, data)
    assert caught.value.report == report
