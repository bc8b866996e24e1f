"""Real Pythons of other machines in folders of this one."""

from __future__ import annotations

import json

import pytest

from ferrule.errors import FerruleError
from ferrule.python.foreign_files import find_foreign, why_another_machine
from ferrule.python.registering import guess_target
from ferrule.python.releases import NEWEST_RELEASE
from ferrule.python.selector import parse_name
from ferrule.python.upstream_search import config_difference, upstream_difference
from ferrule.target.triple import parse_triple

ARM = parse_triple("aarch64-unknown-linux-gnu")
INTEL = parse_triple("x86_64-unknown-linux-gnu")
MUSL = parse_triple("x86_64-unknown-linux-musl")


def variables(python="3.13", triplet="aarch64-linux-gnu", **changes):
    compact = python.replace(".", "")
    values = {
        "SOABI": f"cpython-{compact}-{triplet}",
        "EXT_SUFFIX": f".cpython-{compact}-{triplet}.so",
        "VERSION": python.rstrip("t"),
        "LDVERSION": python,
        "Py_ENABLE_SHARED": 1,
        "SIZEOF_VOID_P": 8,
        "Py_GIL_DISABLED": int(python.endswith("t")),
        "prefix": "/usr",
    }
    return {**values, **changes}


def put(folder, values, name="_sysconfigdata__linux_.py"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"build_time_vars = {values!r}\n")
    return path


DETAILS = {
    "schema_version": "1.0",
    "platform": "linux-aarch64",
    "language": {"version": "3.14"},
    "implementation": {"name": "cpython"},
    "abi": {"flags": ["t"]},
    "suffixes": {"extensions": [".cpython-314t-aarch64-linux-gnu.so", ".abi3.so"]},
    "libpython": {"dynamic": "/usr/lib/libpython3.14t.so.1.0"},
}


