from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from ferrule import log


@given(st.lists(st.text() | st.from_regex(r"[-\\w %./'\"$]*"), min_size=1))
def test_a_command_is_shown_as_a_shell_takes_it(words):
    shown = []
    with log.sink_to(lambda kind, text: shown.append((kind, text))):
        log.command(words, {"NAME": words[0]})
    expected = [f"NAME={shlex.quote(words[0])}", *map(shlex.quote, words)]
    assert shown == [("command", " ".join(expected))]
