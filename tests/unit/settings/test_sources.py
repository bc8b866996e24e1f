from __future__ import annotations

import subprocess
import sys

import pytest

from ferrule.errors.settings import InvalidSettingsError, StrictWarningsError
from ferrule.settings.model import (
    BinarySettings,
    Feature,
    FilePattern,
    ModuleSettings,
    SbomSettings,
    Settings,
)

FULL = """
[tool.ferrule]
bindings = "pyo3"
manifest-path = "rust/Cargo.toml"
python-source = "python"
python-packages = ["extra"]
data = "pkg.data"
include = ["LICENSES/*", { path = "a/**", format = "sdist" }]
exclude = [{ path = "*.tmp", format = ["wheel"] }]
features = ["fast", { feature = "new", python-version = ">=3.11" }]
profile = "release"
strip = true
jobs = 4
config = ["build.rustflags=['-C', 'debuginfo=1']"]
interpreter = ["3.9-3.13"]
compatibility = "manylinux_2_28"
env = { RUSTFLAGS = "-Dwarnings", EMPTY = "" }

[[tool.ferrule.modules]]
name = "pkg._core"
features = ["core"]

[[tool.ferrule.modules]]
name = "pkg._more"
package = "more"

[[tool.ferrule.binaries]]
name = "tool"
script = "pkg-tool"
"""


def test_no_pyproject_gives_the_defaults(load):
    loaded = load()
    assert loaded.settings == Settings()
    assert loaded.origin == {}
    assert loaded.warnings == ()


def test_every_kind_of_key_is_read_from_toml(load):
    loaded = load(FULL)
    assert loaded.settings == Settings(
        bindings="pyo3",
        manifest_path="rust/Cargo.toml",
        modules=(
            ModuleSettings("pkg._core", features=(Feature("core"),)),
            ModuleSettings("pkg._more", package="more"),
        ),
        binaries=(BinarySettings("tool", script="pkg-tool"),),
        python_source="python",
        python_packages=("extra",),
        data="pkg.data",
        include=(FilePattern("LICENSES/*"), FilePattern("a/**", format=("sdist",))),
        exclude=(FilePattern("*.tmp", format=("wheel",)),),
        features=(Feature("fast"), Feature("new", python_version=">=3.11")),
        profile="release",
        strip=True,
        jobs=4,
        config=("build.rustflags=['-C', 'debuginfo=1']",),
        interpreter=("3.9-3.13",),
        compatibility="manylinux_2_28",
        env={"RUSTFLAGS": "-Dwarnings", "EMPTY": ""},
    )
    assert loaded.origin["features"] == "tool.ferrule.features"


def test_generated_files_are_taken_from_the_build_script(load):
    text = 'path = "*.py", from = "out-dir", to = "pkg/gen", crate = "core"'
    (pattern,) = load(f"tool.ferrule.include = [{{ {text} }}]").settings.include
    assert (pattern.source, pattern.to, pattern.crate) == ("out-dir", "pkg/gen", "core")


SOURCES = {
    "tool.maturin.profile": {"text": 'tool.maturin.profile = "a"'},
    "tool.ferrule.profile": {"text": 'tool.ferrule.profile = "b"'},
    "tool.ferrule.overrides[0].profile": {
        "text": 'tool.ferrule = {profile = "b", overrides = ['
        '{if = {platform = "linux"}, profile = "c"}]}'
    },
    "FERRULE_PROFILE": {"env": {"FERRULE_PROFILE": "d"}},
    "config setting profile": {"config_settings": {"profile": "e"}},
    "--profile": {"command_line": {"profile": "f"}},
}


@pytest.mark.parametrize("strongest", range(len(SOURCES)))
def test_the_stronger_source_wins(load, strongest):
    sources = {}
    for source in list(SOURCES.values())[: strongest + 1]:
        sources.update(source)
    loaded = load(**sources)
    assert loaded.settings.profile == "abcdef"[strongest]
    assert loaded.origin == {"profile": list(SOURCES)[strongest]}


def test_a_stronger_list_replaces_the_weaker(load):
    loaded = load('tool.ferrule.features = ["a"]', config_settings={"features": "b"})
    assert loaded.settings.features == (Feature("b"),)


