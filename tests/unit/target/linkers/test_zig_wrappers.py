"""The programs that stand for zig, run with a program that prints its arguments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.target.linkers import zig_script
from ferrule.target.linkers.zig_targets import zig_target
from ferrule.target.linkers.zig_wrappers import write_wrappers
from ferrule.target.triple import parse_triple

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs shell scripts")

LINUX = "x86_64-unknown-linux-gnu"
WINDOWS = "x86_64-pc-windows-gnu"
MACOS = "aarch64-apple-darwin"


@pytest.fixture
def printer(tmp_path) -> Path:
    """Return a program that prints its arguments, one a line."""
    program = tmp_path / "with blank" / "zig"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def call(tmp_path, printer):
    """Return a function that runs a wrapper and returns what zig is given."""

    def run(target: str, *words: str, tool: str = "cc", **env: str) -> list[str]:
        triple = parse_triple(target)
        wrappers = write_wrappers(tmp_path, triple, zig_target(triple, "2.17"))
        known = {
            "PATH": os.environ["PATH"],
            "FERRULE_ZIG": f"{printer}\nprefix",
            "FERRULE_ZIG_PYTHON": sys.executable,
            **env,
        }
        done = subprocess.run(
            [wrappers.folder / tool, *words],
            env=known,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        first, *rest = done.stdout.splitlines()
        assert first == "prefix"
        return rest

    return run


@pytest.mark.parametrize(
    ("target", "options"),
    [
        (LINUX, ["-target", "x86_64-linux-gnu.2.17"]),
        (
            "armv7-unknown-linux-gnueabihf",
            [
                "-target",
                "arm-linux-gnueabihf.2.17",
                "-mcpu=generic+v7a+vfp3-d32+thumb2-neon",
            ],
        ),
        ("aarch64-unknown-linux-musl", ["-target", "aarch64-linux-musl"]),
        ("aarch64-pc-windows-gnullvm", ["-target", "aarch64-windows-gnu"]),
        (MACOS, ["-target", "aarch64-macos.11.0-none"]),
        ("x86_64-apple-darwin", ["-target", "x86_64-macos.10.12-none"]),
    ],
)
def test_the_target_is_named(call, target, options) -> None:
    first = ["cc", "-fno-sanitize=all", *options]
    given = call(target, "-c", "a b.c")
    assert (given[: len(first)], given[-2:]) == (first, ["-c", "a b.c"])
    assert len(given) == len(first) + 2 + 2 * ("apple" in target)


LINES = [
    (LINUX, ["a b.o", "*", "-lgcc_s", "-shared"], ["a b.o", "*", "-lgcc_s", "-shared"]),
    (
        LINUX,
        ["-Wl,-Bstatic", "-la", "-Wl,-Bdynamic", "-lb"],
        ["-Wl,-Bstatic", "-la", "-Wl,-search_paths_first", "-lb"],
    ),
    (LINUX, ["--target=x", "a.o", "-Wl,-plugin-opt=O2", "-mtune=generic"], ["a.o"]),
    (LINUX, ["-Wl,--dynamic-list=x", "-Wl,--as-needed"], ["-Wl,--as-needed"]),
    (LINUX, ["-march=x86-64-v3", "--target=x"], ["-march=x86_64_v3"]),
    (LINUX, ["-march=native"], ["-march=native"]),
    (LINUX, ["-Wp,-U_A,-DB", "-Wp,-MD,x.d"], ["-U_A", "-DB", "-Wp,-MD,x.d"]),
    ("armv7-unknown-linux-gnueabihf", ["-march=armv7-a", "-mfpu=neon"], ["-mfpu=neon"]),
    ("riscv64gc-unknown-linux-gnu", ["-march=rv64gc", "x"], ["x"]),
    (
        "aarch64-unknown-linux-gnu",
        ["-march=armv8-a+crypto", "-march=armv8.2-a+sha3"],
        ["-mcpu=generic+crypto", "-mcpu=generic+v8_2a+sha3"],
    ),
    ("aarch64-unknown-linux-gnu", ["-mcpu=cortex-a53"], ["-mcpu=cortex_a53"]),
    (
        "x86_64-unknown-linux-musl",
        ["/r/self-contained/crt1.o", "-lc", "a.o", "/r/self-contained/crtend.o"],
        ["a.o"],
    ),
    (
        WINDOWS,
        ["-Wl,/t mp/list.def", "-lmsvcrt", "-lgcc_eh"],
        ["/t mp/list.def", "-lunwind"],
    ),
    (WINDOWS, ["/r/rsbegin.o", "a.o", "-Wl,--large-address-aware"], ["a.o"]),
    (WINDOWS, ["-nolibc", "a.o"], ["a.o"]),
    (LINUX, ["-Wl,-z,pack-relative-relocs", "-Wl,--gdb-index", "a.o"], ["a.o"]),
    (MACOS, ["-arch", "arm64", "-liconv"], ["-arch", "arm64", "-liconv"]),
    (
        MACOS,
        ["-Wl,-current_version,1", "-Wl,-compatibility_version,1.2.3"],
        ["-Wl,-current_version,1.0.0", "-Wl,-compatibility_version,1.2.3"],
    ),
    (MACOS, ["-Wl,-platform_version,macos,11.0,12.0", "-Wl,-ld_new", "a.o"], ["a.o"]),
    (MACOS, ["-target", "arm64-apple-macosx11.0.0", "a.o"], ["a.o"]),
]


@pytest.mark.parametrize(("target", "words", "expected"), LINES)
def test_what_zig_does_not_take(call, tmp_path, target, words, expected) -> None:
    given = call(target, *words)
    place = given.index("-target") + 2
    ours = ("-mcpu=generic+v7a", f"-L{tmp_path}", f"-F{tmp_path}")
    given = [word for word in given[place:] if not word.startswith(ours)]
    assert [word for word in given if "generic_rv64" not in word] == expected
    # The script of Windows, which sees every line, does the same.
    rules = json.loads(next(tmp_path.glob("*/rules.json")).read_text())
    assert zig_script.rewritten(words, rules) == expected


def test_response_files(call, tmp_path) -> None:
    path = tmp_path / "linker-arguments"
    path.write_text('a\\ b.o\n"c d.o"\n--target=x\n-Wl,--as-needed\n')
    given = call(LINUX, "-shared", f"@{path}")
    assert given[4:] == ["-shared", "a b.o", "c d.o", "-Wl,--as-needed"]


def test_many_arguments_go_into_a_file(call, tmp_path) -> None:
    path = tmp_path / "linker-arguments"
    path.write_text("\n".join(f"/a/long/path/to/lib{n}.rlib" for n in range(2000)))
    mode, word = call(LINUX, f"@{path}")
    assert (mode, word[0]) == ("cc", "@")


def test_macos_with_an_sdk(call) -> None:
    env = {"SDKROOT": "/sdk", "MACOSX_DEPLOYMENT_TARGET": "12.3"}
    wanted = ["-L/sdk/usr/lib", "-F/sdk/System/Library/Frameworks"]
    head = ["cc", "-fno-sanitize=all", "-target", "aarch64-macos.12.3-none"]
    assert call(MACOS, "a.o", **env) == [*head, *wanted, "a.o"]
    assert call(MACOS, "a.o", "-liconv", **env) == [*head, *wanted, "a.o", "-liconv"]


def test_macos_without_an_sdk(call, tmp_path) -> None:
    *_, libraries, frameworks, word = call(MACOS, "a.o")
    assert word == "a.o"
    stub = Path(libraries[2:], "libiconv.tbd").read_text()
    assert "install-name: '/usr/lib/libiconv.2.dylib'" in stub
    stub = Path(frameworks[2:], "Foundation.framework", "Foundation.tbd").read_text()
    assert "Foundation.framework/Versions/C/Foundation'" in stub
    # The script of Windows finds the same folders.
    again = call(MACOS, "-Wl,-current_version,1", "a.o")
    assert again[4:6] == [libraries, frameworks]


def test_lists_of_exports_are_not_for_zig(tmp_path) -> None:
    triple = parse_triple(MACOS)
    folder = write_wrappers(tmp_path, triple, zig_target(triple)).folder
    rules = json.loads((folder / "rules.json").read_text())
    words = ["-Wl,-exported_symbols_list", "-Wl,/l/a b", "-Wl,-exported_symbol,_a"]
    words += ["-exported_symbols_list", "/l/c", "-Wl,-exported_symbols_list,/l/d"]
    words += ["-Wl,-exported_symbol", "-Wl,_b"]
    assert zig_script.rewritten([*words, "x"], rules) == ["x"]


def test_a_list_of_exports_that_is_not_there(tmp_path) -> None:
    triple = parse_triple(MACOS)
    compiler = write_wrappers(tmp_path, triple, zig_target(triple)).cc
    done = subprocess.run(
        [compiler, "-exported_symbols_list", "/no/list"],
        env={"FERRULE_ZIG": "true", "FERRULE_ZIG_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "error: /no/list: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_what_is_not_exported_is_hidden(call, make_object, tmp_path) -> None:
    names = tmp_path / "list"
    names.write_text("_kept\n")
    (tmp_path / "a.o").write_bytes(make_object(["_kept", "_other"]))
    words = [str(tmp_path / "a.o"), "-o", str(tmp_path / "m.so"), "-shared"]
    option = f"-Wl,-exported_symbols_list,{names}"
    given = call(MACOS, option, *words)
    assert given[6:] == [str(tmp_path / "m.so.objects" / "1-a.o"), *words[1:]]
    assert not (tmp_path / "m.so.objects").exists()
    assert call(MACOS, *words)[6:] == words


def test_other_tools_get_every_argument(call) -> None:
    assert call(LINUX, "crs", "--target=x", tool="ar") == ["ar", "crs", "--target=x"]
    assert call(LINUX, "-d", "x.def", tool="dlltool") == ["dlltool", "-d", "x.def"]
    assert call(LINUX, "a.cc", tool="c++")[0] == "c++"


def test_the_path_is_stable(tmp_path) -> None:
    triple = parse_triple(LINUX)
    first = write_wrappers(tmp_path, triple, zig_target(triple, "2.17"))
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    again = write_wrappers(tmp_path, triple, zig_target(triple, "2.17"))
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times
    other = write_wrappers(tmp_path, triple, zig_target(triple, "2.28"))
    assert other.cc != first.cc
    (first.folder / "ar").unlink()
    write_wrappers(tmp_path, triple, zig_target(triple, "2.17"))
    assert (first.folder / "ar").is_file()


def test_cmake_finds_the_wrappers(tmp_path) -> None:
    triple = parse_triple("aarch64-unknown-linux-gnu")
    wrappers = write_wrappers(tmp_path, triple, zig_target(triple, "2.17"))
    text = Path(wrappers.tools["CMAKE_TOOLCHAIN_FILE"]).read_text()
    assert f'set(CMAKE_C_COMPILER "{wrappers.folder}/cc")' in text
    assert "set(CMAKE_SYSTEM_PROCESSOR aarch64)" in text


def test_batch_files_start_the_script(tmp_path, monkeypatch) -> None:
    from ferrule.target.linkers import zig_wrappers

    triple = parse_triple(LINUX)
    files = zig_wrappers._files(triple, zig_target(triple, "2.17"), is_windows=True)
    assert 'zig_script.py" cc %*\r\n' in files["cc.bat"]
    assert set(files) >= {"cc.bat", "c++.bat", "ar.bat", "rules.json", "zig_script.py"}


def test_another_version_has_another_folder(tmp_path) -> None:
    triple = parse_triple(LINUX)
    wanted = zig_target(triple, "2.17")
    old = write_wrappers(tmp_path, triple, wanted, "0.16.0")
    new = write_wrappers(tmp_path, triple, wanted, "0.17.1+dev")
    assert old.folder.name.startswith("x86_64-linux-gnu.2.17-0.16.0-")
    assert new.folder.name.startswith("x86_64-linux-gnu.2.17-0.17.1_dev-")
