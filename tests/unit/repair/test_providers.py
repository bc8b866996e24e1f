"""Tests of packages that bring libraries."""

from __future__ import annotations

import pytest

from ferrule.errors.repair import ProviderError
from ferrule.repair.providers import read_provider

MODULE = "demo/_core.so"


def test_libraries_can_be_named(tmp_path):
    found = read_provider("arrow = pyarrow/libarrow.so*, libx.so", tmp_path)
    assert found.package == "arrow"
    assert found.libraries == {"libarrow.so*": "pyarrow", "libx.so": ""}


def test_a_preset_stands_for_its_libraries(tmp_path):
    assert "libtorch.so" in read_provider("torch", tmp_path).libraries


def test_an_installed_package_is_looked_into(tmp_path, monkeypatch):
    info = tmp_path / "other-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    names = ("other.libs/libo.so.1", "other/x.py")
    for name in names:
        # Some finders leave out what RECORD names and does not exist.
        path = tmp_path / name
        path.parent.mkdir()
        path.touch()
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert read_provider("other", tmp_path).libraries == {"libo.so.1": "other.libs"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("none-such", "no package of that name is installed beside ferrule"),
        ("x=", "it names no library"),
        ("pytest", "the installed package holds no libraries"),
    ],
)
def test_what_is_not_known_is_told(text, reason, tmp_path):
    with pytest.raises(ProviderError) as caught:
        read_provider(text, tmp_path)
    option = f"--provided-by {text}"
    assert str(caught.value).splitlines() == [
        f"{option}: its libraries are not known",
        f"  {reason}",
        f"  fix: name its wheel file, or the libraries: {option}=FOLDER/libname.so*",
    ]


def test_what_is_provided_is_found_in_its_folder(plan_for, elf_image):
    provider = read_provider("other=other.libs/libo.so", None)
    files = {MODULE: elf_image(needed=["libo.so.1"])}
    plan = plan_for(files, providers=(provider,))
    assert plan.grafts == ()
    assert plan.left_out == {"libo.so.1": "provided by other"}
    assert plan.edits[MODULE].rpath == ("$ORIGIN/../other.libs",)
