"""Tests of plans as data."""

from __future__ import annotations

import json
from pathlib import Path

from ferrule.formats.elf_edit import ElfEdit
from ferrule.repair.plan import Graft, RepairPlan

PLAN = RepairPlan(
    grafts=(Graft("d.libs/a-1.so", Path("/x/a.so"), "a.so", "11", ("d/m.so",)),),
    edits={
        "d/m.so": ElfEdit(needed={"a.so": "a-1.so", "p.so": ""}, rpath=("$ORIGIN",))
    },
    texts={"d/__init__.py": b""},
    moves={"d.data/scripts/t": "d.scripts/t"},
    left_out={"c.so": "excluded by c*"},
)


def test_a_plan_is_json():
    found = json.loads(json.dumps(PLAN.to_json()))
    assert found["grafts"][0]["neededBy"] == ["d/m.so"]
    assert found["edits"]["d/m.so"] == {
        "needed": {"a.so": "a-1.so", "p.so": ""},
        "rpath": ["$ORIGIN"],
    }
    assert found["leftOut"] == {"c.so": "excluded by c*"}


def test_a_plan_is_text():
    assert PLAN.to_lines() == [
        "graft /x/a.so as d.libs/a-1.so",
        "move d.data/scripts/t to d.scripts/t",
        "edit d/m.so: a.so becomes a-1.so",
        "edit d/m.so: p.so is no longer needed",
        "edit d/m.so: rpath $ORIGIN",
        "edit d/__init__.py",
        "leave out c.so: excluded by c*",
    ]
    removing = RepairPlan(edits={"x": ElfEdit(rpath=(), clear_executable_stack=True)})
    assert removing.to_lines() == [
        "edit x: rpath (none)",
        "edit x: clearExecutableStack",
    ]


def test_an_empty_plan_is_empty():
    assert RepairPlan(left_out={"a": "b"}).is_empty
    assert not PLAN.is_empty
