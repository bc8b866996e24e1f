"""Which Pythons are packed as a shared library, and in which order they load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.bundle.model import BundleFile
from ferrule.bundle.modes import Case, find_mode
from ferrule.bundle.onefile import shared_python
from ferrule.bundle.onefile.payload import Payload, PayloadFacts
from ferrule.bundle.onefile.shared_python import is_shared_only, starting_libraries
from ferrule.bundle.onefile.stored import read_payload
from ferrule.errors.bundle import LoadOverrideError
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple

GNU = parse_triple("x86_64-unknown-linux-gnu")


def case(**changes) -> Case:
    facts = {
        "program": "app",
        "interpreter": SimpleNamespace(),
        "target": GNU,
        "settings": BundleSettings(),
        "libpython": Path("/python/libpython3.12.so.1.0"),
        **changes,
    }
    return Case(**facts)


@pytest.mark.parametrize(
    ("archive", "changes", "answer"),
    [
        (None, {}, True),
        (Path("/python/libpython3.12.a"), {}, False),
        (None, {"libpython": None}, False),
        (None, {"target": parse_triple("x86_64-unknown-linux-musl")}, False),
    ],
    ids=["shared", "both", "none", "musl"],
)
def test_when_the_shared_library_is_packed(monkeypatch, archive, changes, answer):
    monkeypatch.setattr(shared_python, "find_static_library", lambda _: archive)
    assert is_shared_only(case(**changes)) is answer


def test_the_variable_needs_libraries_in_the_file():
    settings = BundleSettings(ext_load="beside", ext_load_override=True)
    with pytest.raises(LoadOverrideError) as caught:
        find_mode("onefile").check(case(settings=settings))
    text = str(caught.value)
    assert "ext-load-override cannot be joined with ext-load = 'beside'" in text
    assert "fix: leave one of them out" in text
    assert caught.value.exit_code == 2


def test_what_is_needed_first_is_loaded_first(elf_image):
    contents = {
        "lib/libpython3.12.so.1.0": ["libb.so.1", "liba.so.1", "libc.so.6"],
        "lib/liba.so.1": ["libb.so.1"],
        "lib/libb.so.1": ["liba.so.1"],
        "lib/libunused.so.1": [],
    }
    parts = {"lib/libpython3.12.so.1.0": "python"}
    files = [
        BundleFile(path, b"", parts.get(path, "library"), "because")
        for path in contents
    ]
    images = {path: elf_image(needed=needed) for path, needed in contents.items()}
    assert list(starting_libraries(files, images)) == [
        "lib/liba.so.1",
        "lib/libb.so.1",
        "lib/libpython3.12.so.1.0",
    ]


def test_the_libraries_of_the_start_are_in_the_index():
    start = {"lib/liba.so.1": b"first" * 50, "lib/libpython.so": b"second" * 50}
    payload = Payload(PayloadFacts(), {}, start=start, compress=True)
    made = b"program" + b"".join(payload.chunks())
    stored = read_payload(made, "app")
    assert [stored.read(entry) for entry in stored.start_libraries] == [*start.values()]
    plain = replace(payload, start={})
    made = b"program" + b"".join(plain.chunks())
    assert read_payload(made, "app").start_libraries == ()
