"""`ferrule doctor` in real projects, whole and broken ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

EXAMPLES = ("abi3-module", "mixed-package", "old-api-module", "pure-module")


@pytest.fixture
def look(run_ferrule):
    """Return a function that runs doctor and returns its findings by identifier."""

    def call(folder: Path, *options: str, env: dict[str, str] | None = None):
        data = run_ferrule("doctor", "--json", *options, cwd=folder, env=env).json()
        return {item["id"]: item for item in reversed(data["findings"])}

    return call


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_well(copy_project, look, name):
    found = look(copy_project(f"examples/{name}"))
    problems = {key for key, item in found.items() if item["severity"] != "ok"}
    # This machine's interpreters and shell are not the example's.
    mine = {"python-broken", "python-libpython", "cargo-variables"}
    mine |= {"installed-leftovers", "installed-elsewhere"}
    assert problems - mine == {"env-unshared"}
    assert found["pyo3-release"]["what"].startswith("PyO3 0.")
    assert found["sources"]["severity"] == "ok"


def test_program_needs_no_pyproject(copy_project, look):
    found = look(copy_project("examples/embedding-program"))
    assert "project-backend" not in found
    assert found["pyo3-release"]["severity"] == "ok"


def test_second_examination_starts_neither_cargo_nor_python(
    copy_project, run_ferrule, interpreter, tmp_path
):
    folder = copy_project("examples/pure-module")
    env = {"PYO3_PYTHON": str(interpreter("3.11"))}
    run_ferrule("doctor", cwd=folder, env=env).check()
    second = run_ferrule("doctor", "-v", cwd=folder, env=env).check()
    assert "metadata" not in second.stderr
    assert "rustc" not in second.stderr


def test_stale_lines_of_env_are_written_anew(copy_project, look, run_ferrule):
    folder = copy_project("examples/pure-module")
    config = folder / ".cargo" / "config.toml"
    run_ferrule("env", "--write", cwd=folder).check()
    assert not {"env-unshared", "env-stale", "env-links"}.intersection(look(folder))
    written = config.read_text()
    slot = written.rpartition("codegen-units = ")[2].split()[0]
    config.write_text(written.replace(slot, "4711"))
    assert look(folder)["env-stale"]["fix"]
    assert "4711" in config.read_text()
    assert "env-stale" not in look(folder, "--fix")
    assert config.read_text() == written


def test_file_that_vanished_is_written_again(copy_project, look, run_ferrule):
    folder = copy_project("examples/pure-module")
    config = folder / ".cargo" / "config.toml"
    run_ferrule("env", "--write", cwd=folder).check()
    name = next(
        line.partition('"')[2].rstrip('"')
        for line in config.read_text().splitlines()
        if line.startswith("PYO3_CONFIG_FILE")
    )
    text = config.read_text().replace(name, f"{name}.gone")
    config.write_text(text)
    found = look(folder, "--fix", "--dry-run")
    assert found["env-file-gone"]["severity"] == "error"
    assert config.read_text() == text
    assert "env-file-gone" not in look(folder, "--fix")
    assert name in config.read_text()


def test_links_that_were_cleaned_away_are_made_again(
    copy_project, look, run_ferrule, interpreter
):
    folder = copy_project("examples/pure-module")
    target = folder / "target"
    env = {"CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": str(interpreter("3.11"))}
    run_ferrule("env", "--write", cwd=folder, env=env).check()
    if not target.exists():
        pytest.skip("the loader finds this libpython by itself")
    shutil.rmtree(target)
    assert look(folder, env=env)["env-links"]["fix"]
    assert "env-links" not in look(folder, "--fix", env=env)
    assert list(target.glob("debug/libpython-*/libpython*.so*"))


def test_lock_file_that_does_not_fit_stays_as_it_is(copy_project, look):
    folder = copy_project("examples/pure-module")
    lock = folder / "Cargo.lock"
    _replace(folder / "Cargo.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    before = lock.read_bytes()
    assert look(folder)["project-lock"]["remedy"] == ["cargo update --workspace"]
    assert lock.read_bytes() == before
    lock.unlink()
    assert look(folder)["project-lock"]["severity"] == "note"
    assert not lock.exists()


def test_manifest_that_cargo_refuses(copy_project, look):
    folder = copy_project("examples/pure-module")
    _replace(folder / "Cargo.toml", 'edition = "2024"', 'edition = "2525"')
    found = look(folder)
    assert found["project-cargo"]["severity"] == "error"
    assert any("2525" in line for line in found["project-cargo"]["details"])
    assert found["project-backend"]["severity"] == "ok"


def test_features_profiles_and_rust_version(copy_project, look):
    folder = copy_project("examples/old-api-module")
    manifest = folder / "Cargo.toml"
    _replace(
        manifest,
        'pyo3 = "=0.22.6"',
        'pyo3 = { version = "=0.22.6", features = ["extension-module"] }',
    )
    with manifest.open("a") as stream:
        stream.write('\n[profile.release]\npanic = "abort"\n')
    found = look(folder)
    assert found["pyo3-extension-module"]["severity"] == "warning"
    assert found["pyo3-panic"]["severity"] == "warning"
    _replace(manifest, 'edition = "2021"', 'edition = "2021"\nrust-version = "1.999"')
    found = look(folder)
    assert found["rust-version"]["severity"] == "error"
    assert found["rust-version"]["details"] == [
        "roman-numerals-old 0.1.0 needs Rust 1.999"
    ]


def test_toolchain_that_is_not_installed(copy_project, look):
    if shutil.which("rustup") is None:
        pytest.skip("rustup chooses toolchains")
    folder = copy_project("examples/pure-module")
    (folder / "rust-toolchain.toml").write_text('[toolchain]\nchannel = "1.1.0"\n')
    found = look(folder, env={"RUSTUP_AUTO_INSTALL": "0"})
    assert found["rust-toolchain"]["severity"] == "error"
    assert found["project-backend"]["severity"] == "ok"


def test_module_of_another_name(copy_project, look):
    folder = copy_project("examples/pure-module")
    with (folder / "pyproject.toml").open("a") as stream:
        stream.write('\n[tool.ferrule]\nmodule-name = "other"\n')
    assert "PyInit_other" in look(folder)["pyo3-module-name"]["why"]
