from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.sdist.sources import find_sources, is_cargo_config, place_sources
from ferrule.toml_text import parse


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".cargo/config", True),
        ("a/.cargo/config.toml", True),
        ("a.cargo/config.toml", False),
        (".cargo/config.toml.orig", False),
        ("config.toml", False),
    ],
)
def test_names_of_configurations(name, expected):
    assert is_cargo_config(name) is expected


def test_folders_that_replace_sources():
    configs = {
        ".cargo/config.toml": b'[source.a]\ndirectory = "vendor"\n'
        b'[source.b]\nregistry = "https://example.com"\n',
        "x/y/.cargo/config": b'[source.c]\nlocal-registry = "../local"\n',
        "z/.cargo/config.toml": b'[source.d]\ndirectory = "../../away"\n'
        b'[source.e]\ndirectory = "/absolute"\n[source]\nf = 1\n',
        "broken/.cargo/config": b"[",
        "odd/.cargo/config": b"source = 1\n",
    }
    # One that is invalid as a whole counts as empty.
    assert find_sources(configs) == ["vendor", "x/local"]


def test_folders_are_placed_on_this_machine():
    content = b'# Ours.\n[source.c]\nlocal-registry = "../local"\n[net]\nretry = 2\n'
    placed = place_sources("x/y/.cargo/config", content, lambda name: Path("/m", name))
    assert parse(placed.decode()) == {
        "source": {"c": {"local-registry": "/m/x/local"}},
        "net": {"retry": 2},
    }
    for other in (b"[", b'[source.d]\ndirectory = "../away"\n', b""):
        assert place_sources(".cargo/config", other, Path) == other
