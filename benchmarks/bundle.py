"""Programs with Python inside, made by ferrule, PyInstaller and Nuitka.

All run the same lines of Python. `plain` uses the standard library only, `arrays`
also numpy. ferrule's are Rust programs that embed Python and run the lines.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.process import CommandError, Measurement, measure
from benchmarks.tools import make_environment

if TYPE_CHECKING:
    from benchmarks.tools import Workshop

__all__ = ["MODES", "Bench", "Made", "make_bench"]

NUITKA_LIMIT_S: Final = 1200
"""Nuitka compiles C for minutes; where it takes longer, its figures are missing."""
MODES: Final[Mapping[str, Sequence[str]]] = {
    "dynamic": ("--mode", "dynamic"),
    "static": ("--mode", "static"),
    "onefile": ("--mode", "onefile"),
    "onefile compressed": ("--mode", "onefile", "--compress"),
}
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

    @property
    def size_bytes(self) -> int:
        """Return how much there is to hand out."""
        if self.path.is_file():
            return self.path.stat().st_size
        files = (path for path in self.path.rglob("*") if not path.is_symlink())
        return sum(path.stat().st_size for path in files if path.is_file())

    @property
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

    @property
    def folder(self) -> Path:
        """Return where all of it lies."""
        return self.shop.folder / "bundle"

    def get(self, program: str, variant: str) -> Made | None:
        """Return a program; None if it could not be made in time.

        Raises CommandError.
        """
        key = program, variant
        if key not in self.made:
            if variant == "python":
                script, python = self.folder / f"{program}.py", self.python
                if program == "arrays":
                    python = self.folder / "numpy" / "bin" / "python"
                self.made[key] = Made((str(python), str(script)), script)
            elif variant in MODES:
                self.made[key] = self._bundle(program, variant)
            elif variant.startswith("PyInstaller"):
                self.made[key] = self._pyinstaller(program, variant)
            else:
                self._nuitka(program)
        return self.made[key]

    def _bundle(self, program: str, variant: str) -> Made:
        out = self.folder / "made" / f"{program} {variant}"
        cache = Path(self.shop.env["XDG_CACHE_HOME"]) / "ferrule"
        command = [self.shop.script("ferrule"), "bundle", "--json", "--bin", program]
        command += ["--python", str(self.python), "-o", str(out), *MODES[variant]]
        if program == "arrays":
            command += ["--environment", str(self.folder / "numpy")]
        # cargo compiles the dependencies; this is not what is measured.
        _run(command, self.folder, self.shop.env)
        # Remembered trials are among the answers: a cold build tries its bundle.
        for section in ("answers", "bundles"):
            shutil.rmtree(cache / section, ignore_errors=True)
        cold, _ = _run(command, self.folder, self.shop.env)
        runs = [_run(command, self.folder, self.shop.env) for _ in range(3)]
        warm, after_s = min(runs, key=lambda run: run[1])
        run = out / "bin" / program if (out / "bin").is_dir() else out / program
        handed = out if variant in ("dynamic", "static") else run
        return Made((str(run),), handed, cold, warm, after_s)

    def _pyinstaller(self, program: str, variant: str) -> Made:
        mode = variant.rpartition(" ")[2]
        out, work = self.folder / "pyinstaller" / variant, self.folder / "work"
        command = [str(self.folder / "peers" / "bin" / "pyinstaller"), "--noconfirm"]
        command += [f"--{mode}", "--distpath", str(out), "--specpath", str(work)]
        command += ["--workpath", str(work / variant), f"{program}.py"]
        cold = measure(command, cwd=self.folder, env=self.shop.env)
        warm = measure(command, cwd=self.folder, env=self.shop.env)
        path = out / program
        run = path / program if path.is_dir() else path
        return Made((str(run),), path, cold, warm)

    def _nuitka(self, program: str) -> None:
        out = self.folder / "nuitka"
        python = str(self.folder / "peers" / "bin" / "python")
        command = ["timeout", str(NUITKA_LIMIT_S), python, "-m", "nuitka"]
        command += ["--mode=onefile", f"--output-dir={out}", f"{program}.py"]
        try:
            cost = measure(command, cwd=self.folder, env=self.shop.env)
        except CommandError as error:
            print(f"no figures of Nuitka: {error}")
            cost = None
        one, folder = out / f"{program}.bin", out / f"{program}.dist"
        inner = next(folder.glob(f"{program}*.bin"), folder)
        found = {"onefile": (one, one), "standalone": (inner, folder)}
        for mode, (run, path) in found.items():
            made = Made((str(run),), path, cost) if cost and run.is_file() else None
            self.made[program, f"Nuitka {mode}"] = made


def make_bench(shop: Workshop) -> Bench:
    """Write the programs and install what makes them.

    The Python of the workshop needs both a shared and a static library, as those
    have that pyenv builds with `--enable-shared`.
    """
    python = shop.default_interpreter
    bench = Bench(shop, python)
    folder = bench.folder
    for name, lines in _LINES.items():
        path = folder / "src" / "bin" / f"{name}.rs"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_RUST.format(name=name))
        (folder / f"{name}.py").write_text(lines)
    (folder / "Cargo.toml").write_text(_CARGO)
    (folder / "pyproject.toml").write_text(_PROJECT)
    peers = ["pyinstaller", "nuitka", "zstandard", "numpy"]
    for name, wanted in (("peers", peers), ("numpy", ["numpy"])):
        if not (folder / name).is_dir():
            make_environment(folder / name, python, wanted, shop.env)
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
