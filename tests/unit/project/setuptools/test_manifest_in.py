"""MANIFEST.in, compared with setuptools' own list of files."""

from __future__ import annotations

import pytest

from ferrule.project.setuptools.manifest_in import list_tree, read_template

FILES = (
    *("README.md", "setup.py", "a.txt", "b.cfg", "pkg/__init__.py", "pkg/x.txt"),
    *("pkg/deep/y.txt", "pkg/deep/z.dat", "docs/index.rst", "docs/_build/o.html"),
    *("data/one/1.csv", "data/two/2.csv", "odd[1].txt", "x-1.py", "x-a.py"),
)
TEMPLATES = [
    "include *.txt *.cfg",
    "include pkg/*.txt\ninclude data/*/1.csv",
    "recursive-include pkg *.txt",
    "recursive-include pkg *.txt *.dat\nrecursive-exclude pkg/deep *.txt",
    "graft docs\nprune docs/_build",
    "global-include *.csv\nexclude data/two/2.csv",
    "graft data\nglobal-exclude 2.*",
    "include x-[0-9].py\ninclude pkg/**/y.txt",
    "# comment\n\ninclude a.txt \\\n  b.cfg",
    "graft d*a",
    "include nothing\nprune nowhere",
    "recursive-include * *.dat",
]


@pytest.fixture
def tree(tmp_path):
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


CONTINUED = "\\\n"
ASK = f"""
import json
from setuptools.command.egg_info import FileList
answers = []
for text in {TEMPLATES}:
    files = FileList()
    for line in text.replace({CONTINUED!r}, " ").splitlines():
        if line.strip() and not line.startswith("#"):
            files.process_template_line(line)
    answers.append([name[2:] if name[:2] == "./" else name for name in files.files])
print(json.dumps(answers))
"""


def test_selects_what_setuptools_selects(tree, ask_setuptools):
    answers = ask_setuptools(ASK, tree)
    names = list_tree(tree)

    for text, answer in zip(TEMPLATES, answers):
        (tree / "MANIFEST.in").write_text(text)
        template = read_template(tree / "MANIFEST.in")
        assert sorted(template.select(names)) == sorted(set(answer)), text
        assert template.warnings == ()


def test_what_is_no_command_is_a_warning(tmp_path):
    path = tmp_path / "MANIFEST.in"
    path.write_text("inclde x\nrecursive-include only\n")

    template = read_template(path)

    assert template.steps == ()
    assert template.warnings == (
        f'{path}: `inclde x` is no command (did you mean "include"?)',
        f"{path}: `recursive-include only` is no command (it lacks words)",
    )


def test_an_absent_file_selects_nothing(tmp_path):
    assert read_template(tmp_path / "MANIFEST.in").select(["a"]) == set()


def test_caches_and_products_are_no_part_of_the_tree(tmp_path):
    (tmp_path / "pkg/__pycache__").mkdir(parents=True)
    (tmp_path / "pkg/__pycache__/a.pyc").touch()
    (tmp_path / "pkg/a.py").touch()
    (tmp_path / "pkg.egg-info").mkdir()
    (tmp_path / "pkg.egg-info/SOURCES.txt").touch()
    (tmp_path / "build/lib").mkdir(parents=True)
    (tmp_path / "build/lib/a.py").touch()
    (tmp_path / "env").mkdir()
    (tmp_path / "env/pyvenv.cfg").touch()

    assert list_tree(tmp_path) == ["pkg/a.py"]


def test_exclusions_never_hit_a_kept_file(tmp_path):
    path = tmp_path / "MANIFEST.in"
    path.write_text("graft data\nprune docs\nexclude a.txt\nglobal-exclude *.log")

    found = read_template(path).exclusions(["docs/kept.rst"])

    assert found == ["/a.txt", "**/*.log"]
