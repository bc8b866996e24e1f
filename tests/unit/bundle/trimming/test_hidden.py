"""The tables of what no bytecode shows."""

from __future__ import annotations

import re

from ferrule.bundle.trimming.hidden import ALWAYS, HIDDEN, IGNORED


def test_every_row_has_a_reason():
    assert all(ALWAYS.values())
    rows = [row for rows in HIDDEN.values() for row in rows]
    assert all(re.fullmatch(r"[\w.*]+", glob) and why for glob, why in rows)
    assert all(why for _, _, why in IGNORED)


def test_no_row_means_itself():
    assert not [
        name for name, rows in HIDDEN.items() for glob, _ in rows if glob == name
    ]
