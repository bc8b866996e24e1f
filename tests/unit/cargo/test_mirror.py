"""The mirror of a temporary project keeps times of unchanged files."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ferrule.cargo.mirror import Mirror, open_mirror
from ferrule.cargo.toolchain import Toolchain

TOOLCHAIN = Toolchain("rustc 1.95.0", "x86_64-unknown-linux-gnu", (1, 95))


def project(root: Path) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text('[package]\nname = "p"\nversion = "0.1.0"\n')
    (root / "Cargo.lock").write_text("version = 4\n")
    (root / "src" / "lib.rs").write_text("pub fn one() {}\n")
    return root


def mirror_of(root: Path, tmp_path: Path) -> Mirror | None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    return open_mirror(root, root / "Cargo.toml", TOOLCHAIN, env=env)


def test_two_unpacked_copies_share_one_mirror(tmp_path: Path) -> None:
    first = mirror_of(project(tmp_path / "a" / "p"), tmp_path)
    second = mirror_of(project(tmp_path / "b" / "p"), tmp_path)
    assert first is not None
    assert second is not None
    assert first.folder == second.folder


def test_times_move_only_with_content(tmp_path: Path) -> None:
    root = project(tmp_path / "a" / "p")
    mirror = mirror_of(root, tmp_path)
    assert mirror is not None
    with mirror:
        copied = mirror.root / "src" / "lib.rs"
        before = copied.stat().st_mtime_ns
    os.utime(root / "src" / "lib.rs", (1, 1))
    with mirror:
        assert copied.stat().st_mtime_ns == before
    time.sleep(0.01)
    # An old time on new content, as archives have it, must not look unchanged.
    (root / "src" / "lib.rs").write_text("pub fn two() {}\n")
    os.utime(root / "src" / "lib.rs", (1, 1))
    with mirror:
        assert copied.read_text() == "pub fn two() {}\n"
        assert copied.stat().st_mtime_ns > before


def test_vanished_files_vanish_and_target_stays_out(tmp_path: Path) -> None:
    root = project(tmp_path / "a" / "p")
    (root / "src" / "old.rs").write_text("")
    (root / "dist").mkdir()
    (root / "dist" / "p-1-py3-none-any.whl").write_text("")
    (root / "target").mkdir()
    (root / "target" / "CACHEDIR.TAG").write_text("")
    (root / "target" / "big").write_text("")
    mirror = mirror_of(root, tmp_path)
    assert mirror is not None
    with mirror:
        assert (mirror.root / "src" / "old.rs").exists()
        assert not (mirror.root / "target").exists()
        assert not (mirror.root / "dist").exists()
    (root / "src" / "old.rs").unlink()
    with mirror:
        assert not (mirror.root / "src" / "old.rs").exists()


def test_the_manifest_stands_in_for_a_missing_lock_file(tmp_path: Path) -> None:
    roots = [project(tmp_path / name / "p") for name in "ab"]
    for root in roots:
        (root / "Cargo.lock").unlink()
    first, second = (mirror_of(root, tmp_path) for root in roots)
    assert first is not None
    assert second is not None
    assert first.folder == second.folder
    with (roots[0] / "Cargo.toml").open("a") as stream:
        stream.write("# another release\n")
    third = mirror_of(roots[0], tmp_path)
    assert third is not None
    assert third.folder != first.folder


def test_no_mirror_with_paths_above(tmp_path: Path) -> None:
    other = project(tmp_path / "b" / "p")
    with (other / "Cargo.toml").open("a") as stream:
        stream.write('[dependencies]\nsibling = { path = "../sibling" }\n')
    assert mirror_of(other, tmp_path) is None


def test_another_lock_file_is_another_mirror(tmp_path: Path) -> None:
    root = project(tmp_path / "a" / "p")
    first = mirror_of(root, tmp_path)
    (root / "Cargo.lock").write_text("version = 4\n# changed\n")
    second = mirror_of(root, tmp_path)
    assert first is not None
    assert second is not None
    assert first.folder != second.folder


def test_vendored_crates_are_mirrored_whole(tmp_path: Path) -> None:
    root = project(tmp_path / "a" / "p")
    crate = root / ".cargo" / "vendor" / "x-1.0.0"
    kept = [".cargo-checksum.json", "Cargo.toml", "a.whl", "__pycache__/x.tar.gz"]
    kept += [".git/x", "build/CACHEDIR.TAG"]
    for name in kept:
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text("../../../../x")
    (root / "p.whl").write_text("")
    mirror = mirror_of(root, tmp_path)
    assert mirror is not None
    with mirror:
        copied = mirror.root / ".cargo" / "vendor" / "x-1.0.0"
        assert all((copied / name).is_file() for name in kept)
        assert not (mirror.root / "p.whl").exists()
    (crate / "a.whl").unlink()
    with mirror:
        assert not (copied / "a.whl").exists()
        assert (copied / "__pycache__/x.tar.gz").is_file()


def test_a_crate_beside_the_project_has_no_mirror(tmp_path: Path) -> None:
    root = project(tmp_path / "a" / "p")
    crate = project(tmp_path / "a" / "crate")
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}

    assert open_mirror(root, crate / "Cargo.toml", TOOLCHAIN, env=env) is None
