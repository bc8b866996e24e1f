from __future__ import annotations

from ferrule.audit.finding import Finding
from ferrule.errors.stable_abi import BrokenPromiseError

UNSTABLE = Finding(
    "abi3-unstable-symbol",
    "error",
    "core.abi3.so",
    "it uses PyUnicode_New, which is not in the stable ABI of Python",
    "use functions of the stable ABI",
    ("PyUnicode_New: private (used by crate texts)",),
)
SUFFIX = Finding(
    "module-suffix", "error", "core.abi3.so", "it is not found", "call it x"
)


def test_a_broken_promise():
    error = BrokenPromiseError("cp39-abi3", [UNSTABLE])
    assert error.exit_code == 3
    assert str(error) == (
        "the wheel would be tagged cp39-abi3, and its modules do not keep that\n"
        "  core.abi3.so: it uses PyUnicode_New, which is not in the stable ABI of "
        "Python\n"
        "    PyUnicode_New: private (used by crate texts)\n"
        '  fix: use functions of the stable ABI; abi3-check = "warn" builds it all '
        "the same"
    )


def test_several_broken_promises():
    assert str(BrokenPromiseError("cp39-abi3", [UNSTABLE, SUFFIX])) == (
        "the wheel would be tagged cp39-abi3, and its modules do not keep that\n"
        "  core.abi3.so: it uses PyUnicode_New, which is not in the stable ABI of "
        "Python\n"
        "    PyUnicode_New: private (used by crate texts)\n"
        "    fix: use functions of the stable ABI\n"
        "  core.abi3.so: it is not found\n"
        "    fix: call it x\n"
        '  fix: do what is said for each; abi3-check = "warn" builds it all the same'
    )


def test_findings_become_plain_data_and_findings_again():
    assert Finding.from_json(UNSTABLE.to_json()) == UNSTABLE
