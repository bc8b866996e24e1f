from __future__ import annotations

import pytest

from ferrule.errors.wheel import SbomFileError
from ferrule.wheel.member import Member
from ferrule.wheel.sbom_files import sbom_file_members


def test_files_go_beside_each_other(tmp_path):
    (tmp_path / "sboms").mkdir()
    first, second = tmp_path / "sboms" / "c.cdx.json", tmp_path / "vendored.spdx"
    first.write_text("{}")
    second.write_text("{}")
    include = ["sboms/c.cdx.json", str(second), "sboms/c.cdx.json"]
    assert sbom_file_members(include, tmp_path, "a-1.dist-info") == [
        Member("a-1.dist-info/sboms/c.cdx.json", first),
        Member("a-1.dist-info/sboms/vendored.spdx", second),
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone.json", "there is no such file"), (".", "it is a folder")],
)
def test_what_is_no_file(tmp_path, name, reason):
    with pytest.raises(SbomFileError) as caught:
        sbom_file_members([name], tmp_path, "a-1.dist-info")
    assert str(caught.value) == (
        f'sbom.include has "{name}", but {reason}\n'
        f"  looked for {tmp_path / name}\n"
        "  fix: write paths of files, relative to the folder of pyproject.toml"
    )
