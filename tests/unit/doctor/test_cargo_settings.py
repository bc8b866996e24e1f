import pytest

from ferrule.doctor.cargo_settings import (
    check_configs,
    check_hidden_flags,
    check_variables,
    check_wrapper,
    configured,
    configured_env,
    read_configs,
)


@pytest.fixture
def home(tmp_path):
    return {"CARGO_HOME": str(tmp_path / "home")}


def test_nearest_file_wins_and_cargo_home_comes_last(tmp_path, write, home):
    write("home/config.toml", '[build]\nrustflags = ["-Ca"]\njobs = 2\n')
    near = write("a/.cargo/config.toml", '[build]\nrustflags = ["-Cb"]\n')
    configs = read_configs(tmp_path / "a" / "b", home)
    assert configured(configs, "build.rustflags") == (["-Cb"], near)
    assert configured(configs, "build.jobs")[0] == 2
    assert configured(configs, "build.rustflags.x") is None


def test_variables_with_relative_and_forced_values(tmp_path, write, home):
    text = '[env]\nA = { value = "x/y", relative = true }\nN = 3\n'
    text += 'B = { value = "b", force = true }\nC = "c"\n'
    path = write(".cargo/config.toml", text)
    assert configured_env(read_configs(tmp_path, home)) == {
        "A": (str(tmp_path / "x" / "y"), False, path),
        "B": ("b", True, path),
        "C": ("c", False, path),
    }


def test_broken_file_is_an_error_and_the_others_are_read(tmp_path, write, home):
    write(".cargo/config.toml", "[build\n")
    write("home/config.toml", "[build]\nincremental = false\n")
    broken, good = check_configs(read_configs(tmp_path, home))
    assert (broken.id, broken.severity) == ("cargo-config-broken", "error")
    assert good.what.endswith("sets build.incremental = False")


def test_file_without_suffix(tmp_path, write, home):
    old = write(".cargo/config", "")
    (found,) = check_configs(read_configs(tmp_path, home))
    assert found.severity == "note"
    assert found.remedy == (f"mv {old} {old}.toml",)
    write(".cargo/config.toml", "")
    (found,) = check_configs(read_configs(tmp_path, home))
    assert (found.id, found.severity) == ("cargo-config-name", "warning")
    assert found.what == f"{old} hides {old}.toml"


def test_variables_of_the_shell():
    assert check_variables({"PATH": "/bin", "RUST_BACKTRACE": "1"}) == []
    env = {"RUSTFLAGS": "-Ctarget-cpu=native", "CARGO_BUILD_JOBS": "2"}
    (found,) = check_variables(env)
    assert found.what.endswith("CARGO_BUILD_JOBS, RUSTFLAGS")
    assert "RUSTFLAGS=-Ctarget-cpu=native" in found.details
    assert "compiles every crate again" in found.why


def test_flags_of_the_shell_hide_those_of_files(tmp_path, write, home):
    path = write(".cargo/config.toml", '[target."cfg(unix)"]\nrustflags = ["-Ca"]\n')
    configs = read_configs(tmp_path, home)
    assert check_hidden_flags({}, configs) == []
    (found,) = check_hidden_flags({"RUSTFLAGS": "-Cb"}, configs)
    assert found.details == (f"target.cfg(unix).rustflags in {path}",)
    assert found.remedy == ("unset RUSTFLAGS",)
    assert check_hidden_flags({"RUSTFLAGS": "-Cb"}, []) == []


def test_wrapper_that_is_missing_is_an_error(tmp_path, write, home, tools):
    write(".cargo/config.toml", '[build]\nrustc-wrapper = "sccache"\n')
    configs = read_configs(tmp_path, home)
    (found,) = check_wrapper(tools(), configs)
    assert found.severity == "error"
    assert found.remedy[0] == "cargo install sccache"
    (found,) = check_wrapper(tools("sccache"), configs)
    assert found.severity == "ok"
    # An empty variable switches the wrapper of the files off.
    assert check_wrapper({"RUSTC_WRAPPER": ""}, configs) == []


def test_wrapper_with_a_folder_is_relative_to_the_project(tmp_path, write, home, tools):
    write("p/.cargo/config.toml", '[build]\nrustc-wrapper = "tools/wrap"\n')
    configs = read_configs(tmp_path / "p", home)
    assert check_wrapper({}, configs)[0].severity == "error"
    write("p/tools/wrap", "", 0o755)
    assert check_wrapper({}, configs)[0].severity == "ok"
