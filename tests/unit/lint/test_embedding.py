"""`append_to_inittab!`: missing, or too late."""

from __future__ import annotations

import pytest

from ferrule.lint.cfg import Conditions
from ferrule.lint.embedding import Part, find_late, find_missing
from ferrule.lint.names import read_names
from ferrule.lint.source import read_source
from ferrule.lint.syntax import parse_items

MODULE = "#[pymodule] fn m(_: &Bound<'_, PyModule>) -> PyResult<()> { Ok(()) }\n"


def part(text: str, path: str = "src/main.rs") -> Part:
    tree = parse_items(read_source(path, text.encode()), Conditions(), True)
    return Part(tree, read_names(tree, "pyo3"))


def late(text: str, *, auto_initialize: bool = False) -> list[str]:
    found = find_late(part(text), auto_initialize=auto_initialize)
    return [f"{item.line}: {item.what}" for item in found]


@pytest.mark.parametrize(
    "body",
    [
        "Python::initialize(); append_to_inittab!(m);",
        "pyo3::prepare_freethreaded_python();\npyo3::append_to_inittab!(m);",
        "Python::initialize(); if a { append_to_inittab!(m); }",
        "Python::initialize(); run(|| { append_to_inittab!(m) });",
        "unsafe { with_embedded_python_interpreter(|py| { append_to_inittab!(m); }) }",
        "start(); append_to_inittab!(m); } fn start() { Python::initialize();",
        "Python::initialize(); register(); } fn register() { append_to_inittab!(m);",
        (
            "start(); register(); } fn start() { Python::initialize(); } "
            "fn register() { append_to_inittab!(m);"
        ),
    ],
)
def test_late(body):
    assert len(late(f"fn main() {{ {body} }}")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "append_to_inittab!(m); Python::initialize();",
        "if a { Python::initialize(); } append_to_inittab!(m);",
        "let f = || Python::initialize(); append_to_inittab!(m);",
        "match a { A => Python::initialize(), B => append_to_inittab!(m) }",
        "unsafe { with_embedded_python_interpreter(|py| {}) } append_to_inittab!(m);",
        "Python::attach(|py| {}); append_to_inittab!(m);",
        "engine.initialize(); Engine::initialize(); append_to_inittab!(m);",
        "#[cfg(own)] Python::initialize(); append_to_inittab!(m);",
        "own! { Python::initialize(); } append_to_inittab!(m);",
        "fn inner() { Python::initialize(); } append_to_inittab!(m);",
        "engine.start(); append_to_inittab!(m); } fn start() { Python::initialize();",
        "/* Python::initialize(); */ append_to_inittab!(m);",
        "both(); } fn both() { append_to_inittab!(m); Python::initialize();",
    ],
)
def test_not_late(body):
    assert late(f"fn main() {{ {body} }}") == []


@pytest.mark.parametrize("call", ["Python::attach", "Python::with_gil"])
def test_attaching_initializes_with_the_feature(call):
    text = f"fn main() {{\n  {call}(|py| {{}});\n  append_to_inittab!(m);\n}}"
    assert late(text) == []
    assert late(text, auto_initialize=True) == [
        (
            f"3: append_to_inittab! comes after `{call}` (line 2) and will panic: "
            "modules are registered before Python is initialized"
        )
    ]


def missing(text: str, library: str = "", *, is_extension: bool = False):
    found = find_missing(
        [part(text)],
        [part(library, "src/lib.rs")] if library else [],
        is_extension=is_extension,
        auto_initialize=True,
    )
    return [(item.line, item.what) for item in found]


RUN = "fn main() {\n  Python::attach(|py| {\n    %s\n  });\n}"


@pytest.mark.parametrize(
    "code",
    [
        'py.import("m")',
        'py.import_bound("m")',
        'PyModule::import(py, "m")',
        'py.import(intern!(py, "m"))',
        'py.run(c"import m", None, None)',
        'py.run(c"import os\\nfrom m import x", None, None)',
        'py.run(r#"\n  from m import x\n"#, None, None)',
    ],
)
def test_an_imported_module_that_nothing_registers(code):
    [(line, what)] = missing(MODULE + RUN % code)
    assert line == 4
    assert what.startswith("`m` cannot be imported")


def test_a_module_that_nothing_uses():
    [(line, what)] = missing(MODULE + RUN % "py.version()")
    assert line == 1
    assert "nothing registers `m`" in what


def test_the_name_that_python_imports():
    renamed = MODULE.replace("#[pymodule]", '#[pymodule] #[pyo3(name = "other")]')
    assert missing(renamed + RUN % 'py.import("other")')[0][0] == 4


@pytest.mark.parametrize(
    "text",
    [
        MODULE + "fn main() { append_to_inittab!(m); Python::initialize(); }",
        MODULE + "fn main() {}",
        MODULE + RUN % 'wrap_pymodule!(m)(py); py.import("m")',
        MODULE + RUN % "ffi::PyImport_AppendInittab(a, b)",
        RUN % 'py.import("m")',
        "#[cfg(own)]\n" + MODULE + RUN % 'py.import("m")',
        MODULE + "// ferrule: allow(inittab-missing)\n" + "x;" + RUN % "m(py)",
    ],
)
def test_nothing_is_missing(text):
    assert missing(text) == []


def test_a_library_that_is_no_extension_module_counts():
    program = RUN % 'py.import("m")'
    assert len(missing(program, MODULE)) == 1
    assert missing(program, MODULE, is_extension=True) == []
    assert missing(RUN % "py.version()", MODULE) == []


def test_a_module_that_the_library_shares_is_left_alone():
    shared = part(MODULE, "src/shared.rs")
    found = find_missing(
        [part(RUN % 'py.import("m")'), shared],
        [shared],
        is_extension=True,
        auto_initialize=True,
    )
    assert found == []


def test_a_comment_allows():
    text = "// ferrule: allow(inittab-missing)\n" + MODULE + RUN % "py.version()"
    assert missing(text) == []
