"""Extensions and programs of setuptools-rust in ferrule's keys."""

from __future__ import annotations

import pytest

from ferrule.settings.compat.rust_extension import Declared, declared_in_pyproject
from ferrule.settings.compat.setuptools_rust import translate_extensions
from ferrule.settings.layer import read_table


def translate(*parts, problems=None, profile=None, **crates):
    found = [] if problems is None else problems
    declared = [
        Declared(f"ext[{number}]", part, is_bin=part.pop("is_bin", False))
        for number, part in enumerate(parts)
    ]
    table, warnings = translate_extensions(
        declared, found, crate_name=crates.get, profile=profile
    )
    if problems is None:
        assert found == []
        # What comes out must be understood by the settings themselves.
        again = []
        read_table(table, "tool.ferrule", again)
        assert again == []
    return table, warnings


SINGLE = [
    ({}, {}),
    ({"features": ["a", "b"]}, {"features": ["a", "b"]}),
    ({"args": ["--features", "a,b", "--features=c"]}, {"features": ["a", "b", "c"]}),
    ({"args": ["--profile", "lto"]}, {"profile": "lto"}),
    ({"args": ["--profile=lto"], "debug": True}, {"profile": "lto"}),
    ({"debug": True}, {"profile": "dev"}),
    ({"debug": False}, {"profile": "release"}),
    ({"debug": None}, {}),
    ({"rustc-flags": ["-Cx=y"]}, {"rustc-args": ["-Cx=y"]}),
    ({"native": True}, {"rustc-args": ["-Ctarget-cpu=native"]}),
    ({"strip": "All"}, {"strip": True}),
    ({"strip": "Debug"}, {"rustc-args": ["-C", "strip=debuginfo"]}),
    ({"strip": "No", "quiet": True}, {}),
    ({"env": {"A": "b"}}, {"env": {"A": "b"}}),
    ({"cargo-manifest-args": ["--locked"]}, {"locked": True}),
    (
        {"cargo_manifest_args": ["--frozen", "--offline"]},
        {"frozen": True} | {"offline": True},
    ),
    ({"args": ["--no-default-features"]}, {"no-default-features": True}),
    ({"args": ["-j", "2"]}, {"jobs": 2}),
    (
        {"args": ["--config", "a=1", "-Zx"]},
        {"config": ["a=1"], "unstable-flags": ["x"]},
    ),
    ({"rust-version": ">=1.60"}, {"rust-version": ">=1.60"}),
    ({"py-limited-api": "cp39"}, {"abi3": "3.9"}),
    ({"py-limited-api": "auto"}, {}),
    ({"py-limited-api": True}, {}),
    ({"path": "rust/Cargo.toml"}, {"manifest-path": "rust/Cargo.toml"}),
    (
        {"generated-files": {"a.txt": "p.q", "d/e": "p"}},
        {
            "include": [
                {"path": "a.txt", "from": "out-dir", "to": "p/q"},
                {"path": "d/./e", "from": "out-dir", "to": "p"},
            ]
        },
    ),
]


@pytest.mark.parametrize(("given", "expected"), SINGLE, ids=str)
def test_a_single_extension(given, expected):
    table, _ = translate({"target": "p._c", **given})

    assert table == {"module-name": "p._c", "bindings": "pyo3", **expected}


OWN_TABLE = [
    ({"optional": True}, {"optional": True}),
    ({"binding": "NoBinding"}, {"bindings": "none"}),
    (
        {"binding": "RustCPython", "features": ["x"]},
        {
            "bindings": "none",
            "features": ["x", "cpython/python3-sys", "cpython/extension-module"],
        },
    ),
    ({"args": ["--timings"]}, {"cargo-args": ["--timings"]}),
]


@pytest.mark.parametrize(("given", "expected"), OWN_TABLE, ids=str)
def test_an_extension_that_needs_a_table_of_its_own(given, expected):
    table, _ = translate({"target": "p._c", **given})

    assert table == {"modules": [{"name": "p._c", **expected}]}


PROGRAMS = [
    ({"target": "tool", "is_bin": True}, {"name": "tool"}),
    ({"target": "a.tool", "is_bin": True}, {"name": "tool"}),
    (
        {"target": {"tool": "shown"}, "is_bin": True},
        {"name": "tool", "script": "shown"},
    ),
    (
        {"target": "pkg.bin.my-tool", "binding": "Exec"},
        {"name": "my-tool", "to": "pkg/bin/my-tool"},
    ),
    (
        {"target": {"tool": "pkg.other"}, "binding": "Exec", "strip": "Debug"},
        {"name": "tool", "to": "pkg/other", "strip": True},
    ),
    ({"target": "p.tool", "binding": "Exec", "script": True}, {"name": "tool"}),
]


