"""What a bundle for Windows makes of its command line and of its search path."""

from __future__ import annotations

import sys

import pytest

from ferrule.bundle.boot import windows_module
from ferrule.bundle.boot.windows_module import split_command_line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Microsoft's own examples.
        (r'x "a b c" d e', ["x", "a b c", "d", "e"]),
        (r'x "ab\"c" "\\" d', ["x", 'ab"c', "\\", "d"]),
        (r'x a\\\b d"e f"g h', ["x", r"a\\\b", "de fg", "h"]),
        (r"x a\\\"b c d", ["x", r"a\"b", "c", "d"]),
        (r'x a\\\\"b c" d e', ["x", r"a\\b c", "d", "e"]),
        (r'x a"b"" c d', ["x", 'ab" c d']),
        (r'"C:\with space\x.exe" y', [r"C:\with space\x.exe", "y"]),
        (r'C:\"with space"\x.exe\ y', ["C:\\with space\\x.exe\\", "y"]),
        ('x ""\tb  ', ["x", "", "b"]),
        ('x "not closed', ["x", "not closed"]),
        ("x tail\\", ["x", "tail\\"]),
        ("x", ["x"]),
        ("", [""]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_command_line(text) == words


def test_what_the_machine_adds_is_left_out(monkeypatch) -> None:
    home = r"C:\app"
    given = [home + r"\python313.zip", home + r"\DLLs", home + r"\Lib", r"C:\other"]
    monkeypatch.setattr(sys, "prefix", home)
    monkeypatch.setattr(sys, "path", list(given))
    monkeypatch.setattr(sys, "argv", [""])
    sys._ferrule_command_line = "x.exe a"  # the hook sets it
    windows_module.prepare()
    assert sys.path == given
    assert sys.argv == ["x.exe", "a"]
    assert not hasattr(sys, "_ferrule_command_line")
    monkeypatch.setattr(windows_module, "IS_ISOLATED", "yes")
    windows_module.prepare()
    assert sys.path == given[1:3]
