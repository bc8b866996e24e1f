"""The mode of one file, before cargo runs."""

from __future__ import annotations

import pytest

from ferrule.bundle.onefile.mode import OnefileMode
from ferrule.errors.bundle import DecompressorError, OnefileLibrariesError, PayloadError


def test_what_cannot_be_in_the_file_is_told():
    text = str(OnefileLibrariesError("app", ["libz.so.1", "libssl.so.3"]))
    assert "app cannot be a single file" in text
    assert "the loader needs libz.so.1, libssl.so.3 before the program runs" in text
    assert "--static-libs require" in text


@pytest.mark.parametrize("error", [DecompressorError(), PayloadError("app", "cut")])
def test_every_error_says_what_to_do(error):
    assert "fix:" in str(error)


def test_it_is_a_mode_of_its_own():
    assert OnefileMode.name == "onefile"
