"""What published sdists lack or hold too much of: none of it happens here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sdist_samples import LIB, PYPROJECT, crate, git, names, single, unpack, write_tree

from ferrule.toml_text import parse

pytestmark = pytest.mark.build


@pytest.fixture
def sdist(tmp_path, run_ferrule):
    """Return a function that runs `ferrule sdist`: the archive and the log."""

    def call(root: Path, *args: str) -> tuple[Path, str]:
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        run = run_ferrule("sdist", "-o", out, *args, cwd=root).check()
        return Path(run.stdout.strip()), run.stderr

    return call


def test_the_lock_file_is_packed_although_git_ignores_it(tmp_path, sdist):
    root = single(tmp_path)
    write_tree(root, {".gitignore": "Cargo.lock\n*.log\n"})
    git(root)
    archive, log = sdist(root)
    assert "Cargo.lock" in names(archive)
    assert log.startswith(
        f"warning: {root}/Cargo.lock did not exist: the sdist gets one with the newest "
        "versions of today; keep it under version control, so that every build has "
        "the same\n"
    )
    archive, log = sdist(root)
    assert "Cargo.lock" in names(archive)
    assert "warning" not in log


def test_without_a_lock_file_locked_is_an_error(tmp_path, run_ferrule):
    root = single(tmp_path)
    failed = run_ferrule("sdist", "--locked", cwd=root)
    assert failed.returncode == 3
    assert "--locked" in failed.stderr
    assert not (root / "Cargo.lock").exists()


def test_products_of_earlier_builds_are_never_packed(tmp_path, sdist):
    root = single(tmp_path)
    stray = {
        "other-1.0-py3-none-any.whl": "",
        "Single-0.9.tar.gz": "",
        "wheelhouse/numpy-2.0-cp312-cp312-linux_x86_64.whl": "",
        # As `CARGO_TARGET_DIR`, which is set here, leaves an older folder behind.
        "target/release/build/out.rs": "",
        "target/wheels/single.txt": "",
    }
    kept = {"single/data/sample-1.0-py3-none-any.whl": "", "single/target/x.py": ""}
    write_tree(root, {**stray, **kept, ".gitignore": ""})
    git(root)
    archive, _ = sdist(root)
    found = set(names(archive))
    assert not found & stray.keys()
    assert kept.keys() <= found
    inner = unpack(archive, tmp_path / "unpacked")
    write_tree(inner, stray)
    assert sdist(inner)[0].read_bytes() == archive.read_bytes()


def test_the_stub_beside_a_crate_below_the_project(tmp_path, sdist):
    root = tmp_path / "p"
    table = '[tool.ferrule]\nmanifest-path = "rust/Cargo.toml"\n'
    write_tree(
        root,
        {
            "pyproject.toml": PYPROJECT.format(name="single") + table,
            "rust/Cargo.toml": crate("single", 'include = ["/src"]\n'),
            "rust/src/lib.rs": LIB,
            "rust/single.pyi": "",
        },
    )
    git(root)
    archive, _ = sdist(root)
    assert "rust/single.pyi" in names(archive)


def test_a_toolchain_file_is_kept_and_named_when_it_asks_for_too_much(
    tmp_path, sdist, run_ferrule
):
    if shutil.which("rustup") is None:
        pytest.skip("rustup is not installed")
    root = single(tmp_path)
    write_tree(root, {"rust-toolchain": "stable\n"})
    git(root)
    archive, _ = sdist(root)
    inner = unpack(archive, tmp_path / "unpacked")
    pin = inner / "rust-toolchain"
    assert pin.read_text() == "stable\n"
    pin.write_text("1.0.0\n")
    variables = {"RUSTUP_AUTO_INSTALL": "0"}
    for command in ("build", "sdist"):
        failed = run_ferrule(command, cwd=inner, env=variables)
        assert failed.returncode == 5
        assert failed.stderr.startswith("error: the Rust toolchain 1.0.0")
        assert f"it is pinned by {pin}\n" in failed.stderr
        assert "cargo is not installed" not in failed.stderr


def test_an_exported_configuration_keeps_no_path_of_this_machine(
    tmp_path, sdist, run_ferrule
):
    root = single(tmp_path)
    write_tree(root, {".cargo/config.toml": "# Shared.\n[net]\nretry = 2\n"})
    dependency = '[dependencies]\nitoa = "1"\n'
    write_tree(root, {"Cargo.toml": crate("single", dependency)})
    git(root)
    with open(root / ".cargo/config.toml", "a", encoding="utf-8") as stream:
        stream.write("# >>> ferrule: one PyO3 configuration for cargo, rust-analyzer")
        stream.write(' and ferrule\n[env]\nPYO3_CONFIG_FILE = "/x"\n# <<< ferrule\n')
    archive, _ = sdist(root, "--vendor")
    inner = unpack(archive, tmp_path / "unpacked")
    text = (inner / ".cargo/config.toml").read_text()
    assert text.startswith("# Shared.\n[net]\nretry = 2\n")
    assert sorted(parse(text)) == ["net", "source"]