@pytest.mark.parametrize("name", ["maturin", "setuptools-rust"])
def test_both_tables_leave_one_and_warn(load, name):
    loaded = load(f"[tool.ferrule]\n[tool.{name}]\nstrip = true")
    assert loaded.settings == Settings()
    assert loaded.warnings == (
        (
            f"[tool.{name}] is ignored because there is a [tool.ferrule]: "
            "move what you need and remove the other table"
        ),
    )


def test_all_problems_of_all_sources_are_reported_at_once(problems):
    found = problems(
        """
        [tool.ferrule]
        modul-name = "x"
        strip = "yes"
        features = ["a", 3, { feature = "b", python-versoin = ">=3" }]
        sdist-generator = "gti"
        env = { A = 1 }
        [[tool.ferrule.modules]]
        name = "a"
        [[tool.ferrule.modules]]
        name = 3
        [[tool.ferrule.modules]]
        package = "x"
        """,
        env={"FERRULE_FEATURE": "a", "FERRULE_JOBS": "many"},
        config_settings={"profil": "x", "locked": "maybe"},
        command_line={"strip": "perhaps"},
    )
    assert found == [
        'tool.ferrule.modul-name is not a setting (did you mean "module-name"?)',
        'tool.ferrule.strip must be true or false, not "yes" (a string)',
        "tool.ferrule.features[1] must be a string or a table, not 3 (an integer)",
        (
            "tool.ferrule.features[2].python-versoin is not a setting "
            '(did you mean "python-version"?)'
        ),
        (
            'tool.ferrule.sdist-generator is "gti" (did you mean "git"?)\n'
            '  fix: use one of "cargo", "git"'
        ),
        "tool.ferrule.env.A must be a string, not 1 (an integer)",
        "tool.ferrule.modules[1].name must be a string, not 3 (an integer)",
        'tool.ferrule.modules[2] lacks the key "name"',
        (
            "the environment variable FERRULE_FEATURE is not a setting "
            '(did you mean "FERRULE_FEATURES"?)\n  fix: unset it, or correct its name'
        ),
        'FERRULE_JOBS must be an integer, not "many" (a string)',
        'config setting profil is not a setting (did you mean "profile"?)',
        (
            'config setting locked is "maybe"\n'
            "  fix: use one of 1, true, yes, on, 0, false, no, off"
        ),
        '--strip is "perhaps"\n  fix: use one of 1, true, yes, on, 0, false, no, off',
    ]


def test_the_whole_message_numbers_the_problems(load):
    with pytest.raises(InvalidSettingsError) as caught:
        load("[tool.ferrule]\nx = 1\nlocked = 1")
    assert str(caught.value) == (
        "the settings of /project have 2 problems:\n"
        " 1. tool.ferrule.x is not a setting\n"
        " 2. tool.ferrule.locked must be true or false, not 1 (an integer)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool.ferrule = 3", "tool.ferrule must be a table, not 3 (an integer)"),
        ("tool.maturin = []", "tool.maturin must be a table, not a list"),
        ("tool.ferrule.overrides = 1", "tool.ferrule.overrides must be a list of"),
    ],
)
def test_tables_of_the_wrong_type_are_named(problems, text, message):
    (found,) = problems(text)
    assert found.startswith(message)


def test_environment_lists_and_tables(load):
    loaded = load(
        env={
            "FERRULE_FEATURES": "a,b  c, d",
            "FERRULE_CONFIG": "'a=[1, 2]' b=3",
            "FERRULE_ENV": "A=1 'B=x y' C=a=b",
            "FERRULE_INTERPRETER": '["/a b/python", "3.12"]',
            "FERRULE_MODULES": '[{name = "a.b"}]',
            "FERRULE_STRIP": "On",
            "FERRULE_JOBS": "8",
            "FERRULE_PROFILE": "",
            "FERRULE_CACHE_DIR": "/x",
            "FERRULE_TEST_ANYTHING": "1",
            "OTHER": "x",
        }
    )
    assert loaded.settings == Settings(
        features=(Feature("a"), Feature("b"), Feature("c"), Feature("d")),
        config=("a=[1, 2]", "b=3"),
        env={"A": "1", "B": "x y", "C": "a=b"},
        interpreter=("/a b/python", "3.12"),
        modules=(ModuleSettings("a.b"),),
        strip=True,
        jobs=8,
    )


