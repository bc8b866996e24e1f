"""The package around a UniFFI library; the generator is a script that writes."""

from __future__ import annotations

import pytest

from ferrule.bindings.uniffi import find_program, init_text, uniffi_package
from ferrule.errors.bindings import (
    BindgenError,
    BindgenMissingError,
    BindgenVersionError,
)

WRITE_TWO = """
while [ "$1" != --out-dir ]; do shift; done; out=$2
echo 'x = 1' > $out/demo.py
echo 'y = 2' > $out/other.py
"""


def build(crate_key, library, program, env):
    config = crate_key().crate.folder / "uniffi.toml"
    return uniffi_package(
        library, crate_key(), lambda: program, config_files=[config], env=env
    )


def test_all_generated_modules_are_packed(crate_key, library, env, add_tool):
    program = add_tool("uniffi-bindgen", version="0.31.0", script=WRITE_TWO)
    package = build(crate_key, library, program.path, env)
    members = package.members("demo")
    assert [member.path for member in members] == [
        "demo/__init__.py",
        "demo/demo.py",
        "demo/other.py",
        "demo/libdemo.so",
    ]
    assert members[0].source == b"from .demo import *\nfrom .other import *\n"
    (run,) = program.runs()
    assert run.startswith("generate --no-format --language python --out-dir ")
    assert run.endswith(f" --library {library}")


def test_nothing_runs_for_an_unchanged_library(crate_key, library, env, add_tool):
    program = add_tool("uniffi-bindgen", version="0.31.0", script=WRITE_TWO)
    first = build(crate_key, library, program.path, env)

    def fail():
        raise AssertionError

    again = uniffi_package(library, crate_key(), fail, config_files=[], env=env)
    assert again == first
    library.write_bytes(b"changed")
    build(crate_key, library, program.path, env)
    assert len(program.runs()) == 2


def test_uniffi_toml_names_library_and_foreign_modules(
    crate_key, library, env, add_tool
):
    program = add_tool("uniffi-bindgen", version="0.31.0", script=WRITE_TWO)
    (crate_key().crate.folder / "uniffi.toml").write_text(
        '[bindings.python]\ncdylib_name = "native"\n'
        '[bindings.python.external_packages]\nother = "other_dist"\n'
    )
    package = build(crate_key, library, program.path, env)
    assert package.library_name == "libnative.so"
    assert sorted(package.texts) == ["__init__.py", "demo.py"]
    assert package.texts["__init__.py"] == init_text(["demo.py"])


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'no such thing' >&2; exit 1", "no such thing"),
        ("true", "libdemo.so holds no UniFFI metadata"),
    ],
)
def test_a_failing_generator_is_explained(
    script, reason, crate_key, library, env, add_tool
):
    program = add_tool("uniffi-bindgen", version="0.31.0", script=script)
    with pytest.raises(BindgenError) as caught:
        build(crate_key, library, program.path, env)
    text = str(caught.value)
    assert "uniffi-bindgen cannot generate the Python code" in text
    assert reason in text
    assert "`uniffi::setup_scaffolding!()`" in text


def test_a_missing_generator_is_explained(env):
    with pytest.raises(BindgenMissingError) as caught:
        find_program("demo", "0.31.0", env=env)
    text = str(caught.value)
    assert "no uniffi-bindgen for package `demo`" in text
    assert "`uniffi::uniffi_bindgen_main()`, with uniffi's feature `cli`" in text
    assert "install uniffi-bindgen 0.31.0" in text


def test_a_generator_of_another_release_is_refused(env, add_tool):
    program = add_tool("uniffi-bindgen", version="0.30.2", script="")
    assert find_program("demo", "0.30.0", env=env) == program.path
    with pytest.raises(BindgenVersionError) as caught:
        find_program("demo", "0.31.1", env=env)
    assert "it is of release 0.30.2, the crate uses uniffi 0.31.1" in str(caught.value)