def put_details(folder, data, name="build-details.json"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def find(folder, target=ARM, name=None, **env):
    parsed = parse_name(name) if name else None
    return find_foreign(str(folder), target, parsed, env)


@pytest.mark.parametrize(
    "place",
    [
        "python3.13",
        "lib/python3.13",
        "lib64/python3.13",
        "usr/lib/python3.13",
        "usr/local/lib/python3.13",
        "lib/aarch64-linux-gnu/python3.13",
        "build/lib.linux-aarch64-3.13",
        "",
    ],
)
def test_folders_may_be_called_as_they_like(tmp_path, place) -> None:
    put(tmp_path / place, variables())
    found = find(tmp_path)
    assert found.ext_suffix == ".cpython-313-aarch64-linux-gnu.so"
    assert found.is_foreign


def test_the_content_decides_and_not_the_path(tmp_path) -> None:
    # PyO3 keeps every file of a path that holds "aarch64", and 3.1 is 3.13 for it.
    root = tmp_path / "aarch64"
    put(root / "python3.13", variables())
    put(
        root / "python3.13",
        variables(triplet="x86_64-linux-gnu"),
        "_sysconfigdata_b.py",
    )
    put(root / "python3.12", variables("3.12"))
    put(root / "python3.1", variables("3.1"))
    assert find(root, name="3.13").soabi == "cpython-313-aarch64-linux-gnu"
    assert find(root, INTEL).soabi == "cpython-313-x86_64-linux-gnu"
    assert find(root, name="3.1").minor_version == (3, 1)
    found = find(root, name="3.13")
    said = upstream_difference(str(root), ARM, parse_name("3.13"), {}, found)
    assert said.startswith("`ferrule build` takes CPython 3.13 from PYO3_CROSS_LIB_DIR")
    assert "PyO3 by itself would fail: Detected multiple possible" in said


def test_the_folder_of_libpython_leads_to_its_python(tmp_path, elf_image) -> None:
    library = tmp_path / "usr/lib/aarch64-linux-gnu/libpython3.13.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(elf_image(machine=183))
    put(tmp_path / "usr/lib/python3.13", variables())
    assert find(library.parent).lib_dir == str(library.parent)


def test_free_threaded_and_plain_lie_side_by_side(tmp_path) -> None:
    put(tmp_path / "python3.13", variables())
    put(tmp_path / "python3.13t", variables("3.13t"))
    assert find(tmp_path, name="3.13t").gil_disabled
    assert not find(tmp_path, name="3.13").gil_disabled


def test_copies_are_one_python(tmp_path) -> None:
    put(tmp_path / "python3.13", variables())
    put(tmp_path / "python3.13", variables(LIBDIR="/x"), "_sysconfigdata_copy.py")
    assert find(tmp_path).minor_version == (3, 13)


def test_several_and_how_to_choose(tmp_path) -> None:
    put(tmp_path / "python3.12", variables("3.12"), "_sysconfigdata_a.py")
    put(tmp_path / "python3.13", variables(), "_sysconfigdata_b.py")
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    assert "Detected multiple possible Python versions" in str(caught.value)
    assert "_sysconfigdata_a.py" in str(caught.value)
    chosen = find(tmp_path, _PYTHON_SYSCONFIGDATA_NAME="_sysconfigdata_b")
    assert chosen.minor_version == (3, 13)
    with pytest.raises(FerruleError) as caught:
        find(tmp_path, _PYTHON_SYSCONFIGDATA_NAME="_sysconfigdata_b.py")
    text = str(caught.value)
    assert 'asks for (did you mean "_sysconfigdata_b"?)' in text
    assert "there are _sysconfigdata_a, _sysconfigdata_b\n" in text
    assert "fix: correct the variable, or unset it" in text


@pytest.mark.parametrize(
    ("values", "target", "name", "reason"),
    [
        (variables(), INTEL, None, "it was built for aarch64-linux-gnu"),
        (variables(SIZEOF_VOID_P=4), ARM, None, "its pointers have 32 bits"),
        (variables("3.12"), ARM, "3.13", "it is Python 3.12"),
        (variables("3.13"), ARM, "3.13t", "it is Python 3.13"),
        (variables(SOABI="pypy311-pp73"), ARM, "3.13", "it is pypy311-pp73"),
        (
            variables(triplet="x86_64-linux-gnu", HOST_GNU_TYPE="x86_64-pc-linux-gnu"),
            MUSL,
            None,
            "another C library",
        ),
        (
            variables(triplet="x86_64-linux-musl"),
            INTEL,
            None,
            "x86_64-linux-musl, another C library",
        ),
    ],
)
def test_pythons_of_other_machines_are_named(
    tmp_path, values, target, name, reason
) -> None:
    path = put(tmp_path / "python3", values)
    with pytest.raises(FerruleError) as caught:
        find(tmp_path, target, name)
    text = str(caught.value)
    assert f"for {target} is below {tmp_path}" in text
    assert reason in text
    assert str(path) in text
    assert "PYO3_CROSS_LIB_DIR" in text


def test_build_details_stand_in_for_sysconfigdata(tmp_path) -> None:
    put_details(tmp_path / "python3.14t", DETAILS, "build-details..aarch64.json")
    found = find(tmp_path)
    assert found.display_name == "CPython 3.14t"
    assert found.ext_suffix == ".cpython-314t-aarch64-linux-gnu.so"
    assert found.ld_version == "3.14t"
    assert found.build_flags == ("Py_GIL_DISABLED",)
    assert "PyO3 by itself would fail" in upstream_difference(
        str(tmp_path), ARM, None, {}, found
    )
    # The older file knows more.
    put(tmp_path / "python3.14t", variables("3.14t", Py_ENABLE_SHARED=0))
    assert not find(tmp_path).shared


def test_build_details_confirm_the_other_file(tmp_path, monkeypatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr("ferrule.log.warn", warnings.append)
    put(tmp_path / "python3.14t", variables("3.14t"))
    put_details(tmp_path / "python3.14t", DETAILS)
    find(tmp_path)
    assert warnings == []
    other = {"extensions": [".cpython-314-aarch64-linux-gnu.so"]}
    put_details(tmp_path / "python3.14t", {**DETAILS, "suffixes": other})
    assert find(tmp_path).gil_disabled
    assert ".cpython-314t-aarch64-linux-gnu.so, which is believed" in warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"language": {"version": 3}}', "\0"),
        json.dumps({**DETAILS, "suffixes": {"extensions": []}}),
        json.dumps({**DETAILS, "abi": 3}),
    ],
)
def test_build_details_that_nobody_wrote(tmp_path, text) -> None:
    path = put_details(tmp_path / "python3.14", text)
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    assert f"cannot read {path} as the description of a Python" in str(caught.value)


