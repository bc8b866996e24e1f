"""Which header a cffi module gets, and how cbindgen is asked for it."""

from __future__ import annotations

import pytest

from ferrule import log
from ferrule.bindings.header import (
    CBINDGEN_VERSION,
    Header,
    enforced_settings,
    find_header,
    without_newer_c,
)
from ferrule.errors.bindings import CbindgenError, CbindgenMissingError
from ferrule.toml import parse_toml

DECLARATION = "int add(int a, int b);\n"


def test_declarations_for_newer_compilers_are_left_out():
    condition = "__STDC_VERSION__ >= 202311L"
    header = (
        f"enum Foo\n#if {condition}\n  : uint32_t\n#endif // {condition}\n {{\n"
        f"  A = 1,\n}};\n#if {condition}\ntypedef enum Foo Foo;\n#else\n"
        f"typedef uint32_t Foo;\n#endif // {condition}\n\n#if other\n#endif\n"
    )
    old = "enum Foo\n {\n  A = 1,\n};\ntypedef uint32_t Foo;\n\n#if other\n#endif\n"
    assert without_newer_c(header) == old


def test_settings_that_cffi_does_not_bear_are_overruled():
    written = {
        "language": "C++",
        "defines": {"a": "b"},
        "include_guard": "X",
        "sys_includes": ["math.h"],
        "export": {"exclude": ["hidden"]},
    }
    assert enforced_settings(written) == {
        "language": "C",
        "export": {"exclude": ["hidden"]},
        "no_includes": True,
        "includes": [],
        "sys_includes": [],
        "pragma_once": False,
        "cpp_compat": False,
    }


@pytest.mark.parametrize("place", ["target", "target/ferrule"])
def test_a_header_of_the_project_wins(place, tmp_path, crate_key, library, env):
    header = tmp_path / place / "header.h"
    header.parent.mkdir(exist_ok=True)
    header.write_text(DECLARATION)
    found = find_header(crate_key(), library, env=env)
    assert found == Header(str(header), DECLARATION)


def test_cbindgen_runs_once_for_each_library(
    tmp_path, crate_key, library, env, add_tool
):
    cbindgen = add_tool("cbindgen", version="0.29.0", script=f"echo '{DECLARATION}'")
    config = tmp_path / "crate" / "cbindgen.toml"
    config.write_text('language = "C++"\n[export]\nexclude = ["hidden"]\n')
    key = crate_key()
    for _ in range(2):
        assert find_header(key, library, env=env).text.strip() == DECLARATION.strip()
    (run,) = cbindgen.runs()
    passed = tmp_path / "target/ferrule/bindings/demo/cbindgen.toml"
    assert run == f"--lang=c --config={passed} {tmp_path / 'crate'}"
    written = parse_toml(passed.read_text())
    assert (written["language"], written["export"]) == ("C", {"exclude": ["hidden"]})
    for changed in (library, config):
        changed.write_bytes(changed.read_bytes() + b"\n")
        find_header(key, library, env=env)
    assert len(cbindgen.runs()) == 3


def test_what_cbindgen_says_is_shown(crate_key, library, env, add_tool):
    add_tool("cbindgen", version="0.29.0", script="echo 'bad syntax' >&2; exit 1")
    with pytest.raises(CbindgenError) as caught:
        find_header(crate_key(), library, env=env)
    text = str(caught.value)
    assert "cbindgen cannot make a C header of " in text
    assert "bad syntax" in text
    assert "put a header of your own at header.h" in text


@pytest.mark.parametrize("flag", ["--offline", "--frozen"])
def test_nothing_is_installed_without_the_network(flag, crate_key, library, env):
    with pytest.raises(CbindgenMissingError) as caught:
        find_header(crate_key(flag), library, env=env)
    text = str(caught.value)
    assert f"{flag[2:]} forbids ferrule to install it" in text
    assert f"cargo install cbindgen --version {CBINDGEN_VERSION} --locked" in text


def test_a_failing_installation_is_explained(crate_key, library, env):
    with pytest.raises(CbindgenMissingError, match="cargo could not install it"):
        find_header(crate_key(), library, env=env)


def test_an_old_cbindgen_is_better_than_none(crate_key, library, env, add_tool):
    add_tool("cbindgen", version="0.24.3", script=f"echo '{DECLARATION}'")
    heard = []
    with log.also_to(heard):
        header = find_header(crate_key("--offline"), library, env=env)
    assert header.text.startswith(DECLARATION.strip())
    assert "is cbindgen 0.24.3, which does not see #[unsafe(no_mangle)]" in heard[0]
