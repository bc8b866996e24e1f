"""Rows about programs with Python inside: `benchmarks/run bundle`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from benchmarks.bundle import MODES, SHARED, Bench, Made, make_bench
from benchmarks.bundle_tables import make_build_table, make_start_table
from benchmarks.process import CommandError
from benchmarks.rows.model import Result, Row
from benchmarks.startup import Starts, find_startable, measure_starts
from benchmarks.tools import Workshop

__all__ = ["ROWS"]

_LEAST_ROUNDS: Final = 10
_PEERS: Final = {
    "plain": (
        SHARED,
        *("PyInstaller onedir", "PyInstaller onefile"),
        *("Nuitka standalone", "Nuitka onefile"),
    ),
    "arrays": ("PyInstaller onedir", "PyInstaller onefile"),
}
_BUILDS: Final[
    tuple[tuple[str, str, Literal["warm_after_cargo_s", "changed_after_cargo_s"]], ...]
] = (
    ("", "", "warm_after_cargo_s"),
    (" changed", ", a line changed", "changed_after_cargo_s"),
)
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
        tried = {name: [*item.command, *words] for name, item in made.items() if item}
        env = {"PATH": bench.shop.env["PATH"], "HOME": str(bench.folder)}
        commands = find_startable(tried, env, partial(bench.fail, program))
        if not word:
            print(make_build_table(bench, program, list(commands)), flush=True)
        rounds = max(_LEAST_ROUNDS, 4 * repeats)
        _starts[key] = measure_starts(commands, rounds, env)
        title = f"start-up of {program} {word}".rstrip()
        print(make_start_table(title, _starts[key]), flush=True)
    return _starts[key]


def _need(bench: Bench, program: str, variant: str) -> Made:
    """Return one of ferrule's programs. Raises CommandError."""
    made = bench.get(program, variant)
    if made is None:
        raise CommandError(bench.failures[program, variant])
    return made


def _start(
    variant: str, peer: str, program: str = "plain", word: str = ""
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function that compares the start of two programs."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        if tool != "ferrule":
            return None
        bench = _bench(shop)
        starts = _measured(bench, program, word, repeats)
        _need(bench, program, variant)
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
        own, other = _need(bench, "plain", variant), bench.get("plain", peer)
        if other is None:
            return None
        ratio = getattr(own, quantity) / getattr(other, quantity)
        return Result(0, 0, 0, 1, relative=ratio)

    return run


def _build(
    program: str,
    variant: str,
    quantity: Literal["warm_after_cargo_s", "changed_after_cargo_s"],
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function for what follows cargo, when little has changed."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        del repeats
        if tool != "ferrule":
            return None
        made = _need(_bench(shop), program, variant)
        return Result(
            getattr(made, quantity), made.warm.cpu_s if made.warm else 0, 0, 3
        )

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
    (SHARED, "python", 1.5),
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
            f"bundle-build-{program}-{variant}{suffix}".replace(" ", "-"),
            f"build after cargo, {program}, {variant}{title}",
            _build(program, variant, quantity),
            quantity="wall_s",
            value_goal=5,
            group="bundle",
        )
        for program in ("plain", "arrays")
        for variant in MODES
        for suffix, title, quantity in _BUILDS
    ),
)
