from __future__ import annotations

import json
import sys

import pytest

from ferrule.errors.python import RequiresPythonError, SelectionError
from ferrule.python import probe_script, search
from ferrule.python.selection import select_interpreters, selector_name


@pytest.fixture
def env(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "_SYSTEM_FOLDERS", ())
    monkeypatch.setattr(search, "_SYSTEM_PARENTS", ())
    monkeypatch.setattr(sys, "executable", "")
    return {
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
        "PATH": str(tmp_path / "bin"),
        "PYENV_ROOT": str(tmp_path / "pyenv"),
    }


@pytest.fixture
def add(tmp_path, env):
    """Return a function that installs a program which answers like a Python.

    Builds that this machine does not have are needed here (free-threaded,
    debug, GraalPy); real interpreters answer in test_probe and test_discovery.
    """
    count = 0

    def add(name, version, implementation="CPython", *, ft=False, debug=False):
        nonlocal count
        count += 1
        path = tmp_path / "bin" / name
        if path.exists():
            path = tmp_path / "pyenv" / "versions" / f"v{count}" / "bin" / name
        facts = {
            **probe_script.gather(),
            "executable": str(path),
            "base_executable": str(path),
            "implementation": implementation,
            "version": [int(part) for part in version.split(".")],
            "gil_disabled": ft,
            "debug": debug,
            "prefix": f"/p{count}",
            "base_prefix": f"/p{count}",
        }
        answer = f"{probe_script.BEGIN}{json.dumps(facts)}{probe_script.END}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\nprintf '%s' '{answer}'\n")
        path.chmod(0o755)
        return str(path)

    return add


@pytest.fixture
def machine(add):
    add("python3.6", "3.6.15")
    add("python3.9", "3.9.18")
    add("python3.10", "3.10.4")
    add("python3.10", "3.10.13")
    add("python3.12", "3.12.1")
    add("python3.13", "3.13.0")
    add("python3.13t", "3.13.1", ft=True)
    add("python3.13d", "3.13.9", debug=True)
    add("pypy3.10", "3.10.14", "PyPy")
    add("pypy3.11", "3.11.9", "PyPy")
    add("graalpy3.12", "3.12.8", "GraalVM")
    add("python", "3.12.3")


def names(found):
    return [f"{selector_name(one)}:{one.version_text}" for one in found]


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["3.9"], ["3.9:3.9.18"]),
        (["3.10"], ["3.10:3.10.13"]),
        (["3.10.4"], ["3.10:3.10.4"]),
        (["python3.10"], ["3.10:3.10.4"]),
        (["3.13"], ["3.13:3.13.0"]),
        (["3.13t"], ["3.13t:3.13.1"]),
        (["3.13d"], ["3.13d:3.13.9"]),
        (["cpython3.12"], ["3.12:3.12.3"]),
        (["python"], ["3.12:3.12.3"]),
        (["cpython"], ["3.13:3.13.0"]),
        (["pypy"], ["pypy3.11:3.11.9"]),
        (["pypy3"], ["pypy3.11:3.11.9"]),
        (["pypy3.10"], ["pypy3.10:3.10.14"]),
        (["graalpy"], ["graalpy3.12:3.12.8"]),
        (["graalpy3.12"], ["graalpy3.12:3.12.8"]),
        (["3.9-3.10"], ["3.9:3.9.18", "3.10:3.10.13"]),
        (["3.6-3.9"], ["3.9:3.9.18"]),
        (["pypy3.9-3.11"], ["pypy3.10:3.10.14", "pypy3.11:3.11.9"]),
        (["3.12", "3.9", "3.9-3.10"], ["3.12:3.12.3", "3.9:3.9.18", "3.10:3.10.13"]),
        (
            ["all"],
            ["3.9:3.9.18", "3.10:3.10.13", "3.12:3.12.3", "3.13:3.13.0",
             "3.13t:3.13.1", "pypy3.10:3.10.14", "pypy3.11:3.11.9",
             "graalpy3.12:3.12.8"],
        ),
    ],
    ids=",".join,
)  # fmt: skip
def test_selectors(env, machine, selectors, expected):
    assert names(select_interpreters(selectors, env)) == expected


def test_a_path_is_taken_as_it_is(env, add):
    path = add("my-python", "3.11.1")
    assert names(select_interpreters([path], env)) == ["3.11:3.11.1"]
    assert names(select_interpreters(["my-python"], env)) == ["3.11:3.11.1"]


def test_the_folder_of_an_environment_is_a_path_too(env, add, tmp_path):
    add("python", "3.11.1")
    assert names(select_interpreters([str(tmp_path)], env)) == ["3.11:3.11.1"]


def test_a_debug_build_is_taken_where_there_is_no_other(env, add):
    add("python3.13d", "3.13.9", debug=True)
    assert names(select_interpreters(["3.13"], env)) == ["3.13d:3.13.9"]


