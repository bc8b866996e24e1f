from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule.cargo.config_toml import write_section
from ferrule.errors.files import ReadError
from ferrule.sdist.cargo_config import clean_configs, find_registries, merge_sources
from ferrule.sdist.closure import Closure
from ferrule.toml_text import parse

SOURCES = {
    "vendored-sources": {"directory": "/tmp/x/crates"},
    "crates-io": {"replace-with": "vendored-sources"},
}
OURS = {**SOURCES, "vendored-sources": {"directory": ".cargo/vendor"}}
NOTHING = Closure((), ())


def test_a_new_configuration():
    members = {"Cargo.toml": b"[package]\n"}
    merge_sources(members, SOURCES, NOTHING)
    assert members[".cargo/config.toml"] == (
        b'[source.crates-io]\nreplace-with = "vendored-sources"\n\n'
        b'[source.vendored-sources]\ndirectory = ".cargo/vendor"\n'
    )


@pytest.mark.parametrize("name", [".cargo/config", ".cargo/config.toml"])
def test_the_projects_own_lines_stay(tmp_path, name):
    own = tmp_path / "own"
    own.write_text(
        '# Mine.\n[build]\njobs = 2 # few\n\n[source.crates-io]\nreplace-with = "m"\n'
        '[source.m]\nregistry = "https://example.com"\n'
    )
    members = {name: own}
    merge_sources(members, SOURCES, NOTHING)
    assert list(members) == [name]
    text = members[name].decode()
    assert text.startswith("# Mine.\n[build]\njobs = 2 # few\n")
    assert parse(text)["source"] == {**OURS, "m": {"registry": "https://example.com"}}


def test_deeper_configurations_do_not_win():
    deep = b'[source.crates-io]\nreplace-with = "m"\n[source.m]\nregistry = "u"\n'
    other = b'[source.m]\nregistry = "u"\n'
    members = {"a/.cargo/config.toml": deep, "b/.cargo/config": other}
    members["c/.cargo/config"] = b"["
    merge_sources(members, SOURCES, NOTHING)
    assert parse(members["a/.cargo/config.toml"].decode()) == {
        "source": {"m": {"registry": "u"}}
    }
    assert members["b/.cargo/config"] == other
    assert members["c/.cargo/config"] == b"["


DEPENDENCIES = [
    {"name": "one", "registry": "https://one.example"},
    {"name": "two", "registry": "sparse+https://two.example"},
    {"name": "three", "registry": None},
]
MANIFEST = """\
[dependencies]
renamed = { package = "one", version = "1", registry = "first" }
three = "1"
[target.'cfg(unix)'.build-dependencies]
two = { version = "1", registry = "second" }
unknown = { version = "1", registry = "third" }
"""


def test_registries_are_those_that_cargo_found():
    crate = SimpleNamespace(package={"dependencies": DEPENDENCIES})
    closure = Closure((crate,), ())
    found = find_registries(iter([parse(MANIFEST)]), closure)
    assert found == {
        "first": "https://one.example",
        "second": "sparse+https://two.example",
    }
    known = b'[registries.first]\nindex = "https://mine"\ntoken = "no"\n'
    members = {
        "Cargo.toml": MANIFEST.encode(),
        ".cargo/config.toml": known,
        ".cargo/vendor/x/Cargo.toml": b"[",
    }
    merge_sources(members, SOURCES, closure)
    assert parse(members[".cargo/config.toml"].decode())["registries"] == {
        "first": {"index": "https://mine", "token": "no"},
        "second": {"index": "sparse+https://two.example"},
    }


def test_lines_of_this_machine_are_not_packed(tmp_path):
    alone = write_section(tmp_path / "a", {"PYO3_CONFIG_FILE": "/c"}, [])
    shared = tmp_path / "b/.cargo/config.toml"
    shared.parent.mkdir(parents=True)
    shared.write_text("[net]\nretry = 2\n")
    write_section(tmp_path / "b", {"PYO3_CONFIG_FILE": "/c"}, [])
    members = {".cargo/config.toml": alone, "b/.cargo/config.toml": shared}
    members["c/.cargo/config"] = b"[net]\n"
    clean_configs(members)
    assert members == {
        "b/.cargo/config.toml": b"[net]\nretry = 2\n",
        "c/.cargo/config": b"[net]\n",
    }


def test_a_configuration_that_cannot_be_read(tmp_path):
    with pytest.raises(ReadError):
        clean_configs({".cargo/config": tmp_path / "none"})
