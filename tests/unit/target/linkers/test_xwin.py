"""Microsoft's libraries on other systems, laid out as xwin does."""

from __future__ import annotations

import os

import pytest

from ferrule.errors.target import WindowsSdkError
from ferrule.target.linker import find_linker
from ferrule.target.linkers.xwin import parse_exports
from ferrule.target.triple import parse_triple

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs shell scripts")

HOST = parse_triple("x86_64-unknown-linux-gnu")
TARGET = "x86_64-pc-windows-msvc"


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}


def place_sdk(folder, *machines: str):
    for place in ("crt/lib", "sdk/lib/um", "sdk/lib/ucrt"):
        for machine in machines:
            (folder / place / machine).mkdir(parents=True)
    for place in ("crt/include", "sdk/include/ucrt"):
        (folder / place).mkdir(parents=True)
    return folder


def find(env, target=TARGET, way="auto"):
    return find_linker(parse_triple(target), HOST, env, way=way)


@pytest.mark.parametrize("way", ["auto", "xwin"])
def test_a_folder_with_libraries(env, tmp_path, way) -> None:
    folder = place_sdk(tmp_path / "sdk", "x86_64", "x86")
    linker = find({**env, "XWIN_DIR": str(folder), "LIB": "mine"}, way=way)
    assert (linker.kind, linker.program) == ("xwin", "rust-lld")
    libraries = ("crt/lib", "sdk/lib/um", "sdk/lib/ucrt")
    expected = [str(folder / place / "x86_64") for place in libraries]
    assert linker.environment["LIB"] == ";".join([*expected, "mine"])
    assert linker.environment["INCLUDE"].split(";")[0] == str(folder / "crt/include")
    assert linker.tools == {}


def test_llvm_on_path(env, tmp_path) -> None:
    folder = place_sdk(tmp_path / "sdk", "x86")
    for name in ("lld-link", "clang-cl", "llvm-lib"):
        (tmp_path / "bin" / name).touch(mode=0o755)
    target = parse_triple("i686-pc-windows-msvc")
    linker = find({**env, "XWIN_DIR": str(folder)}, target.text)
    assert linker.program == "lld-link"
    variables = linker.variables(target, env)
    assert variables["CC_i686_pc_windows_msvc"] == "clang-cl"
    assert variables["AR_i686_pc_windows_msvc"] == "llvm-lib"
    flags = variables["CXXFLAGS_i686_pc_windows_msvc"]
    assert flags == "--target=i686-pc-windows-msvc /EHsc"


def test_where_cargo_xwin_keeps_them(env, tmp_path) -> None:
    folder = place_sdk(tmp_path / ".cache/cargo-xwin/xwin", "x86_64")
    assert str(folder) in find(env).environment["LIB"]
    other = place_sdk(tmp_path / "other/xwin", "x86_64")
    found = find({**env, "XWIN_CACHE_DIR": str(tmp_path / "other")})
    assert str(other) in found.environment["LIB"]


def test_another_architecture(env, tmp_path) -> None:
    folder = place_sdk(tmp_path / "sdk", "x86_64")
    with pytest.raises(WindowsSdkError) as caught:
        find({**env, "XWIN_DIR": str(folder)}, "aarch64-pc-windows-msvc")
    text = str(caught.value)
    assert "holds no Windows SDK for aarch64\n  crt/lib has x86_64\n" in text
    assert "XWIN_ARCH=x86,x86_64,aarch64" in text


def test_an_empty_folder(env, tmp_path) -> None:
    with pytest.raises(WindowsSdkError) as caught:
        find({**env, "XWIN_DIR": str(tmp_path)})
    assert str(caught.value) == (
        f"XWIN_DIR={tmp_path} holds no Windows SDK\n"
        "  looked for crt/lib and sdk/lib in it\n"
        f"  fix: xwin --accept-license splat --output {tmp_path}"
    )


def test_cargo_xwin_is_asked(env, tmp_path) -> None:
    program = tmp_path / "bin" / "cargo-xwin"
    program.write_text(
        "#!/bin/sh\n"
        'test "$*" = "xwin env --target x86_64-pc-windows-msvc" || exit 3\n'
        "echo 'export CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_LINKER=\"lld-link\";'\n"
        "echo 'export LIB=\"/a;/b\";'\n"
        "echo 'export PATH=\"/cache\";'\n"
    )
    program.chmod(0o755)
    linker = find({**env, "PATH": f"{env['PATH']}:/bin:/usr/bin"}, way="xwin")
    assert (linker.kind, linker.program) == ("xwin", "")
    assert linker.variables(parse_triple(TARGET), env) == {
        "CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_LINKER": "lld-link",
        "LIB": "/a;/b",
    }


def test_cargo_xwin_fails(env, tmp_path) -> None:
    program = tmp_path / "bin" / "cargo-xwin"
    program.write_text("#!/bin/sh\necho 'no network' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(WindowsSdkError) as caught:
        find({**env, "PATH": f"{env['PATH']}:/bin:/usr/bin"}, way="xwin")
    assert str(caught.value) == (
        "`cargo xwin env --target x86_64-pc-windows-msvc` failed with exit status 1\n"
        "  no network\n"
        "  fix: run it by itself until it works, or name a folder that xwin has "
        "filled with XWIN_DIR"
    )


def test_nothing_there(env, tmp_path) -> None:
    with pytest.raises(WindowsSdkError) as caught:
        find(env, way="xwin")
    text = str(caught.value)
    assert f"nothing on this machine links for {TARGET}" in text
    assert str(tmp_path / ".cache/cargo-xwin/xwin") in text
    assert "cargo install cargo-xwin" in text


def test_not_for_other_systems(env) -> None:
    with pytest.raises(WindowsSdkError, match="xwin does not link for x86_64-pc"):
        find(env, "x86_64-pc-windows-gnu", way="xwin")


def test_exports_with_blanks() -> None:
    text = 'noise\nexport CL_FLAGS="--target=x /imsvc /a/b";\nexport BROKEN=1;\n'
    assert parse_exports(text) == {"CL_FLAGS": "--target=x /imsvc /a/b"}