def test_a_libpython_of_another_machine_is_refused(tmp_path, elf_image) -> None:
    put(tmp_path / "python3.13", variables())
    library = tmp_path / "libpython3.13.so"
    library.write_bytes(elf_image(machine=183))
    assert find(tmp_path).lib_dir == str(tmp_path)
    library.write_bytes(elf_image(machine=62))
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    text = str(caught.value)
    assert f"{library} is a library for x86_64" in text
    assert "aarch64-unknown-linux-gnu needs one for aarch64" in text
    library.write_text("INPUT(libpython3.13.so.1.0)")
    assert find(tmp_path).lib_dir == str(tmp_path)


def test_damaged_files_give_designed_errors(tmp_path) -> None:
    path = put(
        tmp_path / "python3.13", variables(VERSION="9" * 300, LDVERSION="9" * 300)
    )
    with pytest.raises(FerruleError):
        find(tmp_path)
    path.write_text("build_time_vars = " + "(" * 5000)
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    assert f"cannot read {path} as the build-time variables" in str(caught.value)


def test_nothing_at_all(tmp_path) -> None:
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    assert str(caught.value).startswith("Could not find _sysconfigdata*.py in")
    with pytest.raises(FerruleError) as caught:
        find(tmp_path / "missing")
    assert "failed to list the entries" in str(caught.value)


def test_pyodide_names_a_folder_in_f_strings(tmp_path) -> None:
    data = {**variables("3.12", "wasm32-emscripten"), "SIZEOF_VOID_P": 4}
    text = repr({**data, "prefix": "@"}).replace("'@'", "f'{PYODIDE_ROOT}/cpython'")
    path = put(tmp_path / "python3.12", {})
    path.write_text(
        'import os\nPYODIDE_ROOT = os.environ.get("PYODIDE_ROOT", "/root")\n'
        f"build_time_vars = {text}\nif os.environ.get('PYODIDE'):\n    pass\n"
    )
    found = find(tmp_path, parse_triple("wasm32-unknown-emscripten"))
    assert found.ext_suffix == ".cpython-312-wasm32-emscripten.so"


def test_what_runs_code_is_refused(tmp_path) -> None:
    path = put(tmp_path / "python3.12", {})
    path.write_text("import os\nbuild_time_vars = {'a': os.getcwd()}\n")
    with pytest.raises(FerruleError) as caught:
        find(tmp_path)
    assert "as the build-time variables of a Python" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "target"),
    [
        ({"SOABI": "cpython-312-arm-linux-gnueabihf"}, "armv7-unknown-linux-gnueabihf"),
        ({"SOABI": "cpython-312-i386-linux-gnu"}, "i686-unknown-linux-gnu"),
        ({"SOABI": "cpython-312-riscv64-linux-gnu"}, "riscv64gc-unknown-linux-gnu"),
        ({"SOABI": "cpython-313-aarch64-linux-android"}, "aarch64-linux-android"),
        ({"SOABI": "cpython-313-iphoneos"}, "aarch64-apple-ios"),
        ({"SOABI": "cpython-312-wasm32-emscripten"}, "wasm32-unknown-emscripten"),
        (
            {
                "SOABI": "cpython-310-x86_64-linux-gnu",
                "HOST_GNU_TYPE": "x86_64-alpine-linux-musl",
            },
            "x86_64-unknown-linux-musl",
        ),
        (
            {"SOABI": "cpython-312-darwin", "HOST_GNU_TYPE": "arm-apple-darwin20"},
            "aarch64-apple-darwin",
        ),
        (
            {"SOABI": "cpython-312", "HOST_GNU_TYPE": "amd64-portbld-freebsd14.3"},
            "x86_64-unknown-freebsd",
        ),
        ({"SOABI": "cpython-312"}, ""),
        ({}, ""),
    ],
)
def test_the_target_of_a_python(values, target) -> None:
    assert guess_target(values) == target
    if target:
        assert why_another_machine(values, parse_triple(target)) == ""


def test_notes_for_ferrule_config(tmp_path) -> None:
    def note(target, **env):
        return config_difference(env, target, INTEL, NEWEST_RELEASE)

    assert "takes this machine's Python for x86_64-unknown-linux-musl" in note(MUSL)
    assert note(ARM) == ""
    put(tmp_path / "python3.13", variables())
    assert note(ARM, PYO3_CROSS_LIB_DIR=str(tmp_path)) == ""
    put(tmp_path / "python3.13", variables("3.12"))
    said = note(ARM, PYO3_CROSS_LIB_DIR=str(tmp_path), PYO3_CROSS_PYTHON_VERSION="3.13")
    assert said.startswith("`ferrule build` refuses this folder: no Python 3.13")
