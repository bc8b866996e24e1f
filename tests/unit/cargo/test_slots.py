"""Slots are stable numbers, and the right package carries them."""

from __future__ import annotations

from ferrule.cargo.graph import Pyo3Use
from ferrule.cargo.slots import compute_slot, slot_arguments


def use(*, configured_by_build_config: bool) -> Pyo3Use:
    return Pyo3Use(
        "0.30.1",
        frozenset(),
        configured_by_build_config=configured_by_build_config,
        runs_python=False,
    )


def test_slot_depends_on_text_and_link_mode_only() -> None:
    first = compute_slot("version=3.12\n", link=False)
    assert first == compute_slot("version=3.12\n", link=False)
    assert first != compute_slot("version=3.13\n", link=False)
    assert first != compute_slot("version=3.12\n", link=True)
    # Fewer would change how code is divided: 1000 is more than any crate has.
    assert first >= 1000


def test_package_that_reads_the_configuration_carries_the_slot() -> None:
    current = slot_arguments(use(configured_by_build_config=False), "release", 1234)
    assert current == [
        "--config",
        "profile.release.package.pyo3-ffi.codegen-units=1234",
    ]
    older = slot_arguments(use(configured_by_build_config=True), "dev", 1234)
    assert older[1] == "profile.dev.package.pyo3-build-config.codegen-units=1234"
