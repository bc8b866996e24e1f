"""The command line's door: dispatch, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ferrule import __version__
from ferrule.cli import COMMANDS, main


def test_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ferrule {__version__}\n"


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ferrule.cli import main; main(['--version']); "
        "print([name for name in ('argparse', 'json', 'subprocess', 'dataclasses', "
        "'packaging') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_import_library_takes_few_modules(tmp_path) -> None:
    words = ["implib", "-q", "--python", "abi3-3.9", "--out", str(tmp_path)]
    heavy = ("argparse", "collections", "contextlib", "json", "pathlib", "re", "typing")
    code = (
        f"import sys; from ferrule.cli import main; main({words}); "
        f"print([name for name in {heavy} if name in sys.modules], "
        "sum(name.startswith('ferrule') for name in sys.modules) < 20)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[] True"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "usage: ferrule" in out
    assert len(out.splitlines()) > 8


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["--help", "build"]])
def test_the_help_of_the_whole_fits_a_terminal_and_lists_every_command(words, capsys):
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "usage: ferrule [-h] [--version] COMMAND ..."
    assert max(map(len, lines)) <= 88
    for name, text in COMMANDS.items():
        assert f"    {name:9}{text}" in lines


@pytest.mark.parametrize("words", [["-q", "build"], ["--json"], ["rebuild-all"]])
def test_a_command_comes_first(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: ferrule [-h] [--version] COMMAND" in capsys.readouterr().err


def test_unknown_command_gets_a_suggestion(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["biuld"])
    assert caught.value.code == 2
    assert 'did you mean "build"?' in capsys.readouterr().err


def test_no_command_prints_help(capsys) -> None:
    assert main([]) == 0
    assert "exit codes:" in capsys.readouterr().out


def test_errors_have_codes_and_json(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["build", "--json"]) == 3
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert json.loads(captured.out)["error"]["kind"] == "MissingManifestError"


def test_cargo_without_arguments(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["cargo"]) == 2
    assert "ferrule cargo -- test" in capsys.readouterr().err


def test_interruption(monkeypatch, capsys) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("ferrule.cli.sdist.run", interrupted)
    assert main(["sdist"]) == 130
    assert "interrupted" in capsys.readouterr().err
