"""Arguments for cargo sorted into settings."""

from __future__ import annotations

from ferrule.settings.compat.cargo_words import read_cargo_words


def test_words_are_sorted():
    found = read_cargo_words(
        [
            *("-Fa", "-F", "b,c", "--release", "--all-features", "-j4"),
            *("--jobs", "many", "-Z", "x", "--config=a=1", "-q", "--target=t"),
            *("--crate-type", "cdylib", "--target-dir", "d", "--keep-going"),
            *("--message-format", "short"),
        ]
    )

    assert found.features == ["a", "b", "c"]
    assert found.profile == "release"
    assert found.switches == {"all-features"}
    assert found.values == {"jobs": "many", "target": "t", "target-dir": "d"}
    assert found.lists == {"unstable-flags": ["x"], "config": ["a=1"]}
    assert found.others == ["--keep-going", "--message-format", "short"]
    assert found.ignored == []
