from __future__ import annotations

import pytest

from ferrule.errors.publishing import TrustedPublishingError
from ferrule.publishing.trusted import Token, describe_lack, exchange_identity


def test_a_job_with_an_identity_lacks_nothing():
    assert describe_lack({"ACTIONS_ID_TOKEN_REQUEST_URL": "http://x"}) == ""
    assert describe_lack({"GITLAB_CI": "true"}) == ""
    assert "`id-token: write`" in describe_lack({"GITHUB_ACTIONS": "true"})
    assert "no job of GitHub Actions, GitLab" in describe_lack({})


def test_an_identity_is_not_sent_where_others_could_read_it():
    with pytest.raises(TrustedPublishingError, match="the address is not https"):
        exchange_identity("http://index.example/legacy/", None)


def test_a_token_is_fresh_until_five_minutes_before_its_end():
    token = Token("s3cret", 1000.0)
    assert token.is_fresh(600.0)
    assert not token.is_fresh(701.0)
    assert "s3cret" not in repr(token)