def test_ranges_and_all_keep_to_requires_python(env, machine):
    found = select_interpreters(["3.9-3.13"], env, requires_python=">=3.10,<3.13")
    assert names(found) == ["3.10:3.10.13", "3.12:3.12.3"]
    found = select_interpreters(["all"], env, requires_python=">=3.12")
    assert names(found) == [
        "3.12:3.12.3",
        "3.13:3.13.0",
        "3.13t:3.13.1",
        "graalpy3.12:3.12.8",
    ]


def test_gaps_of_a_range_are_told(env, machine, warnings):
    select_interpreters(["3.7-3.13"], env, requires_python=">=3.8")
    assert warnings == [
        'no interpreter for 3.8, 3.11 of "3.7-3.13": these are left out'
    ]


def test_a_named_one_outside_of_requires_python_is_an_error(env, add):
    path = add("python3.9", "3.9.18")
    with pytest.raises(SelectionError) as caught:
        select_interpreters(["3.9"], env, requires_python=">=3.10")
    assert str(caught.value) == (
        "the requested interpreter cannot be used\n"
        ' 1. "3.9" does not fit the project\n'
        f"     {path} is Python 3.9.18\n"
        '     requires-python is ">=3.10"\n'
        "     fix: leave it out, or change requires-python in pyproject.toml\n"
        "  found on this machine:\n"
        f"    3.9  (3.9.18, {path})\n"
        "  fix: `ferrule python list --all` shows every candidate and why"
    )
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("selector", ["3.9-3.10", "all"])
def test_nothing_inside_requires_python_is_an_error(env, add, selector):
    add("python3.9", "3.9.18")
    with pytest.raises(SelectionError) as caught:
        select_interpreters([selector], env, requires_python=">=3.14")
    assert (
        "none of the interpreters that were found is inside requires-python\n"
        '     requires-python is ">=3.14"'
    ) in str(caught.value)


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ("3.14", 'no interpreter for "3.14"\n     looked on PATH, in pyenv, uv,'),
        ("3.12t", "free-threaded builds exist from Python 3.13 on"),
        ("3.10.99", "there is only 3.10 (3.10.4), 3.10 (3.10.13)"),
        ("3.6", "Python 3.6 is too old: PyO3 needs 3.7 or newer"),
        ("2.7", "Python 2.7 is too old: PyO3 needs 3.7 or newer"),
        ("2.7-3.6", "nothing in this range"),
        ("3.14-3.15", "nothing in this range"),
        ("pypi3.10", 'no interpreter for "pypi3.10" (did you mean "pypy3.10"?)'),
        ("al", 'no interpreter for "al" (did you mean "all"?)'),
        ("python3", "no such command on PATH"),
        ("/no/python", "failed to run the Python interpreter at /no/python"),
        ("3.x", '"3.x" does not name an interpreter'),
    ],
)
def test_what_is_not_found_is_explained(env, machine, selector, text):
    with pytest.raises(SelectionError) as caught:
        select_interpreters([selector], env)
    assert text in str(caught.value)
    assert "    pypy3.10  (3.10.14, " in str(caught.value)


def test_a_broken_interpreter_explains_a_miss(env, tmp_path):
    path = tmp_path / "bin" / "python3.11"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho lost library >&2; exit 127\n")
    path.chmod(0o755)
    for selector in ("3.11", "python3.11"):
        with pytest.raises(SelectionError) as caught:
            select_interpreters([selector], env)
        reason = f"{path} does not work: exit status 127: lost library"
        assert reason in str(caught.value)
        assert "no usable interpreter was found on this machine" in str(caught.value)


def test_a_broken_command_is_an_error_of_its_own(env, tmp_path):
    path = tmp_path / "bin" / "python"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\nexit 9\n")
    path.chmod(0o755)
    with pytest.raises(SelectionError) as caught:
        select_interpreters(["python"], env)
    assert "exit status 9\n     it was chosen by --interpreter python" in str(
        caught.value
    )


def test_several_problems_are_reported_together(env, machine):
    with pytest.raises(SelectionError) as caught:
        select_interpreters(["3.9", "3.14", "3.15", "x y"], env)
    text = str(caught.value)
    assert text.startswith("3 of the requested interpreters cannot be used\n 1. no")
    assert text.count("found on this machine") == 1
    assert caught.value.exit_code == 4


def test_a_mistyped_value_is_an_error_of_usage(env, machine):
    with pytest.raises(SelectionError) as caught:
        select_interpreters(["3.x"], env)
    assert caught.value.exit_code == 2


def test_a_bad_requirement_is_an_error(env):
    with pytest.raises(RequiresPythonError) as caught:
        select_interpreters(["all"], env, requires_python="3.9 or so")
    assert str(caught.value) == (
        'requires-python "3.9 or so" is not a version specifier\n'
        '  fix: write for example ">=3.9" (PEP 440)'
    )


def test_an_empty_machine_is_an_error(env, tmp_path):
    env["PATH"] = str(tmp_path)
    with pytest.raises(SelectionError, match="no interpreter was found at all"):
        select_interpreters(["all"], env)
