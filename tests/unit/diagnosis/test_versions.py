from __future__ import annotations

import pytest

from ferrule.diagnosis.versions import release_for


@pytest.mark.parametrize(
    ("version", "implementation", "release"),
    [
        ("3.12", "Python", "0.20"),
        ("3.13", "Python", "0.22"),
        ("3.14", "Python", "0.25"),
        ("3.15", "Python", "0.29"),
        ("3.11", "PyPy", "0.23"),
        ("3.10", "GraalPy", "0.21"),
        ("3.6", "Python", ""),
    ],
)
def test_the_oldest_release_for_a_python(version, implementation, release):
    assert release_for(version, implementation) == release


def test_no_release_for_a_python_of_the_future():
    assert release_for("3.99") == ""


def test_a_release_that_does_not_know_it_is_not_the_answer():
    # 0.23 learnt PyPy 3.11 in its last patch.
    assert release_for("3.11", "PyPy", present="0.23.4") == "0.24"
    assert release_for("3.13", present="0.20.3") == "0.22"
    assert release_for("3.13", present="a branch") == "0.22"
