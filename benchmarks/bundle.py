"""Programs with Python inside, made by ferrule, PyInstaller and Nuitka.

All run the same lines of Python. `plain` uses the standard library only, `arrays`
also numpy. ferrule's are Rust programs that embed Python and run the lines.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.process import SHOWN_LINES, CommandError, Measurement, measure
from benchmarks.shared_python import copy_without_archive
from benchmarks.tools import make_environment

if TYPE_CHECKING:
    from benchmarks.tools import Workshop

__all__ = ["MODES", "SHARED", "Bench", "Made", "make_bench"]

NUITKA_LIMIT_S: Final = 1200
"""Nuitka compiles C for minutes; where it takes longer, its figures are missing."""
PYINSTALLER_LIMIT_S: Final = 300
_ENVIRONMENTS: Final = {
    "numpy": ["numpy"],
    "pyinstaller": ["pyinstaller", "numpy"],
    "nuitka": ["nuitka", "zstandard"],
}
MODES: Final[Mapping[str, Sequence[str]]] = {
    "dynamic": ("--mode", "dynamic"),
    "static": ("--mode", "static"),
    "onefile": ("--mode", "onefile"),
    "onefile compressed": ("--mode", "onefile", "--compress"),
}
SHARED: Final = "onefile shared"
"""A single file with a libpython that is shared, because there is no other."""
_CARGO: Final = """\
[package]
name = "bench-embedding"
version = "0.1.0"
edition = "2021"

[dependencies]
pyo3 = "0.30"
"""
_PROJECT: Final = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"
"""
_RUST: Final = """\
use pyo3::ffi::c_str;
use pyo3::prelude::*;

fn main() -> PyResult<()> {{
    Python::initialize();
    Python::attach(|py| py.run(c_str!(include_str!("../../{name}.py")), None, None))
}}
"""
_LINES: Final = {
    "plain": """\
import sys

if sys.argv[1:] == ["modules"]:
    import argparse
    import json
    import urllib.request

    parser = argparse.ArgumentParser()
    parser.add_argument("work")
    request = urllib.request.Request("http://localhost/")
    print(json.dumps([parser.parse_args().work, request.full_url]))
""",
    "arrays": """\
import numpy

print(numpy.arange(6).reshape(2, 3).sum(axis=0))
""",
}


@dataclass(frozen=True)
class Made:
    """A program that was made, and what that took."""

    command: tuple[str, ...]
    path: Path
    """The file or folder that is handed to people."""
    cold: Measurement | None = None
    warm: Measurement | None = None
    warm_after_cargo_s: float = 0.0
    changed_after_cargo_s: float = 0.0
    """The same when a line of the program had changed."""

    @cached_property
    def size_bytes(self) -> int:
        """Return how much there is to hand out."""
        if self.path.is_file():
            return self.path.stat().st_size
        files = (path for path in self.path.rglob("*") if not path.is_symlink())
        return sum(path.stat().st_size for path in files if path.is_file())

    @cached_property
    def packed_bytes(self) -> int:
        """Return the size as an archive by `tar | gzip -6`."""
        folder, name = str(self.path.parent), self.path.name
        words = ["tar", "-C", folder, "-I", "gzip -6", "-cf", "-", name]
        return len(subprocess.run(words, check=True, capture_output=True).stdout)


