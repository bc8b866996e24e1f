"""Names for the folders that rustc and C compilers would write into libraries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ferrule.cargo import path_remapping
from ferrule.cargo.graph import Graph
from ferrule.cargo.path_remapping import (
    find_remapping,
    is_remapped_otherwise,
    linker_arguments,
    native_variables,
    rust_arguments,
)
from ferrule.cargo.toolchain import Toolchain
from ferrule.project.crate import Crate

LINUX = "x86_64-unknown-linux-gnu"
TOOLCHAIN = Toolchain("rustc 1.95.0\ncommit-hash: abc123\n", LINUX, (1, 95))


@pytest.fixture
def sysroot(tmp_path, monkeypatch):
    folder = tmp_path / "toolchain"
    monkeypatch.setattr(path_remapping, "ask_sysroot", lambda *_: folder)
    return folder / "lib" / "rustlib" / "src" / "rust"


def make_crate(folder: Path) -> Crate:
    return Crate(
        id=folder.name,
        name=folder.name,
        version="1.0.0",
        manifest_path=folder / "Cargo.toml",
        targets=(),
        features=(),
    )


def found(workspace: Path, *crates: Path, root: Path | None = None, **options):
    graph = Graph(
        workspace_root=workspace,
        target_directory=workspace / "target",
        crates=tuple(map(make_crate, crates)),
        root=make_crate(crates[0]),
        pyo3=None,
    )
    build = workspace / "target" / "ferrule"
    env = {"CARGO_HOME": str(workspace.parent / "home")}
    return dict(
        find_remapping(graph, root or workspace, build, TOOLCHAIN, env=env, **options)
    )


def test_folders_of_every_project(tmp_path, sysroot):
    work = tmp_path / "work"
    expected = {
        str(tmp_path / "home"): "/cargo",
        str(work): "/project",
        str(work / "target" / "ferrule"): "/target",
    }
    assert found(work, work / "a") == expected
    sysroot.mkdir(parents=True)
    expected[str(sysroot)] = "/rustc/abc123"
    assert found(work, work / "a") == expected
    del expected[str(work)]
    assert found(work, work / "a", is_complete=False) == expected


def test_the_most_special_folder_is_last(tmp_path, sysroot):
    work = tmp_path / "work"
    places = found(work, work, tmp_path / "shared")
    assert list(places.values()) == ["/cargo", "/project/shared", "/project", "/target"]
    # Crates outside of the workspace are named by their whole paths.
    outside = found(work, work, tmp_path / "shared", is_complete=False)
    assert outside == places


@pytest.mark.parametrize(
    ("root", "workspace", "named"),
    [("p", "p/rust", ["p"]), ("p/python", "p", ["p"]), ("a", "b", ["a", "b"])],
)
def test_project_and_workspace(tmp_path, sysroot, root, workspace, named):
    work = tmp_path / workspace
    places = found(work, work, root=tmp_path / root)
    own = [path for path, name in places.items() if name == "/project"]
    assert own == [str(tmp_path / name) for name in named]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_links_are_named_by_both_spellings(tmp_path, sysroot):
    (tmp_path / "true").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "true")
    places = found(tmp_path / "link", tmp_path / "link")
    assert places[str(tmp_path / "link")] == "/project"
    assert places[str(tmp_path / "true")] == "/project"


def test_the_root_of_the_system_is_no_prefix(sysroot):
    assert "/" not in found(Path("/"), Path("/a"))


def test_flags(tmp_path):
    variables, arguments = rust_arguments(
        [("/a b", "/x")],
        ["-Cy=z"],
        folder=tmp_path,
        host=LINUX,
        env={"RUSTFLAGS": "-g"},
    )
    assert arguments == []
    assert variables == {
        "CARGO_ENCODED_RUSTFLAGS": "-g\x1f--remap-path-prefix=/a b=/x\x1f-Cy=z"
    }


@pytest.mark.parametrize(
    ("env", "words", "expected"),
    [
        ({}, [], False),
        ({"RUSTFLAGS": "-Ctarget-cpu=native"}, ["-Copt-level=3"], False),
        ({"RUSTFLAGS": "-Cinstrument-coverage"}, [], True),
        ({"CARGO_ENCODED_RUSTFLAGS": "--remap-path-prefix=a=b"}, [], True),
        ({}, ["--remap-path-prefix=a=b"], True),
    ],
)
def test_what_the_user_chose_counts(env, words, expected):
    assert is_remapped_otherwise(env, words) is expected


def test_linkers():
    assert linker_arguments(LINUX) == []
    assert linker_arguments("aarch64-pc-windows-msvc") == ["-Clink-arg=/Brepro"]
    for host in ("x86_64-pc-windows-gnu", "x86_64-pc-windows-gnullvm"):
        assert linker_arguments(host) == ["-Clink-arg=-Wl,--no-insert-timestamp"]


def test_c_compilers():
    places = [("/a", "/x"), ("/b c", "/y"), ("/d", "/z")]
    flags = "-ffile-prefix-map=/a=/x -ffile-prefix-map=/d=/z"
    assert native_variables(places, LINUX, {}) == {"CFLAGS": flags, "CXXFLAGS": flags}
    env = {"CFLAGS": "-O1", "CFLAGS_x86_64_unknown_linux_gnu": "-O3"}
    assert native_variables(places, LINUX, env) == {
        "CFLAGS": f"-O1 {flags}",
        "CFLAGS_x86_64_unknown_linux_gnu": f"-O3 {flags}",
        "CXXFLAGS": flags,
    }
    assert native_variables(places, "aarch64-apple-darwin", {})["ZERO_AR_DATE"] == "1"
    assert native_variables(places, "x86_64-pc-windows-msvc", {}) == {}
