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


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_teaches(command, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "usage: ferrule" in out
    assert len(out.splitlines()) > 8


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
