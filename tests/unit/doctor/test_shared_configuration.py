import os

import pytest

from ferrule.cargo.config_toml import write_section
from ferrule.cargo.slots import compute_slot
from ferrule.doctor.cargo_settings import read_configs
from ferrule.doctor.shared_configuration import check_shared
from ferrule.python.portable import portable_config
from ferrule.python.releases import Pyo3Release

HOST = "x86_64-unknown-linux-gnu"


@pytest.fixture
def chosen(tmp_path, write, make_interpreter):
    write("py/lib/libpython3.12.so", "")
    return make_interpreter("3.12", lib_dir=str(tmp_path / "py" / "lib"))


@pytest.fixture
def text(tmp_path, chosen):
    lines = portable_config(
        Pyo3Release.parse("0.30.1"),
        chosen,
        abi_features=frozenset({"macros"}),
        link=True,
        executable=chosen.stable_executable,
        target=HOST,
    )
    folder = tmp_path / "target" / "debug" / "libpython-0123"
    return f"{lines}extra_build_script_line=cargo:rustc-link-search=native={folder}\n"


@pytest.fixture
def share(tmp_path, text, write):
    """Write what `ferrule env --write` writes, and the links."""

    def make(content=text, *, slot=None, links=True):
        path = write("config.txt", content)
        number = slot or compute_slot(content, link=True)
        profiles = [(name, "pyo3-ffi", number) for name in ("dev", "release")]
        write_section(tmp_path, {"PYO3_CONFIG_FILE": str(path)}, profiles)
        folder = tmp_path / "target" / "debug" / "libpython-0123"
        if links:
            folder.mkdir(parents=True)
            (folder / "libpython3.12.so").symlink_to(
                tmp_path / "py/lib/libpython3.12.so"
            )
        return path

    return make


@pytest.fixture
def check(tmp_path, make_survey, chosen):
    """Return a function that makes the check; `rewritten` counts the fixes."""

    def make(interpreter=chosen, **changes):
        configs = read_configs(tmp_path, {"CARGO_HOME": str(tmp_path / "home")})
        make.rewritten = []
        return check_shared(
            tmp_path,
            configs,
            make_survey(**changes),
            interpreter,
            HOST,
            rewrite=lambda: make.rewritten.append(1),
        )

    return make


def test_no_common_configuration_is_a_note(check):
    (found,) = check()
    assert (found.id, found.severity) == ("env-unshared", "note")
    assert check(pyo3_version=None) == []


def test_what_was_just_written_is_fine(share, check):
    share()
    assert check() == []


def test_file_that_is_gone(share, check):
    share().unlink()
    (found,) = check()
    assert (found.id, found.severity) == ("env-file-gone", "error")
    found.fix.apply()
    assert check.rewritten == [1]


def test_file_of_the_users_own_is_not_rewritten(tmp_path, write, check):
    write(".cargo/config.toml", '[env]\nPYO3_CONFIG_FILE = "/gone.txt"\n')
    (found,) = check()
    assert found.fix is None
    assert found.remedy[0].startswith("# correct or remove the line")


def test_other_interpreter_is_not_fixed_as_it_may_be_meant(
    share, check, make_interpreter
):
    share()
    (found,) = check(make_interpreter("3.13"))
    assert (found.id, found.severity) == ("env-interpreter", "warning")
    assert found.what.endswith("is for CPython 3.12, a build takes CPython 3.13")
    assert found.fix is None


def test_same_python_at_another_place(share, check, make_interpreter):
    share()
    moved = make_interpreter("3.12", lib_dir="/elsewhere")
    (found,) = check(moved)
    assert found.id == "env-stale"
    assert any(
        line.endswith("lib, /elsewhere now") or "/elsewhere now" in line
        for line in found.details
    )
    assert found.fix is not None


def test_slot_of_another_configuration(share, check):
    share(slot=4711)
    (found,) = check()
    assert found.id == "env-stale"
    assert len(found.details) == 2
    assert "codegen-units = 4711, should be" in found.details[0]


def test_slot_of_an_older_pyo3(share, check):
    share()
    (found,) = check(build_config_is_script=True)
    assert "pyo3-build-config.codegen-units = -" in found.details[0]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_links_that_cargo_clean_removed_are_made_again(tmp_path, share, check):
    share(links=False)
    (found,) = check()
    assert found.id == "env-links"
    found.fix.apply()
    link = tmp_path / "target/debug/libpython-0123/libpython3.12.so"
    assert found.fix.steps == (f"link {link} to {tmp_path}/py/lib/libpython3.12.so",)
    assert os.path.samefile(link, tmp_path / "py/lib/libpython3.12.so")
    assert check() == []
