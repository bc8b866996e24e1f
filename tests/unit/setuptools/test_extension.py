"""RustExtension and RustBin have the interface of setuptools-rust."""

from __future__ import annotations

import inspect
import runpy
from pathlib import Path

import pytest

from ferrule.setuptools.extension import (
    Binding,
    Env,
    RustBin,
    RustExtension,
    Strip,
    Words,
    find_rust_extensions,
)

EXTENSION = (
    "target path args cargo_manifest_args features rustc_flags rust_version quiet "
    "debug binding strip script native optional py_limited_api env generated_files"
)
PROGRAM = (
    "target path args cargo_manifest_args features rust_version quiet debug strip "
    "optional env"
)


@pytest.mark.parametrize(
    ("made", "names"), [(RustExtension, EXTENSION), (RustBin, PROGRAM)]
)
def test_parameters_have_their_places(made, names) -> None:
    assert list(inspect.signature(made).parameters) == names.split()


def test_attributes_of_an_extension() -> None:
    ext = RustExtension("a.b", "x/../Cargo.toml", ["--locked"], features=("f",))
    assert (ext.name, ext.target, ext.path) == ("a.b", {"": "a.b"}, "Cargo.toml")
    assert (ext.args, ext.features) == (["--locked"], ("f",))
    assert ext.binding is Binding.PyO3
    assert ext.strip is Strip.No
    assert (ext.debug, ext.py_limited_api, ext.env) == (None, "auto", Env(None))


def test_words_are_list_and_tuple() -> None:
    words = Words(["a"])
    words.append("b")
    assert ("x", *words) == ("x", "a", "b")
    assert words + ("c",) == ["a", "b", "c"]  # noqa: RUF005
    assert ("c",) + words == ("c", "a", "b")  # noqa: RUF005
    assert words == ("a", "b")


def test_several_programs() -> None:
    ext = RustExtension({"": "p.one", "two": "p.other-name"}, binding=Binding.Exec)
    assert ext.programs == (("one", "p.one"), ("two", "p.other-name"))
    assert ext.name == "=p.one; two=p.other-name"


def test_deprecated_parameters_still_work(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="RUSTFLAGS"):
        native = RustExtension("a", native=True, rustc_flags=["-Copt-level=1"])
    assert native.rustc_flags == ("-Copt-level=1", "-Ctarget-cpu=native")
    with pytest.warns(DeprecationWarning, match="RustBin"):
        script = RustExtension({"t": "p.t-t"}, binding=Binding.Exec, script=True)
    assert script.entry_points() == ["t-t=p._gen_t_t:run"]
    path = script.install_script("t-t", str(tmp_path / "t-t"))
    assert path == str(tmp_path / "_gen_t_t.py")
    assert callable(runpy.run_path(path)["run"])
    assert RustBin("t").entry_points() == []


def test_generated_files_need_one_target() -> None:
    with pytest.raises(ValueError, match="single target"):
        RustExtension({"a": "a", "b": "b"}, generated_files={"x": "y"})


@pytest.mark.parametrize("env", [{"A": "1"}, Env({"A": "1"})])
def test_variables_in_either_form(env) -> None:
    ext = RustExtension("a")
    ext.env = env
    assert ext.variables == {"A": "1"}
    assert RustExtension("a").variables == {}


@pytest.mark.parametrize(
    ("args", "profile"),
    [
        ([], None),
        (["--profile", "lto"], "lto"),
        (["--profile=lto"], "lto"),
        (["--release"], "release"),
    ],
)
def test_profile_in_arguments(args, profile) -> None:
    assert RustExtension("a", args=args).get_cargo_profile() == profile


def test_extensions_are_found_as_they_once_were(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "lib" / "pkg"
    folder.mkdir(parents=True)
    (folder / "lib.rs").touch()
    (folder / "Cargo.toml").touch()
    (found,) = find_rust_extensions(binding=Binding.NoBinding)
    assert (found.name, found.path) == ("lib.pkg", "lib/pkg/Cargo.toml")
    assert found.binding is Binding.NoBinding
