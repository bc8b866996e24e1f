"""Crates by the names of symbols. The names of v0 are those that rustc really made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.report.demangling import crate_of

HASH = "17h0123456789abcdefE"


@pytest.mark.parametrize(
    ("symbol", "crate"),
    [
        (f"_ZN4core3fmt9Formatter3pad{HASH}", "core"),
        (f"__ZN6polars3lib3run{HASH}", "polars"),
        (f"_ZN4rpds4core3run{HASH}.llvm.3576721386526691240", "rpds"),
        (
            (
                "_ZN79_$LT$serde_json..de..Deserializer$LT$R$GT$$u20$as$u20$"
                f"serde..de..Deserializer$GT$5parse{HASH}"
            ),
            "serde_json",
        ),
        (
            (
                "_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$pyo3..conversion..IntoPy$GT$"
                f"4into{HASH}"
            ),
            "pyo3",
        ),
        (
            "_ZN70_$LT$core..option..Option$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt"
            + HASH,
            "core",
        ),
        (f"_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt{HASH}", "core"),
        (
            f"_ZN51_$LT$asn1..types..Utf8String$u20$as$u20$asn1..X$GT$5write{HASH}",
            "asn1",
        ),
    ],
)
def test_legacy_names(symbol, crate):
    assert crate_of(symbol) == crate


@pytest.mark.parametrize(
    ("symbol", "crate"),
    [
        ("_RNCNvCsjrVPa4l567z_7mycrate5entry0B3_", "mycrate"),
        ("__RNvCs1234_7mycrate3foo", "mycrate"),
        # Inherent method of a generic type, with a trait object among its arguments.
        (
            (
                "_RINvMs6_NtCsgvbsrvnw3yD_9hashbrown3rawINtB6_8RawTableTNtNtCslNYArtu3iFV_5"
                "alloc6string6StringINtNtBU_5boxed3BoxDINtNtNtCsgEmfK2I1SDS_4core3ops8"
                "function2FnTmEEp6OutputBQ_EL_EEE14reserve_rehashNCINvNtB8_3map11make_hasher"
                "BQ_B1s_NtNtNtCsjrHSEGnQ3l9_3std4hash6random11RandomStateE0ECsjrVPa4l567z_7"
                "mycrate.llvm.3576721386526691240"
            ),
            "hashbrown",
        ),
        # An implementation counts for the crate in which it stands.
        (
            (
                "_RNvXCsjrVPa4l567z_7mycrateINtB2_3FoomENtNtCsgEmfK2I1SDS_4core3fmt7Display3"
                "fmtB2_"
            ),
            "mycrate",
        ),
        # A trait's own method for some type counts for the trait's crate.
        (
            (
                "_RINvYNtNtNtCsjrHSEGnQ3l9_3std4hash6random11RandomStateNtNtCsgEmfK2I1SDS_4"
                "core4hash11BuildHasher8hash_oneRNtNtCslNYArtu3iFV_5alloc6string6StringECsjr"
                "VPa4l567z_7mycrate"
            ),
            "core",
        ),
        (
            (
                "_RNSNvYNCNvCsjrVPa4l567z_7mycrate5entry0INtNtNtCsgEmfK2I1SDS_4core3ops8"
                "function6FnOnceTmEE9call_once6vtableB8_"
            ),
            "core",
        ),
    ],
)
def test_v0_names(symbol, crate):
    assert crate_of(symbol) == crate


@pytest.mark.parametrize(
    "symbol",
    [
        "main",
        "PyInit_core",
        "rust_eh_personality",
        "_ZNSt6vectorIiSaIiEE9push_backERKi",  # C++
        "_ZN5boost6system14error_categoryD1Ev",
        "_R",
        "_RNv",
        "_RNvCs1234_99mycrate",
        "_RB_",
        "",
    ],
)
def test_other_names_have_no_crate(symbol):
    assert crate_of(symbol) is None


def test_endless_references_end():
    assert crate_of("_RNvB_3foo") is None
    assert crate_of("_R" + "NvB_" * 500 + "3foo") is None
    assert crate_of("_R" + "I" * 5000) is None


@given(st.text(alphabet="CNvtMXYIBRDFTAKLEps_0123456789abuz$", max_size=60))
def test_damaged_names_do_no_harm(text):
    crate_of("_R" + text)
    crate_of(f"_ZN{text}{HASH}")
