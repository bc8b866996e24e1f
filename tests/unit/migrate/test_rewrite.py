from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.migrate import RewriteError
from ferrule.migrate import rewrite as module
from ferrule.migrate.rewrite import rewrite_maturin, rewrite_tables
from ferrule.toml_text import parse

PATH = Path("pyproject.toml")
OWN = "ferrule>=0.1,<0.2"
BUILD = '[build-system]\nrequires = ["ferrule>=0.1,<0.2"]\nbuild-backend = "ferrule"\n'


def rewrite(text, simplify=dict):
    return rewrite_maturin(text, path=PATH, requirement=OWN, simplify=simplify)


def table(text):
    return parse(text.lstrip("\ufeff"))["tool"]["ferrule"]


FULL = """\
# This file is commented.

[build-system] # how it is built
requires = [
  "maturin>=1.9,<2.0", # the backend
]
build-backend = "maturin"

[project]
name = "pack"   # oddly  spaced
version="1"

# What is packed.
[tool.maturin] # for maturin
# the layout
module-name = 'pack._core' # literal string
python-source = "python"
# which features
features = [
    # always
    "fast",
    { feature = "new", python-version = ">=3.11" }, # since 3.11
]
manylinux = "2014" # the oldest
skip-auditwheel = true

# stubs
[[tool.maturin.include]]
path = "python/**/*.pyi" # glob
format = ["sdist", "wheel"]

[tool.maturin.sbom]
auditwheel = false # not needed

[tool.ruff]
line-length = 88 # as always
"""
EXPECTED = (
    FULL.replace('"maturin>=1.9,<2.0"', f'"{OWN}"')
    .replace('build-backend = "maturin"', 'build-backend = "ferrule"')
    .replace("tool.maturin", "tool.ferrule")
    .replace('manylinux = "2014"', 'compatibility = "manylinux_2_17"')
    .replace("skip-auditwheel = true", 'audit = "skip"')
    .replace("auditwheel = false", "repair = false")
)


def test_comments_order_and_formatting_stay():
    assert rewrite(FULL).text == EXPECTED


def test_line_ends_and_byte_order_mark_stay():
    text = "\ufeff" + FULL.replace("\n", "\r\n")
    assert rewrite(text).text == "\ufeff" + EXPECTED.replace("\n", "\r\n")


def test_what_is_migrated_stays_as_it_is():
    once = rewrite(FULL).text
    assert rewrite(once).text == once


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[tool]\nmaturin.strip = true # s\n", "[tool]\nferrule.strip = true # s\n"),
        ("[tool.maturin]\nstrip = true", "[tool.ferrule]\nstrip = true"),
        (
            '[tool]\nmaturin = { strip = true, bindings = "pyo3" }\n',
            '[tool]\nferrule = { strip = true, bindings = "pyo3" }\n',
        ),
        (
            '[tool]\nmaturin = { manylinux = "off" } # c\n',
            '[tool]\nferrule = { compatibility = "linux" } # c\n',
        ),
        (
            '[tool.maturin.target.aarch64-apple-darwin]\nmacos-deployment-target="11"\n',
            '[tool.ferrule.macos-deployment-target]\naarch64-apple-darwin = "11"\n',
        ),
        (
            '[tool.maturin]\n"module-name" = "a"\n',
            '[tool.ferrule]\nmodule-name = "a"\n',
        ),
        ("[tool.maturin]\n", ""),
    ],
)
def test_every_spelling_of_the_table(old, new):
    build = BUILD.replace(OWN, "maturin").replace('"ferrule"', '"maturin"')
    assert rewrite(f"{build}\n{old}").text.rstrip() == f"{BUILD}\n{new}".rstrip()


def test_dotted_keys_at_the_top_level():
    text = 'tool.maturin.module-name = "a" # c\ntool.maturin.auditwheel = "skip"\n'
    assert rewrite(text).text == (
        'tool.ferrule.module-name = "a" # c\ntool.ferrule.audit = "skip"\n\n' + BUILD
    )


