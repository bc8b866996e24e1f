from __future__ import annotations

import pytest

from ferrule.settings.model import Feature
from ferrule.settings.overrides import depends_on_python
from ferrule.toml import parse_toml

ABI3 = """
[tool.ferrule]
features = ["pyo3/abi3-py39"]

[[tool.ferrule.overrides]]
if.from-sdist = true
features = []
"""


def test_abi3_for_releases_and_version_specific_when_a_user_compiles(load):
    release = load(ABI3)
    assert release.settings.features == (Feature("pyo3/abi3-py39"),)
    assert release.overrides == ()
    compiled = load(ABI3, from_sdist=True)
    assert compiled.settings.features == ()
    assert compiled.origin == {"features": "tool.ferrule.overrides[0].features"}
    assert compiled.overrides == (
        "tool.ferrule.overrides[0] sets features, because from-sdist = true",
    )


@pytest.mark.parametrize(
    ("mode", "features", "env"),
    [
        ("append", "a b", {"A": "2", "B": "1"}),
        ("prepend", "b a", {"A": "1", "B": "1"}),
        ("none", "b", {"A": "2"}),
    ],
)
def test_inherit_joins_lists_and_tables(load, mode, features, env):
    loaded = load(f"""
        [tool.ferrule]
        features = ["a"]
        env = {{ A = "1", B = "1" }}
        [[tool.ferrule.overrides]]
        if.state = "wheel"
        inherit = {{ features = "{mode}", env = "{mode}" }}
        features = ["b"]
        env = {{ A = "2" }}
    """)
    assert [item.feature for item in loaded.settings.features] == features.split()
    assert loaded.settings.env == env


def test_what_happened_is_told(load):
    loaded = load("""
        [tool.ferrule]
        features = ["a"]
        [[tool.ferrule.overrides]]
        if = { platform = "win32" }
        strip = true
        [[tool.ferrule.overrides]]
        if = { platform = ["darwin", "linux"], python-version = ">=3.11" }
        inherit.features = "append"
        features = ["b"]
        locked = true
        [[tool.ferrule.overrides]]
        if.machine = "AMD64"
    """)
    assert loaded.overrides == (
        (
            "tool.ferrule.overrides[1] appends to features, sets locked, "
            "because platform = linux and python-version >=3.11 (3.11.4)"
        ),
        "tool.ferrule.overrides[2] sets nothing, because machine = x86_64",
    )
    assert loaded.origin["features"] == (
        "tool.ferrule.features, tool.ferrule.overrides[1].features"
    )
    assert not loaded.settings.strip


def test_append_without_an_earlier_value_sets_it(load):
    loaded = load("""
        [[tool.ferrule.overrides]]
        if.state = "wheel"
        inherit.features = "append"
        features = ["b"]
    """)
    assert loaded.settings.features == (Feature("b"),)


def test_later_overrides_win(load):
    loaded = load("""
        [[tool.ferrule.overrides]]
        if.state = "wheel"
        profile = "a"
        [[tool.ferrule.overrides]]
        if.platform = "linux"
        profile = "b"
    """)
    assert loaded.settings.profile == "b"


WHERE = "tool.ferrule.overrides"
MISSING = "fix: write the condition, or move the settings to [tool.ferrule]"
WRONG = """
        tool.ferrule.overrides = [
            3,
            { features = [] },
            { if = {}, strip = true },
            { if = 3 },
            { if = { platfrom = "linux", from-sdist = 1 }, strp = true },
            { if = { platform = "windows" }, inherit = 3 },
            { if.python-version = "3.11", inherit.features = "append" },
            { if.env.CI = "(", inherit.strip = "append", strip = true },
            { if.env.CI = 1, inherit.features = "apend", features = ["a"] },
            { if = { implementation = "cython", state = ["weel"] } },
        ]
    """


def test_problems_are_found_in_overrides_that_do_not_match(problems):
    assert problems(WRONG) == [
        f"{WHERE}[0] must be a table, not 3 (an integer)",
        f'{WHERE}[1] lacks the key "if"\n  {MISSING}',
        f"{WHERE}[2] has an empty `if`\n  {MISSING}",
        (
            f'{WHERE}[3].if must be a table such as {{ platform = "linux" }}, '
            "not 3 (an integer)"
        ),
        f'{WHERE}[4].if.platfrom is not a setting (did you mean "platform"?)',
        f"{WHERE}[4].if.from-sdist must be true or false, not 1 (an integer)",
        f'{WHERE}[4].strp is not a setting (did you mean "strip"?)',
        (
            f'{WHERE}[5].if.platform is "windows" (did you mean "win32"?)\n'
            "  fix: use a value of sys.platform: aix, android, cygwin, darwin, "
            "emscripten, "
            "freebsd, ios, linux, netbsd, openbsd, sunos, wasi, win32"
        ),
        (
            f'{WHERE}[5].inherit must be a table such as {{ features = "append" }}, '
            "not 3 (an integer)"
        ),
        (
            f'{WHERE}[6].if.python-version is "3.11", '
            "which is not a version specifier\n"
            '  fix: write for example ">=3.11" or "<3.13"'
        ),
        f"{WHERE}[6].inherit.features has no `features` in the same override to join",
        (
            f'{WHERE}[7].if.env.CI is "(", which is no regular expression: '
            "missing ), unterminated subpattern at position 0"
        ),
        f"{WHERE}[7].inherit.strip is not a list or table",
        f"{WHERE}[8].if.env.CI must be a string, true or false, not 1 (an integer)",
        (
            f'{WHERE}[8].inherit.features is "apend" (did you mean "append"?)\n'
            '  fix: use "append", "prepend" or "none"'
        ),
        (
            f'{WHERE}[9].if.implementation[0] is "cython" (did you mean "cpython"?)\n'
            '  fix: use one of "cpython", "pypy", "graalpy"'
        ),
        (
            f'{WHERE}[9].if.state[0] is "weel" (did you mean "wheel"?)\n'
            '  fix: use one of "sdist", "wheel", "editable"'
        ),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ('tool.ferrule.features = ["a"]', False),
        ('tool.ferrule.features = [{ feature = "a" }]', True),
        ('tool.maturin.features = [{ feature = "a" }]', True),
        ('tool.ferrule.modules = [{ name = "a", features = [{}] }]', True),
        ('tool.ferrule.binaries = [{ name = "a", features = ["b"] }, 1]', False),
        ("tool.ferrule.overrides = [{ if.from-sdist = true }]", False),
        ('tool.ferrule.overrides = [{ if.python-version = ">=3" }]', True),
        ('tool.ferrule.overrides = [{ if.implementation = "pypy" }]', True),
        ("tool.ferrule.overrides = [{ features = [{}] }]", True),
        ("tool.ferrule = 1", False),
        ("tool = 1", False),
        ("tool.ferrule.overrides = 3", False),
        ("tool.ferrule = { overrides = [1, { if = 1 }], features = 3 }", False),
    ],
)
def test_dependence_on_the_python_is_seen_without_reading_settings(text, expected):
    assert depends_on_python(parse_toml(text)) is expected


def test_no_pyproject_depends_on_nothing():
    assert not depends_on_python(None)
