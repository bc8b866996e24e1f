"""Programs that ferrule installs with the user's cargo."""

from __future__ import annotations

import pytest

from ferrule.cargo.tools import find_tool, install_tool

INSTALL = """\
#!/bin/sh
echo "$@" > {log}
env >> {log}
for word in "$@"; do case "$word" in --root=*) root=${{word#*=}};; esac; done
mkdir -p "$root/bin" && touch "$root/bin/$2"
"""


@pytest.fixture
def env(tmp_path):
    return {
        "CARGO": str(tmp_path / "cargo"),
        "CARGO_TARGET_DIR": "/p/target",
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "PATH": "/usr/bin:/bin",
        "RUSTFLAGS": "-Ctarget-cpu=native",
    }


def write_cargo(tmp_path, text):
    cargo = tmp_path / "cargo"
    cargo.write_text(text)
    cargo.chmod(0o755)


def test_a_tool_is_installed_into_the_cache(tmp_path, env):
    log = tmp_path / "log"
    write_cargo(tmp_path, INSTALL.format(log=log))
    assert find_tool("cbindgen", "1.2.3", env=env) is None

    program = install_tool("cbindgen", "1.2.3", tmp_path, env=env)

    root = tmp_path / "cache" / "tools" / "cbindgen-1.2.3"
    assert program == root / "bin" / "cbindgen"
    assert find_tool("cbindgen", "1.2.3", env=env) == program
    assert find_tool("cbindgen", "1.2.4", env=env) is None
    command, *variables = log.read_text().splitlines()
    assert command.startswith("install cbindgen --version=1.2.3 --locked ")
    assert command.endswith(f"--root={root}")
    # What is meant for the project would make another program.
    assert not [item for item in variables if item.startswith(("CARGO_T", "RUSTF"))]


def test_a_failure_of_cargo_is_none(tmp_path, env):
    write_cargo(tmp_path, "#!/bin/sh\nexit 101\n")
    assert install_tool("cbindgen", "1.2.3", tmp_path, env=env) is None
