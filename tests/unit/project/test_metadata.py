from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.errors import FerruleError
from ferrule.errors.project import (
    FieldTypeError,
    FieldValueError,
    MetadataError,
    MissingNameError,
    VersionError,
)
from ferrule.project.metadata import read_core_metadata


@pytest.fixture
def read(tmp_path, crate):
    def read(crate=crate, **project):
        table = {"name": "pkg", "dynamic": ["version"], **project}
        return read_core_metadata({"project": table}, tmp_path, crate)

    return read


def test_everything_from_cargo(tmp_path, full_crate):
    (tmp_path / "README.md").write_text("# Hello\n")
    metadata, warnings = read_core_metadata(None, tmp_path, full_crate)
    assert warnings == ()
    assert metadata.to_metadata_text() == (
        "Metadata-Version: 2.4\n"
        "Name: my-crate\n"
        "Version: 0.3.1\n"
        "Summary: About this\n"
        "Keywords: one,two\n"
        "Home-Page: https://home.example\n"
        "Author: Ann <ann@example.org>, Ben\n"
        "Author-email: Ann <ann@example.org>\n"
        "License: MIT/Apache-2.0\n"
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n"
        "Project-URL: Documentation, https://docs.example\n"
        "Project-URL: Homepage, https://home.example\n"
        "Project-URL: Source Code, https://code.example\n"
        "\n# Hello\n\n"
    )
    assert read_core_metadata({"tool": {}}, tmp_path, full_crate)[0] == metadata


def test_nothing_leaks_from_cargo_unasked(read, full_crate):
    metadata, warnings = read(full_crate)
    assert warnings == ()
    assert metadata.to_metadata_text() == (
        "Metadata-Version: 2.4\nName: pkg\nVersion: 0.3.1\n"
    )


def test_dynamic_fields(read, tmp_path, full_crate):
    (tmp_path / "README.md").write_text("hello")
    fields = ["description", "readme", "authors", "keywords", "urls", "license"]
    metadata, warnings = read(full_crate, dynamic=["version", *fields])
    assert warnings == ()
    assert metadata == replace(
        read_core_metadata(None, tmp_path, full_crate)[0],
        name="pkg",
        dynamic=("version", *fields),
    )


def test_a_whole_project(read, tmp_path):
    (tmp_path / "LICENSE").touch()
    metadata, warnings = read(
        name="My.Pkg",
        version="1.0",
        dynamic=[],
        description="Two\nlines",
        **{"requires-python": ">=3.9, <4"},
        license="mit",
        keywords=["b", "a c"],
        classifiers=["Topic :: B", "Topic :: A"],
        maintainers=[{"name": "M"}],
        urls={"Zed": "https://z", "Home": "https://h"},
        dependencies=["b >= 1", "a; os_name=='nt'"],
        **{"optional-dependencies": {"Foo_Bar": ["x"], "all": ["my.pkg[foo-bar]"]}},
        scripts={"run": "m:f"},
        **{"gui-scripts": {"show": "m:g"}},
        **{"entry-points": {"plug": {"in": "m"}}},
    )
    assert warnings == ()
    assert metadata.to_metadata_text() == (
        "Metadata-Version: 2.4\n"
        "Name: My.Pkg\n"
        "Version: 1.0\n"
        "Classifier: Topic :: B\n"
        "Classifier: Topic :: A\n"
        "Requires-Dist: b>=1\n"
        'Requires-Dist: a; os_name == "nt"\n'
        'Requires-Dist: x; extra == "foo-bar"\n'
        'Requires-Dist: my.pkg[foo-bar]; extra == "all"\n'
        "Provides-Extra: foo-bar\n"
        "Provides-Extra: all\n"
        "License-File: LICENSE\n"
        "Summary: Two lines\n"
        "Keywords: b,a c\n"
        "Maintainer: M\n"
        "License-Expression: MIT\n"
        "Requires-Python: <4,>=3.9\n"
        "Project-URL: Home, https://h\n"
        "Project-URL: Zed, https://z\n"
    )
    assert metadata.entry_points_text() == (
        "[console_scripts]\nrun=m:f\n[gui_scripts]\nshow=m:g\n[plug]\nin=m\n"
    )
    assert metadata.distribution_name == "my_pkg"


def test_static_version_wins_over_cargo(read):
    metadata, warnings = read(version="2.0", dynamic=[])
    assert (metadata.version, warnings) == ("2.0", ())
    metadata, warnings = read(version="2.0")
    assert metadata.version == "2.0"
    (warning,) = warnings
    assert warning == (
        "project.version is set and also listed in `dynamic`: "
        "the value of pyproject.toml is used"
    )