@pytest.mark.parametrize(("given", "expected"), PROGRAMS, ids=str)
def test_programs(given, expected):
    table, _ = translate(dict(given))

    assert table == {"binaries": [expected]}


def test_several_parts_of_several_crates():
    table, _ = translate(
        {"target": "p.a", "path": "a/Cargo.toml", "rust-version": ">=1.60"},
        {"target": "p.b", "path": "./b/Cargo.toml", "generated-files": {"x": "p"}},
        {"target": "t", "path": "a/Cargo.toml", "is_bin": True, "rust-version": "<2"},
        **{"b/Cargo.toml": "second"},
    )

    assert table == {
        "manifest-path": "a/Cargo.toml",
        "modules": [{"name": "p.a"}, {"name": "p.b", "manifest-path": "b/Cargo.toml"}],
        "binaries": [{"name": "t"}],
        "include": [{"path": "x", "from": "out-dir", "to": "p", "crate": "second"}],
        "rust-version": ">=1.60,<2",
    }


def test_the_profile_of_the_environment_replaces_others():
    table, _ = translate({"target": "a", "debug": True}, profile="lto")

    assert table["profile"] == "lto"


WRONG = [
    ({}, 'ext[0] lacks the key "target"'),
    ({"target": 1}, "ext[0].target must be a string or a table of strings"),
    ({"target": {"a": "b"}}, "ext[0].target is a table, which only programs can have"),
    ({"target": "a.b-c"}, 'ext[0].target is "a.b-c", which Python cannot import'),
    ({"target": "a", "bindings": "PyO3"}, '(did you mean "binding"?)'),
    ({"target": "a", "binding": "pyo"}, 'is "pyo" (did you mean "PyO3"?)'),
    ({"target": "a", "strip": "x"}, 'use one of "No", "Debug", "All"'),
    ({"target": "a", "features": "x"}, "ext[0].features must be a list of strings"),
    ({"target": "a", "debug": "yes"}, "ext[0].debug must be true or false"),
    ({"target": "a", "env": {"A": 1}}, "ext[0].env must be a table of strings"),
    ({"target": "a", "rust-version": "new"}, 'ext[0].rust-version is "new"'),
    ({"target": "a", "py-limited-api": "3.9"}, 'a tag such as "cp39"'),
    ({"target": "a", "py-limited-api": 3}, '"auto", true, false or a tag'),
    ({"target": "a", "generated-files": {"../x": "p"}}, "which leaves OUT_DIR"),
    ({"target": "a", "binding": "PyO3", "is_bin": True}, "have no such parameter"),
]


@pytest.mark.parametrize(("given", "text"), WRONG, ids=str)
def test_mistakes_name_their_place(given, text):
    problems = []

    translate(dict(given), problems=problems)

    assert len(problems) == 1
    assert text in str(problems[0])


WARNED = [
    (
        {"binding": "nobinding"},
        'ext[0].binding is "nobinding": setuptools-rust writes "NoBinding"',
    ),
    ({"native": True}, "ext[0].native: the wheel runs only on processors like this"),
    (
        {"py_limited_api": False},
        "ext[0].py_limited_api: whether the module uses the stable ABI follows",
    ),
    ({"binding": "Exec", "script": True}, "ext[0].script: the program itself is"),
    (
        {"args": ["--crate-type", "dylib"]},
        "ext[0].args: --crate-type dylib has no counterpart",
    ),
]


@pytest.mark.parametrize(("given", "text"), WARNED, ids=str)
def test_warnings(given, text):
    _, warnings = translate({"target": "a", **given})

    assert [item for item in warnings if item.startswith(text)]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ([], "tool.setuptools-rust must be a table"),
        ({"ext-module": []}, '(did you mean "ext-modules"?)'),
        ({"bins": {}}, "tool.setuptools-rust.bins must be a list of tables"),
        ({"bins": [1]}, "tool.setuptools-rust.bins[0] must be a table"),
    ],
    ids=str,
)
def test_tables_that_setuptools_rust_would_overlook(table, text):
    problems = []

    assert declared_in_pyproject(table, problems) == []
    assert text in str(problems[0])


def test_places_of_declared_extensions():
    table = {"ext-modules": [{"target": "a"}], "bins": [{"target": "b"}]}

    found = declared_in_pyproject(table, [])

    assert [(item.where, item.is_bin) for item in found] == [
        ("tool.setuptools-rust.ext-modules[0]", False),
        ("tool.setuptools-rust.bins[0]", True),
    ]
