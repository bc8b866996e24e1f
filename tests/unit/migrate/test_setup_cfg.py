from __future__ import annotations

from ferrule.migrate.setup_cfg import without_setuptools


def test_sections_of_other_tools_keep_every_byte():
    text = (
        "# about the project\n[metadata]\nname = x\n\n[options.extras_require]\n"
        "a = b\n    c\n\n; lint\n# more\n[flake8]\nmax = 1\n\n[bdist_wheel]\n"
        "py_limited_api = cp39\n\n[tool:pytest]\naddopts = -q\n"
    )
    assert without_setuptools(text) == (
        "; lint\n# more\n[flake8]\nmax = 1\n\n[tool:pytest]\naddopts = -q\n"
    )


def test_nothing_is_left_of_a_file_for_setuptools_only():
    assert without_setuptools("# x\n[metadata]\nname = x\n[options]\n") is None
