"""Sdists of small real projects: their files, their manifests, their builds."""

from __future__ import annotations

import shutil
import tarfile

import pytest
from sdist_samples import (
    LIB,
    check,
    crate,
    git,
    names,
    open_project,
    pack,
    run_cargo,
    single,
    unpack,
    write_tree,
)

from ferrule.errors import SeveralError
from ferrule.errors.sdist import (
    LockFileError,
    MissingPathDependencyError,
    OutsideFileError,
    SourceLeftOutError,
    UnresolvableError,
)
from ferrule.sdist.resolution import check_resolution
from ferrule.toml_text import parse

pytestmark = pytest.mark.build


SINGLE = [
    "PKG-INFO",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "single/.hidden",
    "single/__init__.py",
    "src/lib.rs",
]


def test_single_crate_in_git(tmp_path):
    root = single(tmp_path)
    git(root)
    check(root, tmp_path)
    assert names(tmp_path / "out/single-1.0.tar.gz") == SINGLE


def test_single_crate_without_git(tmp_path):
    root = single(tmp_path)
    check(root, tmp_path)
    found = names(tmp_path / "out/single-1.0.tar.gz")
    # Without git, cargo knows no ignore rules and leaves hidden files out.
    assert sorted({*found, ".gitignore"} - {"noise.log"}) == sorted(SINGLE)


def test_build_products_in_an_unpacked_sdist_do_not_enter_the_next(tmp_path):
    root = single(tmp_path)
    git(root)
    archive = pack(root, tmp_path / "out")
    inner = unpack(archive, tmp_path / "unpacked")
    write_tree(
        inner,
        {
            "target/CACHEDIR.TAG": "",
            "target/debug/x.rs": "",
            "dist/single-1.0.tar.gz": "",
            "dist/single-1.0-py3-none-any.whl": "",
            "single/__pycache__/x.pyc": "",
            ".venv/pyvenv.cfg": "",
            "single.egg-info/PKG-INFO": "",
        },
    )
    again = pack(inner, inner / "dist")
    assert again.read_bytes() == archive.read_bytes()


def test_an_excluded_file_stays_out_and_an_included_one_comes_in(tmp_path):
    more = (
        "[tool.ferrule]\n"
        'include = ["*.log", { path = "only.txt", format = "wheel" }]\n'
        'exclude = ["README.md", { path = "LICENSE", format = "wheel" }]\n'
    )
    root = single(tmp_path, more)
    git(root)
    write_tree(root, {"only.txt": ""})
    inner = check(root, tmp_path)
    assert (inner / "noise.log").exists()
    assert (inner / "LICENSE").exists()
    assert not (inner / "README.md").exists()


def test_executable_bits_stay_and_links_become_files(tmp_path):
    root = single(tmp_path)
    (tmp_path / "outside.txt").write_text("outside")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    write_tree(root, {"run.sh": "#!/bin/sh\n"})
    (root / "run.sh").chmod(0o700)
    git(root)
    check(root, tmp_path)
    with tarfile.open(tmp_path / "out/single-1.0.tar.gz") as archive:
        modes = {item.name.split("/", 1)[1]: item for item in archive}
    assert modes["run.sh"].mode == 0o755
    assert modes["LICENSE"].mode == 0o644
    assert modes["link.txt"].isfile()
    assert modes["link.txt"].size == 7


def test_a_package_that_cargo_excludes_is_packed_all_the_same(tmp_path):
    root = single(tmp_path)
    write_tree(root, {"Cargo.toml": crate("single", 'include = ["/src"]\n')})
    git(root)
    inner = check(root, tmp_path)
    assert (inner / "single/__init__.py").exists()


def test_the_git_generator_takes_what_git_tracks(tmp_path):
    root = single(tmp_path, '[tool.ferrule]\nsdist-generator = "git"\n')
    git(root)
    write_tree(root, {"untracked.txt": ""})
    inner = check(root, tmp_path)
    assert (inner / ".gitignore").exists()
    assert not (inner / "untracked.txt").exists()


# ------------------------------------------------------------ optional and left out


def test_an_optional_path_dependency_is_packed(tmp_path):
    root = single(tmp_path)
    more = '[dependencies]\nextra = { path = "extra", optional = true }\n'
    write_tree(
        root,
        {
            "Cargo.toml": crate("single", more),
            "extra/Cargo.toml": crate("extra"),
            "extra/src/lib.rs": LIB,
        },
    )
    inner = check(root, tmp_path)
    assert (inner / "extra/src/lib.rs").exists()


def test_a_missing_folder_that_cargo_does_not_ask_for_is_no_error(tmp_path):
    root = single(tmp_path)
    gone = (
        '[dependencies]\ngone = { path = "../gone", optional = true }\n'
        '[dev-dependencies]\naway = { path = "../away" }\n'
    )
    write_tree(
        root,
        {
            "Cargo.toml": crate("single", '[dependencies]\ndep = { path = "dep" }\n'),
            "dep/Cargo.toml": crate("dep", gone),
            "dep/src/lib.rs": LIB,
        },
    )
    check(root, tmp_path)


