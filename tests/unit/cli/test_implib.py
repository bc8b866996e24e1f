from __future__ import annotations

import json

import pytest

from ferrule.cli import main
from ferrule.formats.archive import read_archive
from ferrule.implib import variables


def test_both_flavors_are_written_where_no_target_decides(tmp_path, capsys):
    out = tmp_path / "libs"
    assert main(["implib", "--python", "3.13", "-o", str(out)]) == 0
    paths = [out / "libpython313.a", out / "python313.lib"]
    assert capsys.readouterr().out == "".join(f"{path}\n" for path in paths)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_archive(paths[1]).dlls == ("python313.dll",)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--target", "x86_64-pc-windows-msvc"], ["python3.lib"]),
        (["--target", "i686-pc-windows-gnu"], ["libpython3.a"]),
        (["--arch", "arm64", "--flavor", "msvc"], ["python3.lib"]),
        (
            ["--arch", "i686", "--arch", "x86_64", "--flavor", "msvc"],
            ["i686/python3.lib", "x86_64/python3.lib"],
        ),
    ],
)
def test_the_target_decides_the_files(tmp_path, arguments, names):
    command = ["implib", "--python", "abi3-3.9", "-o", str(tmp_path), *arguments]
    assert main(command) == 0
    found = [x for x in tmp_path.rglob("*") if x.is_file()]
    assert sorted(x.relative_to(tmp_path).as_posix() for x in found) == names


def test_all_pythons_lie_in_folders_of_their_own(tmp_path, capsys):
    assert main(["implib", "--all", "-o", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["libraries"]
    names = {x["path"][len(str(tmp_path)) + 1 :].replace("\\", "/") for x in told}
    assert len(names) == 94
    assert {
        *("x86_64/3.11/python311.lib", "x86_64/pypy3.11/libpython311.a"),
        *("aarch64/3.15t/python315t.lib", "i686/abi3t/python3t.lib"),
    } <= names


def test_json_tells_where_the_symbols_come_from(tmp_path, capsys):
    command = ["implib", "-i", "3.15", "--flavor", "msvc", "--json", "-o"]
    assert main([*command, str(tmp_path)]) == 0
    told = capsys.readouterr()
    (library,) = json.loads(told.out)["libraries"]
    assert library["dll"] == "python315.dll"
    assert library["basis"] == "derived"
    assert "these symbols are derived, as no DLL was at hand" in told.err


def test_a_definition_takes_the_dlls_name_from_the_command(tmp_path, capsys):
    definition = tmp_path / "api.def"
    definition.write_text("EXPORTS\n f\n v DATA\n")
    command = ["implib", "--from", str(definition), "-o", str(tmp_path)]
    assert main(command) == 2
    assert "api.def does not tell which DLL it describes" in capsys.readouterr().err
    assert main([*command, "--dll", "api.dll", "--flavor", "msvc"]) == 0
    imports = read_archive(tmp_path / "api.lib").imports
    assert [item.symbol for item in imports] == ["f", "v"]


def test_a_dll_named_lib_is_found_by_both_linkers(tmp_path):
    definition = tmp_path / "x.def"
    definition.write_text("LIBRARY libffi-8\nEXPORTS f\n")
    assert main(["implib", "--from", str(definition), "-o", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"x.def", "libffi-8.a", "libffi-8.lib"}


def test_a_library_of_another_machine_is_refused(tmp_path, capsys):
    assert main(["implib", "-q", "-i", "3.9", "-o", str(tmp_path)]) == 0
    again = ["implib", "--from", str(tmp_path / "python39.lib"), "--arch", "i686"]
    assert main([*again, "-o", str(tmp_path)]) == 2
    assert "is for x86_64" in capsys.readouterr().err


def test_two_pythons_of_one_name_need_two_folders(tmp_path, capsys):
    command = ["implib", "-i", "3.11", "-i", "pypy3.11", "-o", str(tmp_path)]
    assert main(command) == 2
    assert "have one name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_python_that_is_named_twice_is_written_once(tmp_path, capsys):
    command = ["implib", "-i", "3.13", "-i", "3.13", "--flavor", "gnu"]
    assert main([*command, "-o", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'libpython313.a'}\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-i", "3.13", "--dll", "x.dll"], "--dll names the DLL of --from"),
        (["--all", "--kill-at"], "--kill-at is for a .def"),
        (["--from", "x.dll", "--kill-at"], "a DLL tells what it exports"),
    ],
)
def test_options_that_mean_nothing_are_refused(arguments, problem, capsys):
    assert main(["implib", *arguments]) == 2
    assert problem in capsys.readouterr().err


def test_unknown_names_are_designed_errors(tmp_path, capsys):
    assert main(["implib", "-i", "3.99", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "UnknownPythonError"
    assert "pypy3.11" in error["known"]
    assert main(["implib", "-i", "3.9", "--arch", "mips"]) == 2
    assert "no processor of Windows" in capsys.readouterr().err


def test_the_list_tells_what_each_table_is_worth(capsys):
    assert main(["implib", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(
        x.split()[:4] == ["3.13.5", "python313.dll", "1655", "library"] for x in lines
    )
    assert main(["implib", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["pythons"]
    assert {row["basis"] for row in rows} == {"library", "dll", "definition", "derived"}


def test_other_programs_for_the_purpose_are_not_needed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(variables, "_told", set())
    monkeypatch.setenv("PYO3_MINGW_DLLTOOL", "/no/dlltool")
    monkeypatch.setenv("ZIG_COMMAND", "zig")
    assert main(["implib", "-i", "3.9", "-o", str(tmp_path)]) == 0
    told = capsys.readouterr().err.splitlines()
    reason = "is not needed for import libraries: ferrule writes them without dlltool"
    assert told == [
        f"PYO3_MINGW_DLLTOOL=/no/dlltool {reason} or zig",
        f"ZIG_COMMAND=zig {reason} or zig",
    ]
