"""Linux wheels that need libraries: repaired, installed where they are missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_libraries import (
    CPYTHON,
    INNER,
    SUFFIX,
    compile_library,
    make_libraries,
    make_module,
    write_wheel,
)

from ferrule.formats.elf import read_elf

pytestmark = pytest.mark.build

NAME = f"demo-1.0-{CPYTHON}-{CPYTHON}-linux_x86_64.whl"
INIT = b"from ._ext import answer\n"


@pytest.fixture
def libraries(tmp_path):
    """Return a folder with libraries, which the test takes away."""
    return make_libraries(tmp_path / "libraries")


@pytest.fixture
def wheel(tmp_path, libraries):
    """Return a wheel whose module needs the libraries."""
    module = make_module(tmp_path / f"_ext{SUFFIX}", libraries)
    files = {"demo/__init__.py": INIT, f"demo/_ext{SUFFIX}": module.read_bytes()}
    return write_wheel(tmp_path / "dist" / NAME, files)


@pytest.fixture
def repair(tmp_path, run_ferrule, read_wheel):
    """Return a function that repairs a wheel and reads the result."""

    def call(wheel, *arguments):
        out = tmp_path / "wheelhouse"
        done = run_ferrule("repair", wheel, *arguments, "-o", out, cwd=tmp_path)
        (path,) = done.check().stdout.splitlines()
        found = read_wheel(Path(path))
        assert found.find_record_problems() == []
        return found

    return call


def elf_of(wheel, prefix):
    """Read the file of a wheel whose name begins so."""
    (name,) = [name for name in wheel.names() if name.startswith(prefix)]
    return read_elf(wheel.read(name))


def test_a_repaired_wheel_works_without_the_libraries(
    wheel, libraries, repair, make_venv
):
    repaired = repair(wheel, "--lib-path", libraries)
    stems = ("libcpp-", "libinner-", "libouter-")
    grafts = sorted(item for item in repaired.names() if item.startswith("demo.libs/"))
    assert [name.split("/")[1][: len(stem)] for name, stem in zip(grafts, stems)] == [
        *stems
    ]
    assert repaired.tags[2].startswith("manylinux_2_")
    assert elf_of(repaired, "demo/_ext").rpath == ("$ORIGIN/../demo.libs",)
    assert elf_of(repaired, "demo.libs/libouter").rpath == ("$ORIGIN",)
    inner = elf_of(repaired, "demo.libs/libinner")
    assert inner.soname in elf_of(repaired, "demo.libs/libouter").needed
    libraries.rename(libraries.with_name("away"))
    venv = make_venv()
    venv.install(wheel)
    command = [venv.python, "-c", "import demo"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    venv = make_venv()
    venv.install(repaired.path)
    assert venv.ask("import demo; print(demo.answer())") == "421"


def test_the_second_repair_changes_nothing(wheel, libraries, repair, tmp_path):
    first = repair(wheel, "--lib-path", libraries)
    libraries.rename(tmp_path / "away")
    content = first.path.read_bytes()
    assert repair(first.path).path.read_bytes() == content


def test_two_repairs_give_equal_bytes(wheel, libraries, repair, tmp_path):
    first = repair(wheel, "--lib-path", libraries).path.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    libraries.rename(elsewhere)
    assert repair(wheel, "--lib-path", elsewhere).path.read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_missing_libraries_are_told_together(wheel, tmp_path, run_ferrule):
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    done = run_ferrule("repair", wheel, "-L", "empty", "-o", out, cwd=tmp_path)
    assert done.returncode == 3
    assert "2 libraries that the wheel needs cannot be found" in done.stderr
    assert f"libouter.so, needed by demo/_ext{SUFFIX}" in done.stderr
    assert "    empty\n" in done.stderr
    assert not out.exists()


def test_candidates_of_other_kinds_are_passed_over(wheel, libraries, repair, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "libouter.so").write_text("/* GNU ld script */\nINPUT(-lother)\n")
    content = bytearray((libraries / "libcpp.so.3").read_bytes())
    content[18] = 183  # e_machine: AArch64
    (wrong / "libcpp.so.3").write_bytes(content)
    found = repair(wheel, "-L", wrong, "-L", libraries)
    assert len([name for name in found.names() if ".libs/" in name]) == 3


def test_why_candidates_were_refused_is_told(wheel, libraries, tmp_path, run_ferrule):
    (libraries / "libouter.so").write_text("/* GNU ld script */\nINPUT(-lother)\n")
    path = (libraries / "libcpp.so.3").resolve()
    content = bytearray(path.read_bytes())
    content[18] = 183
    path.write_bytes(content)
    done = run_ferrule("repair", wheel, "-L", libraries, cwd=tmp_path)
    assert "libouter.so: it is a linker script, which names the real" in done.stderr
    assert "libcpp.so.3: it is for aarch64" in done.stderr


def test_a_dry_run_writes_nothing(wheel, libraries, tmp_path, run_ferrule):
    arguments = ("repair", wheel, "-L", libraries, "--dry-run")
    shown = run_ferrule(*arguments, cwd=tmp_path).check().stdout
    assert f"graft {libraries}/libouter.so as demo.libs/libouter-" in shown
    plan = run_ferrule(*arguments, "--json", cwd=tmp_path).check().json()["wheels"][0]
    grafts = plan["plan"]["grafts"]
    assert [item["name"] for item in grafts] == [
        "libouter.so",
        "libcpp.so.3",
        "libinner.so.1",
    ]
    assert plan["plan"]["edits"][f"demo/_ext{SUFFIX}"]["rpath"] == [
        "$ORIGIN/../demo.libs"
    ]
    assert not (tmp_path / "wheelhouse").exists()


def test_excluded_libraries_stay_out(wheel, libraries, repair):
    repaired = repair(
        wheel, "-L", libraries, "--exclude", "libinner.so", "-e", "*/none/*"
    )
    names = [name for name in repaired.names() if name.startswith("demo.libs/")]
    assert not any("inner" in name for name in names)
    assert repaired.tags[2].startswith("manylinux_")
    assert "libinner.so.1" in elf_of(repaired, "demo.libs/libouter").needed


def test_an_exclude_that_matches_nothing_warns(wheel, libraries, tmp_path, run_ferrule):
    arguments = ("repair", wheel, "-L", libraries, "--exclude", "libnone.so")
    done = run_ferrule(*arguments, cwd=tmp_path).check()
    assert "exclude libnone.so: no library matched" in done.stderr


def test_another_package_provides_a_library(
    wheel, libraries, repair, make_venv, tmp_path
):
    content = (libraries / "libinner.so.1").read_bytes()
    name = "inner-1.0-py3-none-linux_x86_64.whl"
    other = write_wheel(
        tmp_path / "dist" / name,
        {"inner/__init__.py": b"", "inner.libs/libinner.so.1": content},
    )
    repaired = repair(wheel, "-L", libraries, "--provided-by", other)
    assert not any("libinner" in name for name in repaired.names())
    assert elf_of(repaired, "demo.libs/libouter").rpath == ("$ORIGIN/../inner.libs",)
    libraries.rename(libraries.with_name("away"))
    venv = make_venv()
    venv.install(repaired.path, other)
    assert venv.ask("import demo; print(demo.answer())") == "421"


def test_a_library_that_is_opened_at_run_time_is_included(
    tmp_path, libraries, repair, make_venv
):
    source = """\
