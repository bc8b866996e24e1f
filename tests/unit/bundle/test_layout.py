"""Where the parts of a bundle lie."""

from __future__ import annotations

import pytest

from ferrule.bundle.layout import Layout


@pytest.mark.parametrize(
    ("prefix", "stdlib", "expected"),
    [
        ("/opt/py", "/opt/py/lib/python3.12", "lib/python3.12"),
        ("/usr", "/usr/lib64/python3.12", "lib64/python3.12"),
        ("/x/bin/..", "/x/lib/python3.12", "lib/python3.12"),
        ("/opt/py", "/elsewhere/python3.12", "lib/python3.12"),
        ("/opt/py", "", "lib/python3.12"),
    ],
)
def test_python_finds_its_library_by_its_home(
    prefix, stdlib, expected, make_interpreter
) -> None:
    interpreter = make_interpreter(
        base_prefix=prefix, install_paths=(("stdlib", stdlib),) if stdlib else ()
    )
    layout = Layout.of(interpreter)
    assert layout.standard_library == expected
    assert layout.packages == f"{expected}/site-packages"
    assert layout.program("app") == "bin/app"
    assert layout.levels == 2


def test_free_threaded_and_windows(make_interpreter) -> None:
    free = Layout.of(make_interpreter("3.13t"))
    assert free.standard_library == "lib/python3.13t"
    windows = Layout.of(make_interpreter(system="Windows"))
    assert (windows.program("app.exe"), windows.levels) == ("app.exe", 1)
