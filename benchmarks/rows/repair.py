"""Rows about finished wheels, and about packing: `benchmarks/run repair`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from benchmarks.repair import (
    Bench,
    make_bench,
    run_audit,
    run_audit_of_wheel,
    run_clean,
    run_clean_again,
    run_graft,
    run_memory,
    run_packing,
    run_size,
)
from benchmarks.rows.model import Result, Row, median
from benchmarks.stable_abi import measure_abi3_check
from benchmarks.tools import Workshop

__all__ = ["ROWS"]


def run_abi3_check(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Judge the module of a published abi3 wheel, beside abi3audit."""
    if tool != "ferrule":
        return None
    own_s, peer_s = measure_abi3_check(shop, repeats)
    return Result(own_s, own_s, 0, repeats, relative=own_s / peer_s)


def _beside(
    compare: Callable[[Bench, int], tuple[float, float]],
) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function out of one that measures ferrule and a peer."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        if tool != "ferrule":
            return None
        own, peer = compare(make_bench(shop), repeats)
        return Result(own, own, 0, repeats, relative=own / peer)

    return run


def run_large(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Build a wheel of more than 200 MB, for its memory."""
    del repeats
    return median([run_memory(make_bench(shop))]) if tool == "ferrule" else None


ROWS: Final = (
    Row(
        "abi3-check",
        "check of an abi3 wheel",
        run_abi3_check,
        quantity="relative",
        value_goal=0.01,
        group="repair",
        beside="abi3audit",
    ),
    Row(
        "audit",
        "audit of a built library",
        _beside(run_audit),
        quantity="relative",
        value_goal=0.1,
        group="repair",
        beside="auditwheel show",
    ),
    Row(
        "audit-wheel",
        "audit of a finished wheel",
        _beside(run_audit_of_wheel),
        quantity="relative",
        value_goal=0.67,
        group="repair",
        beside="auditwheel show",
    ),
    Row(
        "repair-graft",
        "repair with a graft",
        _beside(run_graft),
        quantity="relative",
        value_goal=0.25,
        group="repair",
        beside="auditwheel repair",
    ),
    Row(
        "repair-clean",
        "repair, nothing needed, first time",
        _beside(run_clean),
        quantity="relative",
        value_goal=0.08,
        group="repair",
        beside="auditwheel repair",
    ),
    Row(
        "repair-clean-again",
        "the same, once it is known",
        _beside(run_clean_again),
        quantity="relative",
        value_goal=0.02,
        group="repair",
        beside="auditwheel repair",
    ),
    Row(
        "packing",
        "packing 101 MB",
        _beside(run_packing),
        quantity="relative",
        value_goal=0.7,
        group="repair",
        beside="maturin",
    ),
    Row(
        "packed-size",
        "the packed size",
        _beside(run_size),
        quantity="relative",
        value_goal=1,
        group="repair",
        beside="maturin",
    ),
    Row(
        "large",
        "memory for a 200 MB wheel",
        run_large,
        quantity="peak_bytes",
        value_goal=600 * 1024 * 1024,
        group="repair",
    ),
)
