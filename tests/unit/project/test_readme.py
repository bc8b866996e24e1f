from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.errors.project import FieldTypeError, FieldValueError, ReadmeError
from ferrule.project.readme import read_crate_readme, read_project_readme
from ferrule.project.table import Findings, ProjectTable


def read(value, root):
    findings = Findings()
    found = read_project_readme(ProjectTable({"readme": value}, findings), root)
    findings.raise_errors()
    return found, findings.warnings


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("README.md", "text/markdown; charset=UTF-8; variant=GFM"),
        ("read.MARKDOWN", "text/markdown; charset=UTF-8; variant=GFM"),
        ("README.rst", "text/x-rst; charset=UTF-8"),
        ("README", "text/plain; charset=UTF-8"),
    ],
)
def test_type_follows_the_suffix(tmp_path, name, content_type):
    (tmp_path / name).write_bytes("\ufeffé\r\n".encode())
    found, _ = read(name, tmp_path)
    assert found.text == "é\n"
    assert found.content_type == content_type
    assert found.path == tmp_path / name


def test_tables(tmp_path):
    (tmp_path / "README").write_text("x")
    found, _ = read({"file": "README", "content-type": "text/markdown"}, tmp_path)
    assert (found.text, found.content_type) == ("x", "text/markdown")
    found, _ = read({"file": "README"}, tmp_path)
    assert found.content_type == "text/plain; charset=UTF-8"
    found, warnings = read({"text": "y"}, tmp_path)
    assert (found.text, found.content_type) == ("y", None)
    assert "`text` without `content-type`" in warnings[0]


def test_missing_readme(tmp_path):
    with pytest.raises(ReadmeError) as caught:
        read("README.md", tmp_path)
    path = tmp_path / "README.md"
    assert str(caught.value) == (
        f'project.readme names "{path}", which cannot be used\n'
        "  the system says: No such file or directory\n"
        "  fix: create the file as UTF-8 text, or correct project.readme"
    )


def test_readme_in_another_encoding(tmp_path):
    (tmp_path / "README").write_bytes(b"ab\xff")
    with pytest.raises(ReadmeError, match="not UTF-8 \\(byte 2\\)"):
        read("README", tmp_path)


def test_absolute_path(tmp_path):
    (tmp_path / "README").touch()
    with pytest.raises(ReadmeError, match="the path must be relative"):
        read(str(tmp_path / "README"), tmp_path)


def test_table_with_both(tmp_path):
    with pytest.raises(FieldValueError, match="exactly one of `file` and `text`"):
        read({"file": "a", "text": "b"}, tmp_path)


def test_wrong_type(tmp_path):
    with pytest.raises(FieldTypeError) as caught:
        read(1, tmp_path)
    assert str(caught.value) == (
        "project.readme must be a string or a table\n"
        "  it is an integer: 1\n"
        "  fix: write a string or a table"
    )


def test_crate_readme(tmp_path, crate):
    findings = Findings()
    assert read_crate_readme(crate, findings) is None
    (tmp_path / "README.rst").write_text("found")
    assert read_crate_readme(crate, findings).text == "found"
    read_crate_readme(replace(crate, readme="GONE.md"), findings)
    assert str(findings.errors[0]).startswith("package.readme in Cargo.toml names")