def test_config_settings_repeat_and_need_no_value_for_booleans(load):
    loaded = load(
        config_settings={
            "features": ["a,b", "c"],
            "locked": "",
            "strip": "false",
            "env": ["A=1", '{B = "2"}'],
            "frozen": ["true", "true"],
            "python-packages": [],
        }
    )
    assert loaded.settings == Settings(
        features=(Feature("a"), Feature("b"), Feature("c")),
        locked=True,
        env={"A": "1", "B": "2"},
        frozen=True,
    )
    assert loaded.origin["strip"] == "config setting strip"


def test_config_settings_may_be_booleans_of_a_front_end(load):
    assert load(config_settings={"locked": True}).settings.locked


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "profile",
            ["a", "b"],
            "config setting profile is given 2 times with different values",
        ),
        (
            "profile",
            {"a": "b"},
            "config setting profile must be a string or a list of strings, not a table",
        ),
        (
            "modules",
            "a.b",
            (
                'config setting modules is "a.b", but a list of tables '
                "is written as TOML\n"
                "  fix: write for example '[{name = \"pkg._core\"}]'"
            ),
        ),
        (
            "env",
            "A",
            'config setting env has the word "A", which is not NAME=value',
        ),
        (
            "config",
            "'a",
            (
                "config setting config cannot be split into words: "
                "no closing quotation\n"
                "  fix: close the quotes"
            ),
        ),
    ],
)
def test_config_settings_that_mean_nothing(problems, key, value, message):
    assert problems(config_settings={key: value}) == [message]


def test_bad_toml_in_a_text_is_shown(problems):
    (list_problem,) = problems(config_settings={"features": "[a]"})
    assert list_problem.startswith("config setting features is not valid TOML: ")
    assert list_problem.endswith("fix: the text is [a]")
    (table_problem,) = problems(config_settings={"env": "{A}"})
    assert table_problem.startswith("config setting env is not valid TOML: ")
    (two,) = problems(config_settings={"features": "[]\nother = []"})
    assert "more than one value" in two


def test_old_build_args_are_weaker_than_typed_settings(load):
    loaded = load(
        config_settings={"profile": "dev", "build-args": "--release --features 'a b'"}
    )
    assert loaded.settings == Settings(
        profile="dev", features=(Feature("a"), Feature("b"))
    )
    assert loaded.origin["features"] == "config setting build-args"
    assert loaded.warnings == ()
    assert loaded.hints == (
        (
            "config setting build-args is read for compatibility: "
            "write -C profile=release -C features=a,b instead"
        ),
    )


def test_maturins_variable_counts_for_maturins_table_only(load):
    env = {"MATURIN_PEP517_ARGS": "--locked"}
    loaded = load("[tool.maturin]", env=env)
    assert loaded.settings.locked
    assert loaded.origin == {"locked": "MATURIN_PEP517_ARGS"}
    assert not load("[tool.ferrule]", env=env).settings.locked
    given = {"build-args": "--strip"}
    assert not load("[tool.maturin]", env=env, config_settings=given).settings.locked


def test_maturins_variables_count_for_maturins_table_only(load, problems):
    env = {"MATURIN_STRIP": "true", "MATURIN_PEP517_USE_BASE_PYTHON": "1"}
    loaded = load("[tool.maturin]", env=env)
    assert loaded.settings.strip
    assert loaded.origin == {"strip": "MATURIN_STRIP"}
    assert loaded.warnings == loaded.hints == ()
    assert not load("[tool.ferrule]", env=env).settings.strip
    args = {"MATURIN_STRIP": "1", "MATURIN_PEP517_ARGS": "--strip false"}
    assert not load("[tool.maturin]\nstrip = true", env=args).settings.strip
    env = {"MATURIN_PGO": "1"}
    assert load("[tool.maturin]", env=env).settings.pgo
    assert not load("[tool.ferrule]", env=env).settings.pgo
    assert not load("[tool.maturin]", env={"MATURIN_PGO": "off"}).settings.pgo
    (problem,) = problems("[tool.maturin]", env={"MATURIN_STRIP": "maybe"})
    assert problem.startswith('MATURIN_STRIP is "maybe"')


