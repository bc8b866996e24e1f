"""Which Pythons of another machine are meant."""

from __future__ import annotations

import pytest

from ferrule.errors import FerruleError
from ferrule.python.foreign_selection import ForeignQuestion, select_foreign
from ferrule.python.probe import running_interpreter
from ferrule.python.selection import selector_name
from ferrule.target.triple import parse_triple

DATA = """\
build_time_vars = {{
 'EXT_SUFFIX': '.cpython-{compact}-aarch64-linux-gnu.so',
 'SOABI': 'cpython-{compact}-aarch64-linux-gnu',
 'VERSION': '{version}', 'LDVERSION': '{version}',
 'Py_ENABLE_SHARED': 1, 'SIZEOF_VOID_P': 8, 'prefix': '/usr'}}
"""


@pytest.fixture
def ask():
    def call(*selectors, triple="aarch64-unknown-linux-gnu", requires=None, **env):
        question = ForeignQuestion(
            parse_triple(triple),
            env,
            requires,
            find_local=running_interpreter,
            probe=lambda path: running_interpreter() if path == "./python" else None,
        )
        found = select_foreign(selectors, question)
        return [item and selector_name(item) for item in found]

    return call


@pytest.fixture
def lib_dir(tmp_path):
    for version in ("3.11", "3.12"):
        folder = tmp_path / f"python{version}"
        folder.mkdir()
        text = DATA.format(version=version, compact=version.replace(".", ""))
        (folder / "_sysconfigdata__linux_.py").write_text(text)
    return tmp_path


def test_versions_and_implementations(ask) -> None:
    assert ask("3.11", "3.14t", "pypy3.10") == ["3.11", "3.14t", "pypy3.10"]
    assert ask("python3.12", "3.12") == ["3.12"]
    assert ask("pypy") == ["pypy3.11"]


def test_ranges_keep_to_requires_python(ask) -> None:
    assert ask("3.9-3.12") == ["3.9", "3.10", "3.11", "3.12"]
    assert ask("3.9-3.12", requires=">=3.11") == ["3.11", "3.12"]
    assert ask("3.13t-3.14t") == ["3.13t", "3.14t"]
    assert ask("all", requires=">=3.13,<3.15") == ["3.13", "3.14"]


def test_a_local_python_lends_its_version(ask) -> None:
    version = selector_name(running_interpreter())
    assert ask() == [version]
    assert ask("./python") == [version]
    assert ask("python3") == [version]
    assert ask(PYO3_NO_PYTHON="1") == [None]


def test_variables_of_pyo3(ask, lib_dir) -> None:
    assert ask(PYO3_CROSS_PYTHON_VERSION="3.13") == ["3.13"]
    assert ask(PYO3_CROSS_PYTHON_VERSION="3.14t") == ["3.14t"]
    env = {"PYO3_CROSS_PYTHON_IMPLEMENTATION": "PyPy"}
    assert ask(PYO3_CROSS_PYTHON_VERSION="3.11", **env) == ["pypy3.11"]
    both = {"PYO3_CROSS_LIB_DIR": str(lib_dir)}
    assert ask(PYO3_CROSS_PYTHON_VERSION="3.12", **both) == ["3.12"]
    assert ask("3.11", **both) == ["3.11"]
    (lib_dir / "python3.12/_sysconfigdata__linux_.py").unlink()
    assert ask(**both) == ["3.11"]


@pytest.mark.parametrize(
    ("selectors", "env", "text"),
    [
        (
            (),
            {"PYO3_CROSS_PYTHON_VERSION": "new"},
            'PYO3_CROSS_PYTHON_VERSION is "new"',
        ),
        ((), {"PYO3_CROSS_PYTHON_VERSION": "3"}, 'PYO3_CROSS_PYTHON_VERSION is "3"'),
        (
            (),
            {"PYO3_CROSS_PYTHON_IMPLEMENTATION": "pypy"},
            "spelled exactly so",
        ),
        (("./elsewhere",), {}, "it does not run here"),
        (("3.11", "3.12t", "./elsewhere"), {}, "2. "),
    ],
)
def test_what_cannot_be_chosen(ask, selectors, env, text) -> None:
    with pytest.raises(FerruleError) as caught:
        ask(*selectors, **env)
    assert text in str(caught.value)


def test_several_pythons_below_the_folder(ask, lib_dir) -> None:
    with pytest.raises(FerruleError) as caught:
        ask(PYO3_CROSS_LIB_DIR=str(lib_dir))
    assert "Detected multiple possible Python versions" in str(caught.value)


def test_the_files_are_those_of_another_version(ask, lib_dir) -> None:
    (lib_dir / "python3.12/_sysconfigdata__linux_.py").write_text(
        DATA.format(version="3.13", compact="313")
    )
    with pytest.raises(FerruleError) as caught:
        ask("3.12", PYO3_CROSS_LIB_DIR=str(lib_dir))
    text = str(caught.value)
    assert "no Python 3.12 for aarch64-unknown-linux-gnu" in text
    assert "it is Python 3.13" in text


def test_windows_needs_no_files(ask, lib_dir) -> None:
    triple = "x86_64-pc-windows-msvc"
    env = {"PYO3_CROSS_LIB_DIR": str(lib_dir)}
    assert ask("3.12", triple=triple, **env) == ["3.12"]
