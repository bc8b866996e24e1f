import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.doctor.cargo_settings import CargoConfig
from ferrule.doctor.linker import check_cross_tools, check_linker


def test_no_driver_is_an_error(tools, toolchain):
    (found,) = check_linker(toolchain, [], tools(), None)
    assert (found.id, found.severity) == ("linker-missing", "error")
    assert found.what == "the linker cc is not on this machine"
    assert found.details == ("wanted by rustc's default",)


def test_default_linker(tools, toolchain):
    (found,) = check_linker(toolchain, [], tools("cc", "ld"), None)
    assert found.severity == "ok"
    assert found.what.startswith("cc with its default linker: ")
    (found,) = check_linker(
        Toolchain("", "aarch64-apple-darwin", (1, 95)), [], tools("cc"), None
    )
    assert found.severity == "ok"


def test_driver_without_linker(tools, toolchain):
    (found,) = check_linker(toolchain, [], tools("cc"), None)
    assert found.what == "the linker ld is not on this machine"


def test_rustcs_own_lld(tools, toolchain, write, tmp_path):
    write("lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld", "")
    (found,) = check_linker(toolchain, [], tools("cc"), tmp_path)
    assert found.what == "cc with rustc's own lld"
    old = Toolchain("", toolchain.host, (1, 89))
    (found,) = check_linker(old, [], tools("cc", "ld"), tmp_path)
    assert "default linker" in found.what


@pytest.mark.parametrize(
    "content",
    [
        {
            "target": {
                'cfg(target_os = "linux")': {"rustflags": ["-Clink-arg=-fuse-ld=mold"]}
            }
        },
        {
            "target": {
                "x86_64-unknown-linux-gnu": {"rustflags": "-C link-arg=-fuse-ld=mold"}
            }
        },
        {"build": {"rustflags": ["-C", "link-arg=-fuse-ld=mold"]}},
    ],
    ids=["cfg", "triple", "build"],
)
def test_linker_of_the_flags(tools, toolchain, content, tmp_path):
    configs = [CargoConfig(tmp_path / "c.toml", content)]
    (found,) = check_linker(toolchain, configs, tools("cc", "ld"), None)
    assert found.id == "linker-missing"
    assert found.what == "the linker mold is not on this machine"
    assert found.details[0].endswith(f"{tmp_path / 'c.toml'}")
    (found,) = check_linker(toolchain, configs, tools("cc", "ld", "mold"), None)
    assert found.what == f"cc with mold: {tmp_path / 'bin' / 'mold'}"


def test_flags_for_another_system_do_not_count(tools, toolchain, tmp_path):
    flags = {"rustflags": ["-Clink-arg=-fuse-ld=mold"]}
    content = {"target": {'cfg(target_os = "macos")': flags}}
    configs = [CargoConfig(tmp_path / "c.toml", content)]
    assert check_linker(toolchain, configs, tools("cc", "ld"), None)[0].id == "linker"


def test_variables_win(tools, toolchain, tmp_path):
    content = {"build": {"rustflags": ["-Clink-arg=-fuse-ld=mold"]}}
    configs = [CargoConfig(tmp_path / "c.toml", content)]
    env = tools("clang", "ld", RUSTFLAGS="-g")
    env["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] = "clang"
    (found,) = check_linker(toolchain, configs, env, None)
    assert found.what.startswith("clang with its default linker")


def test_configured_driver_that_is_missing(tools, toolchain, tmp_path):
    content = {"target": {toolchain.host: {"linker": "clang-99"}}}
    configs = [CargoConfig(tmp_path / "c.toml", content)]
    (found,) = check_linker(toolchain, configs, tools("cc", "ld"), None)
    assert found.what == "the linker clang-99 is not on this machine"
    assert found.details == (
        f"wanted by target.{toolchain.host}.linker in {tmp_path / 'c.toml'}",
    )


def test_msvc_is_left_to_rustc(tools):
    msvc = Toolchain("", "x86_64-pc-windows-msvc", (1, 95))
    assert check_linker(msvc, [], tools(), None) == []


def test_cross_tools(tools):
    assert check_cross_tools(tools()) == []
    assert check_cross_tools(tools("zig", "cross"))[0].what.endswith("zig, cross")
