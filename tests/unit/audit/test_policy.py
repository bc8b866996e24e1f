from __future__ import annotations

import json
from pathlib import Path

import pytest

from ferrule.audit import policy as policy_module
from ferrule.audit.policy import load_policies


def test_every_policy_allows_what_the_stricter_ones_allow():
    for arch in ("x86_64", "aarch64", "riscv64"):
        policies = load_policies("glibc", arch)
        for strict, loose in zip(policies, policies[1:]):
            assert strict.version < loose.version
            assert strict.libraries <= loose.libraries
            for prefix, versions in strict.versions.items():
                assert versions <= loose.versions[prefix]


def test_known_facts_of_the_table():
    by_name = {policy.name: policy for policy in load_policies("glibc", "x86_64")}
    strict = by_name["manylinux_2_17"]
    assert "2.17" in strict.versions["GLIBC"]
    assert "2.18" not in strict.versions["GLIBC"]
    assert "libexpat.so.1" in strict.libraries
    assert strict.tags("x86_64") == ("manylinux2014_x86_64", "manylinux_2_17_x86_64")
    assert "2.18" in load_policies("glibc", "aarch64")[0].versions["GLIBC"]
    assert "ABI_DT_RELR" in by_name["manylinux_2_36"].versions["GLIBC"]
    assert "libz.so.1" in by_name["manylinux_2_41"].forbidden


@pytest.mark.parametrize(
    ("libc", "arch", "first"),
    [
        ("glibc", "x86_64", "manylinux_2_5"),
        ("glibc", "aarch64", "manylinux_2_17"),
        ("glibc", "riscv64", "manylinux_2_31"),
        ("glibc", "loongarch64", "manylinux_2_36"),
        ("musl", "x86_64", "musllinux_1_1"),
    ],
)
def test_first_policy_of_an_architecture(libc, arch, first):
    assert load_policies(libc, arch)[0].name == first


def test_an_unknown_architecture_has_no_policies():
    assert load_policies("glibc", "armv6l") == ()


def test_the_table_says_where_it_comes_from():
    folder = Path(policy_module.__file__).parent
    table = json.loads((folder / "policies.json").read_text(encoding="utf-8"))
    assert table["_source"].startswith("auditwheel ")
    assert table["_license"].startswith("MIT")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "Robert T. McGibbon" in readme
    assert table["_source"].split(",")[0].split()[1] in readme
