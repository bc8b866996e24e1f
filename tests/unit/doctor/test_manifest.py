import pytest

from ferrule.doctor.manifest import (
    check_build_script,
    check_crate_type,
    check_module_names,
    check_profiles,
    find_module_names,
)


@pytest.mark.parametrize(
    ("targets", "what"),
    [
        ([("cdylib", "rlib"), ("test",)], None),
        ([("cdylib",)], None),
        ([("bin",)], None),
        ([("lib",), ("bin",)], None),
        ([("cdylib",), ("test",)], "integration tests cannot use the library of demo"),
        ([("cdylib",), ("bin",), ("bench",)], "benchmarks, programs cannot use the"),
        ([("lib",)], "the library of demo is no dynamic library"),
    ],
)
def test_crate_types(make_crate, targets, what):
    found = check_crate_type(make_crate(*targets))
    assert len(found) == (what is not None)
    if what is not None:
        assert found[0].what.startswith(what)
        assert found[0].remedy[-1] == 'crate-type = ["cdylib", "rlib"]'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#[pymodule]\nfn demo(m: &Bound) {}", ["demo"]),
        ("#[pyo3::pymodule]\npub(crate) mod demo {}", ["demo"]),
        ('#[pymodule(name = "_x", gil_used = false)]\nmod demo {}', ["_x"]),
        ('#[pymodule]\n/// Doc\n#[pyo3(name = "_y")]\nfn demo() {}', ["_y"]),
        ("// #[pymodule]\nfn demo() {}", []),
        ("/* #[pymodule] fn demo() {} */", []),
        ("fn pymodule() {}", []),
    ],
)
def test_names_of_modules(write, text, names):
    assert find_module_names([write("src/lib.rs", text)]) == names


def test_module_of_another_name(write, make_crate):
    write("src/lib.rs", "mod m;")
    write("src/m.rs", "#[pymodule]\nfn _core() {}")
    crate = make_crate(("cdylib",))
    assert check_module_names(crate, ["pkg._core"]) == []
    (found,) = check_module_names(crate, ["pkg.demo"])
    assert (found.id, found.severity) == ("pyo3-module-name", "warning")
    assert found.remedy[-1] == 'module-name = "pkg._core"'


def test_sources_without_attribute_say_nothing(write, make_crate):
    write("src/lib.rs", "my_macro!();")
    assert check_module_names(make_crate(("cdylib",)), ["x"]) == []
    assert check_module_names(make_crate(("bin",)), ["x"]) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("fn main() { pyo3_build_config::add_extension_module_link_args(); }", 1),
        ("fn main() { pyo3_build_config::use_pyo3_cfgs(); }", 0),
        (
            "use pyo3_build_config as _; fn main() { pyo3_build_config::x(); }",
            0,
        ),
        (
            "fn main() { pyo3_build_config::add_libpython_rpath_link_args(); f(); }",
            0,
        ),
        ('fn main() { println!("cargo:x"); }', 0),
    ],
)
def test_build_scripts(write, make_crate, text, count):
    write("build.rs", text)
    found = check_build_script(make_crate(("cdylib",), ("custom-build",)))
    assert len(found) == count
    assert check_build_script(make_crate(("cdylib",))) == []


def test_panic_that_aborts(write, make_survey):
    write(
        "Cargo.toml", '[profile.release]\npanic = "abort"\n[profile.dev]\nlto = true\n'
    )
    (found,) = check_profiles(make_survey())
    assert found.id == "pyo3-panic"
    assert "in profile release of" in found.what
    assert found.remedy[1:] == ("[profile.release]", 'panic = "unwind"')


def test_profiles_that_cargo_ignores(tmp_path, write, make_survey):
    write("Cargo.toml", "[profile.release]\nlto = true\n")
    top = write("ws/Cargo.toml", "[workspace]\n")
    (found,) = check_profiles(make_survey(workspace_root=top.parent))
    assert found.what == f"cargo ignores the profiles in {tmp_path / 'Cargo.toml'}"
