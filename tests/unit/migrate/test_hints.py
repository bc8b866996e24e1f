from __future__ import annotations

import pytest

from ferrule.migrate.hints import find_hints


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "line", "advice"),
    [
        (".github/workflows/ci.yml", "- uses: PyO3/maturin-action@v1", "builds with"),
        (".github/workflows/ci.yml", "MATURIN_PEP517_ARGS: x", "not read any more"),
        ("Makefile", "\tmaturin develop --release", "pip install -e ."),
        ("tox.ini", "commands = maturin build", "ferrule build"),
        ("noxfile.py", 'session.run("maturin", "build")', "no longer needed"),
        ("requirements-dev.txt", "setuptools-rust>=1", "no longer needed"),
        ("pyproject.toml", 'dev = ["maturin>=1"]', "no longer needed"),
        ("README.md", "Built with Maturin.", "names the peer"),
        ("Makefile", "python setup.py develop", "pip install -e ."),
    ],
)
def test_a_line_that_names_the_peer(tmp_path, name, line, advice):
    write(tmp_path, name, f"first\n{line}\n")
    (hint,) = find_hints(tmp_path, {})
    assert (hint.name, hint.line, hint.text) == (name, 2, line.strip())
    assert advice in hint.advice


def test_the_new_text_of_rewritten_files_counts(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool.maturin]\n")
    write(tmp_path, "setup.cfg", "setup_requires = setuptools-rust\n")
    rewritten = {"pyproject.toml": "[tool.ferrule]\n", "setup.cfg": None}
    assert find_hints(tmp_path, rewritten) == []


def test_other_files_are_not_read(tmp_path):
    write(tmp_path, "src/lib.rs", "// maturin\n")
    write(tmp_path, "Cargo.lock", "maturin\n")
    assert find_hints(tmp_path, {}) == []
