from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ferrule.errors.project import FieldValueError, RequirementError
from ferrule.project.requirements import (
    add_extra,
    normalize_requirement,
    normalize_specifier,
)

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FIELD = "project.dependencies"

names = st.from_regex(r"\A[A-Za-z][A-Za-z0-9._-]{0,5}[A-Za-z0-9]\Z")
versions = st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,2}){1,3}\Z")
blanks = st.sampled_from(["", " "])
clauses = st.tuples(
    blanks,
    st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~="]),
    blanks,
    versions,
).map("".join)
specifiers = st.lists(clauses | versions.map("=={}.*".format), max_size=4).map(",".join)


@patient
@given(specifiers)
def test_specifiers_are_those_of_packaging(text):
    assert normalize_specifier(text, field="f") == str(SpecifierSet(text))


@patient
@given(names, specifiers)
def test_requirements_are_those_of_packaging(name, specifier):
    text = f"{name} {specifier}"
    assert normalize_requirement(text, field=FIELD) == str(Requirement(text))


@pytest.mark.parametrize(
    ("requirement", "with_extra"),
    [
        ("x>1", 'x>1; extra == "e"'),
        ("x @ https://e.org/x.zip", 'x @ https://e.org/x.zip ; extra == "e"'),
        (
            "x; python_version<'3.9'",
            'x; python_version < "3.9" and extra == "e"',
        ),
        (
            "x; python_version<'3' or os_name=='nt'",
            'x; (python_version < "3" or os_name == "nt") and extra == "e"',
        ),
        ("x[B, a]>=1", 'x[B,a]>=1; extra == "e"'),
        (
            "x @ https://e.org/x;y.zip ; os_name=='nt'",
            'x @ https://e.org/x;y.zip ; os_name == "nt" and extra == "e"',
        ),
        ("x @ https://e.org/x;y.zip", 'x @ https://e.org/x;y.zip ; extra == "e"'),
    ],
)
def test_extra_becomes_a_marker(requirement, with_extra):
    found = add_extra(normalize_requirement(requirement, field=FIELD), "e")
    assert found == with_extra
    assert str(Requirement(found)) == found


def test_bad_requirement():
    with pytest.raises(RequirementError) as caught:
        normalize_requirement("foo >= >= 2", field=FIELD)
    text = str(caught.value)
    assert text.startswith(
        'project.dependencies has "foo >= >= 2", which is no valid requirement\n'
    )
    assert 'fix: write for example "name>=1.2"' in text


def test_bad_specifier():
    with pytest.raises(FieldValueError) as caught:
        normalize_specifier("3.9+", field="project.requires-python")
    text = str(caught.value)
    assert text.startswith('project.requires-python is "3.9+"\n')
    assert 'fix: write for example ">=3.9" or ">=3.9,<4"' in text
