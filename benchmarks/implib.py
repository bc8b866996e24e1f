"""Writing `python313.lib`, beside the tools that are made for it.

Each is a process of its own, and CPU time counts. dlltool reads a `.def` with the
same symbols; the one of LLVM is that of Debian's package llvm-19, zig's that of the
package ziglang.
"""

from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING, Final

from benchmarks.process import measure
from benchmarks.tools import make_environment

if TYPE_CHECKING:
    from benchmarks.tools import Command, Workshop

__all__ = ["DLLTOOLS", "measure_all_libraries", "measure_library"]

DLLTOOLS: Final = {
    "mingw": "x86_64-w64-mingw32-dlltool",
    "llvm": "llvm-dlltool-19",
    "zig": "python -m ziglang",
}

_DEFINITION: Final = """\
from ferrule.implib.machine import MACHINES
from ferrule.implib.python import find_python_library
library = find_python_library("3.13")
with open("python313.def", "w") as stream:
    print(f"LIBRARY {library.dll}\\nEXPORTS", file=stream)
    for symbol in library.symbols(MACHINES[0]):
        kind = " DATA" if symbol.kind == "data" else ""
        print(symbol.name + kind, file=stream)
"""


def measure_library(
    shop: Workshop, repeats: int, peer: str
) -> tuple[float, float] | None:
    """Return the CPU seconds that ferrule and a peer need; None without the peer.

    The two take turns, and the medians count: the load of a machine hits both.
    Raises CommandError if one fails.
    """
    theirs = _peer_command(shop, peer)
    if theirs is None:
        return None
    folder = shop.folder
    measure([shop.script("python"), "-c", _DEFINITION], cwd=folder, env=shop.env)
    out = ["--flavor", "msvc", "--arch", "x86_64", "-o", "implib"]
    ours = [shop.script("ferrule"), "implib", "--python", "3.13", *out]
    costs: list[tuple[float, float]] = []
    for _ in range(4 * repeats):
        one, two = (
            measure(command, cwd=folder, env=shop.env) for command in (ours, theirs)
        )
        costs.append((one.cpu_s, two.cpu_s))
    return (
        statistics.median(own for own, _ in costs),
        statistics.median(other for _, other in costs),
    )


def _peer_command(shop: Workshop, peer: str) -> Command | None:
    definition = ["-m", "i386:x86-64", "-d", "python313.def", "-l", "theirs.lib"]
    if peer == DLLTOOLS["zig"]:
        environment = shop.folder / "zig"
        if not environment.exists():
            base = shop.default_interpreter
            make_environment(environment, base, ["ziglang"], shop.env)
        python = str(environment / "bin" / "python")
        return [python, "-m", "ziglang", "dlltool", *definition]
    tool = shutil.which(peer)
    return None if tool is None else [tool, *definition]


def measure_all_libraries(shop: Workshop, repeats: int) -> float:
    """Return the seconds for every Python, architecture and flavor: 94 files."""
    command = [shop.script("ferrule"), "implib", "--all", "--out", "implib-all"]
    costs = [measure(command, cwd=shop.folder, env=shop.env) for _ in range(repeats)]
    return statistics.median(cost.wall_s for cost in costs)
