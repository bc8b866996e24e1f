from __future__ import annotations

import os

from tests.corpus.building import find_compiled, find_locked

LOCK = """\
version = 4

[[package]]
name = "demo"
version = "0.1.0"

[[package]]
name = "pyo3"
version = "0.29.3"
source = "registry"
"""


def test_what_a_build_compiled_is_found_by_time(tmp_path):
    for name, time in (("demo-0a1b", 200), ("pyo3-ffi-0a1b", 100)):
        unit = tmp_path / "builds" / "key" / "build" / "release" / ".fingerprint" / name
        unit.mkdir(parents=True)
        (unit / "invoked.timestamp").write_text("")
        os.utime(unit / "invoked.timestamp", (time, time))

    assert find_compiled(tmp_path) == {"demo", "pyo3-ffi"}
    assert find_compiled(tmp_path, since=200) == {"demo"}


def test_crates_of_the_project_are_no_dependencies(tmp_path):
    sources = tmp_path / "builds" / "key" / "src"
    (sources / "vendored").mkdir(parents=True)
    (sources / "Cargo.lock").write_text(LOCK)
    (sources / "vendored" / "Cargo.lock").write_text("package = []")

    assert find_locked(tmp_path) == {"pyo3": "0.29.3"}
