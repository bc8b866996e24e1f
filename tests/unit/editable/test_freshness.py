"""Freshness records and cargo's dependency files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ferrule.editable.freshness import (
    FORMAT,
    find_change,
    folder_inputs,
    manifests_above,
    parse_dep_info,
    read_inputs,
    tool_files,
    write_record,
)

PAST_NS = 1_600_000_000_000_000_000


def _file(path: Path, text: str = "x", time_ns: int = PAST_NS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(time_ns, time_ns))
    return path


def _write(
    record: Path, inputs: list[Path], started_ns: int | None = None, **modules: Path
) -> None:
    started_ns = time.time_ns() if started_ns is None else started_ns
    write_record(record, modules, inputs, products=[], started_ns=started_ns)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/t/x.so: /s/a.rs /s/b.rs\n", ("/s/a.rs", "/s/b.rs"), id="plain"),
        pytest.param("/t/a\\ b.so: /s/c\\ d.rs\n", ("/s/c d.rs",), id="blanks"),
        pytest.param("/t/x.so: /s/a.rs\n/t/x.a: /s/a.rs\n", ("/s/a.rs",), id="two"),
        pytest.param("C:\\t\\x.dll: C:\\s\\a.rs\n", ("C:\\s\\a.rs",), id="windows"),
        pytest.param("/t/x.so:\n", (), id="no-inputs"),
        pytest.param("", (), id="empty"),
    ],
)
def test_parse_dep_info(text: str, expected: tuple[str, ...]) -> None:
    assert parse_dep_info(text) == expected


def test_nothing_changed(tmp_path: Path) -> None:
    source = _file(tmp_path / "a b.rs")
    record = tmp_path / "freshness"
    _write(record, [source, tmp_path / "absent.toml"], core=tmp_path / "core.so")
    modules: dict[str, str] = {"old": "/gone"}
    assert find_change(str(record), modules) is None
    assert modules == {"core": str(tmp_path / "core.so")}
    assert set(read_inputs(record)) == {str(source), str(tmp_path / "absent.toml")}


@pytest.mark.parametrize("siblings", [0, 30], ids=["alone", "among-many"])
@pytest.mark.parametrize("how", ["time", "size", "removed", "appeared", "no-record"])
def test_each_change_is_found(tmp_path: Path, how: str, siblings: int) -> None:
    source, absent = _file(tmp_path / "a.rs"), tmp_path / "config" / "config.toml"
    absent.parent.mkdir()
    record = tmp_path / "freshness"
    others = [_file(tmp_path / f"part{number}.rs") for number in range(siblings)]
    elsewhere = tmp_path / "no folder" / "absent.rs"
    _write(record, [source, absent, elsewhere, *others])
    assert find_change(str(record)) is None
    if how == "time":
        os.utime(source, ns=(PAST_NS + 1, PAST_NS + 1))
    elif how == "size":
        _file(source, "longer")
    elif how == "removed":
        source.unlink()
    elif how == "appeared":
        absent.touch()
    else:
        record.unlink()
    expected = {"appeared": absent, "no-record": record}.get(how, source)
    assert find_change(str(record)) == str(expected)


def test_a_folder_that_is_gone_and_one_without_permission(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    sources = [_file(folder / f"part{number}.rs") for number in range(9)]
    record = tmp_path / "freshness"
    _write(record, sources)
    folder.chmod(0o100)  # its files can be opened, its names not listed
    assert find_change(str(record)) is None
    folder.chmod(0o700)
    folder.rename(tmp_path / "other")
    assert find_change(str(record)) == str(sources[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "other 1\n\n",
        FORMAT,
        f"{FORMAT}\n\n/\ntmp",
        f"{FORMAT}\n\n/\ntmp\n\n0 0\n0 0",
    ],
)
def test_a_broken_record_counts_as_changed(tmp_path: Path, text: str) -> None:
    record = tmp_path / "freshness"
    record.write_text(text)
    assert find_change(str(record)) is not None


def test_an_edit_during_the_build_counts_as_changed(tmp_path: Path) -> None:
    started_ns = time.time_ns() - 10**9
    source = _file(tmp_path / "a.rs", time_ns=time.time_ns() - 10**8)
    record = tmp_path / "freshness"
    _write(record, [source], started_ns)
    assert find_change(str(record)) == str(source)


def test_a_time_in_the_future_is_believed(tmp_path: Path) -> None:
    source = _file(tmp_path / "a.rs", time_ns=time.time_ns() + 10**12)
    record = tmp_path / "freshness"
    _write(record, [source])
    assert find_change(str(record)) is None


def test_a_folder_holds_what_is_below_it(tmp_path: Path) -> None:
    _file(tmp_path / "in/proto/a.proto")
    _file(tmp_path / "in/target/CACHEDIR.TAG")
    _file(tmp_path / "in/.git/config")
    _file(tmp_path / "in/b.py")
    found = list(folder_inputs(tmp_path / "in", leave_out=(".py",)))
    names = ["in", "in/proto", "in/proto/a.proto"]
    assert found == [tmp_path / name for name in names]
    record = tmp_path / "freshness"
    time.sleep(0.02)  # the folders must be older than the build
    _write(record, found)
    assert find_change(str(record)) is None
    _file(tmp_path / "in/proto/b.proto")
    assert find_change(str(record)) == str(tmp_path / "in/proto")


def test_manifests_and_tool_files_above(tmp_path: Path) -> None:
    manifest = _file(tmp_path / "work/crate/Cargo.toml")
    lock = _file(tmp_path / "work/Cargo.lock")
    old = _file(tmp_path / "work/.cargo/config")
    source = _file(tmp_path / "work/crate/src/lib.rs")
    assert {manifest, lock} <= set(manifests_above([source]))
    found = set(tool_files(tmp_path / "work/crate"))
    assert old in found
    assert tmp_path / "work/.cargo/config.toml" not in found
    assert tmp_path / "work/crate/rust-toolchain.toml" in found
