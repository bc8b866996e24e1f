"""Which program `ferrule run` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.compile import CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.errors.development import (
    NoProgramError,
    UnknownProgramError,
    WhichProgramError,
)
from ferrule.pipeline.execution.running import choose_program
from ferrule.project.crate import Crate, CrateTarget


def key(name: str, default_run: str | None = None, **targets: str) -> CompileKey:
    found = tuple(
        CrateTarget(target, (kind,), Path("x.rs")) for target, kind in targets.items()
    )
    crate = Crate(
        name, name, "1.0", Path("Cargo.toml"), found, (), default_run=default_run
    )
    return CompileKey(crate, "library", (), FeatureSelection(), "dev", None, Path())


def test_the_only_program() -> None:
    keys = [key("lib"), key("app", server="bin")]
    chosen, words = choose_program(keys, None, None)
    assert (chosen.crate.name, words) == ("app", ["--bin=server"])


def test_the_crates_own_before_those_that_it_uses() -> None:
    keys = [key("app", server="bin"), key("tool", tool="bin")]
    assert choose_program(keys, None, None)[1] == ["--bin=server"]
    assert choose_program(keys, "tool", None)[0].crate.name == "tool"


def test_default_run() -> None:
    keys = [key("app", "b", a="bin", b="bin")]
    assert choose_program(keys, None, None)[1] == ["--bin=b"]


def test_an_example() -> None:
    keys = [key("app", demo="example")]
    assert choose_program(keys, None, "demo")[1] == ["--example=demo"]
    with pytest.raises(UnknownProgramError, match=r"no example `dmo` \(did you mean"):
        choose_program(keys, None, "dmo")


def test_several_programs_are_named() -> None:
    with pytest.raises(WhichProgramError) as caught:
        choose_program([key("app", a="bin", b="bin")], None, None)
    assert "programs: a, b" in str(caught.value)
    assert "ferrule run a" in str(caught.value)


def test_an_unknown_program() -> None:
    with pytest.raises(UnknownProgramError) as caught:
        choose_program([key("app", server="bin")], "sever", None)
    assert 'no program `sever` (did you mean "server"?)' in str(caught.value)
    assert "after --" in str(caught.value)


@pytest.mark.parametrize(
    ("targets", "fix"),
    [({"demo": "example"}, "ferrule run --example demo"), ({}, "add src/main.rs")],
)
def test_no_program(targets, fix) -> None:
    with pytest.raises(NoProgramError) as caught:
        choose_program([key("app", **targets)], None, None)
    assert "no program to run in `app`" in str(caught.value)
    assert fix in str(caught.value)
