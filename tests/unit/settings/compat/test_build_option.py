"""Options of setuptools' commands in config settings."""

from __future__ import annotations

import pytest

from ferrule.settings.compat.bdist_wheel import translate_bdist_wheel
from ferrule.settings.compat.build_option import read_build_option


@pytest.mark.parametrize(
    ("texts", "table", "left"),
    [
        (["--py-limited-api=cp39"], {"abi3": "3.9"}, []),
        (["bdist_wheel --py-limited-api cp310"], {"abi3": "3.10"}, []),
        (["--plat-name=manylinux2014_x86_64"], {"compatibility": "manylinux_2_17"}, []),
        (["-p", "linux-x86_64"], {"compatibility": "linux"}, []),
        (["sdist", "--vendor-crates"], {"sdist-vendor": True}, []),
        (["--no-vendor-crates"], {"sdist-vendor": False}, []),
        (
            ["--features 'a b' --py-limited-api=cp39"],
            {"abi3": "3.9"},
            ["--features 'a b'"],
        ),
    ],
    ids=str,
)
def test_options(texts, table, left):
    problems, warnings = [], []

    assert read_build_option(texts, "x", problems, warnings) == (table, left)
    assert (problems, warnings) == ([], [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("--py-limited-api=39", 'x.py_limited_api is "39", which is no tag'),
        ("--plat-name", "x ends with --plat-name, which needs a value"),
        ("'open", "x cannot be split into words: no closing quotation"),
    ],
)
def test_mistakes(text, problem):
    problems = []

    read_build_option([text], "x", problems, [])

    assert problem in str(problems[0])


@pytest.mark.parametrize(
    ("platform", "policy"),
    [
        ("linux_x86_64", "linux"),
        ("manylinux1-x86_64", "manylinux_2_5"),
        ("manylinux_2_28_aarch64", "manylinux_2_28"),
        ("musllinux_1_2_x86_64", "musllinux_1_2"),
    ],
)
def test_platforms(platform, policy):
    found = translate_bdist_wheel({"plat_name": platform}, "x", [], [])

    assert found == {"compatibility": policy}


def test_what_has_no_counterpart_is_a_warning():
    warnings = []

    options = {"universal": "1", "plat_name": "win32", "py_limited_api": ""}
    assert translate_bdist_wheel(options, "bdist_wheel", [], warnings) == {}
    assert warnings == [
        "bdist_wheel.universal has no counterpart and is ignored",
        "bdist_wheel.plat_name = win32 is ignored",
    ]
