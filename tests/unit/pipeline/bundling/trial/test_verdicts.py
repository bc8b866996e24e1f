"""A bundle that worked is not tried again, until something it depends on changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.bundle.model import Bundle, BundleFile
from ferrule.pipeline.bundling.trial.verdicts import (
    known_verdict,
    remember_verdict,
    trial_facts,
)

FILES = (
    BundleFile("bin/app", b"program", "program", ""),
    BundleFile("bundle.json", b"{}", "notice", ""),
    BundleFile("lib/libpython3.so", b"python", "python", "", executable=True),
    BundleFile("lib/python3/os.pyc", b"code", "standard library", ""),
)
BUNDLE = Bundle("app", "dynamic", FILES, links=(("lib/a", "b"),))


@pytest.fixture
def system(tmp_path: Path) -> Path:
    path = tmp_path / "libc.so.6"
    path.write_bytes(b"C")
    return path


def facts(bundle: Bundle, system: Path, **changes) -> str:
    given = {"probe": b"probe", "modules": ("os",), "runner": (), **changes}
    return trial_facts(bundle, system=[system], **given)


def with_file(number: int, **changes) -> Bundle:
    files = list(FILES)
    files[number] = replace(files[number], **changes)
    return replace(BUNDLE, files=tuple(files))


@pytest.mark.parametrize("number", [0, 1])
def test_another_program_needs_no_trial(system: Path, number: int) -> None:
    other = with_file(number, content=b"other")
    assert facts(other, system) == facts(BUNDLE, system)


def test_a_copy_of_a_file_is_that_file(system: Path, tmp_path: Path) -> None:
    source = tmp_path / "os.pyc"
    source.write_bytes(b"code")
    assert facts(with_file(3, content=source), system) == facts(BUNDLE, system)


def test_everything_else_needs_one(system: Path) -> None:
    found = [
        facts(BUNDLE, system),
        facts(with_file(2, content=b"other"), system),
        facts(with_file(3, content=b"other"), system),
        facts(with_file(3, path="lib/python3/io.pyc"), system),
        facts(with_file(2, executable=False), system),
        facts(replace(BUNDLE, files=FILES[:-1]), system),
        facts(replace(BUNDLE, links=()), system),
        facts(replace(BUNDLE, mode="static"), system),
        facts(BUNDLE, system, probe=b"other"),
        facts(BUNDLE, system, modules=("os", "numpy")),
        facts(BUNDLE, system, runner=("wine",)),
    ]
    system.write_bytes(b"another C library")
    found.append(facts(BUNDLE, system))
    assert len(set(found)) == len(found)


def test_verdicts_are_remembered(system: Path, tmp_path: Path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    key = facts(BUNDLE, system)
    assert known_verdict(key, env) is None
    remember_verdict(key, "a root with nothing", env)
    assert known_verdict(key, env) == "a root with nothing"
    assert known_verdict(facts(BUNDLE, system, probe=b"other"), env) is None
