from __future__ import annotations

import pytest
from small_dists import write_attestation, write_sdist, write_wheel

from ferrule.errors.files import ReadError
from ferrule.errors.publishing import (
    MixedVersionsError,
    NoDistributionsError,
    UnknownDistributionError,
)
from ferrule.publishing.distribution import collect, hash_file


def test_wheels_come_before_sdists(tmp_path):
    write_sdist(tmp_path / "dist", name="a-first")
    write_wheel(tmp_path / "dist", name="z-last")
    write_wheel(tmp_path / "dist", name="b-next")
    found = collect([], tmp_path)
    assert [(item.kind, item.name) for item in found] == [
        ("wheel", "b-next"),
        ("wheel", "z-last"),
        ("sdist", "a-first"),
    ]


def test_files_folders_and_patterns_may_be_named(tmp_path):
    wheel = write_wheel(tmp_path / "one")
    sdist = write_sdist(tmp_path / "two")
    (tmp_path / "two" / ".small_thing-1.0.tar.gz").write_bytes(b"half-written")
    (tmp_path / "two" / "notes.txt").write_text("no distribution")
    for words in (["one", "two"], ["*/*.whl", str(sdist)], [str(wheel), "one", "two"]):
        found = collect(words, tmp_path)
        assert [item.filename for item in found] == [wheel.name, sdist.name]


def test_versions_are_normalised(tmp_path):
    path = write_wheel(tmp_path, name="Small.Thing", version="1.0.post1")
    [item] = collect([path.name], tmp_path)
    assert (item.name, item.version) == ("small-thing", "1.0.post1")


def test_attestations_are_found_beside_and_may_be_named(tmp_path):
    wheel = write_wheel(tmp_path)
    attestation = write_attestation(wheel)
    for words in ([wheel.name], ["*"], [wheel.name, attestation.name]):
        [item] = collect(words, tmp_path)
        assert [path.name for path in item.attestations] == [attestation.name]


def test_several_versions_are_refused_in_the_default_folder_only(tmp_path):
    write_wheel(tmp_path / "dist", version="1.9")
    write_wheel(tmp_path / "dist", version="1.10")
    with pytest.raises(MixedVersionsError) as caught:
        collect([], tmp_path)
    assert "several versions of small-thing: 1.9, 1.10" in str(caught.value)
    assert "`ferrule publish dist/*-1.10*`" in str(caught.value)
    assert len(collect(["dist"], tmp_path)) == 2


def test_nothing_to_publish_is_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(NoDistributionsError, match="looked for dist") as caught:
            collect([], tmp_path)
        assert "run `ferrule build --sdist` first" in str(caught.value)
        (tmp_path / "dist").mkdir(exist_ok=True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.whl", "there is no such file"),
        ("thing.whl", "Invalid wheel filename"),
        ("thing.tar.gz", "Invalid sdist filename"),
        ("thing-1.0.zip", "sdists are .tar.gz archives"),
        ("thing.egg", "neither .whl nor .tar.gz"),
        ("thing-1.0.whl.publish.attestation", "not among the files"),
    ],
)
def test_other_files_are_refused_with_the_reason(tmp_path, name, reason):
    if name != "missing.whl":
        (tmp_path / name).write_bytes(b"")
    words = [name, write_wheel(tmp_path).name]
    with pytest.raises(UnknownDistributionError) as caught:
        collect(words, tmp_path)
    assert reason in str(caught.value)


def test_two_files_of_one_name_are_refused(tmp_path):
    write_wheel(tmp_path / "a")
    write_wheel(tmp_path / "b", body="other = 1\n")
    with pytest.raises(UnknownDistributionError, match="has the same name"):
        collect(["a", "b"], tmp_path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(ReadError):
        hash_file(tmp_path / "missing")
