"""Trusted publishing and attestations, with a real server for index and CI system."""

from __future__ import annotations

import pytest
from local_index import IDENTITY, serving
from small_dists import write_attestation
from upload_user import USER

pytestmark = pytest.mark.build


def _github(index):
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{index.url}/identity?v=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-token",
    }


def test_trusted_publishing_exchanges_the_identity_of_the_job(publish, dist):
    with serving(users={"nobody": "else"}) as index:
        done = publish(index=index, env=_github(index)).check()
    assert index.minted == 1
    assert {item.user for item in index.uploads} == {"__token__"}
    assert "trusted publishing" in done.stderr
    assert ("GET", "/_/oidc/audience") in index.requests
    assert ("GET", "/identity") in index.requests


def test_gitlab_gives_the_identity_in_a_variable(publish, dist):
    with serving(users={"nobody": "else"}) as index:
        env = {"GITLAB_CI": "true", "LOCAL_ID_TOKEN": IDENTITY}
        publish(index=index, env=env).check()
    assert index.minted == 1
    assert len(index.uploads) == 3


def test_a_token_that_is_about_to_end_is_made_anew(publish, dist):
    with serving(lifetime_s=200) as index:
        publish(index=index, env=_github(index)).check()
    assert index.minted >= 3
    assert index.uploads[-1].password != index.uploads[0].password


def test_an_index_that_does_not_know_the_job_says_so(publish, dist):
    with serving(refuses_identity=True) as index:
        env = _github(index)
        done = publish("--trusted-publishing", "always", index=index, env=env)
        assert index.posts() == 0
    assert done.returncode == 1
    assert "invalid-publisher: no publisher is registered for this job" in done.stderr
    assert "register this repository" in done.stderr


def test_a_job_without_the_permission_is_told_which_one(publish, dist):
    with serving() as index:
        env = {"GITHUB_ACTIONS": "true", "TWINE_USERNAME": "me"}
        done = publish(index=index, env=env)
    assert done.returncode == 2
    assert "id-token: write" in done.stderr


def test_attestations_go_along_when_they_are_asked_for(publish, dist):
    wheel = dist / "small_thing-1.0-py3-none-any.whl"
    attestation = write_attestation(wheel)
    with serving() as index:
        publish("--attestations", "always", wheel, index=index).check()
    [sent] = index.uploads
    assert sent.fields["attestations"] == [f"[{attestation.read_text('utf-8')}]"]


def test_an_identity_that_cannot_sign_is_told(publish, dist):
    with serving() as index:
        env = {**USER, **_github(index)}
        done = publish("--attestations", "always", index=index, env=env)
        assert index.posts() == 0
    assert done.returncode == 1
    assert "cannot make the attestations" in done.stderr


def test_an_attestation_of_another_file_is_refused(publish, dist):
    write_attestation(dist / "small_thing-1.0.tar.gz", sha256="0" * 64)
    with serving() as index:
        done = publish(index=index)
        assert index.requests == []
    assert done.returncode == 3
    assert "does not attest" in done.stderr


def test_attestations_stay_here_where_the_index_would_refuse_them(publish, dist):
    wheel = dist / "small_thing-1.0-py3-none-any.whl"
    write_attestation(wheel)
    with serving() as index:
        done = publish(wheel, index=index).check()
    assert "attestations" not in index.uploads[0].fields
    assert "warning: no attestation is sent" in done.stderr


def test_attestations_cannot_be_made_without_an_identity(publish, dist):
    with serving() as index:
        done = publish("--attestations", "always", index=index)
        assert index.posts() == 0
    assert done.returncode == 1
    assert "cannot make the attestations" in done.stderr
    assert "id-token: write" in done.stderr
