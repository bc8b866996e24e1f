"""What an interpreter begins with that is not the program's first."""

from __future__ import annotations

import encodings
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.bundle.boot.sources import BOOT_MODULE, first_source

BOOT = "import builtins, sys\nbuiltins.booted = hasattr(sys, '_ferrule_is_added')\n"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs code where `encodings` is a bundle's."""
    source = Path(encodings.__file__)
    shutil.copytree(source.parent, tmp_path / "encodings")
    text = first_source(source.read_text(encoding="utf-8"))
    (tmp_path / "encodings" / "__init__.py").write_text(text, encoding="utf-8")
    (tmp_path / f"{BOOT_MODULE}.py").write_text(BOOT)

    def run(code: str, *options: str) -> str:
        # The program's own module was loaded before this folder is on the path.
        again = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        again += "del sys.modules['encodings']; import encodings\n"
        words = [sys.executable, "-I", "-B", *options, "-c", again + code]
        return subprocess.run(
            words, stdout=subprocess.PIPE, text=True, check=True, timeout=60
        ).stdout.strip()

    return run


def test_the_first_import_begins(run):
    code = "before = len(sys.meta_path); import colorsys\n"
    assert run(f"{code}print(booted, before - len(sys.meta_path))", "-S") == "True 1"


def test_the_hook_begins_the_first_interpreter(run):
    assert run(f"import {BOOT_MODULE}, colorsys; print(booted)", "-S") == "False"


def test_nothing_is_imported_before_files_can_be_opened(run):
    code = "import builtins; opened = builtins.open; del builtins.open\n"
    code += f"import colorsys\nprint({BOOT_MODULE!r} in sys.modules, file=sys.stdout)"
    assert run(code, "-S") == "False"


def test_site_brings_its_own_packages(run):
    assert run(f"import colorsys; print({BOOT_MODULE!r} in sys.modules)") == "False"