def test_files_of_an_option_are_added_to_the_sbom_table(load):
    text = '[tool.maturin.sbom]\nrust = false\ninclude = ["a.json"]'
    options = {"maturin.build-args": "--sbom-include b.json a.json"}
    sbom = SbomSettings(rust=False, include=("a.json", "b.json"))
    assert load(text, config_settings=options).settings.sbom == sbom
    only = SbomSettings(include=("b.json", "a.json"))
    assert load("[tool.maturin]", config_settings=options).settings.sbom == only


def test_a_table_is_given_as_toml(load, problems):
    text = '{rust = false, include = ["a b.json"]}'
    sbom = SbomSettings(rust=False, include=("a b.json",))
    assert load(env={"FERRULE_SBOM": text}).settings.sbom == sbom
    assert load(config_settings={"sbom": text}).settings.sbom == sbom
    (problem,) = problems(env={"FERRULE_SBOM": "a.json"})
    assert problem == 'FERRULE_SBOM must be a table, not "a.json" (a string)'
    (problem,) = problems(env={"FERRULE_SBOM": "{a}"})
    assert problem.startswith("FERRULE_SBOM is not valid TOML")


STRICT = {
    "tool.ferrule": {"text": '[tool.ferrule]\nstrict = true\n[tool.maturin]\nx = "1"'},
    "FERRULE_STRICT": {"env": {"FERRULE_STRICT": "1"}},
    "config setting": {"config_settings": {"strict": "true"}},
    "option": {"command_line": {"strict": True}},
}


@pytest.mark.parametrize("sources", STRICT.values(), ids=list(STRICT))
def test_strict_turns_warnings_into_errors(load, sources):
    with pytest.raises(StrictWarningsError) as caught:
        load(**{"text": "[tool.maturin]\nmodul-name = 'a'\nzap = 1", **sources})
    assert caught.value.exit_code == 2
    assert "warning" in str(caught.value)


def test_strict_names_its_origin_and_every_warning(load):
    text = "[tool.maturin]\nmodul-name = 'a'\nzap = 1"
    with pytest.raises(StrictWarningsError) as caught:
        load(text, env={"FERRULE_STRICT": "1"})
    ignored = "is not a key of maturin and is ignored"
    assert str(caught.value) == (
        "2 warnings about /project are errors, because FERRULE_STRICT is set:\n"
        f' 1. tool.maturin.modul-name {ignored} (did you mean "module-name"?)\n'
        f" 2. tool.maturin.zap {ignored}"
    )


def test_strict_takes_what_is_understood(load):
    env = {"FERRULE_STRICT": "1", "MATURIN_PEP517_ARGS": "--locked"}
    loaded = load("[tool.maturin]\nrustc-extra-args = '-C lto'", env=env)
    assert len(loaded.hints) == 2
    assert loaded.warnings == ()


def test_command_line_values_are_typed_or_text(load):
    loaded = load(
        command_line={
            "features": ["a,b", "c"],
            "rustc_args": ["-C", "link-arg=a b"],
            "interpreter": ["/a b/python"],
            "strip": False,
            "jobs": 2,
            "profile": None,
            "compatibility": "linux",
        }
    )
    assert loaded.settings == Settings(
        features=(Feature("a"), Feature("b"), Feature("c")),
        rustc_args=("-C", "link-arg=a b"),
        interpreter=("/a b/python",),
        jobs=2,
        compatibility="linux",
    )
    assert set(loaded.origin) == {
        *("features", "rustc_args", "interpreter", "strip", "jobs", "compatibility")
    }


def test_usual_settings_import_no_heavy_module():
    code = """
import sys
from pathlib import Path
from ferrule.settings.conditions import Conditions
from ferrule.settings.sources import load_settings
table = {"module-name": "a.b", "features": ["x"], "include": ["y"]}
table["overrides"] = [{"if": {"from-sdist": True}, "features": []}]
facts = Conditions("wheel", True, "linux", "x86_64", "3.11.4", "CPython", {})
load_settings(
    {"tool": {"ferrule": table}}, root=Path("."), env={"FERRULE_LOCKED": "1"},
    config_settings={"features": "a,b"}, conditions=facts,
)
heavy = {"packaging", "json", "tomllib", "difflib", "shlex", "typing_extensions"}
print(sorted(heavy.intersection(sys.modules)))
"""
    command = [
        sys.executable,
        "-I",
        "-c",
        f"import sys\nsys.path[:] = {sys.path}{code}",
    ]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"
