from __future__ import annotations

from pathlib import Path

from ferrule.migrate import proof as module
from ferrule.migrate.changes import FileChange, Migration
from ferrule.migrate.peers import Built
from ferrule.migrate.proof import Proof
from ferrule.wheel.comparison import Difference

WHEEL = Path("x-1-py3-none-any.whl")
MIGRATION = Migration(Path("p"), "maturin", (FileChange("pyproject.toml", "a", "b"),))


def compare(before, after):
    return module._compare_sdists(
        MIGRATION, Built("maturin 1", WHEEL, before), Built("ferrule 1", WHEEL, after)
    )


def test_an_sdist_that_only_ferrule_can_make_is_an_improvement():
    (found,) = compare(None, Path("x-1.tar.gz"))
    assert found.right == "x-1.tar.gz"
    assert found.explanation == "maturin 1 cannot make an sdist of this project"


def test_an_sdist_that_only_the_peer_can_make_is_a_loss():
    (found,) = compare(Path("x-1.tar.gz"), None)
    assert found.explanation is None
    assert compare(None, None) == []


def test_a_proof_needs_a_reason_for_every_difference():
    good = Difference("file", "a", "a", None, "why")
    bad = Difference("file", "b", "b", None)
    names = ("a.whl", "b.whl")
    assert Proof("", "", names, (good,), (good,)).is_equal
    assert not Proof("", "", names, (good,), (bad,)).is_equal
