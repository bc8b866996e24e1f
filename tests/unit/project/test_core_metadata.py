from __future__ import annotations

import configparser
import email.parser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.metadata import Metadata, parse_email

from ferrule.project.core_metadata import CoreMetadata

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    min_size=1,
    max_size=20,
).map(lambda text: f"x{text}x")
words = st.from_regex(r"\A[a-z]{1,8}\Z")
anything = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60)


@pytest.mark.parametrize(
    ("name", "version", "file_name", "file_version"),
    [
        ("My.Pkg--x", "1.0", "my_pkg_x", "1.0"),
        ("pkg", "1.0a1+ab.1", "pkg", "1.0a1+ab.1"),
    ],
)
def test_names_in_file_names(name, version, file_name, file_version):
    metadata = CoreMetadata(name=name, version=version)
    assert metadata.distribution_name == file_name
    assert metadata.file_version == file_version


def test_no_entry_points_no_text():
    assert CoreMetadata(name="x", version="1").entry_points_text() == ""


def test_license_text_keeps_its_lines():
    text = "First\n\n  indented\nlast: line\n"
    metadata = CoreMetadata(name="x", version="1", license_text=text, summary="s")
    written = email.parser.Parser().parsestr(metadata.to_metadata_text())
    lines = written["License"].split("\n        ")
    assert lines == ["First", "", "  indented", "last: line"]
    assert written["Summary"] == "s"


def test_values_cannot_begin_a_new_header():
    metadata = CoreMetadata(
        name="x", version="1", classifiers=("a\nVersion: 2",), author="b\r\n\r\nbody"
    )
    written = email.parser.Parser().parsestr(metadata.to_metadata_text())
    assert written.get_all("Version") == ["1"]
    assert written["Author"] == "b body"
    assert not written.get_payload()


@patient
@given(
    summary=printable,
    author=printable,
    keywords=st.lists(words, min_size=1, max_size=3),
    extras=st.lists(words, unique=True, max_size=3),
    urls=st.dictionaries(words, words.map("https://{}.example".format), max_size=3),
    description=anything,
)
def test_what_is_written_is_read_again(
    summary, author, keywords, extras, urls, description
):
    metadata = CoreMetadata(
        name="x",
        version="1.0",
        summary=summary,
        author=author,
        keywords=tuple(keywords),
        provides_extra=tuple(extras),
        project_urls=tuple(sorted(urls.items())),
        requires_dist=("a>=1", 'b; extra == "c"'),
        requires_python=">=3.9",
        description=description,
        description_content_type="text/markdown",
    )
    text = metadata.to_metadata_text()
    raw, unparsed = parse_email(text.encode())
    assert unparsed == {}
    assert raw["summary"] == summary
    assert raw["author"] == author
    assert raw["keywords"] == keywords
    assert raw.get("provides_extra", []) == extras
    assert raw.get("project_urls", {}) == urls
    assert raw["requires_dist"] == ["a>=1", 'b; extra == "c"']
    assert raw["description"] == f"{description}\n"
    assert text == metadata.to_metadata_text()


@patient
@given(anything, anything)
def test_any_text_gives_parsable_metadata(summary, license_text):
    metadata = CoreMetadata(
        name="x", version="1", summary=summary, license_text=license_text
    )
    raw, unparsed = parse_email(metadata.to_metadata_text().encode())
    assert unparsed == {}
    assert raw["name"] == "x"
    assert raw["version"] == "1"
    assert "description" not in raw


def test_packaging_accepts_it():
    metadata = CoreMetadata(
        name="x",
        version="1.0",
        license_expression="MIT",
        license_files=(("licenses/LICENSE", None),),
        provides_extra=("a",),
        requires_dist=('y; extra == "a"',),
        description="# X",
        description_content_type="text/markdown; charset=UTF-8; variant=GFM",
    )
    found = Metadata.from_email(metadata.to_metadata_text().encode(), validate=True)
    assert found.license_files == ["licenses/LICENSE"]


@patient
@given(st.dictionaries(words, words, min_size=1, max_size=4))
def test_entry_points_are_read_again(entries):
    pairs = tuple(sorted((name, f"{value}:f") for name, value in entries.items()))
    metadata = CoreMetadata(
        name="x", version="1", scripts=pairs, entry_points=(("g.h", pairs),)
    )
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(metadata.entry_points_text())
    assert tuple(parser["console_scripts"].items()) == pairs
    assert tuple(parser["g.h"].items()) == pairs
