"""Which Pythons of another machine a project is built for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.pipeline.opening import OpenProject, wanted_interpreters
from ferrule.pipeline.request import Request
from ferrule.project.location import Location
from ferrule.python.probe import running_interpreter

HOST = "x86_64-unknown-linux-gnu"
DATA = """\
build_time_vars = {
 'EXT_SUFFIX': '.cpython-312-s390x-linux-gnu.so',
 'SOABI': 'cpython-312-s390x-linux-gnu', 'VERSION': '3.12', 'LDVERSION': '3.12',
 'Py_ENABLE_SHARED': 1, 'SIZEOF_VOID_P': 8, 'prefix': '/usr'}
"""


@pytest.fixture
def opened(tmp_path):
    def make(table=None, *, target=None, state="release", **env):
        env.setdefault("FERRULE_CONFIG_DIR", str(tmp_path / "none"))
        pyproject = {"tool": {"ferrule": table or {}}}
        return OpenProject(
            request=Request(start=tmp_path, env=env, state=state, selectors=()),
            location=Location(tmp_path, None, tmp_path / "Cargo.toml", pyproject),
            toolchain=Toolchain("", HOST, (1, 90)),
            is_from_sdist=False,
            target=target,
        )

    return make


def only(found):
    (interpreter,) = wanted_interpreters(found)
    return interpreter


def test_the_variables_ask_for_another_python_of_this_target_too(opened) -> None:
    found = only(opened(PYO3_CROSS_PYTHON_VERSION="3.14t"))
    assert found.is_foreign
    assert found.ext_suffix == ".cpython-314t-x86_64-linux-gnu.so"


def test_a_development_install_is_for_the_python_that_runs_it(opened) -> None:
    here = running_interpreter()
    project = opened(PYO3_CROSS_PYTHON_VERSION="3.14t", state="editable")
    project.request = replace(project.request, interpreter=here)
    assert only(project) is here


def test_another_c_library_has_another_python(opened) -> None:
    project = opened(target="x86_64-unknown-linux-musl")
    project.request = replace(project.request, selectors=("3.12",))
    found = only(project)
    assert found.is_foreign
    assert found.ext_suffix == ".cpython-312-x86_64-linux-musl.so"


def test_the_sysroot_is_relative_to_the_project(opened, tmp_path) -> None:
    folder = tmp_path / "board/usr/lib/python3.12"
    folder.mkdir(parents=True)
    (folder / "_sysconfigdata__linux_.py").write_text(DATA)
    target = "s390x-unknown-linux-gnu"
    found = only(opened({"sysroot": "board"}, target=target))
    assert found.display_name == "CPython 3.12"
    assert found.lib_dir == str(tmp_path / "board")
    library = tmp_path / "board/usr/lib/s390x-linux-gnu/libpython3.12.a"
    library.parent.mkdir()
    library.touch()
    found = only(opened({"sysroot": "board"}, target=target))
    assert found.lib_dir == str(library.parent)


def test_a_configuration_file_says_everything(opened) -> None:
    assert only(opened(PYO3_CROSS="1", PYO3_CONFIG_FILE="/x")) is None
