from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.python.interpreter import Interpreter

BASE = Interpreter(
    executable="/opt/python/bin/python3",
    base_executable="/opt/python/bin/python3",
    implementation="CPython",
    version=(3, 12, 1),
    implementation_version=(3, 12),
    pointer_width=64,
    system="Linux",
    platform="linux-x86_64",
    machine="x86_64",
    soabi="cpython-312-x86_64-linux-gnu",
    ext_suffix=".cpython-312-x86_64-linux-gnu.so",
    soabi_platform="",
    ld_version="3.12",
    lib_dir="/opt/python/lib",
    base_prefix="/opt/python",
    prefix="/opt/python",
    shared=True,
    gil_disabled=False,
    debug=False,
    build_flags=(),
    framework="",
    framework_prefix="",
    is_conda=False,
    cache_tag="cpython-312",
)


@pytest.fixture
def make_interpreter():
    """Return a function that makes a Python of this version, with changes."""

    def make(version: str = "3.12", **changes: object) -> Interpreter:
        major, minor = map(int, version.rstrip("t").split("."))
        values: dict[str, object] = {
            "version": (major, minor, 1),
            "implementation_version": (major, minor),
            "ld_version": version,
            "ext_suffix": f".cpython-{version.replace('.', '')}-x86_64-linux-gnu.so",
        }
        if version.endswith("t"):
            values |= {"gil_disabled": True, "build_flags": ("Py_GIL_DISABLED",)}
        return replace(BASE, **{**values, **changes})

    return make
