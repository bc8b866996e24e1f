"""The libraries that sysconfig names, and where they lie."""

from __future__ import annotations

from pathlib import Path

from ferrule.bundle.static.system_libraries import (
    Wanted,
    find_library,
    library_folders,
    read_wanted,
    shared_symbols,
)
from tests.unit.bundle.static.conftest import code


def test_words_are_taken_apart():
    variables = {
        "MODLIBS": "-lz  -lz -l:libatomic.a Modules/_decimal/libmpdec/libmpdec.a -lm",
        "LIBS": "-ldl -L/opt/lib -L relative -Wl,-rpath,/opt/lib -framework "
        "CoreFoundation -pthread",
        "SYSLIBS": "-lm -O2",
    }
    wanted, folders, ignored = read_wanted(variables)
    assert [(item.name, item.origin, item.word) for item in wanted] == [
        ("z", "MODLIBS", "-lz"),
        ("atomic", "MODLIBS", "-l:libatomic.a"),
        ("mpdec", "MODLIBS", "-lmpdec"),
        ("m", "MODLIBS", "-lm"),
        ("dl", "LIBS", "-ldl"),
        ("CoreFoundation", "LIBS", "-lCoreFoundation"),
        ("pthread", "LIBS", "-lpthread"),
    ]
    assert [item.name for item in wanted if item.is_framework] == ["CoreFoundation"]
    assert folders == (Path("/opt/lib"),)
    assert [word for word, _ in ignored] == ["-O2", "-Wl,-rpath,/opt/lib"]
    assert read_wanted({}) == ((), (), ())


def test_both_forms_are_found(machine):
    found = find_library(Wanted("z", "MODLIBS"), [machine.libraries], 62)
    assert found.archive == machine.libraries / "libz.a"
    assert found.shared == machine.libraries / "libz.so"


def test_other_processors_are_passed_over(machine):
    found = find_library(Wanted("z", "MODLIBS"), [machine.libraries], 183)
    assert (found.archive, found.shared) == (None, None)
    assert find_library(Wanted("z", ""), [machine.libraries], 0).archive is not None


def test_a_file_by_its_name(machine):
    path = machine.archive("atomic", {"a.o": code(["__atomic_load"])})
    wanted = Wanted("atomic", "MODLIBS", "libatomic.a")
    assert find_library(wanted, [machine.libraries], 62).archive == path
    assert find_library(wanted, [machine.libraries], 62).shared is None


def test_damaged_files_are_no_libraries(machine):
    (machine.libraries / "libbad.so").write_bytes(b"\x7fELF")
    (machine.libraries / "libbad.a").write_bytes(b"!<arch>\nand then nothing")
    found = find_library(Wanted("bad", ""), [machine.libraries], 62)
    assert (found.archive, found.shared) == (None, None)


def test_linker_scripts_stand_for_what_they_name(machine, elf_image):
    folder = machine.libraries
    real = folder / "libc.so.6"
    real.write_bytes(elf_image(symbols=[("malloc", True, False, "")]))
    extra = machine.archive("c_nonshared", {"a.o": code(["atexit"])})
    (folder / "libc.so").write_text(
        "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\n"
        f"GROUP ( {real} {extra} AS_NEEDED ( -lz libm.so missing.so ) )\n"
    )
    symbols, archives = shared_symbols(folder / "libc.so", [folder], 62)
    assert symbols == {"malloc", "inflate", "deflate", "sqrt"}
    assert archives == (extra,)


def test_a_script_that_names_itself_ends(machine):
    path = machine.libraries / "libloop.so"
    path.write_text(f"INPUT({path} -lloop)")
    assert shared_symbols(path, [machine.libraries], 62) == (set(), ())


def test_folders(machine, tmp_path):
    gcc = machine.folder / "usr" / "lib" / "gcc" / "x86_64-linux-gnu"
    for release in ("9", "12"):
        (gcc / release).mkdir(parents=True)
    folders = library_folders(
        [tmp_path, Path("/nowhere")], "x86_64-linux-gnu", str(machine.folder)
    )
    assert folders == (
        tmp_path,
        machine.libraries,
        gcc / "12",
        machine.folder / "usr" / "lib",
    )
