"""Tests of patterns for libraries."""

from __future__ import annotations

import pytest

from ferrule.repair.wishes import Patterns, matches_name, preset


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("libfoo.so.1.2", "libfoo.so", True),
        ("libfoo.so", "libfoo.so.1", False),
        ("libfoobar.so", "libfoo.so", False),
        ("libcudnn_ops.so.9", "libcudnn*.so", True),
        ("libfoo.2.dylib", "libfoo.dylib", True),
        ("FOO.dll", "foo.DLL", True),
        ("libFOO.so", "libfoo.so", False),
    ],
)
def test_names_match_with_and_without_versions(name, pattern, expected):
    assert matches_name(name, pattern) is expected


def test_patterns_with_a_slash_are_about_paths():
    patterns = Patterns(("*/cuda/*", "libx.so"))
    assert patterns.find("liba.so", "/opt/cuda/liba.so") == "*/cuda/*"
    assert patterns.find("liba.so", "/usr/lib/liba.so") is None
    assert patterns.unmatched() == ("libx.so",)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("cuda", "libcublasLt.so.12"),
        ("cuda", "cudart64_12.dll"),
        ("rocm", "libamdhip64.so.6"),
        ("torch", "libc10_cuda.so"),
        ("torch", "libtorch_cpu.dylib"),
    ],
)
def test_presets_stand_for_their_libraries(name, library):
    patterns = Patterns((name,))
    assert patterns.find(library) == name
    assert patterns.find("libssl.so.3") is None
    assert Patterns((name,)).unmatched() == ()


def test_other_words_are_patterns():
    assert preset("libx") == ("libx",)
