"""Rows about programs with Python inside: `benchmarks/run bundle`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, Literal

from benchmarks.bundle import MODES, Bench, make_bench
from benchmarks.rows.model import Result, Row
from benchmarks.startup import Starts, measure_starts
from benchmarks.tools import Workshop

__all__ = ["ROWS"]

_LEAST_ROUNDS: Final = 10
_MEBIBYTE: Final = 1 << 20
_PEERS: Final = {
    "plain": (
        *("PyInstaller onedir", "PyInstaller onefile"),
        *("Nuitka standalone", "Nuitka onefile"),
    ),
    "arrays": ("PyInstaller onedir", "PyInstaller onefile"),
}
_benches: dict[str, Bench] = {}
_starts: dict[tuple[str, str], dict[str, Starts]] = {}


def _bench(shop: Workshop) -> Bench:
    key = str(shop.folder)
    if key not in _benches:
        _benches[key] = make_bench(shop)
    return _benches[key]


def _measured(bench: Bench, program: str, word: str, repeats: int) -> dict[str, Starts]:
    """Measure the start of one program as everyone makes it, and tell the table."""
    key = program, word
    if key not in _starts:
        variants = ("python", *MODES, *_PEERS[program])
        made = {name: bench.get(program, name) for name in variants}
        words = [word] if word else []
        commands = {
            name: [*item.command, *words] for name, item in made.items() if item
        }
        rounds = max(_LEAST_ROUNDS, 4 * repeats)
        env = {"PATH": bench.shop.env["PATH"], "HOME": str(bench.folder)}
        _starts[key] = measure_starts(commands, rounds, env)
        _tell(bench, program, word)
    return _starts[key]


def _tell(bench: Bench, program: str, word: str) -> None:
    """Print everything that is known about the variants of one program."""
    starts = _starts[program, word]
    print(f"... start-up: {program} {word}", file=sys.stderr)
    for name, item in starts.items():
        cpu, wall = sorted(item.cpu_s), sorted(item.wall_s)
        middle = len(cpu) // 2
        parts = [
            f"{name:20}",
            f"cpu {cpu[middle] * 1000:7.1f} ms, least {cpu[0] * 1000:7.1f},",
            f"wall {wall[middle] * 1000:7.1f} ms,",
            f"{item.relative(starts['python']):6.2f}x python",
        ]
        made = bench.get(program, name)
        if made is not None and name != "python" and not word:
            size = made.size_bytes / _MEBIBYTE, made.packed_bytes / _MEBIBYTE
            parts.append("{:6.1f} MiB, {:5.1f} packed".format(*size))
            for label, cost in (("cold", made.cold), ("warm", made.warm)):
                if cost is not None:
                    text = f"{label} {cost.wall_s:.1f} s ({cost.cpu_s:.1f} cpu)"
                    parts.append(text)
            if made.warm_after_cargo_s:
                parts.append(f"after cargo {made.warm_after_cargo_s:.1f} s")
        print("    " + " ".join(parts), file=sys.stderr, flush=True)


def _start(
    variant: str, peer: str, program: str = "plain", word: str = ""
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function that compares the start of two programs."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        if tool != "ferrule":
            return None
        starts = _measured(_bench(shop), program, word, repeats)
        if peer not in starts:
            return None
        own = starts[variant]
        cpu_s, wall_s = min(own.cpu_s), min(own.wall_s)
        ratio = own.relative(starts[peer])
        return Result(wall_s, cpu_s, 0, len(own.cpu_s), relative=ratio)

    return run


def _size(
    variant: str, peer: str, quantity: Literal["size_bytes", "packed_bytes"]
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function that compares what is handed out."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        del repeats
        if tool != "ferrule":
            return None
        bench = _bench(shop)
        own, other = bench.get("plain", variant), bench.get("plain", peer)
        if own is None or other is None:
            return None
        ratio = getattr(own, quantity) / getattr(other, quantity)
        return Result(0, 0, 0, 1, relative=ratio)

    return run


def _build(program: str, variant: str) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function for what follows cargo, when little has changed."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        del repeats
        made = _bench(shop).get(program, variant) if tool == "ferrule" else None
        if made is None or made.warm is None:
            return None
        return Result(made.warm_after_cargo_s, made.warm.cpu_s, 0, 3)

    return run


def _compared(
    title: str,
    run: Callable[[Workshop, str, int], Result | None],
    beside: str,
    goal: float | None,
) -> Row:
    name = f"bundle {title} beside {beside}".lower().replace(",", "")
    return Row(
        name.replace(" ", "-"),
        title,
        run,
        quantity="relative",
        value_goal=goal,
        group="bundle",
        beside=beside,
    )


# Variant, whom it is compared with, and the highest ratio that is wanted.
_WITH_NOTHING: Final[tuple[tuple[str, str, float | None], ...]] = (
    ("onefile", "python", 0.75),
    ("onefile compressed", "python", 1),
    ("static", "python", 0.75),
    ("dynamic", "python", 1),
    ("onefile", "PyInstaller onefile", 1 / 15),
    ("dynamic", "PyInstaller onedir", 1 / 4),
    ("onefile", "Nuitka onefile", 1 / 2),
    ("dynamic", "Nuitka standalone", 1),
)
_WITH_WORK: Final[tuple[tuple[str, str, float | None], ...]] = (
    ("onefile", "python", 1),
    ("dynamic", "python", 1),
    ("onefile compressed", "python", None),
    ("onefile", "PyInstaller onefile", 1 / 2),
)

ROWS: Final = (
    *(
        _compared(f"start, {own}", _start(own, peer), peer, goal)
        for own, peer, goal in _WITH_NOTHING
    ),
    *(
        _compared(
            f"start with {title}, {own}", _start(own, peer, program, word), peer, goal
        )
        for title, program, word in (
            ("modules", "plain", "modules"),
            ("numpy", "arrays", ""),
        )
        for own, peer, goal in _WITH_WORK
    ),
    _compared(
        "size, onefile compressed",
        _size("onefile compressed", "PyInstaller onefile", "size_bytes"),
        "PyInstaller onefile",
        1,
    ),
    _compared(
        "size, dynamic",
        _size("dynamic", "PyInstaller onedir", "size_bytes"),
        "PyInstaller onedir",
        1,
    ),
    *(
        Row(
            f"bundle-build-{program}-{variant}".replace(" ", "-"),
            f"build after cargo, {program}, {variant}",
            _build(program, variant),
            quantity="wall_s",
            value_goal=5,
            group="bundle",
        )
        for program in ("plain", "arrays")
        for variant in MODES
    ),
)
