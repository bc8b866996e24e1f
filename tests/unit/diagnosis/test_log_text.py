from __future__ import annotations

import pytest

from ferrule.diagnosis import diagnose
from ferrule.diagnosis.log_text import clean_blocks, clean_text

LINE = "error: linker `cc` not found"


@pytest.mark.parametrize(
    "text",
    [
        f"\x1b[1m\x1b[38;5;9merror\x1b[0m{LINE[5:]}\n",
        f"{LINE}\r\n",
        f"\x1b[K   Building [===>   ] 3/9\r\x1b[K{LINE}\n",
        f"2025-04-15T19:10:51.1291963Z {LINE}\n",
        f"\ufeff2025-04-15T19:10:51.1291963Z {LINE}\n",
        f"build\tRun cargo test\t2025-04-15T19:10:51.1291963Z {LINE}\n",
        f"2025-04-15T19:10:51Z 01O {LINE}\n",
        f"\x1b]8;;https://x.test\x1b\\{LINE}\x1b]8;;\x1b\\\n",
    ],
    ids=["colours", "crlf", "progress", "actions", "mark", "gh", "gitlab", "link"],
)
def test_decorations_are_removed(text):
    assert LINE in clean_text(text).split("\n")
    assert [item.id for item in diagnose(text)] == ["linker-not-found"]


def test_quotes_of_compilers_are_plain():
    assert clean_text("\u2018a\u2019") == "'a'"


def test_blocks_are_cut_at_lines():
    assert list(clean_blocks(["ab", "c\nd", "e\n", "f"])) == ["abc", "de", "f"]


def test_what_has_no_lines_is_passed_on():
    blocks = list(clean_blocks(["x" * 600_000, "y" * 600_000]))
    assert sum(map(len, blocks)) == 1_200_000
    assert len(blocks) == 2
