"""What Rust sources say about Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.trimming.rust_strings import read_folder, read_rust

HERE = Path("/nowhere/src/main.rs")


def kinds(text: str) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in read_rust(text, HERE, HERE.parent)]


@pytest.mark.parametrize(
    "text",
    [
        'py.import("xml.dom")?',
        'py.import_bound("xml.dom")',
        'PyModule::import(py, "xml.dom")',
        'PyModule::import_bound(\n    py,\n    "xml.dom",\n)',
        'CELL.import(py, "xml.dom", "Node")',
        'py.import(intern!(py, "xml.dom"))',
        'py.import(pyo3::intern!(py, "xml.dom"))',
        'py.import(c_str!("xml.dom"))',
        'py.import(c"xml.dom")',
        'py.import(r"xml.dom")',
        'py.import(r#"xml.dom"#)',
        'py /* the module */ .import( // here\n "xml.dom")',
    ],
)
def test_imports(text):
    assert kinds(text)[0] == ("import", "xml.dom")
    assert "unknown" not in {kind for kind, _ in kinds(text)}


def test_other_texts_may_be_modules():
    assert kinds('let x = ["json", "a b", "12"];') == [("text", "json")]


def test_comments_and_characters_do_not_count():
    text = """
    // py.import("a")
    /* py.import("b")
     */
    /// py.import("c")
    let quote = '"'; let other = '\\''; let life: &'a str = "d";
    """
    assert kinds(text) == [("text", "d")]


def test_code_and_its_line():
    text = 'fn f() {\n    py.run(c"import json\\nfrom x import y", None, None)\n}'
    (found,) = read_rust(text, HERE, HERE.parent)
    assert (found.kind, found.line) == ("code", 2)
    assert found.text == "import json\nfrom x import y"


def test_lines_that_go_on():
    assert kinds('f("import a\\\n      , b")') == [("code", "import a, b")]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("py.import(name)", "import"),
        ("PyModule::import(py, &name)", "import"),
        ("py.run(&code, None, None)", "run"),
        ("py.eval_bound(text.as_str(), None, None)", "eval_bound"),
        ("PyModule::from_code(py, code, file, name)", "from_code"),
    ],
)
def test_what_is_not_in_the_source(text, call):
    assert kinds(text) == [("unknown", call)]


@pytest.mark.parametrize(
    "text",
    [
        "py.run(CODE, None, None)",
        "PyModule::from_code(py, CODE, FILE, NAME)",
        "runner.run()",
        "Python::attach(|py| py.run(c_str!(CODE), None, None))",
        "thread.run(move || 3)",
    ],
)
def test_constants_and_other_calls(text):
    assert kinds(text) == []


def test_included_files(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "code.py").write_text("import csv\n")
    (tmp_path / "data.py").write_text("import sqlite3\n")
    (tmp_path / "src" / "lib.rs").write_text(
        'const A: &str = include_str!("code.py");\n'
        'const B: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data.py"));'
    )
    found = [(path, item.text) for path, item in read_folder(tmp_path)]
    assert ("src/lib.rs", "import csv\n") in found
    assert ("src/lib.rs", "import sqlite3\n") in found


def test_python_in_a_macro():
    text = "python! {\n    import json\n    from a.b import c\n    print(1)\n}"
    assert kinds(text) == [("code", "import json"), ("code", "from a.b import c")]


def test_other_programs_of_the_crate_are_not_read(tmp_path):
    for name in ("tests/a.rs", "benches/b.rs", "target/c.rs", "sub/d.rs", "build.rs"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('py.import("json")')
    (tmp_path / "sub" / "Cargo.toml").write_text("")
    (tmp_path / "Cargo.toml").write_text("")
    assert list(read_folder(tmp_path)) == []
