"""The table of pyproject.toml, the keyword, and the stand-in around them."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

pytest.importorskip("setuptools")

from setuptools.dist import Distribution
from setuptools.errors import SetupError

from ferrule.errors.setuptools import ExtensionListError, ExtensionTableError
from ferrule.setuptools.commands import build_rust, check_extensions
from ferrule.setuptools.distribution import read_table
from ferrule.setuptools.extension import Binding, RustBin, RustExtension, Strip
from ferrule.setuptools.options import options_given, pending_options
from ferrule.setuptools.standin import stand_in

TABLE = """\
[[tool.setuptools-rust.ext-modules]]
target = "a.b"
path = "rust/Cargo.toml"
binding = "NoBinding"
strip = "Debug"
py-limited-api = "auto"
generated-files = { "x" = "a" }

[[tool.setuptools-rust.bins]]
target = "tool"
"""


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    return path


def test_table(tmp_path) -> None:
    module, program = read_table(table(tmp_path, TABLE))
    assert (module.name, module.path) == ("a.b", "rust/Cargo.toml")
    assert (module.binding, module.strip) == (Binding.NoBinding, Strip.Debug)
    assert isinstance(program, RustBin)
    assert read_table(tmp_path / "none.toml") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ext-modules", "ext-module", "'ext-module' is not known (did you mean"),
        ("path =", "pth =", "[[tool.setuptools-rust.ext-modules]]: 'pth' is not known"),
        ("NoBinding", "nobinding", "'nobinding' is not known (did you mean"),
        ("Debug", "Dbg", "ext-modules]] strip: 'Dbg' is not known"),
    ],
)
def test_mistakes_in_the_table(old, new, message, tmp_path) -> None:
    with pytest.raises(ExtensionTableError) as caught:
        read_table(table(tmp_path, TABLE.replace(old, new)))
    assert message in str(caught.value)
    assert "fix: correct pyproject.toml" in str(caught.value)


@pytest.mark.parametrize(("value", "found"), [("x", "str"), ([1], "int at position 0")])
def test_what_is_no_list_of_extensions(value, found) -> None:
    with pytest.raises(ExtensionListError) as caught:
        check_extensions(value)
    assert f"found: {found}" in str(caught.value)


def test_the_keyword_of_setup(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with stand_in():
        extension = RustExtension("a")
        dist = Distribution({"name": "a", "rust_extensions": [extension]})
        assert dist.has_ext_modules()
        assert dist.get_command_class("build_rust") is build_rust
        command = dist.get_command_obj("build_rust")
        command.ensure_finalized()
        assert command.extensions == [extension]
        assert not Distribution({"name": "a", "rust_extensions": []}).has_ext_modules()
        with pytest.raises(SetupError, match="must be a list of RustExtension"):
            Distribution({"name": "a", "rust_extensions": 3})
        assert metadata.version("setuptools-rust") == "1.13.0"


def test_a_subclass_stays_in_charge(tmp_path, monkeypatch) -> None:
    from setuptools.command.build_ext import build_ext

    class Own(build_ext):
        pass

    monkeypatch.chdir(tmp_path)
    with stand_in():
        attributes = {"name": "a", "cmdclass": {"build_ext": Own}}
        dist = Distribution({**attributes, "rust_extensions": [RustExtension("a")]})
        found = dist.get_command_class("build_ext")
    assert issubclass(found, Own)
    assert found.__name__ == "Own"


def test_nothing_of_the_stand_in_stays() -> None:
    before = list(sys.meta_path)
    with stand_in():
        import setuptools_rust
        from setuptools_rust.build import build_rust as imported
        from setuptools_rust.setuptools_ext import add_rust_extension  # noqa: F401

        assert imported is setuptools_rust.build_rust is build_rust
        assert setuptools_rust.__version__ == setuptools_rust.version.version
    assert "setuptools_rust" not in sys.modules
    assert "setuptools_rust.build" not in sys.modules
    assert sys.meta_path == before


@pytest.mark.parametrize(
    ("value", "option"),
    [
        ("--py-limited-api=cp39", "cp39"),
        (["--py-limited-api", "cp39"], "cp39"),
        ("--verbose", None),
        (None, None),
    ],
)
def test_options_for_commands_that_setuptools_forgets(value, option) -> None:
    with options_given({"--build-option": value}):
        assert pending_options("bdist_wheel").get("py_limited_api") == option
    assert pending_options("bdist_wheel") == {}
