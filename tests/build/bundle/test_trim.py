"""Trimmed bundles, single files as files, and what is told about them."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.build.bundle.onefiles import run

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
PROGRAM = HERE / "trim-program"


@pytest.fixture(scope="module")
def trimming(tmp_path_factory, run_ferrule, bundling_python):
    """Return a function that bundles one copied project again and again."""
    folder = tmp_path_factory.mktemp("trim") / "trim-program"
    shutil.copytree(PROGRAM, folder, ignore=shutil.ignore_patterns("target"))

    def run(*words: str | Path, python: Path = bundling_python):
        own = ["--python", python, "--profile", "dev"]
        return run_ferrule("bundle", *own, *words, cwd=folder)

    return run


@pytest.fixture(scope="module")
def trimmed(trimming, plain_wheel, tmp_path_factory):
    """Return a trimmed bundle and what was told about it."""
    out = tmp_path_factory.mktemp("trimmed") / "app"
    words = ["--trim", "--packages", plain_wheel, "--json", "-o", out]
    done = trimming(*words).check()
    return out, done.json()


def test_what_the_sources_name_works(trimmed):
    out, told = trimmed
    done = run(out / "bin" / "trim-program")
    assert (done.returncode, done.stdout) == (0, "42 <x /> 3 text of a package\n"), (
        done.stderr
    )
    names = {item["module"] for item in told["trim"]["kept"]}
    assert {"xml.dom.minidom", "statistics", "plainthing.part"} <= names
    assert told["verifiedIn"]


def test_the_rest_is_not_there(trimmed, trimming, plain_wheel, tmp_path):
    out, told = trimmed
    whole = tmp_path / "whole"
    words = ["--packages", plain_wheel, "--no-verify", "--json", "-o", whole]
    before = trimming(*words).check().json()
    assert told["sizeBytes"] < 0.75 * before["sizeBytes"]
    names = {item["name"] for item in told["trim"]["leftOut"]}
    assert {"sqlite3", "unittest", "wsgiref"} <= names
    assert not list(out.rglob("sqlite3"))
    assert not list(out.rglob("_sqlite3*"))
    assert list(out.rglob("plainthing-1.0.dist-info/METADATA"))
    assert list(out.rglob("plainthing/data/text.txt"))


def test_every_module_has_its_reason(trimmed):
    _, told = trimmed
    reasons = {
        item["path"]: item["reason"]
        for item in told["files"]
        if item["path"].endswith((".pyc", ".so"))
    }
    assert all(reasons.values())
    (chain,) = (why for path, why in reasons.items() if path.endswith("minidom.pyc"))
    assert chain == "xml.dom.minidom ← src/main.rs:14 imports it"
    (chain,) = (why for path, why in reasons.items() if path.endswith("statistics.pyc"))
    assert chain == "statistics ← <src/main.rs:15> ← the program"


def test_a_module_that_is_missing_says_what_to_do(trimmed, trimming, tmp_path):
    out, _ = trimmed
    done = run(out / "bin" / "trim-program", "wsgiref.util")
    assert "it was left out by --trim; add keep = [" in done.stderr
    assert "[tool.ferrule.bundle]" in done.stderr
    other = run(out / "bin" / "trim-program", "never_was")
    assert other.stderr == "ModuleNotFoundError: No module named 'never_was'\n"
    kept = tmp_path / "kept"
    words = ["--trim", "--keep", "wsgiref.util", "sqlite3", "-o", kept, "--no-verify"]
    trimming(*words).check()
    done = run(kept / "bin" / "trim-program", "wsgiref.util")
    assert "wsgiref" not in done.stderr


def test_names_that_mean_nothing_are_told(trimming, tmp_path):
    words = ["--trim", "--keep", "sqlite", "tkinter", "-o", tmp_path / "app"]
    done = trimming(*words)
    assert done.returncode == 2
    assert 'is called sqlite (did you mean "sqlite3"?)' in done.stderr
    assert "tkinter is left out of every bundle: Tcl/Tk" in done.stderr


def test_wishes_are_checked_before_cargo(trimming, tmp_path):
    words = ["--mode", "static", "--compress", "--format", "file", "-v"]
    done = trimming(*words, "-o", tmp_path / "app")
    assert done.returncode == 2
    assert "has 2 problems" in done.stderr
    assert "cargo rustc" not in done.stderr


def test_licences_of_everything(trimmed):
    out, _ = trimmed
    index = (out / "licenses" / "index.txt").read_text()
    for name in ("cpython", "plainthing 1.0", "pyo3", "rust-std", "trim-program"):
        assert f"{name} " in index or f"{name}\n" in index
    assert list(out.glob("licenses/crates/pyo3-0*/LICENSE-MIT"))
    document = json.loads((out / "bundle.cdx.json").read_text())
    refs = {item["bom-ref"] for item in document["components"]}
    for row in document["dependencies"]:
        assert set(row["dependsOn"]) <= refs


@pytest.mark.parametrize("level", [0, 1, 2])
def test_levels_of_bytecode_with_and_without_sources(trimming, tmp_path, level):
    for sources in ([], ["--sources"]):
        out = tmp_path / f"app{len(sources)}"
        words = ["--optimize", str(level), "--trim", "--no-verify", *sources]
        trimming(*words, "-o", out).check()
        done = run(out / "bin" / "trim-program", "--level")
        assert done.stdout == f"{level} {level < 1} {level < 2}\n", done.stderr
        assert bool(list(out.rglob("json/decoder.py"))) == bool(sources)


def test_one_file_can_be_looked_into(trimming, run_ferrule, static_python, tmp_path):
    program = tmp_path / "out" / "tool"
    words = ["--mode", "onefile", "--trim", "--format", "file", "-o", program]
    trimming(*words, python=static_python).check()
    assert [path.name for path in program.parent.iterdir()] == ["tool"]
    done = run(program, "wsgiref")
    assert 'add keep = ["wsgiref"] to [tool.ferrule.bundle]' in done.stderr
    first = program.read_bytes()
    trimming(*words, "--no-verify", python=static_python).check()
    assert program.read_bytes() == first
    told = run_ferrule("inspect", program, "--json", cwd=tmp_path).check().json()
    assert told["bundle"]["mode"] == "onefile"
    paths = {item["path"] for item in told["members"]}
    assert {"licenses/index.txt", "bundle.cdx.json"} <= paths
    words = ["--extract", tmp_path / "x", "--only", "lib/*/xml/dom/*"]
    run_ferrule("inspect", program, *words, cwd=tmp_path).check()
    (code,) = (tmp_path / "x").rglob("minidom.pyc")
    # The interpreter itself takes it for its bytecode.
    loaded = tmp_path / "minidom_copy.pyc"
    shutil.copy(code, loaded)
    test = "import minidom_copy; print(minidom_copy.Document.__name__)"
    done = subprocess.run(
        [static_python, "-c", test],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Document\n", done.stderr


def test_a_zip_of_it(trimming, tmp_path):
    out = tmp_path / "app.zip"
    trimming("--trim", "--no-verify", "-o", out).check()
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path)
        mode = archive.getinfo("app/bin/trim-program").external_attr >> 16
    assert mode & 0o777 == 0o755
    program = tmp_path / "app" / "bin" / "trim-program"
    program.chmod(0o755)
    assert run(program, "--level").stdout == "0 True True\n"
