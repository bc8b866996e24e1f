from __future__ import annotations

import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.cargo import RustReleaseError
from ferrule.plan.rust_release import check_rust_release

TEXT = "rustc 1.95.0-nightly (x)\nbinary: rustc\nhost: h\nrelease: 1.95.0-nightly\n"
TOOLCHAIN = Toolchain(TEXT, "h", (1, 95))


@pytest.mark.parametrize("wanted", [None, ">=1.70", ">=1.95", "^1.70,!=1.80", "1.95"])
def test_releases_that_fit(wanted):
    check_rust_release(wanted, TOOLCHAIN)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            ">=1.96",
            (
                'rustc 1.95.0-nightly does not satisfy rust-version = ">=1.96"\n'
                "  fix: choose another toolchain (rustup, RUSTUP_TOOLCHAIN)"
            ),
        ),
        (
            "1.70",
            (
                'rustc 1.95.0-nightly does not satisfy rust-version = "1.70"\n'
                "  fix: choose another toolchain (rustup, RUSTUP_TOOLCHAIN); "
                'rust-version = ">=1.70" allows newer ones'
            ),
        ),
    ],
)
def test_releases_that_do_not(wanted, message):
    with pytest.raises(RustReleaseError) as caught:
        check_rust_release(wanted, TOOLCHAIN)
    assert str(caught.value) == message
