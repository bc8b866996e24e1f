from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.errors.project import (
    FieldTypeError,
    FieldValueError,
    LicenseExpressionError,
    LicenseFileError,
)
from ferrule.project.license import read_crate_license, read_project_license
from ferrule.project.table import Findings, ProjectTable


@pytest.fixture
def read(tmp_path, crate):
    def read(table, crate=crate):
        findings = Findings()
        found = read_project_license(ProjectTable(table, findings), tmp_path, crate)
        findings.raise_errors()
        return found

    return read


def names(found):
    return [name for name, _ in found.files]


def test_expression_is_put_into_spdx_spelling(read):
    assert read({"license": "mit or apache-2.0"}).expression == "MIT OR Apache-2.0"


@pytest.mark.parametrize(
    ("expression", "hint", "fix"),
    [
        ("Apache 2.0", "", "write an SPDX expression such as `MIT`"),
        ("Apache-2", ' (did you mean "Apache-2.0"?)', "write an SPDX expression"),
        ("MIT/Apache-2.0", "", 'write "MIT OR Apache-2.0"'),
        ("", "", "write an SPDX expression"),
        ("(MIT", "", "write an SPDX expression"),
    ],
)
def test_bad_expression(read, expression, hint, fix):
    with pytest.raises(LicenseExpressionError) as caught:
        read({"license": expression})
    text = str(caught.value)
    what = f'project.license is "{expression}", which is no SPDX expression'
    assert text.startswith(what + hint)
    assert f"fix: {fix}" in text
    assert "see: https://spdx.org/licenses/" in text


def test_table_with_text(read):
    assert read({"license": {"text": "MIT"}}).text == "MIT"


def test_table_with_file(read, tmp_path):
    (tmp_path / "legal.txt").touch()
    found = read({"license": {"file": "legal.txt"}})
    assert found.files == (("legal.txt", tmp_path / "legal.txt"),)
    assert found.expression is None


def test_file_above_the_project_goes_to_the_top(read, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "terms").touch()
    table = {"license": {"file": f"../{tmp_path.name}/sub/terms"}}
    assert names(read(table)) == ["sub/terms"]


def test_table_with_both(read):
    with pytest.raises(FieldValueError) as caught:
        read({"license": {"file": "a", "text": "b"}})
    assert "exactly one of `file` and `text` is allowed" in str(caught.value)


def test_wrong_type(read):
    with pytest.raises(FieldTypeError) as caught:
        read({"license": ["MIT"]})
    assert str(caught.value).startswith(
        "project.license must be an SPDX expression (a string)\n  it is an array"
    )


def test_missing_license_file(read, tmp_path):
    with pytest.raises(LicenseFileError) as caught:
        read({"license": {"file": "LICENSE.md"}})
    text = str(caught.value)
    assert text.startswith('project.license has "LICENSE.md"\n')
    assert f"there is no file {tmp_path / 'LICENSE.md'}" in text
    assert "fix: name files that exist, relative to pyproject.toml" in text


def test_default_files(read, tmp_path):
    for name in ("AUTHORS", "COPYING.txt", "LICENCE", "LICENSE-MIT", "NOTICE", "x"):
        (tmp_path / name).touch()
    (tmp_path / "LICENSES").mkdir()
    expected = ["LICENCE", "LICENSE-MIT", "COPYING.txt", "NOTICE", "AUTHORS"]
    assert names(read({})) == expected
    assert names(read({"license-files": []})) == []


def test_patterns(read, tmp_path):
    (tmp_path / "licenses" / "deep").mkdir(parents=True)
    (tmp_path / "licenses" / "b.txt").touch()
    (tmp_path / "licenses" / "deep" / "a.txt").touch()
    (tmp_path / "LICENSE").touch()
    table = {"license-files": ["LICEN[CS]E", "LICENSE", "licenses/**/*.txt"]}
    expected = ["LICENSE", "licenses/b.txt", "licenses/deep/a.txt"]
    assert names(read(table)) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("licenses/*.md", "it matches no file below"),
        ("GONE", "there is no file"),
        ("../LICENSE", "`..` is not allowed in patterns"),
        ("/LICENSE", "patterns are relative paths"),
        ("", "patterns are relative paths"),
        ("a\\b", "the separator is `/`, also on Windows"),
        ("LICENSE{a,b}", "not allowed in patterns: , { }"),
    ],
)
def test_bad_pattern(read, pattern, reason):
    with pytest.raises(LicenseFileError) as caught:
        read({"license-files": [pattern]})
    assert str(caught.value).startswith(f'project.license-files has "{pattern}"\n')
    assert reason in str(caught.value)


def test_dynamic_license(read, tmp_path, crate):
    (tmp_path / "TERMS").touch()
    crate = replace(crate, license="MIT", license_file="TERMS")
    found = read({"dynamic": ["license"]}, crate)
    assert (found.text, names(found)) == ("MIT", ["TERMS"])
    assert read({}, crate).files == ()
    assert names(read({"dynamic": ["license-files"]}, crate)) == ["TERMS"]


def test_crate_license_outside_the_project(tmp_path, crate):
    (tmp_path / "TERMS").touch()
    crate = replace(crate, license_file="TERMS")
    found = read_crate_license(crate, tmp_path / "elsewhere", Findings())
    assert found.files == (("TERMS", tmp_path / "TERMS"),)


def test_missing_crate_license_file(tmp_path, crate):
    findings = Findings()
    read_crate_license(replace(crate, license_file="TERMS"), tmp_path, findings)
    assert str(findings.errors[0]).startswith(
        'package.license-file in Cargo.toml has "TERMS"\n  there is no file'
    )


def test_a_project_of_maturin_keeps_building(tmp_path, crate):
    findings = Findings(is_lenient=True)
    table = {"license": "Apache 2.0", "license-files": ["GONE", "GONE*"]}
    found = read_project_license(ProjectTable(table, findings), tmp_path, crate)
    assert (found.expression, found.text, found.files) == (None, "Apache 2.0", ())
    assert findings.errors == []
    assert [text.splitlines()[0].split(",")[0] for text in findings.warnings] == [
        'project.license is "Apache 2.0"',
        'project.license-files has "GONE"',
        'project.license-files has "GONE*"',
    ]