@dataclass
class Bench:
    """The programs of one workshop, made when they are first asked for."""

    shop: Workshop
    python: Path
    made: dict[tuple[str, str], Made | None] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    """What those said that could not be made; the others are measured all the same."""

    @property
    def folder(self) -> Path:
        """Return where all of it lies."""
        return self.shop.folder / "bundle"

    def get(self, program: str, variant: str) -> Made | None:
        """Return a program; None if it could not be made, which `failures` explains."""
        key = program, variant
        if key not in self.made:
            print(f"... making {program}, {variant}", file=sys.stderr, flush=True)
            try:
                self._make(program, variant)
                self._hand_out(program, variant)
            except (CommandError, OSError, subprocess.SubprocessError) as error:
                self.fail(program, variant, str(error))
        return self.made.get(key)

    def fail(self, program: str, variant: str, reason: str) -> None:
        """Leave one variant out of everything that follows."""
        self.made[program, variant] = None
        self.failures[program, variant] = reason
        lines = reason.splitlines()
        shown = "\n".join(lines[:1] + lines[1:][-SHOWN_LINES:])
        print(f"no figures of {variant}, {program}: {shown}", flush=True)

    def environment(self, name: str) -> Path:
        """Return a virtual environment with a tool or a package, made once."""
        folder, wanted = self.folder / name, _ENVIRONMENTS[name]
        stamp = folder / "complete"
        if not stamp.is_file():
            make_environment(folder, self.python, wanted, self.shop.env)
            stamp.touch()
        return folder

    def _make(self, program: str, variant: str) -> None:
        key = program, variant
        if variant == "python":
            script, python = self.folder / f"{program}.py", self.python
            if program == "arrays":
                python = self.environment("numpy") / "bin" / "python"
            self.made[key] = Made((str(python), str(script)), script)
        elif variant in MODES:
            self.made[key] = self._bundle(program, variant, self.python)
        elif variant == SHARED:
            copied = copy_without_archive(self.python, self.folder / "shared-python")
            self.made[key] = self._bundle(program, variant, copied)
        elif variant.startswith("PyInstaller"):
            self.made[key] = self._pyinstaller(program, variant)
        else:
            self.made[key] = self._nuitka(program, variant)

    def _hand_out(self, program: str, variant: str) -> None:
        """Let a program be run as people get it: copied, and not as it was written.

        How a file came into the system's cache decides about a twentieth of its start.
        """
        made = self.made[program, variant]
        if made is None or variant == "python":
            return
        folder = self.folder / "handed" / f"{program} {variant}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        place = folder / made.path.name
        is_kept = variant.startswith("Nuitka")
        if made.path.is_dir():
            shutil.copytree(made.path, place, symlinks=True)
            if not is_kept:
                shutil.rmtree(made.path)
        else:
            shutil.copy(made.path, place)
            if not is_kept:
                made.path.unlink()
        program_path = place / Path(made.command[0]).relative_to(made.path)
        self.made[program, variant] = replace(
            made, command=(str(program_path),), path=place
        )

    def _bundle(self, program: str, variant: str, python: Path) -> Made:
        out = self.folder / "made" / f"{program} {variant}"
        cache = Path(self.shop.env["XDG_CACHE_HOME"]) / "ferrule"
        command = [self.shop.script("ferrule"), "bundle", "--json", "--bin", program]
        words = MODES.get(variant, MODES["onefile"])
        command += ["--python", str(python), "-o", str(out), *words]
        if program == "arrays":
            command += ["--environment", str(self.environment("numpy"))]
        # cargo compiles the dependencies; this is not what is measured.
        _run(command, self.folder, self.shop.env)
        # Remembered trials are among the answers: a cold build tries its bundle.
        for section in ("answers", "bundles"):
            shutil.rmtree(cache / section, ignore_errors=True)
        cold, _ = _run(command, self.folder, self.shop.env)
        runs = [_run(command, self.folder, self.shop.env) for _ in range(3)]
        warm, after_s = min(runs, key=lambda run: run[1])
        # A line of the program has changed: it is compiled, linked and tried again.
        source = self.folder / "src" / "bin" / f"{program}.rs"
        source.write_text(source.read_text() + "// changed\n")
        _, changed_s = _run(command, self.folder, self.shop.env)
        run = out / "bin" / program if (out / "bin").is_dir() else out / program
        handed = out if variant in ("dynamic", "static") else run
        return Made((str(run),), handed, cold, warm, after_s, changed_s)

    def _pyinstaller(self, program: str, variant: str) -> Made:
        mode = variant.rpartition(" ")[2]
        out, work = self.folder / "pyinstaller-made" / variant, self.folder / "work"
        tool = self.environment("pyinstaller") / "bin" / "pyinstaller"
        command = ["timeout", str(PYINSTALLER_LIMIT_S), str(tool), "--noconfirm"]
        command += [f"--{mode}", "--distpath", str(out), "--specpath", str(work)]
        command += ["--workpath", str(work / variant), f"{program}.py"]
        cold = measure(command, cwd=self.folder, env=self.shop.env)
        warm = measure(command, cwd=self.folder, env=self.shop.env)
        path = out / program
        run = path / program if path.is_dir() else path
        return Made((str(run),), path, cold, warm)

    def _nuitka(self, program: str, variant: str) -> Made:
        """Compile a program once, which takes minutes; a kept one is used again."""
        out = self.folder / "nuitka-made"
        environment = self.environment("nuitka")
        version = next(environment.glob("lib/python*/site-packages/[Nn]uitka-*"))
        inputs = [version.name, str(self.python), _LINES[program]]
        kept = out / f"{program}.json"
        facts = json.loads(kept.read_text()) if kept.is_file() else {}
        if facts.get("inputs") == inputs:
            cost = Measurement(**facts["cost"])
        else:
            limit = ["timeout", str(NUITKA_LIMIT_S)]
            command = [*limit, str(environment / "bin" / "python"), "-m", "nuitka"]
            command += ["--mode=onefile", f"--output-dir={out}", f"{program}.py"]
            cost = measure(command, cwd=self.folder, env=self.shop.env)
            facts = {"inputs": inputs, "cost": asdict(cost)}
            kept.write_text(json.dumps(facts))
        one, folder = out / f"{program}.bin", out / f"{program}.dist"
        if variant == "Nuitka onefile":
            return Made((str(one),), one, cost)
        inner = next(folder.glob(f"{program}*.bin"))
        return Made((str(inner),), folder, cost)


def make_bench(shop: Workshop) -> Bench:
    """Write the programs.

    The Python of the workshop needs both a shared and a static library, as those
    have that pyenv builds with `--enable-shared`.
    """
    bench = Bench(shop, shop.default_interpreter)
    folder = bench.folder
    for name, lines in _LINES.items():
        path = folder / "src" / "bin" / f"{name}.rs"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_RUST.format(name=name))
        (folder / f"{name}.py").write_text(lines)
    (folder / "Cargo.toml").write_text(_CARGO)
    (folder / "pyproject.toml").write_text(_PROJECT)
    return bench


def _run(
    command: Sequence[str], cwd: Path, env: Mapping[str, str]
) -> tuple[Measurement, float]:
    """Return what `ferrule bundle` took, and the seconds after cargo."""
    answer = cwd / "answer.json"
    shell = ["sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh", str(answer)]
    cost = measure([*shell, *command], cwd=cwd, env=env)
    laps = json.loads(answer.read_text(encoding="utf-8"))["seconds"]
    return cost, sum(laps.values()) - laps["cargo"]
