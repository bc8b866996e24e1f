from __future__ import annotations

import pytest

from ferrule.errors.sdist import UnknownTargetGroupError
from ferrule.target.groups import GROUPS, expand_targets
from ferrule.target.triple import parse_triple


def test_groups_and_triples():
    names = ["macos", "x86_64-unknown-freebsd", "aarch64-apple-darwin"]
    assert expand_targets(names) == (*GROUPS["macos"], "x86_64-unknown-freebsd")
    assert expand_targets([]) == ()


def test_groups_hold_triples():
    for triples in GROUPS.values():
        assert sorted(set(triples)) == list(triples)
        for triple in triples:
            parse_triple(triple)


def test_an_unknown_group():
    with pytest.raises(UnknownTargetGroupError) as error:
        expand_targets(["mac"])
    assert str(error.value) == (
        '"mac" is no group of targets (did you mean "macos"?)\n'
        "  groups: android, emscripten, ios, linux, macos, windows\n"
        "  fix: write a group or a Rust target triple in `sdist-vendor-targets`"
    )