def test_a_missing_build_system_is_added_first():
    text = '# licence\n\n[project]\nname = "x"\n\n[tool.maturin]\nstrip = true\n'
    assert rewrite(text).text == (
        f'# licence\n\n{BUILD}\n[project]\nname = "x"\n\n[tool.ferrule]\nstrip = true\n'
    )


def test_an_inline_build_system():
    text = 'build-system = { requires = ["maturin"], build-backend = "maturin" }\n'
    assert parse(rewrite(text).text) == parse(BUILD)


def test_a_project_without_a_table():
    text = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
    assert rewrite(text).text == BUILD


def test_keys_that_maturin_does_not_have_go_and_are_told():
    new = rewrite("[tool.maturin]\nmodulename = 'a' # c\nstrip = true\n")
    assert "modulename" not in new.text
    assert any("tool.maturin.modulename" in note for note in new.notes)


def test_what_is_left_out_takes_its_comment_along():
    text = "[tool.maturin]\nstrip = true\n\n# as pyo3 is found\nbindings = 'pyo3'\n"

    def simplify(table):
        return {key: table[key] for key in table if key != "bindings"}

    new = rewrite(text, simplify).text
    assert new.endswith("[tool.ferrule]\nstrip = true\n")
    assert rewrite(text, lambda _: {}).text == BUILD


def test_features_keep_their_comments_when_one_goes():
    text = (
        "[tool.maturin]\nfeatures = [\n"
        '  "pyo3/extension-module", # for wheels\n  "fast", # speed\n]\n'
    )

    def simplify(table):
        return {"features": table["features"][1:]}

    new = rewrite(text, simplify).text
    assert new.endswith('[tool.ferrule]\nfeatures = [\n  "fast", # speed\n]\n')


def test_keys_of_maturin_before_1_0():
    new = rewrite("[tool.maturin]\nsdist-include = ['a/*'] # more\nstrip = true\n")
    assert table(new.text) == {
        "strip": True,
        "include": [{"path": "a/*", "format": "sdist"}],
    }


def test_a_file_that_cannot_be_rewritten(monkeypatch):
    monkeypatch.setattr(module.Document, "update", lambda *_: None)
    with pytest.raises(RewriteError) as caught:
        rewrite("[build-system]\nrequires = []\n[tool.maturin]\nstrip = true\n")
    assert str(caught.value) == (
        "pyproject.toml cannot be rewritten without changing more than the "
        "migration needs; nothing was written\n"
        "  it should say:\n"
        "      [build-system]\n"
        f'      requires = ["{OWN}"]\n'
        '      build-backend = "ferrule"\n'
        "      \n"
        "      [tool.ferrule]\n"
        "      strip = true\n"
        "  fix: write these tables by hand in place of the peer's, and please report "
        "the file"
    )


def test_tables_of_a_setuptools_project():
    text = """\
# head
[build-system]
requires = ["setuptools", "setuptools-rust"] # both
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["x"]

# keep
[tool.black] # wide
line-length = 100

[[tool.setuptools-rust.ext-modules]]
target = "x._x"
"""
    wanted = {
        "build-system": {},
        "project": {"name": "x", "version": "1"},
        "tool": {"black": {"line-length": 100}, "ferrule": {"module-name": "x._x"}},
    }
    new = rewrite_tables(text, wanted, path=PATH, requirement=OWN)
    assert new.text == (
        "# head\n"
        + BUILD.replace("]\nbuild-backend", "] # both\nbuild-backend")
        + '\n[project]\nname = "x"\nversion = "1"\n\n# keep\n[tool.black] # wide\n'
        'line-length = 100\n\n[tool.ferrule]\nmodule-name = "x._x"\n'
    )


def test_a_project_without_pyproject_gets_one():
    wanted = {"project": {"name": "x"}, "tool": {"ferrule": {"jobs": 1}}}
    new = rewrite_tables("", wanted, path=PATH, requirement=OWN)
    assert new.text == f'{BUILD}\n[project]\nname = "x"\n\n[tool.ferrule]\njobs = 1\n'
