"""The builders of small binaries, as compilers make them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

_FORMATS = runpy.run_path(str(Path(__file__).parents[1] / "formats" / "conftest.py"))

macho_image = _FORMATS["macho_image"]
fat_image = _FORMATS["fat_image"]
pe_image = _FORMATS["pe_image"]


@pytest.fixture
def elf_image(elf_image):
    """Give a function that makes ELF images whose stack is not executable."""

    def make(**content):
        return elf_image(**{"stack": 6, **content})

    return make