def test_missing_path_dependencies_are_errors(tmp_path):
    root = single(tmp_path)
    more = "".join(
        f'{name} = {{ path = "{name}", optional = true }}\n' for name in ("one", "two")
    )
    files = {
        f"{name}/{file}": text
        for name in ("one", "two")
        for file, text in (("Cargo.toml", crate(name)), ("src/lib.rs", LIB))
    }
    manifest = crate("single", f"[dependencies]\n{more}")
    write_tree(root, {"Cargo.toml": manifest, **files})
    project, metadata = open_project(root)
    from ferrule.sdist.closure import compute_closure

    shutil.rmtree(root / "one")
    with pytest.raises(MissingPathDependencyError) as one:
        compute_closure(project, metadata, run_cargo)
    assert str(one.value) == (
        "crate single needs the path dependency one, which is missing\n"
        f"  there is no file {root}/one/Cargo.toml\n"
        "  fix: restore that folder, or remove the dependency from Cargo.toml "
        "(cargo wants it even when it is optional)"
    )
    shutil.rmtree(root / "two")
    with pytest.raises(SeveralError, match=r"(?s)dependency one.*dependency two"):
        compute_closure(project, metadata, run_cargo)


def test_excluded_targets_are_removed_from_the_manifest(tmp_path):
    root = single(tmp_path, '[tool.ferrule]\nexclude = ["benches", "tests"]\n')
    more = '\n# The bench.\n[[bench]]\nname = "speed"\n\n[[example]]\nname = "e"\n'
    write_tree(
        root,
        {
            "Cargo.toml": crate("single", more),
            "benches/speed.rs": "fn main() {}\n",
            "examples/e.rs": "fn main() {}\n",
            "tests/auto.rs": "",
        },
    )
    inner = check(root, tmp_path)
    document = parse((inner / "Cargo.toml").read_text())
    assert "bench" not in document
    assert document["example"] == [{"name": "e"}]


def test_an_excluded_library_is_an_error(tmp_path):
    root = single(tmp_path, '[tool.ferrule]\nexclude = ["src"]\n')
    with pytest.raises(SourceLeftOutError) as error:
        pack(root, tmp_path / "out")
    assert str(error.value) == (
        "the sdist would lack the library of crate single\n"
        f"  left out: {root}/src/lib.rs\n"
        "  fix: look at `exclude` and `include` in [package] of its Cargo.toml, at "
        "`exclude` in pyproject.toml, and whether git knows the file"
    )
    assert not (tmp_path / "out").exists()


def test_a_readme_from_above_is_brought_along(tmp_path):
    root = single(tmp_path, 'readme = "../TOP.md"\n')
    write_tree(tmp_path, {"TOP.md": "# top\n", "p/Cargo.toml": crate("single", README)})
    inner = check(root, tmp_path)
    assert (inner / "TOP.md").read_text() == "# top\n"
    pyproject = parse((inner / "pyproject.toml").read_text())
    assert pyproject["project"]["readme"] == "TOP.md"
    assert parse((inner / "Cargo.toml").read_text())["package"]["readme"] == "TOP.md"


README = 'readme = "../TOP.md"\n'


def test_where_cargo_refuses_to_list_the_disk_is_looked_at(tmp_path, warnings):
    root = single(tmp_path)
    write_tree(root, {"Cargo.toml": crate("single", 'readme = "absent.md"\n')})
    git(root)
    check(root, tmp_path)
    assert names(tmp_path / "out/single-1.0.tar.gz") == SINGLE
    assert warnings[0] == (
        "cargo does not list the files of crate single (cargo failed); taking "
        "what .gitignore allows"
    )


# ------------------------------------------------------------------ locks and errors


def test_a_missing_lock_file_warns_and_fails_with_locked(tmp_path, warnings):
    from ferrule.sdist.closure import compute_closure
    from ferrule.sdist.contents import collect_contents
    from ferrule.sdist.layout import compute_layout

    root = single(tmp_path)
    for locked in (False, True):
        project, metadata = open_project(root, locked=locked)
        (root / "Cargo.lock").unlink()
        closure = compute_closure(project, metadata, run_cargo)
        layout = compute_layout(project, closure)
        if not locked:
            collect_contents(layout, run_cargo, "single", tmp_path)
            (warning,) = warnings
            assert warning == (
                f"there is no {root}/Cargo.lock: the sdist will be built with "
                "whatever dependencies are the newest then"
            )
            continue
        with pytest.raises(LockFileError) as error:
            collect_contents(layout, run_cargo, "single", tmp_path)
        assert str(error.value) == (
            "the sdist has no Cargo.lock, but the setting `locked` needs one\n"
            f"  looked for: {root}/Cargo.lock\n"
            "  fix: run `cargo generate-lockfile` and keep Cargo.lock under version "
            "control"
        )


def test_the_git_generator_refuses_crates_outside(tmp_path):
    root = single(tmp_path, '[tool.ferrule]\nsdist-generator = "git"\n')
    more = '[dependencies]\ndep = { path = "../dep" }\n'
    dependency = {"dep/Cargo.toml": crate("dep"), "dep/src/lib.rs": LIB}
    write_tree(tmp_path, {"p/Cargo.toml": crate("single", more), **dependency})
    with pytest.raises(OutsideFileError) as error:
        pack(root, tmp_path / "out")
    assert str(error.value) == (
        'sdist-generator = "git" takes the files below the project root only\n'
        f"  project root: {root}\n  outside: {tmp_path}/dep\n"
        '  fix: use sdist-generator = "cargo", which rewrites the layout'
    )


def test_manifests_that_cargo_refuses_are_an_error(tmp_path):
    from ferrule.sdist.closure import compute_closure
    from ferrule.sdist.layout import compute_layout

    root = single(tmp_path)
    project, metadata = open_project(root)
    layout = compute_layout(project, compute_closure(project, metadata, run_cargo))
    members = {"Cargo.toml": b"[package]\n", "Cargo.lock": b"version = 4\n"}
    with pytest.raises(UnresolvableError) as error:
        check_resolution(layout, members, run_cargo, "single-1.0")
    assert str(error.value).startswith(
        "single-1.0 would not build: cargo does not accept its manifests\n"
        "  cargo failed\n"
    )
