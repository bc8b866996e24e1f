from __future__ import annotations

import pytest

from ferrule.errors.configuration import InterpreterNeededError
from ferrule.python.portable import portable_config
from ferrule.python.releases import Pyo3Release

LINUX = "x86_64-unknown-linux-gnu"


def write(interpreter, *features, release="0.30.1", link=False, **options):
    values = {"executable": None, "target": LINUX, **options}
    return portable_config(
        Pyo3Release.parse(release),
        interpreter,
        abi_features=frozenset(features),
        link=link,
        **values,
    )


def test_extension_module_has_no_path(make_interpreter):
    elsewhere = make_interpreter("3.12", lib_dir="/x", executable="/y", shared=False)
    text = write(make_interpreter("3.12"))
    assert write(elsewhere) == text
    assert text == (
        "implementation=CPython\nversion=3.12\nshared=true\npointer_width=64\n"
        "build_flags=\n"
    )


def test_all_pythons_of_one_stable_abi_share_the_file(make_interpreter):
    texts = {write(make_interpreter(v), "abi3-py39") for v in ("3.9", "3.12")}
    texts.add(write(None, "abi3-py39"))
    assert len(texts) == 1
    assert "version=3.9\n" in texts.pop()


def test_old_releases_need_the_abi_written(make_interpreter):
    text = write(make_interpreter("3.12"), "abi3-py39", release="0.22.6")
    assert text.startswith(
        "implementation=CPython\nversion=3.9\nshared=true\nabi3=true"
    )
    newer = write(make_interpreter("3.12"), "abi3-py39", release="0.23.5")
    assert "abi3" not in newer


def test_linked_build(make_interpreter):
    python = make_interpreter("3.12", shared=False, framework_prefix="/Frameworks")
    text = write(python, "abi3-py39", link=True, executable="/bin/python")
    assert text == (
        "implementation=CPython\nversion=3.9\nshared=false\nlib_name=python3.12\n"
        "lib_dir=/opt/python/lib\nexecutable=/bin/python\npointer_width=64\n"
        "build_flags=\npython_framework_prefix=/Frameworks\n"
    )


def test_free_threaded_flag(make_interpreter):
    assert "build_flags=Py_GIL_DISABLED\n" in write(make_interpreter("3.14t"))
    with_lock = write(make_interpreter("3.15"), "abi3t-py315")
    assert write(make_interpreter("3.15t"), "abi3t-py315") == with_lock


def test_windows_always_names_the_library():
    text = write(None, "abi3-py39", target="x86_64-pc-windows-msvc")
    assert "lib_name=python3\n" in text
    assert "lib_dir" not in text


def test_linked_build_without_an_interpreter():
    with pytest.raises(InterpreterNeededError) as caught:
        write(None, "abi3-py39", link=True)
    assert str(caught.value) == (
        "x86_64-unknown-linux-gnu links libpython, so its Python must be known\n"
        "  fix: choose a Python with --interpreter"
    )