def test_version_nowhere_is_a_warning(read):
    metadata, warnings = read(dynamic=[])
    assert metadata.version == "0.3.1"
    (warning,) = warnings
    assert warning == (
        "[project] neither has `version` nor lists it in `dynamic`: 0.3.1 of "
        'Cargo.toml is used; say so with `dynamic = ["version"]`'
    )


def test_bad_versions(read, crate):
    with pytest.raises(VersionError, match=r'^project\.version is "one"'):
        read(version="one", dynamic=[])
    with pytest.raises(VersionError, match=r"^package\.version in Cargo\.toml is"):
        read(replace(crate, version="1.0.0-foo"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("dependancies", '(did you mean "dependencies"?)'),
        ("repository", "(addresses belong into [project.urls])"),
        ("author_email", 'write `authors = [{ name = "...", email = "..." }]`'),
    ],
)
def test_unknown_keys_are_warnings(read, key, message):
    _, warnings = read(**{key: "x"})
    assert warnings[0].startswith(f'project has a key "{key}" that no standard knows')
    assert message in warnings[0]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("dependencies", "Cargo.toml has nothing to take it from"),
        ("verson", 'which is no field (did you mean "version"?)'),
        ("description", "Cargo.toml does not set it: the field stays empty"),
        ("license", "Cargo.toml does not set it: the field stays empty"),
    ],
)
def test_dynamic_that_finds_nothing_is_a_warning(read, key, message):
    _, warnings = read(dynamic=["version", key])
    assert len(warnings) == 1
    assert message in warnings[0]


def test_other_warnings(read):
    _, warnings = read(
        license="MIT",
        classifiers=["License :: OSI Approved :: MIT License"],
        urls={"x" * 33: "https://x"},
        **{"import-names": ["x"]},
    )
    names, label, classifier = warnings
    assert names.startswith("project.import-names is not written")
    assert "at most 32 characters" in label
    assert "`License ::` classifiers say the same again" in classifier


def test_no_name(tmp_path, crate):
    with pytest.raises(MissingNameError) as caught:
        read_core_metadata({"project": {"version": "1"}}, tmp_path, crate)
    text = str(caught.value)
    assert text.startswith("project.name is missing in pyproject.toml\n")
    assert 'fix: add `name = "my-crate"` to [project]' in text


def test_dynamic_name(read):
    with pytest.raises(MissingNameError, match="may not be listed in `dynamic`"):
        read(dynamic=["name", "version"])


@pytest.mark.parametrize("name", ["", "-a", "a b", "ä", "a\n"])
def test_bad_name(read, name):
    with pytest.raises(FieldValueError) as caught:
        read(name=name)
    assert str(caught.value).startswith(f'project.name is "{name}"')
    assert "a name consists of ASCII letters" in str(caught.value)


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ({"urls": {"a, b": "x"}}, "a comma ends the label in the metadata"),
        ({"urls": {"a": 1}}, "project.urls.a must be a string"),
        ({"urls": []}, "project.urls must be a table"),
        ({"keywords": "a"}, "project.keywords must be an array of strings"),
        ({"keywords": [1]}, "project.keywords (one of its values) must be a string"),
        ({"description": True}, "it is a boolean: True"),
        ({"optional-dependencies": {"é": []}}, "an extra consists of ASCII letters"),
        (
            {"optional-dependencies": {"a-b": [], "A_B": []}},
            'it is the same as "a-b": both are written "a-b"',
        ),
        ({"requires-python": "3"}, 'project.requires-python is "3"'),
        (
            {"optional-dependencies": {"a": ["b c; d"]}},
            'project.optional-dependencies.a has "b c; d", which is no valid',
        ),
    ],
)
def test_wrong_values(read, project, message):
    with pytest.raises(FerruleError) as caught:
        read(**project)
    assert message in str(caught.value)


def test_project_that_is_no_table(tmp_path, crate):
    with pytest.raises(FieldTypeError, match="project must be a table"):
        read_core_metadata({"project": []}, tmp_path, crate)


def test_problems_are_reported_together(read):
    with pytest.raises(MetadataError) as caught:
        read(
            license="Nope",
            readme="GONE",
            dependencies=["a b"],
            scripts={"x": "y"},
            **{"license-files": ["GONE*"]},
        )
    text = str(caught.value)
    assert text.startswith("the metadata has 5 problems\n 1. ")
    for what in ("project.readme names", "no SPDX expression", "GONE*", "a b", "x = "):
        assert what in text
    assert caught.value.exit_code == 2
