"""Words for cargo, sorted by meaning."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools import CargoArgumentError
from ferrule.setuptools.cargo_arguments import read_arguments


def test_known_words() -> None:
    words = (
        "--profile=lto -F a,b --features c --no-default-features --locked -j4 "
        "--config x=1 -Zbuild-std -Z other --package p --target-dir t --quiet --lib "
        "--timings"
    )
    found = read_arguments(words.split())
    assert found.profile == "lto"
    assert found.features == ["a", "b", "c"]
    assert found.switches == {"no_default_features", "locked"}
    assert (found.jobs, found.package, found.target_dir) == ("4", "p", "t")
    assert found.config == ["x=1"]
    assert found.unstable_flags == ["build-std", "other"]
    assert found.rest == ["--timings"]


def test_features_in_one_word() -> None:
    assert read_arguments(["--features", "a b,c"]).features == ["a", "b", "c"]


@pytest.mark.parametrize("words", [["--profile"], ["--features="]])
def test_missing_value(words) -> None:
    with pytest.raises(CargoArgumentError) as caught:
        read_arguments(words)
    option = words[0].rstrip("=")
    assert str(caught.value).startswith(f"the cargo argument {option} needs a value\n")
