from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.settings.compat.build_args import translate_arguments


def translate(*texts, where="build-args"):
    problems, hints = [], []
    table, warnings = translate_arguments(texts, where, problems, hints=hints)
    return table, (*hints, *warnings), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("--features a,b -F c -Fd --features='e f'", {"features": list("abcdef")}),
        ("--profile=dist", {"profile": "dist"}),
        ("--release", {"profile": "release"}),
        ("-r --strip", {"profile": "release", "strip": True}),
        ("--strip false", {"strip": False}),
        ("--strip=true", {"strip": True}),
        (
            "--locked --frozen --offline",
            {"locked": True, "frozen": True, "offline": True},
        ),
        ("--no-default-features", {"no-default-features": True}),
        ("-j4", {"jobs": 4}),
        ("--jobs x", {"jobs": "x"}),
        ("-Zbuild-std=a,b", {"unstable-flags": ["build-std=a,b"]}),
        (
            "-m a/Cargo.toml -b pyo3",
            {"manifest-path": "a/Cargo.toml", "bindings": "pyo3"},
        ),
        ("--manylinux off", {"compatibility": "linux"}),
        ("--compatibility pypi", {"compatibility": "pypi"}),
        (
            "--compatibility 2014 musllinux_1_2 --locked",
            {"compatibility": "manylinux_2_17,musllinux_1_2", "locked": True},
        ),
        ("--compatibility --locked", {"locked": True}),
        ("-b pyo3-ffi", {"bindings": "pyo3"}),
        ("--auditwheel check --pgo", {"audit": "check", "pgo": True}),
        ("--skip-auditwheel", {"audit": "skip"}),
        ("--zig --target a", {"linker": "zig", "target": "a"}),
        ("--skip-auditwheel --auditwheel=warn", {"audit": "warn"}),
        (
            "--sbom-include a.json b.json --sbom-include=c.json",
            {"sbom": {"include": ["a.json", "b.json", "c.json"]}},
        ),
        ("-q -vv --color always --timings --future-incompat-report", {}),
        ("-i 3.9 3.10", {"interpreter": ["3.9", "3.10"]}),
        ("-i 3.9 -i 3.10", {"interpreter": ["3.9", "3.10"]}),
        (
            "--locked -- -C 'link-arg=a b'",
            {"locked": True, "rustc-args": ["-C", "link-arg=a b"]},
        ),
        ("--", {}),
        ("", {}),
    ],
)
def test_options_become_settings(text, table):
    assert translate(text)[::2] == (table, [])


def test_a_list_is_taken_as_it_is():
    table, _, problems = translate("--config", "a=[1, 2]", "--locked")
    assert (table, problems) == ({"config": ["a=[1, 2]"], "locked": True}, [])


def test_the_typed_spelling_is_told():
    _, warnings, _ = translate("--features a,b --config 'x=[1, 2]' --locked -j2 -f -f")
    assert warnings == (
        (
            "build-args is read for compatibility: write -C locked=true -C jobs=2 "
            "-C features=a,b -C config='x=[1, 2]' instead"
        ),
        "build-args: the option -f has no counterpart and is ignored",
    )
    _, hints, _ = translate("--sbom-include 'a b' --strip", where="MATURIN_PEP517_ARGS")
    assert hints == (
        (
            "MATURIN_PEP517_ARGS is read for compatibility: write FERRULE_STRIP=true "
            """FERRULE_SBOM='{include = ["a b"]}' instead"""
        ),
    )


@pytest.mark.parametrize(
    "option",
    [
        *("--ignore-rust-version", "--include-debuginfo"),
        *("-f", "--find-interpreter"),
        *("--compression-method=zstd", "--compression-level 3"),
        "--compression-enable-large-file-support",
    ],
)
def test_options_without_counterpart_warn(option):
    flag = option.replace("=", " ").split()[0]
    warning = f"build-args: the option {flag} has no counterpart and is ignored"
    assert translate(option) == ({}, (warning,), [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "--featurs a",
            (
                "build-args: the option --featurs is not a setting "
                '(did you mean "--features"?)'
            ),
        ),
        ("--profile", "build-args ends with --profile, which needs a value"),
        (
            "'a",
            (
                "build-args cannot be split into words: no closing quotation\n"
                "  fix: close the quotes"
            ),
        ),
    ],
)
def test_mistakes_are_explained(text, message):
    assert message in translate(text)[2]


@given(st.lists(st.text()))
def test_any_words_translate_or_are_explained(words):
    translate(*words)
