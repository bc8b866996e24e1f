from __future__ import annotations

from ferrule.project.people import read_crate_authors, read_people
from ferrule.project.table import Findings, ProjectTable


def test_names_and_addresses():
    findings = Findings()
    people = [
        {"name": 'Jö "J" Doe, Jr.', "email": "jo@x.y"},
        {"name": "Only Name"},
        {"email": "only@x.y"},
        {"name": "A B", "email": "ab@x.y"},
        {},
    ]
    assert read_people(ProjectTable({"authors": people}, findings), "authors") == (
        "Only Name",
        '"Jö \\"J\\" Doe, Jr." <jo@x.y>, only@x.y, A B <ab@x.y>',
    )
    assert not findings.errors
    assert not findings.warnings


def test_unknown_keys_are_warnings():
    findings = Findings()
    people = [{"name": "A", "mail": "a@x.y"}]
    read_people(ProjectTable({"authors": people}, findings), "authors")
    (warning,) = findings.warnings
    assert warning == (
        'project.authors[1] has a key "mail" that no standard knows '
        '(did you mean "email"?): it is ignored'
    )


def test_an_unknown_key_of_many_people_is_said_once():
    findings = Findings()
    people = [{"name": name, "orcid": "0000"} for name in "ABC"]
    read_people(ProjectTable({"authors": people}, findings), "authors")
    (warning,) = findings.warnings
    assert warning == (
        'project.authors[1] (and 2 more) has a key "orcid" that no standard knows: '
        "it is ignored"
    )


def test_unknown_keys_may_hold_anything():
    findings = Findings()
    people = [{"name": "A", "url": 3, "roles": ["x"]}]
    found = read_people(ProjectTable({"authors": people}, findings), "authors")
    assert found == ("A", None)
    assert not findings.errors
    assert [text.split('"')[1] for text in findings.warnings] == ["roles", "url"]


def test_wrong_types():
    findings = Findings()
    read_people(ProjectTable({"authors": "me"}, findings), "authors")
    read_people(ProjectTable({"authors": ["me"]}, findings), "authors")
    first, second = map(str, findings.errors)
    assert first.startswith("project.authors must be an array of tables")
    assert second.startswith("project.authors[1] must be a table\n  it is a string")


def test_authors_of_cargo():
    assert read_crate_authors(("Ann <a@x.y>", "Ben")) == (
        "Ann <a@x.y>, Ben",
        "Ann <a@x.y>",
    )
    assert read_crate_authors(()) == (None, None)
