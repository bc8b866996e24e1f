"""What plain cargo is told on macOS."""

from __future__ import annotations

import pytest

from ferrule.cargo.config_toml import write_section
from ferrule.cargo.macos_flags import framework_arguments, macos_tables
from ferrule.toml import parse_toml

HOST = "aarch64-apple-darwin"


def test_modules_may_leave_symbols_to_python(tmp_path) -> None:
    tables = macos_tables(tmp_path, None, HOST)
    path = write_section(tmp_path, {"A": "b"}, [], tables)
    data = parse_toml(path.read_text())
    assert data["env"] == {"A": "b"}
    assert data["target"]['cfg(target_os = "macos")'] == {
        "rustflags": ["-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup"]
    }
    # Writing again does not take ferrule's own lines for the user's.
    assert macos_tables(tmp_path, None, HOST) == tables
    assert macos_tables(tmp_path, None, "x86_64-unknown-linux-gnu") == []


@pytest.mark.parametrize(
    "text",
    [
        '[build]\nrustflags = ["-Cdebuginfo=1"]\n',
        "[target.aarch64-apple-darwin]\nrustflags = []\n",
    ],
)
def test_flags_of_the_user_stay(tmp_path, text) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text(text)
    assert macos_tables(tmp_path, None, HOST) == []


def test_programs_find_the_library_of_a_framework(make_interpreter) -> None:
    prefix = "/Library/Developer/CommandLineTools/Library/Frameworks"
    python = make_interpreter(framework_prefix=prefix)
    wanted = ["-C", f"link-arg=-Wl,-rpath,{prefix}"]
    assert framework_arguments(python, HOST) == wanted
    assert framework_arguments(python, "x86_64-unknown-linux-gnu") == []
    for none in ("", None):
        assert framework_arguments(make_interpreter(framework_prefix=none), HOST) == []
    assert framework_arguments(None, HOST) == []
