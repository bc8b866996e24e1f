from __future__ import annotations

from dataclasses import replace

import pytest
from small_dists import write_attestation, write_wheel

from ferrule.errors.publishing import AttestationFileError
from ferrule.publishing.attestations import can_sign, check_attestations
from ferrule.publishing.distribution import collect, hash_file


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({"sha256": "0" * 64}, "its sha256 is 000"),
        ({"filename": "other-1.0.tar.gz"}, "it speaks of other-1.0.tar.gz"),
    ],
)
def test_attestations_must_be_about_the_file(tmp_path, own, reason):
    wheel = write_wheel(tmp_path)
    write_attestation(wheel)
    [item] = collect([wheel.name], tmp_path)
    check_attestations(item, hash_file(wheel))
    write_attestation(wheel, **own)
    with pytest.raises(AttestationFileError) as caught:
        check_attestations(item, hash_file(wheel))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"envelope": {"statement": "%"}}']
)
def test_what_is_no_attestation_is_refused(tmp_path, content):
    wheel = write_wheel(tmp_path)
    path = write_attestation(wheel)
    path.write_text(content)
    [item] = collect([wheel.name], tmp_path)
    with pytest.raises(AttestationFileError, match="no attestation of PEP 740"):
        check_attestations(replace(item, attestations=(path,)), "")


def test_nothing_is_signed_without_an_identity():
    assert not can_sign({})
    assert not can_sign({"GITHUB_ACTIONS": "true"})
