from __future__ import annotations

import pytest

from ferrule.diagnosis import diagnose
from ferrule.diagnosis.log_text import clean_blocks, clean_text, join_lines

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
        f"2022-05-18T01:12:30,641 {LINE}\n",
        f"  | [2021-11-02T11:38:38Z] {LINE}\n",
        f"#10 659.0 {LINE}\n",
        f"web-1  | {LINE}\n",
        f"demo> {LINE}\n",
        f"       > {LINE}\n",
        f"> {LINE}\n",
    ],
    ids=[
        *("colours", "crlf", "progress", "actions", "mark", "gh", "gitlab", "link"),
        *("comma", "buildkite", "buildkit", "compose", "nix", "nix-log", "mail"),
    ],
)
def test_decorations_are_removed(text):
    assert LINE in clean_text(text).split("\n")
    assert [item.id for item in diagnose(text)] == ["linker-not-found"]


def test_quotes_of_compilers_are_plain():
    assert clean_text("\u2018a\u2019") == "'a'"
    assert clean_text("\u201ca.lib\u201d \u201eb\u201c") == '"a.lib" "b"'


@pytest.mark.parametrize(
    "text",
    [
        ">>> referenced by a.o",
        "12 |     let x = 1;",
        "  |     ^^^^",
        "PS C:\\src> cargo build",
        "#[pymodule]",
        "0x1F90000 -> x",
    ],
)
def test_what_compilers_write_is_no_prefix(text):
    assert clean_text(text) == text


def test_lines_go_on_with_those_that_follow():
    text = "a\n  b\nc\n\nd\ne"
    assert join_lines(text).split("\n") == ["a b c", "b c d", "c d e", "d e", "e"]


def test_lines_that_no_terminal_broke_are_left_out():
    assert join_lines(f"{'x' * 300}\na") == "a"


def test_blocks_are_cut_at_lines():
    assert list(clean_blocks(["ab", "c\nd", "e\n", "f"])) == ["abc", "de", "f"]


def test_what_has_no_lines_is_passed_on():
    blocks = list(clean_blocks(["x" * 600_000, "y" * 600_000]))
    assert sum(map(len, blocks)) == 1_200_000
    assert len(blocks) == 2
