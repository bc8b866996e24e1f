"""Published universal2 wheels, taken apart and joined again."""

from __future__ import annotations

import zipfile

import pytest
from published_wheels import read_table

from ferrule.formats.macho import read_macho
from ferrule.formats.macho_fat import join_slices, split_slices

pytestmark = [pytest.mark.build, pytest.mark.network]

WHEELS = {
    wheel.short_name: wheel for wheel in read_table() if "universal2" in wheel.file
}
APPLES_OWN = ("cryptography", "markupsafe", "ninja")
"""Linked or joined by Apple's tools; others were joined or changed by other ones,
which align in their own ways."""


def images(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if content[:4] == b"\xca\xfe\xba\xbe":
                yield content


@pytest.mark.parametrize("name", sorted(WHEELS))
def test_slices_survive(fetch_wheel, name) -> None:
    found = list(images(fetch_wheel(WHEELS[name])))
    assert found
    for content in found:
        parts = split_slices(content)
        joined = join_slices(list(parts.values())[::-1])
        assert split_slices(joined) == parts
        assert {part.arch for part in read_macho(joined).slices} == {"arm64", "x86_64"}
        if name.startswith(APPLES_OWN):
            assert joined == content