#include <dlfcn.h>
int call(void) {
    void *handle = dlopen("libouter.so", RTLD_NOW);
    return handle ? ((int (*)(void))dlsym(handle, "outer"))() : -1;
}"""
    library = compile_library(tmp_path / "_call.so", source, "-ldl")
    code = b"""\
import ctypes, os
path = os.path.join(os.path.dirname(__file__), "_call.so")
print(ctypes.CDLL(path).call())
"""
    files = {"demo/__init__.py": code, "demo/_call.so": library.read_bytes()}
    name = "demo-1.0-py3-none-linux_x86_64.whl"
    wheel = write_wheel(tmp_path / "dist" / name, files)
    repaired = repair(wheel, "-L", libraries, "--include", "libouter.so")
    assert "demo.libs/libouter.so" in repaired.names()
    libraries.rename(tmp_path / "away")
    venv = make_venv()
    venv.install(repaired.path)
    assert venv.ask("import demo") == "42"


def test_a_program_finds_its_libraries(tmp_path, libraries, repair, make_venv):
    source = tmp_path / "tool.c"
    source.write_text("int outer(void);\nint main(void) { return outer(); }")
    tool = tmp_path / "tool"
    links = [f"-L{libraries}", "-louter", f"-Wl,-rpath-link,{libraries}"]
    subprocess.run(["gcc", source, "-o", tool, *links], check=True)
    name = "demo-1.0-py3-none-linux_x86_64.whl"
    files = {"demo-1.0.data/scripts/tool": tool.read_bytes()}
    repaired = repair(write_wheel(tmp_path / "dist" / name, files), "-L", libraries)
    assert repaired.is_executable("demo.scripts/tool")
    libraries.rename(tmp_path / "away")
    venv = make_venv()
    venv.install(repaired.path)
    # Installers mark what is executable in the archive.
    command = [venv.folder / "bin" / "tool"]
    assert subprocess.run(command, check=False).returncode == 42


def test_equal_libraries_join_once(tmp_path, repair):
    folder = make_libraries(tmp_path / "first")
    module = make_module(tmp_path / f"_ext{SUFFIX}", folder)
    copies = tmp_path / "second"
    copies.mkdir()
    copy = copies / "libcopy.so"
    copy.write_bytes((folder / "libinner.so.1").read_bytes())
    source = "int inner(void);\nint more(void) { return inner(); }"
    other = compile_library(tmp_path / "more.so", source, str(copy))
    files = {
        f"demo/_ext{SUFFIX}": module.read_bytes(),
        "demo/more.so": other.read_bytes(),
    }
    wheel = write_wheel(tmp_path / "dist" / NAME, files)
    # The copy has the same soname; only the content tells that it is the same.
    repaired = repair(wheel, "-L", folder, "-L", copies)
    names = [name for name in repaired.names() if "libinner" in name]
    assert len(names) == 1


def test_a_sysroot_is_searched_as_its_own_loader_would(tmp_path, wheel, repair):
    folder = tmp_path / "libraries"
    root = tmp_path / "root"
    (root / "etc" / "ld.so.conf.d").mkdir(parents=True)
    (root / "etc" / "ld.so.conf").write_text("include ld.so.conf.d/*.conf\n")
    (root / "etc" / "ld.so.conf.d" / "x.conf").write_text("# ours\n/opt/x/lib\n")
    (root / "opt" / "x").mkdir(parents=True)
    folder.rename(root / "opt" / "x" / "lib")
    repaired = repair(wheel, "--sysroot", root, "--no-host")
    assert len([name for name in repaired.names() if ".libs/" in name]) == 3


def test_an_executable_stack_is_cleared_on_request(tmp_path, repair):
    library = compile_library(tmp_path / "x.so", INNER, "-Wl,-z,execstack")
    name = "demo-1.0-py3-none-linux_x86_64.whl"
    files = {"demo/x.so": library.read_bytes()}
    wheel = write_wheel(tmp_path / "dist" / name, files)
    assert elf_of(repair(wheel), "demo/x.so").has_executable_stack
    repaired = repair(wheel, "--clear-exec-stack")
    assert not elf_of(repaired, "demo/x.so").has_executable_stack


def test_extension_modules_do_not_keep_libpython(tmp_path, repair, libraries):
    name = "libpython3.99.so.1.0"
    fake = compile_library(tmp_path / name, "int unused;", f"-Wl,-soname,{name}")
    module = make_module(
        tmp_path / "_ext.so", libraries, "-Wl,--no-as-needed", str(fake)
    )
    assert name in read_elf(module).needed
    files = {"demo/_ext.so": module.read_bytes()}
    repaired = repair(write_wheel(tmp_path / "dist" / NAME, files), "-L", libraries)
    assert name not in elf_of(repaired, "demo/_ext").needed
    assert len([item for item in repaired.names() if ".libs/" in item]) == 3


def test_a_full_disk_leaves_nothing(wheel, libraries, run_command, user_env, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    out = tmp_path / "small"
    out.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", out]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        command = [sys.executable, "-m", "ferrule", "repair", wheel, "-o", out]
        done = subprocess.run(
            [*map(str, command), "-L", str(libraries)],
            env=user_env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 6, done.stderr
        assert "free space on that disk" in done.stderr
        assert list(out.iterdir()) == []
    finally:
        run_command("umount", out, cwd=tmp_path, env=user_env)


def test_a_bad_output_folder_is_an_error(wheel, libraries, tmp_path, run_ferrule):
    (tmp_path / "file").write_text("")
    arguments = ("repair", wheel, "-L", libraries, "-o", "file/below")
    done = run_ferrule(*arguments, cwd=tmp_path)
    assert done.returncode == 6
    assert "Traceback" not in done.stderr


def test_the_bill_of_materials_names_the_grafts(wheel, libraries, repair):
    repaired = repair(wheel, "-L", libraries)
    text = repaired.read("*.dist-info/sboms/ferrule.cdx.json").decode()
    assert str(libraries) not in text
    names = [item["name"] for item in json.loads(text)["components"]]
    assert names == ["libcpp.so.3", "libinner.so.1", "libouter.so"]
    schema = pytest.importorskip("cyclonedx.schema")
    validation = pytest.importorskip("cyclonedx.validation.json")
    version = schema.SchemaVersion.V1_5
    assert validation.JsonStrictValidator(version).validate_str(text) is None
